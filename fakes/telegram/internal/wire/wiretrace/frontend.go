// Package wiretrace replays recordings of the Bot API server's HTTP front end
// against the one in package wire.
package wiretrace

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"hookproof/fakes/telegram/internal/wire"
)

const (
	quiet   = 1500 * time.Millisecond // a connection is kept open if it stays open this long
	patient = 10 * time.Second        // for something that must come
)

// A Case is one recorded connection to the HTTP front end: what was
// sent, what came back, and whether the connection stayed open.
type Case struct {
	Name      string
	Send      []sent
	Responses []response
	After     string `json:"connection_after"`

	successHead string
}

// A sent is one step of the client.
type sent struct {
	Text   string
	Repeat int // of Text; 0 is once
	B64    []byte
	Wait   float64 // seconds
	Await  int     // responses that must have come
}

// UnmarshalJSON is strict: a step that is not understood in full would be played
// wrongly.
func (s *sent) UnmarshalJSON(b []byte) error {
	type plain sent
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode((*plain)(s))
}

func (s sent) bytes() []byte {
	return append(bytes.Repeat([]byte(s.Text), max(s.Repeat, 1)), s.B64...)
}

// Bytes is all the case sends.
func (c Case) Bytes() []byte {
	var b []byte
	for _, s := range c.Send {
		b = append(b, s.bytes()...)
	}
	return b
}

// A response is either exact or says what the server understood.
type response struct {
	Status int
	Head   blob // empty: the trace's success head
	Raw    blob
	Parsed *request
}

// A request is what the server understood.
type request struct {
	Token  blob
	Test   bool
	Method blob
	Args   [][2]blob
	Files  []upload
}

// An upload is one file that came with a request.
type upload struct {
	Field       blob
	FileName    blob `json:"file_name"`
	ContentType blob `json:"content_type"`
	Size        int
}

func (u upload) String() string {
	return fmt.Sprintf("%q %q (%q, %d bytes)", u.Field, u.FileName, u.ContentType, u.Size)
}

// A blob is a string of a trace: plain, in Base64, or with a long run.
type blob string

func (b *blob) UnmarshalJSON(p []byte) error {
	if p[0] == '"' {
		var s string
		err := json.Unmarshal(p, &s)
		*b = blob(s)
		return err
	}
	var v struct {
		B64                    []byte
		Prefix, Repeat, Suffix string
		Count                  int
	}
	err := json.Unmarshal(p, &v)
	*b = blob(v.B64) + blob(v.Prefix+strings.Repeat(v.Repeat, v.Count)+v.Suffix)
	return err
}

// Cases reads the cases of a front end trace.
func Cases(trace []byte) ([]Case, error) {
	var t struct {
		Kind        string
		SuccessHead string `json:"success_head"`
		Cases       []Case
	}
	if err := json.Unmarshal(trace, &t); err != nil {
		return nil, fmt.Errorf("read trace: %w", err)
	}
	if t.Kind != "frontend" {
		return nil, fmt.Errorf("read trace: kind is %q, not \"frontend\"", t.Kind)
	}
	for i := range t.Cases {
		c := &t.Cases[i]
		c.successHead = t.SuccessHead
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("read trace: case %q: %w", c.Name, err)
		}
	}
	return t.Cases, nil
}

// What may become of a connection.
const (
	keptOpen = "kept open"
	closed   = "closed by server"
	reset    = "reset by server"
)

// check looks for what could not be compared.
func (c *Case) check() error {
	if c.After != keptOpen && c.After != closed && c.After != reset {
		return fmt.Errorf("connection_after %q is not known", c.After)
	}
	for i, r := range c.Responses {
		if (r.Parsed == nil) == (r.Raw == "") {
			return fmt.Errorf("response %d is not either raw or parsed", i+1)
		}
	}
	for i, s := range c.Send {
		if s.Await > len(c.Responses) {
			return fmt.Errorf("step %d waits for %d responses, of %d", i+1, s.Await, len(c.Responses))
		}
	}
	return nil
}

