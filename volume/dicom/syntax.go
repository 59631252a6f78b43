package dicom

import "fmt"

// coding is how pixels are stored.
type coding int

const (
	native coding = iota
	runLength
	jpeg
	jpegLS
	jpeg2000
	htJPEG2000
	deflatedFrames
)

// syntax is a transfer syntax (PS3.5 section 10 and annex A).
type syntax struct {
	name                         string
	implicit, bigEndian, deflate bool
	pixels                       coding
}

// syntaxes lists what can be read; every other transfer syntax is refused by name.
var syntaxes = map[string]syntax{
	"1.2.840.10008.1.2":       {name: "implicit little endian", implicit: true},
	"1.2.840.10008.1.2.1":     {name: "explicit little endian"},
	"1.2.840.10008.1.2.2":     {name: "explicit big endian", bigEndian: true},
	"1.2.840.10008.1.2.1.99":  {name: "deflated explicit little endian", deflate: true},
	"1.2.840.10008.1.2.5":     {name: "RLE", pixels: runLength},
	"1.2.840.10008.1.2.8.1":   {name: "deflated image frames", pixels: deflatedFrames},
	"1.2.840.10008.1.2.4.50":  {name: "JPEG baseline", pixels: jpeg},
	"1.2.840.10008.1.2.4.51":  {name: "JPEG extended", pixels: jpeg},
	"1.2.840.10008.1.2.4.57":  {name: "JPEG lossless", pixels: jpeg},
	"1.2.840.10008.1.2.4.70":  {name: "JPEG lossless, first order", pixels: jpeg},
	"1.2.840.10008.1.2.4.80":  {name: "JPEG-LS lossless", pixels: jpegLS},
	"1.2.840.10008.1.2.4.81":  {name: "JPEG-LS near-lossless", pixels: jpegLS},
	"1.2.840.10008.1.2.4.90":  {name: "JPEG 2000 lossless", pixels: jpeg2000},
	"1.2.840.10008.1.2.4.91":  {name: "JPEG 2000", pixels: jpeg2000},
	"1.2.840.10008.1.2.4.201": {name: "HTJ2K lossless", pixels: htJPEG2000},
	"1.2.840.10008.1.2.4.202": {name: "HTJ2K lossless RPCL", pixels: htJPEG2000},
	"1.2.840.10008.1.2.4.203": {name: "HTJ2K", pixels: htJPEG2000},
}

func findSyntax(uid string) (syntax, error) {
	s, ok := syntaxes[uid]
	if !ok {
		return s, fmt.Errorf("the transfer syntax %.64q is not supported; rewrite the file with dcmconv or gdcmconv", uid)
	}
	return s, nil
}
