package container

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// epoch is the time of every file: an image has no time of its own, so that it can be made again.
var epoch = time.Unix(0, 0).UTC()

// layerOf makes a layer of files. Weights hardly compress, so speed goes first.
func layerOf(ctx context.Context, entries []entry) (v1.Layer, error) {
	entries, err := withFolders(entries)
	if err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() { w.CloseWithError(writeTar(ctx, w, entries)) }()
		return r, nil
	}
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.BestSpeed))
}

// writeTar writes entries as root's, without times.
func writeTar(ctx context.Context, w io.Writer, entries []entry) error {
	t := tar.NewWriter(w)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Mode: e.mode, ModTime: epoch, Typeflag: tar.TypeReg, Format: tar.FormatPAX}
		if e.name[len(e.name)-1] == '/' {
			header.Typeflag = tar.TypeDir
		} else {
			size, err := e.size()
			if err != nil {
				return err
			}
			header.Size = size
		}
		if err := t.WriteHeader(header); err != nil {
			return err
		}
		if header.Typeflag == tar.TypeReg {
			if err := e.copyTo(ctx, t); err != nil {
				return err
			}
		}
	}
	return t.Close()
}
