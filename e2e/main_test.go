package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hookproof/e2e/proof"
	"hookproof/e2e/target"
)

var botPath = flag.String("bot", "", "the bot's `binary`; built from ./bot if empty")

// runner is set up by TestMain: the binary is the suites' common subject.
var runner *proof.Runner

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := setUp()
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, "e2e:", err)
			code = max(code, 1)
		}
		os.Exit(code)
	}))
}

// setUp finds or builds the bot. Many checks only wait, so more of them run
// side by side than there are cores, unless -parallel says otherwise.
func setUp() (dir string, err error) {
	if parallel := flag.Lookup("test.parallel"); !isSet("test.parallel") {
		if err := parallel.Value.Set("20"); err != nil {
			return "", err
		}
	}
	if dir, err = os.MkdirTemp("", "e2e-"); err != nil {
		return "", err
	}
	spec, err := target.Load("targets/hookproof.yaml")
	if err != nil {
		return dir, err
	}
	runner = &proof.Runner{Spec: spec, Ports: target.NewPorts(os.Getpid()), Seed: uint64(time.Now().UnixNano())}
	if *botPath == "" {
		return dir, spec.BuildBinary(context.Background(), filepath.Join(dir, "bot"))
	}
	if spec.Bin, err = filepath.Abs(*botPath); err != nil {
		return dir, err
	}
	_, err = os.Stat(spec.Bin)
	return dir, err
}

func isSet(name string) (set bool) {
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}
