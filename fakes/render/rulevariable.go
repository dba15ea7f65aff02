package render

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// variableRules are about environment variables.
func variableRules() []rule {
	return []rule{
		{"value-missing", fromServer, false, eachVar(valueMissing)},
		{"value-twice", fromServer, false, eachVar(valueTwice)},
		{"key-unique", inferred, false, keyUnique},
		{"key-text", inferred, false, eachVar(keyText)},
		{"reference", inferred, false, each(reference)},
		{"reference-secret", fromServer, false, each(referenceSecret)},
		{"reference-one", fromSchema, false, eachVar(referenceOne)},
		{"port", fromDocs, false, eachVar(port)},
		{"secret-literal", inferred, false, eachVar(secretLiteral)},
		{"token-in-file", inferred, false, tokenInFile},
	}
}

// sources are the fields that give a variable its value. previewValue is not
// one: it goes with any of them.
var sources = []string{"value", "sync", "generateValue", "fromService", "fromDatabase"}

func given(v placedVar) (names []string) {
	for _, name := range sources {
		if v.at.get(name).there() {
			names = append(names, name)
		}
	}
	return names
}

func valueMissing(v placedVar, say saying) {
	switch {
	case v.Group != "":
	case !v.at.get("key").there():
		if !v.at.get("fromGroup").there() {
			say(v.at, "a variable must be from group or have a key or value")
		}
	case len(given(v)) == 0 && v.PreviewValue == nil:
		say(v.at, "%s has no value: give it value, sync: false, generateValue: true, fromService or fromDatabase", quote(v.Key))
	case v.at.get("sync").is(true):
		say(v.at.get("sync"), "sync: true says nothing: write sync: false to be asked for the value, or give it")
	case v.at.get("generateValue").is(false):
		say(v.at.get("generateValue"), "generateValue: false says nothing: remove it, and give a value")
	}
}

func valueTwice(v placedVar, say saying) {
	names := given(v)
	if v.at.get("fromGroup").there() && v.at.get("key").there() {
		names = append([]string{"key"}, append(names, "fromGroup")...)
	}
	if len(names) > 1 {
		say(v.at, "cannot simultaneously specify fields %s and %s", names[0], names[1])
	}
}

func keyUnique(f *blueprintFile, say saying) {
	once := func(env []placedVar) {
		first := map[string]int{}
		for _, v := range env {
			if line, twice := first[v.Key]; twice && v.Key != "" {
				say(v.at.get("key"), "%s has a value already (line %d): which of the two holds is not documented", quote(v.Key), line)
			}
			first[v.Key] = v.Line
		}
	}
	for _, s := range f.services {
		once(s.env)
	}
	for _, g := range f.groups {
		once(g.env)
	}
}

var keyName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

func keyText(v placedVar, say saying) {
	if v.Key != "" && !keyName.MatchString(v.Key) {
		say(v.at.get("key"), "%s is no name of a variable: use letters, digits and _", quote(v.Key))
	}
}

func reference(f *blueprintFile, s placedService, say saying) {
	for _, v := range s.env {
		if _, known := f.group(v.Group); v.Group != "" && !known {
			say(v.at.get("fromGroup"), "the file has no group named %s in envVarGroups", quote(v.Group))
		}
		if d := v.FromDatabase; d != nil && d.Name != "" && !slices.ContainsFunc(f.databases, func(p placed) bool { return p.name == d.Name }) {
			say(v.at.get("fromDatabase").get("name"), "the file has no database named %s", quote(d.Name))
		}
		if v.FromService != nil {
			referToService(f, v, say)
		}
	}
}

