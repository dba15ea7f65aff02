package rig

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"hookproof/e2e/target"
)

// MinimalCommand is the hidden command of the harness's own binary that runs
// Minimal, and the name by which a mode of a plan asks for it.
const MinimalCommand = "minimal"

// MinimalSpec is the target that does as little as a webhook bot can: whatever
// limits a run with it is not the bot.
func MinimalSpec() (*target.Spec, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &target.Spec{
		Name: MinimalCommand, About: "as little as a webhook bot can do", Command: []string{self, MinimalCommand}, Modes: []string{"webhook"},
		Settings: map[string]target.Setting{}, Texts: target.Texts{Echo: target.Exchange{Send: "{text}", Want: "{text}"}},
	}
	for _, name := range []string{"TELEGRAM_BOT_TOKEN", "TELEGRAM_API_URL", "WEBHOOK_URL", "WEBHOOK_PORT"} {
		s.Settings[name] = target.Setting{Env: name}
	}
	return s, nil
}

// Minimal is a bot that echoes texts inline and checks nothing. It runs until
// ctx ends.
func Minimal(ctx context.Context) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:"+os.Getenv("WEBHOOK_PORT"))
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { l.Close() })()
	if err := register(ctx); err != nil {
		return err
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		go echo(conn)
	}
}

func register(ctx context.Context) error {
	form := url.Values{"url": {os.Getenv("WEBHOOK_URL")}, "max_connections": {"100"}}
	at := os.Getenv("TELEGRAM_API_URL") + "/bot" + os.Getenv("TELEGRAM_BOT_TOKEN") + "/setWebhook"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return errors.New("setWebhook: its address is no address") // the error would quote the token
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := http.Client{Timeout: readyLimit}
	resp, err := client.Do(r)
	if err != nil {
		if at, ok := errors.AsType[*url.Error](err); ok {
			err = at.Err
		}
		return fmt.Errorf("setWebhook: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("setWebhook: %s", resp.Status)
	}
	return nil
}

// echo answers the updates of one connection until it ends.
func echo(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	var body, out, reply []byte
	for {
		size, err := head(in)
		if err != nil {
			return
		}
		if cap(body) < size {
			body = make([]byte, size)
		}
		body = body[:size]
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		reply = append(reply[:0], `{"method":"sendMessage","chat_id":`...)
		reply = append(reply, between(body, `"chat":{"id":`, ',')...)
		reply = append(reply, `,"text":"`...)
		reply = append(append(reply, between(body, `"text":"`, '"')...), `"}`...)
		out = append(out[:0], "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "...)
		out = strconv.AppendInt(out, int64(len(reply)), 10)
		out = append(append(out, "\r\n\r\n"...), reply...)
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}

// head reads a request up to its body, and says how long that is.
func head(in *bufio.Reader) (size int, err error) {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			return size, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte("Content-Length")) {
			if size, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, err
			}
		}
	}
}

// between is what follows a mark, up to an end. The harness's texts have
// nothing to escape in them.
func between(body []byte, mark string, end byte) []byte {
	_, after, _ := bytes.Cut(body, []byte(mark))
	value, _, _ := bytes.Cut(after, []byte{end})
	return value
}
