package report

import (
	"embed"
	"fmt"
	"html/template"
	"io"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/atomicfile"
)

//go:embed page
var files embed.FS

// Source says what a report is about.
type Source struct {
	// Run is the run folder.
	Run string
	// Dataset reads the images that pictures are made of; nil leaves pictures out.
	Dataset *dataset.Dataset
	// Program is the name of the program and its version for the foot of the page.
	Program string
}

// Write writes the report of a run to path, by temporary file and rename. Parts whose files are not
// there yet are left out.
func Write(path string, s Source) error {
	p, err := load(s)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return show(w, p) })
}

// show writes the page.
func show(w io.Writer, p *page) error {
	page, err := template.New("page.html").Funcs(functions()).ParseFS(files, "page/*.html")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return page.Execute(w, p)
}