func referToService(f *blueprintFile, v placedVar, say saying) {
	to, at := v.FromService, v.at.get("fromService")
	other, known := f.service(to.Name)
	switch {
	case to.Name == "":
	case !known:
		say(at.get("name"), "the file has no service named %s", quote(to.Name))
	case typeOf(at) != "" && typeOf(other.at) != "" && typeOf(at) != typeOf(other.at) && other.Type != to.Type:
		say(at.get("type"), "%s is of type %s, not %s", quote(to.Name), quote(other.Type), quote(to.Type))
	case to.EnvVarKey != "":
		if _, has := f.variable(other, to.EnvVarKey); !has {
			say(at.get("envVarKey"), "%s has no variable %s", quote(to.Name), quote(to.EnvVarKey))
		}
	case to.Property != "" && (other.Type == "worker" || other.Type == "cron"):
		say(at.get("property"), "%s is a %s, which listens nowhere", quote(to.Name), other.Type)
	}
}

func referenceSecret(f *blueprintFile, s placedService, say saying) {
	for _, v := range s.env {
		if v.FromService == nil || v.FromService.EnvVarKey == "" {
			continue
		}
		other, _ := f.service(v.FromService.Name)
		if secret, has := f.variable(other, v.FromService.EnvVarKey); has && secret.Secret {
			say(v.at.get("fromService"), "cannot refer to %s against service %s of type %s: it is sync: false there, so make it sync: false here",
				quote(secret.Key), quote(other.Name), quote(other.Type))
		}
	}
}

func referenceOne(v placedVar, say saying) {
	at := v.at.get("fromService")
	if !at.there() || kindOf(at.node) != isMapping {
		return
	}
	if at.get("property").there() == at.get("envVarKey").there() {
		say(at, "fromService needs either property or envVarKey")
	}
}

// port knows the ports that Render keeps for itself.
func port(v placedVar, say saying) {
	if v.Key != "PORT" || v.Value == "" {
		return
	}
	n, err := strconv.Atoi(v.Value)
	switch {
	case err != nil || n < 1 || n > 65535:
		say(v.at.get("value"), "PORT is a number from 1 to 65535")
	case n == 18012 || n == 18013 || n == 19099:
		say(v.at.get("value"), "port %d is reserved by Render: take another, or leave PORT out for 10000", n)
	}
}

// secretWords are what a secret's name is made of, and harmlessWords are what
// it ends in when it is about a secret and not one.
var (
	secretWords   = []string{"TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "CREDENTIALS", "APIKEY"}
	secretPairs   = []string{"API_KEY", "PRIVATE_KEY", "ACCESS_KEY", "SIGNING_KEY", "ENCRYPTION_KEY", "MASTER_KEY", "AUTH_KEY"}
	harmlessWords = []string{"FILE", "PATH", "URL", "TTL", "LENGTH", "NAME", "HEADER", "TIMEOUT", "EXPIRY", "EXPIRES", "ENABLED", "ID"}
)

func secretName(key string) bool {
	key = strings.ToUpper(key)
	words := strings.FieldsFunc(key, func(r rune) bool { return r == '_' || r == '-' || r == '.' })
	if len(words) == 0 || slices.Contains(harmlessWords, words[len(words)-1]) {
		return false
	}
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(secretWords, w) }) ||
		slices.ContainsFunc(secretPairs, func(pair string) bool { return strings.HasSuffix(key, pair) })
}

// password finds a URL that lets somebody in.
var password = regexp.MustCompile(`://[^/@\s:]*:[^/@\s]+@`)

func secretLiteral(v placedVar, say saying) {
	for _, name := range []string{"value", "previewValue"} {
		at := v.at.get(name)
		switch {
		case at.text() == "":
		case secretName(v.Key):
			say(at, "%s looks like a secret, and everybody who can read the repository can read this: write sync: false", quote(v.Key))
		case password.MatchString(at.text()):
			say(at, "this URL holds a password, and everybody who can read the repository can read it: write sync: false")
		}
	}
}

// botToken is what @BotFather gives out.
var botToken = regexp.MustCompile(`\b[0-9]{6,12}:[A-Za-z0-9_-]{30,}`)

// tokenInFile looks at every line, comments and commands included.
func tokenInFile(f *blueprintFile, say saying) {
	for i, line := range strings.Split(string(f.text), "\n") {
		if botToken.MatchString(line) {
			say(onLine(i+1), "a bot's token is in the file: take it out, and have @BotFather revoke it")
		}
	}
}
