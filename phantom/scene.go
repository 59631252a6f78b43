package phantom

import (
	"math"
	"math/rand/v2"
)

// point is a position or a direction in mm (z, y, x), relative to the centre of the image.
type point [3]float64

func (p point) minus(q point) point { return point{p[0] - q[0], p[1] - q[1], p[2] - q[2]} }
func (p point) dot(q point) float64 { return p[0]*q[0] + p[1]*q[1] + p[2]*q[2] }
func (p point) length() float64     { return math.Sqrt(p.dot(p)) }
func (p point) plus(q point, t float64) point {
	return point{p[0] + t*q[0], p[1] + t*q[1], p[2] + t*q[2]}
}

// ellipsoid has its axes in the columns of an orthonormal frame.
type ellipsoid struct {
	centre point
	radii  [3]float64
	frame  [3]point
}

// level is below 1 inside, 1 on the surface of, and above 1 outside the ellipsoid grown by the margin.
func (e ellipsoid) level(p point, margin float64) float64 {
	d := p.minus(e.centre)
	if r := e.reach() + margin; d.dot(d) > r*r {
		return math.Inf(1) // most points are far away
	}
	sum := 0.0
	for i, axis := range e.frame {
		t := d.dot(axis) / (e.radii[i] + margin)
		sum += t * t
	}
	return sum
}

// reach is the radius of the sphere around the ellipsoid.
func (e ellipsoid) reach() float64 { return max(e.radii[0], e.radii[1], e.radii[2]) }

// capsule is the set of points near a line segment.
type capsule struct {
	start, end point
	radius     float64
}

// distance returns how far p is from the segment.
func (c capsule) distance(p point) float64 {
	along := c.end.minus(c.start)
	t := p.minus(c.start).dot(along) / along.dot(along)
	return p.minus(c.start.plus(along, min(1, max(0, t)))).length()
}

// scene is the anatomy of one case.
type scene struct {
	body          ellipsoid // endless along z: its first radius is infinite
	fat           float64   // thickness of the ring in mm
	solid, hollow ellipsoid
	rim           float64 // thickness of the hollow organ's wall in mm
	vessels       []capsule
}

// tissue is what one point consists of.
type tissue int

const (
	air tissue = iota
	muscle
	fat
	vessel
	solidOrgan
	hollowRim
	hollowCore
	tissues // their number
)

// newScene draws an anatomy into a box of the given size in mm.
func newScene(rng *rand.Rand, extent [3]float64) scene {
	s := scene{fat: uniform(rng, 3, 4.5), rim: uniform(rng, 3.2, 4.2)}
	s.body = ellipsoid{
		radii: [3]float64{math.Inf(1), uniform(rng, 0.43, 0.48) * extent[1], uniform(rng, 0.43, 0.48) * extent[2]},
		frame: [3]point{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	}
	for {
		s.solid = s.place(rng, extent, [2]float64{7.5, 10.5})
		s.hollow = s.place(rng, extent, [2]float64{8.5, 11.5})
		if s.solid.centre.minus(s.hollow.centre).length() > s.solid.reach()+s.hollow.reach()+1 {
			break
		}
	}
	for len(s.vessels) < 3 {
		if v := s.drawVessel(rng, extent); s.clear(v) {
			s.vessels = append(s.vessels, v)
		}
	}
	return s
}

// place draws an ellipsoid whose centre lies so that it is inside the body and the image.
func (s scene) place(rng *rand.Rand, extent [3]float64, radii [2]float64) ellipsoid {
	e := ellipsoid{frame: rotation(rng)}
	for i := range e.radii {
		e.radii[i] = uniform(rng, radii[0], radii[1])
	}
	room := extent[0]/2 - e.reach()
	inner := ellipsoid{radii: s.body.radii, frame: s.body.frame}
	for {
		e.centre = point{
			uniform(rng, -room, room),
			uniform(rng, -extent[1]/2, extent[1]/2),
			uniform(rng, -extent[2]/2, extent[2]/2),
		}
		if inner.level(e.centre, -s.fat-e.reach()) < 1 {
			return e
		}
	}
}

// drawVessel draws a capsule that runs mostly along z.
func (s scene) drawVessel(rng *rand.Rand, extent [3]float64) capsule {
	end := func(z float64) point {
		angle, distance := uniform(rng, 0, 2*math.Pi), math.Sqrt(rng.Float64())
		return point{z, distance * math.Sin(angle) * (s.body.radii[1] - s.fat - 3), distance * math.Cos(angle) * (s.body.radii[2] - s.fat - 3)}
	}
	return capsule{
		start:  end(uniform(rng, -0.5, -0.2) * extent[0]),
		end:    end(uniform(rng, 0.2, 0.5) * extent[0]),
		radius: uniform(rng, 2.2, 3.2),
	}
}

// clear reports whether a vessel keeps away from both organs.
func (s scene) clear(v capsule) bool {
	along := v.end.minus(v.start)
	for i := range 41 {
		p := v.start.plus(along, float64(i)/40)
		if s.solid.level(p, v.radius+1.5) < 1 || s.hollow.level(p, v.radius+1.5) < 1 {
			return false
		}
	}
	return true
}

// at says what point p consists of.
func (s scene) at(p point) tissue {
	switch {
	case s.body.level(p, 0) > 1:
		return air
	case s.hollow.level(p, -s.rim) < 1:
		return hollowCore
	case s.hollow.level(p, 0) < 1:
		return hollowRim
	case s.solid.level(p, 0) < 1:
		return solidOrgan
	case s.body.level(p, -s.fat) > 1:
		return fat
	}
	for _, v := range s.vessels {
		if v.distance(p) < v.radius {
			return vessel
		}
	}
	return muscle
}

func uniform(rng *rand.Rand, low, high float64) float64 { return low + (high-low)*rng.Float64() }

// rotation draws a uniformly distributed orthonormal frame (Gram-Schmidt on normal vectors).
func rotation(rng *rand.Rand) [3]point {
	var frame [3]point
	for i := range frame {
		v := point{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		for _, previous := range frame[:i] {
			v = v.plus(previous, -v.dot(previous))
		}
		frame[i] = point{}.plus(v, 1/v.length())
	}
	return frame
}
