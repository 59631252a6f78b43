package viewer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/nifti"
)

// Server shows one case. It is an http.Handler.
type Server struct {
	image   *volume.Image
	indices [][]byte
	// pages are all paths that exist.
	pages map[string]page
}

// page is what stands under a path.
type page struct {
	kind string
	// packed says that the content is compressed for the way.
	packed bool
	// write produces the content.
	write func(io.Writer) error
}

// New prepares a case: it checks the grids and measures the segmentations.
func New(c Case) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	classes := c.classes()
	if len(classes) > maxClasses {
		return nil, fmt.Errorf("view: %d label values, at most %d can be shown", len(classes), maxClasses)
	}
	s := &Server{image: c.Image}
	for _, g := range c.Segmentations {
		s.indices = append(s.indices, indexed(g.Labels, classes))
	}
	document, err := json.Marshal(describe(&c, classes, s.indices))
	if err != nil {
		return nil, err
	}
	s.pages = s.table(document)
	return s, nil
}

// table lists every path of the server.
func (s *Server) table(document []byte) map[string]page {
	pages := map[string]page{
		"/":           {kind: "text/html; charset=utf-8", write: content(pageHTML)},
		"/viewer.css": {kind: "text/css; charset=utf-8", write: content(pageCSS)},
		"/viewer.js":  {kind: "text/javascript; charset=utf-8", write: content(pageJS)},
		"/niivue.js":  {kind: "text/javascript; charset=utf-8", packed: true, write: content(niivueScript)},
		"/case.json":  {kind: "application/json", write: content(document)},
	}
	geometry := s.image.Geometry
	geometry.Native = nil // a header of its own: no text from the file
	for i := range s.image.Channels {
		n := s.image.Voxels()
		one := &volume.Image{Geometry: geometry, Channels: 1, Data: s.image.Data[i*n : (i+1)*n]}
		pages[fmt.Sprintf("/volumes/image-%d.nii", i)] = page{kind: "application/octet-stream",
			write: func(w io.Writer) error { return nifti.Encode(w, one) }}
	}
	for i, indices := range s.indices {
		pages[fmt.Sprintf("/volumes/segmentation-%d.nii", i)] = page{kind: "application/octet-stream",
			write: func(w io.Writer) error { return encodeIndices(w, geometry, indices) }}
	}
	return pages
}

// encodeIndices writes places in the list of classes as a NIfTI file of the classes' indices.
func encodeIndices(w io.Writer, g volume.Geometry, indices []byte) error {
	labels := volume.NewLabels(g)
	for i, v := range indices {
		if v > 0 {
			labels.Data[i] = uint16(v) + indexShift
		}
	}
	return nifti.EncodeLabels(w, labels)
}

func content(b []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(b))
		return err
	}
}

// policy allows the page its own files and nothing else. NiiVue holds its font as a data: URL and compiles
// its decompressors to WebAssembly.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
	"connect-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// ServeHTTP answers requests for the paths of the table that come to the loopback address.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	p, ok := s.pages[r.URL.Path]
	switch {
	case !loopback(r.Host):
		http.Error(w, "this page is for 127.0.0.1 only", http.StatusForbidden)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "GET only", http.StatusMethodNotAllowed)
	case !ok:
		http.NotFound(w, r)
	default:
		h.Set("Content-Type", p.kind)
		if p.packed {
			h.Set("Content-Encoding", "gzip")
		}
		if r.Method == http.MethodGet {
			_ = p.write(w) // the browser went away
		}
	}
}

// loopback reports whether the Host of a request is this machine's own address.
func loopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return name == "127.0.0.1" || name == "localhost"
}

// Serve answers on a port of 127.0.0.1, on a free one for 0, until ctx ends. It calls ready with the
// address as soon as browsers can come.
func (s *Server) Serve(ctx context.Context, port int, ready func(url string)) error {
	listener, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return fmt.Errorf("view: %w", err)
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	ready("http://" + listener.Addr().String() + "/")
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("view: %w", err)
	}
	return nil
}
