package dicom

import "testing"

// TestFilesWithoutPosition says why files of one series are several volumes.
func TestFilesWithoutPosition(t *testing.T) {
	pictures := at(0, 5)
	for i := range pictures {
		pictures[i].unplaced = true
	}
	_, err := ReadImage(folder(t, pictures...))
	refused(t, err, "without ImagePositionPatient")
}
