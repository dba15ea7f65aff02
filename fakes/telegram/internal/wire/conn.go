package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// Limit is how long a connection may take over each of its phases: to send a
// whole request, counted from the last response, and to be given a response.
// Bytes do not extend it. Then the connection is dropped without a word (Bot
// API server source).
const Limit = 500 * time.Second

const (
	// settle is how long a head that is too long may still be completed, see
	// Conn.settleHead.
	settle    = 50 * time.Millisecond
	maxSettle = 4 << 20 // bytes of head
	// linger is how long the peer may take to close after an error.
	linger = time.Second
)

// A Handler answers one request. It appends the whole response, head and body,
// to dst and returns it; end closes the connection after it. With nothing
// appended nothing is sent.
//
// It is called on the connection's goroutine, one request at a time, and may
// block for as long as it likes; [Conn.Gone] tells when that is pointless. It
// may keep m.
type Handler func(c *Conn, m *Message, dst []byte) (response []byte, end bool)

// A Conn is the server's end of one connection.
type Conn struct {
	net    net.Conn
	reader *Reader
	timer  *time.Timer // closes the connection when a phase is over the limit
	pump   *pump       // nil: the connection's goroutine reads by itself
	slow   bool        // see Reader.Slow
}

// Serve answers the requests that come over a connection, in order, until the
// peer closes it, it breaks, a handler ends it, something unreadable comes, or
// ctx is done. It closes the connection and returns when all is over; the
// error is an *Error for something unreadable and nil for an orderly end.
//
// Like the real server it never heeds "Connection: close" nor HTTP/1.0.
func Serve(ctx context.Context, nc net.Conn, h Handler) error {
	return serve(ctx, nc, NewRequestReader(), h)
}

// ServeBehindProxy is Serve as the cloud appears, with a proxy before the Bot
// API server. The proxy hands on a chunked body of no bytes as no body, so
// that multipart/form-data without a single byte is a call without arguments:
// some clients make such calls. The server itself refuses them.
func ServeBehindProxy(ctx context.Context, nc net.Conn, h Handler) error {
	r := NewRequestReader()
	r.proxied = true
	return serve(ctx, nc, r, h)
}

func serve(ctx context.Context, nc net.Conn, r *Reader, h Handler) error {
	c := &Conn{net: nc, reader: r}
	c.timer = time.AfterFunc(Limit, func() { nc.Close() })
	stop := context.AfterFunc(ctx, func() { nc.Close() })
	defer c.close(stop)
	err := c.serve(h)
	if e := (*Error)(nil); errors.As(err, &e) {
		c.refuse(e)
		return err
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (c *Conn) close(stop func() bool) {
	stop()
	c.timer.Stop()
	c.net.Close()
	if c.pump != nil {
		c.pump.wait()
	}
}

func (c *Conn) serve(h Handler) error {
	var out []byte
	for {
		m, err := c.next()
		if err != nil {
			return err
		}
		c.timer.Reset(Limit)
		var end bool
		out, end = h(c, m, out[:0])
		if len(out) > 0 {
			if _, err := c.net.Write(out); err != nil {
				return err
			}
		}
		if end {
			return nil
		}
		c.timer.Reset(Limit)
		if cap(out) > maxKeep {
			out = nil
		}
	}
}

// next waits for the next request.
func (c *Conn) next() (*Message, error) {
	for {
		m, err := c.reader.Next()
		if m != nil || err != nil {
			return m, err
		}
		if !c.slow && c.reader.Slow() {
			c.slow = true
			c.timer.Reset(Limit)
		}
		if err := c.fill(); err != nil {
			return nil, err
		}
		if c.pump == nil && c.reader.overfull() {
			c.settleHead()
		}
	}
}

// fill waits for bytes.
func (c *Conn) fill() error {
	if c.pump != nil {
		return c.pump.take(c.reader)
	}
	n, err := c.net.Read(c.reader.space(minSpace))
	c.reader.commit(n)
	if n > 0 {
		return nil // an error comes again
	}
	return err
}

// settleHead reads on while the peer is still sending a head that is over the
// limit already. The server empties its socket before it looks at what it got,
// so a head that comes in one go may be of any length.
func (c *Conn) settleHead() {
	_ = c.net.SetReadDeadline(time.Now().Add(settle))
	for c.reader.overfull() && c.reader.Buffered() < maxSettle {
		if c.fill() != nil {
			break
		}
	}
	_ = c.net.SetReadDeadline(time.Time{})
}

// refuse answers something unreadable and closes. It waits a while for the
// peer to close too: closing over bytes not read would reset the connection
// and could take the answer with it.
func (c *Conn) refuse(e *Error) {
	c.timer.Stop()
	_ = c.net.SetDeadline(time.Now().Add(linger))
	if _, err := c.net.Write(AppendTransportError(nil, e.Status)); err != nil {
		return
	}
	half, ok := c.net.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	if c.pump == nil {
		_, _ = io.Copy(io.Discard, c.net)
	}
}

// RemoteAddr is the peer's address.
func (c *Conn) RemoteAddr() net.Addr { return c.net.RemoteAddr() }

// Gone returns a channel that is closed when the connection is of no more use:
// the peer has gone away, or the request has taken longer than [Limit], or the
// server is closing. The first call starts a goroutine that reads from the
// connection for the rest of its life, so call it only when about to wait.
func (c *Conn) Gone() <-chan struct{} {
	if c.pump == nil {
		c.pump = startPump(c.net)
	}
	return c.pump.gone
}

// Reset breaks the connection off without a word, with a TCP reset where there
// is one. The handler should return (nil, true) after it.
func (c *Conn) Reset() {
	if tcp, ok := c.net.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	c.net.Close()
}
