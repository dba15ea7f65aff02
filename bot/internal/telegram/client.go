package telegram

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxAnswer bounds one answer of the server in bytes. A batch of updates is cut
// at 4 MiB by the server (Bot API server source), escapes included.
const maxAnswer = 16 << 20

// A Client calls one bot's methods.
type Client struct {
	// OnCall, if set, hears of every finished call: code is the HTTP status, or
	// 0 when no answer arrived. It must be set before the first call.
	OnCall func(method string, code int)

	http     *http.Client
	endpoint func(method string) string // a func, because fmt would print a string
	redact   func(error) error
}

// New returns a client of the server at base, without a trailing slash. The
// transport is the caller's: nil is [NewTransport].
func New(base, token string, transport http.RoundTripper) *Client {
	if transport == nil {
		transport = NewTransport()
	}
	return &Client{
		http: &http.Client{
			Transport: transport,
			// The path holds the token, so it must not follow a redirect elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		endpoint: func(method string) string { return base + "/bot" + token + "/" + method },
		redact: func(err error) error {
			if ue, ok := errors.AsType[*url.Error](err); ok {
				err = ue.Err // url.Error prints the URL, and with it the token
			}
			if e, ok := errors.AsType[*Error](err); ok {
				e.Description = strings.ReplaceAll(e.Description, token, "[token]")
			} else if text := err.Error(); strings.Contains(text, token) {
				return errors.New(strings.ReplaceAll(text, token, "[token]"))
			}
			return err
		},
	}
}

// NewTransport returns a transport that keeps its connections: the default one
// holds two a host, so that a burst of replies opens a connection each. HTTP/1.1
// only, since it costs less CPU a call than HTTP/2.
func NewTransport() *http.Transport {
	var h1 http.Protocols
	h1.SetHTTP1(true)
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		Protocols:           &h1,
		MaxIdleConns:        100,
		MaxIdleConnsPerHost: 100,
		MaxConnsPerHost:     100,
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second,
		DisableCompression:  true,
	}
}

// call calls method with JSON.
func (c *Client) call(ctx context.Context, limit time.Duration, method string, body []byte, result any) error {
	return c.post(ctx, limit, method, "application/json", body, result)
}

// post calls method with a body and decodes what it returned into result, if
// result is not nil. It takes limit at most.
func (c *Client) post(ctx context.Context, limit time.Duration, method, contentType string, body []byte, result any) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	code, err := c.exchange(ctx, method, contentType, body, result)
	if c.OnCall != nil {
		c.OnCall(method, code)
	}
	if err != nil {
		return fmt.Errorf("call %s: %w", method, c.redact(err))
	}
	return nil
}

func (c *Client) exchange(ctx context.Context, method, contentType string, body []byte, result any) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint(method), bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", contentType)
	res, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return 0, fmt.Errorf("read answer: %w", err)
	}
	return res.StatusCode, decode(res.StatusCode, raw, result)
}

// decode reads the envelope of every Bot API answer.
func decode(status int, raw []byte, result any) error {
	var answer struct {
		OK          bool            `json:"ok"`
		Result      json.RawMessage `json:"result"`
		Code        int             `json:"error_code"`
		Description string          `json:"description"`
		Parameters  struct {
			RetryAfter time.Duration `json:"retry_after"` // in seconds
		} `json:"parameters"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		// A proxy in between speaks HTML. Its text is not repeated: it may quote the URL.
		return &Error{Code: max(status, 500), Description: fmt.Sprintf("status %d without a Bot API answer", status)}
	}
	if !answer.OK {
		return &Error{Code: cmp.Or(answer.Code, status), Description: answer.Description, RetryAfter: answer.Parameters.RetryAfter * time.Second}
	}
	if result != nil && json.Unmarshal(answer.Result, result) != nil {
		return &Error{Code: 500, Description: "a result of an unknown shape"}
	}
	return nil
}
