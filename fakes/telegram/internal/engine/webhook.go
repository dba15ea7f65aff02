package engine

import (
	"net/netip"
	"time"

	"hookproof/fakes/telegram/internal/delivery"
	"hookproof/fakes/telegram/internal/queue"
	"hookproof/fakes/telegram/internal/wire"
)

// setWebhookEvery is the least time between two accepted calls of setWebhook
// with a URL (Bot API server source).
const setWebhookEvery = time.Second

// maxCertificate is the size of the largest certificate, bytes.
const maxCertificate = 3 << 20

// hookState is a bot's webhook.
type hookState struct {
	hookSettings
	engine   *delivery.Hook // nil: none is set
	verified bool
	busy     bool      // the engine is in one of its callbacks and must not be called
	setting  *call     // a setWebhook that waits for the verification
	last     time.Time // when a setWebhook with a URL was last taken up
	ip       string    // resolved, or as given

	errDate int64 // of the last error, Unix time; 0: none since the webhook was set
	errText string
}

// hookSettings are what setWebhook sets.
type hookSettings struct {
	url      string // as given
	fixedIP  string
	secret   string
	max      int
	cert     []byte
	uploaded bool
}

func (h *hookState) set() bool { return h.engine != nil || h.url != "" }

// Hooked tells whether the bot has a webhook. Call with the world held still.
func (b *Bot) Hooked() bool { return b.hook.set() }

func setWebhook(c *call) ([]byte, error) {
	if c.arg("url") == "" {
		return deleteWebhook(c)
	}
	b, h := c.bot, &c.bot.hook
	now := c.w.clock.Now()
	if now.Sub(h.last) < setWebhookEvery {
		return nil, tooMany(1)
	}
	h.last = now
	ended := c.endSetting()
	s, drop := c.hookSettings(), c.bool("drop_pending_updates")
	if !ended && h.same(s) && !drop {
		c.allow()
		c.desc = "Webhook is already set"
		return jsonTrue, nil
	}
	b.poll.end(b, conflictSet)
	b.clearHook(errRestart)
	if drop {
		b.queue.Clear()
	}
	// From here on a refusal leaves the bot without a webhook, and without the
	// updates it asked to drop (Bot API server source).
	url, err := s.check()
	if err != nil {
		return nil, err
	}
	c.allow()
	return c.startHook(s, url)
}

// endSetting fails a setWebhook that is still being verified; false if there is
// none.
func (c *call) endSetting() bool {
	h := &c.bot.hook
	earlier := h.setting
	if earlier == nil {
		return false
	}
	h.setting = nil
	earlier.answer(earlier.conflict("Conflict: terminated by other setWebhook"))
	return true
}

func (c *call) hookSettings() hookSettings {
	def, most := int64(40), int64(100)
	if c.w.opt.LocalTexts {
		def, most = 100, 100_000
	}
	s := hookSettings{
		url:     c.arg("url"),
		fixedIP: c.arg("ip_address"),
		secret:  c.arg("secret_token"),
		max:     int(c.clamped("max_connections", def, 1, most)),
	}
	if f := c.file("certificate"); f != nil {
		s.cert, s.uploaded = f.Data, true
	}
	return s
}

// same: a webhook with a certificate never counts as already set, nor does one
// whose address is given in another form than the server's own.
func (h *hookState) same(s hookSettings) bool {
	return h.engine != nil && h.url == s.url && !h.uploaded && !s.uploaded && h.max == s.max &&
		(h.fixedIP == "") == (s.fixedIP == "") && (s.fixedIP == "" || s.fixedIP == h.ip) && h.secret == s.secret
}

// check validates in the server's order; ports, addresses and TLS are the
// delivery engine's to judge.
func (s *hookSettings) check() (delivery.URL, error) {
	url, err := delivery.ParseURL(s.url)
	switch {
	case err != nil:
		return url, fail(400, err.Error())
	case len(s.secret) > 256:
		return url, badRequest("secret token is too long")
	case !plain(s.secret):
		return url, badRequest("secret token contains unallowed characters")
	case len(s.cert) > maxCertificate:
		return url, badRequest("certificate size is too big (%d bytes)", len(s.cert))
	}
	return url, nil
}

