package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"slices"
	"strconv"
	"time"
)

// callLimit bounds a call that does not wait at the server; a long poll's answer
// may come pollGrace after its wait.
const (
	callLimit = 15 * time.Second
	pollGrace = 5 * time.Second
)

// kind is the only kind of update that the bot asks for. Telegram does not even
// queue the others, so they cost nothing.
const kind = "message"

// GetUpdates returns the updates from offset on, each as the server wrote it,
// and tells the server to forget all below offset. With a wait it is a long poll.
func (c *Client) GetUpdates(ctx context.Context, offset int64, limit int, wait time.Duration) ([]json.RawMessage, error) {
	body := fmt.Appendf(nil, `{"offset":%d,"limit":%d,"timeout":%d,"allowed_updates":[%q]}`, offset, limit, int(wait.Seconds()), kind)
	var updates []json.RawMessage
	err := c.call(ctx, wait+pollGrace, "getUpdates", body, &updates)
	return updates, err
}

// GetMe returns the bot's username.
func (c *Client) GetMe(ctx context.Context) (string, error) {
	var me struct{ Username string }
	err := c.call(ctx, callLimit, "getMe", []byte(`{}`), &me)
	return me.Username, err
}

// Send makes the call that a [Reply] describes.
func (c *Client) Send(ctx context.Context, reply []byte) error {
	return c.call(ctx, callLimit, "sendMessage", reply, nil)
}

// A Webhook is what setWebhook takes.
type Webhook struct {
	URL            string
	MaxConnections int
	Secret         string
	Certificate    []byte // PEM; nil when a public authority signed it
}

// SetWebhook registers hook. Telegram closes the old webhook before it looks at
// the new values (Bot API server source), so they must be right beforehand.
func (c *Client) SetWebhook(ctx context.Context, hook Webhook) error {
	var body bytes.Buffer // writing to it never fails
	form := multipart.NewWriter(&body)
	_ = form.WriteField("url", hook.URL)
	_ = form.WriteField("max_connections", strconv.Itoa(hook.MaxConnections))
	_ = form.WriteField("secret_token", hook.Secret)
	_ = form.WriteField("allowed_updates", `["`+kind+`"]`)
	if hook.Certificate != nil {
		file, _ := form.CreateFormFile("certificate", "certificate.pem")
		_, _ = file.Write(hook.Certificate)
	}
	_ = form.Close()
	return c.post(ctx, callLimit, "setWebhook", form.FormDataContentType(), body.Bytes(), nil)
}

// DeleteWebhook removes the webhook. The updates that wait stay in the queue.
func (c *Client) DeleteWebhook(ctx context.Context) error {
	return c.call(ctx, callLimit, "deleteWebhook", []byte(`{"drop_pending_updates":false}`), nil)
}

// A WebhookInfo is what Telegram knows of the webhook; URL is empty without one.
type WebhookInfo struct {
	URL               string   `json:"url"`
	CustomCertificate bool     `json:"has_custom_certificate"`
	Pending           int      `json:"pending_update_count"`
	LastErrorDate     int64    `json:"last_error_date,omitempty"` // Unix seconds; success never clears it
	LastError         string   `json:"last_error_message,omitempty"`
	MaxConnections    int      `json:"max_connections,omitempty"`
	IPAddress         string   `json:"ip_address,omitempty"`
	AllowedUpdates    []string `json:"allowed_updates,omitempty"`
}

// GetWebhookInfo asks for the registration as it is.
func (c *Client) GetWebhookInfo(ctx context.Context) (info WebhookInfo, err error) {
	err = c.call(ctx, callLimit, "getWebhookInfo", []byte(`{}`), &info)
	return info, err
}

// Matches reports whether hook would change nothing, as far as that can be
// seen: Telegram does not show the secret, nor which certificate it was given.
func (i WebhookInfo) Matches(hook Webhook) bool {
	return i.URL == hook.URL && i.MaxConnections == hook.MaxConnections &&
		!i.CustomCertificate && hook.Certificate == nil && slices.Equal(i.AllowedUpdates, []string{kind})
}
