package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

// writePictures writes a 2D dataset of five cases of discs, with spacing (999, 1, 1) as the format has it.
func writePictures(t *testing.T, dir, ending string, channels int) {
	t.Helper()
	names := map[int]string{1: `{"0": "grey"}`, 3: `{"0": "R", "1": "G", "2": "rgb_to_0_1"}`}[channels]
	description := fmt.Sprintf(`{"channel_names": %s, "labels": {"background": 0, "disc": 1}, "numTraining": 5, "file_ending": %q}`, names, ending)
	for _, sub := range []string{"imagesTr", "labelsTr"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "dataset.json"), []byte(description), 0o644); err != nil {
		t.Fatal(err)
	}
	formats := dataset.Formats()
	for i := range 5 {
		g := volume.NewFlatGeometry(40+2*i, 48)
		im, labels := volume.NewImage(g, channels), volume.NewLabels(g)
		for at := range labels.Data {
			dx, dy := at%48-20-i, at/48-18
			if dx*dx+dy*dy < 90 {
				labels.Data[at] = 1
			}
			for c := range channels {
				im.Data[c*g.Voxels()+at] = float32((at*at/7+11*c+i)%50) + 120*float32(labels.Data[at])
			}
		}
		id := fmt.Sprintf("disc_%d", i)
		if err := formats.Write(filepath.Join(dir, "imagesTr", id+"_0000"+ending), im); err != nil {
			t.Fatal(err)
		}
		if err := formats.WriteLabels(filepath.Join(dir, "labelsTr", id+ending), labels); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPicturesFromVerifyToPreprocess takes 2D datasets, grey and in colours, through the stages that look
// at data.
func TestPicturesFromVerifyToPreprocess(t *testing.T) {
	for _, c := range []struct {
		ending   string
		channels int
	}{{".png", 3}, {".tif", 1}} {
		t.Run(fmt.Sprintf("%s, %d channels", c.ending, c.channels), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "Dataset777_Discs")
			writePictures(t, dir, c.ending, c.channels)
			fingerprint, plan, out := filepath.Join(dir, "fingerprint.json"), filepath.Join(dir, "plan.yaml"), t.TempDir()
			for _, command := range [][]string{
				{"verify", dir},
				{"fingerprint", dir, "-o", fingerprint},
				{"plan", "--fingerprint", fingerprint, "--dataset-json", filepath.Join(dir, "dataset.json"), "-o", plan},
				{"preprocess", dir, "--plan", plan, "--config", "2d", "-o", out},
			} {
				if status, stdout, stderr := execute(command...); status != statusDone {
					t.Fatalf("%v: exit status %d\n%s%s", command, status, stdout, stderr)
				}
			}
			checkFingerprint(t, fingerprint, c.channels)
			checkPlan(t, plan)
			checkStore(t, filepath.Join(out, "preprocessed", "2d"), c.channels)
		})
	}
}

func checkFingerprint(t *testing.T, path string, channels int) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Shapes      [][]int                    `json:"shapes_after_crop"`
		Spacings    [][]float64                `json:"spacings"`
		Intensities map[string]json.RawMessage `json:"foreground_intensity_properties_per_channel"`
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Shapes) != 5 || !slices.Equal(f.Spacings[0], []float64{999, 1, 1}) || f.Shapes[0][0] != 1 || len(f.Intensities) != channels {
		t.Errorf("shapes %v, spacings %v, %d channels", f.Shapes, f.Spacings, len(f.Intensities))
	}
}

func checkPlan(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(raw); !strings.Contains(text, "2d:") || strings.Contains(text, "3d_") {
		t.Errorf("a plan of a 2D dataset has 2d and nothing else:\n%s", text)
	}
}

func checkStore(t *testing.T, dir string, channels int) {
	t.Helper()
	store, err := dataset.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := store.Open("disc_3")
	if err != nil {
		t.Fatal(err)
	}
	defer stored.Close()
	if stored.Shape() != [3]int{1, 46, 48} || stored.Channels() != channels {
		t.Errorf("stored shape %v, %d channels", stored.Shape(), stored.Channels())
	}
	inside := 0
	for _, v := range stored.Labels() {
		if v == 1 {
			inside++
		}
	}
	if inside < 250 || inside > 300 {
		t.Errorf("%d pixels of a disc of radius 9.5", inside)
	}
}
