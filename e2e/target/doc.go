// Package target runs a Telegram bot, anybody's, as a process under test.
//
// A [Spec] says how: the command line, how the settings this project knows
// (TELEGRAM_BOT_TOKEN, WEBHOOK_URL and so on) reach that bot, and which texts
// make it answer, sleep or fail. Specs are YAML files, one a bot:
//
//	spec, err := target.Load("targets/hookproof.yaml")
//	p, err := spec.Start(target.Launch{Settings: map[string]string{
//		"TELEGRAM_BOT_TOKEN": token,
//		"TELEGRAM_API_URL":   server.URL(),
//	}})
//	defer p.Close()
//
// A [Process] is watched from outside only: signals, exit, output, processor
// time and memory. It runs in a process group of its own, which Close ends, and
// the kernel ends it when the parent dies. A [Trap] is the proxy that its
// environment names: what the bot sends anywhere else than to the fake, through
// the proxy settings that every well-behaved client obeys, is recorded there and
// goes nowhere.
//
// All methods may be called from several goroutines. Linux only.
package target
