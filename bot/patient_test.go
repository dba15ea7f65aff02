package main

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A pipeListener accepts what is put into it.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }
func (l *pipeListener) Close() error {
	close(l.done)
	return nil
}

// servePipes serves the bot in fake time, over TLS with a key pair.
func servePipes(t *testing.T, pairs ...tls.Certificate) (srv *server, dial func() net.Conn) {
	h := startBare(t)
	if pairs != nil {
		h.srv.TLSConfig = &tls.Config{Certificates: pairs}
	}
	ln := &pipeListener{make(chan net.Conn), make(chan struct{})}
	served := make(chan struct{})
	go func() { defer close(served); _ = h.srv.Serve(ln) }()
	t.Cleanup(func() {
		h.srv.shutdown(t.Context())
		h.abandon()
		<-served
	})
	return h.srv, func() net.Conn {
		ours, theirs := net.Pipe()
		ln.conns <- theirs
		synctest.Wait()
		return ours
	}
}

// A connection that was opened ahead is good for as long as an idle one, a
// request on it has its full time, and half a one is cut as ever.
func TestSilentConnectionsStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, dial := servePipes(t)
		late, half, never := dial(), dial(), dial()
		start := time.Now()
		time.Sleep(idleLimit - time.Second)
		go func() { _, _ = io.WriteString(half, "GET /health HTTP/1.1\r\nHo") }()
		post := posted(`{"update_id":1}`, withSecret)
		_, err := io.WriteString(late, post[:len(post)-1])
		require.NoError(t, err)
		time.Sleep(time.Second / 2)
		_, err = io.WriteString(late, post[len(post)-1:])
		require.NoError(t, err)
		res, err := http.ReadResponse(bufio.NewReader(late), nil)
		require.NoError(t, err)
		readAll(t, res)
		assert.Equal(t, 200, res.StatusCode)
		_, _ = io.Copy(io.Discard, never)
		assert.Equal(t, idleLimit, time.Since(start))
		_, _ = io.Copy(io.Discard, half)
		assert.Equal(t, idleLimit-time.Second+headerLimit, time.Since(start))
		_ = late.Close()
	})
}

// Neither silent connections nor idle ones keep others out.
func TestSilentConnectionsMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, dial := servePipes(t)
		for n := range maxConnections {
			conn := dial()
			if n%2 == 0 {
				continue
			}
			_, err := io.WriteString(conn, head("GET", "/health"))
			require.NoError(t, err)
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			readAll(t, res)
		}
		asking := dial()
		_, err := io.WriteString(asking, head("GET", "/health"))
		require.NoError(t, err)
		res, err := http.ReadResponse(bufio.NewReader(asking), nil)
		require.NoError(t, err)
		readAll(t, res)
		assert.Equal(t, 200, res.StatusCode)
		synctest.Wait()
		srv.mu.Lock()
		assert.Equal(t, maxConnections, srv.open)
		assert.Len(t, srv.silent, maxConnections)
		srv.mu.Unlock()
		_ = asking.Close()
	})
}

// A peer that does not read can't hold up the others: the alert that ends TLS
// would wait 5 s for it.
func TestClosingWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cert, key := writeKeyPair(t)
		pair, err := tls.LoadX509KeyPair(cert, key)
		require.NoError(t, err)
		srv, dial := servePipes(t, pair)
		ask := func(raw net.Conn) (*tls.Conn, int) {
			conn := tls.Client(raw, &tls.Config{InsecureSkipVerify: true})
			_, err := io.WriteString(conn, head("GET", "/health"))
			require.NoError(t, err)
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			readAll(t, res)
			return conn, res.StatusCode
		}
		_, _ = ask(dial())
		synctest.Wait() // until it is at rest
		srv.mu.Lock()
		srv.open = maxConnections
		srv.mu.Unlock()
		start := time.Now()
		fresh, status := ask(dial())
		assert.Equal(t, 200, status)
		assert.Zero(t, time.Since(start), "one that made room")
		synctest.Wait()
		srv.shutdown(t.Context())
		assert.Zero(t, time.Since(start), "one that is at rest at shutdown")
		_ = fresh.NetConn().Close()
	})
}
