package render

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// variables are the service's own as a Blueprint's creation makes them. Errors
// name the variables, never a value.
func (p *Platform) variables() (map[string]string, error) {
	vars := map[string]string{}
	var missing []error
	for _, v := range p.declared() {
		value, err := p.value(v)
		if err != nil {
			missing = append(missing, err)
			continue
		}
		if value != nil {
			vars[v.Key] = *value
		}
	}
	return vars, errors.Join(missing...)
}

// declared are the variables of the service, with those of its groups.
func (p *Platform) declared() []EnvVar {
	var all []EnvVar
	for _, v := range p.service.Env {
		if v.Group == "" {
			all = append(all, v)
			continue
		}
		g, _ := p.o.Blueprint.Group(v.Group) // Parse refuses a group that is not there
		all = append(all, g.Env...)
	}
	return all
}

// value of a variable; nil is none: what somebody typed in is not copied to
// previews (Render docs: Blueprint specification).
func (p *Platform) value(v EnvVar) (*string, error) {
	switch typed, known := p.o.Secrets[v.Key]; {
	case p.preview && v.PreviewValue != nil:
		return v.PreviewValue, nil
	case v.Generate:
		made := generated()
		return &made, nil
	case p.preview && v.Secret:
		return nil, nil
	case v.Secret, v.FromService != nil, v.FromDatabase != nil:
		if !known {
			return nil, fmt.Errorf("variable %s of service %s has no value: give it in Options.Secrets", v.Key, p.service.Name)
		}
		return &typed, nil
	}
	return &v.Value, nil
}

// generated is 256 random bits in base64 (Render docs: Blueprint specification).
func generated() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.StdEncoding.EncodeToString(b[:])
}

// common are the variables that builds and instances get from the platform
// (Render docs: environment variables).
func (p *Platform) common(r *release) map[string]string {
	env := map[string]string{
		"RENDER":                   "true",
		"RENDER_SERVICE_ID":        p.id,
		"RENDER_SERVICE_NAME":      p.service.Name,
		"RENDER_SERVICE_TYPE":      p.service.Type,
		"RENDER_GIT_COMMIT":        r.commit,
		"RENDER_GIT_BRANCH":        "main",
		"RENDER_GIT_REPO_SLUG":     "owner/" + p.service.Name,
		"RENDER_DISCOVERY_SERVICE": p.service.Name + "-discovery",
	}
	if p.preview {
		env["IS_PULL_REQUEST"] = "true"
	}
	return env
}

// environment is what one instance gets. A variable of the service wins over
// one of the platform (Render docs: PORT can be set), but for PORT itself: the
// instances of the fake share one machine, so each has a port of its own, which
// the platform then finds as it finds 10000.
func (p *Platform) environment(r *release, id string, port int) []string {
	env := p.common(r)
	if p.service.Type == "web" {
		env["RENDER_EXTERNAL_HOSTNAME"], env["RENDER_EXTERNAL_URL"] = p.Host(), p.URL()
	}
	cpus := 1
	if plan, ok := PlanOf(p.service.Plan); ok {
		cpus = max(1, int(math.Ceil(float64(plan.CPU))))
	}
	env["RENDER_INSTANCE_ID"] = id
	env["RENDER_CPU_COUNT"] = strconv.Itoa(cpus)
	env["WEB_CONCURRENCY"] = strconv.Itoa(cpus)
	env["RENDER_WEB_CONCURRENCY"] = strconv.Itoa(cpus)
	maps.Copy(env, r.vars)
	env["PORT"] = strconv.Itoa(port)
	return append(slices.Clone(p.o.Environment), lines(env)...)
}

// lines are variables as processes get them.
func lines(env map[string]string) []string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(env)) {
		list = append(list, k+"="+env[k])
	}
	return list
}
