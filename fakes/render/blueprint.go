package render

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// A Blueprint is what a render.yaml asks Render for. Parse returns only valid
// ones. The services are those of the root, of "ungrouped" and of every
// project's environments, in the order of the file.
type Blueprint struct {
	Services     []Service
	Databases    []Database
	EnvVarGroups []EnvVarGroup
	Previews     Previews
	// Notes are what Render accepts and somebody should look at all the same:
	// old forms, and values that work for another reason than the one meant.
	Notes Mistakes
}

// A Service is one entry of "services". A field that the file leaves out is
// zero, unless its comment says otherwise.
type Service struct {
	Type             string // web, worker, pserv, cron, keyvalue, ...
	Name             string
	Runtime          string // go, docker, image, node, ...
	Plan             string // "" is Render's default for a new service, a paid one
	Region           string // "" is oregon
	BuildCommand     string
	StartCommand     string
	PreDeployCommand string
	DockerCommand    string
	DockerfilePath   string
	RootDir          string
	HealthCheckPath  string // "" is a probe of the TCP port

	NumInstances            int // 1 when left out; the minimum when the service scales by itself
	MaxShutdownDelaySeconds int // 0 is Render's default; see ShutdownDelay

	Env      []EnvVar
	Disk     bool // turns zero-downtime deploys off
	Previews Previews
	Line     int // where the service begins in the file
}

// defaultShutdownDelay lies between SIGTERM and SIGKILL when the Blueprint does
// not say, and always on the free plan and with a disk (Render docs: deploys).
const defaultShutdownDelay = 30 * time.Second

// ShutdownDelay is how long Render waits between SIGTERM and SIGKILL.
func (s Service) ShutdownDelay() time.Duration {
	if s.MaxShutdownDelaySeconds == 0 {
		return defaultShutdownDelay
	}
	return time.Duration(s.MaxShutdownDelaySeconds) * time.Second
}

// A Database is one entry of "databases".
type Database struct {
	Name string
	Plan string
	Line int
}

// An EnvVarGroup is variables that services share with fromGroup.
type EnvVarGroup struct {
	Name string
	Env  []EnvVar
	Line int
}

// An EnvVar is one entry of "envVars". Exactly one of Group and Key is set, and
// with Key at most one of the places that its value comes from.
type EnvVar struct {
	Key          string
	Value        string // the literal value; numbers are as the file writes them
	Secret       bool   // sync: false; somebody types the value into the dashboard
	Generate     bool   // generateValue: true; base64 of 256 random bits
	Group        string // fromGroup: all variables of the group of this name
	FromService  *ServiceRef
	FromDatabase *DatabaseRef
	PreviewValue *string // nil: previews have the same value
	Line         int
}

// A ServiceRef is where a fromService variable has its value from: a property
// (host, port, hostport, connectionString) or a variable of that service.
type ServiceRef struct{ Type, Name, Property, EnvVarKey string }

// A DatabaseRef is where a fromDatabase variable has its value from.
type DatabaseRef struct{ Name, Property string }

// Previews is what becomes of a pull request, for the file or for one service.
type Previews struct {
	Generation      string // off, manual, automatic; "" is not said
	ExpireAfterDays int    // of the root only; 0 is never
	Plan            string // of a service only; "" is the service's own
	NumInstances    int    // of a service only; 0 is the service's own
}

// Service returns the service of this name.
func (b *Blueprint) Service(name string) (Service, bool) {
	for _, s := range b.Services {
		if s.Name == name {
			return s, true
		}
	}
	return Service{}, false
}

// Group returns the group of environment variables of this name.
func (b *Blueprint) Group(name string) (EnvVarGroup, bool) {
	for _, g := range b.EnvVarGroups {
		if g.Name == name {
			return g, true
		}
	}
	return EnvVarGroup{}, false
}

// A Mistake is one thing in a Blueprint that Render refuses, or that this bot
// does not survive there.
type Mistake struct {
	File   string // as it was given to Load or Parse
	Line   int    // from 1; 0 when the mistake is the whole file's
	Path   string // services[0].envVars[2].value; "" is the file
	Text   string // what is wrong, and what to do
	Source string // where the rule is from: Render docs, schema, ...
}

// String is "file:line: path: text".
func (m Mistake) String() string {
	at := m.File
	if m.Line > 0 {
		at = fmt.Sprintf("%s:%d", m.File, m.Line)
	}
	if m.Path == "" {
		return at + ": " + m.Text
	}
	return at + ": " + m.Path + ": " + m.Text
}

// Mistakes are all mistakes of a file, by line. As an error they are one line
// each.
type Mistakes []Mistake

func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, mistake := range m {
		lines[i] = mistake.String()
	}
	return strings.Join(lines, "\n")
}

// Load reads and validates a Blueprint file. Its error is Mistakes when the
// file could be read and Render, or this bot on it, would not bear it.
func Load(path string) (*Blueprint, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the Blueprint: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, mostBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the Blueprint: %w", err)
	}
	return Parse(path, text)
}

// Parse reads and validates a Blueprint; name stands for the file in what it
// says. Its error is always Mistakes, and names all of them.
func Parse(name string, text []byte) (*Blueprint, error) {
	return parse(name, text, rules())
}

func parse(name string, text []byte, rules []rule) (*Blueprint, error) {
	found := &findings{file: name}
	f := judge(found, text, rules)
	if len(found.mistakes) > 0 {
		return nil, sorted(found.mistakes)
	}
	b := f.blueprint()
	b.Notes = sorted(found.notes)
	return b, nil
}

// judge finds everything that is wrong with the text. It returns nil when there
// is nothing that could be read.
func judge(found *findings, text []byte, rules []rule) *blueprintFile {
	root, ok := readYAML(found, text)
	if !ok {
		return nil
	}
	look := &survey{found: found}
	if !look.look(root, 0) {
		return nil
	}
	w := &walk{found: found}
	an(rootObject)(w, root)
	if w.visits >= mostVisits {
		return nil
	}
	f := readFile(root)
	f.text, f.aliases = text, look.aliases
	apply(rules, f, found)
	return f
}
