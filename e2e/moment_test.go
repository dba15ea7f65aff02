package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"

	"hookproof/e2e/proof"
)

// A stage is the part of an instance's life in which it is stopped.
type stage string

const (
	starting    stage = "starting"    // at any time from its first instant on
	registering stage = "registering" // in its first calls
	working     stage = "working"     // at any time under load
	answering   stage = "answering"   // just after an answer
	idle        stage = "idle"        // everything is answered
	draining    stage = "draining"    // under load, SIGTERM came before
)

// stageLength is how long after the beginning of its stage a moment may be.
func stageLength(s stage) time.Duration {
	return map[stage]time.Duration{
		starting:    60 * time.Millisecond,
		registering: 10 * time.Millisecond,
		working:     500 * time.Millisecond,
		answering:   3 * time.Millisecond,
		idle:        30 * time.Millisecond,
		draining:    200 * time.Millisecond,
	}[s]
}

// A moment is when and how an instance is stopped.
type moment struct {
	n       int
	mode    proof.Mode
	stage   stage
	after   time.Duration // since the stage began
	unhook  bool          // the webhook is gone when the instance starts, and it is stopped as it sets it
	signal  syscall.Signal
	drain   time.Duration // draining: how long after the first SIGTERM
	overlap time.Duration // how long the next instance runs before; 0: it starts afterwards
	both    bool          // the old one gets traffic meanwhile, too

	at  time.Time // of the signal; zero: it has not come
	pid int
	end string
}

func (m moment) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "moment %d (%s): %s to process %d (%s), %s for %v", m.n, m.at.Format("15:04:05.000000"), signalName(m.signal), m.pid, m.mode, m.stage, m.after)
	if m.unhook {
		b.WriteString(", its webhook being set")
	}
	if m.stage == draining {
		fmt.Fprintf(&b, ", %v after a first SIGTERM", m.drain)
	}
	if m.overlap > 0 {
		fmt.Fprintf(&b, ", the next one up for %v (both with traffic: %t)", m.overlap, m.both)
	}
	return b.String() + ": " + m.end
}

func signalName(s syscall.Signal) string {
	if s == syscall.SIGKILL {
		return "SIGKILL"
	}
	return "SIGTERM"
}

// A way is one of the ways in which instances are stopped.
type way struct {
	name    string
	stages  []stage // each as likely
	signal  syscall.Signal
	overlap bool // the next instance already runs, as on a platform that deploys without a gap
	// repeats is true when polling may answer a message twice, by Telegram's own
	// rules: what is handled comes again if it was not confirmed, be it that no
	// time was left or that somebody else asked meanwhile.
	repeats bool
}

func allWays() []way {
	return []way{
		{name: "SIGTERM", signal: syscall.SIGTERM,
			stages: []stage{starting, registering, working, working, answering, answering, idle}},
		{name: "SIGTERM beside the next", signal: syscall.SIGTERM, overlap: true, repeats: true,
			stages: []stage{working, working, answering, idle}},
		{name: "SIGKILL", signal: syscall.SIGKILL, repeats: true,
			stages: []stage{starting, registering, working, working, working, answering, answering, idle, draining}},
	}
}

// oneAtATime leaves out the ways that have two instances up.
func oneAtATime(ways []way) []way {
	return slices.DeleteFunc(ways, func(w way) bool { return w.overlap })
}

// draw makes the n-th moment, of an instance in one of the modes.
func (w way) draw(r *rand.Rand, n int, modes []proof.Mode) moment {
	upTo := func(d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d))) }
	m := moment{n: n, mode: modes[r.IntN(len(modes))], stage: w.stages[r.IntN(len(w.stages))], signal: w.signal}
	m.after = upTo(stageLength(m.stage))
	m.unhook = m.stage == registering && m.mode == proof.Webhook && r.IntN(2) == 0
	if m.stage == draining {
		m.drain = upTo(80 * time.Millisecond)
		if r.IntN(2) == 0 {
			m.signal = syscall.SIGTERM // once more
		}
	}
	if w.overlap {
		m.overlap, m.both = 1+upTo(100*time.Millisecond), r.IntN(2) == 0
	}
	return m
}
