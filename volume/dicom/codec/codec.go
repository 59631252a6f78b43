package codec

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

//go:embed dcmjs-native-codecs.wasm.gz
var packed []byte

// sum is the SHA-256 of the packed module.
const sum = "ef81366ff3980e42e0b5560f737a4c8ea6fa8cf684a793e1c61b952ada696629"

// memoryPages bounds an instance to 512 MiB (pages of 64 KiB).
const memoryPages = 8192

// Format names the coding of a frame.
type Format string

// The formats of frames, by the name of the function that decodes them.
const (
	JPEG       Format = "DecodeJpeg"
	JPEGLS     Format = "DecodeJpegLs"
	JPEG2000   Format = "DecodeJpeg2000"
	HTJPEG2000 Format = "DecodeHtJpeg2000"
)

// Frame says what a coded frame holds.
type Frame struct {
	Columns, Rows, BitsAllocated, BitsStored, Samples int
	// Signed is 1 for two's complement samples.
	Signed int
	// Photometric is the photometric interpretation as the codecs count it: MONOCHROME2 is 1, RGB 3, YBR_FULL 4.
	Photometric int
}

// Decoder runs the compiled module. It may be used by many goroutines at a time.
type Decoder struct {
	runtime wazero.Runtime
	module  wazero.CompiledModule
	idle    sync.Pool
}

// New compiles the module, or takes it from the cache folder; an empty name means no cache.
func New(ctx context.Context, cache string) (*Decoder, error) {
	digest := sha256.Sum256(packed)
	if hex.EncodeToString(digest[:]) != sum {
		return nil, errors.New("codec: the embedded module is not the pinned one")
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	code, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(memoryPages)
	if cache != "" {
		// A folder that cannot be written costs time only.
		if stored, err := wazero.NewCompilationCacheWithDir(cache); err == nil {
			config = config.WithCompilationCache(stored)
		}
	}
	d := &Decoder{runtime: wazero.NewRuntimeWithConfig(ctx, config)}
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, d.runtime); err != nil {
		return nil, err
	}
	if err := d.host(ctx); err != nil {
		return nil, err
	}
	d.module, err = d.runtime.CompileModule(ctx, code)
	return d, err
}

// CacheFolder returns where compiled code is kept, or "" where the user has no cache folder.
func CacheFolder() string {
	folder, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "autoseg", "codecs")
}

// host offers the four functions that the module calls besides WASI.
func (d *Decoder) host(ctx context.Context) error {
	quiet := func(context.Context, api.Module, uint32, uint32) {}
	_, err := d.runtime.NewHostModuleBuilder("env").
		NewFunctionBuilder().WithFunc(func(_ context.Context, m api.Module, at, length uint32) {
		message, _ := m.Memory().Read(at, min(length, 400))
		panic(fmt.Errorf("%s", message))
	}).Export("onCodecsException").
		NewFunctionBuilder().WithFunc(quiet).Export("onCodecsInfo").
		NewFunctionBuilder().WithFunc(quiet).Export("onCodecsTrace").
		NewFunctionBuilder().WithFunc(func(context.Context, api.Module, uint32) {}).Export("emscripten_notify_memory_growth").
		Instantiate(ctx)
	return err
}

// Decode returns the samples of a frame, little endian, interleaved by pixel.
func (d *Decoder) Decode(ctx context.Context, format Format, frame Frame, data []byte) ([]byte, error) {
	m, ok := d.idle.Get().(api.Module)
	if !ok {
		var err error
		// A name of their own would make instances collide.
		config := wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize")
		if m, err = d.runtime.InstantiateModule(ctx, d.module, config); err != nil {
			return nil, fmt.Errorf("start the codecs: %w", err)
		}
	}
	out, err := (&call{ctx: ctx, module: m}).decode(format, frame, data)
	if err != nil {
		m.Close(ctx) // its memory may be damaged
		return nil, err
	}
	d.idle.Put(m)
	return out, nil
}
