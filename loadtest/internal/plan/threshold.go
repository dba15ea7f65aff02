package plan

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Metrics a threshold can name.
const (
	CPURatio = "cpu_ratio" // candidate's CPU / baseline's CPU; Max is the limit
	Latency  = "latency"   // quantile Q of the latency from the scheduled moment; Limit is the limit
	Headroom = "headroom"  // up to Rate the harness itself keeps its plan, with a bot that does nothing
)

// Threshold is one promise as data. Every threshold is judged in every cell
// that has its profile, network and modes; an empty field matches all.
type Threshold struct {
	Metric    string        `yaml:"metric" json:"metric"`
	Profile   string        `yaml:"profile" json:"profile,omitempty"`
	RTT       time.Duration `yaml:"rtt" json:"rtt,omitempty"` // 0 matches all
	Candidate string        `yaml:"candidate" json:"candidate"`
	Baseline  string        `yaml:"baseline" json:"baseline,omitempty"`
	Q         float64       `yaml:"q" json:"q,omitempty"`         // latency: quantile, e.g. 0.99
	Max       float64       `yaml:"max" json:"max,omitempty"`     // cpu_ratio: e.g. 0.60
	Limit     time.Duration `yaml:"limit" json:"limit,omitempty"` // latency: e.g. 200ms
	Rate      float64       `yaml:"rate" json:"rate,omitempty"`   // headroom: messages a second
	// AboveNetwork adds the cell's round trip to Limit: "20 ms over the
	// network's own share".
	AboveNetwork bool `yaml:"above_network" json:"above_network,omitempty"`
	// Inform makes the verdict part of the report, but not of the exit code:
	// for cells that are known not to hold and are shown because of it.
	Inform bool `yaml:"inform" json:"inform,omitempty"`
}

func (p Plan) checkThreshold(t Threshold) error {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("threshold %s of %s: %w", t.Metric, t.Candidate, fmt.Errorf(format, args...)))
	}
	if _, ok := p.Mode(t.Candidate); !ok {
		wrong("unknown candidate")
	}
	switch t.Metric {
	case CPURatio:
		if _, ok := p.Mode(t.Baseline); !ok {
			wrong("unknown baseline %q", t.Baseline)
		}
		if t.Max <= 0 {
			wrong("max must be above 0")
		}
	case Latency:
		if t.Q <= 0 || t.Q >= 1 {
			wrong("q must be between 0 and 1")
		}
		if t.Limit <= 0 {
			wrong("limit must be above 0")
		}
	case Headroom:
		if t.Rate <= 0 {
			wrong("rate must be above 0")
		}
	default:
		wrong("unknown metric; known are %s, %s and %s", CPURatio, Latency, Headroom)
	}
	if !slices.ContainsFunc(p.Cells, func(c Cell) bool { return t.matches(c) }) {
		wrong("no cell has its profile, rtt and modes: it would never be judged")
	}
	return errors.Join(errs...)
}

// matches reports whether the cell measures what t is about.
func (t Threshold) matches(c Cell) bool {
	return t.About(c.Profile, c.RTT) && slices.Contains(c.Modes, t.Candidate) &&
		(t.Baseline == "" || slices.Contains(c.Modes, t.Baseline))
}

// About reports whether t is about a profile over a round trip.
func (t Threshold) About(profile string, rtt time.Duration) bool {
	return (t.Profile == "" || t.Profile == profile) && (t.RTT == 0 || t.RTT == rtt)
}
