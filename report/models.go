package report

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
)

func loadModels(p *page, s Source) error {
	models, err := filepath.Glob(filepath.Join(s.Run, "models", "*"))
	if err != nil {
		return err
	}
	for _, dir := range models {
		m, err := loadModel(s, dir)
		if err != nil {
			return fmt.Errorf("model %s: %w", filepath.Base(dir), err)
		}
		if m.Result != nil || len(m.Folds) > 0 {
			p.Models = append(p.Models, m)
		}
	}
	return nil
}

func loadModel(s Source, dir string) (modelPart, error) {
	m := modelPart{Name: filepath.Base(dir)}
	folds, err := filepath.Glob(filepath.Join(dir, "fold_*"))
	if err != nil {
		return m, err
	}
	for _, fold := range folds {
		f, err := loadFold(fold)
		if err != nil {
			return m, err
		}
		m.Folds = append(m.Folds, f)
		m.seconds += f.seconds
		m.predicting.add(fold, f.validation)
	}
	if m.Result, err = optional(s, filepath.Join(dir, "cv")); err != nil {
		return m, err
	}
	return m, m.describe(dir)
}

// describe adds what the model's own plan says about its network.
func (m *modelPart) describe(dir string) error {
	plan, err := plans.Read(filepath.Join(dir, "plan.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	c, err := plan.Configuration(configurationOf(m.Name))
	if err != nil {
		return nil // a folder that a person named otherwise
	}
	m.About = fmt.Sprintf("%s, patch %v, batch %d", c.Architecture.Family, c.PatchSize, c.BatchSize)
	description, err := dataset.ReadJSON(filepath.Join(dir, "dataset.json"))
	if err != nil {
		return nil // without it the number of classes is not known
	}
	m.parameters = network.Footprint(c.Architecture, c.PatchSize, len(c.Normalisation), description.Labelling.Heads()).Parameters
	m.About += ", " + grouped(m.parameters) + " parameters"
	return nil
}

// configurationOf returns the configuration of a model's folder: what stands before the network.
func configurationOf(name string) string {
	for i := range name {
		if name[i] == '@' {
			return name[:i]
		}
	}
	return name
}

// FoldTable lists the trainings.
func (m modelPart) FoldTable() *table {
	t := &table{Head: columns("fold", "#epochs", "#time", "#an epoch", "#training loss", "#best pseudo Dice", "#last learning rate")}
	for _, f := range m.Folds {
		each := 0.0
		if f.epochs > 0 {
			each = f.seconds / float64(f.epochs)
		}
		t.add("", text(f.Name), text(fmt.Sprint(f.epochs)), cell{Text: duration(f.seconds), Sort: fmt.Sprint(f.seconds)},
			cell{Text: duration(each), Sort: fmt.Sprint(each)}, measured(f.train), measured(f.bestD), text(fmt.Sprintf("%.3g", f.rate)))
	}
	return t
}

// compareNetworks puts the models side by side, if there are several.
func compareNetworks(p *page, s Source) error {
	t := &table{Head: columns("configuration", "network", "#cases", "#Dice", "95 % interval", "", "#Precision", "#Recall", "#S2S mm", "#parameters", "#training", "#a case")}
	for _, m := range p.Models {
		if m.Result == nil {
			continue
		}
		o := m.Result.overall
		parameters := text("–")
		if m.parameters > 0 {
			parameters = cell{Text: grouped(m.parameters), Sort: fmt.Sprint(m.parameters)}
		}
		t.add("", whole(configurationOf(m.Name)), whole(family(m.About)), text(fmt.Sprint(o.Cases)),
			cell{Text: plusMinus(o.Mean, o.SD), Sort: measured(o.Mean).Sort}, whole(between(o.Low, o.High)), drawn(o),
			metric(m, "Precision"), metric(m, "Recall"), metric(m, "S2S"), parameters,
			cell{Text: duration(m.seconds), Sort: fmt.Sprint(m.seconds)}, m.predicting.perCase())
	}
	if len(t.Rows) > 1 {
		p.Networks = t
	}
	return nil
}

// predicting adds up what the final validations of a model's folds took: reading, prediction with mirroring,
// and writing.
type predicting struct {
	seconds float64
	cases   int
}

// add counts the cases of a fold whose validation took some seconds, 0 where nobody knows.
func (p *predicting) add(fold string, seconds float64) {
	s, err := evaluate.Read(filepath.Join(fold, "validation", "summary.json"))
	if err != nil || seconds == 0 {
		return
	}
	p.seconds, p.cases = p.seconds+seconds, p.cases+len(s.Cases)
}

// perCase is the time of a case, or a dash.
func (p *predicting) perCase() cell {
	if p.cases == 0 {
		return text("–")
	}
	each := p.seconds / float64(p.cases)
	return cell{Text: duration(each), Sort: fmt.Sprint(each)}
}

// metric is a foreground mean of a model, or a dash where its summary lacks it.
func metric(m modelPart, name string) cell {
	v, ok := m.Result.means[name]
	if !ok {
		return text("–")
	}
	return measured(v)
}

// family is the network's name, the first word of what is said about a model.
func family(about string) string {
	for i := range about {
		if about[i] == ',' {
			return about[:i]
		}
	}
	return about
}
