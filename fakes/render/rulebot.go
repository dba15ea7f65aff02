package render

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// botRules are about this bot: what it needs to lose nothing on Render. They
// hold for services that have its settings.
func botRules() []rule {
	return []rule{
		{"generated-secret", fromTelegram, false, eachVar(generatedSecret)},
		{"delete-webhook", inferred, false, each(deletesWebhook)},
		{"drain-budget", inferred, false, each(drainBudget)},
		{"webhook-url", fromTelegram, false, each(webhookURL)},
		{"webhook-on-worker", fromDocs, false, each(webhookOnWorker)},
	}
}

// generatedSecret: a generated value is base64 of 256 bits and ends in "=".
func generatedSecret(v placedVar, say saying) {
	if !v.Generate {
		return
	}
	at := v.at.get("generateValue")
	switch v.Key {
	case "WEBHOOK_SECRET_TOKEN", "WEBHOOK_SECRET_TOKEN_PREVIOUS":
		say(at, "Render generates base64 that ends in =, and Telegram takes A-Z a-z 0-9 _ - only: write sync: false, and make one with: bot secret")
	case "TELEGRAM_BOT_TOKEN":
		say(at, "a bot's token is made by @BotFather, not by Render: write sync: false")
	}
}

var unhooks = regexp.MustCompile(`(?i)deleteWebhook|\bwebhook +delete\b`)

// deletesWebhook: whatever a deploy runs, it runs while the webhook of the
// instance that serves is set, and nobody sets it again.
func deletesWebhook(_ *blueprintFile, s placedService, say saying) {
	for _, name := range []string{"preDeployCommand", "initialDeployHook", "buildCommand", "startCommand", "dockerCommand"} {
		if at := s.at.get(name); unhooks.MatchString(at.text()) {
			say(at, "this removes the webhook on every deploy, while an instance lives on it: leave it to the bot")
		}
	}
}

// The bot's own defaults.
const (
	defaultDrain   = 30 * time.Second
	defaultPreStop = 0
)

// drainBudget: what the bot may take to stop must end before SIGKILL.
func drainBudget(f *blueprintFile, s placedService, say saying) {
	if !s.isProcess() || !f.isBot(s) || meantDelay(s) {
		return
	}
	drain, at, ok := duration(f, s, "SHUTDOWN_TIMEOUT", defaultDrain, say)
	preStop, preAt, ok2 := duration(f, s, "PRE_STOP_DELAY", defaultPreStop, say)
	if !ok || !ok2 || drain+preStop < s.ShutdownDelay() {
		return
	}
	for _, other := range []spot{preAt, s.at.get("maxShutdownDelaySeconds"), s.at} {
		if !at.there() {
			at = other
		}
	}
	say(at, "the bot may take %s to stop (SHUTDOWN_TIMEOUT %s + PRE_STOP_DELAY %s) and is killed after %s: %s",
		inSeconds(drain+preStop), inSeconds(drain), inSeconds(preStop), inSeconds(s.ShutdownDelay()), drainCure(s, preStop))
}

// drainCure leaves five seconds for what comes after the drain.
func drainCure(s placedService, preStop time.Duration) string {
	rest := s.ShutdownDelay() - preStop - 5*time.Second
	shorter := "set SHUTDOWN_TIMEOUT to " + inSeconds(rest)
	fixed := s.isFree() || s.Disk
	switch {
	case fixed && rest > 0:
		return shorter + ", for the delay can't be raised"
	case fixed:
		return "shorten both, for the delay can't be raised"
	case rest > 0:
		return "raise maxShutdownDelaySeconds, or " + shorter
	default:
		return "raise maxShutdownDelaySeconds"
	}
}

// inSeconds writes a duration as Render does, without minutes.
func inSeconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
}

// meantDelay reports whether the file sets a delay under a name that does not
// exist: one mistake is enough.
func meantDelay(s placedService) bool {
	for _, e := range entries(s.at.node) {
		if strings.Contains(serviceHints[e.key.Value], "maxShutdownDelaySeconds") {
			return true
		}
	}
	return false
}

// duration is a setting of the bot. A value that is not in the file is taken
// for the default.
func duration(f *blueprintFile, s placedService, key string, usual time.Duration, say saying) (time.Duration, spot, bool) {
	v, has := f.variable(s, key)
	if !has || v.Value == "" {
		return usual, spot{}, true
	}
	d, err := time.ParseDuration(v.Value)
	if err != nil || d < 0 {
		say(v.at.get("value"), "%s is a duration with its unit, such as 25s", key)
		return 0, spot{}, false
	}
	return d, v.at.get("value"), true
}

func webhookURL(f *blueprintFile, s placedService, say saying) {
	v, has := f.variable(s, "WEBHOOK_URL")
	if !has || v.Value == "" {
		return
	}
	at := v.at.get("value")
	link, err := url.Parse(v.Value)
	switch {
	case err != nil || link.Host == "":
		say(at, "WEBHOOK_URL is not a URL: write https://NAME.onrender.com/webhook")
	case link.Scheme != "https":
		say(at, "WEBHOOK_URL must begin with https://: Telegram posts to nothing else, and a redirect is a failure to it")
	}
}

func webhookOnWorker(f *blueprintFile, s placedService, say saying) {
	if on, _ := f.webhookMode(s); !on || s.Type == "web" || !s.isProcess() {
		return
	}
	v, _ := f.variable(s, "WEBHOOK_ENABLED")
	say(v.at.get("value"), "Telegram can't reach a %s: webhook mode needs type: web", s.Type)
}
