package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/volume/nifti"
)

// smallModel writes a model of two folds and a folder of images with the given shapes.
func smallModel(t *testing.T, shapes ...[3]int) (model, images string) {
	t.Helper()
	dir := t.TempDir()
	model, images = filepath.Join(dir, "model ü"), filepath.Join(dir, "images")
	randomModel{classes: 4, folds: 2, patch: []int{16, 16, 16}, features: []int{4, 8}}.write(t, model)
	if err := os.Mkdir(images, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, shape := range shapes {
		writeNoise(t, filepath.Join(images, fmt.Sprintf("case_%02d_0000.nii.gz", i)), shape, [3]float64{1, 1, 1})
	}
	return model, images
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestPredictOddShapes(t *testing.T) {
	shapes := [][3]int{{3, 4, 5}, {1, 40, 40}, {1, 1, 1}, {60, 20, 21}}
	model, images := smallModel(t, shapes...)
	out := filepath.Join(t.TempDir(), "out")
	status, stdout, stderr := execute("predict", "--model", model, "-i", images, "-o", out, "--json")
	if status != statusDone {
		t.Fatalf("status %d: %s", status, stderr)
	}
	var o predictOutcome
	if err := json.Unmarshal([]byte(stdout), &o); err != nil || len(o.Written) != len(shapes) || o.Memory.Peak == 0 || !o.Memory.Overlap {
		t.Errorf("%v: %s", err, stdout)
	}
	for i, shape := range shapes {
		labels, err := nifti.ReadLabels(filepath.Join(out, fmt.Sprintf("case_%02d.nii.gz", i)))
		if err != nil || labels.Shape != shape {
			t.Errorf("shape %v, %v, want %v", labels.Shape, err, shape)
		}
	}
}

func TestPredictNamesTheCorruptCase(t *testing.T) {
	shapes := make([][3]int, 10)
	for i := range shapes {
		shapes[i] = [3]int{12, 13, 14}
	}
	model, images := smallModel(t, shapes...)
	whole, err := os.ReadFile(filepath.Join(images, "case_04_0000.nii.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(images, "case_04_0000.nii.gz"), whole[:len(whole)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	for _, limit := range []string{"10GB", "47MB"} { // the second is not enough for two cases side by side
		out := filepath.Join(t.TempDir(), "out")
		status, _, stderr := execute("predict", "--model", model, "-i", images, "-o", out, "--no-mirror", "--max-memory", limit)
		if status != statusFailed || !strings.Contains(stderr, "case case_04:") {
			t.Errorf("status %d: %s", status, stderr)
		}
		if n := len(files(t, out+"/*.nii.gz")); n != 9 {
			t.Errorf("%d segmentations, want 9", n)
		}
		if left := files(t, out+"/.*tmp*"); left != nil {
			t.Errorf("half-written files stay: %v", left)
		}
	}
}

func TestPredictResumes(t *testing.T) {
	model, images := smallModel(t, [3]int{8, 9, 10}, [3]int{9, 9, 9})
	out := t.TempDir()
	kept := filepath.Join(out, "case_00.nii.gz")
	if err := os.WriteFile(kept, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := execute("predict", "--model", model, "-i", images, "-o", out, "--resume")
	if status != statusDone || !strings.Contains(stdout, "1 segmentations written") {
		t.Errorf("status %d: %s%s", status, stdout, stderr)
	}
	if text, err := os.ReadFile(kept); err != nil || string(text) != "mine" {
		t.Error("a finished case was written again")
	}
	if len(files(t, out+"/case_01.*")) != 2 {
		t.Error("the other case is missing")
	}
	status, stdout, _ = execute("predict", "--model", model, "-i", images, "-o", out, "--resume", "--save-probabilities")
	if status != statusDone || !strings.Contains(stdout, "2 segmentations written") || len(files(t, out+"/*.npz")) != 2 {
		t.Errorf("probabilities were not caught up: status %d, %s", status, stdout)
	}
	mine := filepath.Join(out, "other.npz")
	if err := os.WriteFile(mine, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	status, stdout, _ = execute("predict", "--model", model, "-i", images, "-o", out)
	if got := files(t, out+"/*.npz"); status != statusDone || len(got) != 1 || got[0] != mine {
		t.Errorf("after a prediction without probabilities there are %q: status %d, %s", got, status, stdout)
	}
}

func TestPredictRefuses(t *testing.T) {
	model, images := smallModel(t, [3]int{8, 9, 10}, [3]int{60, 60, 60})
	for name, test := range map[string]struct {
		args   string
		status int
		want   string
	}{
		"missing fold":     {"--folds 0,3", statusInput, "no trained fold 3; it has 0, 1"},
		"no best weights":  {"--checkpoint best", statusInput, "best.safetensors"},
		"too little":       {"--max-memory 20MB", statusInput, "case case_01 of shape [60 60 60] needs"},
		"no size":          {"--max-memory lots", statusUsage, "want a size like 4GB"},
		"negative size":    {"--max-memory=-4GB", statusUsage, "want a size like 4GB"},
		"no cascade":       {"--previous .", statusInput, "has no previous stage"},
		"precision":        {"--precision bf16 --simd avx2", statusInput, "bf16"},
		"unknown":          {"--precision int8", statusUsage, "want one of fp32, bf16"},
		"step beyond one":  {"--step 1.5", statusUsage, "--step 1.5"},
		"step not a share": {"--step 0", statusUsage, "--step 0"},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			args := append([]string{"predict", "--model", model, "-i", images, "-o", out}, strings.Fields(test.args)...)
			status, stdout, stderr := execute(args...)
			if status != test.status || !strings.Contains(stderr, test.want) || stdout != "" {
				t.Errorf("status %d, stdout %q, stderr %q, want %d and %q", status, stdout, stderr, test.status, test.want)
			}
			if files(t, out) != nil {
				t.Error("something was started")
			}
		})
	}
}

func TestPredictNeedsEveryChannel(t *testing.T) {
	model, images := smallModel(t, [3]int{8, 9, 10})
	writeNoise(t, filepath.Join(images, "two_0000.nii.gz"), [3]int{8, 9, 10}, [3]float64{1, 1, 1})
	writeNoise(t, filepath.Join(images, "two_0001.nii.gz"), [3]int{8, 9, 10}, [3]float64{1, 1, 1})
	status, _, stderr := execute("predict", "--model", model, "-i", images, "-o", t.TempDir())
	if status != statusInput || !strings.Contains(stderr, "case two") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

func TestPredictFlagsStrangeSpacing(t *testing.T) {
	model, images := smallModel(t)
	writeNoise(t, filepath.Join(images, "far_0000.nii.gz"), [3]int{6, 30, 30}, [3]float64{10, 1, 1})
	out := t.TempDir()
	status, _, stderr := execute("predict", "--model", model, "-i", images, "-o", out)
	if status != statusDone || !strings.Contains(stderr, "the spacing along z, 10 mm, is 10 times that of the training cases") {
		t.Errorf("status %d: %s", status, stderr)
	}
	text, err := os.ReadFile(filepath.Join(out, "far.quality.json"))
	if err != nil {
		t.Fatal(err)
	}
	var q predict.Quality
	if err := json.Unmarshal(text, &q); err != nil || len(q.Flags) == 0 || q.Distance.Spacing.Ratio != [3]float64{10, 1, 1} || q.MeanAgreement == nil {
		t.Errorf("%v: %s", err, text)
	}
}

// The golden cascade is predicted from files by the verb, as a user would.
func TestPredictCascade(t *testing.T) {
	dir := golden.Shared(t, "golden", "cascade")
	out := t.TempDir()
	args := []string{"predict", "--model", filepath.Join(dir, "model"), "-i", filepath.Join(dir, "imagesTs"), "-o", out, "--no-mirror"}
	if status, _, stderr := execute(args...); status != statusInput || !strings.Contains(stderr, "--previous") {
		t.Errorf("without its first stage: status %d, %s", status, stderr)
	}
	if status, _, stderr := execute(append(args, "--previous", t.TempDir())...); status != statusInput || !strings.Contains(stderr, "case case_000: the segmentation of the previous stage") {
		t.Errorf("with an empty folder: status %d, %s", status, stderr)
	}
	if status, _, stderr := execute(append(args, "--previous", filepath.Join(dir, "previous_stage"))...); status != statusDone {
		t.Fatalf("status %d, %s", status, stderr)
	}
	got, err := nifti.ReadLabels(filepath.Join(out, "case_000.nii.gz"))
	if err != nil {
		t.Fatal(err)
	}
	want := golden.Npy(t, filepath.Join(dir, "inference", "segmentation_nomirror.npy"))
	different := 0
	for i, v := range want.Data {
		if float64(got.Data[i]) != v {
			different++
		}
	}
	if share := float64(different) / float64(len(want.Data)); len(want.Data) != len(got.Data) || share > 0.001 {
		t.Errorf("%.4f %% of the labels differ", 100*share)
	}
}

func TestMemorySize(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "4GB": 4e9, "3.5 gb": 3.5e9, "2GiB": 2 << 30, "500mb": 5e8, "1MiB": 1 << 20} {
		if got, err := memorySize("--max-memory", text); err != nil || got != want {
			t.Errorf("%q is %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"4", "GB", "0GB", "NaNGB", "infGB", "4TB"} {
		if _, err := memorySize("--max-memory", text); err == nil {
			t.Errorf("%q is no size", text)
		}
	}
}

func TestBenchPredict(t *testing.T) {
	status, stdout, stderr := execute("bench", "predict", "--preset", "tile-hippocampus", "--runs", "1", "--json")
	var s stepSpeed
	if err := json.Unmarshal([]byte(stdout), &s); err != nil || status != statusDone || !(s.Seconds > 0) {
		t.Errorf("status %d, %v: %s%s", status, err, stdout, stderr)
	}
	if status, _, stderr := execute("bench", "predict", "--preset", "tile"); status != statusUsage || !strings.Contains(stderr, "tile-hippocampus") {
		t.Errorf("status %d: %s", status, stderr)
	}
}