func plain(secret string) bool {
	for i := range len(secret) {
		c := secret[i]
		if !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}

// startHook starts delivery; the call is answered when the engine has accepted
// the webhook or refused it.
func (c *call) startHook(s hookSettings, url delivery.URL) ([]byte, error) {
	b, h := c.bot, &c.bot.hook
	t, err := c.w.transport(s.cert)
	if err != nil {
		return nil, badRequest("bad webhook: %s", err)
	}
	h.hookSettings = s
	h.setting = c
	h.engine = b.newEngine(s, url, t, "")
	h.engine.Start()
	return nil, errHeld
}

// newEngine makes the engine of a webhook; restored is the address at which it was
// verified before, if it was.
func (b *Bot) newEngine(s hookSettings, url delivery.URL, t delivery.Transport, restored string) *delivery.Hook {
	w := b.w
	return delivery.New(delivery.Config{
		URL: url, IP: s.fixedIP, MaxConnections: s.max, Restored: restored, Secret: s.secret, Local: !w.opt.CloudRules,
		Clock: w.clock, Lock: &w.mu, Queue: b.queue, Rand: w.rand,
		Transport: t,
		Damage:    b.hookDamage,
		Events: delivery.Events{
			Verified: b.hookVerified, Failed: b.hookFailed, Removed: b.hookGone, Error: b.hookError,
			Inline: b.hookInline, Attempt: b.hookAttempt, Dropped: b.hookDropped,
		},
	})
}

func (b *Bot) hookVerified(ip netip.Addr) {
	h := &b.hook
	h.ip = ip.String()
	if h.verified {
		return
	}
	h.verified = true
	b.w.record(Event{Kind: EventWebhook, Bot: b.key.id, Text: "set"})
	if c := h.setting; c != nil {
		h.setting = nil
		c.desc = "Webhook was set"
		c.answer(jsonTrue, nil)
	}
}

func (b *Bot) hookFailed(err error) {
	c := b.hook.setting
	b.hook.setting = nil
	b.forgetHook()
	if c != nil {
		c.answer(nil, badRequest("bad webhook: %s", err))
	}
}

// hookGone is the end of a webhook that has said 410 for 23 hours.
func (b *Bot) hookGone() {
	b.forgetHook()
	b.w.record(Event{Kind: EventWebhook, Bot: b.key.id, Text: "removed after 23 hours of 410"})
}

func (b *Bot) hookError(text string) {
	b.hook.errDate, b.hook.errText = b.w.now(), text
	b.w.record(Event{Kind: EventError, Bot: b.key.id, Err: text})
}

// hookInline runs the method call in a reply. What it queues for this bot is
// delivered once the engine has finished what it is doing.
func (b *Bot) hookInline(m *wire.Message) {
	b.hook.busy = true
	b.inlineCall(m)
	b.hook.busy = false
}

func (b *Bot) hookAttempt(a delivery.Attempt) {
	b.w.record(Event{
		Kind: EventDelivery, Bot: b.key.id, UpdateID: a.Update.ID, UpdateKind: a.Update.Kind,
		Status: a.Status, Err: a.Err, Attempt: a.N, Conn: int64(a.Conn), Latency: a.Latency,
	})
}

func (b *Bot) hookDropped(u queue.Update) {
	b.w.record(Event{Kind: EventDrop, Bot: b.key.id, UpdateID: u.ID, UpdateKind: u.Kind})
}

// forgetHook erases everything about the webhook, its last error included.
func (b *Bot) forgetHook() {
	b.hook = hookState{last: b.hook.last}
}

// closeHook cuts the connections; updates stay queued.
func (b *Bot) closeHook() {
	if b.hook.engine != nil {
		b.hook.engine.Close()
	}
}

// clearHook removes the webhook. A setWebhook that still waits for its
// verification fails with why.
func (b *Bot) clearHook(why *Error) {
	b.closeHook()
	b.failSetting(why)
	b.forgetHook()
}

func (b *Bot) failSetting(why *Error) {
	if c := b.hook.setting; c != nil {
		b.hook.setting = nil
		c.answer(nil, why)
	}
}

// errRestart is the answer to calls of a bot that is being closed.
var errRestart = &Error{Code: 500, Text: "Internal Server Error: restart"}

// errLoggedOut is the answer to calls of a bot that has logged out.
var errLoggedOut = &Error{Code: 400, Text: "Logged out"}

// suspendHook stops delivery but keeps the settings, for close.
func (b *Bot) suspendHook() {
	b.closeHook()
	b.failSetting(errRestart)
	b.hook.engine = nil
	b.hook.errDate, b.hook.errText = 0, ""
}

// resumeHook starts a suspended webhook again, which needs no verification.
func (b *Bot) resumeHook() {
	s := b.hook.hookSettings
	if s.url == "" || b.hook.engine != nil {
		return
	}
	url, err := delivery.ParseURL(s.url)
	if err != nil {
		return // it was valid when it was set
	}
	t, err := b.w.transport(s.cert)
	if err != nil {
		return
	}
	b.hook.engine = b.newEngine(s, url, t, b.hook.ip)
	b.hook.engine.Start()
}

func deleteWebhook(c *call) ([]byte, error) {
	c.endSetting()
	b := c.bot
	drop := c.bool("drop_pending_updates")
	if drop {
		defer b.queue.Clear()
	}
	if !b.hook.set() {
		if !drop {
			c.allow() // as for any webhook that is not changed
		}
		c.desc = "Webhook is already deleted"
		return jsonTrue, nil
	}
	b.clearHook(errRestart)
	c.w.record(Event{Kind: EventWebhook, Bot: b.key.id, Text: "deleted"})
	c.desc = "Webhook was deleted"
	return jsonTrue, nil
}

func getWebhookInfo(c *call) ([]byte, error) { return c.bot.webhookInfo(), nil }

// WebhookInfo renders what getWebhookInfo says.
func (w *World) WebhookInfo(b *Bot) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return b.webhookInfo()
}

// webhookInfo writes the fields in the server's order (Bot API server source,
// JsonWebhookInfo).
func (b *Bot) webhookInfo() []byte {
	h := &b.hook
	o := newObject(256)
	o.str("url", h.url)
	o.bool("has_custom_certificate", h.uploaded)
	o.int("pending_update_count", int64(b.queue.Len()))
	if h.errDate != 0 {
		o.int("last_error_date", h.errDate)
		o.str("last_error_message", h.errText)
	}
	if h.set() {
		o.int("max_connections", int64(h.max))
		o.str("ip_address", h.address())
	}
	if b.allowed != defaultTypes {
		o.raw("allowed_updates", list(b.allowed.names(), func(name string) []byte { return wire.AppendString(nil, name) }))
	}
	return o.end()
}

func (h *hookState) address() string {
	switch {
	case h.ip != "":
		return h.ip
	case h.fixedIP != "":
		return h.fixedIP
	}
	return "<unknown>"
}
