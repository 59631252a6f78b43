// Package depend pins the modules while the packages that import them are being written.
package depend

import (
	_ "github.com/chewxy/hm"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/jedib0t/go-pretty/v6/table"
	_ "github.com/klauspost/compress/gzip"
	_ "github.com/nlpodyssey/gopickle/pytorch"
	_ "github.com/santhosh-tekuri/jsonschema/v6"
	_ "github.com/sbinet/npyio"
	_ "github.com/spf13/cobra"
	_ "golang.org/x/image/bmp"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/sys/cpu"
	_ "golang.org/x/term"
	_ "gonum.org/v1/gonum/stat"
	_ "gonum.org/v1/plot"
	_ "gopkg.in/yaml.v3"
	_ "gorgonia.org/gorgonia"
	_ "gorgonia.org/tensor"
	_ "pgregory.net/rapid"
)
