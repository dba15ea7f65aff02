package telegram

import "time"

// A Clock is a server's time. It follows the real one, and can be moved ahead
// of it.
type Clock struct{ s *Server }

// Clock returns the server's clock.
func (s *Server) Clock() *Clock { return &Clock{s} }

// Now is the server's time.
func (c *Clock) Now() time.Time { return c.s.clock.Now() }

// Advance lets d pass: retries, time-outs, lifetimes and flood limits that
// fall due are handled in order, each at its own time.
func (c *Clock) Advance(d time.Duration) { c.s.clock.Advance(d) }
