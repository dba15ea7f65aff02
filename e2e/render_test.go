package e2e_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
	"hookproof/fakes/telegram"
)

// scale is how much faster than Render the fake runs: a deploy's overlap of a
// minute takes four seconds.
const scale = 15

// A cloud is the bot as render.yaml has it on the fake Render, and a fake
// Telegram that reaches it by its public name.
type cloud struct {
	*render.Platform
	t      *testing.T
	fake   *telegram.Server
	bot    *telegram.Bot
	secret string
	hook   string // the webhook's URL
}

// clouds is how many run side by side: each has a load of its own, and one that
// keeps the machine from answering says nothing about deploys.
var clouds = make(chan struct{}, 6)

// ownBlueprint is the project's own render.yaml.
func ownBlueprint(t *testing.T) *render.Blueprint {
	t.Helper()
	b, err := render.Load("../render.yaml")
	require.NoError(t, err)
	return b
}

// onCloud sets both up; change may be nil. What the bot has time for is not
// scaled, since the bot's own times are not. The context is the deadline of what
// the suite waits for.
func onCloud(t *testing.T, b *render.Blueprint, change func(*render.Options)) (context.Context, *cloud) {
	t.Helper()
	clouds <- struct{}{}
	t.Cleanup(func() { <-clouds })
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute+time.Duration(*deploys)*10*time.Second)
	t.Cleanup(cancel)
	r := subject(t)
	c := &cloud{t: t, secret: strings.Repeat("first-secret_", 5)}
	token := "123456789:" + strings.Repeat("Aa0_", 9)
	o := render.Options{
		Blueprint: b, Command: []string{r.Spec.Bin}, Ports: r.Ports, Scale: scale,
		Secrets:     map[string]string{"TELEGRAM_BOT_TOKEN": token, "WEBHOOK_SECRET_TOKEN": c.secret},
		Environment: []string{"DRILLS_ENABLED=true"},
		Timing:      render.Timing{ProbeTimeout: 10 * time.Second * scale, Shutdown: 40 * time.Second * scale},
	}
	if change != nil {
		change(&o)
	}
	var err error
	c.Platform, err = render.New(o)
	require.NoError(t, err)
	c.hook = c.URL() + "/webhook"
	c.fake, err = telegram.Listen(telegram.Options{
		Hosts:   map[string]string{c.Host(): c.Addr()},
		RootCAs: c.RootCAs(),
		Dial:    c.DialFrom(netip.MustParseAddr(tg)),
	})
	require.NoError(t, err)
	t.Cleanup(c.close)
	c.bot, err = c.fake.NewBotToken(token, "cloud_bot")
	require.NoError(t, err)
	return ctx, c
}

// close also looks for what holds in every test: nothing secret in any output,
// nothing sent elsewhere.
func (c *cloud) close() {
	assert.NoError(c.t, c.Platform.Close())
	c.fake.Close()
	_, key, _ := strings.Cut(c.bot.Token(), ":")
	for _, i := range c.Instances() {
		said := i.Output.String()
		for what, secret := range map[string]string{"token": key, "secret": c.secret, "new secret": freshSecret} {
			leaked := strings.Contains(said, secret) // not assert.NotContains, which would print it
			assert.False(c.t, leaked, "the %s is in the output of %s", what, i.ID)
		}
	}
	assert.Empty(c.t, c.Caught())
	if c.t.Failed() {
		for _, e := range c.Events() {
			c.t.Log(e)
		}
	}
}

// webhookMode is the first deploy of a bot whose WEBHOOK_ENABLED is true.
func (c *cloud) webhookMode(ctx context.Context) {
	c.t.Helper()
	require.NoError(c.t, c.Deploy(ctx, render.Change{Set: map[string]string{
		"TELEGRAM_API_URL": c.fake.URL(), "WEBHOOK_ENABLED": "true",
	}}))
	c.registered(ctx, 0)
}

// registered waits for a registration after the given event of Telegram's.
func (c *cloud) registered(ctx context.Context, from int64) {
	c.t.Helper()
	_, err := c.fake.WaitEventSince(ctx, from, func(e telegram.Event) bool {
		return e.Kind == telegram.EventCall && e.Method == "setWebhook" && e.Status == http.StatusOK
	})
	require.NoError(c.t, err)
	require.Equal(c.t, c.hook, c.bot.Webhook().URL)
}

// seq is the number of Telegram's latest event.
func (c *cloud) seq() int64 {
	all := c.fake.Journal()
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].Seq
}

// gone waits for the end of an instance that was stopped, and returns how it
// ended.
func (c *cloud) gone(ctx context.Context, i *render.Instance) string {
	c.t.Helper()
	e, err := c.Wait(ctx, 0, func(e render.Event) bool { return e.Kind == render.Exited && e.Instance == i.ID })
	require.NoError(c.t, err)
	return e.Text
}

// only is the one instance that serves.
func (c *cloud) only() *render.Instance {
	c.t.Helper()
	all := c.Serving()
	require.Len(c.t, all, 1)
	return all[0]
}

