package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hookproof/bot/internal/telegram"
)

// A hotline is a connection that was taken over from http.Server after an update
// was let in on it. It serves more of the same at a third of the cost: one read
// and one write each, on one goroutine.
//
// It is strict, and refuses nothing itself. It knows a request only in the shape
// of the one before, asks the same gate about each, and gives the connection back
// to http.Server, with all that was read, for anything else than an update to be
// let in: http.Server then finds out what it is, and says so.
type hotline struct {
	hook  *hook
	conn  net.Conn
	io    io.ReadWriter // conn's
	start string        // the request line, with its end
	host  string        // the Host header

	head http.Request               // what the gate looks at
	kept [len(gateHeaders)][]string // values of the headers, from one request to the next

	buf        [smallBody]byte
	have       int // bytes of buf that were read and are not used up
	out        []byte
	idle, busy time.Time // when the deadline to read, and to write, was set
}

// gateHeaders are the headers that the gate looks at and the hotline reads.
var gateHeaders = [...]string{"X-Telegram-Bot-Api-Secret-Token", "X-Forwarded-For", "X-Forwarded-Proto", "Cf-Connecting-Ip", "Fly-Client-Ip"}

var errForeign = errors.New("not an update as the one before")

// takeOver answers r with reply and goes on with its connection, if that is
// plain HTTP/1.1 and stays open.
func (h *hook) takeOver(w http.ResponseWriter, r *http.Request, reply []byte) bool {
	if h.server == nil || r.TLS != nil || r.Close || !r.ProtoAtLeast(1, 1) {
		return false
	}
	conn, rest := h.server.keep(w)
	if conn == nil {
		return false
	}
	l := &hotline{hook: h, conn: conn, io: newRawIO(conn), start: r.Method + " " + r.RequestURI + " HTTP/1.1\r\n", host: r.Host,
		head: http.Request{Method: r.Method, RemoteAddr: r.RemoteAddr, Header: http.Header{}}}
	l.have, _ = rest.Read(l.buf[:rest.Buffered()])
	go l.serve(reply) // and not here, where http.Server's buffers would be kept
	return true
}

// serve answers with reply and takes updates until there is something else.
func (l *hotline) serve(reply []byte) {
	if err := l.converse(reply); !errors.Is(err, errForeign) {
		l.have = 0
	}
	l.hook.server.giveBack(l.conn, l.buf[:l.have])
}

// converse returns why it ended. A panic ends this connection alone, as it would
// in http.Server.
func (l *hotline) converse(reply []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicError(p)
			l.hook.dispatch.log.Error("webhook connection closed after a panic", "error", err)
		}
	}()
	err = l.answer(taken, reply)
	for err == nil {
		err = l.exchange()
	}
	return err
}

// exchange takes one request and answers it.
func (l *hotline) exchange() error {
	head, size, err := l.next()
	if err != nil {
		return err
	}
	u, broken := telegram.Decode(l.buf[head:size])
	if errors.Is(broken, telegram.ErrNotUpdate) {
		return errForeign
	}
	reply, reason := l.hook.accept(u, broken)
	if reason != taken {
		l.hook.note(reason, &l.head)
	}
	l.have = copy(l.buf[:], l.buf[size:l.have])
	return l.answer(reason, reply)
}

// read waits for the first bytes of a request. Its deadline, and that to write,
// are set no more than once a second, which is often enough.
func (l *hotline) read() (err error) {
	if now := time.Now(); now.Sub(l.idle) > time.Second {
		if l.idle = now; !l.hook.server.mayRead(l.conn, now.Add(idleLimit)) {
			return net.ErrClosed
		}
	}
	l.have, err = l.io.Read(l.buf[:])
	return err
}

// next waits for a request, and returns where its body begins and ends.
func (l *hotline) next() (head, size int, err error) {
	if l.have == 0 {
		err = l.read()
	}
	for seen := 0; err == nil; {
		if head == 0 {
			head, size, err = l.parse(seen)
		}
		switch {
		case err != nil:
			return 0, 0, err
		case head > 0 && l.have >= size:
			return head, size, nil
		case l.have == len(l.buf) || size > len(l.buf):
			return 0, 0, errForeign
		case seen == 0: // the rest of it has to arrive in time
			if l.idle = (time.Time{}); !l.hook.server.mayRead(l.conn, time.Now().Add(readLimit)) {
				return 0, 0, net.ErrClosed
			}
		}
		seen = l.have
		var n int
		n, err = l.io.Read(l.buf[seen:])
		l.have += n
	}
	return 0, 0, err
}

