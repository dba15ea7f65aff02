package target

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Spec describes one bot. The zero values of its fields mean "this bot has
// no such thing", and checks that need it do not apply.
type Spec struct {
	Name    string   `yaml:"name"`
	About   string   `yaml:"about"`   // one line for the scorecard, with the version
	Build   []string `yaml:"build"`   // run in Dir before the first start; {bin} is the output
	Command []string `yaml:"command"` // {bin} is the built binary, {dir} the directory of the file
	Modes   []string `yaml:"modes"`   // "webhook", "polling"

	Env      map[string]string   `yaml:"env"`      // set as they are
	Settings map[string]Setting  `yaml:"settings"` // this project's names -> the bot's own
	Texts    Texts               `yaml:"texts"`
	Commands map[string][]string `yaml:"commands"` // other commands of the bot: "migrate webhook" -> arguments

	Health  string `yaml:"health"`  // path answering 200 when the bot runs, 503 otherwise
	Ready   string `yaml:"ready"`   // path answering 503 when Telegram cannot reach the bot
	Metrics string `yaml:"metrics"` // path on the listener that METRICS_ADDR opens

	// BodyLimit is the largest webhook body that the bot says it reads, in
	// bytes; 0 is 1 MiB.
	BodyLimit int64 `yaml:"body_limit"`
	// Allowlist is true for a bot that checks the client's address.
	Allowlist bool `yaml:"allowlist"`

	Dir string `yaml:"-"` // directory for Build and Command; set by Load
	Bin string `yaml:"-"` // the binary that {bin} stands for
}

// A Setting is the way a value reaches the bot. Several ways may be given.
type Setting struct {
	Env    string            `yaml:"env"`    // environment variable
	Flag   string            `yaml:"flag"`   // "--token": appended with the value as the next argument
	File   bool              `yaml:"file"`   // Env or Flag get the path of a file with the value
	Format string            `yaml:"format"` // "{value}/bot%s/%s"; empty is the value itself
	Values map[string]string `yaml:"values"` // other spellings: "true" -> "webhook"
}

// Texts are messages to the bot and what it should say to them. In both,
// {text}, {duration} (as "1500ms") and {tag} (a word) are replaced.
type Texts struct {
	Answer Exchange `yaml:"answer"` // a fixed answer
	Echo   Exchange `yaml:"echo"`   // an answer that repeats {text}
	Sleep  Exchange `yaml:"sleep"`  // waits {duration}, then answers with {tag}
	Fail   Exchange `yaml:"fail"`   // the handler fails, every time
	Panic  Exchange `yaml:"panic"`  // the handler panics, throws or raises
}

// An Exchange is a message to the bot and its answer.
type Exchange struct {
	Send string `yaml:"send"`
	Want string `yaml:"want"`
}

// Known reports whether the bot has such an exchange.
func (x Exchange) Known() bool { return x.Send != "" }

// With fills in the placeholders: With("{tag}", "a1", "{duration}", "2s").
func (x Exchange) With(oldnew ...string) Exchange {
	r := strings.NewReplacer(oldnew...)
	return Exchange{Send: r.Replace(x.Send), Want: r.Replace(x.Want)}
}

// Load reads a spec. Relative commands run in the file's directory.
func Load(path string) (*Spec, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read target: %w", err)
	}
	s := new(Spec)
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(s); err != nil {
		return nil, fmt.Errorf("read target %s: %w", path, err)
	}
	if s.Dir, err = filepath.Abs(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("read target %s: %w", path, err)
	}
	return s, s.check(path)
}

// check finds what would only surface as a strange failure later.
func (s *Spec) check(path string) error {
	if s.Name == "" || len(s.Command) == 0 {
		return fmt.Errorf("target %s: name and command are required", path)
	}
	for _, m := range s.Modes {
		if m != "webhook" && m != "polling" {
			return fmt.Errorf("target %s: mode %q: use webhook or polling", path, m)
		}
	}
	for name, set := range s.Settings {
		if set.Env == "" && set.Flag == "" {
			return fmt.Errorf("target %s: setting %s: give env or flag", path, name)
		}
	}
	return nil
}

// Has reports whether the bot can be told this setting.
func (s *Spec) Has(setting string) bool {
	_, ok := s.Settings[setting]
	return ok
}

// Runs reports whether the bot has this mode.
func (s *Spec) Runs(mode string) bool { return slices.Contains(s.Modes, mode) }

// With returns a copy of the spec whose environment has more in it.
func (s *Spec) With(env map[string]string) *Spec {
	c := *s
	c.Env = maps.Clone(s.Env)
	if c.Env == nil {
		c.Env = map[string]string{}
	}
	maps.Copy(c.Env, env)
	return &c
}
