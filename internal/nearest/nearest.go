// Package nearest finds the word that a mistyped one was meant to be.
package nearest

import "strings"

// Word returns the name that word was most likely meant to be, or "" if none is near: a name that word
// begins, or the first of the smallest edit distance that is at most half of its length.
func Word(word string, names []string) string {
	best, distance := "", len(word)+1
	for _, name := range names {
		if len(word) > 1 && strings.HasPrefix(name, word) {
			return name
		}
		d := editDistance(word, name)
		if d < distance && 2*d <= len(name) {
			best, distance = name, d
		}
	}
	return best
}

// editDistance returns the least number of insertions, deletions and substitutions of bytes that
// turn a into b (Levenshtein 1966), kept in one row of the table.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
