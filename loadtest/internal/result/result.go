// Package result is what a load run leaves behind: raw slices and samples, the
// environment, and the promises they are held against. A verdict or a report
// needs nothing else, so an old run can be judged again by new rules.
package result

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"hookproof/loadtest/internal/plan"
)

// Schema is the version of the JSON. It changes when a field changes its
// meaning or goes; new fields alone do not change it.
const Schema = 1

// Result is one run of the harness. Durations are nanoseconds in JSON, except
// where a field says otherwise.
type Result struct {
	Schema      int              `json:"schema"`
	Plan        string           `json:"plan"`
	Seed        uint64           `json:"seed"`
	Started     time.Time        `json:"started"`
	Elapsed     time.Duration    `json:"elapsed"`
	Complete    bool             `json:"complete"` // false: interrupted, or a bot failed
	Command     []string         `json:"command"`
	Environment Environment      `json:"environment"`
	Cells       []Cell           `json:"cells"`
	Thresholds  []plan.Threshold `json:"thresholds"`
}

// Environment names the machine. Absolute figures of two environments must not
// be compared; ratios may.
type Environment struct {
	OS         string `json:"os"`
	Kernel     string `json:"kernel"`
	CPU        string `json:"cpu"`
	CPUs       int    `json:"cpus"`
	Go         string `json:"go"`
	GOMAXPROCS string `json:"gomaxprocs"` // what the bots got; "" is their own choice
	Bot        string `json:"bot"`        // path and version or hash of the bot under test
	BotSHA256  string `json:"bot_sha256"`
	Meter      string `json:"meter"` // where CPU figures come from
}

// Cell is one profile over one network, every mode at the same time unless
// Alone.
type Cell struct {
	Name    string        `json:"name"`
	Profile string        `json:"profile"`
	Words   string        `json:"words"` // the profile, for people
	Rate    float64       `json:"rate"`  // messages a second, where the profile has one rate
	RTT     time.Duration `json:"rtt"`
	Jitter  time.Duration `json:"jitter"`
	TLS     bool          `json:"tls"`
	CPU     float64       `json:"cpu_limit"`
	Slice   time.Duration `json:"slice"`
	Alone   bool          `json:"alone"`
	Idle    bool          `json:"idle"`
	Burst   int           `json:"burst,omitempty"` // messages at once, where they come so
	Runs    []Run         `json:"runs"`
	// Spoiled is how late the harness was in each restart that it repeated for
	// being late.
	Spoiled []time.Duration `json:"spoiled,omitempty"`
	// Beside is what the bots of other cells used that ran at the same time, as
	// a share of one CPU.
	Beside float64 `json:"beside,omitempty"`
	// Looks is how often the cell's figures may be judged before they count:
	// once, or twice where an undecided one may be measured further. 0 is 1.
	Looks int `json:"looks,omitempty"`
}

// Run is the time between two restarts of the bots.
type Run struct {
	Arms    []Arm   `json:"arms"`
	Machine Machine `json:"machine"`
}

// Machine is what the computer and the harness did meanwhile.
type Machine struct {
	HarnessCPU time.Duration `json:"harness_cpu"`
	Wall       time.Duration `json:"wall"`
	CPUs       int           `json:"cpus"`
	Steal      float64       `json:"steal"`    // share of CPU time the hypervisor took, 0 to 1
	Pressure   float64       `json:"pressure"` // share of time something waited for a CPU (PSI), 0 to 1
}

