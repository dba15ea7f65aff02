package e2e_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
)

// The addresses of the cases: Telegram, an attacker, a Cloudflare Worker, a
// Cloudflare edge, a host of Render's private network.
const (
	tg   = "149.154.167.231"
	evil = "203.0.113.9"
	wrk  = "2a06:98c0:3600::103"
	cf   = "172.71.95.118"
	priv = "10.19.64.237"
)

// onRender is the environment of a Render instance, as far as the bot reads it.
var onRender = map[string]string{"RENDER": "true"}

// TestSpoofedAddressOnRender presents clients in the shapes of X-Forwarded-For
// that were recorded on Render (A to D), and in those that Cloudflare's
// documented Worker address leads to (E, F). The peer is 127.0.0.1, private as
// Render's proxies are.
func TestSpoofedAddressOnRender(t *testing.T) {
	t.Parallel()
	ctx, e := deadline(t), world(t, withEnv(t, onRender), proof.Webhook)
	bot, err := e.Launch(proof.Settings{"TRUSTED_PROXY": ""})
	require.NoError(t, err)
	require.NoError(t, bot.WaitServing(ctx))
	for _, tt := range []struct {
		name string
		xff  []string
		conn []string // CF-Connecting-IP lines
		want int
	}{
		{"A honest, three entries", []string{tg + ", " + cf + ", " + priv}, []string{tg}, 200},
		{"B honest, two entries", []string{tg + ", " + cf}, []string{tg}, 200},
		{"C forged, three entries", []string{tg + "," + evil + ", " + cf + ", " + priv}, []string{evil}, 403},
		{"D forged, two entries", []string{tg + "," + evil + ", " + cf}, []string{evil}, 403},
		{"E Worker, three entries", []string{tg + "," + wrk + ", " + cf + ", " + priv}, []string{wrk}, 403},
		{"F Worker, two entries", []string{tg + "," + wrk + ", " + cf}, []string{wrk}, 403},
		{"forged in a line of its own", []string{tg, evil + ", " + cf + ", " + priv}, []string{evil}, 403},
		{"many private hops at the end", []string{tg + ", " + cf + ", " + priv + ", 10.1.2.3, 100.64.0.9"}, []string{tg}, 200},
		{"an attacker, honest", []string{evil + ", " + cf + ", " + priv}, []string{evil}, 403},
		{"two Cloudflare hops", []string{tg + ", " + cf + ", " + cf}, []string{tg}, 403},
		{"no Cloudflare hop", []string{tg + ", " + priv}, []string{tg}, 403},
		{"headers that disagree", []string{tg + ", " + cf}, []string{evil}, 403},
		{"no CF-Connecting-IP", []string{tg + ", " + cf}, nil, 403},
		{"two CF-Connecting-IP", []string{tg + ", " + cf}, []string{tg, tg}, 403},
		{"IPv4-mapped", []string{"::ffff:" + tg + ", " + cf}, []string{"::ffff:" + tg}, 200},
		{"private entries only", []string{priv}, []string{tg}, 403},
		{"empty", []string{""}, nil, 403},
		{"garbage", []string{"unknown, " + cf}, []string{"unknown"}, 403},
		{"nothing", nil, nil, 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := e.Probe()
			r := e.Text(x.Send).Without("X-Forwarded-For")
			for _, v := range tt.xff {
				r = r.With("X-Forwarded-For: " + v)
			}
			for _, v := range tt.conn {
				r = r.With("CF-Connecting-IP: " + v)
			}
			resp, err := bot.Post(ctx, r)
			require.NoError(t, err)
			assert.Equal(t, tt.want, resp.Status)
			assert.Equal(t, tt.want == 200, e.API.Times(x.Want) == 1, "effects: %d", e.API.Times(x.Want))
		})
	}
}

// TestPrivateNetworkNeedsTheSecret is case G: a host of the private network
// reaches the instance around the edge, with headers of its choosing. No rule on
// headers can refuse it; the secret does.
func TestPrivateNetworkNeedsTheSecret(t *testing.T) {
	t.Parallel()
	ctx, e := deadline(t), world(t, withEnv(t, onRender), proof.Webhook)
	bot, err := e.Launch(proof.Settings{"TRUSTED_PROXY": ""})
	require.NoError(t, err)
	require.NoError(t, bot.WaitServing(ctx))
	x := e.Probe()
	forged := e.Text(x.Send).Without("X-Forwarded-For").
		With("X-Forwarded-For: "+tg+", "+cf+", 10.1.2.3", "CF-Connecting-IP: "+tg)
	r, err := bot.Post(ctx, forged.WithSecret("guessed"))
	require.NoError(t, err)
	assert.Equal(t, http.StatusUnauthorized, r.Status)
	assert.Zero(t, e.API.Times(x.Want))
}

// TestPlainHTTPRefused is the other half of "HTTPS only": the edge says that
// the client came without TLS.
func TestPlainHTTPRefused(t *testing.T) {
	t.Parallel()
	ctx, e := deadline(t), world(t, subject(t), proof.Webhook)
	bot, err := e.Start(ctx, nil)
	require.NoError(t, err)
	r, err := bot.Post(ctx, e.Text("hello").Without("X-Forwarded-Proto").With("X-Forwarded-Proto: http"))
	require.NoError(t, err)
	assert.Equal(t, http.StatusForbidden, r.Status)
}

// TestConversationOnRender has the headers of Render's edge on real deliveries,
// and the bot find itself at its public URL before it registers.
func TestConversationOnRender(t *testing.T) {
	t.Parallel()
	ctx, e := deadline(t), world(t, withEnv(t, onRender), proof.Webhook)
	e.Edge.AddHeaders(http.Header{
		"X-Forwarded-For":   {tg + ", " + cf + ", " + priv},
		"Cf-Connecting-Ip":  {tg},
		"True-Client-Ip":    {tg},
		"X-Forwarded-Proto": {"https"},
		"Cf-Visitor":        {`{"scheme":"https"}`},
	})
	_, err := e.Start(ctx, proof.Settings{"TRUSTED_PROXY": ""})
	require.NoError(t, err)
	require.NoError(t, e.Talk().Exchange(ctx, e.Probe()))
}
