package e2e_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
	"hookproof/e2e/target"
)

var (
	momentsEach = flag.Int("moments", 5, "at how many random moments `n` TestMoments stops the bot, in each mode and each way")
	momentsSeed = flag.Uint64("moments-seed", 0, "`seed` of TestMoments' moments; 0 takes the time")
)

// TestMoments stops the bot at random moments, while people write numbered
// messages all the time, and starts it again, in one mode or in either. No
// message may be lost or overtake another of its chat. With webhooks none may be
// answered twice either: the reply is the acknowledgement. A poller that was
// killed could not confirm what it had handled, so that is counted only.
//
// The whole takes a few minutes:
//
//	go test ./e2e -run 'TestMoments$' -v -moments 200 -timeout 1h
func TestMoments(t *testing.T) {
	r := subject(t)
	r = &proof.Runner{Spec: r.Spec, Ports: r.Ports, Seed: cmp.Or(*momentsSeed, r.Seed)}
	every := loosely
	if isSet("moments") {
		every = densely
	}
	for _, tt := range []struct {
		name    string
		modes   []proof.Mode
		repeats bool // a message may be answered twice, if the way of stopping leads to it
		ways    []way
	}{
		{"webhook", []proof.Mode{proof.Webhook}, false, allWays()},
		{"polling", []proof.Mode{proof.Polling}, true, allWays()},
		{"changing", []proof.Mode{proof.Webhook, proof.Polling}, true, oneAtATime(allWays())},
	} {
		for _, w := range tt.ways {
			t.Run(tt.name+"/"+w.name, func(t *testing.T) {
				t.Parallel()
				began := time.Now()
				l := newLives(t, r, tt.modes[0], every)
				err := l.stopAt(w, tt.modes, *momentsEach)
				v := l.crowd.verdict()
				t.Logf("seed %d: %d moments in %v, %v; longest drain %v", r.Seed, len(l.moments),
					time.Since(began).Round(time.Second), v, l.drain.Round(time.Millisecond))
				assert.NoError(t, err)
				assert.Empty(t, l.explain(v.lost), "lost (seed %d)", r.Seed)
				assert.Empty(t, l.explain(v.misplaced), "out of order (seed %d)", r.Seed)
				if !tt.repeats || !w.repeats {
					assert.Empty(t, l.explain(v.doubled), "answered more than once (seed %d)", r.Seed)
				}
			})
		}
	}
}

// TestMomentsShowDefects has bots stopped that acknowledge what they have yet to
// handle.
func TestMomentsShowDefects(t *testing.T) {
	spec, err := target.Load("proof/testdata/badbot.yaml")
	require.NoError(t, err)
	sources, err := filepath.Glob("proof/testdata/badbot/*.go")
	require.NoError(t, err)
	for _, file := range sources { // the go command runs the test again when one of these changes
		_, err := os.Stat(file)
		require.NoError(t, err)
	}
	require.NoError(t, spec.BuildBinary(t.Context(), filepath.Join(t.TempDir(), "badbot")))
	lost := func(v verdict) []string { return v.lost }
	for _, tt := range []struct {
		defect string
		mode   proof.Mode
		signal syscall.Signal
		wrong  func(verdict) []string
	}{
		{"D1", proof.Webhook, syscall.SIGKILL, lost},
		{"D2", proof.Webhook, syscall.SIGTERM, lost},
		{"D14", proof.Polling, syscall.SIGTERM, func(v verdict) []string { return slices.Concat(v.lost, v.doubled) }},
		{"D15", proof.Polling, syscall.SIGKILL, lost},
	} {
		t.Run(tt.defect, func(t *testing.T) {
			t.Parallel()
			bad := *spec
			bad.Command = append(slices.Clone(spec.Command), "-defect", tt.defect)
			l := newLives(t, &proof.Runner{Spec: &bad, Ports: runner.Ports, Seed: runner.Seed}, tt.mode, densely)
			l.crowd.silence = 3 * time.Second // what does not come has been lost, and be it for a slow machine
			_ = l.stopAt(way{stages: []stage{working}, signal: tt.signal}, []proof.Mode{tt.mode}, 8)
			v := l.crowd.verdict()
			t.Log(v)
			require.NotEmpty(t, tt.wrong(v))
			assert.Contains(t, l.story(tt.wrong(v)[0]), "moment")
		})
	}
}

// explain tells, for each of the first messages, what Telegram saw of it, at
// which moments instances were stopped meanwhile, and what those said last.
func (l *lives) explain(wants []string) (stories []string) {
	for n, want := range wants {
		if n == 3 {
			return append(stories, fmt.Sprintf("and %d more", len(wants)-n))
		}
		stories = append(stories, l.story(want))
	}
	return stories
}

// story tells of one message. At four moments something has gone wrong early.
func (l *lives) story(want string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q:\n", want)
	lines := l.crowd.trail(want)
	if len(lines) == 0 {
		return b.String() + "Telegram has never seen it"
	}
	from, to := lines[0].at, lines[len(lines)-1].at.Add(time.Second)
	for _, ev := range lines {
		fmt.Fprintf(&b, "%s %v\n", ev.at.Format("15:04:05.000000"), ev.Event)
	}
	told := 0
	for _, m := range l.moments {
		if m.at.After(from) && m.at.Before(to) && told < 4 {
			told++
			fmt.Fprintf(&b, "%v; it said last:\n%s\n", m, l.said(m.pid, 1500))
		}
	}
	return b.String()
}

// said is the end of what a process printed.
func (l *lives) said(pid, n int) string {
	for _, i := range l.env.Instances() {
		if i.PID() == pid {
			return i.Output.Tail(n)
		}
	}
	return ""
}
