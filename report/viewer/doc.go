// Package viewer shows an image and its segmentations in the browser: a page on 127.0.0.1 with NiiVue, one
// panel per segmentation (reference, prediction, ...), a cursor that all panels share, and a list of classes
// with colours, opacity and volumes.
//
// In go an image and label maps on one grid, whatever files they came from; out comes an http.Handler. The
// voxels reach the browser as NIfTI made in memory, so every format that autoseg reads can be looked at, and
// labels as indices into the list of classes, so that any label value works.
//
// # Who can see what
//
// Serve listens on the loopback interface only. The paths are a fixed table: no file name ever comes from a
// request. A request whose Host is not the loopback address is refused, so that a web site cannot reach the
// images by pointing a name of its own at 127.0.0.1 (DNS rebinding), and the page's Content-Security-Policy
// keeps everything in it from talking to anyone else. Other users of the same machine can open the page.
//
// Shapes and spacings are slowest axis first (z, y, x), in voxels and mm. Nothing panics.
package viewer