// Arm is one bot process in one run. Control marks the second copy of a mode
// (A/A control), which is compared with the first and with nothing else.
type Arm struct {
	Mode    string        `json:"mode"`
	Control bool          `json:"control,omitempty"`
	Slices  []Slice       `json:"slices"`
	Samples []Sample      `json:"samples"`
	Sent    int           `json:"sent"`
	Lost    int           `json:"lost"`
	Doubled int           `json:"doubled"`
	Strange int           `json:"strange"` // answers to no message of this run
	Ready   time.Duration `json:"ready"`   // from start of the process until it took updates
	StartUp time.Duration `json:"start_up_cpu"`
	PeakRSS int64         `json:"peak_rss"`          // bytes
	Unclean string        `json:"unclean,omitempty"` // how it ended other than by exit code 0 after SIGTERM
	Failure string        `json:"failure,omitempty"` // it was never ready, or left messages unanswered
	Wire    Wire          `json:"wire"`
	Meters  *Meters       `json:"meters,omitempty"` // nil: the bot ended before they could be compared
}

// Meters is the CPU of one process as three meters saw it, from the moment it
// was attached: the one whose figures are used and the CPU clocks of the
// processes themselves, until just before it was told to stop; the first
// again (0: it ended with the process) and rusage, until the process had ended.
type Meters struct {
	Meter  time.Duration `json:"meter"`
	Clock  time.Duration `json:"clock"`
	Life   time.Duration `json:"life"`
	Rusage time.Duration `json:"rusage"`
}

// Wire is how a bot spoke with Telegram in one run, warm-up included, as
// counted at Telegram's end.
type Wire struct {
	Pushed   int `json:"pushed"`   // updates delivered to its webhook
	Pulled   int `json:"pulled"`   // getUpdates that it made
	Inline   int `json:"inline"`   // answers in a webhook's response
	Separate int `json:"separate"` // answers by a request of their own
	// MaxConnections is what the bot asked for with setWebhook; 0: no webhook.
	MaxConnections int `json:"max_connections,omitempty"`
	// Opened is how many connections Telegram opened to the webhook.
	Opened int64 `json:"opened,omitempty"`
	// Held is how long the bot kept each delivery of the measured part, by
	// quantile, the round trip included; all 0 without a webhook.
	Held Held `json:"held"`
}

// Held is quantiles of a time.
type Held struct {
	P50 time.Duration `json:"p50"`
	P95 time.Duration `json:"p95"`
	P99 time.Duration `json:"p99"`
}

// Slice is what one bot used in one slice of time.
type Slice struct {
	Wall        time.Duration `json:"wall"`
	CPU         time.Duration `json:"cpu"`
	Sent        int           `json:"sent"`
	Answered    int           `json:"answered"`    // in this time; more or less than Sent where a bot falls behind
	Wakeups     int64         `json:"wakeups"`     // voluntary context switches
	Preemptions int64         `json:"preemptions"` // involuntary ones: contention
	Requests    int64         `json:"requests"`    // HTTP requests of bot and Telegram together
	Connections int64         `json:"connections"`
	BytesIn     int64         `json:"bytes_in"`  // on the wire, to the bot
	BytesOut    int64         `json:"bytes_out"` // on the wire, from the bot
}

// Sample is one message. Times are in microseconds.
type Sample struct {
	At      int64 `json:"at"`      // scheduled, from the start of the measured part
	Late    int64 `json:"late"`    // how late the harness itself sent it
	Latency int64 `json:"latency"` // scheduled moment to the first answer reaching Telegram; -1: never
}

// Answered reports whether the bot answered.
func (s Sample) Answered() bool { return s.Latency >= 0 }

// Read reads a result, and refuses one of another schema.
func Read(r io.Reader) (Result, error) {
	var got Result
	if err := json.NewDecoder(r).Decode(&got); err != nil {
		return Result{}, fmt.Errorf("read result: %w", err)
	}
	if got.Schema != Schema {
		return Result{}, fmt.Errorf("read result: its schema is %d, this program knows %d", got.Schema, Schema)
	}
	return got, nil
}

// ReadFile reads the result in a file.
func ReadFile(path string) (Result, error) {
	f, err := os.Open(path)
	if err != nil {
		return Result{}, err
	}
	defer f.Close()
	return Read(f)
}

// Write writes the result as JSON, one line.
func (r Result) Write(w io.Writer) error {
	return json.NewEncoder(w).Encode(r)
}
