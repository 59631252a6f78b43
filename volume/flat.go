package volume

import "fmt"

// thick is how many times its largest spacing a 2D image is said to be thick, so that no rule ever
// takes it for an image with slices (nnU-Net's SimpleITKIO and NaturalImage2DIO).
const thick = 999

// FlatThickness returns the imaginary thickness in mm of a 2D image with the given spacings (y, x).
func FlatThickness(y, x float64) float64 { return thick * max(y, x) }

// NewFlatGeometry returns the geometry of a 2D image whose spacing is not known: (999, 1, 1), as
// nnU-Net has it.
func NewFlatGeometry(height, width int) Geometry {
	return NewGeometry([3]int{1, height, width}, [3]float64{FlatThickness(1, 1), 1, 1})
}

// Flat reports whether the geometry is that of a 2D image: one slice of imaginary thickness, in the
// plane z = 0 of the world.
func (g Geometry) Flat() bool {
	d := g.Direction
	return g.Shape[0] == 1 && g.Spacing[0] == FlatThickness(g.Spacing[1], g.Spacing[2]) && g.Origin[2] == 0 &&
		d[2] == 0 && d[5] == 0 && d[6] == 0 && d[7] == 0 && d[8] == 1
}

// LostGeometry is the error of writing a geometry in a format that cannot hold it.
type LostGeometry struct {
	// Format is the name of the format.
	Format string
	// Held is the geometry that the format would hold instead.
	Held Geometry

	given Geometry
}

func (e *LostGeometry) Error() string {
	switch g, h := e.given, e.Held; {
	case g.Shape != h.Shape:
		return fmt.Sprintf("%s cannot hold a volume of %d slices", e.Format, g.Shape[0])
	case !closeTo(g.Spacing[:], h.Spacing[:], 1e-6, 0):
		return fmt.Sprintf("%s cannot hold the spacing %v mm (z, y, x), it would become %v", e.Format, g.Spacing, h.Spacing)
	case !closeTo(g.Direction[:], h.Direction[:], 0, 1e-6):
		return fmt.Sprintf("%s cannot hold directions of axes", e.Format)
	default:
		return fmt.Sprintf("%s cannot hold the origin %v mm (x, y, z)", e.Format, g.Origin)
	}
}

// HeldAs compares the geometry with the one that a format would hold, and returns a *LostGeometry if
// they differ.
func (g Geometry) HeldAs(format string, held Geometry) error {
	if g.Shape == held.Shape && closeTo(g.Spacing[:], held.Spacing[:], 1e-6, 0) && closeTo(g.Origin[:], held.Origin[:], 0, 1e-6) &&
		closeTo(g.Direction[:], held.Direction[:], 0, 1e-6) {
		return nil
	}
	return &LostGeometry{Format: format, Held: held, given: g}
}
