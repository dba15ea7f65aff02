// Package render is a fake Render: it reads a render.yaml, says what is wrong
// with it, and runs the service that it describes.
//
//	b, err := render.Load("render.yaml")
//	p, err := render.New(render.Options{
//		Blueprint: b,
//		Command:   []string{"bin/bot"}, // or Source, to build as the file says
//		Secrets:   map[string]string{"TELEGRAM_BOT_TOKEN": token},
//		Scale:     15, // a minute takes four seconds
//	})
//	defer p.Close()
//	err = p.Deploy(ctx, render.Change{})
//	// https://NAME.onrender.com is at p.Addr(), trusted with p.RootCAs()
//	err = p.Deploy(ctx, render.Change{Set: map[string]string{"WEBHOOK_ENABLED": "true"}})
//	e, err := p.WaitKind(ctx, 0, render.Exited) // the old instance
//
// A [Platform] is one service with its public side: an edge that ends TLS and
// adds the headers that were seen on Render, in front of instances, which are
// processes of this machine. It probes their health, replaces them without
// downtime, stops them with SIGTERM and SIGKILL, scales them, and puts those on
// the free plan to sleep. All that is in a log of events, which tests wait on.
//
// Everything is as Render documents it or as it was measured there; each
// constant says which. What is not known is a setting, see [Unknowns]. Durations
// are Render's own divided by one factor, see [Timing].
//
// Clients and instances are on one machine. A client says by the connection,
// not by a header, which address it stands for: see [Platform.DialFrom]. No
// instance reaches anything but loopback addresses and names that the platform
// was told of: see [Platform.Caught].
//
// It holds instances to the memory and CPU of their plan where that is asked for
// and can be had: see [Options].
//
// It is not: cron jobs, static sites, databases, custom domains, logs and
// metrics.
//
// All methods may be called from several goroutines. Linux only.
package render
