package container

import (
	"archive/tar"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/klauspost/compress/gzip"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/atomicfile"
)

// writeArchive writes an image as an OCI layout in a tar that docker load reads, too. A file that ends in
// .gz is compressed, as grand-challenge's upload wants it.
func writeArchive(ctx context.Context, file string, img v1.Image, tag string) (int64, error) {
	dir, err := os.MkdirTemp(filepath.Dir(file), ".autoseg-image-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	l, err := layout.Write(dir, empty.Index)
	if err != nil {
		return 0, err
	}
	_, version, _ := strings.Cut(tag, ":")
	annotations := map[string]string{"org.opencontainers.image.ref.name": version, "io.containerd.image.name": tag}
	config, err := img.ConfigFile()
	if err != nil {
		return 0, err
	}
	platform := v1.Platform{OS: config.OS, Architecture: config.Architecture}
	if err := l.AppendImage(img, layout.WithAnnotations(annotations), layout.WithPlatform(platform)); err != nil {
		return 0, err
	}
	document, err := dockerManifest(img, tag)
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), document, 0o644); err != nil {
		return 0, err
	}
	if err := atomicfile.Write(file, func(w io.Writer) error { return packFolder(ctx, w, dir, file) }); err != nil {
		return 0, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// dockerManifest is the file that docker load looks for; it names the same blobs.
func dockerManifest(img v1.Image, tag string) ([]byte, error) {
	type image struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	blob := func(h v1.Hash) string { return "blobs/" + h.Algorithm + "/" + h.Hex }
	config, err := img.ConfigName()
	if err != nil {
		return nil, err
	}
	one := image{Config: blob(config), RepoTags: []string{tag}}
	layers, err := img.Layers()
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		digest, err := l.Digest()
		if err != nil {
			return nil, err
		}
		one.Layers = append(one.Layers, blob(digest))
	}
	return json.Marshal([]image{one})
}

// packFolder writes the files of a folder as a tar, in the order of their names.
func packFolder(ctx context.Context, w io.Writer, dir, file string) error {
	var entries []entry
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		entries = append(entries, entry{name: filepath.ToSlash(name), mode: 0o644, source: path})
		return err
	})
	if err != nil {
		return err
	}
	if entries, err = withFolders(entries); err != nil {
		return err
	}
	if !strings.HasSuffix(file, ".gz") {
		return writeTar(ctx, w, entries)
	}
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := writeTar(ctx, z, entries); err != nil {
		return err
	}
	return z.Close()
}

// unpack writes the files of an image's layers into a folder, as a container engine would.
func unpack(r io.Reader, dir string) error {
	t := tar.NewReader(r)
	for {
		header, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		name := filepath.FromSlash(strings.TrimSuffix(header.Name, "/"))
		if !filepath.IsLocal(name) {
			return fmt.Errorf("the image holds the file %q, which is outside of it", header.Name)
		}
		target, mode := filepath.Join(dir, name), header.FileInfo().Mode().Perm()
		switch header.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(target, 0o755)
		case tar.TypeReg:
			err = unpackFile(t, target, mode)
		default:
			err = fmt.Errorf("the image holds %q, which is neither file nor folder", header.Name)
		}
		if err != nil {
			return err
		}
	}
}

func unpackFile(r io.Reader, target string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, r); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// labelNames returns the names of the foreground.
func labelNames(l dataset.Labelling) []string {
	var names []string
	for _, v := range l.Foreground() {
		names = append(names, l.Name(v))
	}
	return slices.Compact(names)
}
