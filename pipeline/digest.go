package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/autoseg/autoseg/trainer"
)

// hasher computes SHA-256 of files, each at most once while its size and time stay the same, so that
// several stages may ask for the same file.
type hasher struct{ known map[string]hashed }

type hashed struct {
	size     int64
	modified int64
	sum      string
}

func newHasher() *hasher { return &hasher{known: map[string]hashed{}} }

// file returns the hexadecimal SHA-256 of a file's content.
func (h *hasher) file(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	about, err := f.Stat()
	if err != nil {
		return "", err
	}
	if k, ok := h.known[path]; ok && k.size == about.Size() && k.modified == about.ModTime().UnixNano() {
		return k.sum, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("hash %s: %w", path, err)
	}
	text := hex.EncodeToString(sum.Sum(nil))
	h.known[path] = hashed{about.Size(), about.ModTime().UnixNano(), text}
	return text, nil
}

// varies stands for the digest of a file that holds times, which differ between equal runs.
const varies = "varies"

// holdsTimes reports whether a result holds times.
func holdsTimes(name string) bool {
	return name == trainer.LogFile || name == "progress.png" || name == reportFile
}

// tree returns the SHA-256 of the file at root/name, or of every file below it if it is a folder, by
// slash-separated path relative to root. Hidden files and the checkpoints that a training resumes from are
// a stage's own book-keeping and do not count.
func (h *hasher) tree(root, name string) (map[string]string, error) {
	sums := map[string]string{}
	err := filepath.WalkDir(filepath.Join(root, name), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.HasPrefix(entry.Name(), "checkpoint.") {
			return fs.SkipDir
		}
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if holdsTimes(entry.Name()) {
			sums[filepath.ToSlash(relative)] = varies
			return nil
		}
		sums[filepath.ToSlash(relative)], err = h.file(path)
		return err
	})
	return sums, err
}

// digest returns the SHA-256 of v's JSON form. Maps are written with sorted keys, so equal values have
// equal digests.
func digest(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
