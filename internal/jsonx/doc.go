// Package jsonx reads and writes JSON as Python does, where encoding/json cannot: object keys keep
// their order, numbers keep their digits (1.0 stays a float, 0.7421879768371582 stays exact), and
// NaN, Infinity and -Infinity are numbers.
//
// A parsed document consists of nil, bool, string, Number, []any and *Object. Marshal writes these,
// Go's plain numbers, slices and maps of them, and lays them out as json.dump(indent=...) does.
package jsonx
