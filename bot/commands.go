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

	"hookproof/bot/internal/telegram"
)

// A shell is what the program is run from.
type shell struct {
	getenv         func(string) string
	stdout, stderr io.Writer
}

// A command is one thing the program can do. Its run gets an opts whose settings
// are checked, if it needs any.
type command struct {
	name    string // as typed, "" for the bot itself
	about   string
	example string
	plain   bool // needs no settings
	run     func(sh *shell, ctx context.Context, o *opts) error
}

func commands() []command {
	return []command{
		{"", "run the bot, by webhook or polling", "TELEGRAM_BOT_TOKEN=123456:AbC-dEf bot", false, (*shell).runBot},
		{"secret", "make a webhook secret", "WEBHOOK_SECRET_TOKEN=$(bot secret)", true, (*shell).printSecret},
		{"webhook info", "print what Telegram knows of the webhook", "bot webhook info -json", false, (*shell).webhookInfo},
		{"webhook set", "set the webhook as the settings say", "bot webhook set", false, (*shell).webhookSet},
		{"webhook delete", "remove the webhook; updates stay queued", "bot webhook delete", false, (*shell).webhookDelete},
		{"verify", "check the webhook end to end: registered, right, no errors, queue falling, a round trip", "bot verify -timeout 60s", false, (*shell).verify},
		{"migrate webhook", "move to webhook mode, verify, roll back if that fails", "bot migrate webhook -dry-run", false, (*shell).migrateWebhook},
		{"migrate polling", "move back to polling mode, verify, roll back if that fails", "bot migrate polling -dry-run", false, (*shell).migratePolling},
		{"version", "print the version", "bot version -json", true, (*shell).printVersion},
	}
}

// run finds the command that args name and runs it.
func (sh *shell) run(ctx context.Context, args []string) error {
	words := 0
	for words < len(args) && words < 2 && !strings.HasPrefix(args[words], "-") {
		words++
	}
	for n := words; n >= 0; n-- {
		name := strings.Join(args[:n], " ")
		i := slices.IndexFunc(commands(), func(c command) bool { return c.name == name })
		if i < 0 || n == 0 && words > 0 {
			continue
		}
		c := commands()[i]
		o, err := sh.parse(c, args[n:])
		if err != nil {
			return err
		}
		return c.run(sh, ctx, o)
	}
	return usageError{fmt.Errorf("no command %q: bot -h lists them", strings.Join(args[:words], " "))}
}

// opts are a command's options.
type opts struct {
	*settings
	json, dryRun bool
	limits
}

// parse reads flags and settings. Nothing is opened or called before it has
// found no mistake.
func (sh *shell) parse(c command, args []string) (*opts, error) {
	o := &opts{limits: limits{watch: defaultWatch, timeout: defaultTimeout}}
	in := &input{flags: map[string]string{}, getenv: sh.getenv}
	fs := flag.NewFlagSet("bot "+c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	if c.name != "" {
		fs.BoolVar(&o.json, "json", false, "print JSON")
	}
	if strings.HasPrefix(c.name, "migrate") {
		fs.BoolVar(&o.dryRun, "dry-run", false, "print the plan and change nothing")
	}
	if strings.HasPrefix(c.name, "migrate") || c.name == "verify" {
		fs.DurationVar(&o.watch, "watch", defaultWatch, "how long no error may come up")
		fs.DurationVar(&o.timeout, "timeout", defaultTimeout, "how long the queue may take to fall")
	}
	if !c.plain {
		in.define(fs)
	}
	err := fs.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		sh.help(c, fs)
		return nil, err
	}
	if err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q: settings are flags or environment variables", fs.Arg(0))
	}
	in.mistakes = append(in.mistakes, err)
	if c.plain {
		err = errors.Join(in.mistakes...)
	} else {
		o.settings, err = in.parse()
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("settings:\n%w", err)}
	}
	return o, nil
}

// define makes a flag of each variable, under its own name and in the usual
// lower case with dashes.
func (in *input) define(fs *flag.FlagSet) {
	names := fileVariables()
	for i := range names {
		names[i] += "_FILE"
	}
	for _, v := range variables() {
		names = append(names, v.name)
	}
	for _, name := range names {
		set := func(value string) error { in.flags[name] = value; return nil }
		fs.Func(name, "", set)
		fs.Func(flagName(name), "", set)
	}
}

func flagName(variable string) string {
	return strings.ToLower(strings.ReplaceAll(variable, "_", "-"))
}

// help prints no value from the environment: it may be a secret.
func (sh *shell) help(c command, fs *flag.FlagSet) {
	w := sh.stdout
	fmt.Fprintf(w, "%s - %s\n\nExample:\n  %s\n", strings.TrimSpace("bot "+c.name), c.about, c.example)
	if c.name == "" {
		fmt.Fprint(w, "\nCommands (each has -h):\n")
		for _, c := range commands()[1:] {
			fmt.Fprintf(w, "  %-22s %s\n", "bot "+c.name, c.about)
		}
	}
	if c.name != "" {
		fmt.Fprint(w, "\nOptions:\n")
		fs.VisitAll(func(f *flag.Flag) {
			if f.Usage != "" {
				fmt.Fprintf(w, "  -%-21s %s (default %s)\n", f.Name, f.Usage, f.DefValue)
			}
		})
	}
	if c.plain {
		return
	}
	fmt.Fprint(w, "\nSettings, as environment variables or flags; the flag wins. WEBHOOK_PORT is also -webhook-port or -WEBHOOK_PORT:\n")
	for _, v := range variables() {
		def := ""
		if v.fallback != "" {
			def = " (default " + v.fallback + ")"
		}
		fmt.Fprintf(w, "  %-30s %s%s\n", v.name, v.usage, def)
	}
}

// print writes v as JSON if that was asked for, and text else.
func (sh *shell) print(o *opts, v any, text string) error {
	if !o.json {
		_, err := fmt.Fprint(sh.stdout, text)
		return err
	}
	enc := json.NewEncoder(sh.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (sh *shell) runBot(ctx context.Context, o *opts) error {
	return newBot(o.settings, newLog(sh.stderr, o.settings), version(sh.getenv)).run(ctx)
}

func (sh *shell) printSecret(_ context.Context, o *opts) error {
	s := generateSecret()
	return sh.print(o, map[string]string{"secret": s}, s+"\n")
}

func (sh *shell) printVersion(_ context.Context, o *opts) error {
	v := version(sh.getenv)
	return sh.print(o, map[string]string{"version": v}, "bot "+v+"\n")
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

func (o *opts) api() *telegram.Client { return telegram.New(o.apiURL, o.token.reveal(), nil) }

// needsHook refuses a command that has no webhook to work with.
func (o *opts) needsHook() error {
	var errs []error
	if o.hookURL == nil {
		errs = append(errs, errors.New("WEBHOOK_URL is not set, but this command needs it: use one like https://bot.example.com/webhook"))
	}
	if o.secret.empty() {
		errs = append(errs, errors.New("WEBHOOK_SECRET_TOKEN is not set, but this command needs it: use the running bot's"))
	}
	if len(errs) > 0 {
		return usageError{errors.Join(errs...)}
	}
	return nil
}
