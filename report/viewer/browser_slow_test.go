//go:build slow

package viewer

import (
	"context"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// driver presses keys once the page is ready and sends home what it sees; served as a part of viewer.js.
const driver = `
const press = (key) => window.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
const cursors = () => state.panels.map(p => Array.from(p.nv.frac2mm(p.nv.scene.crosshairPos)).slice(0, 3).map(v => Math.round(10 * v)).join(' '));
const drive = async () => {
  if (!document.body.dataset.state) return setTimeout(drive, 50);
  const seen = {state: document.body.dataset.state, violation: document.body.dataset.violation || '', error: document.querySelector('.failed')?.textContent || ''};
  seen.first = $('position').textContent;
  KEYS.forEach(press);
  seen.last = $('position').textContent;
  seen.cursors = cursors();
  await fetch('/seen?' + encodeURIComponent(JSON.stringify(seen)));
};
drive();
`

// seen is what the driver sends.
type seen struct {
	State, Violation, Error, First, Last string
	Cursors                              []string
}

// browse shows a case in headless Chromium, presses keys, and returns the screenshot.
func browse(t *testing.T, c Case, keys ...string) (image.Image, seen) {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed; apt-get install chromium")
	}
	server := newServer(t, c)
	var got seen
	var outside []string
	list, _ := json.Marshal(append([]string{}, keys...))
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/seen" {
			query, _ := url.QueryUnescape(r.URL.RawQuery)
			if err := json.Unmarshal([]byte(query), &got); err != nil {
				t.Error(err)
			}
			return
		}
		if r.Host == "" || !strings.HasPrefix(r.Host, "127.0.0.1") {
			outside = append(outside, r.Host+r.URL.Path)
		}
		server.ServeHTTP(w, r)
		if r.URL.Path == "/viewer.js" {
			w.Write([]byte(strings.Replace(driver, "KEYS", string(list), 1)))
		}
	}))
	defer site.Close()
	folder := t.TempDir()
	shot := filepath.Join(folder, "shot.png")
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, chromium, "--headless=new", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader",
		"--enable-unsafe-swiftshader", "--disable-background-networking", "--disable-dev-shm-usage", "--user-data-dir="+folder,
		// Whatever is not the page's own address fails to resolve.
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
		"--window-size=1400,860", "--virtual-time-budget=8000", "--screenshot="+shot, site.URL)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, output)
	}
	if len(outside) > 0 {
		t.Errorf("requests elsewhere: %v", outside)
	}
	file, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return picture, got
}

// coloured counts the pixels of a panel that are much redder, or much bluer, than grey.
func coloured(picture image.Image, panel image.Rectangle) (red, blue, grey int) {
	for y := panel.Min.Y; y < panel.Max.Y; y++ {
		for x := panel.Min.X; x < panel.Max.X; x++ {
			r, g, b, _ := picture.At(x, y).RGBA()
			switch r, g, b := int(r>>8), int(g>>8), int(b>>8); {
			case r > g+60 && r > b+60:
				red++
			case b > r+60 && b > g+20:
				blue++
			case r > 60 && abs(r-g) < 8 && abs(g-b) < 8:
				grey++
			}
		}
	}
	return red, blue, grey
}

func abs(v int) int { return max(v, -v) }

// The panels' places in a window of 1400 by 860.
var left, right = image.Rect(10, 90, 495, 850), image.Rect(506, 90, 990, 850)

func TestSlowOverlayIsDrawn(t *testing.T) {
	picture, got := browse(t, twoSpheres(t))
	if got.State != "ready" || got.Violation != "" || got.Error != "" {
		t.Fatalf("the page is %+v", got)
	}
	if !strings.Contains(got.First, "liver | ") {
		t.Errorf("the cursor does not start in the first class: %q", got.First)
	}
	redLeft, blueLeft, grey := coloured(picture, left)
	redRight, blueRight, _ := coloured(picture, right)
	if redLeft < 2000 || blueLeft < 2000 || grey < 20000 {
		t.Errorf("reference: %d red, %d blue, %d grey pixels", redLeft, blueLeft, grey)
	}
	// The prediction lacks less than half of the first ball.
	if redRight > redLeft*9/10 || redRight < redLeft/3 {
		t.Errorf("red pixels: %d in the reference, %d in the prediction, want fewer", redLeft, redRight)
	}
	if d := abs(blueLeft - blueRight); d > blueLeft/20 {
		t.Errorf("blue pixels: %d in the reference, %d in the prediction, want equally many", blueLeft, blueRight)
	}
}

func TestSlowKeysReachEveryPanel(t *testing.T) {
	picture, got := browse(t, twoSpheres(t), "1", "n", "ArrowLeft")
	if got.State != "ready" || got.Violation != "" {
		t.Fatalf("the page is %+v", got)
	}
	if !strings.HasSuffix(got.Last, "label 700 | label 700") {
		t.Errorf("N did not go to the second class: %q", got.Last)
	}
	if len(got.Cursors) != 2 || got.Cursors[0] != got.Cursors[1] {
		t.Errorf("cursors in mm/10 differ: %v", got.Cursors)
	}
	for name, panel := range map[string]image.Rectangle{"reference": left, "prediction": right} {
		if red, blue, _ := coloured(picture, panel); red > 50 || blue < 2000 {
			t.Errorf("%s: %d red pixels of the hidden class, %d blue ones", name, red, blue)
		}
	}
}
