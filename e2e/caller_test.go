package e2e_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
)

// A caller makes requests for bot.example.com from an address to another.
type caller struct {
	http.Transport
	plain bool // HTTP, not HTTPS
}

// callerFrom trusts the public name's certificate.
func callerFrom(t *testing.T, e *proof.Env, from, to string) *caller {
	t.Helper()
	cert, _ := e.KeyPair()
	text, err := os.ReadFile(cert)
	require.NoError(t, err)
	c := &caller{}
	c.TLSClientConfig = &tls.Config{ServerName: "bot.example.com", RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	require.True(t, c.TLSClientConfig.RootCAs.AppendCertsFromPEM(text))
	dial := dialFrom(netip.MustParseAddr(from))
	c.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) { return dial(ctx, network, to) }
	c.MaxIdleConnsPerHost = 100
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func (c *caller) base() string {
	if c.plain {
		return "http://bot.example.com"
	}
	return "https://bot.example.com"
}

// post sends a request with the header lines that it has.
func (c *caller) post(ctx context.Context, r proof.Request) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, c.base()+r.Target, bytes.NewReader(r.Body))
	if err != nil {
		return 0, "", err
	}
	if r.Chunked {
		req.ContentLength = -1
	}
	for _, line := range r.Headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Add(name, value)
	}
	return c.do(req)
}

func (c *caller) get(ctx context.Context, path string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base()+path, nil)
	if err != nil {
		return 0, "", err
	}
	return c.do(req)
}

func (c *caller) do(req *http.Request) (status int, body string, err error) {
	res, err := c.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}
