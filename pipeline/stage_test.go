package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeRun is a run of three stages: prepare copies a value, train depends on it and on another value,
// report depends on train. It records which of them worked.
type fakeRun struct {
	dir           string
	normalisation string
	patch         int
	fail          string // the stage that fails half-way
	worked        []string
}

func (f *fakeRun) stages(r *runner) []stage {
	write := func(name, content string) func(context.Context) error {
		return func(context.Context) error {
			path := filepath.Join(f.dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				return err
			}
			if f.fail != "" && strings.HasPrefix(name, f.fail) {
				return errors.New("disk full")
			}
			return nil
		}
	}
	return []stage{
		{
			name: "prepare", results: []string{"prepared"},
			inputs: func(in inputs) error { return in.value("normalisation", f.normalisation) },
			run:    write("prepared/case.npy", f.normalisation),
		},
		{
			name: "train", results: []string{"model"},
			inputs: func(in inputs) error {
				return in.values(map[string]any{"prepare": r.key("prepare"), "patch": f.patch})
			},
			run: write("model/weights", "w"),
		},
		{
			name: "report", results: []string{"report.html"},
			inputs: func(in inputs) error { return in.value("train", r.key("train")) },
			run:    write("report.html", "<html>"),
		},
	}
}

func (f *fakeRun) execute(t *testing.T) error {
	t.Helper()
	m, err := ReadManifest(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{dir: f.dir, manifest: m, hashes: newHasher(), log: slog.New(slog.DiscardHandler)}
	f.worked = nil
	for _, s := range f.stages(r) {
		worked, err := r.do(context.Background(), s)
		if worked {
			f.worked = append(f.worked, s.name)
		}
		if err != nil {
			return err
		}
	}
	return r.close()
}

func TestOnlyWhatChangedIsDone(t *testing.T) {
	for name, test := range map[string]struct {
		change func(f *fakeRun)
		want   []string
	}{
		"nothing":         {func(*fakeRun) {}, nil},
		"patch":           {func(f *fakeRun) { f.patch = 64 }, []string{"train", "report"}},
		"normalisation":   {func(f *fakeRun) { f.normalisation = "CT" }, []string{"prepare", "train", "report"}},
		"a lost result":   {func(f *fakeRun) { os.Remove(filepath.Join(f.dir, "report.html")) }, []string{"report"}},
		"the whole model": {func(f *fakeRun) { os.RemoveAll(filepath.Join(f.dir, "model")) }, []string{"train"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeRun{dir: t.TempDir(), normalisation: "z-score", patch: 32}
			if err := f.execute(t); err != nil || len(f.worked) != 3 {
				t.Fatalf("the first run did %v (%v), want all three stages", f.worked, err)
			}
			test.change(f)
			if err := f.execute(t); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(f.worked, test.want) {
				t.Errorf("did %v, want %v", f.worked, test.want)
			}
		})
	}
}

func TestAFailedStageIsDoneAgain(t *testing.T) {
	f := &fakeRun{dir: t.TempDir(), fail: "model"}
	err := f.execute(t)
	if err == nil || !strings.Contains(err.Error(), "train: disk full") {
		t.Fatalf("got %v, want the error of the stage with its name", err)
	}
	f.fail = ""
	if err := f.execute(t); err != nil {
		t.Fatal(err)
	}
	if want := []string{"train", "report"}; !slices.Equal(f.worked, want) {
		t.Errorf("did %v, want %v", f.worked, want)
	}
}

func TestResultsOfOtherInputsAreRemoved(t *testing.T) {
	f := &fakeRun{dir: t.TempDir(), patch: 32}
	if err := f.execute(t); err != nil {
		t.Fatal(err)
	}
	checkpoint := filepath.Join(f.dir, "model", "checkpoint")
	if err := os.WriteFile(checkpoint, []byte("of patch 32"), 0o644); err != nil {
		t.Fatal(err)
	}
	f.patch, f.fail = 64, "model"
	if err := f.execute(t); err == nil {
		t.Fatal("the stage did not fail")
	}
	if _, err := os.Stat(checkpoint); err == nil {
		t.Error("a checkpoint of other inputs is still there")
	}
	if err := os.WriteFile(checkpoint, []byte("of patch 64"), 0o644); err != nil {
		t.Fatal(err)
	}
	f.fail = ""
	if err := f.execute(t); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(checkpoint); err != nil {
		t.Error("an interrupted stage lost what it could have resumed from")
	}
}

func TestOtherStagesAreRemembered(t *testing.T) {
	dir := t.TempDir()
	m := &Manifest{}
	r := &runner{dir: dir, manifest: m, hashes: newHasher(), log: slog.New(slog.DiscardHandler)}
	nothing := stage{inputs: func(inputs) error { return nil }, run: func(context.Context) error { return nil }}
	for _, name := range []string{"train/2d", "train/3d"} {
		s := nothing
		s.name = name
		if _, err := r.do(context.Background(), s); err != nil {
			t.Fatal(err)
		}
	}
	r.order = []string{"train/3d"}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	read, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Stages) != 2 || read.Stages[0].Name != "train/3d" || read.Stages[1].Name != "train/2d" {
		t.Errorf("stages %v, want train/3d, then train/2d", read.Stages)
	}
}

func TestACancelledRunStartsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := &runner{dir: t.TempDir(), manifest: &Manifest{}, hashes: newHasher(), log: slog.New(slog.DiscardHandler)}
	if worked, err := r.do(ctx, stage{name: "train"}); worked || !errors.Is(err, context.Canceled) {
		t.Errorf("worked %v, error %v", worked, err)
	}
}

func TestManifestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	want := &Manifest{
		Program: "autoseg 0.1.0", Commands: []string{"autoseg run D"}, Seed: 7, SIMD: "avx2",
		Inputs: map[string]string{"dataset.json": "ab"},
		Stages: []*Record{{
			Name: "plan", Key: "k", Complete: true,
			Inputs: inputs{"fingerprint": "f"}, Results: map[string]string{"plan.yaml": "p"},
		}},
	}
	if err := want.Write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestManifestRejects(t *testing.T) {
	for name, text := range map[string]string{
		"not YAML":          "stages: [",
		"an unknown key":    "colour: red\n",
		"a nameless stage":  "stages: [{key: k}]\n",
		"an empty stage":    "stages: [~]\n",
		"a list of strings": "stages: [plan]\n",
	} {
		if _, err := parseManifest([]byte(text)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestTreeHashesContent(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a/x", "abc")
	write("a/b/y", "")
	write("a/.lock", "1")
	write("a/log.jsonl", "{}")
	write("a/checkpoint.a/state.json", "{}")
	got, err := newHasher().tree(dir, "a")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{ // FIPS 180-2: the digests of "abc" and of nothing
		"a/x":         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"a/log.jsonl": varies,
		"a/b/y":       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(manifestHead + "program: autoseg\nstages:\n  - name: plan\n    key: k\n"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, content []byte) {
		m, err := parseManifest(content)
		if err != nil {
			return
		}
		if err := m.Write(t.TempDir()); err != nil {
			t.Errorf("a manifest that was read cannot be written: %v", err)
		}
	})
}
