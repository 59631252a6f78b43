package viewer

import _ "embed"

// The version of the embedded NiiVue and the SHA-256 of its unpacked file; niivue/README.md says where it
// comes from.
const (
	niivueVersion = "0.69.0"
	niivueSHA256  = "47b896b77ec4a5be3ef1949c33ad393b6f45629921f326c279000bcf51bdb4af"
)

// niivueScript is NiiVue's self-contained script, compressed; browsers unpack it themselves.
//
//go:embed niivue/niivue.umd.js.gz
var niivueScript []byte
