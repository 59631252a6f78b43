package dicom

const (
	segmentationClass = "1.2.840.10008.5.1.4.1.1.66.4"
	labelMapClass     = "1.2.840.10008.5.1.4.1.1.66.7"
)
