package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

func TestRefusesDangerousCheckpoints(t *testing.T) {
	two := map[string]string{"c/data/0": "\x00\x00\x80\x3f\x00\x00\x00\x40"}
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"call of a function":    {pth(t, "\x80\x02cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.", nil, zip.Store), "posix.system"},
		"compressed member":     {pth(t, tensorPickle(2, 1, 2), two, zip.Deflate), "compressed"},
		"storage too short":     {pth(t, tensorPickle(2, 1, 9), two, zip.Store), "holds 8 bytes"},
		"outside the storage":   {pth(t, tensorPickle(2, 2, 2), two, zip.Store), "outside its storage"},
		"missing storage":       {pth(t, tensorPickle(2, 1, 2), nil, zip.Store), "missing"},
		"absolute path":         {pth(t, tensorPickle(2, 1, 2), map[string]string{"/etc/passwd": "x"}, zip.Store), "leaves the archive"},
		"parent path":           {pth(t, tensorPickle(2, 1, 2), map[string]string{"c/../../x": "x"}, zip.Store), "leaves the archive"},
		"unknown instruction":   {pth(t, "\x80\x02i.", nil, zip.Store), "instruction 0x69"},
		"no zip":                {[]byte("hello"), "not a PyTorch zip"},
		"call in the optimiser": {pth(t, "\x80\x02}X\x0f\x00\x00\x00optimizer_statecbuiltins\neval\nX\x03\x00\x00\x001+1\x85Rs.", nil, zip.Store), "the checkpoint calls builtins.eval, which a set of tensors does not need; nothing was executed"},
		"object by class":       {pth(t, "\x80\x02csubprocess\nPopen\nX\x02\x00\x00\x00ls\x85\x81.", nil, zip.Store), "instruction 0x81"},
		"name from the stack":   {pth(t, "\x80\x04X\x02\x00\x00\x00osX\x06\x00\x00\x00system\x93.", nil, zip.Store), "instruction 0x93"},
		"zip bomb":              {pth(t, tensorPickle(2, 1, 2), map[string]string{"c/data/0": strings.Repeat("\x00", 4<<20)}, zip.Deflate), "compressed"},
		"many views":            {pth(t, manyViews(1000), map[string]string{"c/data/0": strings.Repeat("\x00", 4*65535)}, zip.Store), "name the same storage again and again"},
		"nested tuples":         {pth(t, nestedTuples(60), nil, zip.Store), "persistent id that is no storage"},
		"huge shape":            {pth(t, tensorPickle(200, 0, 2), two, zip.Store), "larger than the 2 elements there are"},
		"offset at the end":     {pth(t, at("\xff\xff\xff\xff\xff\xff\xff\x7f"), two, zip.Store), "at offset 9223372036854775807 of a storage of 2 elements"},
		"a mark per byte":       {pth(t, "\x80\x02"+strings.Repeat("(", stackLimit+1)+".", nil, zip.Store), "values are waiting"},
		"a dictionary per byte": {pth(t, "\x80\x02]"+strings.Repeat("}a", containerLimit+1)+".", nil, zip.Store), "lists and dictionaries"},
		"endless text":          {pth(t, "\x80\x02X\xff\xff\xff\x7fab.", nil, zip.Store), "ends early"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decodeTorch(bytes.NewReader(test.file), int64(len(test.file)))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
	good := pth(t, tensorPickle(2, 1, 2), two, zip.Store)
	v, err := decodeTorch(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCheckpoint(v)
	if err != nil || len(c.Weights) != 1 || c.Weights[0].Data[0] != 1 || c.Weights[0].Data[1] != 2 {
		t.Errorf("good file: %v, %v", c, err)
	}
}

// manyViews is a list of tensors that all look at one storage of 65535 floats.
func manyViews(n int) string {
	return "\x80\x02](X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuM\xff\xfftQq\x00" + strings.Repeat("ctorch._utils\n_rebuild_tensor_v2\n(h\x00K\x00M\xff\xff\x85K\x01\x85\x89)tR", n) + "."
}

// nestedTuples is a persistent id whose text would have 2^depth parts.
func nestedTuples(depth int) string {
	return "\x80\x02)" + strings.Repeat("q\x00h\x00\x86", depth) + "\x85Q."
}

// at is a tensor of two elements at an offset of eight bytes.
func at(offset string) string {
	return strings.Replace(tensorPickle(2, 1, 2), "tQK\x00", "tQ\x8a\x08"+offset, 1)
}

// TestRefusesTensorTwice has a state dict that names a tensor twice, which Python's dictionary cannot.
func TestRefusesTensorTwice(t *testing.T) {
	twice := &dict{}
	for range 2 {
		twice.set("w", view{storage: &storage{"F32", 4, make([]byte, 4)}, shape: []int{1}, stride: []int{1}})
	}
	top := &dict{}
	top.set("network_weights", twice)
	if _, err := newCheckpoint(top); err == nil || !strings.Contains(err.Error(), `holds "w" twice`) {
		t.Errorf("%v, want a refusal of the second w", err)
	}
}

// patch changes four bytes at an offset behind the last entry of the central directory.
func patch(file []byte, offset int, number uint32) []byte {
	last := bytes.LastIndex(file, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(file[last+offset:], number)
	return file
}

// TestRefusesDangerousArchives changes the central directory of a good file: its last entry, the storage,
// lies where the pickle lies, or claims more than the file has.
func TestRefusesDangerousArchives(t *testing.T) {
	good := func() []byte {
		return pth(t, tensorPickle(2, 1, 2), map[string]string{"c/data/0": "\x00\x00\x80\x3f\x00\x00\x00\x40"}, zip.Store)
	}
	const packed, size, place = 20, 24, 42 // PKWARE's APPNOTE, 4.3.12
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"overlapping members": {patch(good(), place, 0), "overlap"},
		"more than the file":  {patch(patch(good(), size, 1<<30), packed, 1<<30), "claims 1073741824 bytes in a file of"},
		"encrypted":           {patch(good(), 8, 1), "it is encrypted"},
		"two sizes":           {patch(good(), size, 1<<30), "claims 1073741824 bytes in a file of"},
	} {
		_, err := decodeTorch(bytes.NewReader(c.file), int64(len(c.file)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
	}
}
