package container

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/submission/algorithm"
	"github.com/autoseg/autoseg/submission/internal/randomrun"
	"github.com/autoseg/autoseg/volume"
)

// TestMain makes the test binary the program of the images under test: it is static, and it knows the two
// verbs that an image and a dry run call.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "algorithm":
			os.Exit(playAlgorithm())
		case "confine":
			status, err := Confine(os.Args[2])
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
			os.Exit(status)
		}
	}
	os.Exit(m.Run())
}

// playAlgorithm predicts, and complains about every freedom that it has and should not.
func playAlgorithm() int {
	executor, err := cpu.New(cpu.Options{Workers: 2})
	if err != nil {
		return 1
	}
	defer executor.Close()
	c := algorithm.Config{Folder: Folder, Input: "/input", Output: "/output", Executor: executor, Workers: 2}
	if len(os.Args) > 7 { // outside of namespaces
		c.Folder, c.Input, c.Output = os.Args[3], os.Args[5], os.Args[7]
	} else {
		probe()
	}
	c.Ready = func(int) { fmt.Println("ready") }
	if err := algorithm.Run(context.Background(), c); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// probe writes what is possible to stderr.
func probe() {
	say := func(possible bool, what string) {
		if possible {
			fmt.Fprintln(os.Stderr, "possible:", what)
		}
	}
	interfaces, _ := net.Interfaces()
	say(slices.ContainsFunc(interfaces, func(i net.Interface) bool { return i.Flags&net.FlagUp != 0 }), "a network that is up")
	for _, path := range []string{"/new", "/input/new", "/opt/autoseg/new"} {
		say(os.WriteFile(path, nil, 0o644) == nil, "writing "+path)
	}
	say(os.WriteFile("/tmp/new", nil, 0o644) != nil, "no writing to /tmp")
	say(os.WriteFile("/dev/shm/big", make([]byte, 3<<20), 0o644) == nil, "3 MB of shared memory")
	say(os.Getuid() != 1000, "another user than 1000")
	_, err := os.Stat("/etc")
	say(err == nil, "seeing the host's files")
	processes, _ := filepath.Glob("/proc/[0-9]*")
	say(len(processes) > 2, "seeing other processes")
}

// needStatic skips a test where the test binary cannot be an image's program.
func needStatic(t *testing.T) {
	t.Helper()
	if _, err := architecture(os.Args[0]); err != nil {
		t.Skipf("run with CGO_ENABLED=0, as make test does: %v", err)
	}
}

// TestImage looks at one image from all sides.
func TestImage(t *testing.T) {
	run := randomrun.Write(t, []string{"CT"}, "3d_fullres")
	file, image := build(t, Config{Run: run})
	t.Run("again", func(t *testing.T) { sameAgain(t, file, image, run) })
	t.Run("OCI and Docker", func(t *testing.T) { isOCIAndDocker(t, file, image) })
	t.Run("independent readers", func(t *testing.T) { independentReaders(t, file, image, run) })
	t.Run("dry run", func(t *testing.T) { dryRun(t, file, image, run) })
	t.Run("dry run, little memory", func(t *testing.T) { dryRunKeepsMemory(t, file, image, run) })
	t.Run("dry run, no namespaces", func(t *testing.T) { dryRunWithoutNamespaces(t, file, image, run) })
}

func build(t *testing.T, c Config) (string, *Image) {
	t.Helper()
	needStatic(t)
	c.Program, c.Version = os.Args[0], "1.2.3"
	file := filepath.Join(t.TempDir(), "image.tar")
	image, err := Build(t.Context(), file, c)
	if err != nil {
		t.Fatal(err)
	}
	return file, image
}

// entriesOf reads a tar.
func entriesOf(t *testing.T, file string) map[string][]byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(content)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

// sameAgain makes the image again.
func sameAgain(t *testing.T, one string, image *Image, run string) {
	two, again := build(t, Config{Run: run})
	a, _ := os.ReadFile(one)
	b, _ := os.ReadFile(two)
	if !bytes.Equal(a, b) || image.Digest != again.Digest {
		t.Error("two images of one run differ")
	}
	if image.Bytes != int64(len(a)) {
		t.Errorf("%d bytes, the file has %d", image.Bytes, len(a))
	}
	if bytes.Contains(a, []byte(run)) {
		t.Error("the image holds the path of the run")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(one), ".autoseg-image-*")); len(left) > 0 {
		t.Errorf("left %v behind", left)
	}
}

