package network

import (
	"slices"
	"strings"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/network/plain"
	"github.com/autoseg/autoseg/network/residual"
	"github.com/autoseg/autoseg/plans"
)

// families maps the name on the command line to the builder.
var families = map[string]func(*block.Builder, plans.Architecture, engine.Node, int) []engine.Node{
	"plain":    plain.Build,
	"residual": residual.Build,
}

// Families lists the names of all network families.
func Families() []string {
	var r []string
	for name := range families {
		r = append(r, name)
	}
	slices.Sort(r)
	return r
}

func knownFamilies() string { return strings.Join(Families(), ", ") }
