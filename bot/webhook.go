package main

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"hookproof/bot/internal/telegram"
)

// smallBody is what nearly every update fits in. Of larger bodies no more than
// largeBodies are read at once, so that many of them can't fill the memory.
const (
	smallBody   = 16 << 10
	largeBodies = 2
)

// A hook is the webhook's end: it takes one update a request and answers with
// the reply. The answer is the acknowledgement: Telegram executes the reply
// exactly when it has received the 200 (Bot API server source).
type hook struct {
	gate     gate
	dispatch *dispatcher
	metrics  *metrics
	refused  *refusalLog
	server   *server       // whose connections may be taken over; nil for none
	small    sync.Pool     // of *[smallBody]byte
	large    chan struct{} // holds one for each larger body that is read
}

func newHook(g gate, d *dispatcher, m *metrics, refused *refusalLog) *hook {
	return &hook{gate: g, dispatch: d, metrics: m, refused: refused,
		small: sync.Pool{New: func() any { return new([smallBody]byte) }},
		large: make(chan struct{}, largeBodies)}
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reason := h.gate.check(r)
	if reason != taken {
		h.refuse(w, r, reason, true)
		return
	}
	u, err := h.read(r)
	switch {
	case err == nil || errors.Is(err, telegram.ErrMismatch):
	case errors.Is(err, errTooLarge):
		h.refuse(w, r, refusedSize, true)
		return
	case errors.Is(err, telegram.ErrNotUpdate):
		h.refuse(w, r, refusedUpdate, false)
		return
	default:
		h.refuse(w, r, refusedBody, true)
		return
	}
	// The read deadline was for the body. Left in place it would end the
	// connection of a handler that takes longer.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	reply, reason := h.accept(u, err)
	if reason != taken {
		h.refuse(w, r, reason, false)
	} else if !h.takeOver(w, r, reply) {
		writeReply(w, reply)
	}
}

// accept returns when the update is handled. One that is broken but has an id is
// parked and taken, or Telegram would repeat it for a day.
func (h *hook) accept(u telegram.Update, broken error) (reply []byte, reason refusal) {
	j, mine, err := h.dispatch.admit(u, broken)
	switch {
	case err != nil:
	case mine:
		reply, err = h.dispatch.run(j, h.dispatch.attempt)
	default:
		reply, err = h.dispatch.wait(j)
	}
	switch {
	case err == nil:
		return reply, taken
	case errors.Is(err, errFull):
		return nil, refusedFull
	case errors.Is(err, errDraining), errors.Is(err, errAbandoned):
		return nil, refusedDraining
	}
	return nil, refusedFailed
}

// read decodes the body. Nothing of the update refers to it afterwards.
func (h *hook) read(r *http.Request) (telegram.Update, error) {
	small := h.small.Get().(*[smallBody]byte)
	defer h.small.Put(small)
	n, whole, err := fill(r.Body, small[:])
	body := small[:n]
	if err == nil && !whole {
		h.large <- struct{}{}
		defer func() { <-h.large }()
		large := make([]byte, maxBody+1)
		rest := large[copy(large, body):]
		n, whole, err = fill(r.Body, rest)
		body = large[:len(large)-len(rest)+n]
	}
	switch {
	case err != nil:
		return telegram.Update{}, err
	case !whole:
		return telegram.Update{}, errTooLarge
	}
	return telegram.Decode(body)
}

var errTooLarge = errors.New("body too large")

// fill reads the body into buf, and reports whether that was all of it.
func fill(body io.Reader, buf []byte) (n int, whole bool, err error) {
	for n < len(buf) {
		m, err := body.Read(buf[n:])
		n += m
		if err == io.EOF {
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	return n, false, nil
}

// contentJSON is shared by all answers: nobody changes a header's values.
var contentJSON = []string{"application/json"}

func writeReply(w http.ResponseWriter, reply []byte) {
	if reply == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	header := w.Header()
	header["Content-Type"] = contentJSON
	if len(reply) >= 2<<10 {
		// net/http knows the length of a smaller one, and would send this one in
		// chunks.
		header["Content-Length"] = []string{strconv.Itoa(len(reply))}
	}
	_, _ = w.Write(reply) // if it fails, Telegram asks again
}

// refuse answers with the reason and, when the body was left unread, frees the
// socket. Otherwise net/http would wait for up to 256 KiB of the body before it
// sends the answer, and a client that sends none would hold the connection.
func (h *hook) refuse(w http.ResponseWriter, r *http.Request, reason refusal, unread bool) {
	h.note(reason, r)
	switch reason.status() {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1") // more could outlive a callback query
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	}
	if unread {
		hangUp(w)
	}
	http.Error(w, http.StatusText(reason.status()), reason.status())
}

// note counts a refusal and logs it.
func (h *hook) note(reason refusal, r *http.Request) {
	h.metrics.add(`bot_refused_total{reason="` + reason.reason() + `"}`)
	h.refused.add(reason, h.gate.proxy.clientAddr(r.RemoteAddr, r.Header))
}

// hangUp makes the answer the last one of its connection, whatever the client
// still has to send.
func hangUp(w http.ResponseWriter) {
	w.Header().Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
}
