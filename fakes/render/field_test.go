package render_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

// worker is a valid Blueprint of one service, with lines added to it. The
// first of them is line 6.
func worker(lines string) string {
	text := "services:\n  - type: worker\n    name: one\n    runtime: docker\n    plan: starter\n"
	for line := range strings.Lines(strings.TrimSpace(lines) + "\n") {
		text += "    " + line
	}
	return text
}

// Verdicts that were obtained by holding files against Render's schema.
func TestVerdictsOfTheSchema(t *testing.T) {
	t.Parallel()
	const valid = `services:
  - type: web
    name: one
    runtime: go
    plan: starter
    buildCommand: go build -o bin/one
    startCommand: ./bin/one
    healthCheckPath: /health
    maxShutdownDelaySeconds: 45
    envVars:
      - key: WEBHOOK_PORT
        value: 8080
      - key: LEVEL
        value: "true"
previews:
  generation: "off"
`
	for _, tt := range []struct{ name, from, to, want string }{
		{"number as a value", "", "", ""},
		{"boolean as a value", `"true"`, "true", "14: services[0].envVars[1].value: a value is text or a number, and true is true or false: quote it"},
		{"env instead of runtime", "runtime: go", "env: go", "2: services[0].runtime: runtime is required\n" +
			"4: services[0].env: env is the old name of runtime, and the schema refuses it: rename it"},
		{"delay of 0", "Seconds: 45", "Seconds: 0", "9: services[0].maxShutdownDelaySeconds: 0 is not from 1 to 300"},
		{"delay of 301", "Seconds: 45", "Seconds: 301", "9: services[0].maxShutdownDelaySeconds: 301 is not from 1 to 300"},
		{"delay of 300", "Seconds: 45", "Seconds: 300", ""},
		{"delay of 1", "Seconds: 45", "Seconds: 1", ""},
		{"delay as text", "Seconds: 45", "Seconds: '45'", "9: services[0].maxShutdownDelaySeconds: this must be a number, and is text"},
		{"delay of half a second", "Seconds: 45", "Seconds: 0.5", "9: services[0].maxShutdownDelaySeconds: this must be a number, and is a fraction"},
		{"generation unquoted", `"off"`, "off", "16: previews.generation: this must be text, and off is true or false to a YAML 1.1 reader: quote it"},
		{"new plan id", "plan: starter", "plan: 0.5c-512mb", ""},
		{"interval", "maxShutdownDelaySeconds: 45", "healthCheckInterval: 30",
			"9: services[0].healthCheckInterval: field healthCheckInterval not found in type file.Service: Render probes every 5 seconds by itself: remove it"},
		{"no type", "type: web\n    name", "name", "2: services[0].type: type is required"},
		{"no name", "    name: one\n", "", "2: services[0].name: name is required"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, valid, tt.from)
			_, err := render.Parse("f", []byte(strings.Replace(valid, tt.from, tt.to, 1)))
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			assert.EqualError(t, err, "f:"+strings.ReplaceAll(tt.want, "\n", "\nf:"))
		})
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		// words
		{"region", worker("region: paris"), "6: services[0].region: paris is none of oregon, ohio, virginia, frankfurt, singapore"},
		{"trigger", worker("autoDeployTrigger: off"), "this must be text, and off is true or false to a YAML 1.1 reader: quote it"},
		{"trigger, quoted", worker(`autoDeployTrigger: "off"`), ""},
		{"another trigger", worker("autoDeployTrigger: onCommit"), "onCommit is none of off, commit, checksPass"},
		{"generation", worker("previews: {generation: always}"), "always is none of off, manual, automatic"},
		{"runtime", strings.Replace(worker(""), "docker", "golang", 1), "golang is none of go, docker, image, node, python, ruby, rust, elixir, static"},
		{"type", strings.Replace(worker(""), "worker", "job", 1), "unknown type job: it is web, worker, pserv, cron, keyvalue or workflow"},
		{"static", strings.Replace(worker(""), "worker", "static", 1), `unknown type "static": write type: web with runtime: static`},
		{"version", "version: 2\n" + worker(""), "this must be text, and 2 is a number: quote it"},
		{"another version", "version: \"2\"\n" + worker(""), "2 is none of 1"},
		{"major version", worker("") + "databases:\n  - {name: d, postgresMajorVersion: 17}", "this must be text, and 17 is a number: quote it"},
		// ranges
		{"instances", worker("numInstances: 0"), "0 is not from 1 to 100"},
		{"huge number", worker("numInstances: 99999999999999999999"), "is not from 1 to 100"},
		{"target", worker("scaling: {minInstances: 1, maxInstances: 2, targetCPUPercent: 91}"), "91 is not from 1 to 90"},
		{"target, highest", worker("scaling: {minInstances: 1, maxInstances: 2, targetCPUPercent: 90, targetMemoryPercent: 1}"), ""},
		// kinds
		{"empty", worker("rootDir:"), "6: services[0].rootDir: this must be text, and is empty"},
		{"blank", worker(`rootDir: " "`), "this is empty"},
		{"name is a number", strings.Replace(worker(""), "one", "123", 1), "this must be text, and 123 is a number: quote it"},
		{"name is yes", strings.Replace(worker(""), "one", "yes", 1), "this must be text, and yes is true or false to a YAML 1.1 reader: quote it"},
		{"services is a mapping", "services: {type: web}", "1: services: this must be a list, and is a mapping"},
		{"a service is text", "services: [web]", "1: services[0]: this must be a mapping, and is text"},
		{"the file is a list", "- services", "this must be a mapping, and is a list"},
		{"the file is text", "services", "this must be a mapping, and is text"},
		{"a type of its own", worker("rootDir: !Ref x"), "this must be text, and is a value of its own type"},
		{"null value", worker("envVars: [{key: A, value: }]"), "a value is text or a number, and this is empty"},
		{"list value", worker("envVars: [{key: A, value: [1]}]"), "a value is text or a number, and this is a list"},
		{"yes as a value", worker("envVars: [{key: A, value: yes}]"), "a value is text or a number, and yes is true or false to a YAML 1.1 reader: quote it"},
		{"a tag says that it is text", worker("envVars: [{key: A, value: !!str yes}]"), ""},
		{"open objects", worker("buildFilter: {paths: [a], later: 1}"), ""},
		// which type has which field
		{"schedule of a worker", worker("schedule: 0 3 * * *"), "6: services[0].schedule: schedule is a field of cron, not of worker"},
		{"domain of a worker", worker("domain: example.com"), "domain is a field of web, static, not of worker"},
		{"no schedule", "services:\n  - {type: cron, name: c, runtime: docker}", "schedule is required"},
		{"no publish path", "services:\n  - {type: web, name: s, runtime: static}", "staticPublishPath is required"},
		{"static by its old name", "services:\n  - {type: web, name: s, env: static, staticPublishPath: x}", "f:2: services[0].env: env is the old name of runtime, and the schema refuses it: rename it\nf:2: services[0].runtime: runtime is required"},
		{"redis is a key value", "services:\n  - {type: redis, name: c, ipAllowList: [], envVars: []}", "envVars is a field of web, worker, pserv, cron, static, workflow, not of keyvalue"},
		// unknown keys, and what they are taken for
		{"timeout", worker("healthCheckTimeout: 5"), "field healthCheckTimeout not found in type file.Service: a probe has 5 seconds"},
		{"grace", worker("gracePeriod: 5"), "field gracePeriod not found in type file.Service: write maxShutdownDelaySeconds, 1 to 300"},
		{"case", worker("healthcheckpath: /"), "field healthcheckpath not found in type file.Service: did you mean healthCheckPath?"},
		{"snake case", worker("start_command: x"), "did you mean startCommand?"},
		{"letters swapped", worker("envVasr: []"), "field envVasr not found in type file.Service: did you mean envVars?"},
		{"nothing like it", worker("whatever: 1"), "field whatever not found in type file.Service"},
		{"odd key", worker(`"a b\tc": 1`), `field "a b\tc" not found in type file.Service`},
		{"root", worker("") + "crons: []", "the file has no field crons: a cron job is a service of type cron"},
		{"variable", worker("envVars: [{key: A, value: x, scope: build}]"), "a variable has no field scope: a variable is there while building"},
		{"group", worker("") + "envVarGroups: [{name: g, envVars: [{key: A, sync: false}]}]", "a group's variable has no field sync: a group has only value and generateValue: put sync: false on the services"},
		{"disk", worker("disk: {name: d, mountPath: /d, size: 1}"), "a disk has no field size"},
		{"previews", worker("previews: {expireAfterDays: 3}"), "a service's previews has no field expireAfterDays"},
		{"database", worker("") + "databases: [{name: d, sizeGB: 1}]", "a database has no field sizeGB"},
		{"image", worker("image: {url: x, tag: y}"), "an image has no field tag"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := render.Parse("f", []byte(tt.text))
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, tt.want)
		})
	}
}

