package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// storageTypes maps PyTorch's storage classes to an element type and its width in bytes.
var storageTypes = map[global]struct {
	dtype string
	width int
}{
	"torch.FloatStorage":    {"F32", 4},
	"torch.DoubleStorage":   {"F64", 8},
	"torch.HalfStorage":     {"F16", 2},
	"torch.BFloat16Storage": {"BF16", 2},
	"torch.LongStorage":     {"I64", 8},
	"torch.IntStorage":      {"I32", 4},
	"torch.ShortStorage":    {"I16", 2},
	"torch.CharStorage":     {"I8", 1},
	"torch.ByteStorage":     {"U8", 1},
	"torch.BoolStorage":     {"U8", 1},
}

// storage is the raw bytes that one or more tensors look into.
type storage struct {
	dtype string
	width int
	raw   []byte
}

// view is a tensor of the pickle before its elements are read.
type view struct {
	*storage
	offset        int
	shape, stride []int
}

// torchReader builds the values that a checkpoint may hold.
type torchReader struct {
	*archive
	storages map[string]*storage
	// viewed is how many elements all tensors have together, room how many they may have.
	viewed, room int
}

// viewsPerByte is how often a byte of the file may be looked at by a tensor: nnU-Net names a weight up to three
// times. Without a limit a small file could name one large storage a million times.
const viewsPerByte = 16

