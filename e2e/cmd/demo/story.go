package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hookproof/e2e/proof"
	"hookproof/e2e/target"
	"hookproof/fakes/telegram"
)

// A story is the demo as it unfolds, with what was seen so far.
type story struct {
	env     *proof.Env
	say     narrator
	root    string
	traffic *traffic
	bot     *proof.Instance // the one that serves now

	polling, hook stretch
	attacks       []attack
	verified      telegram.WebhookInfo // while the webhook served
	rolledBack    bool
}

// A stretch is a stretch of traffic in one mode.
type stretch struct {
	count
	cpu time.Duration // a message
}

const settleIn = 15 * time.Second

// tell goes through the chapters and ends with the criteria.
func (s *story) tell(ctx context.Context) error {
	chapters := []struct {
		title string
		tell  func(context.Context) error
	}{
		{"1. The bot polls, as it does today", s.poll},
		{"2. It moves to webhooks while people keep writing", s.migrate},
		{"3. Somebody tries to get in", s.attack},
		{"4. A new version is deployed under traffic", s.redeploy},
		{"5. Back to polling, by one variable", s.rollBack},
	}
	for _, c := range chapters {
		s.say.chapter(c.title)
		if err := c.tell(ctx); err != nil {
			return fmt.Errorf("%s: %w", c.title, err)
		}
	}
	s.say.chapter("The story's acceptance criteria")
	return s.judge(ctx)
}

// launch starts an instance in a mode; the others go on.
func (s *story) launch(ctx context.Context, mode proof.Mode) (*proof.Instance, error) {
	s.env.Mode = mode
	began := time.Now()
	i, err := s.env.Start(ctx, proof.Settings{"LOG_LEVEL": "info"})
	if err != nil {
		return nil, err
	}
	s.say.line("a bot in %s mode is up after %s (process %d)", mode, ms(time.Since(began)), i.PID())
	return i, nil
}

// retire stops an instance as a platform does, and reports how it went.
func (s *story) retire(ctx context.Context, i *proof.Instance) error {
	began := time.Now()
	exit, err := i.StopWithin(ctx, settleIn)
	if err != nil {
		return err
	}
	s.say.line("the old instance got SIGTERM and was gone after %s, exit code %d", ms(time.Since(began)), exit.Code)
	if exit.Code != 0 {
		return fmt.Errorf("process %d ended with %v instead of 0; it said last:\n%s", i.PID(), exit, i.Output.Tail(1000))
	}
	return nil
}

func (s *story) poll(ctx context.Context) (err error) {
	if s.bot, err = s.launch(ctx, proof.Polling); err != nil {
		return err
	}
	ann := s.env.Fake.NewUser("Ann")
	chat := ann.Chat(s.env.Bot)
	for _, text := range []string{"/ping", "Hello, is anybody there?"} {
		began := time.Now()
		ann.Send(s.env.Bot, text)
		m, err := chat.Wait(ctx, func(m *telegram.Message) bool { return m.FromBot })
		if err != nil {
			return err
		}
		s.say.line("Ann: %s  ->  bot: %s  (%s)", text, m.Text, ms(time.Since(began)))
	}
	s.traffic = newTraffic(s.env.Fake, s.env.Bot, 5, 20*time.Millisecond)
	s.say.line("from now on five people write 50 numbered messages a second, and each must be answered once")
	s.traffic.start(ctx)
	s.polling, err = s.measure(ctx, 4*time.Second)
	return err
}

