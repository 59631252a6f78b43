package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// manifest is the part of manifest.yaml that the page shows.
type manifest struct {
	Program  string            `yaml:"program"`
	Commands []string          `yaml:"commands"`
	Seed     uint64            `yaml:"seed"`
	SIMD     string            `yaml:"simd"`
	Platform string            `yaml:"platform"`
	Inputs   map[string]string `yaml:"inputs"`
	Stages   []struct {
		Name     string            `yaml:"name"`
		Key      string            `yaml:"key"`
		Complete bool              `yaml:"complete"`
		Results  map[string]string `yaml:"results"`
	} `yaml:"stages"`
}

func loadManifest(p *page, s Source) error {
	content, err := os.ReadFile(filepath.Join(s.Run, "manifest.yaml"))
	if err != nil {
		return err
	}
	var m manifest
	if err := yaml.Unmarshal(content, &m); err != nil {
		return fmt.Errorf("manifest.yaml: %w", err)
	}
	p.Manifest = []fact{
		{"program", m.Program}, {"commands", strings.Join(m.Commands, "\n")},
		{"seed", fmt.Sprint(m.Seed)}, {"SIMD level", strings.TrimSpace(m.SIMD + " " + m.Platform)},
		{"input files with a digest", fmt.Sprint(len(m.Inputs))},
		{"do it again", "autoseg reproduce manifest.yaml"},
	}
	p.Digests = append(p.Digests, digests(fmt.Sprintf("the %d files of the dataset", len(m.Inputs)), m.Inputs))
	results := map[string]string{}
	for _, st := range m.Stages {
		p.Stages = append(p.Stages, stageLine{st.Name, st.Key, st.Complete, len(st.Results)})
		maps.Copy(results, st.Results)
	}
	p.Digests = append(p.Digests, digests(fmt.Sprintf("the %d results", len(results)), results))
	return nil
}

// listed is how many digests the page holds at most of a kind; all stand in the manifest.
const listed = 1500

func digests(title string, sums map[string]string) digestList {
	d := digestList{Title: title}
	for i, name := range slices.Sorted(maps.Keys(sums)) {
		if i == listed {
			d.More = len(sums) - listed
			break
		}
		d.Files = append(d.Files, fact{name, sums[name]})
	}
	return d
}

// worked is a line of the run's log.jsonl.
type worked struct {
	Stage   string  `json:"stage"`
	Seconds float64 `json:"seconds"`
	Memory  int64   `json:"peak_memory_mb"`
	Machine string  `json:"machine"`
}

// loadTimes sums up the run's log: a stage that was interrupted worked several times.
func loadTimes(p *page, s Source) error {
	f, err := os.Open(filepath.Join(s.Run, "log.jsonl"))
	if err != nil {
		return err
	}
	defer f.Close()
	var machines []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var w worked
		if json.Unmarshal(lines.Bytes(), &w) != nil || w.Stage == "" {
			continue // half a line, from a kill
		}
		p.addTime(w)
		if w.Machine != "" && !slices.Contains(machines, w.Machine) {
			machines = append(machines, w.Machine)
		}
	}
	longest := 0.0
	for _, t := range p.Times {
		longest = max(longest, t.Seconds)
	}
	for i := range p.Times {
		p.Times[i].Share = fmt.Sprintf("%.1f", 100*p.Times[i].Seconds/max(longest, 1e-9))
	}
	if len(machines) > 0 {
		p.Manifest = append(p.Manifest, fact{"machine", strings.Join(machines, "\n")})
	}
	return lines.Err()
}

func (p *page) addTime(w worked) {
	for i := range p.Times {
		if t := &p.Times[i]; t.Stage == w.Stage {
			t.Seconds, t.Memory = t.Seconds+w.Seconds, max(t.Memory, w.Memory)
			return
		}
	}
	p.Times = append(p.Times, timeLine{Stage: w.Stage, Seconds: w.Seconds, Memory: w.Memory})
}
