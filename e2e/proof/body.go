package proof

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

func bodyChecks() []Check {
	return []Check{
		{ID: "S5", Title: "a body of 150 MiB is refused unread, fifty at once too, without growing", AC: []string{"AC-003"},
			Modes: []Mode{Webhook}, Weighs: true, Run: hugeBody},
		{ID: "S6", Title: "a compressed body is refused, or bounded after inflation", AC: []string{"AC-003"},
			Modes: []Mode{Webhook}, Weighs: true, Run: inflatedBody},
	}
}

const (
	hugeSize = 150 << 20
	// growthLimit is how much more memory the bot may hold at the worst moment.
	growthLimit = 16 << 20
	// slack is what a server may read beyond its limit before it notices.
	slack = 64 << 10
)

// memory watches what an instance reads and holds from a moment on.
type memory struct {
	of        *Instance
	rss, read int64
}

func (i *Instance) watchMemory() (m memory, err error) {
	m.of = i
	if err := i.ResetPeakRSS(); err != nil {
		return m, err
	}
	if m.rss, err = i.RSS(); err != nil {
		return m, err
	}
	m.read, err = i.BytesRead()
	return m, err
}

// growth is peak memory since the start of the watch, and bytes read since.
func (m memory) growth() (rss, read int64, err error) {
	peak, err := m.of.PeakRSS()
	if err != nil {
		return 0, 0, err
	}
	total, err := m.of.BytesRead()
	return peak - m.rss, total - m.read, err
}

// ended says that the process has ended, if it has. unread is why its usage could
// not be read: one that is about to end has none any more, and gets time to.
func (i *Instance) ended(rule, sent string, unread error) error {
	if unread != nil {
		select {
		case <-i.Done():
		case <-time.After(5 * time.Second):
			return unread
		}
	}
	if !i.Running() {
		return broken(rule, sent, "the process ended; it said last:\n%s", i.Output.Tail(2048))
	}
	return nil
}

// huge is one way of sending far too much.
type huge struct {
	name    string
	chunked bool
	secret  string
	count   int
}

func hugeBody(ctx context.Context, e *Env) error {
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	for _, h := range []huge{
		{"150 MiB by Content-Length", false, e.Secret, 1},
		{"150 MiB in chunks", true, e.Secret, 1},
		{"150 MiB by Content-Length without the secret", false, "wrong", 1},
		{"150 MiB in chunks without the secret", true, "wrong", 1},
		{"50 times 150 MiB by Content-Length at once", false, e.Secret, 50},
		{"50 times 150 MiB in chunks at once", true, e.Secret, 50},
		{"50 times 150 MiB in chunks at once without the secret", true, "wrong", 50},
	} {
		if err := bot.swallow(ctx, h); err != nil {
			return err
		}
	}
	return bot.alive(ctx, "huge bodies leave the bot serving", "bodies of 150 MiB")
}

// swallow sends huge bodies and judges what the bot read, held and said.
func (i *Instance) swallow(ctx context.Context, h huge) error {
	const rule = "a huge body is refused after its limit, without growing"
	before, err := i.watchMemory()
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	replies, errs := make([]Response, h.count), make([]error, h.count)
	for n := range h.count {
		all.Go(func() { replies[n], errs[n] = i.pour(ctx, h) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	rss, read, err := before.growth()
	if err := i.ended(rule, h.name, err); err != nil {
		return err
	}
	for _, r := range replies {
		if r.Status != 0 && r.Status/100 != 4 && r.Status != 503 {
			return broken(rule, h.name, "%v", r)
		}
	}
	limit := i.env.Spec.BodyLimit
	if limit == 0 {
		limit = 1 << 20
	}
	if most := int64(h.count) * (limit + slack); read > most {
		return broken(rule, h.name, "%d KiB read; %d KiB is the most", read>>10, most>>10)
	}
	if rss > growthLimit {
		return broken(rule, h.name, "%d MiB more memory", rss>>20)
	}
	return nil
}

// pour writes until the bot has had enough: it answers, or closes.
func (i *Instance) pour(ctx context.Context, h huge) (Response, error) {
	ctx, cancel := within(ctx, 20*time.Second, h.name)
	defer cancel()
	c, err := Dial(ctx, i.Addr())
	if err != nil {
		return Response{}, err
	}
	defer c.Close()
	r := i.env.Hook(nil).WithSecret(h.secret)
	if h.chunked {
		r.Chunked = true
	} else {
		r = r.With(fmt.Sprintf("Content-Length: %d", hugeSize))
	}
	go func() { _ = pourInto(c, r, hugeSize) }() // ends when c closes
	resp, err := c.Read1(r.Method)
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		return resp, broken("a huge body is refused", h.name, "neither an answer nor an end in 20 s")
	}
	return resp, nil // cut off without an answer is a refusal too
}

// pourInto sends the head and then size bytes of a JSON string.
func pourInto(c net.Conn, r Request, size int) error {
	if _, err := c.Write(r.head()); err != nil {
		return err
	}
	block := bytes.Repeat([]byte("a"), 16<<10)
	if r.Chunked {
		block = fmt.Appendf(nil, "%x\r\n%s\r\n", len(block), block)
	}
	start := []byte(`{"update_id":1,"message":{"text":"`)
	if r.Chunked {
		start = fmt.Appendf(nil, "%x\r\n%s\r\n", len(start), start)
	}
	if _, err := c.Write(start); err != nil {
		return err
	}
	for sent := len(start); sent+len(block) < size; sent += len(block) {
		if _, err := c.Write(block); err != nil {
			return err
		}
	}
	return nil
}

// The bomb inflates to bombBlocks times bombBlock: some 400 KiB become 400 MiB.
const bombBlock, bombBlocks = 4 << 20, 100

// bomb makes the start of an update and then one long text. It is a gzip file
// of many members, each the same, which is quick to make.
func bomb() ([]byte, error) {
	start, err := compress([]byte(`{"update_id":1,"message":{"text":"`))
	if err != nil {
		return nil, err
	}
	block, err := compress(bytes.Repeat([]byte("a"), bombBlock))
	if err != nil {
		return nil, err
	}
	return append(start, bytes.Repeat(block, bombBlocks)...), nil
}

func inflatedBody(ctx context.Context, e *Env) error {
	const rule = "a compressed body is refused, or bounded after inflation"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	body, err := bomb()
	if err != nil {
		return err
	}
	for name, secret := range map[string]string{"the right": e.Secret, "a wrong": "wrong"} {
		sent := fmt.Sprintf("%d KiB of gzip that inflate to 400 MiB, with %s secret", len(body)>>10, name)
		before, err := bot.watchMemory()
		if err != nil {
			return err
		}
		// Any answer will do, and none: what counts is what it costs.
		r, _ := bot.Post(ctx, e.Hook(body).WithSecret(secret).With("Content-Encoding: gzip"))
		rss, _, err := before.growth()
		if ended := bot.ended(rule, sent, err); ended != nil {
			return ended
		}
		if rss > growthLimit {
			return broken(rule, sent, "%d MiB more memory, and %v", rss>>20, r)
		}
	}
	return bot.alive(ctx, rule, "gzip bodies")
}

func compress(text []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		return nil, err
	}
	err := z.Close()
	return b.Bytes(), err
}
