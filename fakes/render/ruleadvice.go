package render

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// adviceRules make notes: Render accepts what they find.
func adviceRules() []rule {
	return []rule{
		{"no-plan", fromDocs, true, each(noPlan)},
		{"no-health-check", fromDocs, true, each(noHealthCheck)},
		{"polling-on-free", inferred, true, each(pollingOnFree)},
		{"polling-instances", inferred, true, each(pollingInstances)},
		{"drain-margin", inferred, true, each(drainMargin)},
		{"webhook-host", inferred, true, each(webhookHost)},
		{"preview-bot", inferred, true, each(previewBot)},
		{"preview-branch", fromDocs, true, each(previewBranch)},
		{"free-is-not-private", fromDocs, true, each(freeNotPrivate)},
		{"platform-variable", fromDocs, true, eachVar(platformVariable)},
		{"unused-field", inferred, true, each(unusedField)},
		{"aliases", inferred, true, usesAliases},
	}
}

func noPlan(_ *blueprintFile, s placedService, say saying) {
	if at := s.at.get("plan"); s.isProcess() && !at.there() {
		say(at, "without a plan a new service gets a paid one, starter: say which")
	}
}

func noHealthCheck(_ *blueprintFile, s placedService, say saying) {
	if at := s.at.get("healthCheckPath"); typeOf(s.at) == "web" && !at.there() {
		say(at, "without healthCheckPath an open port counts as healthy, before the service can serve")
	}
}

func polls(f *blueprintFile, s placedService) bool {
	on, known := f.webhookMode(s)
	return known && !on && s.isProcess() && f.isBot(s)
}

func pollingOnFree(f *blueprintFile, s placedService, say saying) {
	if polls(f, s) && s.isFree() {
		say(s.at.get("plan"), "a free service sleeps after 15 minutes without a request, and polling makes none: webhook mode only")
	}
}

func pollingInstances(f *blueprintFile, s placedService, say saying) {
	if !polls(f, s) || s.NumInstances <= 1 && s.maxScaled <= 1 {
		return
	}
	at := s.at.get("numInstances")
	if !at.there() {
		at = s.at.get("scaling")
	}
	say(at, "only one instance can poll: the others get 409 and wait")
}

// drainMargin: five seconds for what comes after the drain.
func drainMargin(f *blueprintFile, s placedService, say saying) {
	if !s.isProcess() || !f.isBot(s) {
		return
	}
	silent := func(spot, string, ...any) {}
	drain, at, ok := duration(f, s, "SHUTDOWN_TIMEOUT", defaultDrain, silent)
	preStop, _, ok2 := duration(f, s, "PRE_STOP_DELAY", defaultPreStop, silent)
	rest := s.ShutdownDelay() - drain - preStop
	if !at.there() {
		at = s.at.get("maxShutdownDelaySeconds")
	}
	if ok && ok2 && rest > 0 && rest < 5*time.Second {
		say(at, "only %s are left between the bot's drain and SIGKILL: leave 5s", inSeconds(rest))
	}
}

func webhookHost(f *blueprintFile, s placedService, say saying) {
	v, has := f.variable(s, "WEBHOOK_URL")
	link, err := url.Parse(v.Value)
	if !has || err != nil || link.Scheme != "https" || !strings.HasSuffix(link.Host, ".onrender.com") {
		return
	}
	if link.Host != s.Name+".onrender.com" {
		say(v.at.get("value"), "the service's own address is https://%s.onrender.com/, unless the name was taken", quote(s.Name))
	}
}

func previewBot(f *blueprintFile, s placedService, say saying) {
	at := s.at.get("previews").get("generation")
	if !at.there() {
		at = f.at.get("previews").get("generation")
	}
	if text := at.text(); f.isBot(s) && (text == "automatic" || text == "manual") {
		say(at, "a preview has no sync: false values, and must not take the webhook of %s", quote(s.Name))
	}
}

func previewBranch(f *blueprintFile, s placedService, say saying) {
	on := func(p Previews) bool { return p.Generation == "automatic" || p.Generation == "manual" }
	if at := s.at.get("branch"); at.there() && (on(f.previews) || on(s.Previews)) {
		say(at, "with a branch every preview deploys that branch: leave it out")
	}
}

func freeNotPrivate(f *blueprintFile, s placedService, say saying) {
	for _, v := range s.env {
		if v.FromService == nil || v.FromService.EnvVarKey != "" {
			continue
		}
		if other, known := f.service(v.FromService.Name); known && other.isFree() && other.Type == "web" {
			say(v.at.get("fromService"), "%s is free, and takes no requests over the private network", quote(other.Name))
		}
	}
}

// own are the variables that Render sets itself.
var own = []string{"RENDER", "IS_PULL_REQUEST", "RENDER_EXTERNAL_URL", "RENDER_EXTERNAL_HOSTNAME", "RENDER_INSTANCE_ID",
	"RENDER_SERVICE_ID", "RENDER_SERVICE_NAME", "RENDER_SERVICE_TYPE", "RENDER_DISCOVERY_SERVICE", "RENDER_GIT_COMMIT",
	"RENDER_GIT_BRANCH", "RENDER_GIT_REPO_SLUG", "RENDER_CPU_COUNT"}

func platformVariable(v placedVar, say saying) {
	if slices.Contains(own, v.Key) {
		say(v.at.get("key"), "Render sets %s itself", quote(v.Key))
	}
}

// unusedField: fields of another runtime.
func unusedField(_ *blueprintFile, s placedService, say saying) {
	names := []string{"dockerCommand", "dockerContext", "dockerfilePath"}
	switch {
	case s.Runtime == "docker":
		names = []string{"buildCommand", "startCommand"}
	case s.Runtime == "image":
		names = []string{"buildCommand", "startCommand", "dockerContext", "dockerfilePath"}
	case !s.isNative():
		return
	}
	for _, name := range names {
		if at := s.at.get(name); at.there() {
			say(at, "%s means nothing with runtime %s", name, quote(s.Runtime))
		}
	}
}

// usesAliases: the words of Render's server are those of a Go library that
// follows aliases and merges, but nothing says that it may be relied on.
func usesAliases(f *blueprintFile, say saying) {
	if f.aliases {
		say(f.at, "the file uses YAML aliases (*name): they are followed here, and Render's documentation does not mention them")
	}
}
