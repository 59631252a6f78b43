package jsonx

import "sort"

// Object is a JSON object that remembers the order of its keys.
type Object struct {
	Members []Member
}

// Member is one key of an object with its value.
type Member struct {
	Key   string
	Value any
}

// Get returns the value of a key.
func (o *Object) Get(key string) (any, bool) {
	for _, m := range o.Members {
		if m.Key == key {
			return m.Value, true
		}
	}
	return nil, false
}

// Set replaces the value of a key where it stands, or appends the key.
func (o *Object) Set(key string, value any) {
	for i, m := range o.Members {
		if m.Key == key {
			o.Members[i].Value = value
			return
		}
	}
	o.Members = append(o.Members, Member{key, value})
}

// Delete removes a key if it is there.
func (o *Object) Delete(key string) {
	for i, m := range o.Members {
		if m.Key == key {
			o.Members = append(o.Members[:i:i], o.Members[i+1:]...)
			return
		}
	}
}

// Keys returns the keys in their order.
func (o *Object) Keys() []string {
	keys := make([]string, len(o.Members))
	for i, m := range o.Members {
		keys[i] = m.Key
	}
	return keys
}

// sorted returns the members ordered by key, by code point as Python sorts strings.
func (o *Object) sorted() []Member {
	r := append([]Member(nil), o.Members...)
	sort.SliceStable(r, func(i, j int) bool { return r[i].Key < r[j].Key })
	return r
}
