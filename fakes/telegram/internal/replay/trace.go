package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
	Local          bool
	IPFixed        bool    `json:"ip_address_fixed"`
	HostHeader     *string `json:"host_header"`
}

// An input is something that was done to the engine or the endpoint.
type input struct {
	T      seconds
	Do     string
	Update int
	Key    int64
	TTL    int64
	JSON   string
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
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode((*plain)(s))
}

func parseTrace(b []byte) (*trace, error) {
	tr := &trace{}
	if err := json.Unmarshal(b, tr); err != nil {
		return nil, fmt.Errorf("read the trace: %w", err)
	}
	if len(tr.Inputs) == 0 || len(tr.Endpoint.Rules) == 0 {
		return nil, errors.New("read the trace: no inputs or no endpoint rules; is it a delivery trace?")
	}
	pushed := 0
	for _, in := range tr.Inputs {
		if in.Do == "push" {
			pushed++
		}
	}
	for _, e := range tr.Events {
		if e.Ev == "request" && (e.Update >= pushed || e.Head >= len(tr.Heads) || e.Body >= len(tr.Bodies) && !tr.Compact) {
			return nil, fmt.Errorf("read the trace: the request at %s refers to what is not there", e.T)
		}
	}
	return tr, nil
}
