package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kinds are the updates that the bot asks for. Telegram does not even queue the
// others, so they cost nothing.
const kinds = `["message"]`

// GetUpdates returns the updates from offset on, each as the server wrote it,
// and tells the server to forget all below offset. With a wait it is a long poll.
func (c *Client) GetUpdates(ctx context.Context, offset int64, limit int, wait time.Duration) ([]json.RawMessage, error) {
	body := append(make([]byte, 0, 96), `{"offset":`...)
	body = strconv.AppendInt(body, offset, 10)
	body = append(body, `,"limit":`...)
	body = strconv.AppendInt(body, int64(limit), 10)
	body = append(body, `,"timeout":`...)
	body = strconv.AppendInt(body, int64(wait/time.Second), 10)
	body = append(body, `,"allowed_updates":`+kinds+`}`...)
	var updates []json.RawMessage
	err := c.post(ctx, "getUpdates", "application/json", body, &updates)
	return updates, err
}

// Send makes the call that a [Reply] describes.
func (c *Client) Send(ctx context.Context, reply []byte) error {
	return c.post(ctx, "sendMessage", "application/json", reply, nil)
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
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range [][2]string{
		{"url", hook.URL},
		{"max_connections", strconv.Itoa(hook.MaxConnections)},
		{"secret_token", hook.Secret},
		{"allowed_updates", kinds},
	} {
		if err := form.WriteField(field[0], field[1]); err != nil {
			return err
		}
	}
	if hook.Certificate != nil {
		file, err := form.CreateFormFile("certificate", "certificate.pem")
		if err != nil {
			return err
		}
		if _, err := file.Write(hook.Certificate); err != nil {
			return err
		}
	}
	if err := form.Close(); err != nil {
		return err
	}
	return c.post(ctx, "setWebhook", form.FormDataContentType(), body.Bytes(), nil)
}

// DeleteWebhook removes the webhook. The updates that wait stay in the queue.
func (c *Client) DeleteWebhook(ctx context.Context) error {
	return c.call(ctx, "deleteWebhook", map[string]bool{"drop_pending_updates": false}, nil)
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
func (c *Client) GetWebhookInfo(ctx context.Context) (WebhookInfo, error) {
	var info WebhookInfo
	err := c.call(ctx, "getWebhookInfo", struct{}{}, &info)
	return info, err
}

// Matches reports whether hook would change nothing, as far as that can be
// seen: Telegram does not show the secret, nor which certificate it was given.
func (i WebhookInfo) Matches(hook Webhook) bool {
	return i.URL == hook.URL && i.MaxConnections == hook.MaxConnections &&
		!i.CustomCertificate && hook.Certificate == nil &&
		slices.Equal(i.AllowedUpdates, strings.Split(strings.Trim(kinds, `[]"`), `","`))
}
