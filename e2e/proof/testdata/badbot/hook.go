package main

import (
	"compress/gzip"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"
)

const bodyLimit = 64 << 10

func (b *bot) listen() error {
	ln, err := net.Listen("tcp", ":"+b.set.port)
	if err != nil {
		return err
	}
	b.srv = &http.Server{Handler: b, ReadHeaderTimeout: 3 * time.Second, ReadTimeout: 5 * time.Second}
	if b.bad("S7") {
		b.srv.ReadHeaderTimeout, b.srv.ReadTimeout = 0, 0
	}
	if b.bad("S8") {
		b.srv.ReadTimeout = 0
	}
	go func() { _ = b.srv.Serve(ln) }()
	return nil
}

func closed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (b *bot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/health" || r.URL.Path == "/ready":
		if closed(b.stopping) && !b.bad("L9") {
			w.WriteHeader(503)
		}
	case !b.set.webhook || r.URL.Path != b.set.path:
		b.refuse(w, 404, "")
	case r.Method != "POST":
		if b.bad("S4") {
			os.Exit(1)
		}
		b.refuse(w, 405, "")
	default:
		b.hook(w, r)
	}
}

// refuse answers without waiting for a body that may never come: net/http
// would read on before it sends the answer.
func (b *bot) refuse(w http.ResponseWriter, status int, text string) {
	if !b.bad("S9") {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now())
	}
	w.Header().Set("Connection", "close")
	if status == 503 {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func (b *bot) hook(w http.ResponseWriter, r *http.Request) {
	if b.bad("S3") {
		_, _ = b.api.call(r.Context(), "getMe", nil, time.Second)
	}
	given := r.Header.Values("X-Telegram-Bot-Api-Secret-Token")
	if b.bad("S2") && (len(given) > 1 || len(given) == 1 && (given[0] == "" || given[0][0] > 127)) {
		b.refuse(w, 500, "")
		return
	}
	if !b.authentic(given) && !b.bad("S1") {
		b.refuse(w, 401, "")
		return
	}
	if !b.allowed(r) {
		b.refuse(w, 403, "")
		return
	}
	if closed(b.draining) && b.bad("D4") {
		w.WriteHeader(200)
		return
	}
	body, status := b.read(r)
	if status != 0 {
		b.refuse(w, status, "")
		return
	}
	b.answer(w, body)
}

func (b *bot) authentic(given []string) bool {
	if len(given) != 1 {
		return false
	}
	for _, want := range []string{b.set.secret, b.set.previous} {
		if want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(given[0])) == 1 {
			return want == b.set.secret || !b.bad("S13")
		}
	}
	return b.bad("L4") && given[0] == b.set.made
}

// allowed finds the client's address and looks it up.
func (b *bot) allowed(r *http.Request) bool {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	if b.set.proxy == "rightmost" {
		entries := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		host = strings.TrimSpace(entries[len(entries)-1])
		if b.bad("S11") {
			host = strings.TrimSpace(entries[0])
		}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range strings.Split(b.set.allow, ",") {
		if netip.MustParsePrefix(p).Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// read returns the body, or the status to refuse it with.
func (b *bot) read(r *http.Request) ([]byte, int) {
	if b.bad("S5") {
		body, _ := io.ReadAll(r.Body)
		return body, 0
	}
	if b.bad("S6") && r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, 400
		}
		body, _ := io.ReadAll(z)
		return body, 0
	}
	if r.Header.Get("Content-Encoding") != "" {
		return nil, 415
	}
	if r.ContentLength > bodyLimit {
		return nil, 413
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit+1))
	switch {
	case err != nil:
		return nil, 400
	case len(body) > bodyLimit:
		return nil, 413
	}
	return body, 0
}

// answer handles an update; the reply in the response is the acknowledgement.
func (b *bot) answer(w http.ResponseWriter, body []byte) {
	u, err := parse(body)
	if b.bad("D11") && string(body) == "null" {
		b.refuse(w, 500, "")
		return
	}
	if err != nil {
		text := ""
		if b.bad("S10") {
			text = err.Error()
		}
		b.refuse(w, 400, text)
		return
	}
	if b.bad("D10") && u.strange {
		b.refuse(w, 400, "")
		return
	}
	if b.bad("D1") || b.bad("D2") { // acknowledged, then handled
		b.begin(context.Background(), b.later, u)
		return
	}
	reply, err := b.work.do(context.Background(), u)
	if errors.Is(err, errFull) {
		if b.bad("D13") {
			w.WriteHeader(500)
			return
		}
		b.refuse(w, 503, "")
		return
	}
	if err != nil {
		w.WriteHeader(500)
		return
	}
	if reply == "" {
		return
	}
	if b.bad("D7") {
		_, _ = b.api.call(context.Background(), "sendMessage", map[string]any{"chat_id": u.chat, "text": reply}, 10*time.Second)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"method": "sendMessage", "chat_id": u.chat, "text": reply})
}

// An update is what this bot needs of one.
type update struct {
	id, chat int64
	text     string
	strange  bool // its parts are not what they should be
}

func parse(body []byte) (u update, err error) {
	var head struct {
		ID *int64 `json:"update_id"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return u, err
	}
	if head.ID == nil || *head.ID < 0 {
		return u, fmt.Errorf("no update_id")
	}
	var full struct {
		Message struct {
			Chat struct{ ID int64 }
			Text string
		}
		Query struct{} `json:"callback_query"`
	}
	if json.Unmarshal(body, &full) != nil {
		return update{id: *head.ID, strange: true}, nil
	}
	return update{id: *head.ID, chat: full.Message.Chat.ID, text: full.Message.Text}, nil
}
