package dicom

import (
	"math"
	"slices"
	"strconv"

	dcm "github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// noDate stands where a date is required: a real one would make two runs differ, or tell when somebody was ill.
const noDate, noTime = "19700101", "000000"

// meta is the file meta information; the library adds the length.
func (e *encoder) meta() []*dcm.Element {
	return []*dcm.Element{
		e.element(tag.FileMetaInformationVersion, []byte{0, 1}),
		e.text(tag.MediaStorageSOPClassUID, segmentationClass),
		e.text(tag.MediaStorageSOPInstanceUID, derivedUID(e.digest, "instance")),
		e.text(tag.TransferSyntaxUID, "1.2.840.10008.1.2.1"),
		e.text(tag.ImplementationClassUID, derivedUID("autoseg", "implementation")),
	}
}

// identity is the patient, study, series, frame of reference, equipment and SOP common modules. What names the
// patient is empty; the study is that of the source.
func (e *encoder) identity() []*dcm.Element {
	var out []*dcm.Element
	for _, t := range []tag.Tag{tag.PatientName, tag.PatientID, tag.PatientBirthDate, tag.PatientSex, tag.StudyDate, tag.StudyTime,
		tag.AccessionNumber, tag.ReferringPhysicianName, tag.StudyID, tag.PositionReferenceIndicator} {
		out = append(out, e.text(t, ""))
	}
	return append(out,
		e.text(tag.SpecificCharacterSet, "ISO_IR 192"),
		e.text(tag.StudyInstanceUID, orDerived(e.source.text(tag.StudyInstanceUID), e.source.Series, "study")),
		e.text(tag.SeriesInstanceUID, derivedUID(e.digest, "series")),
		e.text(tag.SeriesNumber, "1"), e.text(tag.InstanceNumber, "1"),
		e.text(tag.FrameOfReferenceUID, orDerived(e.source.text(tag.FrameOfReferenceUID), e.source.Series, "frame of reference")),
		e.text(tag.Modality, "SEG"),
		e.text(tag.Manufacturer, "autoseg"), e.text(tag.ManufacturerModelName, "autoseg"),
		e.text(tag.DeviceSerialNumber, "0"), e.text(tag.SoftwareVersions, "1"),
		e.text(tag.SOPClassUID, segmentationClass), e.text(tag.SOPInstanceUID, derivedUID(e.digest, "instance")))
}

// description is the image pixel, segmentation image and dimension modules.
func (e *encoder) description() []*dcm.Element {
	organisation := derivedUID(e.digest, "dimensions")
	dimension := func(pointer, group tag.Tag) []*dcm.Element {
		return []*dcm.Element{
			e.text(tag.DimensionOrganizationUID, organisation),
			e.number(tag.DimensionIndexPointer, int(pointer.Group), int(pointer.Element)),
			e.number(tag.FunctionalGroupPointer, int(group.Group), int(group.Element)),
		}
	}
	return []*dcm.Element{
		e.number(tag.SamplesPerPixel, 1), e.text(tag.PhotometricInterpretation, "MONOCHROME2"),
		e.number(tag.Rows, e.labels.Shape[1]), e.number(tag.Columns, e.labels.Shape[2]),
		e.number(tag.BitsAllocated, 1), e.number(tag.BitsStored, 1), e.number(tag.HighBit, 0), e.number(tag.PixelRepresentation, 0),
		e.text(tag.NumberOfFrames, strconv.Itoa(len(e.frames))),
		e.text(tag.ImageType, "DERIVED", "PRIMARY"), e.text(tag.LossyImageCompression, "00"),
		e.text(tag.ContentDate, noDate), e.text(tag.ContentTime, noTime),
		e.text(tag.ContentLabel, "SEGMENTATION"), e.text(tag.ContentDescription, "segmentation by autoseg"),
		e.text(tag.ContentCreatorName, ""),
		e.text(tag.SegmentationType, "BINARY"),
		e.sequence(tag.DimensionOrganizationSequence, e.text(tag.DimensionOrganizationUID, organisation)),
		e.element(tag.DimensionIndexSequence, [][]*dcm.Element{
			dimension(tag.ReferencedSegmentNumber, tag.SegmentIdentificationSequence),
			dimension(tag.ImagePositionPatient, tag.PlanePositionSequence),
		}),
	}
}

// segments describes what was segmented. A label is a name, no concept of a terminology, so all are "tissue" (the
// broadest property of CID 7150 and 7166).
func (e *encoder) segments() []*dcm.Element {
	var items [][]*dcm.Element
	for number := range e.most {
		items = append(items, []*dcm.Element{
			e.code(tag.SegmentedPropertyCategoryCodeSequence, "85756007", "SCT", "Tissue"),
			e.number(tag.SegmentNumber, int(number)+1),
			e.text(tag.SegmentLabel, e.name(number+1)),
			e.text(tag.SegmentAlgorithmType, "AUTOMATIC"), e.text(tag.SegmentAlgorithmName, "autoseg"),
			e.code(tag.SegmentedPropertyTypeCodeSequence, "85756007", "SCT", "Tissue"),
		})
	}
	return []*dcm.Element{e.element(tag.SegmentSequence, items)}
}

// instance refers to an object of the source.
func (e *encoder) instance(s *slice) []*dcm.Element {
	return []*dcm.Element{
		e.text(tag.ReferencedSOPClassUID, s.object.text(tag.SOPClassUID)),
		e.text(tag.ReferencedSOPInstanceUID, s.uid),
	}
}

// referable reports whether the source can be referred to: some programs that take out names take out all identifiers.
func (v *Volume) referable() bool {
	return v.Series != "" && !slices.ContainsFunc(v.slices, func(s slice) bool {
		return s.uid == "" || s.object.text(tag.SOPClassUID) == ""
	})
}

// references is the common instance reference module: the source series with all its objects.
func (e *encoder) references() []*dcm.Element {
	if !e.refer {
		return nil
	}
	var instances [][]*dcm.Element
	seen := map[string]bool{}
	for i := range e.source.slices {
		if s := &e.source.slices[i]; !seen[s.uid] {
			seen[s.uid] = true
			instances = append(instances, e.instance(s))
		}
	}
	return []*dcm.Element{e.sequence(tag.ReferencedSeriesSequence,
		e.element(tag.ReferencedInstanceSequence, instances),
		e.text(tag.SeriesInstanceUID, e.source.Series))}
}

// functionalGroups says, once for all frames, how they lie, and for each frame, where and what it shows.
func (e *encoder) functionalGroups() []*dcm.Element {
	s := &e.source.slices[0]
	spacing := e.source.Spacing
	shared := e.sequence(tag.SharedFunctionalGroupsSequence,
		e.sequence(tag.PlaneOrientationSequence, e.text(tag.ImageOrientationPatient, decimals(slices.Concat(s.row[:], s.col[:]))...)),
		e.sequence(tag.PixelMeasuresSequence,
			e.text(tag.SliceThickness, decimal(spacing[0])), e.text(tag.SpacingBetweenSlices, decimal(spacing[0])),
			e.text(tag.PixelSpacing, decimal(spacing[1]), decimal(spacing[2]))))
	var items [][]*dcm.Element
	for _, f := range e.frames {
		items = append(items, e.frameGroups(f))
	}
	return []*dcm.Element{shared, e.element(tag.PerFrameFunctionalGroupsSequence, items)}
}

func (e *encoder) frameGroups(f segFrame) []*dcm.Element {
	s := &e.source.slices[f.slice]
	groups := []*dcm.Element{
		e.sequence(tag.FrameContentSequence, e.number(tag.DimensionIndexValues, int(f.segment), f.slice+1)),
		e.sequence(tag.PlanePositionSequence, e.text(tag.ImagePositionPatient, decimals(s.position[:])...)),
		e.sequence(tag.SegmentIdentificationSequence, e.number(tag.ReferencedSegmentNumber, int(f.segment))),
	}
	if !e.refer {
		return groups
	}
	origin := e.instance(s)
	if s.format.frames > 1 {
		origin = append(origin, e.text(tag.ReferencedFrameNumber, strconv.Itoa(s.frame+1)))
	}
	origin = append(origin, e.code(tag.PurposeOfReferenceCodeSequence, "121322", "DCM", "Source image for image processing operation"))
	return slices.Insert(groups, 0, e.sequence(tag.DerivationImageSequence,
		e.element(tag.SourceImageSequence, [][]*dcm.Element{origin}),
		e.code(tag.DerivationCodeSequence, "113076", "DCM", "Segmentation")))
}

// decimal writes a number with all the digits that the 16 characters of a DS hold.
func decimal(v float64) string {
	for digits := 17; ; digits-- {
		if text := strconv.FormatFloat(v, 'g', digits, 64); len(text) <= 16 || digits == 1 {
			return shortest(v, text)
		}
	}
}

// shortest prefers the shortest text of a number over one with more digits.
func shortest(v float64, text string) string {
	if short := strconv.FormatFloat(v, 'g', -1, 64); len(short) <= len(text) {
		return short
	}
	return text
}

func decimals(values []float64) (texts []string) {
	for _, v := range values {
		if math.Abs(v) < 1e-12 {
			v = 0 // what is left of the sine of a right angle
		}
		texts = append(texts, decimal(v))
	}
	return texts
}

func orDerived(uid, from, role string) string {
	if uid == "" {
		return derivedUID(from, role)
	}
	return uid
}
