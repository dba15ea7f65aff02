package target

import (
	"bytes"
	"context"
	"fmt"
	"sync"
)

// outputLimit bounds what is kept of a bot that loops; the rest is counted.
const outputLimit = 16 << 20

// Output collects what a process prints.
type Output struct {
	mu      sync.Mutex
	buf     bytes.Buffer  // guarded by mu
	lost    int64         // guarded by mu; bytes beyond outputLimit
	changed chan struct{} // guarded by mu; closed and replaced on every write
	ended   chan struct{}
}

func newOutput() *Output {
	return &Output{changed: make(chan struct{}), ended: make(chan struct{})}
}

// Write implements io.Writer.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	room := max(0, min(len(p), outputLimit-o.buf.Len()))
	o.buf.Write(p[:room])
	o.lost += int64(len(p) - room)
	close(o.changed)
	o.changed = make(chan struct{})
	return len(p), nil
}

func (o *Output) end() { close(o.ended) }

// String is everything printed so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lost > 0 {
		return o.buf.String() + fmt.Sprintf("\n[%d more bytes not kept]\n", o.lost)
	}
	return o.buf.String()
}

// Contains reports whether text was printed.
func (o *Output) Contains(text string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Contains(o.buf.Bytes(), []byte(text))
}

// Tail is the end of the output, n bytes at most.
func (o *Output) Tail(n int) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	b := o.buf.Bytes()
	return string(b[max(0, len(b)-n):])
}

// WaitText waits until text has been printed, or fails when ctx or the process
// ends first.
func (o *Output) WaitText(ctx context.Context, text string) error {
	for {
		o.mu.Lock()
		found, changed := bytes.Contains(o.buf.Bytes(), []byte(text)), o.changed
		o.mu.Unlock()
		if found {
			return nil
		}
		select {
		case <-changed:
		case <-o.ended:
			if o.Contains(text) {
				return nil
			}
			return fmt.Errorf("the process ended without printing %q; it said last:\n%s", text, o.Tail(2048))
		case <-ctx.Done():
			return fmt.Errorf("not printed: %q: %w; said last:\n%s", text, ctx.Err(), o.Tail(2048))
		}
	}
}