// readTorch returns the value of a PyTorch checkpoint.
func readTorch(path string) (any, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	v, err := decodeTorch(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

func decodeTorch(r io.ReaderAt, size int64) (any, error) {
	a, err := openArchive(r, size)
	if err != nil {
		return nil, err
	}
	if order, err := a.read("byteorder"); err == nil && !bytes.Equal(bytes.TrimSpace(order), []byte("little")) {
		return nil, fmt.Errorf("byte order %q, only little endian checkpoints are read", order)
	}
	data, err := a.read("data.pkl")
	if err != nil {
		return nil, err
	}
	t := &torchReader{archive: a, storages: map[string]*storage{}, room: viewsPerByte * int(size)}
	u := unpickler{data: data, reduce: t.reduce, persistent: t.persistent}
	return u.load()
}

// reduce makes the few objects that a checkpoint needs. It is the allow-list of the reader.
func (t *torchReader) reduce(name global, arguments tuple) (any, error) {
	switch name {
	case "collections.OrderedDict":
		if len(arguments) == 0 {
			return &dict{}, nil
		}
	case "torch._utils._rebuild_tensor_v2":
		return t.rebuild(arguments)
	case "torch._utils._rebuild_parameter":
		if len(arguments) > 0 {
			return arguments[0], nil
		}
	case "torch.device", "numpy.dtype":
		if len(arguments) > 0 {
			if text, ok := arguments[0].(string); ok {
				return text, nil
			}
		}
	case "_codecs.encode": // the bytes of a numpy scalar, written as latin-1 text
		if len(arguments) > 0 {
			if text, ok := arguments[0].(string); ok {
				return latin1(text)
			}
		}
	case "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar":
		return scalar(arguments)
	}
	return nil, fmt.Errorf("the checkpoint calls %s, which a set of tensors does not need; nothing was executed", name)
}

// persistent reads a storage: ('storage', class, key, location, elements).
func (t *torchReader) persistent(id tuple) (any, error) {
	if len(id) < 5 || id[0] != any("storage") {
		return nil, fmt.Errorf("persistent id that is no storage")
	}
	class, ok1 := id[1].(global)
	key, ok2 := id[2].(string)
	count, ok3 := id[4].(int)
	kind, known := storageTypes[class]
	if !ok1 || !ok2 || !ok3 || !known || count < 0 {
		return nil, fmt.Errorf("storage %s of %s is of unknown form", describe(id[2]), describe(id[1]))
	}
	if s := t.storages[key]; s != nil {
		if s.dtype != kind.dtype {
			return nil, fmt.Errorf("storage %s is used as %s and as %s", key, s.dtype, kind.dtype)
		}
		return s, nil
	}
	raw, err := t.read("data/" + key)
	if err != nil {
		return nil, err
	}
	if len(raw)/kind.width < count {
		return nil, fmt.Errorf("storage %s holds %d bytes, its %d elements need more", key, len(raw), count)
	}
	s := &storage{kind.dtype, kind.width, raw}
	t.storages[key] = s
	return s, nil
}

// rebuild checks that a tensor stays inside its storage: (storage, offset, shape, stride, ...).
func (t *torchReader) rebuild(arguments tuple) (any, error) {
	if len(arguments) < 4 {
		return nil, fmt.Errorf("tensor with %d arguments", len(arguments))
	}
	s, ok1 := arguments[0].(*storage)
	offset, ok2 := arguments[1].(int)
	shape, ok3 := integers(arguments[2])
	stride, ok4 := integers(arguments[3])
	if !ok1 || !ok2 || !ok3 || !ok4 || len(shape) != len(stride) || len(shape) > 8 {
		return nil, fmt.Errorf("tensor of unknown form")
	}
	held := len(s.raw) / s.width
	if offset < 0 || offset > held {
		return nil, fmt.Errorf("tensor at offset %d of a storage of %d elements", offset, held)
	}
	n, err := elements(shape, held)
	if err != nil || n == 0 {
		return view{s, 0, shape, stride}, err
	}
	if t.viewed += n; t.viewed > t.room {
		return nil, fmt.Errorf("the tensors hold more than %d numbers together, which is too much for a file this small: they name the same storage again and again", t.room)
	}
	last := offset // never above held while the product is taken, so that nothing overflows
	for i, n := range shape {
		if stride[i] < 0 {
			return nil, fmt.Errorf("tensor with stride %v", stride)
		}
		if n > 1 && stride[i] > (held-last)/(n-1) {
			return nil, fmt.Errorf("tensor of shape %v and stride %v at offset %d reaches outside its storage of %d elements", shape, stride, offset, held)
		}
		if n > 1 {
			last += (n - 1) * stride[i]
		}
	}
	if last >= held {
		return nil, fmt.Errorf("tensor of shape %v at offset %d reaches outside its storage of %d elements", shape, offset, held)
	}
	return view{s, offset, shape, stride}, nil
}

func integers(v any) ([]int, bool) {
	t, ok := v.(tuple)
	r := make([]int, len(t))
	for i, e := range t {
		n, isInt := e.(int)
		ok = ok && isInt
		r[i] = n
	}
	return r, ok
}

// tensor reads the elements of a view in C order.
func (v view) tensor(name string) (Tensor, error) {
	switch v.dtype {
	case "F32", "F64", "F16", "BF16":
	default:
		return Tensor{}, fmt.Errorf("tensor %s has element type %s, want floating point", name, v.dtype)
	}
	n := 1
	for _, d := range v.shape {
		n *= d
	}
	r := Tensor{Name: name, Shape: v.shape, Data: make([]float32, n)}
	index := make([]int, len(v.shape))
	at := v.offset
	for i := range r.Data {
		r.Data[i] = float(v.dtype, v.raw[at*v.width:])
		for k := len(index) - 1; k >= 0; k-- {
			index[k]++
			at += v.stride[k]
			if index[k] < v.shape[k] {
				break
			}
			at -= index[k] * v.stride[k]
			index[k] = 0
		}
	}
	return r, nil
}

// latin1 turns text whose characters are all below 256 into the bytes it stands for.
func latin1(text string) ([]byte, error) {
	var b []byte
	for _, c := range text {
		if c > 255 {
			return nil, fmt.Errorf("text that is not latin-1 where bytes were expected")
		}
		b = append(b, byte(c))
	}
	return b, nil
}

// scalar makes a number of a numpy scalar: (dtype, bytes). The dtype is its descriptor (f4, i8, ...).
func scalar(arguments tuple) (any, error) {
	if len(arguments) == 2 {
		kind, ok := arguments[0].(string)
		raw, isBytes := arguments[1].([]byte)
		if ok && isBytes {
			switch {
			case kind == "f8" && len(raw) == 8:
				return float64FromBytes(raw), nil
			case kind == "f4" && len(raw) == 4:
				return float64(float("F32", raw)), nil
			case (kind == "i8" || kind == "u8") && len(raw) == 8:
				return int(binary.LittleEndian.Uint64(raw)), nil
			case (kind == "i4" || kind == "u4") && len(raw) == 4:
				return int(int32(binary.LittleEndian.Uint32(raw))), nil
			case kind == "b1" && len(raw) == 1:
				return raw[0] != 0, nil
			}
		}
	}
	return nil, fmt.Errorf("numpy scalar of unknown form")
}
