package challenge

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path"
	"path/filepath"

	"github.com/klauspost/compress/gzip"

	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/mha"
	"github.com/autoseg/autoseg/volume/nifti"
)

// file is one file of the archive.
type file struct {
	name    string
	content []byte
}

// encoder makes the files of a case whose label values are the challenge's. name has no ending.
type encoder func(name string, l *volume.Labels) ([]file, error)

// niftiPlain makes a .nii file.
func niftiPlain(name string, l *volume.Labels) ([]file, error) {
	var b bytes.Buffer
	err := nifti.EncodeLabels(&b, l)
	return []file{{name + ".nii", b.Bytes()}}, err
}

// niftiPacked makes a .nii.gz file.
func niftiPacked(name string, l *volume.Labels) ([]file, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := nifti.EncodeLabels(z, l); err != nil {
		return nil, err
	}
	err := z.Close()
	return []file{{name + ".nii.gz", b.Bytes()}}, err
}

// metaImage makes an .mhd file and the file with its voxels.
func metaImage(name string, l *volume.Labels) ([]file, error) {
	folder, err := os.MkdirTemp("", "autoseg-package-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	base := path.Base(name)
	if err := mha.WriteLabels(filepath.Join(folder, base+".mhd"), l); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var files []file
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, file{path.Join(path.Dir(name), e.Name()), content})
	}
	return files, nil
}

// rawBytes makes a file of one byte per voxel, x fastest, without a header.
func rawBytes(name string, l *volume.Labels) ([]file, error) {
	content := make([]byte, len(l.Data))
	for i, v := range l.Data {
		content[i] = byte(v)
	}
	return []file{{name + ".raw", content}}, nil
}

// slices8 makes a folder with an 8-bit picture of every slice, in the order of z.
func slices8(name string, l *volume.Labels) ([]file, error) {
	height, width := l.Shape[1], l.Shape[2]
	var files []file
	for z := range l.Shape[0] {
		picture := image.NewGray(image.Rect(0, 0, width, height))
		for i, v := range l.Data[z*height*width : (z+1)*height*width] {
			picture.Pix[i] = byte(v)
		}
		var b bytes.Buffer
		if err := png.Encode(&b, picture); err != nil {
			return nil, err
		}
		files = append(files, file{fmt.Sprintf("%s/img%03d.png", name, z), b.Bytes()})
	}
	return files, nil
}
