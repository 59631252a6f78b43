package reproduce

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/pipeline"
)

const planFile = "plan.yaml"

// Run replays a run and compares. An error says that it could not be done; differences are in the report.
func Run(ctx context.Context, c Config) (*Report, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	m, dir, err := Open(c.Manifest)
	if err != nil {
		return nil, err
	}
	d, err := dataset.Open(c.Dataset)
	if err != nil {
		return nil, err
	}
	if err := checkInputs(d, m.Inputs); err != nil {
		return nil, fmt.Errorf("reproduce: %w", err)
	}
	s := source{m, dir}
	if err := s.bringPlan(c.Work); err != nil {
		return nil, fmt.Errorf("reproduce: %w", err)
	}
	if err := pipeline.Run(ctx, s.replay(c)); err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	return s.compare(ctx, c)
}

// replay returns the configuration of the run that does it again.
func (s source) replay(c Config) pipeline.Config {
	asked := s.Settings
	return pipeline.Config{
		Dataset: c.Dataset, Output: c.Work,
		Configurations: asked.Configurations, Folds: asked.Folds,
		Networks: asked.Networks, Planner: asked.Planner, MemoryGB: asked.MemoryGB, Epochs: asked.Epochs,
		Replay: s.Schedule, Seed: s.Seed, AcceptLong: true,
		Threads: c.Threads, Executor: c.Executor, SIMD: c.SIMD, Program: c.Program, Command: "autoseg reproduce",
		Log: c.Log, Track: c.Track,
	}
}

// bringPlan copies a plan that no planner makes into the work folder, where the run obeys it.
func (s source) bringPlan(work string) error {
	r := record(s.Manifest, "plan")
	if r == nil || r.Results[planFile] == s.Planned {
		return nil
	}
	path := filepath.Join(s.dir, planFile)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Input(fmt.Errorf("%s was edited by a person and is needed, but it does not lie beside the manifest", planFile))
	}
	if err != nil {
		return err
	}
	if sum, err := digest(path); err != nil || sum != r.Results[planFile] {
		return fault.Input(fmt.Errorf("%s is not the one that the run was made with: its SHA-256 is %s, the manifest says %s", planFile, short(sum), short(r.Results[planFile])))
	}
	if err := os.MkdirAll(work, 0o755); err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(work, planFile), content)
}

// level names what results depend on, for people.
func level(simd, platform string) string {
	return strings.TrimSpace(simd + " " + platform)
}

// sameLevel reports whether results are equal to the bit here.
func (s source) sameLevel(c Config) bool { return s.SIMD == c.SIMD && s.samePlatform() }

// samePlatform reports whether the processor is of the same family: others fuse multiplications and
// additions differently (Go specification, "Floating-point operators").
func (s source) samePlatform() bool { return s.Platform == "" || s.Platform == runtime.GOARCH }
