package phantom

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/fingerprint"
)

// TestPublishedFingerprint holds the published fingerprint of the demo against what is measured today.
func TestPublishedFingerprint(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Dataset999_Phantom")
	if err := Write(dir, DefaultOptions()); err != nil {
		t.Fatal(err)
	}
	d, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := fingerprint.Extract(context.Background(), d, fingerprint.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("..", "plans", "published", "Dataset999_Phantom", "dataset_fingerprint.json"))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("the phantom has changed: measure it again, publish the fingerprint and its plans (plans/published/README.md)")
	}
}
