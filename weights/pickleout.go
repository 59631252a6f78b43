package weights

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// The values that the pickler writes beside nil, bool, int, float64 and string.
type (
	// mapping is a dictionary in order.
	mapping []pair
	pair    struct {
		key   string
		value any
	}
	// list and row are a list and a tuple.
	list []any
	row  []any
	// ordered is a collections.OrderedDict.
	ordered mapping
	// called is the result of calling a name, for example torch.device('cpu').
	called struct {
		name      global
		arguments row
	}
	// stored is a tensor over a storage of the archive.
	stored struct {
		class string // of torch: FloatStorage or LongStorage
		key   int
		shape []int
	}
)

// pickler writes a pickle of protocol 2, which every PyTorch reads. It never refers to earlier values, so
// it needs no memo.
type pickler struct{ out []byte }

// pickle returns a value as a pickle.
func pickle(v any) ([]byte, error) {
	p := &pickler{out: []byte{0x80, 2}}
	if err := p.value(v); err != nil {
		return nil, err
	}
	return append(p.out, '.'), nil
}

func (p *pickler) value(v any) error {
	switch v := v.(type) {
	case nil:
		p.out = append(p.out, 'N')
	case bool:
		p.out = append(p.out, map[bool]byte{true: 0x88, false: 0x89}[v])
	case int:
		return p.int(v)
	case float64:
		p.out = binary.BigEndian.AppendUint64(append(p.out, 'G'), math.Float64bits(v))
	case string:
		p.out = binary.LittleEndian.AppendUint32(append(p.out, 'X'), uint32(len(v)))
		p.out = append(p.out, v...)
	case list:
		p.out = append(p.out, ']')
		return p.items('e', v)
	case row:
		return p.tuple(v)
	case mapping:
		p.out = append(p.out, '}')
		return p.pairs(v)
	case ordered:
		if err := p.value(called{"collections.OrderedDict", row{}}); err != nil {
			return err
		}
		return p.pairs(mapping(v))
	case called:
		return p.call(v)
	case stored:
		return p.tensor(v)
	default:
		return fmt.Errorf("pickle: value of type %T", v)
	}
	return nil
}

func (p *pickler) int(v int) error {
	if v < math.MinInt32 || v > math.MaxInt32 {
		p.out = append(p.out, 0x8a, 8) // LONG1
		p.out = binary.LittleEndian.AppendUint64(p.out, uint64(v))
		return nil
	}
	p.out = binary.LittleEndian.AppendUint32(append(p.out, 'J'), uint32(int32(v)))
	return nil
}

// items writes a mark, values, and the instruction that takes them all.
func (p *pickler) items(instruction byte, values []any) error {
	p.out = append(p.out, '(')
	for _, v := range values {
		if err := p.value(v); err != nil {
			return err
		}
	}
	p.out = append(p.out, instruction)
	return nil
}

func (p *pickler) tuple(v row) error {
	if len(v) == 0 {
		p.out = append(p.out, ')')
		return nil
	}
	return p.items('t', v)
}

func (p *pickler) pairs(m mapping) error {
	flat := make([]any, 0, 2*len(m))
	for _, e := range m {
		flat = append(flat, e.key, e.value)
	}
	return p.items('u', flat)
}

// name writes a GLOBAL: module and name, each on a line.
func (p *pickler) name(g global) {
	dot := strings.LastIndexByte(string(g), '.')
	p.out = append(p.out, fmt.Sprintf("c%s\n%s\n", g[:dot], g[dot+1:])...)
}

func (p *pickler) call(c called) error {
	p.name(c.name)
	if err := p.tuple(c.arguments); err != nil {
		return err
	}
	p.out = append(p.out, 'R')
	return nil
}

// tensor writes torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()), the
// storage being a persistent id (nnunet-model.md 2.1).
func (p *pickler) tensor(t stored) error {
	shape, strides, count := make(row, len(t.shape)), make(row, len(t.shape)), 1
	for i := len(t.shape) - 1; i >= 0; i-- {
		shape[i], strides[i] = t.shape[i], count
		count *= t.shape[i]
	}
	p.name("torch._utils._rebuild_tensor_v2")
	p.out = append(p.out, '(', '(')
	for _, v := range []any{"storage", global("torch." + t.class), fmt.Sprint(t.key), "cpu", count} {
		if g, ok := v.(global); ok {
			p.name(g)
		} else if err := p.value(v); err != nil {
			return err
		}
	}
	p.out = append(p.out, 't', 'Q')
	for _, v := range []any{0, shape, strides, false, ordered{}} {
		if err := p.value(v); err != nil {
			return err
		}
	}
	p.out = append(p.out, 't', 'R')
	return nil
}

// fromJSON turns JSON into values to pickle, keeping the order of keys and the difference between whole
// and other numbers.
func fromJSON(text []byte) (any, error) {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	v, err := jsonValue(d)
	if err != nil {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	return v, nil
}

func jsonValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return jsonObject(d)
		}
		return jsonList(d)
	case json.Number:
		if i, err := t.Int64(); err == nil {
			return int(i), nil
		}
		return t.Float64()
	}
	return token, nil
}

func jsonObject(d *json.Decoder) (any, error) {
	m := mapping{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := jsonValue(d)
		if err != nil {
			return nil, err
		}
		m = append(m, pair{key.(string), v})
	}
	_, err := d.Token()
	return m, err
}

func jsonList(d *json.Decoder) (any, error) {
	l := list{}
	for d.More() {
		v, err := jsonValue(d)
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	_, err := d.Token()
	return l, err
}