// Frontend replays a front end trace. The error names every case in which the
// front end does otherwise than was recorded, and how.
func Frontend(trace []byte) error {
	cases, err := Cases(trace)
	if err != nil {
		return err
	}
	return errors.Join(RunAll(cases)...)
}

// RunAll replays cases, all at once because each takes a while to make sure
// that nothing more comes. It returns the error of each.
func RunAll(cases []Case) []error {
	errs := make([]error, len(cases))
	var wg sync.WaitGroup
	for i, c := range cases {
		wg.Go(func() {
			if err := c.Run(); err != nil {
				errs[i] = fmt.Errorf("case %q: %w", c.Name, err)
			}
		})
	}
	wg.Wait()
	return errs
}

// Run replays the case over a loopback connection.
func (c Case) Run() error {
	server, conn, err := loopback()
	if err != nil {
		return err
	}
	defer conn.Close()
	b := behind{c: c}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = wire.Serve(ctx, server, b.handle) })
	f := client{conn: conn, r: bufio.NewReader(conn), got: make(chan struct{}, len(c.Responses))}
	wg.Go(func() { f.send(ctx, c.Send) })
	err = f.receive(c)
	cancel()
	conn.Close()
	wg.Wait()
	return errors.Join(append(b.errs, err)...)
}

func loopback() (server, client net.Conn, err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("listen for the replay: %w", err)
	}
	defer ln.Close()
	if client, err = new(net.Dialer).DialContext(context.Background(), "tcp", ln.Addr().String()); err != nil {
		return nil, nil, fmt.Errorf("dial the replay: %w", err)
	}
	if server, err = ln.Accept(); err != nil {
		client.Close()
		return nil, nil, fmt.Errorf("accept the replay: %w", err)
	}
	return server, client, nil
}

// behind stands for what is behind the front end. It compares each request
// with the recording and answers as the recorder did.
type behind struct {
	c    Case
	n    int // requests so far
	errs []error
}

func (b *behind) handle(_ *wire.Conn, m *wire.Message, dst []byte) ([]byte, bool) {
	i := b.n
	b.n++
	token, method, test, ok := wire.ParseRoute(m.Path)
	if !ok {
		return wire.AppendNotFound(dst, m.Path), false
	}
	if method == "" {
		method = m.NamedMethod()
	}
	if i >= len(b.c.Responses) || b.c.Responses[i].refusal() {
		b.errs = append(b.errs, fmt.Errorf("request %d (%q) was not expected", i+1, method))
		return dst, true
	}
	want := b.c.Responses[i]
	if want.Parsed == nil && want.Status != 404 {
		return rerender(dst, want), false
	}
	if got := understood(token, method, test, m); want.Parsed != nil && !got.equal(want.Parsed) {
		b.errs = append(b.errs, fmt.Errorf("request %d was understood as %s, not %s", i+1, got, want.Parsed))
	}
	return wire.AppendResponse(dst, 200, 0, []byte(`{"ok":true,"result":true}`), true), false
}

func understood(token, method string, test bool, m *wire.Message) *request {
	r := &request{Token: blob(token), Test: test, Method: blob(method)}
	for _, a := range m.Args {
		r.Args = append(r.Args, [2]blob{blob(a.Name), blob(a.Value)})
	}
	for _, f := range m.Files {
		r.Files = append(r.Files, upload{blob(f.Field), blob(f.Name), blob(f.ContentType), len(f.Data)})
	}
	return r
}

func (r *request) equal(o *request) bool { return r.String() == o.String() }

func (r *request) String() string {
	return fmt.Sprintf("{token %q test %t method %q args %q files %s}", r.Token, r.Test, r.Method, r.Args, r.Files)
}

// rerender writes the recorded result anew, so that escapes, header order and
// status line are the front end's own.
func rerender(dst []byte, want response) []byte {
	_, body, _ := strings.Cut(string(want.Raw), "\r\n\r\n")
	v, err := wire.ParseJSON(body)
	if err != nil {
		return dst
	}
	retryAfter := int32(0)
	if p, ok := v.Field("parameters"); ok {
		retryAfter, _ = p.OptionalInt("retry_after", 0)
	}
	return wire.AppendResponse(dst, want.Status, int(retryAfter), appendValue(nil, v), true)
}

