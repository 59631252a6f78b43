package report

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/volume"
)

// write writes a file of a fake run.
func write(t *testing.T, content string, path ...string) {
	t.Helper()
	file := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// fakeDataset writes two cases with an image and labels.
func fakeDataset(t *testing.T) (*dataset.Dataset, *volume.Labels) {
	t.Helper()
	dir := t.TempDir()
	g := volume.NewGeometry([3]int{4, 8, 8}, [3]float64{2, 1, 1})
	im, labels := volume.NewImage(g, 1), volume.NewLabels(g)
	for i := range im.Data {
		im.Data[i] = float32(i % 17)
		labels.Data[i] = uint16(i / 128 % 2)
	}
	formats := dataset.Formats()
	for _, id := range []string{"good", "bad <b>"} {
		write(t, "", dir, "imagesTr", "placeholder")
		write(t, "", dir, "labelsTr", "placeholder")
		if err := formats.Write(filepath.Join(dir, "imagesTr", id+"_0000.nii.gz"), im); err != nil {
			t.Fatal(err)
		}
		if err := formats.WriteLabels(filepath.Join(dir, "labelsTr", id+".nii.gz"), labels); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{"imagesTr", "labelsTr"} {
		os.Remove(filepath.Join(dir, folder, "placeholder"))
	}
	write(t, `{"channel_names": {"0": "MR"}, "labels": {"background": 0, "organ": 1}, "numTraining": 2, "file_ending": ".nii.gz"}`, dir, "dataset.json")
	d, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return d, labels
}

const fakeLog = `{"event":"epoch","epoch":0,"rate":0.01,"train_loss":1,"validation_loss":1.1,"mean_dice":0.1,"dice":[0.1],"seconds":2}
{"event":"epoch","epoch":1,"rate":0.005,"train_loss":9,"seconds":2}
{"event":"resume","epoch":1}
{"event":"watch","epoch":2,"cases":["good"],"slice":37}
{"event":"epoch","epoch":1,"rate":0.004,"train_loss":0.5,"validation_loss":"inf","mean_dice":0.5,"dice":[0.5],"ema_dice":0.2,"seconds":2}
`

// fakeModel writes a model with a log, a summary and predictions, whose Dice are given.
func fakeModel(t *testing.T, run, name string, labels *volume.Labels, good, bad float64) {
	t.Helper()
	dir := filepath.Join(run, "models", name)
	write(t, fakeLog, dir, "fold_0", "log.jsonl")
	write(t, "", dir, "cv", "summary.json")
	values := func(dice float64) map[string]evaluate.Values {
		return map[string]evaluate.Values{"1": {"Dice": dice, "Precision": 0.7, "Recall": 0.6, "S2S": 1.25}}
	}
	summary := evaluate.Summarise(evaluate.Labels([]int{1}), []evaluate.Case{
		{ID: "good", Prediction: "cv/good.nii.gz", Metrics: values(good)},
		{ID: "bad <b>", Prediction: "cv/bad <b>.nii.gz", Metrics: values(bad)},
	})
	if err := summary.WriteFile(filepath.Join(dir, "cv", "summary.json"), evaluate.Standard); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"good", "bad <b>"} {
		if err := dataset.Formats().WriteLabels(filepath.Join(dir, "cv", id+".nii.gz"), labels); err != nil {
			t.Fatal(err)
		}
	}
}

// fakeRun makes a run folder with everything that the page shows, and the dataset that it is of.
func fakeRun(t *testing.T) Source {
	t.Helper()
	d, labels := fakeDataset(t)
	run := t.TempDir()
	fakeModel(t, run, "3d_fullres", labels, 0.9, 0.2)
	fakeModel(t, run, "3d_fullres@attention_unet", labels, 0.95, 0.25)
	for _, epoch := range []string{"010", "003"} {
		path := filepath.Join(run, "models", "3d_fullres@attention_unet", "fold_0", "watch", "epoch_"+epoch, "gate0.png")
		write(t, "", path)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		m := image.NewGray(image.Rect(0, 0, 40, 40))
		m.SetGray(20, 20, color.Gray{Y: 255})
		if err := png.Encode(f, m); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	write(t, `configuration: 3d_fullres@attention_unet
model: 3d_fullres@attention_unet
folds: ["0"]
evidence:
  - {configuration: 3d_fullres, mean_foreground_dice: 0.55, validation_cases: 2}
  - {configuration: 3d_fullres@attention_unet, mean_foreground_dice: null, validation_cases: 2}
postprocessing:
  rules: [{keep_largest: {labels: [1]}}]
  evidence:
    validation_cases: 2
    mean_foreground_dice_before: 0.55
    mean_foreground_dice_after: 0.571
    trials: [{rule: keep the largest, judged_by: foreground, dice_before: 0.55, dice_after: 0.571, accepted: true}]
`, run, "selection.yaml")
	write(t, "case,organ\nt1,1.5\nt2,0\n", run, "predictions", "volumes.csv")
	write(t, `{"flags":[],"distance":{"spacing_mm":{"ratio":[1,1,1]}},"mean_fold_agreement":0.91}`, run, "predictions", "t1.quality.json")
	write(t, `{"flags":["the segmentation is empty"],"distance":{}}`, run, "predictions", "t2.quality.json")
	write(t, "program: autoseg test\ncommands: [autoseg run D]\nseed: 7\nsimd: avx2\ninputs: {a.nii.gz: 0123456789abcdef}\nstages:\n  - {name: train/x, key: 0123456789abcdef, complete: true, results: {w: ff00}}\n", run, "manifest.yaml")
	write(t, `{"stage":"train/x","seconds":30,"peak_memory_mb":100,"machine":"a machine"}
{"stage":"train/x","seconds":40,"peak_memory_mb":200,"machine":"a machine"}
{"stage":"predict","seco`, run, "log.jsonl")
	return Source{Run: run, Dataset: d, Program: "autoseg test"}
}

func render(t *testing.T, s Source) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := Write(path, s); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestPage(t *testing.T) {
	s := fakeRun(t)
	page := render(t, s)
	bad, good := strings.Index(page, "<td>bad &lt;b&gt;</td>"), strings.Index(page, "<td>good</td>")
	if bad < 0 || good < 0 || bad > good {
		t.Errorf("worst case first, escaped: bad at %d, good at %d", bad, good)
	}
	if n := strings.Count(page, "data:image/png;base64,"); n != 26 {
		t.Errorf("%d pictures, want three planes of two cases of two models, twice, and two of the watched gate", n)
	}
	for _, want := range []string{
		"<svg", "organ", "0.550 ± 0.495", // (0.9+0.2)/2, and their sample deviation 0.7/√2
		">1.250</td>",                                     // S2S in the comparison
		"keep the largest", "accepted", "0.571", "chosen", // selection
		"the segmentation is empty", "0.910", `class="flagged"`, // quality
		"1:10 min", "200 MB", "a machine", // 30 + 40 s of the stage
		"/cv/good.nii.gz</code>", "autoseg view ", // the viewer's command line
		"0123456789abcdef", "<h3>attention of the gate <", ">good, slice 37, epoch 3<", ">epoch 10<", "attention_unet",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Index(page, " epoch 3<") > strings.Index(page, "epoch 10<") {
		t.Error("watched epochs are out of order")
	}
	for _, forbidden := range []string{"http://", "https://", s.Run, s.Dataset.Dir, "ZgotmplZ"} {
		if i := strings.Index(strings.ReplaceAll(page, "http://www.w3.org/", ""), forbidden); i >= 0 {
			t.Errorf("the page mentions %q: it must be self-contained and without paths", forbidden)
		}
	}
}

// TestPageIsTheSame: the page says nothing about when it was written.
func TestPageIsTheSame(t *testing.T) {
	s := fakeRun(t)
	first, second := render(t, s), render(t, s)
	if first != second {
		t.Error("two pages of one run differ")
	}
}

func TestEmptyRun(t *testing.T) {
	dir := t.TempDir()
	if err := Write(filepath.Join(dir, "report.html"), Source{Run: dir}); err != nil {
		t.Fatal(err)
	}
}

func TestOneModelIsNotCompared(t *testing.T) {
	d, labels := fakeDataset(t)
	run := t.TempDir()
	fakeModel(t, run, "2d", labels, 0.9, 0.2)
	if page := render(t, Source{Run: run, Dataset: d}); strings.Contains(page, "Comparison of the models") {
		t.Error("a comparison of one model")
	}
}

func TestPlanes(t *testing.T) {
	g := volume.NewGeometry([3]int{5, 4, 3}, [3]float64{1, 1, 1})
	reference, predicted := volume.NewLabels(g), volume.NewLabels(g)
	if got := fullest(reference, predicted); got != [3]int{2, 2, 1} {
		t.Errorf("without labels: got %v, want the middle", got)
	}
	set := func(l *volume.Labels, voxels ...[3]int) {
		for _, at := range voxels {
			l.Data[(at[0]*4+at[1])*3+at[2]] = 1
		}
	}
	set(reference, [3]int{3, 1, 2}, [3]int{3, 1, 0}, [3]int{3, 2, 2}, [3]int{0, 1, 2})
	set(predicted, [3]int{3, 1, 2}, [3]int{3, 1, 0}, [3]int{3, 2, 2}, [3]int{0, 1, 2})
	if got := fullest(reference, predicted); got != [3]int{3, 1, 2} {
		t.Errorf("nothing wrong: got %v, want [3 1 2]", got)
	}
	set(predicted, [3]int{4, 3, 0})
	if got := fullest(reference, predicted); got != [3]int{4, 3, 0} {
		t.Errorf("one wrong voxel: got %v, want its planes", got)
	}
}

func TestSurroundings(t *testing.T) {
	g := volume.NewGeometry([3]int{100, 100, 3}, [3]float64{1, 1, 1})
	reference, predicted := volume.NewLabels(g), volume.NewLabels(g)
	if got := surroundings(reference, predicted); got != [2][3]int{{}, {100, 100, 3}} {
		t.Errorf("without labels: got %v, want everything", got)
	}
	for z := 10; z < 90; z++ { // 80 voxels long: 24 more on either side, as far as there are any
		reference.Data[(z*100+50)*3] = 1
	}
	if got, want := surroundings(reference, predicted), ([2][3]int{{0, 20, 0}, {100, 81, 3}}); got != want {
		t.Errorf("got %v, want %v", got, want) // across: 1 voxel grown to 60 mm
	}
}

func TestDuration(t *testing.T) {
	for want, seconds := range map[string]float64{"0.0 s": 0, "59.4 s": 59.4, "1:01 min": 61, "2:46:40 h": 10000} {
		if got := duration(seconds); got != want {
			t.Errorf("%g s: got %q, want %q", seconds, got, want)
		}
	}
	if got := grouped(1234567); got != "1\u202f234\u202f567" {
		t.Errorf("got %q", got)
	}
}
