package e2e_test

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
	"hookproof/fakes/telegram"
)

// Where the bot is in its namespace.
const (
	home4 = "198.51.100.7"
	home6 = "2001:db8::7"
)

// Addresses that connect to it directly.
const (
	tg2      = "91.108.4.1"           // Telegram's other range
	neighbor = "10.19.64.237"         // of a private network
	evil6    = "2001:db8:bad::9"      // an attacker
	tg6      = "2001:67c:4e8:f004::9" // of Telegram, which delivers over IPv4 only
	justIn   = "149.154.160.0"        // the first and the last of Telegram's ranges
	justIn2  = "149.154.175.255"      //
	justIn3  = "91.108.7.255"         //
	justOut  = "149.154.159.255"      // and their neighbours
	justOut2 = "149.154.176.0"        //
	justOut3 = "91.108.8.0"           //
)

// forged are headers that say: this comes from Telegram.
var forged = []string{
	"X-Forwarded-For: " + tg, "X-Real-IP: " + tg, "Forwarded: for=" + tg, "CF-Connecting-IP: " + tg, "True-Client-IP: " + tg,
	"Fly-Client-IP: " + tg, "X-Client-IP: " + tg,
}

// TestRealAddresses has clients connect from addresses of their own rather than
// say so in headers: Telegram's, an attacker's and others are on the loopback
// device of a network namespace.
func TestRealAddresses(t *testing.T) {
	if !inside() {
		t.Parallel()
		runInside(t)
		return
	}
	t.Log("namespace", ownNamespace(t))
	setAddresses(t, []string{
		home4, home6, tg, tg2, evil, neighbor, evil6, tg6, justIn, justIn2, justIn3, justOut, justOut2, justOut3,
	})
	t.Run("none", noProxy)
	t.Run("behind a proxy", aroundTheProxy)
	t.Run("conversation", fromTelegram)
}

// noProxy is TRUSTED_PROXY=none: the peer is the client, whatever headers say.
func noProxy(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("TLS %v", secure), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, secure, proof.Settings{"TRUSTED_PROXY": "none"})
			for _, tt := range []struct {
				from, to string
				want     int
			}{
				{tg, home4, 200}, {tg2, home4, 200}, {justIn, home4, 200}, {justIn2, home4, 200}, {justIn3, home4, 200},
				{justOut, home4, 403}, {justOut2, home4, 403}, {justOut3, home4, 403},
				{evil, home4, 403}, {neighbor, home4, 403}, {"127.0.0.1", "127.0.0.1", 403},
				{evil6, home6, 403}, {tg6, home6, 403}, {"::1", "::1", 403},
			} {
				t.Run(tt.from, func(t *testing.T) {
					h.visit(t, tt.from, tt.to, nil, tt.want)
					h.visit(t, tt.from, tt.to, forged, tt.want)
					h.visit(t, tt.from, tt.to, []string{"X-Forwarded-For: ::ffff:" + tg}, tt.want)
					h.visit(t, tt.from, tt.to, []string{"X-Forwarded-For: " + evil}, tt.want)
				})
			}
		})
	}
}

// aroundTheProxy has the bot believe a proxy. Headers count when they come from
// a private network, where proxies are; who connects from anywhere else is the
// client.
func aroundTheProxy(t *testing.T) {
	t.Parallel()
	for _, strategy := range []string{"rightmost", "render", "fly"} {
		t.Run(strategy, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, false, proof.Settings{"TRUSTED_PROXY": strategy})
			asRender := append([]string{"X-Forwarded-For: " + tg + ", " + cf + ", " + priv}, forged[1:]...)
			h.visit(t, evil, home4, forged, 403)
			h.visit(t, evil, home4, asRender, 403)
			h.visit(t, evil6, home6, forged, 403)
			h.visit(t, evil6, home6, asRender, 403)
			h.visit(t, tg, home4, nil, 200)
			h.visit(t, tg, home4, []string{"X-Forwarded-For: " + evil, "CF-Connecting-IP: " + evil, "Fly-Client-IP: " + evil}, 200)
			h.visit(t, neighbor, home4, nil, 403)
			proxied := forged
			if strategy == "render" {
				proxied = asRender
			}
			h.visit(t, neighbor, home4, proxied, 200)
		})
	}
}