func appendValue(dst []byte, v wire.Value) []byte {
	switch v.Kind() {
	case wire.String:
		s, _ := v.String()
		return wire.AppendString(dst, s)
	case wire.Number:
		n, _ := v.Number()
		return append(dst, n...)
	case wire.Boolean:
		yes, _ := v.Bool()
		return strconv.AppendBool(dst, yes)
	case wire.Array:
		dst = append(dst, '[')
		for i, item := range v.Array() {
			dst = appendValue(comma(dst, i), item)
		}
		return append(dst, ']')
	case wire.Object:
		dst = append(dst, '{')
		for i, f := range v.Fields() {
			dst = append(wire.AppendString(comma(dst, i), f.Name), ':')
			dst = appendValue(dst, f.Value)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

func comma(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return dst
}

// A client plays the recorded client.
type client struct {
	conn net.Conn
	r    *bufio.Reader
	got  chan struct{} // one for each response that has come
}

// send plays the client's steps. A write that fails is no error: the server
// may close before it has read everything.
func (f *client) send(ctx context.Context, steps []sent) {
	come := 0
	for _, s := range steps {
		for ; come < s.Await; come++ {
			select {
			case <-f.got:
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-time.After(time.Duration(s.Wait * float64(time.Second))):
		case <-ctx.Done():
			return
		}
		if _, err := f.conn.Write(s.bytes()); err != nil {
			return
		}
	}
}

func (f *client) receive(c Case) error {
	for i, want := range c.Responses {
		_ = f.conn.SetReadDeadline(time.Now().Add(patient))
		got, err := f.response(want)
		if err != nil {
			return fmt.Errorf("response %d: %w, after %q", i+1, err, got)
		}
		if exact := want.exact(c.successHead, got); got != exact {
			return fmt.Errorf("response %d was %q, not %q", i+1, got, exact)
		}
		f.got <- struct{}{}
	}
	got := f.after(c.After == keptOpen)
	if got == closed && c.After == reset {
		// The kernel makes a reset of a close over bytes that were not read. How
		// many were not is chance; this server waits for them all.
		return nil
	}
	if got != c.After {
		return fmt.Errorf("connection afterwards was %s, not %s", got, c.After)
	}
	return nil
}

// refusal tells whether the response is to something unreadable.
func (r response) refusal() bool {
	return r.Parsed == nil && strings.HasSuffix(string(r.Raw), "\r\n\r\n")
}

// exact returns the bytes that the response had to be. The body of a parsed
// one is free, its head is not.
func (r response) exact(successHead, got string) string {
	if r.Parsed == nil {
		return string(r.Raw)
	}
	head := successHead
	if r.Head != "" {
		head = string(r.Head)
	}
	_, body, _ := strings.Cut(got, "\r\n\r\n")
	return strings.ReplaceAll(head, "@LEN@", strconv.Itoa(len(body))) + body
}

// response reads one response: a head and as much body as it says.
func (f *client) response(want response) (string, error) {
	if want.Parsed == nil {
		p := make([]byte, len(want.Raw))
		n, err := io.ReadFull(f.r, p)
		return string(p[:n]), err
	}
	var head strings.Builder
	length := 0
	for {
		line, err := f.r.ReadString('\n')
		head.WriteString(line)
		if err != nil {
			return head.String(), err
		}
		if line == "\r\n" {
			break
		}
		if value, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			length, _ = strconv.Atoi(strings.TrimSpace(value))
		}
	}
	body := make([]byte, length)
	n, err := io.ReadFull(f.r, body)
	return head.String() + string(body[:n]), err
}

// after tells what became of the connection.
func (f *client) after(stays bool) string {
	timeout := patient
	if stays {
		timeout = quiet
	}
	_ = f.conn.SetReadDeadline(time.Now().Add(timeout))
	b, err := f.r.ReadByte()
	switch {
	case err == nil:
		return fmt.Sprintf("not quiet (%q came)", b)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return keptOpen
	case errors.Is(err, io.EOF):
		return closed
	case errors.Is(err, syscall.ECONNRESET):
		return reset
	}
	return err.Error()
}
