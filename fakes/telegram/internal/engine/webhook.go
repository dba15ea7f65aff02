package engine

import (
	"crypto/x509"
)

// HookNet is how webhooks are reached.
type HookNet struct {
	Hosts   map[string]string // host or host:port to host:port
	RootCAs *x509.CertPool    // nil: the system's
}

// An Edge is a proxy in front of a webhook's host: plain HTTP to Addr with
// Headers added.
type Edge struct {
	Addr    string
	Headers []string
}

// SetEdge puts a proxy before a host; nil takes it away.
func (w *World) SetEdge(host string, e *Edge) {
	w.mu.Lock()
	defer w.mu.Unlock()
}

type hookState struct {
	engine interface{ Wake() }
}

func (h *hookState) set() bool { return false }

func (b *Bot) closeHook()   {}
func (b *Bot) clearHook()   {}
func (b *Bot) suspendHook() {}
func (b *Bot) resumeHook()  {}

func setWebhook(c *call) ([]byte, error)     { return nil, nil }
func deleteWebhook(c *call) ([]byte, error)  { return nil, nil }
func getWebhookInfo(c *call) ([]byte, error) { return nil, nil }

// WebhookInfo renders what getWebhookInfo says.
func (w *World) WebhookInfo(b *Bot) []byte { return []byte("{}") }
