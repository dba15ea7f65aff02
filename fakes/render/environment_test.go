package render_test

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

// everyForm has a variable of each form.
func everyForm() *render.Blueprint {
	other := "for previews"
	b := blueprint(func(s *render.Service) {
		s.Env = append(s.Env,
			render.EnvVar{Key: "MADE", Generate: true},
			render.EnvVar{Key: "TYPED", Secret: true},
			render.EnvVar{Key: "PREVIEWED", Value: "live", PreviewValue: &other},
			render.EnvVar{Group: "common"},
		)
		s.Previews.Generation = "manual"
		s.Plan = "standard"
	})
	b.EnvVarGroups = []render.EnvVarGroup{{Name: "common", Env: []render.EnvVar{{Key: "GROUPED", Value: "of the group"}}}}
	return b
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	o := fast(everyForm())
	o.Secrets = map[string]string{"TYPED": "by hand"}
	p := deployed(t, o)
	got := visit(t, p, tg).hear()
	made, err := base64.StdEncoding.DecodeString(got.Env["MADE"])
	require.NoError(t, err)
	assert.Len(t, made, 32)
	assert.Len(t, got.Env["MADE"], 44)
	for name, want := range map[string]string{
		"PLAIN": "as it is", "TYPED": "by hand", "GROUPED": "of the group", "PREVIEWED": "live", "RENDER": "true",
		"RENDER_EXTERNAL_URL": "https://echo.onrender.com", "RENDER_EXTERNAL_HOSTNAME": "echo.onrender.com",
		"RENDER_SERVICE_NAME": "echo", "RENDER_SERVICE_TYPE": "web", "RENDER_CPU_COUNT": "1", "WEB_CONCURRENCY": "1",
	} {
		assert.Equal(t, want, got.Env[name], name)
	}
	assert.Regexp(t, `^srv-[a-z0-9]{20}$`, got.Env["RENDER_SERVICE_ID"])
	assert.Regexp(t, `^srv-[a-z0-9]{20}-[a-z0-9]{5}$`, got.Instance)
	assert.Empty(t, got.PR)
	require.NoError(t, p.Restart(deadline(t)))
	assert.Equal(t, got.Env["MADE"], visit(t, p, tg).hear().Env["MADE"], "made once")
}

// TestPreview: what is typed in is not copied, and everything made is made anew.
func TestPreview(t *testing.T) {
	t.Parallel()
	o := fast(everyForm())
	o.Secrets = map[string]string{"TYPED": "by hand"}
	p := deployed(t, o)
	preview, err := p.Preview(7)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, preview.Close()) })
	require.NoError(t, preview.Deploy(deadline(t), render.Change{}))
	assert.Equal(t, "echo-pr-7.onrender.com", preview.Host())
	got := visit(t, preview, tg).hear()
	assert.Equal(t, "true", got.PR)
	assert.NotContains(t, got.Env, "TYPED")
	assert.Equal(t, "for previews", got.Env["PREVIEWED"])
	assert.NotEqual(t, visit(t, p, tg).hear().Env["MADE"], got.Env["MADE"])
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		options render.Options
		want    string
	}{
		{"no Blueprint", render.Options{}, "Options.Blueprint"},
		{"no such service", render.Options{Blueprint: blueprint(nil), Name: "x"}, `no service "x"`},
		{"a static site", render.Options{Blueprint: blueprint(func(s *render.Service) { s.Type = "cron" })}, "type cron"},
		{"a secret not typed in", render.Options{Blueprint: everyForm()}, "TYPED"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := render.New(tt.options)
			assert.ErrorContains(t, err, tt.want)
		})
	}
	off := platform(t, fast(blueprint(nil)))
	_, err := off.Preview(1)
	assert.ErrorContains(t, err, "previews off")
	o := fast(blueprint(nil))
	o.Command = nil
	nothing := platform(t, o)
	assert.ErrorContains(t, nothing.Deploy(deadline(t), render.Change{}), "nothing to deploy")
}

// TestReach: an instance reaches its own public name, and
// no other.
func TestReach(t *testing.T) {
	t.Parallel()
	p := deployed(t, fast(blueprint(nil)))
	a := visit(t, p, tg).get("/fetch?url=" + p.URL() + "/health")
	assert.Equal(t, "200", a.text)
	assert.Empty(t, p.Caught())
	a = visit(t, p, tg).get("/fetch?url=https://api.telegram.org/")
	assert.NotEqual(t, "200", a.text)
	assert.Equal(t, []string{"CONNECT api.telegram.org:443"}, p.Caught())
}
