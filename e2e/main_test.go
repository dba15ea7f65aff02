package e2e_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
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
		fmt.Fprintln(os.Stderr, "e2e:", errors.Join(err, os.RemoveAll(dir)))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, append(cutLinks(), goleak.Cleanup(func(code int) {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, "e2e:", err)
			code = max(code, 1)
		}
		os.Exit(code)
	}))...)
}

// cutLinks are goroutines that toxiproxy 2.12 leaves behind: when a toxic cuts a
// connection while more data is on its way, what feeds the toxic waits for ever
// to hand that over. Closing the proxy does not reach it.
func cutLinks() []goleak.Option {
	return []goleak.Option{
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).read"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).write"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicCollection).RemoveToxic"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).RemoveToxic"),
	}
}

// engine is how testcontainers is to work: its reaper's image would have to be
// pulled, and Cleanup does its work.
var engine = map[string]string{"TESTCONTAINERS_RYUK_DISABLED": "true", "TESTCONTAINERS_HOST_OVERRIDE": "localhost"}

// setUp finds or builds the bot. Many checks only wait, so more of them run
// side by side than there are cores, unless -parallel says otherwise.
func setUp() (dir string, err error) {
	if parallel := flag.Lookup("test.parallel"); !isSet("test.parallel") {
		if err := parallel.Value.Set("20"); err != nil {
			return "", err
		}
	}
	for name, value := range engine { // here, since t.Setenv forbids tests to run side by side
		if err := os.Setenv(name, value); err != nil {
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

// subject is the suites' bot. When it was built here it also looks at every file
// of its source: the go command remembers which files a running test has looked
// at, and runs it again when one has changed; what a build reads it does not see.
func subject(t *testing.T) *proof.Runner {
	t.Helper()
	if *botPath == "" {
		require.NoError(t, lookAtSource())
	}
	return runner
}

var lookAtSource = sync.OnceValue(func() error {
	return filepath.WalkDir("../bot", func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			_, err = os.Stat(path)
		}
		return err
	})
})

func isSet(name string) (set bool) {
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}
