package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
)

// A wire is a TCP connection between two of the parties, through a proxy that
// can make it fail.
type wire struct {
	name  string
	proxy *toxiproxy.Proxy
}

// newWire leads to upstream. It has a port from below the ephemeral ones, so that
// nobody takes it while the wire is down.
func newWire(t *testing.T, e *proof.Env, name, upstream string) *wire {
	t.Helper()
	zerolog.SetGlobalLevel(zerolog.Disabled) // the bandwidth toxic writes to standard error, whatever its logger is
	port, err := e.Port()
	require.NoError(t, err)
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	w := &wire{name, toxiproxy.NewProxy(server, name, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), upstream)}
	require.NoError(t, w.proxy.Start())
	t.Cleanup(func() { w.proxy.Stop() })
	return w
}

// addr is this end of the wire.
func (w *wire) addr() string { return w.proxy.Listen }

// A fault is one way for a wire to fail.
type fault struct {
	kind       string // toxiproxy's name of it, or down
	attributes func(r *rand.Rand) string
}

const down = "down" // every connection is cut, and new ones are refused

// faults are all the ways. Times are in milliseconds, slicer's delay in
// microseconds, sizes in bytes, rates in KB/s.
var faults = []fault{
	{down, nil},
	{"latency", func(r *rand.Rand) string { return fmt.Sprintf(`"latency":%d,"jitter":%d`, 20+r.IntN(130), r.IntN(20)) }},
	{"reset_peer", func(r *rand.Rand) string { return fmt.Sprintf(`"timeout":%d`, r.IntN(50)) }},
	{"timeout", func(r *rand.Rand) string { return fmt.Sprintf(`"timeout":%d`, r.IntN(2)*(20+r.IntN(100))) }},
	{"slow_close", func(r *rand.Rand) string { return fmt.Sprintf(`"delay":%d`, 50+r.IntN(150)) }},
	{"limit_data", func(r *rand.Rand) string { return fmt.Sprintf(`"bytes":%d`, 1+r.IntN(2000)) }},
	{"bandwidth", func(r *rand.Rand) string { return fmt.Sprintf(`"rate":%d`, 2+r.IntN(20)) }},
	{"slicer", func(r *rand.Rand) string {
		return fmt.Sprintf(`"average_size":%d,"size_variation":1,"delay":%d`, 20+r.IntN(80), r.IntN(200))
	}},
}

// A strike is one fault on one wire.
type strike struct {
	wire  *wire
	kind  string
	toxic string // as toxiproxy's API takes it
}

// strikes are every fault on every wire, both ways of the stream, in an order
// and with attributes that r draws.
func strikes(r *rand.Rand, wires []*wire) (all []strike) {
	for _, w := range wires {
		for _, f := range faults {
			if f.kind == down {
				all = append(all, strike{w, down, ""}, strike{w, down, ""})
				continue
			}
			for _, stream := range []string{"upstream", "downstream"} {
				all = append(all, strike{w, f.kind, fmt.Sprintf(`{"name":"it","type":%q,"stream":%q,"attributes":{%s}}`, f.kind, stream, f.attributes(r))})
			}
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func (s strike) String() string { return s.wire.name + ": " + s.kind + " " + s.toxic }

// begin breaks the wire.
func (s strike) begin() error {
	if s.kind == down {
		s.wire.proxy.Stop()
		return nil
	}
	_, err := s.wire.proxy.Toxics.AddToxicJson(strings.NewReader(s.toxic))
	return err
}

// end mends it. What the proxy held back still goes out.
func (s strike) end(ctx context.Context) error {
	if s.kind == down {
		return s.wire.proxy.Start()
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	mended := make(chan error, 1)
	go func() { mended <- s.wire.proxy.Toxics.RemoveToxic(ctx, "it") }()
	select {
	case err := <-mended:
		return err
	case <-ctx.Done():
		// A link whose peer is gone never lets go of its toxics (toxiproxy 2.12,
		// ToxicStub.InterruptToxic). The wire gets a proxy that has none.
		return s.wire.replace()
	}
}

func (w *wire) replace() error {
	w.proxy.Stop()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	w.proxy = toxiproxy.NewProxy(server, w.name, w.proxy.Listen, w.proxy.Upstream)
	return w.proxy.Start()
}
