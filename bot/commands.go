package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"hookproof/bot/internal/telegram"
)

// A shell is what the program is run from.
type shell struct {
	getenv         func(string) string
	stdout, stderr io.Writer
}

// What a command needs before it can run.
type need int

const (
	needsNothing need = iota
	needsSettings
	needsHook // settings with a webhook in them
)

// A command is one thing the program can do.
type command struct {
	name    string // as typed, "" for the bot itself
	about   string
	example string
	needs   need
	run     func(*session, context.Context) error
}

func commands() []command {
	return []command{
		{"", "run the bot, by webhook or polling", "TELEGRAM_BOT_TOKEN=123456:AbC-dEf bot", needsSettings, (*session).runBot},
		{"secret", "make a webhook secret", "WEBHOOK_SECRET_TOKEN=$(bot secret)", needsNothing, (*session).printSecret},
		{"webhook info", "print what Telegram knows of the webhook", "bot webhook info -json", needsSettings, (*session).webhookInfo},
		{"webhook set", "set the webhook as the settings say", "bot webhook set", needsHook, andInfo((*session).setHook)},
		{"webhook delete", "remove the webhook; updates stay queued", "bot webhook delete", needsSettings, andInfo((*session).deleteHook)},
		{"verify", "check the webhook end to end: registered, right, no errors, queue falling, a round trip", "bot verify -timeout 60s", needsHook, (*session).verify},
		{"migrate webhook", "move to webhook mode, verify, roll back if that fails", "bot migrate webhook -dry-run", needsHook, (*session).migrateWebhook},
		{"migrate polling", "move back to polling mode, verify, roll back if that fails", "bot migrate polling -dry-run", needsHook, (*session).migratePolling},
		{"version", "print the version", "bot version -json", needsNothing, (*session).printVersion},
	}
}

// run finds the command that args name and runs it.
func (sh *shell) run(ctx context.Context, args []string) error {
	words := 0
	for words < len(args) && words < 2 && !strings.HasPrefix(args[words], "-") {
		words++
	}
	for n := words; n > 0 || words == 0; n-- {
		name := strings.Join(args[:n], " ")
		if i := slices.IndexFunc(commands(), func(c command) bool { return c.name == name }); i >= 0 {
			c := commands()[i]
			s, err := sh.parse(c, args[n:])
			if err != nil {
				return err
			}
			return s.end(c.run(s, ctx))
		}
	}
	return usageError{fmt.Errorf("no command %q: bot -h lists them", maskedValue(strings.Join(args[:words], " ")))}
}

// A session is one run of a command.
type session struct {
	*shell
	*settings // nil for a command that needs none
	api       *telegram.Client
	probe     *prober

	json, dryRun   bool
	watch, timeout time.Duration // how patient a verification is
	report         report
}

// parse reads flags and settings. Nothing is opened or called before it has
// found no mistake.
func (sh *shell) parse(c command, args []string) (*session, error) {
	s := &session{shell: sh, probe: newProber(), report: report{Command: c.name}}
	in := &input{flags: map[string]string{}, getenv: sh.getenv}
	fs := flag.NewFlagSet("bot "+c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	moves := strings.HasPrefix(c.name, "migrate")
	if c.name != "" {
		fs.BoolVar(&s.json, "json", false, "print JSON")
	}
	if moves {
		fs.BoolVar(&s.dryRun, "dry-run", false, "print the plan and change nothing")
	}
	if moves || c.name == "verify" {
		fs.DurationVar(&s.watch, "watch", 5*time.Second, "how long no error may come up")
		fs.DurationVar(&s.timeout, "timeout", time.Minute, "how long the bot may take to answer, and the queue to fall")
	}
	if c.needs > needsNothing {
		in.define(fs)
	}
	err := fs.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		sh.help(c, fs)
		return nil, err
	}
	if err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q: settings are flags or environment variables", maskedValue(fs.Arg(0)))
	}
	in.mistakes = append(in.mistakes, err)
	if c.needs > needsNothing {
		s.settings = in.parse(c.needs == needsHook)
		s.api = telegram.New(s.apiURL, s.token.reveal(), nil)
	}
	if err := errors.Join(in.mistakes...); err != nil {
		return nil, usageError{fmt.Errorf("settings:\n%w", err)}
	}
	return s, nil
}

// help prints no value from the environment: it may be a secret.
func (sh *shell) help(c command, fs *flag.FlagSet) {
	row := func(width int, name, text, def string) {
		if def != "" {
			text += " (default " + def + ")"
		}
		fmt.Fprintf(sh.stdout, "  %-*s %s\n", width, name, text)
	}
	fmt.Fprintf(sh.stdout, "%s - %s\n\nExample:\n  %s\n", strings.TrimSpace("bot "+c.name), c.about, c.example)
	if c.name == "" {
		fmt.Fprint(sh.stdout, "\nCommands (each has -h):\n")
		for _, c := range commands()[1:] {
			row(22, "bot "+c.name, c.about, "")
		}
	} else {
		fmt.Fprint(sh.stdout, "\nOptions:\n")
		fs.VisitAll(func(f *flag.Flag) {
			if f.Usage != "" {
				row(22, "-"+f.Name, f.Usage, f.DefValue)
			}
		})
	}
	if c.needs == needsNothing {
		return
	}
	fmt.Fprint(sh.stdout, "\nSettings, as environment variables or flags; the flag wins. WEBHOOK_PORT is also -webhook-port or -WEBHOOK_PORT:\n")
	for _, v := range variables() {
		row(30, v.name, v.usage, v.fallback)
	}
}

// print writes v as JSON if that was asked for, and text else.
func (s *session) print(v any, text string) error {
	if !s.json {
		_, err := io.WriteString(s.stdout, text)
		return err
	}
	enc := json.NewEncoder(s.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (s *session) runBot(ctx context.Context) error {
	log := newLog(s.stderr, s.settings)
	defer log.flush()
	return newBot(s.settings, log, version(s.getenv)).run(ctx)
}

func (s *session) printSecret(context.Context) error {
	secret := generateSecret()
	return s.print(map[string]string{"secret": secret}, secret+"\n")
}

func (s *session) printVersion(context.Context) error {
	v := version(s.getenv)
	return s.print(map[string]string{"version": v}, "bot "+v+"\n")
}

// version is the commit that was built: as Render names it, or as the go
// command stamped it.
func version(getenv func(string) string) string {
	commit := getenv("RENDER_GIT_COMMIT")
	if info, ok := debug.ReadBuildInfo(); ok && commit == "" {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	return cmp.Or(commit[:min(len(commit), 12)], "unknown")
}