// parse returns where the body begins and ends, 0 as long as the head is not
// complete. The first seen bytes did not complete it.
func (l *hotline) parse(seen int) (head, size int, err error) {
	if n := min(l.have, len(l.start)); string(l.buf[:n]) != l.start[:n] {
		return 0, 0, errForeign
	}
	from := max(0, seen-3)
	end := bytes.Index(l.buf[from:l.have], []byte("\r\n\r\n"))
	if end < 0 {
		return 0, 0, nil
	}
	head = from + end + 4
	length, ok := l.headers(l.buf[len(l.start) : head-2])
	if l.head.ContentLength = int64(length); !ok || l.hook.gate.check(&l.head) != taken {
		return 0, 0, errForeign
	}
	return head, head + length, nil
}

// headers reads the lines of a head and returns the body's length.
func (l *hotline) headers(lines []byte) (length int, ok bool) {
	var count [len(gateHeaders)]int
	length, hosts := -1, 0
	for len(lines) > 0 {
		line, rest, _ := bytes.Cut(lines, []byte("\r\n"))
		name, value, colon := bytes.Cut(line, []byte(":"))
		if lines = rest; !colon || !plainHeader(name, value) {
			return 0, false
		}
		value = bytes.Trim(value, " \t")
		switch {
		case is(name, "Host"):
			if hosts++; string(value) != l.host {
				return 0, false
			}
		case is(name, "Content-Length"):
			if n, err := strconv.ParseUint(string(value), 10, 24); err == nil && length < 0 {
				length = int(n)
				continue
			}
			return 0, false
		case is(name, "Connection") && !is(value, "keep-alive"), is(name, "Content-Encoding"), is(name, "Transfer-Encoding"),
			is(name, "Trailer"), is(name, "Expect"), is(name, "Upgrade"):
			return 0, false
		default:
			l.keep(name, value, &count)
		}
	}
	clear(l.head.Header)
	for i, n := range count {
		if n > 0 {
			l.head.Header[gateHeaders[i]] = l.kept[i][:n]
		}
	}
	return length, length >= 0 && hosts == 1
}

// keep stores a value for the gate. It is nearly always the one of the request
// before, and then nothing is allocated.
func (l *hotline) keep(name, value []byte, count *[len(gateHeaders)]int) {
	for i, known := range gateHeaders {
		if !is(name, known) {
			continue
		}
		if n := count[i]; n >= len(l.kept[i]) || l.kept[i][n] != string(value) {
			l.kept[i] = append(l.kept[i][:n], string(value))
		}
		count[i]++
		return
	}
}

func is(got []byte, want string) bool {
	return len(got) == len(want) && strings.EqualFold(string(got), want)
}

// plainHeader reports whether a header has none but the usual characters.
func plainHeader(name, value []byte) bool {
	for _, c := range name {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	for _, c := range value {
		if (c < ' ' || c > '~') && c != '\t' {
			return false
		}
	}
	return len(name) > 0
}

// answer writes an answer, and fails if the connection is not to be kept.
func (l *hotline) answer(reason refusal, reply []byte) error {
	closing := l.hook.server.closing.Load()
	if now := time.Now(); closing || now.Sub(l.busy) > time.Second {
		l.busy = now
		limit := writeLimit
		if closing {
			limit = lastWriteLimit
		}
		_ = l.conn.SetWriteDeadline(now.Add(limit))
	}
	keep := !closing && reason == taken
	status := http.StatusOK
	if reason != taken {
		status = reason.status()
	}
	out := append(l.out[:0], "HTTP/1.1 "...)
	out = strconv.AppendInt(out, int64(status), 10)
	out = append(append(out, ' '), http.StatusText(status)...)
	out = time.Now().UTC().AppendFormat(append(out, "\r\nDate: "...), http.TimeFormat)
	if reply != nil {
		out = append(out, "\r\nContent-Type: application/json"...)
	}
	if status == http.StatusServiceUnavailable {
		out = append(out, "\r\nRetry-After: 1"...)
	}
	if !keep {
		out = append(out, "\r\nConnection: close"...)
	}
	out = strconv.AppendInt(append(out, "\r\nContent-Length: "...), int64(len(reply)), 10)
	l.out = append(append(out, "\r\n\r\n"...), reply...)
	if _, err := l.io.Write(l.out); err != nil || !keep {
		return net.ErrClosed
	}
	return nil
}
