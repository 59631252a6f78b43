package weights

import (
	"archive/zip"
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
)

func TestReadNNUNet(t *testing.T) {
	dir := golden.Shared(t, "golden", "network", "plain3d")
	c, err := ReadNNUNet(filepath.Join(dir, "fold_0", "checkpoint_latest.pth"))
	if err != nil {
		t.Fatal(err)
	}
	after := golden.Npz(t, filepath.Join(dir, "params_after_3_steps.npz"))
	if len(c.Weights) != len(after) {
		t.Errorf("%d weights, want %d", len(c.Weights), len(after))
	}
	count := 0
	for _, w := range c.Weights {
		count += len(w.Data)
		golden.Close(t, w.Name, w.Data, after[w.Name], 0)
	}
	if count != 90129 { // n_parameters of result.json
		t.Errorf("%d parameters, want 90129", count)
	}
	if c.Configuration != "3d_fullres" || len(c.MirrorAxes) != 3 {
		t.Errorf("configuration %q, mirror axes %v", c.Configuration, c.MirrorAxes)
	}
	// The coarsest head is never updated: every parameter but its weight and bias has a velocity.
	if len(c.Momentum) != len(c.Weights)-2 {
		t.Errorf("%d velocities for %d weights", len(c.Momentum), len(c.Weights))
	}
}

// pth makes a checkpoint archive around a pickle.
func pth(t testing.TB, pickle string, members map[string]string, method uint16) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name, content string) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	add("c/data.pkl", pickle)
	for name, content := range members {
		add(name, content)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tensorPickle is {'network_weights': {'w': tensor of two floats}} with a storage of count elements.
func tensorPickle(shape, stride byte, count byte) string {
	return "\x80\x02}X\x0f\x00\x00\x00network_weights}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n(" +
		"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK" + string([]byte{count}) + "tQK\x00K" +
		string([]byte{shape}) + "\x85K" + string([]byte{stride}) + "\x85\x89)tRss."
}

func TestSafetensorsRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	want := []Tensor{{"b", []int{2, 3}, []float32{1, 2, 3, 4, 5, float32(math.Inf(1))}}, {"a \"quoted\"", []int{}, []float32{-0.5}}, {"empty", []int{0, 4}, []float32{}}}
	if err := WriteSafetensors(path, want, map[string]string{"epoch": "3"}); err != nil {
		t.Fatal(err)
	}
	got, metadata, err := ReadSafetensors(path)
	if err != nil || metadata["epoch"] != "3" || len(got) != len(want) {
		t.Fatalf("got %v, %v, %v", got, metadata, err)
	}
	for _, w := range want {
		g, ok := Find(got, w.Name)
		if !ok || len(g.Data) != len(w.Data) || len(g.Shape) != len(w.Shape) {
			t.Errorf("%s: got %+v, want %+v", w.Name, g, w)
			continue
		}
		for i, v := range w.Data {
			if g.Data[i] != v {
				t.Errorf("%s[%d]: got %v, want %v", w.Name, i, g.Data[i], v)
			}
		}
	}
}

func FuzzSafetensors(f *testing.F) {
	var b bytes.Buffer
	if err := EncodeSafetensors(&b, []Tensor{{"a", []int{2}, []float32{1, 2}}}, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) { _, _, _ = DecodeSafetensors(raw) })
}

func FuzzTorch(f *testing.F) {
	f.Add(pth(f, tensorPickle(2, 1, 2), map[string]string{"c/data/0": "\x00\x00\x80\x3f\x00\x00\x00\x40"}, zip.Store))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if v, err := decodeTorch(bytes.NewReader(raw), int64(len(raw))); err == nil {
			_, _ = newCheckpoint(v)
		}
	})
}

// FuzzPickle reaches the pickle machine without the checksums of the archive in the way.
func FuzzPickle(f *testing.F) {
	f.Add([]byte(tensorPickle(2, 1, 2)))
	a := &archive{files: map[string]*zip.File{}}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := &torchReader{archive: a, storages: map[string]*storage{"0": {"F32", 4, make([]byte, 8)}}, room: 1000}
		u := unpickler{data: raw, reduce: r.reduce, persistent: r.persistent}
		if v, err := u.load(); err == nil {
			_, _ = newCheckpoint(v)
		}
	})
}

func BenchmarkReadSafetensors(b *testing.B) {
	path := filepath.Join(b.TempDir(), "w.safetensors")
	data := make([]float32, 1<<20)
	if err := WriteSafetensors(path, []Tensor{{"a", []int{len(data)}, data}}, nil); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	for b.Loop() {
		if _, _, err := ReadSafetensors(path); err != nil {
			b.Fatal(err)
		}
	}
}