// Old forms, and values that readers of YAML take differently, are accepted.
func TestNotesOfFields(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"autoDeploy", worker("autoDeploy: false"), "6: services[0].autoDeploy: autoDeploy is the old form: write autoDeployTrigger"},
		{"boolean of YAML 1.1", worker("autoDeploy: no"), "no is text to YAML 1.2, and a boolean to YAML 1.1: write true or false"},
		{"previewPlan", worker("previewPlan: free-not"), ""},
		{"pull requests", worker("pullRequestPreviewsEnabled: true"), "pullRequestPreviewsEnabled is the old form"},
		{"root previews", "previewsEnabled: true\n" + worker(""), "1: previewsEnabled: previewsEnabled is the old form"},
		{"expiry", "previewsExpireAfterDays: 3\n" + worker(""), "previewsExpireAfterDays is the old form"},
		{"redis", "services:\n  - {type: redis, name: c, ipAllowList: []}", "redis is the old form: write keyvalue"},
		{"trailing zero", worker("envVars: [{key: GO, value: 1.20}]"), "this is a number, and may arrive written differently"},
		{"octal", worker("envVars: [{key: MODE, value: 0755}]"), "this is a number, and may arrive written differently"},
		{"hexadecimal", worker("envVars: [{key: MASK, value: 0x1F}]"), "this is a number, and may arrive written differently"},
		{"exponent", worker("envVars: [{key: MOST, value: 1e3}]"), "this is a number, and may arrive written differently"},
		{"underscore", worker("envVars: [{key: MOST, value: 1_000}]"), "this is a number, and may arrive written differently"},
		{"long", worker("envVars: [{key: CHAT, value: -1001234567890123}]"), "this is a number, and may arrive written differently"},
		{"base 60", worker("envVars: [{key: AT, value: 12:30}]"), "some YAML readers take this for a number or a date: quote it"},
		{"date", worker("envVars: [{key: DAY, value: 2026-11-25}]"), "some YAML readers take this for a number or a date: quote it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, err := render.Parse("f", []byte(tt.text))
			if tt.want == "" {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			assert.Contains(t, b.Notes.Error(), tt.want)
		})
	}
	for _, quiet := range []string{"8080", "-5", "1.5", `"1.20"`, "text", "10.0.0.1", "a:b", `"12:30"`, "/webhook"} {
		b, err := render.Parse("f", []byte(worker("envVars: [{key: A, value: "+quiet+"}]")))
		require.NoError(t, err, quiet)
		assert.Empty(t, b.Notes, quiet)
	}
}

func TestValuesKeepTheirSpelling(t *testing.T) {
	t.Parallel()
	b, err := render.Parse("f", []byte(worker("envVars: [{key: A, value: 1.20}, {key: B, value: 0755}]")))
	require.NoError(t, err)
	assert.Equal(t, "1.20", b.Services[0].Env[0].Value)
	assert.Equal(t, "0755", b.Services[0].Env[1].Value)
}
