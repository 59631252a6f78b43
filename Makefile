# Everything a contributor runs. `make check test` is what .ci/run does.

# The product is built without cgo: one static binary. Tests are, too.
export CGO_ENABLED = 0

# Tools, by exact version.
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

# Debian packages that tests use where they are installed: a browser for the viewer, readers of container images,
# writers and checkers of DICOM, an emulator of arm64.
DEBIAN_PACKAGES = chromium skopeo umoci dcmtk dicom3tools qemu-user

# The time of each fuzz target in `make fuzz`.
FUZZTIME = 10s

.PHONY: build test packages check format vet staticcheck layers generated static arm64 cross fuzz bench cover golden docs

build: ## the program, as ./autoseg
	go build -trimpath -o autoseg ./cmd/autoseg

# The fast tests, then every slow suite once (files with the build tag slow, tests named TestSlow...).
# The last lines are go test's own.
test: packages
	go test ./...
	go test -tags slow -run '^TestSlow' -timeout 20m -p 1 ./...

packages:
	@missing=; for p in $(DEBIAN_PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -z "$$missing" ]; then exit 0; \
	elif [ "$$(id -u)" = 0 ]; then apt-get install -y $$missing; \
	else echo "some tests will be skipped; to run them: sudo apt-get install -y$$missing"; fi

check: format vet staticcheck layers generated static arm64

format:
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "not formatted, run gofmt -w:"; echo "$$files"; exit 1; fi

vet:
	go vet ./...
	go vet -tags slow ./...

# Built once into bin/, then rebuilt when the version changes.
staticcheck: bin/$(notdir $(STATICCHECK))
	./bin/$(notdir $(STATICCHECK)) ./...

bin/$(notdir $(STATICCHECK)):
	GOBIN=$(CURDIR)/bin go install $(STATICCHECK)
	mv bin/staticcheck $@

layers:
	go test ./internal/layers

# Generated files must equal what their generators write, whatever else has been edited.
generated:
	@before=$$(mktemp) after=$$(mktemp); git diff >$$before; go generate ./... || exit 1; git diff >$$after; \
	cmp -s $$before $$after || { echo "generated files differ, commit them:"; git diff --stat; exit 1; }

static:
	go build -trimpath -o bin/autoseg-linux-amd64 ./cmd/autoseg
	@if go version -m bin/autoseg-linux-amd64 | grep -q 'CGO_ENABLED=1'; then echo "built with cgo"; exit 1; fi

# Where an emulator is installed (Debian's qemu-user), the kernels and every operator also run on the portable
# level as arm64 compiles it, in half a minute of processor time.
EMULATED = ^(TestPlanar|TestPoints|TestUnpackPoints|TestSetsAgree|TestLeaky|TestMaxAt|TestOptions|FuzzConvolution$$|FuzzWinograd$$|Example)|^TestConformance$$/^none$$/^like_ref$$

arm64:
	GOARCH=arm64 go build ./...
	GOARCH=arm64 go vet ./...
	@if command -v qemu-aarch64 >/dev/null; then \
	  GOARCH=arm64 go test -exec qemu-aarch64 -run '$(EMULATED)' ./engine/cpu/...; \
	else echo "not run on arm64: qemu-aarch64 (Debian package qemu-user) is not installed"; fi

# Every system and processor that the program is for. What differs between systems is compiled and vetted
# with its tests; darwin/amd64 and windows/arm64 differ from others in nothing but what is built.
SYSTEMS = linux darwin windows
PROCESSORS = amd64 arm64

cross: ## build and vet for Linux, macOS and Windows on amd64 and arm64
	@for system in $(SYSTEMS); do for processor in $(PROCESSORS); do \
	  echo "$$system/$$processor"; \
	  GOOS=$$system GOARCH=$$processor go build -trimpath ./... || exit 1; done; done
	GOOS=darwin GOARCH=arm64 go vet ./...
	GOOS=windows GOARCH=amd64 go vet ./...

# Inputs are made smaller 20 times at most: without a limit a slow target spends its time on that.
fuzz: ## every fuzz target for FUZZTIME
	@go list -f '{{.ImportPath}} {{.Dir}}' ./... | while read package folder; do \
	  grep -hos '^func Fuzz[A-Za-z0-9_]*' $$folder/*_test.go | sed 's/func //' | while read target; do \
	    echo "== $$package $$target"; go test $$package -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x || exit 1; \
	  done || exit 1; done

bench:
	go test -run '^$$' -bench . -benchmem ./...

cover:
	go test -coverprofile=bin/cover.out ./...
	go tool cover -func=bin/cover.out | tail -1

golden: ## goldens are unchanged: every file below a testdata folder has its line in testdata.sha256
	sha256sum --quiet -c testdata.sha256
	@git ls-files | grep '/testdata/' | LC_ALL=C sort >bin/listed; sed 's/^[0-9a-f]*  //' testdata.sha256 | LC_ALL=C sort | diff bin/listed - \
	  || { echo "testdata.sha256 does not list the same files: add the new ones with sha256sum"; exit 1; }

docs: ## rewrite the generated parts of docs/
	go test ./internal/layers -run TestDocumentedTable -update
	go test ./cmd/autoseg -run TestReference -update
