package golden

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Array is a numpy array widened to float64, in C order.
type Array struct {
	Shape []int
	Dtype string // numpy's descriptor, for example <f4
	Data  []float64
}

// Float32 returns the values rounded to float32.
func (a Array) Float32() []float32 {
	r := make([]float32, len(a.Data))
	for i, v := range a.Data {
		r[i] = float32(v)
	}
	return r
}

// Npy reads a .npy file and fails the test when it cannot.
func Npy(t testing.TB, path string) Array {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a, err := decode(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return a
}

// Npz reads every array of a .npz file by name (without the .npy ending).
func Npz(t testing.TB, path string) map[string]Array {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	r := map[string]Array{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		a, err := decode(in)
		in.Close()
		if err != nil {
			t.Fatalf("%s, array %s: %v", path, f.Name, err)
		}
		r[strings.TrimSuffix(f.Name, ".npy")] = a
	}
	return r
}

var (
	descr = regexp.MustCompile(`'descr':\s*'([^']+)'`)
	shape = regexp.MustCompile(`'shape':\s*\(([^)]*)\)`)
)

func decode(r io.Reader) (Array, error) {
	var a Array
	head := make([]byte, 8)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:6]) != "\x93NUMPY" {
		return a, fmt.Errorf("no numpy header (%v)", err)
	}
	size := make([]byte, 2)
	if head[6] > 1 {
		size = make([]byte, 4)
	}
	if _, err := io.ReadFull(r, size); err != nil {
		return a, err
	}
	n := int(binary.LittleEndian.Uint16(size))
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return a, err
	}
	if strings.Contains(string(text), "'fortran_order': True") {
		return a, fmt.Errorf("Fortran order")
	}
	d, s := descr.FindSubmatch(text), shape.FindSubmatch(text)
	if d == nil || s == nil {
		return a, fmt.Errorf("header %q", text)
	}
	a.Dtype = string(d[1])
	count := 1
	for _, f := range strings.Split(string(s[1]), ",") {
		if f = strings.TrimSpace(f); f != "" {
			v, err := strconv.Atoi(f)
			if err != nil {
				return a, err
			}
			a.Shape = append(a.Shape, v)
			count *= v
		}
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return a, err
	}
	return a, a.widen(raw, count)
}

func (a *Array) widen(raw []byte, count int) error {
	width := map[string]int{"<f2": 2, "<f4": 4, "<f8": 8, "|i1": 1, "|u1": 1, "|b1": 1, "<i2": 2, "<u2": 2, "<i4": 4, "<u4": 4, "<i8": 8, "<u8": 8}[a.Dtype]
	if width == 0 || len(raw) < count*width {
		return fmt.Errorf("dtype %s with %d bytes for %d values", a.Dtype, len(raw), count)
	}
	a.Data = make([]float64, count)
	le := binary.LittleEndian
	for i := range a.Data {
		b := raw[i*width:]
		switch a.Dtype {
		case "<f2":
			a.Data[i] = Half(le.Uint16(b))
		case "<f4":
			a.Data[i] = float64(math.Float32frombits(le.Uint32(b)))
		case "<f8":
			a.Data[i] = math.Float64frombits(le.Uint64(b))
		case "|i1":
			a.Data[i] = float64(int8(b[0]))
		case "|u1", "|b1":
			a.Data[i] = float64(b[0])
		case "<i2":
			a.Data[i] = float64(int16(le.Uint16(b)))
		case "<u2":
			a.Data[i] = float64(le.Uint16(b))
		case "<i4":
			a.Data[i] = float64(int32(le.Uint32(b)))
		case "<u4":
			a.Data[i] = float64(le.Uint32(b))
		case "<i8":
			a.Data[i] = float64(int64(le.Uint64(b)))
		case "<u8":
			a.Data[i] = float64(le.Uint64(b))
		}
	}
	return nil
}

// Half widens an IEEE half precision number.
func Half(h uint16) float64 {
	sign, exponent, mantissa := 1.0, int(h>>10&31), float64(h&1023)
	if h>>15 != 0 {
		sign = -1
	}
	switch exponent {
	case 0:
		return sign * mantissa * math.Pow(2, -24)
	case 31:
		if mantissa != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * (1 + mantissa/1024) * math.Pow(2, float64(exponent-15))
}
