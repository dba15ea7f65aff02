package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// A client calls the Bot API.
type client struct {
	b    *bot
	http *http.Client
}

func newClient(b *bot) *client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 50
	t.DisableKeepAlives = b.bad("F3")
	return &client{b, &http.Client{Transport: t}}
}

// An apiError is a refusal.
type apiError struct {
	code, wait int
	text       string
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.code, e.text) }

func (c *client) call(ctx context.Context, method string, params map[string]any, limit time.Duration) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if params == nil {
		params = map[string]any{}
	}
	body, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, "POST", c.b.set.api+"/bot"+c.b.set.token+"/"+method, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.redact(err)
	}
	defer resp.Body.Close()
	var reply struct {
		OK          bool
		Result      json.RawMessage
		ErrorCode   int `json:"error_code"`
		Description string
		Parameters  struct {
			RetryAfter int `json:"retry_after"`
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
		return nil, fmt.Errorf("%s: status %d: %w", method, resp.StatusCode, c.redact(err))
	}
	if !reply.OK {
		return nil, &apiError{reply.ErrorCode, reply.Parameters.RetryAfter, reply.Description}
	}
	return reply.Result, nil
}

// redact takes the token out of an error: net/http puts the URL into it.
func (c *client) redact(err error) error {
	if c.b.bad("S12") {
		return err
	}
	return fmt.Errorf("%s", strings.ReplaceAll(err.Error(), c.b.set.token, "[token]"))
}

// wait is how long to wait before attempt n of a method, after err.
func (b *bot) wait(method string, n int, err error) time.Duration {
	e, refused := err.(*apiError)
	deaf := b.bad("P1") && method == "getUpdates" || b.bad("L3") && method == "setWebhook"
	switch {
	case refused && e.wait > 0 && !deaf:
		return time.Duration(e.wait) * time.Second
	case refused && e.code == 409 && b.bad("L8"):
		return 20 * time.Millisecond
	case !refused && b.bad("P2"):
		return 500 * time.Millisecond
	}
	d := min(30*time.Second, 500*time.Millisecond<<min(n, 10))
	return d + rand.N(d/4)
}

// fatal is an error that no repetition can help.
func fatal(err error) bool {
	e, ok := err.(*apiError)
	return ok && (e.code == 400 || e.code == 401 || e.code == 403 || e.code == 404)
}

// overlaps is the error of another poller's call.
func overlaps(err error) bool {
	e, ok := err.(*apiError)
	return ok && e.code == 409
}

// persist repeats the call until it works or can't.
func (b *bot) persist(ctx context.Context, method string, params map[string]any) (json.RawMessage, error) {
	for n := 0; ; n++ {
		result, err := b.api.call(ctx, method, params, 10*time.Second)
		if err == nil || fatal(err) || ctx.Err() != nil {
			if err != nil {
				err = fmt.Errorf("%s: %w: check TELEGRAM_BOT_TOKEN", method, err)
			}
			return result, err
		}
		b.logf("%s: %v", method, err)
		pause(ctx, b.wait(method, n, err))
	}
}

func (b *bot) register(ctx context.Context) error {
	secret := b.set.secret
	if b.bad("L4") {
		secret = b.set.made
	}
	_, err := b.persist(ctx, "setWebhook", map[string]any{
		"url": b.set.url, "secret_token": secret, "drop_pending_updates": b.bad("M1"),
	})
	return err
}
