package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/volume"
)

// fakeRun makes a run folder with a log, a summary and a prediction, and the dataset that it is of.
func fakeRun(t *testing.T) Source {
	t.Helper()
	data, run := t.TempDir(), t.TempDir()
	g := volume.NewGeometry([3]int{4, 8, 8}, [3]float64{2, 1, 1})
	image, labels := volume.NewImage(g, 1), volume.NewLabels(g)
	for i := range image.Data {
		image.Data[i] = float32(i % 17)
		labels.Data[i] = uint16(i / 128 % 2)
	}
	write := func(path string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	for _, dir := range []string{filepath.Join(data, "imagesTr"), filepath.Join(data, "labelsTr"), filepath.Join(run, "models", "3d_fullres", "fold_0"), filepath.Join(run, "models", "3d_fullres", "cv")} {
		write(dir, os.MkdirAll(dir, 0o755))
	}
	formats := dataset.Formats()
	for _, id := range []string{"good", "bad <b>"} {
		write(id, formats.Write(filepath.Join(data, "imagesTr", id+"_0000.nii.gz"), image))
		write(id, formats.WriteLabels(filepath.Join(data, "labelsTr", id+".nii.gz"), labels))
		write(id, formats.WriteLabels(filepath.Join(run, "models", "3d_fullres", "cv", id+".nii.gz"), labels))
	}
	write("dataset.json", os.WriteFile(filepath.Join(data, "dataset.json"), []byte(`{"channel_names": {"0": "MR"}, "labels": {"background": 0, "organ": 1}, "numTraining": 2, "file_ending": ".nii.gz"}`), 0o644))
	log := `{"event":"epoch","epoch":0,"rate":0.01,"train_loss":1,"validation_loss":1.1,"mean_dice":0.1,"seconds":2}
{"event":"epoch","epoch":1,"rate":0.005,"train_loss":9,"seconds":2}
{"event":"resume","epoch":1}
{"event":"epoch","epoch":1,"rate":0.004,"train_loss":0.5,"validation_loss":0.6,"mean_dice":0.5,"seconds":2}
`
	write("log", os.WriteFile(filepath.Join(run, "models", "3d_fullres", "fold_0", "log.jsonl"), []byte(log), 0o644))
	values := func(dice float64) map[string]evaluate.Values { return map[string]evaluate.Values{"1": {"Dice": dice}} }
	summary := evaluate.Summarise(evaluate.Labels([]int{1}), []evaluate.Case{
		{ID: "good", Prediction: "cv/good.nii.gz", Metrics: values(0.9)},
		{ID: "bad <b>", Prediction: "cv/bad <b>.nii.gz", Metrics: values(0.2)},
	})
	write("summary", summary.WriteFile(filepath.Join(run, "models", "3d_fullres", "cv", "summary.json"), evaluate.Standard))
	d, err := dataset.Open(data)
	write(data, err)
	return Source{Run: run, Dataset: d, Program: "autoseg test"}
}

func TestPage(t *testing.T) {
	s := fakeRun(t)
	path := filepath.Join(s.Run, "report.html")
	if err := Write(path, s); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	bad, good := strings.Index(text, "<td>bad &lt;b&gt;</td>"), strings.Index(text, "<td>good</td>")
	if bad < 0 || good < 0 || bad > good {
		t.Errorf("worst case first, escaped: bad at %d, good at %d", bad, good)
	}
	if n := strings.Count(text, "data:image/png;base64,"); n != 6 {
		t.Errorf("%d pictures, want three planes of two cases", n)
	}
	for _, want := range []string{"<dt>epochs</dt><dd>2</dd>", "<svg", "organ", "0.550"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, forbidden := range []string{"http://", "https://", s.Run, s.Dataset.Dir} {
		if i := strings.Index(strings.ReplaceAll(text, "http://www.w3.org/", ""), forbidden); i >= 0 {
			t.Errorf("the page mentions %q: it must be self-contained and without paths", forbidden)
		}
	}
}

func TestEmptyRun(t *testing.T) {
	dir := t.TempDir()
	if err := Write(filepath.Join(dir, "report.html"), Source{Run: dir}); err != nil {
		t.Fatal(err)
	}
}

func TestFullestSlice(t *testing.T) {
	g := volume.NewGeometry([3]int{5, 4, 3}, [3]float64{1, 1, 1})
	reference, predicted := volume.NewLabels(g), volume.NewLabels(g)
	if got := fullest(reference, predicted); got != [3]int{2, 2, 1} {
		t.Errorf("without labels: got %v, want the middle", got)
	}
	for _, at := range [][3]int{{3, 1, 2}, {3, 1, 0}, {3, 2, 2}, {0, 1, 2}} {
		reference.Data[(at[0]*4+at[1])*3+at[2]] = 1
	}
	if got := fullest(reference, predicted); got != [3]int{3, 1, 2} {
		t.Errorf("got %v, want [3 1 2]", got)
	}
}
