package voxels

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// longestNumber bounds a number in digits.
const longestNumber = 64

// text reads numbers in digits.
func (s Source) text(use func([]float32) error) error {
	words := bufio.NewScanner(s.Reader)
	words.Buffer(make([]byte, 0, 4*longestNumber), 4*longestNumber)
	words.Split(numberWord)
	values := make([]float32, 0, min(s.Count, 1<<12))
	for done := int64(0); done < s.Count; done++ {
		if !words.Scan() {
			err := words.Err()
			if err == nil {
				err = io.EOF
			}
			return s.cutOff(done, err)
		}
		v, err := strconv.ParseFloat(words.Text(), 64)
		if err != nil {
			return fmt.Errorf("voxel value %d is %.20q, want a number", done, words.Text())
		}
		if values = append(values, float32(v)); len(values) == cap(values) {
			if err := use(values); err != nil {
				return err
			}
			values = values[:0]
		}
	}
	return use(values)
}

// numberWord splits at white space and commas.
func numberWord(data []byte, atEnd bool) (int, []byte, error) {
	start := 0
	for start < len(data) && separates(data[start]) {
		start++
	}
	for i := start; i < len(data); i++ {
		if separates(data[i]) {
			return i + 1, data[start:i], nil
		}
		if i-start > longestNumber {
			return 0, nil, fmt.Errorf("%.20q... is no number", data[start:i])
		}
	}
	if atEnd && start < len(data) {
		return len(data), data[start:], nil
	}
	return start, nil, nil
}

func separates(b byte) bool { return b <= ' ' || b == ',' }
