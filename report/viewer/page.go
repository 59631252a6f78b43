package viewer

import _ "embed"

// The page, its style and its script; the script reads /case.json.
var (
	//go:embed page/viewer.html
	pageHTML []byte
	//go:embed page/viewer.css
	pageCSS []byte
	//go:embed page/viewer.js
	pageJS []byte
)
