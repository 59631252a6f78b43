package viewer

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/nifti"
)

// twoSpheres is an image of noise-free grey with two balls; the second segmentation lacks half of the first.
func twoSpheres(t testing.TB) Case {
	t.Helper()
	g := volume.NewGeometry([3]int{20, 24, 28}, [3]float64{2, 1, 1})
	image, reference := volume.NewImage(g, 1), volume.NewLabels(g)
	for i := range image.Data {
		z, y, x := i/28/24, i/28%24, i%28
		image.Data[i] = float32(100 + x + y)
		ball := func(cz, cy, cx, r int) bool {
			return 4*(z-cz)*(z-cz)+(y-cy)*(y-cy)+(x-cx)*(x-cx) <= r*r
		}
		switch {
		case ball(6, 12, 8, 6):
			reference.Data[i] = 1
		case ball(14, 12, 20, 6):
			reference.Data[i] = 700 // no value of 8 bits
		}
	}
	prediction := volume.NewLabels(g)
	copy(prediction.Data, reference.Data)
	for i := range prediction.Data {
		if i/28/24 < 6 && prediction.Data[i] == 1 {
			prediction.Data[i] = 0
		}
	}
	l, err := dataset.NewLabelling([]dataset.Region{{Name: "background", Labels: []int{0}}, {Name: "liver", Labels: []int{1}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Case{Title: "case_1.nii.gz", Image: image, Labelling: &l, Segmentations: []Segmentation{{"reference", reference}, {"prediction", prediction}}}
}

func newServer(t testing.TB, c Case) *Server {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends one request to the server as a browser at address host would.
func ask(s http.Handler, method, host, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", nil)
	r.Host, r.URL.Path = host, path
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestNiivueIsThePinnedFile(t *testing.T) {
	z, err := gzip.NewReader(bytes.NewReader(niivueScript))
	if err != nil {
		t.Fatal(err)
	}
	script, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(script)
	if got := hex.EncodeToString(sum[:]); got != niivueSHA256 {
		t.Errorf("niivue.umd.js has SHA-256 %s, want %s", got, niivueSHA256)
	}
	readme, err := os.ReadFile("niivue/README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(readme, []byte(niivueSHA256)) || !bytes.Contains(readme, []byte(niivueVersion)) {
		t.Error("niivue/README.md names another version or sum")
	}
}

func TestRequests(t *testing.T) {
	s := newServer(t, twoSpheres(t))
	for name, test := range map[string]struct {
		method, host, path string
		want               int
	}{
		"the page":               {"GET", "127.0.0.1:8000", "/", 200},
		"by name":                {"GET", "localhost:8000", "/case.json", 200},
		"head":                   {"HEAD", "127.0.0.1:8000", "/volumes/image-0.nii", 200},
		"a prediction":           {"GET", "127.0.0.1:8000", "/volumes/segmentation-1.nii", 200},
		"a third segmentation":   {"GET", "127.0.0.1:8000", "/volumes/segmentation-2.nii", 404},
		"a foreign name":         {"GET", "images.example.org:8000", "/", 403},
		"a name that looks like": {"GET", "127.0.0.1.example.org", "/case.json", 403},
		"no name":                {"GET", "", "/", 403},
		"another address":        {"GET", "192.168.1.4:8000", "/", 403},
		"a parent folder":        {"GET", "127.0.0.1:8000", "/../../etc/passwd", 404},
		"a parent of volumes":    {"GET", "127.0.0.1:8000", "/volumes/../../server.go", 404},
		"an absolute path":       {"GET", "127.0.0.1:8000", "//etc/passwd", 404},
		"a source file":          {"GET", "127.0.0.1:8000", "/server.go", 404},
		"writing":                {"POST", "127.0.0.1:8000", "/", 405},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(s, test.method, test.host, test.path)
			if w.Code != test.want {
				t.Errorf("status %d, want %d", w.Code, test.want)
			}
			if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "http") {
				t.Errorf("policy %q", policy)
			}
		})
	}
}

func TestPageNamesNoOtherHost(t *testing.T) {
	for name, content := range map[string][]byte{"page": pageHTML, "style": pageCSS, "script": pageJS} {
		if bytes.Contains(content, []byte("://")) {
			t.Errorf("the %s holds an address", name)
		}
	}
}

func TestCaseDocument(t *testing.T) {
	s := newServer(t, twoSpheres(t))
	var d description
	if err := json.Unmarshal(ask(s, "GET", "127.0.0.1", "/case.json").Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Classes) != 3 || d.Classes[1].Name != "liver" || d.Classes[2].Name != "label 700" || d.Classes[2].Value != 700 {
		t.Fatalf("classes %+v", d.Classes)
	}
	c := twoSpheres(t)
	count := func(s Segmentation, v uint16) (n float64) {
		for _, w := range s.Labels.Data {
			if w == v {
				n++
			}
		}
		return n
	}
	a, b := count(c.Segmentations[0], 1), count(c.Segmentations[1], 1)
	if got, want := d.Panels[0].Millilitres[1], a*2/1000; got != want {
		t.Errorf("%g mL, want %g", got, want)
	}
	// The prediction's voxels of the liver are a part of the reference's.
	if got, want := *d.Panels[1].Dice[1], 2*b/(a+b); got != want {
		t.Errorf("Dice %g, want %g", got, want)
	}
	if *d.Panels[1].Dice[2] != 1 {
		t.Errorf("Dice of equal balls is %g", *d.Panels[1].Dice[2])
	}
}

func TestVolumesReachTheBrowserUnchanged(t *testing.T) {
	c := twoSpheres(t)
	s := newServer(t, c)
	image, err := nifti.Decode(ask(s, "GET", "127.0.0.1", "/volumes/image-0.nii").Body, nifti.ITK)
	if err != nil {
		t.Fatal(err)
	}
	if !image.SameGrid(c.Image.Geometry) || !equal(image.Data, c.Image.Data) {
		t.Error("the image differs")
	}
	labels, err := nifti.DecodeLabels(ask(s, "GET", "127.0.0.1", "/volumes/segmentation-1.nii").Body, nifti.ITK)
	if err != nil {
		t.Fatal(err)
	}
	back := map[uint16]uint16{0: 0, 1 + indexShift: 1, 2 + indexShift: 700}
	for i, v := range labels.Data {
		if back[v] != c.Segmentations[1].Labels.Data[i] {
			t.Fatalf("voxel %d is %d, want the index of %d", i, v, c.Segmentations[1].Labels.Data[i])
		}
	}
}

func equal(a, b []float32) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

func TestNewRefuses(t *testing.T) {
	other := twoSpheres(t)
	other.Segmentations[1].Labels.Spacing[0] = 3
	many := twoSpheres(t)
	for i := range many.Segmentations[0].Labels.Data {
		many.Segmentations[0].Labels.Data[i] = uint16(i % 300)
	}
	for name, test := range map[string]struct {
		c    Case
		want string
	}{
		"another grid":                        {other, "prediction has shape"},
		"no image":                            {Case{}, "no image"},
		"an intensity image taken for labels": {many, "at most"},
	} {
		if _, err := New(test.c); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
	}
}

func TestServeOnLoopbackOnly(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	address := make(chan string, 1)
	done := make(chan error, 1)
	go func() { done <- newServer(t, twoSpheres(t)).Serve(ctx, 0, func(url string) { address <- url }) }()
	url := <-address
	host := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/")
	if ip, _, err := net.SplitHostPort(host); err != nil || !net.ParseIP(ip).IsLoopback() {
		t.Errorf("serves on %s", url)
	}
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 {
		t.Errorf("status %d", response.StatusCode)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestServeNamesABusyPort(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err = newServer(t, twoSpheres(t)).Serve(context.Background(), l.Addr().(*net.TCPAddr).Port, func(string) { t.Error("ready") })
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("error %v", err)
	}
}