// pass lets traffic go on for a while.
func (s *story) pass(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// measure lets traffic go on and tells how the serving instance fared.
func (s *story) measure(ctx context.Context, d time.Duration) (stretch, error) {
	before, err := s.bot.CPU()
	if err != nil {
		return stretch{}, err
	}
	start := s.traffic.count()
	if err := s.pass(ctx, d); err != nil {
		return stretch{}, err
	}
	after, err := s.bot.CPU()
	if err != nil {
		return stretch{}, err
	}
	m := stretch{count: s.traffic.count()}
	m.cpu = (after - before) / time.Duration(max(1, m.answered-start.answered))
	s.say.line("for %s: latency p50 %s, p99 %s; the bot used %s of CPU a message", d, ms(m.p50), ms(m.p99), ms(m.cpu))
	return m, nil
}

func (s *story) migrate(ctx context.Context) error {
	old := s.bot
	var err error
	if s.bot, err = s.launch(ctx, proof.Webhook); err != nil {
		return err
	}
	s.say.line("it listened, then registered %s; the poller was told by %d conflicts (409)", s.env.Bot.Webhook().URL, s.conflicts())
	if err := s.retire(ctx, old); err != nil {
		return err
	}
	if err := s.traffic.catchUp(ctx); err != nil {
		return err
	}
	moving := s.traffic.count()
	s.say.line("while it moved nobody answered for a moment, and the messages waited at Telegram: %s at the longest", ms(moving.worst))
	s.hook, err = s.measure(ctx, 4*time.Second)
	if err != nil {
		return err
	}
	s.verified = s.env.Bot.Webhook()
	s.say.line("getWebhookInfo: %d pending, last error: %s", s.verified.PendingUpdateCount, orNone(s.verified.LastErrorMessage))
	return nil
}

// conflicts counts the polls that Telegram ended since the start.
func (s *story) conflicts() int {
	n := 0
	for _, e := range s.env.Fake.Journal() {
		if e.Kind == telegram.EventCall && e.Method == "getUpdates" && e.Status == http.StatusConflict {
			n++
		}
	}
	return n
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func (s *story) redeploy(ctx context.Context) error {
	s.traffic.count()
	old := s.bot
	var err error
	if s.bot, err = s.launch(ctx, proof.Webhook); err != nil {
		return err
	}
	s.say.line("the edge is told to send new requests to it")
	if err := s.pass(ctx, 2*time.Second); err != nil {
		return err
	}
	if err := s.retire(ctx, old); err != nil {
		return err
	}
	if err := s.pass(ctx, 2*time.Second); err != nil {
		return err
	}
	refused := 0
	for _, d := range s.env.Edge.Deliveries() {
		if d.Status != 0 && d.Status/100 != 2 {
			refused++
		}
	}
	s.say.line("Telegram saw %d failed deliveries out of %d", refused, len(s.env.Edge.Deliveries()))
	c := s.traffic.count()
	s.say.line("so far: %s; latency during the deploy p50 %s, p99 %s", c.tally(), ms(c.p50), ms(c.p99))
	return nil
}

func (s *story) rollBack(ctx context.Context) error {
	old := s.bot
	var err error
	if s.bot, err = s.launch(ctx, proof.Polling); err != nil {
		return err
	}
	if url := s.env.Bot.Webhook().URL; url != "" {
		return fmt.Errorf("the webhook %s is still set", url)
	}
	s.say.line("started with WEBHOOK_ENABLED=false, it removed its own webhook and polls")
	if err := s.pass(ctx, 2*time.Second); err != nil {
		return err
	}
	if err := s.retire(ctx, old); err != nil {
		return err
	}
	if err := s.pass(ctx, time.Second); err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, settleIn)
	defer cancel()
	if err := s.traffic.finish(wait); err != nil {
		return err
	}
	total := s.traffic.count()
	s.say.line("all in all: %d messages sent, %d lost, %d answered twice, %d pending", total.sent, total.lost, total.doubled, s.env.Bot.Pending())
	if total.lost+total.doubled > 0 {
		return fmt.Errorf("%d messages lost, %d answered twice", total.lost, total.doubled)
	}
	s.rolledBack = s.env.Bot.Webhook().URL == ""
	return s.end(ctx)
}

// end stops the last instance.
func (s *story) end(ctx context.Context) error {
	exit, err := s.bot.StopWithin(ctx, settleIn)
	if err != nil {
		return err
	}
	if exit.Code != 0 {
		return fmt.Errorf("the last instance ended with %v instead of 0", exit)
	}
	return nil
}

// An attack is one forged request and what became of it.
type attack struct {
	name    string
	want    int
	headers []string
	got     int
}

func (s *story) attack(ctx context.Context) error {
	secret := "X-Telegram-Bot-Api-Secret-Token: " + s.env.Secret
	https, telegramIP, evil := "X-Forwarded-Proto: https", "X-Forwarded-For: 149.154.167.231", "X-Forwarded-For: 203.0.113.9"
	s.attacks = []attack{
		{name: "a wrong secret", want: http.StatusUnauthorized, headers: []string{https, telegramIP, "X-Telegram-Bot-Api-Secret-Token: guess"}},
		{name: "no secret", want: http.StatusUnauthorized, headers: []string{https, telegramIP}},
		{name: "the right secret from a foreign address", want: http.StatusForbidden, headers: []string{https, evil, secret}},
		{name: "Telegram's address forged in front of it", want: http.StatusForbidden, headers: []string{https, "X-Forwarded-For: 149.154.167.231,203.0.113.9", secret}},
		{name: "plain http at the edge", want: http.StatusForbidden, headers: []string{"X-Forwarded-Proto: http", telegramIP, secret}},
	}
	forged := `{"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":1,"type":"private","first_name":"Eve"},"from":{"id":1,"is_bot":false,"first_name":"Eve"},"text":"forged"}}`
	for i := range s.attacks {
		a := &s.attacks[i]
		r, err := proof.Send(ctx, s.bot.Addr(), proof.Request{
			Method: "POST", Target: "/webhook", Body: []byte(forged),
			Headers: append([]string{"Host: bot.example.com", "Content-Type: application/json"}, a.headers...),
		})
		if err != nil {
			return err
		}
		a.got = r.Status
		s.say.line("%s: %d %s", a.name, a.got, http.StatusText(a.got))
		if a.got != a.want {
			return fmt.Errorf("%s was answered %d instead of %d", a.name, a.got, a.want)
		}
		if strings.Contains(r.Body, "forged") {
			return fmt.Errorf("%s was handled: the answer was %s", a.name, r.Body)
		}
	}
	s.say.line("no reply came with any of them, and everybody else was served: %s", s.traffic.tally())
	return nil
}

// command runs one of the bot's commands and returns what it printed.
func (s *story) command(ctx context.Context, args ...string) (string, error) {
	p, err := s.env.Spec.Start(target.Launch{Args: args})
	if err != nil {
		return "", err
	}
	defer p.Close()
	if exit, err := p.Wait(ctx); err != nil || exit.Code != 0 {
		return "", fmt.Errorf("bot %v: %v %w", args, exit, err)
	}
	return p.Output.String(), nil
}
