// Package proof is the catalogue: what a bot must survive before it may be
// trusted with webhooks, as checks that anybody's bot can be put through.
//
// A [Check] is a function that gets an [Env] of its own, starts the bot in it
// and returns nil, or an error that names the broken rule, what was sent and
// what came back. It knows the bot only from outside: a process, its HTTP port,
// and the Bot API calls it makes.
//
//	runner := proof.Runner{Spec: spec, Ports: target.NewPorts(os.Getpid()), Seed: 1}
//	for _, check := range proof.Catalogue() {
//		for _, mode := range check.Modes {
//			err := runner.Run(ctx, check, mode)
//			...
//		}
//	}
//
// What stands around the bot:
//
//	user -> fake Telegram -- https --> Edge --http--> bot       webhook mode
//	                      <-- https -- Trap <-- https -- bot    its own public URL
//	        fake Telegram <------- API <--------- bot           calls, polling
//	                      raw sockets ----------> bot           hostile clients
//
// [API] and [Edge] record what passes, and can fail, stall or change it. After
// every check the runner looks at things no bot may ever do: print its token or
// secret, send anything elsewhere, or leave a process behind.
//
// A bot that lacks something (a mode, a setting, a text that makes it sleep)
// is not judged by the checks that need it: they return [NotApplicable].
//
// Checks run side by side; each has its own server, ports and processes. Random
// parts come from the runner's seed.
package proof
