package proof

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Request is an HTTP request exactly as it goes over the wire.
type Request struct {
	Method, Target string
	Headers        []string // whole lines, in order; may repeat, may be wrong
	Body           []byte
	Chunked        bool // body in chunks, without Content-Length
}

// With returns the request with more header lines.
func (r Request) With(lines ...string) Request {
	r.Headers = slices.Concat(r.Headers, lines)
	return r
}

// Without returns the request without the header lines of that name.
func (r Request) Without(name string) Request {
	r.Headers = slices.DeleteFunc(slices.Clone(r.Headers), func(line string) bool {
		n, _, _ := strings.Cut(line, ":")
		return strings.EqualFold(n, name)
	})
	return r
}

// As returns the request with another method.
func (r Request) As(method string) Request {
	r.Method = method
	return r
}

// head is everything up to the body. A length or transfer header is added
// unless one is there already.
func (r Request) head() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", r.Method, r.Target)
	for _, h := range r.Headers {
		b.WriteString(h + "\r\n")
	}
	switch {
	case r.Chunked:
		b.WriteString("Transfer-Encoding: chunked\r\n")
	case r.Body != nil && !r.has("Content-Length"):
		b.WriteString("Content-Length: " + strconv.Itoa(len(r.Body)) + "\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

func (r Request) has(name string) bool { return len(r.Without(name).Headers) < len(r.Headers) }

// bytes is the whole request.
func (r Request) bytes() []byte {
	b := r.head()
	if !r.Chunked {
		return append(b, r.Body...)
	}
	if len(r.Body) > 0 {
		b = fmt.Appendf(b, "%x\r\n%s\r\n", len(r.Body), r.Body)
	}
	return append(b, "0\r\n\r\n"...)
}

// A Response is what came back; the zero value means nothing did.
type Response struct {
	Status int
	Header http.Header
	Body   string
	Took   time.Duration // from the first byte sent to the end of the response
	Closed bool          // the server announced that it closes the connection
}

func (r Response) String() string {
	if r.Status == 0 {
		return "no response"
	}
	body := r.Body
	if len(body) > 200 {
		body = body[:200] + "..."
	}
	return fmt.Sprintf("%d %s %q", r.Status, http.StatusText(r.Status), body)
}

// cameBack is what came of a request, in words.
func cameBack(r Response, err error) string {
	if err != nil {
		return fmt.Sprintf("%v: %v", r, err)
	}
	return r.String()
}

// A Conn is a raw client connection.
type Conn struct {
	net.Conn
	r *bufio.Reader
}

// Dial connects. ctx's deadline holds for everything on the connection.
func Dial(ctx context.Context, addr string) (*Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if end, ok := ctx.Deadline(); ok {
		if err := c.SetDeadline(end); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return &Conn{Conn: c, r: bufio.NewReader(c)}, nil
}

// Do sends a request and reads the response. An answer that arrives before the
// whole request has been sent is an answer.
func (c *Conn) Do(r Request) (Response, error) { return c.do(r, func() {}) }

func (c *Conn) do(r Request, sent func()) (Response, error) {
	started := time.Now()
	_, sendErr := c.Write(r.bytes())
	sent()
	resp, err := c.Read1(r.Method)
	resp.Took = time.Since(started)
	if err != nil {
		return resp, errors.Join(err, sendErr)
	}
	return resp, nil
}

// Read1 reads one response to a request of the method.
func (c *Conn) Read1(method string) (Response, error) {
	h, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		return Response{}, fmt.Errorf("read response: %w", err)
	}
	defer h.Body.Close()
	body, err := io.ReadAll(h.Body)
	return Response{Status: h.StatusCode, Header: h.Header, Body: string(body), Closed: h.Close}, err
}

// WaitClosed reads until the server closes the connection, d at most, and says
// how long that took. Anything the server still says is ignored.
func (c *Conn) WaitClosed(d time.Duration) (time.Duration, error) {
	started := time.Now()
	if err := c.SetReadDeadline(started.Add(d)); err != nil {
		return 0, err
	}
	_, err := io.Copy(io.Discard, c.r)
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		return time.Since(started), err
	}
	return time.Since(started), nil // end of stream or reset: closed either way
}

// Send makes one request on a connection of its own.
func Send(ctx context.Context, addr string, r Request) (Response, error) {
	return send(ctx, addr, r, func() {})
}

// send calls sent when the request has been sent, or could not be.
func send(ctx context.Context, addr string, r Request, sent func()) (Response, error) {
	c, err := Dial(ctx, addr)
	if err != nil {
		sent()
		return Response{}, err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	return c.do(r, sent)
}
