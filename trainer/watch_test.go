package trainer

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/npy"
	"github.com/autoseg/autoseg/plans"
)

// TestWatch looks inside an attention U-Net after the first and the last of three epochs, and expects the
// training to be that without a look.
func TestWatch(t *testing.T) {
	attention := func(dir string) Job {
		job := networkJob(t, dir, 3, 2)
		job.Configuration.PatchSize = []int{16, 16, 16}
		deeper(job.Configuration)
		a := &job.Configuration.Architecture
		a.Family, a.Convolutions, a.DecoderConvolutions = "attention_unet", []int{1, 1, 1}, []int{1, 1}
		return job
	}
	unwatched := attention(t.TempDir())
	if err := Run(t.Context(), unwatched); err != nil {
		t.Fatal(err)
	}
	job := attention(t.TempDir())
	job.Watch = Watch{Case: "case_4", Epochs: []int{1, 3, 60}}
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(finalWeights(t, job.Folder), finalWeights(t, unwatched.Folder)) {
		t.Error("looking changed the weights")
	}
	found := names(t, filepath.Join(job.Folder, "watch"))
	if !slices.Equal(found, []string{"epoch_001", "epoch_003"}) {
		t.Fatalf("watch holds %v", found)
	}
	var gates [][]float64
	for _, epoch := range found {
		folder := filepath.Join(job.Folder, "watch", epoch)
		list := names(t, folder)
		for _, want := range []string{"gate0.npy", "gate0.png", "output_0.npy", "output_0.png", "dsv.0.png"} {
			if !slices.Contains(list, want) {
				t.Errorf("%s lacks %s: %v", epoch, want, list)
			}
		}
		gate, err := npy.Read(filepath.Join(folder, "gate0.npy"))
		if err != nil {
			t.Fatal(err)
		}
		if slices.Min(gate.Data) < 0 || slices.Max(gate.Data) > 1 {
			t.Errorf("%s: attention from %v to %v, want coefficients from 0 to 1", epoch, slices.Min(gate.Data), slices.Max(gate.Data))
		}
		gates = append(gates, gate.Data)
		logits, err := npy.Read(filepath.Join(folder, "output_0.npy"))
		if err != nil || !slices.Equal(logits.Shape, []int{3, 16, 16, 16}) {
			t.Errorf("%s: logits of shape %v, %v", epoch, logits.Shape, err)
		}
		picture, err := os.ReadFile(filepath.Join(folder, "output_0.png"))
		if err != nil {
			t.Fatal(err)
		}
		if p, err := png.Decode(bytes.NewReader(picture)); err != nil || p.Bounds().Dx() != 256 {
			t.Errorf("%s: picture %v, %v", epoch, p.Bounds(), err)
		}
	}
	if slices.Equal(gates[0], gates[1]) {
		t.Error("the attention of both epochs is the same")
	}
}

// TestWatchPlain looks at the logits of every resolution of a plain U-Net in 2D.
func TestWatchPlain(t *testing.T) {
	job := networkJob(t, t.TempDir(), 1, 1)
	c := job.Configuration
	deeper(c)
	c.PatchSize, c.Architecture.Dimensions = []int{8, 8}, 2
	c.Architecture.Strides, c.Architecture.Kernels = [][]int{{1, 1}, {2, 2}, {2, 2}}, [][]int{{3, 3}, {3, 3}, {3, 3}}
	c.Architecture.Options = map[string]any{plans.DeepSupervisionOption: true}
	job.Watch = Watch{Case: "case_0", Epochs: []int{1}}
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	want := []string{"output_0.npy", "output_0.png", "output_1.npy", "output_1.png"}
	if got := names(t, filepath.Join(job.Folder, "watch", "epoch_001")); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	log, err := os.ReadFile(filepath.Join(job.Folder, LogFile))
	if line := regexp.MustCompile(`"event":"watch","epoch":0,"cases":\["case_0"\],"slice":\d+`); err != nil || !line.Match(log) {
		t.Errorf("no line of the watched case and slice in the log: %v", err)
	}
}

func TestWatchRefusals(t *testing.T) {
	job := testJob(t, t.TempDir())
	for _, c := range []struct {
		watch Watch
		want  string
	}{
		{Watch{Case: "case_9", Epochs: []int{1}}, "no training case"}, {Watch{Case: "case_1", Epochs: []int{0}}, "numbers from 1"},
		{Watch{Case: "case_1"}, "epochs are needed"}, {Watch{Epochs: []int{1}}, "a case and"},
	} {
		job.Watch = c.watch
		if err := Run(t.Context(), job); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want a refusal with %q", c.watch, err, c.want)
		}
	}
}

func names(t *testing.T, dir string) (r []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		r = append(r, e.Name())
	}
	return r
}

func TestForeground(t *testing.T) {
	for _, c := range []struct {
		logits  []float64
		regions bool
		want    float64
	}{{[]float64{0, 0}, false, 0.5}, {[]float64{1000, -1000, 0}, false, 0}, {[]float64{-1000, 1000}, false, 1}, {[]float64{-3, 0}, true, 0.5}} {
		if got := foreground(c.logits, c.regions); got != c.want {
			t.Errorf("%v: %v, want %v", c.logits, got, c.want)
		}
	}
}
