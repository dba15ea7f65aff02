package render

import (
	"slices"
	"strings"
)

// serviceHints are keys that people give services and that do not exist. Those
// of which a refusal by Render's server is on record are marked.
var serviceHints = map[string]string{
	"healthCheckInterval":    "Render probes every 5 seconds by itself: remove it", // on record
	"healthCheckTimeout":     "a probe has 5 seconds, always: remove it",
	"healthCheckGracePeriod": "a new instance has 15 minutes to become healthy, always: remove it",
	"shutdownSeconds":        "write maxShutdownDelaySeconds, 1 to 300",
	"shutdownDelaySeconds":   "write maxShutdownDelaySeconds, 1 to 300",
	"gracePeriod":            "write maxShutdownDelaySeconds, 1 to 300",
	"gracePeriodSeconds":     "write maxShutdownDelaySeconds, 1 to 300",
	"stopTimeout":            "write maxShutdownDelaySeconds, 1 to 300",
	"nodeVersion":            "set the environment variable NODE_VERSION",   // on record
	"pythonVersion":          "set the environment variable PYTHON_VERSION", // on record
	"goVersion":              "Render builds with the latest stable Go: pin it with a Dockerfile",
	"root":                   "write rootDir",                                            // on record
	"command":                "write startCommand, or dockerCommand for Docker",          // on record
	"filter":                 "write buildFilter",                                        // on record
	"dockerArgs":             "environment variables are build arguments: write envVars", // on record
	"disks":                  "a service has one: write disk",                            // on record
	"databases":              "they belong to the root of the file",                      // on record
	"envVarGroups":           "groups belong to the root; a service takes one with fromGroup in envVars",
	"environment":            "write envVars",
	"environmentVariables":   "write envVars",
	"port":                   "set the environment variable PORT",
	"ports":                  "a service has one public port: set the environment variable PORT",
	"instances":              "write numInstances",
	"replicas":               "write numInstances",
	"instanceType":           "write plan",
	"redirects":              "write routes", // on record
	"crons":                  "a cron job is a service of type cron",
	"publishPath":            "write staticPublishPath",
	"url":                    "Render makes it of the name: RENDER_EXTERNAL_URL tells the service",
}

var rootHints = map[string]string{
	"crons":        "a cron job is a service of type cron",
	"cron":         "a cron job is a service of type cron",
	"service":      "write services, a list",
	"web":          "write services, a list of which each has a type",
	"envVars":      "variables belong to a service, or to envVarGroups",
	"environments": "they belong to projects",
}

var groupVarHints = map[string]string{
	"sync":         "a group has only value and generateValue: put sync: false on the services",
	"fromService":  "a group has only value and generateValue: put it on the services",
	"fromDatabase": "a group has only value and generateValue: put it on the services",
	"fromGroup":    "a group has only value and generateValue: name both groups in the service",
	"previewValue": "a group has only value and generateValue: put it on the services",
}

var envVarHints = map[string]string{
	"scope": "a variable is there while building and while running: remove it", // on record
	"name":  "write key",
}

// hint is what to do about a key that does not exist, ready to be appended.
func (o *object) hint(name string) string {
	if hint, known := o.hints[name]; known {
		return ": " + hint
	}
	if near := o.nearest(name); near != "" {
		return ": did you mean " + near + "?"
	}
	return ""
}

// nearest is the field that a misspelt one was meant to be: the same but for
// case and separators, or at most two letters off.
func (o *object) nearest(name string) string {
	if len(name) > 40 {
		return ""
	}
	best, least := "", 3
	for _, known := range o.names() {
		d := distance(letters(name), letters(known))
		if d < least && d*3 < len(known) {
			best, least = known, d
		}
	}
	return best
}

func (o *object) names() []string {
	names := make([]string, 0, len(o.fields))
	for name := range o.fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func letters(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name))
}

// distance is how many letters have to be put in, taken out or changed.
func distance(from, to string) int {
	row := make([]int, len(to)+1)
	for i := range row {
		row[i] = i
	}
	for i := range len(from) {
		diagonal := row[0]
		row[0]++
		for j := range len(to) {
			change := diagonal
			if from[i] != to[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
