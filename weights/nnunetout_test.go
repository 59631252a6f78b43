package weights

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
)

// state returns network_weights of a checkpoint as it lies in the file, aliases included.
func state(t *testing.T, path string) *dict {
	t.Helper()
	v, err := readTorch(path)
	if err != nil {
		t.Fatal(err)
	}
	return v.(*dict).get("network_weights").(*dict)
}

// sharing numbers the storages of a state dict in the order of their first use.
func sharing(d *dict) []int {
	seen := map[*storage]int{}
	var r []int
	for _, v := range d.values {
		s := v.(view).storage
		if _, ok := seen[s]; !ok {
			seen[s] = len(seen)
		}
		r = append(r, seen[s])
	}
	return r
}

// TestWriteNNUNet writes what it read of PyTorch's checkpoints: keys, their order, shapes, strides, element
// types and which entries share a storage must be the same, and the weights bit by bit.
func TestWriteNNUNet(t *testing.T) {
	all, err := filepath.Glob(filepath.Join(golden.Shared(t, "golden", "network"), "*", "fold_0", "checkpoint_final.pth"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no golden checkpoints: %v", err)
	}
	for _, path := range all {
		t.Run(filepath.Base(filepath.Dir(filepath.Dir(path))), func(t *testing.T) {
			c, err := ReadNNUNet(path)
			if err != nil {
				t.Fatal(err)
			}
			written := filepath.Join(t.TempDir(), "checkpoint_final.pth")
			err = WriteNNUNet(written, Export{Weights: c.Weights, Configuration: c.Configuration, Fold: c.Fold, Epoch: c.Epoch,
				MirrorAxes: c.MirrorAxes, Plans: []byte(`{"a": [1, 2.5, null, true], "b": {}}`), Dataset: []byte(`{}`)})
			if err != nil {
				t.Fatal(err)
			}
			want, got := state(t, path), state(t, written)
			if !slices.Equal(want.keys, got.keys) {
				t.Fatalf("%d keys %v, want %d %v", len(got.keys), got.keys, len(want.keys), want.keys)
			}
			for i, v := range want.values {
				a, b := v.(view), got.values[i].(view)
				if !slices.Equal(a.shape, b.shape) || !slices.Equal(a.stride, b.stride) || a.offset != b.offset || a.dtype != b.dtype || !slices.Equal(a.raw, b.raw) {
					t.Errorf("%v differs", want.keys[i])
				}
			}
			if a, b := sharing(want), sharing(got); !slices.Equal(a, b) {
				t.Errorf("storages are shared as %v, want %v", b, a)
			}
			again, err := ReadNNUNet(written)
			if err != nil {
				t.Fatal(err)
			}
			c.Momentum, again.Momentum = nil, nil
			if !reflect.DeepEqual(c, again) {
				t.Errorf("the checkpoint came back as %+v", again)
			}
		})
	}
}

// TestWriteBatchNorm holds the entries of a unit with batch norm and dropout (nnunet-model.md 1.7).
func TestWriteBatchNorm(t *testing.T) {
	var tensors []Tensor
	for _, name := range []string{"conv.weight", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"} {
		tensors = append(tensors, Tensor{"encoder.stages.0.0.convs.0." + name, []int{2}, []float32{1, 2}})
	}
	tensors = append(tensors, Tensor{"decoder.seg_layers.0.weight", []int{1, 2, 1, 1}, []float32{3, 4}})
	path := filepath.Join(t.TempDir(), "c.pth")
	if err := WriteNNUNet(path, Export{Weights: tensors, Plans: []byte("{}"), Dataset: []byte("{}"), Dropout: true}); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, k := range state(t, path).keys {
		keys = append(keys, k.(string))
	}
	unit := []string{"conv.weight", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var", "norm.num_batches_tracked",
		"all_modules.0.weight", "all_modules.2.weight", "all_modules.2.bias", "all_modules.2.running_mean", "all_modules.2.running_var", "all_modules.2.num_batches_tracked"}
	var want []string
	for _, prefix := range []string{"encoder.stages.0.0.convs.0.", "decoder.encoder.stages.0.0.convs.0."} {
		for _, k := range unit {
			want = append(want, prefix+k)
		}
	}
	if want = append(want, "decoder.seg_layers.0.weight"); !slices.Equal(keys, want) {
		t.Errorf("keys\n%s\nwant\n%s", strings.Join(keys, "\n"), strings.Join(want, "\n"))
	}
}

// TestWriteResidualDropout expects a dropout among the modules of a residual block's first convolution only.
func TestWriteResidualDropout(t *testing.T) {
	var tensors []Tensor
	for _, name := range []string{"conv1.conv", "conv1.norm", "conv2.conv", "conv2.norm", "skip.1.conv", "skip.1.norm"} {
		tensors = append(tensors, Tensor{"encoder.stages.1.blocks.0." + name + ".weight", []int{1}, []float32{1}})
	}
	path := filepath.Join(t.TempDir(), "c.pth")
	if err := WriteNNUNet(path, Export{Weights: tensors, Plans: []byte("{}"), Dataset: []byte("{}"), Dropout: true}); err != nil {
		t.Fatal(err)
	}
	keys := state(t, path).keys
	for _, want := range []string{"conv1.all_modules.2", "conv2.all_modules.1", "skip.1.all_modules.1"} {
		if !slices.Contains(keys, any("encoder.stages.1.blocks.0."+want+".weight")) {
			t.Errorf("%s is missing among %v", want, keys)
		}
	}
}

func TestWriteNNUNetRefusesBrokenJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.pth")
	if err := WriteNNUNet(path, Export{Plans: []byte(`{"a": `), Dataset: []byte("{}")}); err == nil || !strings.Contains(err.Error(), "plans") {
		t.Errorf("error %v, want one about the plans", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was written all the same")
	}
}
