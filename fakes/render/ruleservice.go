package render

import (
	"strconv"
	"strings"
)

// serviceRules are about a service and its neighbours.
func serviceRules() []rule {
	return []rule{
		{"nothing-to-deploy", inferred, false, nothingToDeploy},
		{"unique-names", fromDocs, false, uniqueNames},
		{"health-check-path", fromDocs, false, each(healthCheckPath)},
		{"commands", fromDocs, false, each(commands)},
		{"image", inferred, false, each(image)},
		{"scaling", fromDocs, false, each(scaling)},
		{"disk-path", fromDocs, false, each(diskPath)},
		{"allow-list", fromSchema, false, each(allowList)},
		{"subdomain", fromDocs, false, each(subdomain)},
		{"schedule", fromDocs, false, each(schedule)},
	}
}

func nothingToDeploy(f *blueprintFile, say saying) {
	if len(f.services)+len(f.databases)+len(f.groups) == 0 {
		say(f.at, "there is nothing to deploy: the file needs a list of services")
	}
}

func uniqueNames(f *blueprintFile, say saying) {
	first := map[string]spot{}
	once := func(what, name string, at spot) {
		if name == "" {
			return
		}
		if other, twice := first[what+name]; twice {
			say(at.get("name"), "another %s is named %s (line %d): names are unique", what, quote(name), other.line())
			return
		}
		first[what+name] = at
	}
	for _, s := range f.services {
		once("service", s.Name, s.at)
	}
	for _, d := range f.databases {
		once("database", d.name, d.at)
	}
	for _, g := range f.groups {
		once("group", g.name, g.at)
	}
}

func healthCheckPath(_ *blueprintFile, s placedService, say saying) {
	at := s.at.get("healthCheckPath")
	switch {
	case !at.there():
	case typeOf(s.at) != "web" && typeOf(s.at) != "":
		say(at, "only web services are probed, and this is of type %s: remove it", typeOf(s.at))
	case kindOf(at.node) == isText && !strings.HasPrefix(s.HealthCheckPath, "/"):
		say(at, "a path begins with /: write /%s", quote(s.HealthCheckPath))
	case strings.ContainsAny(s.HealthCheckPath, " \t\n#"):
		say(at, "this is not a path that can be asked for: it has a space or a #")
	}
}

func commands(_ *blueprintFile, s placedService, say saying) {
	if !s.isNative() || !s.isProcess() && s.Type != "cron" {
		return
	}
	for _, name := range []string{"buildCommand", "startCommand"} {
		if at := s.at.get(name); !at.there() {
			say(at, "%s is required with runtime %s", name, quote(s.Runtime))
		}
	}
}

func image(_ *blueprintFile, s placedService, say saying) {
	at := s.at.get("image")
	if s.Runtime == "image" && !at.there() {
		say(at, "runtime image needs an image with a url")
	}
	if s.Runtime != "image" && s.Runtime != "" && at.there() {
		say(at, "an image needs runtime image, and this is runtime %s", quote(s.Runtime))
	}
}

func scaling(_ *blueprintFile, s placedService, say saying) {
	at := s.at.get("scaling")
	if !at.there() {
		return
	}
	low, high := at.get("minInstances").number(), at.get("maxInstances").number()
	if high > 0 && low > high {
		say(at.get("minInstances"), "minInstances %d is more than maxInstances %d", low, high)
	}
	if !at.get("targetCPUPercent").there() && !at.get("targetMemoryPercent").there() {
		say(at, "scaling needs targetCPUPercent, targetMemoryPercent or both")
	}
}

func diskPath(_ *blueprintFile, s placedService, say saying) {
	at := s.at.get("disk").get("mountPath")
	if path := at.text(); path != "" && (!strings.HasPrefix(path, "/") || path == "/") {
		say(at, "a disk is mounted at an absolute path below /, such as /var/data")
	}
}

func allowList(_ *blueprintFile, s placedService, say saying) {
	if at := s.at.get("ipAllowList"); typeOf(s.at) == "keyvalue" && !at.there() {
		say(at, "ipAllowList is required for a key value: [] lets nobody in from outside")
	}
}

func subdomain(f *blueprintFile, s placedService, say saying) {
	at := s.at.get("renderSubdomainPolicy")
	if at.text() != "disabled" {
		return
	}
	if !s.at.get("domain").there() && !s.at.get("domains").there() {
		say(at, "without its onrender.com name the service needs a domain of its own: add domains")
	}
	if v, has := f.variable(s, "WEBHOOK_URL"); has && strings.Contains(v.Value, ".onrender.com") {
		say(at, "WEBHOOK_URL is below onrender.com, which then answers 404: use the service's own domain")
	}
}

// schedule takes five fields; what is in them is Render's to judge.
func schedule(_ *blueprintFile, s placedService, say saying) {
	at := s.at.get("schedule")
	if text := at.text(); text != "" && len(strings.Fields(text)) != 5 {
		say(at, "a schedule has 5 fields (minute, hour, day, month, weekday), and this has %s", strconv.Itoa(len(strings.Fields(text))))
	}
}
