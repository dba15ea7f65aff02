// Package plan says what a load run does before it does it: profiles of
// arrivals, the network between bot and Telegram, the modes a bot runs in,
// the cells (profile x network x modes) to measure, and the thresholds that
// the measurements are held against. A plan is YAML; its schedule follows from
// the seed alone, so the same plan gives the same arrivals on every machine.
//
// Nothing here touches the clock, the network or a process.
package plan

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed plans/*.yaml
var embedded embed.FS

// Plan is one run of the harness.
type Plan struct {
	Name       string      `yaml:"name"`
	Seed       uint64      `yaml:"seed"` // 0 is 1
	TLS        bool        `yaml:"tls"`  // the Bot API is served over TLS, as in production
	Modes      []Mode      `yaml:"modes"`
	Profiles   []Profile   `yaml:"profiles"`
	Cells      []Cell      `yaml:"cells"`
	Thresholds []Threshold `yaml:"thresholds"`
	// Extend measures every cell once more that has an undecided promise, as
	// long as it was measured before, while the whole takes less than Within.
	// Both looks at such figures are paid for: see package verdict.
	Extend bool          `yaml:"extend"`
	Within time.Duration `yaml:"within"` // 0 is no limit
}

// Mode is one way to run a bot: a name that every claim about it carries, and
// the settings that make it so.
type Mode struct {
	Name    string            `yaml:"name"`
	Title   string            `yaml:"title"`   // for people: "long polling, 50 s"
	Webhook bool              `yaml:"webhook"` // updates arrive by webhook; otherwise by getUpdates
	Env     map[string]string `yaml:"env"`
	Target  string            `yaml:"target"` // file of another bot; "" is the bot under test
	// Plain serves the Bot API without TLS all the same, for a library that can't
	// be told to trust the harness. It spares that bot some of what others pay.
	Plain    bool `yaml:"plain"`
	Handicap `yaml:",inline"`
}

// Handicap makes a bot worse by a known amount, to see whether the harness
// finds it.
type Handicap struct {
	Burn      time.Duration `yaml:"burn"`       // CPU that a helper in the bot's cgroup burns for each message
	Sleep     time.Duration `yaml:"sleep"`      // the bot is asked to wait so long before each answer
	FreezeAt  time.Duration `yaml:"freeze_at"`  // SIGSTOP, from the start of the measured part
	FreezeFor time.Duration `yaml:"freeze_for"` // until SIGCONT; 0 is never stopped
}

// Cell is one profile measured over one network: every mode runs at the same
// time, with the same arrivals, against a fake Telegram of its own.
type Cell struct {
	Profile string        `yaml:"profile"`
	RTT     time.Duration `yaml:"rtt"`    // between bot and Telegram
	Jitter  time.Duration `yaml:"jitter"` // each way adds up to this much, evenly spread
	CPU     float64       `yaml:"cpu"`    // limit in CPUs, as a hosting plan has it; 0 is none
	Modes   []string      `yaml:"modes"`
	Control string        `yaml:"control"` // mode run twice for the A/A control; "" is the first of Modes, "none" is none
	Alone   bool          `yaml:"alone"`   // one mode after the other, in random order: for rates that would fill the machine
	// Group names cells that are measured at the same time. It is for rates so
	// low that the cells do not feel each other; "" is a cell by itself.
	Group string `yaml:"group"`
}

// NoControl is the control of a cell in which nothing is compared.
const NoControl = "none"

// Name is how tables and thresholds name the cell, e.g. "steady@60ms/0.5cpu".
func (c Cell) Name() string {
	name := c.Profile + "@" + c.RTT.String()
	if c.Jitter > 0 {
		name += "±" + c.Jitter.String()
	}
	if c.CPU > 0 {
		name += fmt.Sprintf("/%gcpu", c.CPU)
	}
	return name
}

// Load reads a plan: a name of an embedded one ("quick", "full") or a path.
func Load(name string) (Plan, error) {
	data, err := embedded.ReadFile("plans/" + name + ".yaml")
	if err != nil {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return Plan{}, fmt.Errorf("plan %q: %w; give the path of a YAML file, or one of: %s", name, err, strings.Join(Names(), ", "))
	}
	p, err := Parse(data)
	if err != nil {
		return Plan{}, fmt.Errorf("plan %q: %w", name, err)
	}
	return p, nil
}

// Names lists the embedded plans.
func Names() []string {
	entries, err := embedded.ReadDir("plans")
	if err != nil {
		return nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	return names
}

// Parse reads and checks a plan. Unknown keys are mistakes, and all mistakes
// are reported at once.
func Parse(data []byte) (Plan, error) {
	var p Plan
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	dec.KnownFields(true)
	if err := dec.Decode(&p); err != nil {
		return Plan{}, err
	}
	if p.Seed == 0 {
		p.Seed = 1
	}
	for i := range p.Profiles {
		p.Profiles[i].fill()
	}
	for i := range p.Cells {
		if c := &p.Cells[i]; c.Control == "" && len(c.Modes) > 0 {
			c.Control = c.Modes[0]
		}
	}
	return p, p.check()
}

// Profile finds a profile by name.
func (p Plan) Profile(name string) (Profile, bool) {
	for _, profile := range p.Profiles {
		if profile.Name == name {
			return profile, true
		}
	}
	return Profile{}, false
}

// Mode finds a mode by name.
func (p Plan) Mode(name string) (Mode, bool) {
	for _, m := range p.Modes {
		if m.Name == name {
			return m, true
		}
	}
	return Mode{}, false
}

// Length is how long the plan's arrivals take, without starts, drains and
// warm-up.
func (p Plan) Length() time.Duration {
	var total time.Duration
	for _, group := range p.Groups() {
		total += p.longest(group, 0)
	}
	return total
}

// besides is about what a start, a warm-up, the last answers and an end take.
const besides = 5 * time.Second

// Expected is about how long cells take that are measured at the same time,
// starts, drains and warm-up included.
func (p Plan) Expected(group []int) time.Duration { return p.longest(group, besides) }

// longest of the cells of a group, with so much besides the arrivals of each
// start.
func (p Plan) longest(group []int, besides time.Duration) time.Duration {
	var longest time.Duration
	for _, i := range group {
		profile, _ := p.Profile(p.Cells[i].Profile)
		longest = max(longest, (profile.Lead+profile.Length()+besides)*time.Duration(p.starts(p.Cells[i], profile)))
	}
	return longest
}

// starts of a cell that come one after the other.
func (p Plan) starts(c Cell, profile Profile) int {
	if !c.Alone {
		return profile.Restarts
	}
	bots := len(c.Modes)
	if c.Control != NoControl {
		bots++
	}
	return profile.Restarts * bots
}

// Groups are the indices of cells that are measured at the same time, in the
// order of the first of each.
func (p Plan) Groups() [][]int {
	var all [][]int
	at := map[string]int{}
	for i, c := range p.Cells {
		g, seen := at[c.Group]
		if c.Group == "" || !seen {
			at[c.Group] = len(all)
			all = append(all, []int{i})
			continue
		}
		all[g] = append(all[g], i)
	}
	return all
}

func (p Plan) check() error {
	var errs []error
	if len(p.Cells) == 0 {
		errs = append(errs, errors.New("no cells: nothing to measure"))
	}
	for _, profile := range p.Profiles {
		errs = append(errs, profile.check())
	}
	for _, c := range p.Cells {
		errs = append(errs, p.checkCell(c))
	}
	for _, t := range p.Thresholds {
		errs = append(errs, p.checkThreshold(t))
	}
	return errors.Join(errs...)
}

func (p Plan) checkCell(c Cell) error {
	var errs []error
	if _, ok := p.Profile(c.Profile); !ok {
		errs = append(errs, fmt.Errorf("cell %s: unknown profile %q", c.Name(), c.Profile))
	}
	if len(c.Modes) == 0 {
		errs = append(errs, fmt.Errorf("cell %s: no modes", c.Name()))
	}
	for _, name := range append([]string{c.Control}, c.Modes...) {
		if _, ok := p.Mode(name); !ok && name != "" && name != NoControl {
			errs = append(errs, fmt.Errorf("cell %s: unknown mode %q", c.Name(), name))
		}
	}
	if c.Group != "" && c.Alone {
		errs = append(errs, fmt.Errorf("cell %s: it can't be alone and in group %q", c.Name(), c.Group))
	}
	if c.RTT < 0 || c.Jitter < 0 || c.CPU < 0 {
		errs = append(errs, fmt.Errorf("cell %s: rtt, jitter and cpu can't be negative", c.Name()))
	}
	return errors.Join(errs...)
}
