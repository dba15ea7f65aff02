// Package replay runs recordings of the genuine Bot API server against this
// module's own code and says where they differ.
//
// [Delivery] replays recordings of the webhook engine: the inputs of the trace
// go to package delivery on a manual clock, its connections lead to the endpoint
// the trace scripts, and everything observable is compared. A day takes
// milliseconds. Recordings of the HTTP front end are replayed by package wiretrace.
package replay

import "errors"

// Delivery replays one delivery trace. It returns nil if all that was recorded
// happened again, and else what did not, one line each.
func Delivery(b []byte) error {
	tr, err := parseTrace(b)
	if err != nil {
		return err
	}
	r := newRun(tr)
	if err := r.play(); err != nil {
		return err
	}
	return errors.Join(compare(tr, r)...)
}
