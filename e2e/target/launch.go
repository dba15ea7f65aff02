package target

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Launch is one start of a bot.
type Launch struct {
	// Settings are values by this project's names. One that the bot's spec
	// does not map is an error: a check would otherwise judge a bot that was
	// never told.
	Settings map[string]string
	Env      []string // more environment, "NAME=value", for every bot alike
	Command  string   // a key of Spec.Commands; "" starts the bot itself
	Args     []string // further arguments
	Trap     *Trap    // nil: outgoing traffic is not watched
	CAFile   string   // PEM file the bot should trust, for its own public URL
}

// argv is the command line without settings, placeholders replaced.
func (s *Spec) argv(command string) ([]string, error) {
	argv := slices.Clone(s.Command)
	if command != "" {
		extra, ok := s.Commands[command]
		if !ok {
			return nil, fmt.Errorf("target %s has no command %q", s.Name, command)
		}
		argv = append(argv, extra...)
	}
	for i, a := range argv {
		argv[i] = strings.NewReplacer("{bin}", s.Bin, "{dir}", s.Dir).Replace(a)
	}
	return argv, nil
}

// command puts the process together: arguments, environment, files. The bot
// sees nothing of the parent's environment except where to find programs and
// a home: a stray TELEGRAM_BOT_TOKEN must not reach it.
func (s *Spec) command(l Launch, dir string) (*exec.Cmd, error) {
	argv, err := s.argv(l.Command)
	if err != nil {
		return nil, err
	}
	env := append(base(dir), l.Trap.Environment()...)
	if l.CAFile != "" {
		env = append(env, "SSL_CERT_FILE="+l.CAFile, "NODE_EXTRA_CA_CERTS="+l.CAFile)
	}
	for k, v := range s.Env {
		env = append(env, k+"="+v)
	}
	args, more, err := s.apply(l.Settings, dir)
	if err != nil {
		return nil, err
	}
	argv = append(append(argv, args...), l.Args...)
	cmd := exec.Command(argv[0], argv[1:]...) //nolint:noctx // a process is stopped by signals, which is what is tested
	cmd.Env = append(append(env, more...), l.Env...)
	cmd.Dir = s.Dir
	return cmd, nil
}

// base is what any program needs, and GOCOVERDIR so that a bot built with
// -cover can report what the checks reached.
func base(dir string) []string {
	env := []string{"HOME=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8"}
	for _, name := range []string{"PATH", "GOCOVERDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// apply turns settings into arguments and environment, writing files to dir.
func (s *Spec) apply(settings map[string]string, dir string) (args, env []string, err error) {
	for _, name := range sortedKeys(settings) {
		set, ok := s.Settings[name]
		if !ok {
			return nil, nil, fmt.Errorf("target %s cannot be told %s", s.Name, name)
		}
		value := set.spell(settings[name])
		if set.File {
			file := filepath.Join(dir, strconv.Itoa(len(args)+len(env))+".setting")
			if err := os.WriteFile(file, []byte(value), 0o600); err != nil {
				return nil, nil, fmt.Errorf("write setting %s: %w", name, err)
			}
			value = file
		}
		if set.Env != "" {
			env = append(env, set.Env+"="+value)
		}
		if set.Flag != "" {
			args = append(args, set.Flag, value)
		}
	}
	return args, env, nil
}

// spell writes a value as the bot wants to read it.
func (s Setting) spell(value string) string {
	if v, ok := s.Values[value]; ok {
		value = v
	}
	if s.Format == "" {
		return value
	}
	return strings.ReplaceAll(s.Format, "{value}", value)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// BuildBinary runs the spec's build command with {bin} as its output and
// remembers the binary. Without a build command it does nothing.
func (s *Spec) BuildBinary(ctx context.Context, bin string) error {
	if len(s.Build) == 0 {
		return nil
	}
	argv := make([]string, len(s.Build))
	for i, a := range s.Build {
		argv[i] = strings.NewReplacer("{bin}", bin, "{dir}", s.Dir).Replace(a)
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = s.Dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build target %s with %q: %w\n%s", s.Name, argv, err, out)
	}
	s.Bin = bin
	return nil
}