func isOCIAndDocker(t *testing.T, file string, image *Image) {
	files := entriesOf(t, file)
	var docker []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	if err := json.Unmarshal(files["manifest.json"], &docker); err != nil || len(docker) != 1 {
		t.Fatalf("manifest.json: %v, %s", err, files["manifest.json"])
	}
	for _, blob := range append(docker[0].Layers, docker[0].Config) {
		if len(files[blob]) == 0 {
			t.Errorf("manifest.json names %s, which is not there", blob)
		}
	}
	if docker[0].RepoTags[0] != "autoseg/dataset900-random:1.2.3" || image.Tag != docker[0].RepoTags[0] {
		t.Errorf("tags %v, %s", docker[0].RepoTags, image.Tag)
	}
	var config struct {
		Architecture, OS string
		Config           struct {
			Entrypoint []string
			User       string
			Labels     map[string]string
		}
	}
	if err := json.Unmarshal(files[docker[0].Config], &config); err != nil {
		t.Fatal(err)
	}
	if config.Architecture != runtime.GOARCH || config.OS != "linux" || config.Config.User != "1000:1000" || !slices.Equal(config.Config.Entrypoint, []string{"/autoseg", "algorithm"}) {
		t.Errorf("config %+v", config)
	}
	for _, label := range []string{"org.opencontainers.image.version", "autoseg.program.sha256", "autoseg.model.3d_fullres/plan.yaml.sha256", "autoseg.model.3d_fullres/fold_0/weights.safetensors.sha256"} {
		if config.Config.Labels[label] == "" {
			t.Errorf("label %s is missing", label)
		}
	}
	if len(files["oci-layout"]) == 0 || !bytes.Contains(files["index.json"], []byte(image.Digest)) {
		t.Error("no OCI layout, or its index does not name the image")
	}
}

