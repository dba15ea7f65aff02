package delivery_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/delivery"
)

// seen records the requests a server got.
type seen struct {
	mu    sync.Mutex
	heads []http.Header
	hosts []string
	names []string // server names asked for by TLS
	body  []string
}

func (s *seen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heads = append(s.heads, r.Header)
	s.hosts = append(s.hosts, r.Host)
	s.body = append(s.body, string(b))
	if r.TLS != nil {
		s.names = append(s.names, r.TLS.ServerName)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"method":"sendMessage","chat_id":1,"text":"hi"}`)
}

func TestNetDeliversOverPlainHTTP(t *testing.T) {
	got := &seen{}
	srv := httptest.NewServer(got)
	defer srv.Close()
	w := newWorld(t, srv.URL+"/hook", delivery.NetConfig{}, func(c *delivery.Config) { c.Secret = "s3" })
	w.push(1, `"message":{"n":1}`)
	w.push(1, `"message":{"n":2}`)
	w.untilDelivered(2)
	assert.Equal(t, []string{"sendmessage", "sendmessage"}, w.inline)
	assert.Equal(t, 200, w.attempts[0].Status)
	assert.Equal(t, 1, w.attempts[0].N)
	require.Len(t, got.body, 2)
	assert.True(t, strings.HasSuffix(got.body[0], ",\n\"message\":{\"n\":1}}"), got.body[0])
	assert.Equal(t, http.Header{
		"X-Telegram-Bot-Api-Secret-Token": {"s3"}, "Content-Type": {"application/json"}, "Content-Length": {"42"},
		"Connection": {"keep-alive"}, "Accept-Encoding": {"gzip, deflate"},
	}, got.heads[0])
	assert.Equal(t, []netip.Addr{netip.MustParseAddr("127.0.0.1")}, w.ips)
}

func TestNetSendsALargeUpdateToASlowReader(t *testing.T) {
	ln := listen(t)
	read := make(chan int, 1)
	w := newWorld(t, "http://"+ln.Addr().String(), delivery.NetConfig{}, nil)
	body := `"message":{"text":"` + strings.Repeat("x", 500<<10) + `"}`
	c := accept(t, ln)
	defer c.Close()
	require.NoError(t, c.(*net.TCPConn).SetReadBuffer(16<<10))
	w.push(1, body)
	go func() {
		r := bufio.NewReader(c)
		req, err := http.ReadRequest(r)
		if err != nil {
			read <- -1
			return
		}
		n, _ := io.Copy(io.Discard, req.Body)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		read <- int(n)
	}()
	assert.Greater(t, <-read, 500<<10)
	w.untilDelivered(1)
}

func TestNetEdge(t *testing.T) {
	got := &seen{}
	srv := httptest.NewServer(got)
	defer srv.Close()
	w := newWorld(t, "https://bot.example.test/hook", delivery.NetConfig{Edge: func(host string) *delivery.Edge {
		assert.Equal(t, "bot.example.test", host)
		return &delivery.Edge{Addr: srv.Listener.Addr().String(), Headers: []string{"X-Forwarded-Proto: https", "X-Forwarded-For: 149.154.167.220"}}
	}}, func(c *delivery.Config) { c.Local = false })
	w.push(1, `"message":{}`)
	w.untilDelivered(1)
	assert.Equal(t, "https", got.heads[0].Get("X-Forwarded-Proto"))
	assert.Equal(t, "149.154.167.220", got.heads[0].Get("X-Forwarded-For"))
	assert.Equal(t, "bot.example.test", got.hosts[0])
	assert.Equal(t, []netip.Addr{delivery.PublicIP}, w.ips)
}

func TestNetHosts(t *testing.T) {
	got := &seen{}
	srv := httptest.NewServer(got)
	defer srv.Close()
	for _, hosts := range []map[string]string{
		{"bot.example.test": "http://" + srv.Listener.Addr().String()},
		{"bot.example.test:8443": "http://" + srv.Listener.Addr().String(), "bot.example.test": "127.0.0.1:1"},
	} {
		w := newWorld(t, "https://bot.example.test:8443/", delivery.NetConfig{Hosts: hosts}, nil)
		w.push(1, `"message":{}`)
		w.untilDelivered(1)
	}
	assert.Equal(t, []string{"bot.example.test:8443", "bot.example.test:8443"}, got.hosts)
}

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// certificate makes a self-signed one and returns it for a server, and as PEM.
func certificate(t *testing.T, commonName string, names ...string) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: commonName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

const verifyFailed = "SSL error {error:0A000086:SSL routines::certificate verify failed}"

func TestNetTLS(t *testing.T) {
	for _, tt := range []struct {
		name, common string
		names        []string
		host         string
		trust        string // "uploaded", "roots" or ""
		want         string // error
		wantName     string
	}{
		{"uploaded", "", []string{"bot.example.test"}, "bot.example.test", "uploaded", "", "bot.example.test"},
		{"roots", "", []string{"bot.example.test"}, "bot.example.test", "roots", "", "bot.example.test"},
		{"wildcard", "", []string{"*.example.test"}, "bot.example.test", "roots", "", "bot.example.test"},
		{"common name only", "bot.example.test", nil, "bot.example.test", "uploaded", "", "bot.example.test"},
		{"wildcard common name", "*.example.test", nil, "bot.example.test", "uploaded", "", "bot.example.test"},
		{"address, no server name", "", []string{"127.0.0.1"}, "127.0.0.1", "uploaded", "", ""},
		{"not trusted", "", []string{"bot.example.test"}, "bot.example.test", "", verifyFailed, ""},
		{"other host", "", []string{"other.example.test"}, "bot.example.test", "uploaded", verifyFailed, ""},
		{"other common name", "other.example.test", nil, "bot.example.test", "uploaded", verifyFailed, ""},
		{"alternative names win over the common name", "bot.example.test", []string{"other.test"}, "bot.example.test", "uploaded", verifyFailed, ""},
		{"address in the common name", "127.0.0.1", nil, "127.0.0.1", "uploaded", verifyFailed, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cert, text := certificate(t, tt.common, tt.names...)
			got := &seen{}
			srv := httptest.NewUnstartedServer(got)
			srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
			srv.Config.ErrorLog = discardLog()
			srv.StartTLS()
			defer srv.Close()
			n := delivery.NetConfig{Hosts: map[string]string{tt.host: srv.Listener.Addr().String()}, RootCAs: x509.NewCertPool()}
			switch tt.trust {
			case "uploaded":
				n.Certificate = text
			case "roots":
				n.RootCAs.AppendCertsFromPEM(text)
			}
			w := newWorld(t, "https://"+tt.host+"/", n, nil)
			w.push(1, `"message":{}`)
			if tt.want != "" {
				w.untilError(tt.want)
				return
			}
			w.untilDelivered(1)
			assert.Equal(t, []string{tt.wantName}, got.names)
			assert.Empty(t, w.errors)
		})
	}
}

func TestNetNeedsACertificate(t *testing.T) {
	_, err := delivery.NewNet(delivery.NetConfig{Certificate: []byte("nonsense")})
	require.ErrorIs(t, err, delivery.ErrCertificate)
}

func TestNetErrors(t *testing.T) {
	for _, tt := range []struct {
		name, scheme string
		serve        func(c net.Conn)
		want         string
	}{
		{"reset", "http", func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1))
			_ = c.(*net.TCPConn).SetLinger(0)
		}, "Connection reset by peer"},
		{"status", "http", func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1000))
			_, _ = io.WriteString(c, "HTTP/1.1 503 Not  now \r\nContent-Length: 0\r\n\r\n")
		}, "Wrong response from the webhook: 503 Not  now "},
		{"no HTTP", "http", func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1000))
			_, _ = io.WriteString(c, "SSH-2.0-x\r\n\r\n")
			_, _ = io.Copy(io.Discard, c)
		}, "Not Implemented"},
		{"plain for https", "https", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			_, _ = io.Copy(io.Discard, c)
		}, "SSL error {error:0A00010B:SSL routines::wrong version number}"},
		{"end in the handshake", "https", func(c net.Conn) {
			_, _ = c.Read(make([]byte, 16384))
		}, "SSL error {error:0A000126:SSL routines::unexpected eof while reading}"},
		{"alert", "https", func(c net.Conn) {
			s := tls.Server(c, &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
				return nil, errors.New("no")
			}})
			_ = s.Handshake()
		}, "SSL error {error:0A000438:SSL routines::tlsv1 alert internal error}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ln := listen(t)
			w := newWorld(t, tt.scheme+"://"+ln.Addr().String(), delivery.NetConfig{}, nil)
			c := accept(t, ln)
			w.push(1, `"message":{}`)
			tt.serve(c)
			_ = c.Close()
			w.untilError(tt.want)
		})
	}
}

func TestNetRefused(t *testing.T) {
	ln := listen(t)
	addr := ln.Addr().String()
	require.NoError(t, ln.Close())
	w := newWorld(t, "http://"+addr, delivery.NetConfig{}, nil)
	w.untilError("Connection refused")
	assert.Len(t, w.ips, 1, "a webhook can be set to a port that refuses")
}

func TestNetTimeOut(t *testing.T) {
	ln := listen(t)
	w := newWorld(t, "http://"+ln.Addr().String(), delivery.NetConfig{}, nil)
	c := accept(t, ln)
	defer c.Close()
	w.push(1, `"message":{}`)
	_, err := c.Read(make([]byte, 1))
	require.NoError(t, err)
	w.clock.Advance(61 * time.Second)
	w.untilError("Read timeout expired")
	_, err = io.Copy(io.Discard, c)
	require.NoError(t, err, "the connection is closed")
}

func TestNetTimeOutInHandshake(t *testing.T) {
	ln := listen(t)
	w := newWorld(t, "https://"+ln.Addr().String(), delivery.NetConfig{}, nil)
	defer accept(t, ln).Close()
	w.push(1, `"message":{}`)
	w.clock.Advance(61 * time.Second)
	w.untilError("Write timeout expired")
}

func TestNetAnswersAnUnreadableReply(t *testing.T) {
	ln := listen(t)
	w := newWorld(t, "http://"+ln.Addr().String(), delivery.NetConfig{}, nil)
	c := accept(t, ln)
	defer c.Close()
	w.push(1, `"message":{}`)
	r := bufio.NewReader(c)
	req, err := http.ReadRequest(r)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, req.Body)
	require.NoError(t, err)
	_, err = io.WriteString(c, "HTTP/3.0 200 OK\r\n\r\n")
	require.NoError(t, err)
	rest, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Equal(t, "HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Length: 0\r\n\r\n", string(rest))
}

func TestNetRefusesReservedAddresses(t *testing.T) {
	for _, tt := range []struct{ url, ip, want string }{
		{"https://127.0.0.1/", "", "IP address 127.0.0.1 is reserved"},
		{"https://a.example.test/", "10.1.2.3", "IP address 10.1.2.3 is reserved"},
		{"https://a.example.test/", "0x7f.1", "IP address 127.0.0.1 is reserved"},
		{"https://a.example.test/", "::1", "IPv6-only addresses are not allowed"},
		{"https://[2001:db8::1]/", "", "IPv6-only addresses are not allowed"},
		{"https://a.example.test/", "nonsense", "Invalid IP address specified"},
		{"https://a.example.test:444/", "", "Webhook can be set up only on ports 80, 88, 443 or 8443"},
		{"http://a.example.test:444/", "", "An HTTPS URL must be provided for webhook"},
		{"http://a.example.test:80/", "", "An HTTPS URL must be provided for webhook"},
	} {
		t.Run(tt.url+" "+tt.ip, func(t *testing.T) {
			w := newWorld(t, tt.url, delivery.NetConfig{}, func(c *delivery.Config) { c.Local, c.IP = false, tt.ip })
			require.Len(t, w.failed, 1)
			require.EqualError(t, w.failed[0], tt.want)
			assert.Empty(t, w.ips)
		})
	}
}

func TestNetLookup(t *testing.T) {
	refusing := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no name server here")
	}}
	w := newWorld(t, "http://a.example.test/", delivery.NetConfig{Resolver: refusing}, nil)
	w.until("failure", func() bool { return len(w.failed) == 1 })
	require.EqualError(t, w.failed[0], "Failed to resolve host: Temporary failure in name resolution")
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	return ln
}

func accept(t *testing.T, ln net.Listener) net.Conn {
	t.Helper()
	require.NoError(t, ln.(*net.TCPListener).SetDeadline(time.Now().Add(20*time.Second)))
	c, err := ln.Accept()
	require.NoError(t, err)
	require.NoError(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	return c
}
