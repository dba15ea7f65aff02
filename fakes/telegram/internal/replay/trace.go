package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A trace is one recording of the webhook delivery engine.
type trace struct {
	Settings      settings
	UnixFraction  float64 `json:"unix_fraction_at_0"`
	IDDigits      int     `json:"update_id_digits"`
	ObservedUntil seconds `json:"observed_until"`
	Inputs        []input
	Endpoint      script
	Heads         []string
	Bodies        []string
	Events        []event
	Final         final
	Tolerance     tolerance
	Compact       bool
	OmittedEvents []string `json:"omitted_events"`
}

type settings struct {
	URL            string
	MaxConnections int     `json:"max_connections"`
	SecretToken    *string `json:"secret_token"`
	HasSecret      bool    `json:"secret_token_present"`
	Local          bool
	IPFixed        bool    `json:"ip_address_fixed"`
	HostHeader     *string `json:"host_header"`
}

// UnmarshalJSON is strict, as that of script is.
func (s *settings) UnmarshalJSON(b []byte) error {
	type plain settings
	return strictly(b, (*plain)(s))
}

// An input is something that was done to the engine or the endpoint.
type input struct {
	T        seconds
	Do       string
	Update   int
	Key      int64
	TTL      int64
	JSON     string
	Settings *settings // of set_webhook; nil: those of the trace
}

// UnmarshalJSON is strict, as that of script is.
func (in *input) UnmarshalJSON(b []byte) error {
	type plain input
	return strictly(b, (*plain)(in))
}

// A script says how the endpoint behaves.
type script struct {
	Rules     []rule
	OnAccept  []step `json:"on_accept"`
	Listening *bool
	Blackhole bool
	IdleClose seconds `json:"idle_close"` // 0: never
}

// A rule's steps answer the requests that meet all its conditions.
type rule struct {
	Update  numbers
	Key     numbers
	Attempt numbers // one number, or lowest and highest
	Nth     *int
	Steps   []step
}

type step struct {
	Wait    *seconds
	Send    *string
	Repeat  int    // of Send; 0 is once
	SendB64 []byte `json:"send_b64"`
	Drip    *string
	Every   seconds
	Count   int
	Hang    bool
	Close   string
}

// An event is something observed. Which fields have a meaning depends on Ev.
type event struct {
	T       seconds
	Ev      string
	Conn    int
	Update  int
	Attempt int
	Head    int
	Body    int
	By, How string
	Text    string
	Message string
	Reason  string
	Method  string
	Args    [][2]string
	Files   []file
}

type final struct {
	Pending          int
	PendingUpdates   []int    `json:"pending_updates"`
	LastErrorMessage *string  `json:"last_error_message"`
	LastErrorT       *seconds `json:"last_error_t"`
	DroppedUpdates   []int    `json:"dropped_updates"`
	OpenConnections  int      `json:"open_connections"`
	WebhookSet       bool     `json:"webhook_set"`
}

type tolerance struct {
	Times     seconds `json:"times_s"`
	Random    []string
	Unordered []string
	Note      string
}

// seconds is a time of the recording: since the webhook was first set.
type seconds time.Duration

func (s *seconds) UnmarshalJSON(b []byte) error {
	var f float64
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	// Recorded to a tenth of a millisecond: rounding removes the noise of binary fractions.
	*s = seconds(time.Duration(f * float64(time.Second)).Round(time.Microsecond))
	return nil
}

func (s seconds) String() string { return fmt.Sprintf("%.4f s", time.Duration(s).Seconds()) }

// numbers is a number or a list of numbers; nil: no condition.
type numbers []int64

func (n *numbers) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]int64)(n))
	}
	*n = make(numbers, 1)
	return json.Unmarshal(b, &(*n)[0])
}

// A file is one that came with an inline call.
type file struct {
	Field       string
	Name        string `json:"file_name"`
	ContentType string `json:"content_type"`
	Size        int
}

// UnmarshalJSON is strict: a script that is not understood in full would be
// replayed wrongly.
func (s *script) UnmarshalJSON(b []byte) error {
	type plain script
	return strictly(b, (*plain)(s))
}

// strictly decodes JSON that has no members but those of v.
func strictly(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// UnmarshalJSON wants a step to be one thing to do.
func (s *step) UnmarshalJSON(b []byte) error {
	type plain step
	if err := strictly(b, (*plain)(s)); err != nil {
		return err
	}
	things := 0
	for _, is := range []bool{s.Wait != nil, s.Send != nil, s.SendB64 != nil, s.Drip != nil, s.Hang, s.Close != ""} {
		if is {
			things++
		}
	}
	switch {
	case things != 1:
		return fmt.Errorf("step %s is not one of wait, send, send_b64, drip, hang and close", b)
	case s.Close != "" && s.Close != "fin" && s.Close != "rst":
		return fmt.Errorf("step %s: a connection is closed by fin or rst", b)
	case s.Repeat != 0 && s.Send == nil, (s.Every != 0 || s.Count != 0) && s.Drip == nil:
		return fmt.Errorf("step %s: repeat is for send, every and count are for drip", b)
	}
	return nil
}

func parseTrace(b []byte) (*trace, error) {
	tr := &trace{}
	if err := json.Unmarshal(b, tr); err != nil {
		return nil, fmt.Errorf("read the trace: %w", err)
	}
	if len(tr.Inputs) == 0 || len(tr.Endpoint.Rules) == 0 {
		return nil, errors.New("read the trace: no inputs or no endpoint rules; is it a delivery trace?")
	}
	if err := tr.check(); err != nil {
		return nil, fmt.Errorf("read the trace: %w", err)
	}
	return tr, nil
}

// kinds of events.
var kinds = []string{
	"verified", "webhook_removed", "accept", "request", "replied", "close", "bytes", "error", "inline_call", "drop",
}

// check looks for what would be replayed wrongly, or not at all.
func (tr *trace) check() error {
	pushed := 0
	for _, in := range tr.Inputs {
		if in.Do != "push" {
			continue
		}
		if in.Update != pushed {
			return fmt.Errorf("update %d is pushed at %s as number %d", in.Update, in.T, pushed)
		}
		pushed++
	}
	for _, r := range tr.Endpoint.Rules {
		if r.Attempt != nil && len(r.Attempt) != 1 && len(r.Attempt) != 2 {
			return fmt.Errorf("attempt %v is neither a number nor lowest and highest", r.Attempt)
		}
	}
	for _, ev := range tr.OmittedEvents {
		if !slices.Contains(kinds, ev) {
			return fmt.Errorf("omitted event %q is not known", ev)
		}
	}
	for _, e := range tr.Events {
		known := e.Update >= 0 && e.Update < pushed
		switch {
		case !slices.Contains(kinds, e.Ev):
			return fmt.Errorf("event %q at %s is not known", e.Ev, e.T)
		case slices.Contains(tr.OmittedEvents, e.Ev):
			return fmt.Errorf("event %q at %s is said to be left out", e.Ev, e.T)
		case e.Ev == "request" && !(known && within(e.Head, tr.Heads) && (tr.Compact || within(e.Body, tr.Bodies))),
			e.Ev == "drop" && !known:
			return fmt.Errorf("the %s at %s refers to what is not there", e.Ev, e.T)
		}
	}
	return nil
}

// within tells whether the table has such an entry.
func within(i int, table []string) bool { return i >= 0 && i < len(table) }
