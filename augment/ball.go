package augment

// ball is the structuring element of skimage.morphology.ball for a real radius r, as batchgenerators
// calls it: points evenly spaced on [-r, r] per axis, as many as int(2r+1), belong to it when their
// distance from the centre is at most r. The size may be even; the element then reaches one voxel
// further towards higher indices. Every row of it is one interval, so it is kept as intervals. The
// float64 operations are skimage's, in its order: points at exactly the distance r are in or out by
// rounding.
type ball struct{ rows []ballRow }

// ballRow is the part of a ball with offset (z, y): x offsets from first to last, both included.
type ballRow struct{ z, y, first, last int }

func newBall(radius float64, shape [3]int) ball {
	var b ball
	axis := func(n int) []float64 {
		if n == 1 {
			return []float64{0} // the axis of a 2D patch
		}
		points := make([]float64, int(2*radius+1))
		step := 2 * radius / float64(len(points)-1)
		for i := range points {
			points[i] = float64(float64(i)*step) - radius
		}
		return points
	}
	zs, ys, xs := axis(shape[0]), axis(shape[1]), axis(shape[2])
	for i, z := range zs {
		for j, y := range ys {
			row := ballRow{z: i - (len(zs)-1)/2, y: j - (len(ys)-1)/2, first: 1}
			for k, x := range xs {
				if float64(float64(x*x)+float64(y*y))+float64(z*z) > float64(radius*radius) {
					continue
				}
				offset := k - (len(xs)-1)/2
				if row.first > row.last {
					row.first = offset
				}
				row.last = offset
			}
			if row.first <= row.last {
				b.rows = append(b.rows, row)
			}
		}
	}
	return b
}
