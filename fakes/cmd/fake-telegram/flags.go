package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"hookproof/fakes/telegram"
)

// A usageError is a mistake in the flags.
type usageError struct{ error }

type flags struct {
	listen, console, cert, key, ca, profile, token, username, bot string
	seed                                                          uint64
	strict, limits, events                                        bool
	hosts                                                         map[string]string
}

func (f *flags) set(stderr io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("fake-telegram", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&f.listen, "listen", "127.0.0.1:8081", "`address` of the Bot API; port 0 takes a free one")
	fs.StringVar(&f.console, "console", "127.0.0.1:8082", "`address` of the console, which anybody who reaches it may use; empty: none")
	fs.StringVar(&f.cert, "tls-cert", "", "PEM `file`: serve https")
	fs.StringVar(&f.key, "tls-key", "", "PEM `file` with its key")
	fs.StringVar(&f.profile, "profile", "", "cloud: as api.telegram.org; local: as a server of one's own; default: the cloud's texts, but any webhook address")
	fs.Func("host", "`name=address`: deliver webhooks at this host name to that address, without DNS; http://address speaks plain HTTP to it. Repeat it for more", f.host)
	fs.StringVar(&f.ca, "ca", "", "PEM `file`: trust these certificates of https webhooks, and no others")
	fs.Uint64Var(&f.seed, "seed", 0, "`number` that decides everything random, the token too; 0: from the time")
	fs.StringVar(&f.token, "token", "", "register a bot under this `token`; default: one is made and printed")
	fs.StringVar(&f.username, "username", "my_bot", "`name` of that bot")
	fs.BoolVar(&f.strict, "strict", false, "refuse methods that are typed only (docs/fidelity.md)")
	fs.BoolVar(&f.limits, "limits", false, "apply Telegram's public limits on sending")
	fs.BoolVar(&f.events, "events", false, "print every call, act, update and delivery, a line each")
	fs.StringVar(&f.bot, "bot", "", "also run this `program` as the bot, polling, with its address and token in the environment")
	return fs
}

func (f *flags) host(s string) error {
	name, addr, ok := strings.Cut(s, "=")
	if !ok || name == "" || addr == "" {
		return errors.New("give name=address, such as bot.example.com=127.0.0.1:8443")
	}
	f.hosts[name] = addr
	return nil
}

func parse(args []string, stderr io.Writer) (*flags, error) {
	f := &flags{hosts: map[string]string{}}
	fs := f.set(stderr)
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, err
		}
		return nil, &usageError{err}
	}
	if fs.NArg() > 0 {
		return nil, &usageError{fmt.Errorf("unexpected argument %q: all settings are flags", fs.Arg(0))}
	}
	return f, nil
}

// options turns the flags into a server's.
func (f *flags) options() (telegram.Options, error) {
	o := telegram.Options{Addr: f.listen, Seed: f.seed, Strict: f.strict, Hosts: f.hosts}
	if o.Seed == 0 {
		o.Seed = uint64(time.Now().UnixNano())
	}
	switch f.profile {
	case "":
	case "cloud":
		o.Texts, o.Rules = telegram.Cloud, telegram.Cloud
	case "local":
		o.Texts, o.Rules = telegram.Local, telegram.Local
	default:
		return o, &usageError{fmt.Errorf("-profile %q: it is cloud or local", f.profile)}
	}
	if f.limits {
		o.Flood = telegram.PublicLimits
	}
	var err error
	if o.TLS, err = f.tls(); err != nil {
		return o, &usageError{err}
	}
	if o.RootCAs, err = f.roots(); err != nil {
		return o, &usageError{err}
	}
	return o, nil
}

func (f *flags) tls() (*tls.Config, error) {
	if (f.cert == "") != (f.key == "") {
		return nil, errors.New("-tls-cert and -tls-key go together")
	}
	if f.cert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

func (f *flags) roots() (*x509.CertPool, error) {
	if f.ca == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(f.ca) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("-ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(raw) {
		return nil, fmt.Errorf("-ca %s: there is no PEM certificate in it", f.ca)
	}
	return pool, nil
}
