package challenge

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Target is what one challenge asks for.
type Target struct {
	// Name is the word for it on the command line.
	Name string
	// Title is the challenge's own name.
	Title string
	// Cases is the number of its test images, 0 where there is no fixed one.
	Cases int
	// Structures are the values that segmentations have there; nil keeps the dataset's own.
	Structures []Structure
	// name returns where a case goes in the archive, without the ending; "" leaves it out.
	name func(id, dataset string) (string, error)
	// encode makes the files of a case.
	encode encoder
}

// Structure is a label value of a challenge.
type Structure struct {
	Value uint16
	// Words recognise the structure by the name of a label: one of them is in it, a word with a plus sign
	// in all of its parts. The first structure that recognises a name has it.
	Words []string
}

// Targets returns the challenges, in the order in which they are listed.
func Targets() []Target {
	return []Target{
		{Name: "msd", Title: "Medical Segmentation Decathlon", name: decathlonName, encode: niftiPacked},
		{Name: "lits", Title: "LiTS", Cases: 70, name: numbered("test-segmentation-%d"), encode: niftiPlain,
			Structures: []Structure{{2, []string{"tumor", "tumour", "lesion", "cancer", "metasta"}}, {1, []string{"liver"}}}},
		{Name: "kits19", Title: "KiTS19", Cases: 90, name: numbered("prediction_%05d"), encode: niftiPacked,
			Structures: []Structure{{2, []string{"tumor", "tumour", "lesion", "cancer", "mass"}}, {1, []string{"kidney"}}}},
		{Name: "brats", Title: "BraTS", name: sameName, encode: niftiPacked,
			Structures: []Structure{
				{1, []string{"necro", "ncr", "non+enhanc", "nonenhanc"}},
				{2, []string{"edema", "oedema", "invasion"}},
				{4, []string{"enhanc"}}}},
		{Name: "promise12", Title: "PROMISE12", Cases: 30, name: numbered("Case%02d"), encode: metaImage,
			Structures: []Structure{{1, []string{"prostate", "gland", "zone", "pz", "tz"}}}},
		{Name: "chaos", Title: "CHAOS", name: chaosName, encode: slices8,
			Structures: []Structure{{63, []string{"liver"}}, {126, []string{"right+kidney", "kidney+r"}},
				{189, []string{"left+kidney", "kidney+l"}}, {252, []string{"spleen"}}}},
		{Name: "isles", Title: "ISLES", name: smirName, encode: niftiPlain,
			Structures: []Structure{{1, []string{"lesion", "stroke", "infarct", "core", "penumbra"}}}},
		{Name: "sliver07", Title: "SLIVER07", Cases: 10, name: numbered("liver-seg%03d"), encode: rawBytes,
			Structures: []Structure{{1, []string{"liver", "tumor", "tumour", "lesion", "cancer"}}}},
	}
}

// Find returns the target of a name.
func Find(name string) (Target, error) {
	var names []string
	for _, t := range Targets() {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return Target{}, fmt.Errorf("target %q: want one of %s", name, strings.Join(names, ", "))
}

func sameName(id, _ string) (string, error) { return id, nil }

// decathlonTasks are the folders that the evaluation looks for.
var decathlonTasks = []string{"Task01_BrainTumour", "Task02_Heart", "Task03_Liver", "Task04_Hippocampus", "Task05_Prostate",
	"Task06_Lung", "Task07_Pancreas", "Task08_HepaticVessel", "Task09_Spleen", "Task10_Colon"}

// decathlonName puts a case into the folder of its task, which the name of the dataset tells. Cases of a
// dataset that is none of the ten stay outside of a folder.
func decathlonName(id, dataset string) (string, error) {
	for _, task := range decathlonTasks {
		if _, organ, _ := strings.Cut(task, "_"); strings.Contains(strings.ToLower(dataset), strings.ToLower(organ)) {
			return task + "/" + id, nil
		}
	}
	return id, nil
}

var lastNumber = regexp.MustCompile(`\d+(\D*)$`)

// number returns the last number in the name of a case.
func number(id string) (int, error) {
	digits := lastNumber.FindStringSubmatch(id)
	if digits == nil {
		return 0, fmt.Errorf("its name has no number; name it with --names")
	}
	return strconv.Atoi(strings.TrimSuffix(digits[0], digits[1]))
}

// numbered names cases by the last number in their names.
func numbered(format string) func(id, _ string) (string, error) {
	return func(id, _ string) (string, error) {
		n, err := number(id)
		return fmt.Sprintf(format, n), err
	}
}

// smirName names cases as the SICAS Medical Image Repository did: by the number of the image there (of MTT,
// where there are several), which has five or six digits.
func smirName(id, _ string) (string, error) {
	digits := regexp.MustCompile(`\d{4,}$`).FindString(id)
	if digits == "" {
		return "", fmt.Errorf("its name does not end in the number that the challenge's files have (four digits or more); name it with --names")
	}
	return "SMIR.my_result." + digits, nil
}

var sequence = regexp.MustCompile(`(?i)T([12])`)

// chaosName is the folder for the slices of a case, whose name tells sequence and patient: T1_5, T2_13 in
// nnU-Net's conversion, MR_test_5_T1InPhase, MR_test_13_T2 in ours. The two phases of T1 share one result,
// which is that of the images in phase.
func chaosName(id, _ string) (string, error) {
	found := sequence.FindStringSubmatch(id)
	n, err := number(sequence.ReplaceAllString(id, ""))
	switch {
	case err != nil:
		return "", err
	case found == nil:
		return "", fmt.Errorf("its name says neither T1 nor T2; name it with --names (for example Task5/MR/%d/T2SPIR/Results)", n)
	case strings.Contains(strings.ToLower(id), "out"):
		return "", nil
	}
	return fmt.Sprintf("Task5/MR/%d/%s/Results", n, map[string]string{"1": "T1DUAL", "2": "T2SPIR"}[found[1]]), nil
}