// fromTelegram has the whole conversation with a bot that does without a proxy,
// over TLS with its own certificate, which Telegram trusts because it was
// uploaded. Deliveries from a wrong address are not lost: they come again.
func fromTelegram(t *testing.T) {
	t.Parallel()
	for _, from := range []string{tg, tg2} {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			ctx, h := deadline(t), newHouse(t, true, proof.Settings{"TRUSTED_PROXY": "none"})
			assert.True(t, h.env.Bot.Webhook().HasCustomCertificate)
			h.way.leave(netip.MustParseAddr(evil))
			talk, early := h.env.Talk(), h.env.Probe()
			talk.Say(early.Send)
			_, err := h.env.Fake.WaitEvent(ctx, func(ev telegram.Event) bool {
				return ev.Kind == telegram.EventError && ev.Err == "Wrong response from the webhook: 403 Forbidden"
			})
			require.NoError(t, err)
			assert.Empty(t, talk.Heard())
			h.way.leave(netip.MustParseAddr(from))
			h.env.Fake.Clock().Advance(telegramsPatience)
			require.NoError(t, talk.Hear(ctx, early.Want))
			for range 20 {
				require.NoError(t, talk.Exchange(ctx, h.env.Probe()))
			}
			exit, err := h.bot.Stop(ctx)
			require.NoError(t, err)
			assert.Zero(t, exit.Code)
		})
	}
}

// A house is a bot that is reached without a proxy, at home4 and home6.
type house struct {
	env    *proof.Env
	bot    *proof.Instance
	way    *detour
	secure bool // with TLS of its own
	port   string
}

// newHouse starts a bot and waits until it is registered.
func newHouse(t *testing.T, secure bool, with proof.Settings) *house {
	t.Helper()
	h := &house{way: new(detour), secure: secure}
	h.env = world(t, along(subject(t), h.way), proof.Webhook)
	if secure {
		cert, key := h.env.KeyPair()
		h.env.Spec = h.env.Spec.With(map[string]string{"WEBHOOK_TLS_CERT": cert, "WEBHOOK_TLS_KEY": key})
	}
	var err error
	h.bot, err = h.env.Launch(with)
	require.NoError(t, err)
	h.port = strconv.Itoa(h.bot.Port)
	require.NoError(t, h.bot.Output.WaitText(deadline(t), `"msg":"listening"`))
	h.way.lead(net.JoinHostPort(home4, h.port))
	require.NoError(t, h.env.WaitTaking(deadline(t), 0))
	return h
}

// visit delivers an update with the right secret, as Telegram does, from an
// address and with more headers. If it is not 200 it must have no effect.
func (h *house) visit(t *testing.T, from, to string, headers []string, want int) {
	t.Helper()
	x := h.env.Probe()
	r := h.env.Text(x.Send).Without("X-Forwarded-For").Without("X-Forwarded-Proto").With(headers...)
	status, body, err := h.caller(t, from, to).post(deadline(t), r)
	require.NoError(t, err)
	assert.Equal(t, want, status, "from %s with %v", from, headers)
	assert.Equal(t, want == 200, strings.Contains(body, x.Want), "answered: %s", body)
	assert.Zero(t, h.env.API.Times(x.Want), "calls")
}

// caller connects from one address to another of the house.
func (h *house) caller(t *testing.T, from, to string) *caller {
	t.Helper()
	c := callerFrom(t, h.env, from, net.JoinHostPort(to, h.port))
	c.plain = !h.secure
	return c
}
