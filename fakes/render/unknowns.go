package render

import (
	"net/http"
	"time"
)

// Unknowns are the platform's ways that are not established: neither documented
// nor measured. What must hold on Render must hold each way. The zero value is
// the defaults, which are the harsher ways where that can be told.
type Unknowns struct {
	// DualRouting is how long both instances get requests after a switch, each
	// request at random. That there is such a time is documented (Render's
	// post-mortem of 2022), its length is not. 0 is 2 s; negative is none.
	// Options.Scale applies.
	DualRouting time.Duration
	// KeepAlive is how long the edge keeps an idle connection to an instance.
	// 0 is 60 s; negative is not at all. It is not scaled: it meets the
	// instance's own idle timeout, which is not scaled either.
	KeepAlive time.Duration
	// Retry says what becomes of a request that an instance did not answer.
	Retry Retry
	// Shape is the shape of X-Forwarded-For.
	Shape Shape
	// Gone is the status when an instance gives no answer. 0 is 502; both 502
	// and 503 were seen.
	Gone int
	// CutInFlight cuts requests that an instance still works on when the
	// traffic leaves it, instead of leaving them to it.
	CutInFlight bool
	// Routing chooses among several instances.
	Routing Routing
	// WakeRefuses answers requests to a sleeping service 503 at once. Both that
	// and holding them until it is awake were seen.
	WakeRefuses bool
	// Redirect is the status that leads from HTTP to HTTPS. 0 is 301.
	Redirect int
	// StartAttempts is how many exits before it was healthy fail a deploy. That
	// some do is documented. 0 is 3.
	StartAttempts int
	// Shell runs the Blueprint's commands. "" is bash, which a single command
	// replaces, so that signals reach the program. The dash that Debian has as
	// sh stays in front of it, and ends at SIGTERM while the program goes on:
	// "exec" before the command helps there.
	Shell string
}

// A Retry says what becomes of a request that an instance did not answer.
type Retry int

// Ways to go on after a failure.
const (
	RetryNever   Retry = iota // the client is told
	RetryConnect              // another instance, if the connection could not be made
	RetryAlways               // another instance, also if it broke before an answer: requests can arrive twice
)

// A Shape is a shape of X-Forwarded-For. Both were seen for years; which
// request gets which is not known.
type Shape int

// Shapes of X-Forwarded-For.
const (
	ShapeA     Shape = iota // client, Cloudflare's edge, Render's proxy
	ShapeB                  // client, Cloudflare's edge
	ShapeMixed              // at random
)

// A Routing chooses among several instances.
type Routing int

// Ways to choose.
const (
	RoundRobin Routing = iota
	Random
	LeastBusy
)

// filled returns u with its defaults.
func (u Unknowns) filled(scale float64) Unknowns {
	if u.DualRouting == 0 {
		u.DualRouting = 2 * time.Second
	}
	u.DualRouting = time.Duration(float64(max(u.DualRouting, 0)) / scale)
	if u.KeepAlive == 0 {
		u.KeepAlive = time.Minute
	}
	if u.Gone == 0 {
		u.Gone = http.StatusBadGateway
	}
	if u.Redirect == 0 {
		u.Redirect = http.StatusMovedPermanently
	}
	if u.StartAttempts == 0 {
		u.StartAttempts = 3
	}
	if u.Shell == "" {
		u.Shell = "bash"
	}
	return u
}