// awaitBusy waits until an instance works on n requests at least, as its health
// page has it.
func (c *cloud) awaitBusy(ctx context.Context, i *render.Instance, n int) {
	c.t.Helper()
	plain := new(http.Transport)
	defer plain.CloseIdleConnections()
	every := time.NewTicker(10 * time.Millisecond)
	defer every.Stop()
	for page := (struct {
		Active int `json:"active_requests"`
	}{}); page.Active < n; <-every.C {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+i.Addr()+"/health", nil)
		require.NoError(c.t, err)
		resp, err := plain.RoundTrip(req)
		require.NoError(c.t, err, "%s is not yet busy with %d", i.ID, n)
		err = json.NewDecoder(resp.Body).Decode(&page)
		resp.Body.Close()
		require.NoError(c.t, err)
	}
}

// post sends the bot an update through the edge as a client at from does, and
// returns the status.
func (c *cloud) post(ctx context.Context, from, secret string, headers ...string) int {
	c.t.Helper()
	dial := c.DialFrom(netip.MustParseAddr(from))
	client := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: c.RootCAs()},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dial(ctx, network, c.Addr()) // there is no DNS for the name
		},
	}
	defer client.CloseIdleConnections()
	body := strings.NewReader(`{"update_id":1}`)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.hook, body)
	require.NoError(c.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	resp, err := client.RoundTrip(req)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	return resp.StatusCode
}

// TestBuiltAndStartedAsTheFileSays has the Blueprint's own commands run, offline,
// in a copy of what they need, and the bot drain behind the shell.
func TestBuiltAndStartedAsTheFileSays(t *testing.T) {
	t.Parallel()
	clone := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(clone, "bot"), os.DirFS("../bot")))
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile("../" + name)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(clone, name), text, 0o600))
	}
	ctx, c := onCloud(t, ownBlueprint(t), func(o *render.Options) {
		o.Command, o.Source = nil, os.DirFS(clone)
		o.BuildEnv = []string{"GOPROXY=off", "GOTOOLCHAIN=local", "GOCACHE=" + goEnv(t, "GOCACHE"), "GOMODCACHE=" + goEnv(t, "GOMODCACHE")}
	})
	c.webhookMode(ctx)
	_, err := c.WaitKind(ctx, 0, render.Built)
	require.NoError(t, err)
	ann := c.fake.NewUser("Ann")
	ann.Send(c.bot, "hello")
	_, err = ann.Chat(c.bot).WaitText(ctx, "hello")
	require.NoError(t, err)
	old := c.only()
	require.NoError(t, c.Deploy(ctx, render.Change{Command: []string{subject(t).Spec.Bin}}))
	assert.Equal(t, "exit code 0", c.gone(ctx, old))
}

// TestClientsOfTheEdge presents clients through the whole edge, each with the
// right secret: the address is the second lock (cases A to F).
func TestClientsOfTheEdge(t *testing.T) {
	t.Parallel()
	for name, shape := range map[string]render.Shape{"three entries": render.ShapeA, "two entries": render.ShapeB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, c := onCloud(t, ownBlueprint(t), func(o *render.Options) { o.Unknowns.Shape = shape })
			c.webhookMode(ctx)
			assert.Equal(t, http.StatusOK, c.post(ctx, tg, c.secret), "A, B: Telegram")
			assert.Equal(t, http.StatusForbidden, c.post(ctx, evil, c.secret), "somebody else")
			assert.Equal(t, http.StatusForbidden, c.post(ctx, evil, c.secret, "X-Forwarded-For: "+tg), "C, D: forged")
			assert.Equal(t, http.StatusForbidden, c.post(ctx, wrk, c.secret, "X-Forwarded-For: "+tg), "E, F: a Worker")
			assert.Equal(t, http.StatusForbidden, c.post(ctx, evil, c.secret, "CF-Connecting-IP: "+tg), "refused by the edge")
			assert.Equal(t, http.StatusUnauthorized, c.post(ctx, tg, "guessed"), "the first lock")
		})
	}
}

// TestPreviewLeavesTheWebhookAlone runs a pull request's preview that somebody
// gave the real token and secret.
func TestPreviewLeavesTheWebhookAlone(t *testing.T) {
	t.Parallel()
	b := ownBlueprint(t)
	ctx, c := onCloud(t, b, nil)
	c.webhookMode(ctx)
	_, err := c.Preview(7)
	require.ErrorContains(t, err, "previews off", "as the file has it")

	b.Previews.Generation = "manual"
	preview, err := c.Preview(7)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, preview.Close()) })
	err = preview.Deploy(ctx, render.Change{})
	require.ErrorContains(t, err, "Application exited with code 2", "it has no token")

	from := c.seq()
	require.NoError(t, preview.Deploy(ctx, render.Change{Set: map[string]string{
		"TELEGRAM_BOT_TOKEN": c.bot.Token(), "WEBHOOK_SECRET_TOKEN": "of-the-preview", "WEBHOOK_ENABLED": "true",
		"TELEGRAM_API_URL": c.fake.URL(), "WEBHOOK_URL": "",
	}}))
	i := preview.Serving()[0]
	require.NoError(t, i.Output.WaitText(ctx, "this is a preview of a pull request"))
	ann := c.fake.NewUser("Ann")
	ann.Send(c.bot, "who are you")
	_, err = ann.Chat(c.bot).WaitText(ctx, "who are you")
	require.NoError(t, err)
	for _, e := range c.fake.JournalSince(from) {
		assert.NotEqual(t, telegram.EventWebhook, e.Kind, e)
		assert.NotEqual(t, "setWebhook", e.Method, e)
	}
	assert.Equal(t, c.hook, c.bot.Webhook().URL)
}
