// Package traces replays recordings of the genuine Bot API server against this
// module's fake: the proof that the fake behaves like the real thing.
package traces

import (
	"encoding/json"
	"errors"
	"fmt"

	"hookproof/fakes/telegram/internal/replay"
	"hookproof/fakes/telegram/internal/wire/wiretrace"
)

// Replay replays one recording, of the webhook engine or of the HTTP front end,
// given as the text of its file. It returns nil if the fake did all that was
// recorded and nothing else, and otherwise the differences, one a line.
//
// The webhook engine is replayed on a clock of its own, a day in milliseconds;
// the front end over loopback connections, which takes some seconds.
func Replay(recording []byte) error {
	var head struct{ Kind string }
	if err := json.Unmarshal(recording, &head); err != nil {
		return fmt.Errorf("read the trace: %w", err)
	}
	switch head.Kind {
	case "", "delivery":
		return replay.Delivery(recording)
	case "frontend":
	default:
		return fmt.Errorf("read the trace: kind %q is not known", head.Kind)
	}
	switch cases, err := wiretrace.Cases(recording); {
	case err != nil:
		return err
	case len(cases) == 0:
		return errors.New("read the trace: no cases")
	}
	return wiretrace.Frontend(recording)
}
