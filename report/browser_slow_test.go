//go:build slow

package report

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// driver sorts the first table of cases by its Dice, downwards, filters it, and says what is seen.
const driver = `<script>
const table = [...document.querySelectorAll("table.sortable")].find(t => t.tHead.textContent.includes("case"));
const seen = () => [...table.tBodies[0].rows].filter(r => !r.hidden).map(r => r.cells[0].textContent).join(" ");
const heads = table.tHead.rows[0].cells, said = [seen()];
heads[1].click(); heads[1].click(); said.push(seen(), heads[1].getAttribute("aria-sort"));
const box = document.querySelector("input.filter");
box.value = "CASE7"; box.dispatchEvent(new Event("input")); said.push(seen());
document.body.innerHTML = "<pre>SAID " + said.join("|") + " END</pre>";
</script>`

// TestSlowTablesSortAndFilter clicks in a browser without a display.
func TestSlowTablesSortAndFilter(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed; apt-get install chromium")
	}
	p := &page{Title: "sorting", Quality: &table{Head: columns("case", "#Dice")}}
	for i, dice := range []float64{0.3, 0.9, 0.1, 0.5, 0.4, 0.6, 0.7, 0.2, 0.8} {
		p.Quality.add("", text("case"+string(rune('0'+i))), measured(dice))
	}
	var b strings.Builder
	if err := show(&b, p); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(strings.Replace(b.String(), "</body>", driver+"</body>", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu",
		"--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+file).Output()
	if err != nil {
		t.Fatal(err)
	}
	_, said, _ := strings.Cut(string(out), "<pre>SAID ")
	said, _, _ = strings.Cut(said, " END")
	want := "case0 case1 case2 case3 case4 case5 case6 case7 case8|case1 case8 case6 case5 case3 case4 case0 case7 case2|descending|case7"
	if said != want {
		t.Errorf("got %q, want %q", said, want)
	}
}
