package weights

import (
	"encoding/binary"
	"fmt"
	"math"
)

// The values that unpickle makes: nil, bool, int, float64, string, []any (list), tuple, *dict, global,
// *call, and whatever the caller's persistent function returns.
type (
	tuple []any
	// dict keeps the order in which keys were set.
	dict struct {
		keys   []any
		values []any
	}
	// global is the name of a class or function; it is never looked up.
	global string
)

func (d *dict) set(key, value any) {
	d.keys = append(d.keys, key)
	d.values = append(d.values, value)
}

// get returns the value of a text key.
func (d *dict) get(key string) any {
	for i := len(d.keys) - 1; i >= 0; i-- {
		if d.keys[i] == any(key) {
			return d.values[i]
		}
	}
	return nil
}

// describe words a value for a message. Only names and numbers are written out: a list may be nested so
// that its text has no end.
func describe(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%.60q", v)
	case global:
		return fmt.Sprintf("%.60s", string(v))
	case int, float64, bool, nil:
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("a %T", v)
}

// mark is the stack's marker object.
type mark struct{}

// stepLimit bounds the work that a file can ask for: a checkpoint of the largest network needs a
// few hundred thousand instructions.
const stepLimit = 50_000_000

// What a pickle may hold at a time. An instruction is a byte and what it makes takes up to fifty, so a file of
// marks or of empty dictionaries would fill the memory. PyTorch and nnU-Net's log of thousands of epochs stay
// far below: items are put into their list or dictionary by the thousand.
const (
	stackLimit     = 1_000_000
	containerLimit = 2_000_000
)

// unpickler is the part of the pickle machine that torch.save's protocol 2 uses. reduce is asked for
// every call of a global, persistent for every persistent id; both decide by an allow-list.
type unpickler struct {
	data       []byte
	at         int
	stack      []any
	memo       map[int]any
	containers int // lists, dictionaries and empty tuples made so far
	reduce     func(name global, arguments tuple) (any, error)
	persistent func(id tuple) (any, error)
}

// load runs the pickle and returns its value.
func (u *unpickler) load() (any, error) {
	u.memo = map[int]any{}
	for range stepLimit {
		op, err := u.bytes(1)
		if err != nil {
			return nil, err
		}
		if op[0] == '.' {
			return u.pop()
		}
		if err := u.step(op[0]); err != nil {
			return nil, fmt.Errorf("pickle, byte %d: %w", u.at-1, err)
		}
	}
	return nil, fmt.Errorf("pickle of more than %d instructions", stepLimit)
}

func (u *unpickler) bytes(n int) ([]byte, error) {
	if n < 0 || n > len(u.data)-u.at {
		return nil, fmt.Errorf("pickle ends early at byte %d", u.at)
	}
	b := u.data[u.at : u.at+n]
	u.at += n
	return b, nil
}

func (u *unpickler) push(v any) error {
	if len(u.stack) >= stackLimit {
		return fmt.Errorf("more than %d values are waiting to be used, which no checkpoint needs", stackLimit)
	}
	u.stack = append(u.stack, v)
	return nil
}

func (u *unpickler) pop() (any, error) {
	if len(u.stack) == 0 {
		return nil, fmt.Errorf("empty stack")
	}
	v := u.stack[len(u.stack)-1]
	u.stack = u.stack[:len(u.stack)-1]
	return v, nil
}

// pushEmpty pushes a new container.
func (u *unpickler) pushEmpty(v any) error {
	if u.containers++; u.containers > containerLimit {
		return fmt.Errorf("more than %d lists and dictionaries, which no checkpoint needs", containerLimit)
	}
	return u.push(v)
}

// popMark returns everything above the topmost mark and removes the mark too.
func (u *unpickler) popMark() ([]any, error) {
	for i := len(u.stack) - 1; i >= 0; i-- {
		if _, ok := u.stack[i].(mark); ok {
			items := append([]any{}, u.stack[i+1:]...)
			u.stack = u.stack[:i]
			return items, nil
		}
	}
	return nil, fmt.Errorf("no mark on the stack")
}

// step runs one instruction. The letters are pickle's opcodes (Python's pickletools lists them).
func (u *unpickler) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		b, err := u.bytes(1)
		if err == nil && b[0] > 4 {
			err = fmt.Errorf("protocol %d is not one that torch.save writes", b[0])
		}
		return err
	case '(':
		return u.push(mark{})
	case 'N':
		return u.push(nil)
	case 0x88:
		return u.push(true)
	case 0x89:
		return u.push(false)
	case '}':
		return u.pushEmpty(&dict{})
	case ']':
		return u.pushEmpty(&[]any{})
	case ')':
		return u.pushEmpty(tuple{})
	case 'K', 'M', 'J', 0x8a, 'G':
		return u.number(op)
	case 'X', 'U', 'c':
		return u.text(op)
	case 'q', 'r', 'h', 'j':
		return u.memory(op)
	case 't', 0x85, 0x86, 0x87:
		return u.tuple(op)
	case 's', 'u', 'a', 'e':
		return u.fill(op)
	case 'R', 'b', 'Q':
		return u.call(op)
	}
	return fmt.Errorf("instruction 0x%02x is not one that a checkpoint needs", op)
}

