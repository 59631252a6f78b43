package tiff

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/volume"
)

// stack is the pages of a file that make one image.
type stack struct {
	file  *file
	pages []*page
	// channels is how many pages in a row belong to one slice, in files of ImageJ.
	channels int
	stored   int64 // bytes of all pixels in the file
}

// stack reads the fields of all pages and checks that they make an image.
func (f *file) stack() (*stack, error) {
	all, err := f.directories()
	if err != nil {
		return nil, err
	}
	s := &stack{file: f, channels: 1}
	for i, d := range all {
		p, err := f.page(d)
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", i, err)
		}
		if p.auxiliary && len(all) > 1 {
			continue
		}
		if len(s.pages) > 0 && !s.pages[0].alike(p) {
			q := s.pages[0]
			return nil, fmt.Errorf("page %d has %d x %d pixels of %d samples, the first has %d x %d of %d; keep one image in the file",
				i, p.width, p.height, p.samples, q.width, q.height, q.samples)
		}
		n, err := p.possible(f)
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", i, err)
		}
		// Chunks that share bytes would make a bomb out of any file.
		if s.stored += n; s.stored > f.size {
			return nil, fmt.Errorf("page %d: the strips or tiles so far have %d bytes, the file %d: it is damaged", i, s.stored, f.size)
		}
		s.pages = append(s.pages, p)
	}
	if len(s.pages) == 0 {
		return nil, errors.New("the file has only thumbnails or masks")
	}
	return s, s.describe(f.text(all[0], tagDescription))
}

func (p *page) alike(q *page) bool {
	return p.width == q.width && p.height == q.height && p.samples == q.samples
}

// describe takes in what programs write about their stacks.
func (s *stack) describe(text string) error {
	switch {
	case strings.HasPrefix(text, "ImageJ="):
		return s.imageJ(text)
	case strings.Contains(text, "<OME") && omeNumber(text, "SizeC") > s.pages[0].samples && omeNumber(text, "SizeC") > 1:
		return errors.New("an OME-TIFF with several channels is not read; store one channel a file")
	}
	return nil
}

// imageJ sorts pages into channels and slices (in this order, the channel fastest). Stacks of more than
// 4 GB, and those that were never split, have a single page whose pixels the other ones follow.
func (s *stack) imageJ(text string) error {
	images, slices := imageJNumber(text, "images"), imageJNumber(text, "slices")
	channels, frames := imageJNumber(text, "channels"), imageJNumber(text, "frames")
	if slices > 1 && frames > 1 {
		return fmt.Errorf("a film of %d frames of %d slices is not read; store one frame a file", frames, slices)
	}
	if p := s.pages[0]; len(s.pages) == 1 && images > 1 && p.compression == uncompressed && len(p.offsets) == 1 {
		n := p.chunkBytes(p.height)
		if images > maxPages || int64(images) > (s.file.size-p.offsets[0])/max(1, n) {
			return fmt.Errorf("the file promises %d images of %d bytes, it has %d bytes: it is truncated", images, n, s.file.size)
		}
		for i := 1; i < images; i++ {
			next := *p
			next.offsets = []int64{p.offsets[0] + int64(i)*n}
			s.pages = append(s.pages, &next)
		}
	}
	if channels > 1 && len(s.pages)%channels == 0 {
		s.channels = channels
	}
	return nil
}

// imageJNumber returns the number behind "name=" at the beginning of a line, 1 if there is none.
func imageJNumber(text, name string) int {
	for line := range strings.SplitSeq(text, "\n") {
		if value, found := strings.CutPrefix(line, name+"="); found {
			if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n > 0 {
				return n
			}
		}
	}
	return 1
}

var omeField = regexp.MustCompile(`\b(Size[A-Z])="([0-9]{1,9})"`)

// omeNumber returns an attribute such as SizeC of OME's description, 1 if there is none.
func omeNumber(text, name string) int {
	for _, m := range omeField.FindAllStringSubmatch(text, -1) {
		if m[1] == name {
			n, _ := strconv.Atoi(m[2])
			return n
		}
	}
	return 1
}

// slices returns the number of slices of the image.
func (s *stack) slices() int { return len(s.pages) / s.channels }

// geometry returns the geometry without a file of spacings beside.
func (s *stack) geometry() volume.Geometry {
	p := s.pages[0]
	if s.slices() == 1 {
		return volume.NewFlatGeometry(p.height, p.width)
	}
	return volume.NewGeometry([3]int{s.slices(), p.height, p.width}, [3]float64{1, 1, 1})
}

// total returns the number of channels of the image.
func (s *stack) total() int { return s.channels * s.pages[0].samples }

// deliver decompresses everything once where the file claims to be compressed by a ratio that only label
// maps and bombs reach, so that an image is not allocated before its pixels are known to be there.
func (s *stack) deliver() error {
	var bytes int64
	for _, p := range s.pages {
		bytes += p.rowBytes() * int64(p.height)
	}
	if bytes <= likely*s.stored || s.pages[0].compression == uncompressed {
		return nil
	}
	for k, p := range s.pages {
		for i := range p.offsets {
			raw, err := s.file.bytes(p.offsets[i], p.sizes[i])
			if err == nil {
				_, err = decompress(raw, p.compression, p.chunkBytes(p.rows(i)))
			}
			if err != nil {
				return fmt.Errorf("page %d: strip or tile %d is damaged or truncated: %w", k, i, err)
			}
		}
	}
	return nil
}
