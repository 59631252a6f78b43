// Package codec decodes JPEG, JPEG-LS and JPEG 2000 frames of DICOM files with the C codecs of the npm package
// dcmjs-codecs 0.0.8 (OpenJPEG, CharLS, OpenJPH, IJG; MIT, see the licence beside), as WebAssembly in wazero.
// Nothing that a file does in there can reach the process. The module is compiled once and cached in the user's
// cache folder; every goroutine has an instance of its own, and an instance that failed is thrown away.
package codec