func independentReaders(t *testing.T, file string, image *Image, run string) {
	skopeo, err := exec.LookPath("skopeo")
	if err != nil {
		t.Skip("skopeo is not installed")
	}
	for _, kind := range []string{"oci-archive:", "docker-archive:"} {
		output, err := exec.Command(skopeo, "inspect", kind+file).Output()
		if err != nil {
			t.Fatalf("skopeo inspect %s: %v, %s", kind, err, output)
		}
		if !bytes.Contains(output, []byte(`"autoseg.version": "1.2.3"`)) || kind == "oci-archive:" && !bytes.Contains(output, []byte(image.Digest)) {
			t.Errorf("skopeo inspect %s says %s", kind, output)
		}
	}
	umoci, err := exec.LookPath("umoci")
	if err != nil {
		t.Skip("umoci is not installed")
	}
	layout, bundle := t.TempDir(), filepath.Join(t.TempDir(), "bundle")
	for name, content := range entriesOf(t, file) {
		path := filepath.Join(layout, name)
		if strings.HasSuffix(name, "/") {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if output, err := exec.Command(umoci, "unpack", "--rootless", "--image", layout+":1.2.3", bundle).CombinedOutput(); err != nil {
		t.Fatalf("umoci unpack: %v, %s", err, output)
	}
	card, err := os.ReadFile(filepath.Join(bundle, "rootfs", "opt", "autoseg", "MODEL_CARD.md"))
	if err != nil || !bytes.Contains(card, []byte("1 organ")) {
		t.Errorf("the model card: %v, %s", err, card)
	}
	if info, err := os.Stat(filepath.Join(bundle, "rootfs", "autoseg")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the program: %v, %v", info, err)
	}
	runUnpacked(t, filepath.Join(bundle, "rootfs"), run)
}

// runUnpacked runs the entry point of an unpacked image with tools that are not ours.
func runUnpacked(t *testing.T, root, run string) {
	t.Helper()
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip("unshare is not installed")
	}
	trial := trialOf(t, "", run, algorithm.DefaultInterface([]string{"CT"}))
	if err := trial.writeInput(filepath.Join(root, "input")); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(unshare, "--user", "--map-root-user", "--net", "--mount", "--root="+root, "/autoseg", "algorithm")
	command.Env = []string{}
	if output, err := command.CombinedOutput(); err != nil {
		if bytes.Contains(output, []byte("Operation not permitted")) {
			t.Skipf("this machine has no user namespaces: %s", output)
		}
		t.Fatalf("the entry point: %v, %s", err, output)
	}
	o := &Outcome{}
	if err := trial.check(cage{Output: filepath.Join(root, "output")}, o); err != nil {
		t.Error(err)
	}
}

// trialOf tries an image on noise.
func trialOf(t *testing.T, file, run string, i algorithm.Interface) Trial {
	t.Helper()
	m, err := model.Open(filepath.Join(run, "models", "3d_fullres"), model.Final)
	if err != nil {
		t.Fatal(err)
	}
	limits := DefaultLimits()
	limits.SharedMemory = 2 << 20
	trial := Trial{Archive: file, Interface: i, Case: "noise", Image: randomrun.Image(1), Labelling: &m.Description.Labelling,
		Confiner: []string{os.Args[0], "confine"}, Limits: limits}
	for len(i.Inputs) > trial.Image.Channels {
		more := randomrun.Image(uint64(trial.Image.Channels + 1))
		trial.Image.Data, trial.Image.Channels = append(trial.Image.Data, more.Data...), trial.Image.Channels+1
	}
	return trial
}

func dryRun(t *testing.T, file string, image *Image, run string) {
	trial := trialOf(t, file, run, image.Interface)
	o, err := DryRun(context.Background(), trial)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(o.Enforced, "no network") {
		t.Skipf("this machine has no user namespaces; not enforced: %v", o.NotEnforced)
	}
	if o.Messages != "" {
		t.Errorf("inside the container: %s", o.Messages)
	}
	if o.Ready <= 0 || o.Ready > o.Total || o.PeakMemory <= 0 {
		t.Errorf("ready after %v of %v, %d bytes", o.Ready, o.Total, o.PeakMemory)
	}
	if want := predicted(t, run, trial.Image); !slices.Equal(o.Labels.Data, want) {
		t.Error("the container predicts other labels than predict")
	}
}

func TestDryRunOfTwoChannels(t *testing.T) {
	run := randomrun.Write(t, []string{"T1", "T2"}, "3d_fullres")
	file, image := build(t, Config{Run: run})
	dryRun(t, file, image, run)
}

// predicted returns the labels that predict gives an image.
func predicted(t *testing.T, run string, image *volume.Image) []uint16 {
	t.Helper()
	executor, err := cpu.New(cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer executor.Close()
	p, err := predict.Open(filepath.Join(run, "models", "3d_fullres"), predict.Options{Executor: executor})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	r, err := p.Image(context.Background(), image, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.Labels.Data
}

func dryRunKeepsMemory(t *testing.T, file string, image *Image, run string) {
	trial := trialOf(t, file, run, image.Interface)
	trial.Limits.Memory = 64 << 20
	// 160 MB of voxels do not fit.
	g := trial.Image.Geometry
	g.Shape = [3]int{100, 400, 400}
	trial.Image = volume.NewImage(g, 1)
	if o, err := DryRun(context.Background(), trial); err == nil || !strings.Contains(err.Error(), "memory") {
		t.Errorf("error %v, outcome %+v, want the container out of memory", err, o)
	}
}

func dryRunWithoutNamespaces(t *testing.T, file string, image *Image, run string) {
	trial := trialOf(t, file, run, image.Interface)
	dir := t.TempDir()
	c := cage{Limits: trial.Limits, Root: filepath.Join(dir, "root"), Input: filepath.Join(dir, "input"), Output: filepath.Join(dir, "output")}
	if err := trial.prepare(c); err != nil {
		t.Fatal(err)
	}
	o, err := trial.start(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := trial.check(c, o); err != nil {
		t.Error(err)
	}
	if !slices.Contains(o.NotEnforced, "no network") || slices.Contains(o.Enforced, "no network") {
		t.Errorf("enforced %v, not enforced %v", o.Enforced, o.NotEnforced)
	}
}

func TestBuildRefuses(t *testing.T) {
	needStatic(t)
	run := randomrun.Write(t, []string{"CT"}, "3d_fullres")
	script := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		c    Config
		want string
	}{
		"no run":             {Config{Program: os.Args[0], Run: filepath.Join(run, "none")}, "no such file"},
		"not a run":          {Config{Program: os.Args[0], Run: t.TempDir()}, "selection"},
		"no program":         {Config{Program: script + "x", Run: run}, "no such file"},
		"a script":           {Config{Program: script, Run: run}, "no Linux program"},
		"a dynamic program":  {Config{Program: "/usr/bin/python3", Run: run}, "dynamic linker"},
		"slugs of two":       {Config{Program: os.Args[0], Run: run, Interface: algorithm.Interface{Inputs: []string{"a", "b"}}}, "2 input slugs"},
		"a slug with a path": {Config{Program: os.Args[0], Run: run, Interface: algorithm.Interface{Output: "../x"}}, "slug"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := os.Stat(test.c.Program); name == "a dynamic program" && err != nil {
				t.Skip("there is none here")
			}
			file := filepath.Join(t.TempDir(), "image.tar")
			_, err := Build(t.Context(), file, test.c)
			if err == nil || !fault.IsInput(err) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one about the input with %q", err, test.want)
			}
			if _, err := os.Stat(file); err == nil {
				t.Error("a file was written")
			}
		})
	}
}

func TestBuildPacksAModelFolder(t *testing.T) {
	run := randomrun.Write(t, []string{"CT"}, "3d_fullres")
	_, image := build(t, Config{Run: filepath.Join(run, "models", "3d_fullres"), Interface: algorithm.Interface{Inputs: []string{"ct"}, Output: "organs"}})
	if image.Interface.Output != "organs" || image.Labels["autoseg.inputs"] != "ct" || image.Labels["autoseg.folds"] != "0" {
		t.Errorf("image %+v", image)
	}
}

func TestUnpackStaysInside(t *testing.T) {
	for name, header := range map[string]tar.Header{
		"a parent":         {Name: "../x", Typeflag: tar.TypeReg},
		"an absolute path": {Name: "/x", Typeflag: tar.TypeReg},
		"a link":           {Name: "x", Linkname: "/etc", Typeflag: tar.TypeSymlink},
		"a device":         {Name: "x", Typeflag: tar.TypeChar},
	} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		if err := w.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		w.Close()
		dir := t.TempDir()
		if err := unpack(&b, filepath.Join(dir, "root")); err == nil {
			t.Errorf("%s: no error", name)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: wrote %v", name, left)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	var b bytes.Buffer
	if err := writeTar(f.Context(), &b, []entry{{name: "a/", mode: 0o755}, {name: "a/b", mode: 0o644, content: []byte("x")}}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		_ = unpack(bytes.NewReader(content), filepath.Join(dir, "root"))
		if left, _ := os.ReadDir(dir); len(left) > 1 || len(left) == 1 && left[0].Name() != "root" {
			t.Errorf("wrote %v outside of the root", left)
		}
	})
}
