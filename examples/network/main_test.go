package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

func TestTheLossFalls(t *testing.T) {
	var out strings.Builder
	if err := train(context.Background(), &out, 20); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var first, last float64
	if len(lines) != 3 {
		t.Fatalf("got %q", out.String())
	}
	fmt.Sscanf(lines[1], "step 1: loss %g", &first)
	fmt.Sscanf(lines[2], "step 20: loss %g", &last)
	if !(last < first-0.3) {
		t.Errorf("got %q, want a loss that falls", out.String())
	}
	// entry 72+8+16, down 1152+16+32, middle 2·(2304+16+32), up 512+8, head 16+2
	if want := "6538 parameters in 20 arrays"; lines[0] != want {
		t.Errorf("got %q, want %q", lines[0], want)
	}
}
