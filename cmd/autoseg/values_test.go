package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestValuesThatMakeNoSense(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no epochs":             {[]string{"train", "d", "--epochs", "0"}, "--epochs 0: want a positive number"},
		"no iterations":         {[]string{"train", "d", "--iterations", "0"}, "--iterations 0: want a positive number"},
		"infinite rate":         {[]string{"train", "d", "--rate", "Inf"}, "--rate +Inf: want a positive number"},
		"no budget":             {[]string{"run", "d", "--budget", "0s"}, "--budget 0s: want a positive time"},
		"negative budget":       {[]string{"run", "d", "--budget", "-5m"}, "--budget -5m0s: want a positive time"},
		"memory of no number":   {[]string{"plan", "d", "--memory-gb", "NaN"}, "--memory-gb NaN: want a positive number"},
		"no classes":            {[]string{"network", "summary", "--classes", "0"}, "--classes 0: want a positive number"},
		"empty output":          {[]string{"run", "d", "-o", ""}, "--output is empty"},
		"empty list":            {[]string{"predict", "--folds", ""}, "--folds is empty"},
		"empty argument":        {[]string{"fingerprint", ""}, "an argument is empty"},
		"word for a number":     {[]string{"train", "d", "--epochs", "ten"}, `--epochs "ten": want a whole number`},
		"word for a time":       {[]string{"run", "d", "--budget", "soon"}, `--budget "soon": want a time such as 90s, 30m or 4h`},
		"word among numbers":    {[]string{"evaluate", "--labels", "1,x"}, `--labels "1,x": want whole numbers with commas between`},
		"negative seed":         {[]string{"version", "--seed", "-1"}, "want a whole number that is not negative"},
		"number out of range":   {[]string{"version", "--threads", "99999999999999999999"}, "want a whole number"},
		"a word for yes and no": {[]string{"version", "--json=maybe"}, `--json "maybe": want true or false`},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := execute(test.args...)
			if status != statusUsage || !strings.Contains(stderr, test.want) || stdout != "" {
				t.Errorf("exit status %d, stdout %q, stderr %q; want %d and %q", status, stdout, stderr, statusUsage, test.want)
			}
		})
	}
}

func TestCompletionOfAnEmptyWord(t *testing.T) {
	status, stdout, stderr := execute("__complete", "plan", "--format", "")
	if status != statusDone || !strings.Contains(stdout, "nnunet") {
		t.Errorf("exit status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

func TestHints(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	status, _, stderr := execute("plan", "explain", missing)
	if status != statusInput || !strings.Contains(stderr, "check the path") {
		t.Errorf("exit status %d, stderr %q", status, stderr)
	}
}