func (u *unpickler) number(op byte) error {
	size := map[byte]int{'K': 1, 'M': 2, 'J': 4, 0x8a: 1, 'G': 8}[op]
	b, err := u.bytes(size)
	if err != nil {
		return err
	}
	switch op {
	case 'K':
		return u.push(int(b[0]))
	case 'M':
		return u.push(int(binary.LittleEndian.Uint16(b)))
	case 'J':
		return u.push(int(int32(binary.LittleEndian.Uint32(b))))
	case 'G':
		return u.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
	}
	digits, err := u.bytes(int(b[0])) // LONG1: little endian two's complement
	if err != nil {
		return err
	}
	if len(digits) > 8 {
		return fmt.Errorf("integer of %d bytes", len(digits))
	}
	v := int64(0)
	for i, d := range digits {
		v |= int64(d) << (8 * i)
	}
	if n := len(digits); n > 0 && n < 8 && digits[n-1]&0x80 != 0 {
		v -= 1 << (8 * n)
	}
	return u.push(int(v))
}

func (u *unpickler) text(op byte) error {
	if op == 'c' {
		module, err := u.line()
		if err != nil {
			return err
		}
		name, err := u.line()
		if err != nil {
			return err
		}
		return u.push(global(module + "." + name))
	}
	size := 4
	if op == 'U' {
		size = 1
	}
	b, err := u.bytes(size)
	if err != nil {
		return err
	}
	n := int(b[0])
	if size == 4 {
		n = int(binary.LittleEndian.Uint32(b))
	}
	b, err = u.bytes(n)
	if err != nil {
		return err
	}
	return u.push(string(b))
}

func (u *unpickler) line() (string, error) {
	for i := u.at; i < len(u.data); i++ {
		if u.data[i] == '\n' {
			s := string(u.data[u.at:i])
			u.at = i + 1
			return s, nil
		}
	}
	return "", fmt.Errorf("a name without an end")
}

func (u *unpickler) memory(op byte) error {
	size := 1
	if op == 'r' || op == 'j' {
		size = 4
	}
	b, err := u.bytes(size)
	if err != nil {
		return err
	}
	key := int(b[0])
	if size == 4 {
		key = int(binary.LittleEndian.Uint32(b))
	}
	if op == 'h' || op == 'j' {
		v, ok := u.memo[key]
		if !ok {
			return fmt.Errorf("memo %d was never set", key)
		}
		return u.push(v)
	}
	if len(u.stack) == 0 {
		return fmt.Errorf("empty stack")
	}
	u.memo[key] = u.stack[len(u.stack)-1]
	return nil
}

func (u *unpickler) tuple(op byte) error {
	if op == 't' {
		items, err := u.popMark()
		if err != nil {
			return err
		}
		return u.push(tuple(items))
	}
	n := int(op) - 0x84
	if len(u.stack) < n {
		return fmt.Errorf("empty stack")
	}
	items := append(tuple{}, u.stack[len(u.stack)-n:]...)
	u.stack = u.stack[:len(u.stack)-n]
	return u.push(items)
}

// fill puts items into the list or dictionary below them.
func (u *unpickler) fill(op byte) error {
	var items []any
	var err error
	switch op {
	case 'u', 'e':
		items, err = u.popMark()
	case 'a', 's':
		n := 1
		if op == 's' {
			n = 2
		}
		if len(u.stack) < n {
			return fmt.Errorf("empty stack")
		}
		items = append(items, u.stack[len(u.stack)-n:]...)
		u.stack = u.stack[:len(u.stack)-n]
	}
	if err != nil {
		return err
	}
	if len(u.stack) == 0 {
		return fmt.Errorf("empty stack")
	}
	switch target := u.stack[len(u.stack)-1].(type) {
	case *[]any:
		if op == 'a' || op == 'e' {
			*target = append(*target, items...)
			return nil
		}
	case *dict:
		if (op == 's' || op == 'u') && len(items)%2 == 0 {
			for i := 0; i < len(items); i += 2 {
				target.set(items[i], items[i+1])
			}
			return nil
		}
	}
	return fmt.Errorf("items for something that is neither a list nor a dictionary")
}

// call handles what would call or change objects: REDUCE goes to the allow-list, BUILD (attributes of
// an object) is dropped, a persistent id goes to the storage reader.
func (u *unpickler) call(op byte) error {
	argument, err := u.pop()
	if err != nil {
		return err
	}
	if op == 'b' {
		return nil
	}
	arguments, ok := argument.(tuple)
	if !ok {
		return fmt.Errorf("arguments are no tuple")
	}
	if op == 'Q' {
		v, err := u.persistent(arguments)
		if err != nil {
			return err
		}
		return u.push(v)
	}
	callee, err := u.pop()
	if err != nil {
		return err
	}
	name, ok := callee.(global)
	if !ok {
		return fmt.Errorf("call of something that is no name")
	}
	v, err := u.reduce(name, arguments)
	if err != nil {
		return err
	}
	return u.push(v)
}
