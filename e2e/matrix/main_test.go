// Package matrix runs real, unmodified client libraries against the fake: each
// is a small program in ../peers, started as the process it would be in
// production. What works is docs/compatibility.md, which the test writes.
package matrix_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write docs/compatibility.md instead of comparing it")

func TestMain(m *testing.M) {
	flag.Parse()
	if err := besides(); err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// besides lets more tests run side by side than there are cores, unless
// -parallel says otherwise: most of their time they wait for a process.
func besides() error {
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if asked {
		return nil
	}
	return flag.Set("test.parallel", "6")
}
