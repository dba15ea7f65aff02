package render

import (
	"slices"
	"strings"
)

// A blueprintFile is a Blueprint as it was read, whether or not it is valid,
// with the place of each part: what the rules judge.
type blueprintFile struct {
	text      []byte
	at        spot
	services  []placedService
	databases []placed
	groups    []placedGroup
	previews  Previews
	aliases   bool // somewhere an alias stands for something else
}

// A placed thing has a name.
type placed struct {
	name, plan string
	at         spot
}

type placedService struct {
	Service
	at        spot
	env       []placedVar
	maxScaled int // the most instances that scaling allows; 0 without it
}

type placedGroup struct {
	name string
	at   spot
	env  []placedVar
}

type placedVar struct {
	EnvVar
	at spot
}

// readFile takes what it can from the document. What is of the wrong kind is
// left out: the walk has said so.
func readFile(at spot) *blueprintFile {
	f := &blueprintFile{at: at, previews: readPreviews(at.get("previews"))}
	f.readResources(at)
	f.readResources(at.get("ungrouped"))
	for _, project := range at.get("projects").items() {
		for _, environment := range project.get("environments").items() {
			f.readResources(environment)
		}
	}
	return f
}

func (f *blueprintFile) readResources(at spot) {
	for _, s := range at.get("services").items() {
		f.services = append(f.services, readService(s))
	}
	for _, d := range at.get("databases").items() {
		f.databases = append(f.databases, placed{d.get("name").text(), d.get("plan").text(), d})
	}
	for _, g := range at.get("envVarGroups").items() {
		f.groups = append(f.groups, placedGroup{g.get("name").text(), g, readEnv(g.get("envVars"))})
	}
}

func readService(at spot) placedService {
	s := placedService{at: at, Service: Service{
		Type:             at.get("type").text(),
		Name:             at.get("name").text(),
		Runtime:          at.get("runtime").text(),
		Plan:             at.get("plan").text(),
		Region:           at.get("region").text(),
		BuildCommand:     at.get("buildCommand").text(),
		StartCommand:     at.get("startCommand").text(),
		PreDeployCommand: at.get("preDeployCommand").text(),
		DockerCommand:    at.get("dockerCommand").text(),
		DockerfilePath:   at.get("dockerfilePath").text(),
		RootDir:          at.get("rootDir").text(),
		HealthCheckPath:  at.get("healthCheckPath").text(),

		NumInstances:            at.get("numInstances").number(),
		MaxShutdownDelaySeconds: at.get("maxShutdownDelaySeconds").number(),

		Disk:     at.get("disk").there(),
		Previews: readPreviews(at.get("previews")),
		Line:     at.line(),
	}}
	if serviceObject.fields["envVars"].fits(typeOf(at)) { // or the walk did not bound it
		s.env = readEnv(at.get("envVars"))
	}
	s.maxScaled = at.get("scaling").get("maxInstances").number()
	if s.NumInstances == 0 || s.maxScaled > 0 {
		s.NumInstances = max(1, at.get("scaling").get("minInstances").number())
	}
	for _, v := range s.env {
		s.Env = append(s.Env, v.EnvVar)
	}
	return s
}

func readEnv(at spot) (all []placedVar) {
	for _, v := range at.items() {
		all = append(all, placedVar{readVar(v), v})
	}
	return all
}

func readVar(at spot) EnvVar {
	v := EnvVar{
		Key:      at.get("key").text(),
		Value:    at.get("value").text(),
		Secret:   at.get("sync").is(false),
		Generate: at.get("generateValue").is(true),
		Group:    at.get("fromGroup").text(),
		Line:     at.line(),
	}
	if from := at.get("fromService"); from.there() {
		v.FromService = &ServiceRef{
			Type: from.get("type").text(), Name: from.get("name").text(),
			Property: from.get("property").text(), EnvVarKey: from.get("envVarKey").text(),
		}
	}
	if from := at.get("fromDatabase"); from.there() {
		v.FromDatabase = &DatabaseRef{Name: from.get("name").text(), Property: from.get("property").text()}
	}
	if preview := at.get("previewValue"); preview.there() {
		value := preview.text()
		v.PreviewValue = &value
	}
	return v
}

func readPreviews(at spot) Previews {
	return Previews{
		Generation:      at.get("generation").text(),
		ExpireAfterDays: at.get("expireAfterDays").number(),
		Plan:            at.get("plan").text(),
		NumInstances:    at.get("numInstances").number(),
	}
}

// blueprint is the file without the places.
func (f *blueprintFile) blueprint() *Blueprint {
	b := &Blueprint{Previews: f.previews}
	for _, s := range f.services {
		b.Services = append(b.Services, s.Service)
	}
	for _, d := range f.databases {
		b.Databases = append(b.Databases, Database{Name: d.name, Plan: d.plan, Line: d.at.line()})
	}
	for _, g := range f.groups {
		group := EnvVarGroup{Name: g.name, Line: g.at.line()}
		for _, v := range g.env {
			group.Env = append(group.Env, v.EnvVar)
		}
		b.EnvVarGroups = append(b.EnvVarGroups, group)
	}
	return b
}

func (f *blueprintFile) service(name string) (placedService, bool) {
	for _, s := range f.services {
		if s.Name == name {
			return s, true
		}
	}
	return placedService{}, false
}

func (f *blueprintFile) group(name string) (placedGroup, bool) {
	for _, g := range f.groups {
		if g.name == name {
			return g, true
		}
	}
	return placedGroup{}, false
}

// variable is what a service finds in its environment: its own variable, or
// that of a group.
func (f *blueprintFile) variable(s placedService, key string) (placedVar, bool) {
	for _, v := range s.env {
		if v.Key == key {
			return v, true
		}
	}
	for _, v := range s.env {
		if v.Group == "" {
			continue
		}
		group, _ := f.group(v.Group)
		for _, shared := range group.env {
			if shared.Key == key {
				return shared, true
			}
		}
	}
	return placedVar{}, false
}

// isBot reports whether the service runs this bot, or one with its settings.
func (f *blueprintFile) isBot(s placedService) bool {
	for _, key := range []string{"TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN_FILE", "WEBHOOK_SECRET_TOKEN", "WEBHOOK_ENABLED"} {
		if _, has := f.variable(s, key); has {
			return true
		}
	}
	return false
}

// isProcess reports whether the service is instances that run until they are
// stopped.
func (s placedService) isProcess() bool {
	return s.Runtime != "static" && (s.Type == "web" || s.Type == "worker" || s.Type == "pserv")
}

// isNative reports whether Render builds the service itself.
func (s placedService) isNative() bool {
	return slices.Contains([]string{"go", "node", "python", "ruby", "rust", "elixir"}, s.Runtime)
}

func (s placedService) isFree() bool { return s.Plan == "free" }

// webhookMode reports whether the bot is told to take webhooks; known is false
// when the value is not in the file.
func (f *blueprintFile) webhookMode(s placedService) (on, known bool) {
	v, has := f.variable(s, "WEBHOOK_ENABLED")
	if !has {
		return false, true // the bot's default
	}
	switch strings.ToLower(v.Value) {
	case "1", "t", "true":
		return true, true
	case "0", "f", "false":
		return false, true
	}
	return false, false
}
