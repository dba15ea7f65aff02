package proof

import (
	"context"
	"net/http"
	"strings"
)

func addressChecks() []Check {
	return []Check{
		{ID: "S11", Title: "the address check cannot be talked round with forwarded headers", AC: []string{"AC-003"},
			Modes: []Mode{Webhook}, Needs: []string{"allowlist", "TRUSTED_PROXY", "WEBHOOK_IP_ALLOWLIST"}, Run: forgedAddress},
	}
}

// Addresses in the cases: TG is Telegram's, evil an attacker's.
const tg, evil = telegramIP, "203.0.113.9"

// An address is a client as the forwarded headers present it.
type address struct {
	name    string
	headers []string
	want    int // status; 0 is anything but 5xx
}

func forwarded(name, value string, want int) address {
	return address{name, []string{"X-Forwarded-For: " + value}, want}
}

func forgedAddress(ctx context.Context, e *Env) error {
	const ok, no = http.StatusOK, http.StatusForbidden
	behind := []address{
		forwarded("Telegram's address", tg, ok),
		forwarded("the last address of Telegram's range", "149.154.175.255", ok),
		forwarded("the first address after it", "149.154.176.0", no),
		forwarded("Telegram's other range", "91.108.4.1", ok),
		forwarded("an attacker's address", evil, no),
		forwarded("a forged address left of the attacker's", tg+", "+evil, no),
		forwarded("the same with a bare comma", tg+","+evil, no),
		{"a forged header line before the proxy's", []string{"X-Forwarded-For: " + tg, "X-Forwarded-For: " + evil}, no},
		{"no header at all", nil, no},
		forwarded("an empty header", "", no),
		forwarded("garbage", "not-an-address", no),
		forwarded("garbage after a forged address", tg+", ::::", no),
		forwarded("an IPv6 address", "2001:db8::9", no),
		forwarded("an attacker's IPv4-mapped address", "::ffff:"+evil, no),
		forwarded("Telegram's IPv4-mapped address", "::ffff:"+tg, 0),
		forwarded("an address with a zone", "fe80::1%eth0", no),
		forwarded("a hundred hops", tg+strings.Repeat(", "+evil, 99), no),
		{"another header", []string{"X-Real-IP: " + tg, "Forwarded: for=" + tg, "True-Client-IP: " + tg}, no},
	}
	if err := judgeAddresses(ctx, e, Settings{"TRUSTED_PROXY": "rightmost"}, behind); err != nil {
		return err
	}
	direct := []address{
		forwarded("a header from a peer that is no trusted proxy", tg, no),
		{"no header from a peer outside the list", nil, no},
	}
	if err := judgeAddresses(ctx, e, Settings{"TRUSTED_PROXY": "none"}, direct); err != nil {
		return err
	}
	listed := []address{
		{"no header from a peer on the list", nil, ok},
		forwarded("a header that changes nothing", evil, ok),
	}
	return judgeAddresses(ctx, e, Settings{"TRUSTED_PROXY": "none", "WEBHOOK_IP_ALLOWLIST": "127.0.0.0/8"}, listed)
}

// judgeAddresses starts a bot and presents it every address, each with an
// update of its own and the right secret.
func judgeAddresses(ctx context.Context, e *Env, with Settings, cases []address) error {
	const rule = "only Telegram's addresses may post, and only a trusted proxy says who posts"
	bot, err := e.Launch(with)
	if err != nil {
		return err
	}
	if err := bot.WaitServing(ctx); err != nil { // registration needs a client that is allowed
		return err
	}
	for _, a := range cases {
		sent := a.name + " (" + with["TRUSTED_PROXY"] + "): " + strings.Join(a.headers, " | ")
		r, err := bot.Post(ctx, e.Text(e.Probe().Send).Without("X-Forwarded-For").With(a.headers...))
		if err != nil {
			return broken(rule, sent, "no answer: %v", err)
		}
		if r.Status != a.want && a.want != 0 || r.Status/100 == 5 {
			return broken(rule, sent, "%v; want %d", r, a.want)
		}
	}
	return bot.Close()
}
