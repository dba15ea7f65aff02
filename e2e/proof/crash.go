package proof

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hookproof/e2e/target"
)

func crashChecks() []Check {
	return []Check{
		{ID: "D1", Title: "an update whose handler was killed is handled after the restart", AC: []string{"AC-002"},
			Modes: []Mode{Webhook}, Needs: []string{"sleep"}, Run: killedInHandler},
		{ID: "D14", Title: "SIGTERM in the middle of a batch loses nothing and doubles nothing", AC: []string{"AC-006"},
			Modes: []Mode{Polling}, Needs: []string{"sleep"}, Run: stoppedInBatch},
		{ID: "D15", Title: "a kill in the middle of a batch loses nothing", AC: []string{"AC-006"},
			Modes: []Mode{Polling}, Needs: []string{"sleep"}, Run: killedInBatch},
	}
}

func sortedIDs(m map[int64][]byte) []int64 {
	ids := make([]int64, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func killedInHandler(ctx context.Context, e *Env) error {
	const rule = "an update is acknowledged only when it has been handled"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	t, x, err := e.Busy(ctx, 1500*time.Millisecond)
	if err != nil {
		return err
	}
	early, cancel := within(ctx, 300*time.Millisecond, "an early acknowledgement")
	_ = e.Edge.Wait(early, answered(x.Send)) // a bot that acknowledges too early does so now
	cancel()
	bot.Kill()
	if _, err := e.Restart(ctx, nil); err != nil {
		return err
	}
	if err := e.hearSoon(ctx, t, x.Want); err != nil {
		return broken(rule, "SIGKILL while the handler of an update ran, then a restart", "%v", err)
	}
	if n := t.Count(x.Want); n != 1 {
		return broken(rule, "SIGKILL while the handler of an update ran, then a restart", "%d answers", n)
	}
	return nil
}

// underWay is true once a delivery of the text has been passed on to the bot.
func underWay(text string) func([]Delivery) bool {
	return func(all []Delivery) bool {
		return slices.ContainsFunc(all, func(d Delivery) bool { return d.Text == text && d.Passed })
	}
}

// hearSoon waits for an answer while Telegram's clock, and with it the delays
// before a repeated delivery, runs faster.
func (e *Env) hearSoon(ctx context.Context, t *Talk, text string) error {
	ctx, cancel := within(ctx, 12*time.Second, "the answer")
	defer cancel()
	heard := make(chan error, 1)
	go func() { heard <- e.WaitHeard(ctx, t, []string{text}) }()
	faster := time.NewTicker(200 * time.Millisecond)
	defer faster.Stop()
	for {
		select {
		case err := <-heard:
			return err
		case <-faster.C:
			e.Fake.Clock().Advance(time.Second)
		}
	}
}

// A batchStop is what a stop in the middle of a batch led to.
type batchStop struct {
	talk  *Talk
	wants []string
}

// stopInBatch gives a polling bot five numbered messages that take a while,
// each longer than the one before, so that a bot that handles them all at once
// is in the middle of them too when the first has been answered, and has long
// asked for more. Then it stops
// the bot, starts it again, and returns when the last one has been answered.
func (e *Env) stopInBatch(ctx context.Context, stop func(*Instance) error) (batchStop, error) {
	s := batchStop{talk: e.Talk()}
	tag := e.word("batch")
	for n := range 5 {
		x := e.Sleep(time.Duration(500+200*n)*time.Millisecond, fmt.Sprintf("%s-%d", tag, n))
		s.wants = append(s.wants, x.Want)
		s.talk.Say(x.Send)
	}
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return s, err
	}
	first, cancel := within(ctx, 15*time.Second, "the first answer")
	defer cancel()
	if err := s.talk.Hear(first, s.wants[0]); err != nil {
		return s, broken("what came before the start is handled", "five messages, then a start", "%v", err)
	}
	if err := stop(bot); err != nil {
		return s, err
	}
	if _, err = e.Start(ctx, nil); err != nil {
		return s, err
	}
	wait, done := within(ctx, 10*time.Second, "the last answer")
	defer done()
	_ = e.WaitHeard(wait, s.talk, s.wants) // the caller counts
	// One more message: what was still to come of the batch has come by then.
	return s, s.talk.Exchange(ctx, e.Probe())
}

// WaitHeard waits until every text has been said in the chat.
func (e *Env) WaitHeard(ctx context.Context, t *Talk, wants []string) error {
	err := e.API.until(ctx, func() bool {
		heard := t.Heard()
		return !slices.ContainsFunc(wants, func(w string) bool { return !slices.Contains(heard, w) })
	})
	if err != nil {
		return fmt.Errorf("not all answers came: %w; the end of the chat:\n%s", err, tail(t.chat.Transcript(), 1024))
	}
	return nil
}

// tail is the end of a text, n bytes at most.
func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// counts lists how often each message was answered.
func (s batchStop) counts() (counts []int) {
	for _, w := range s.wants {
		counts = append(counts, s.talk.Count(w))
	}
	return counts
}

func stoppedInBatch(ctx context.Context, e *Env) error {
	var exit target.Exit
	s, err := e.stopInBatch(ctx, func(bot *Instance) (err error) {
		exit, err = bot.StopWithin(ctx, 40*time.Second)
		return err
	})
	if err != nil {
		return err
	}
	const rule = "a stop between two updates of a batch loses none and repeats none"
	const sent = "five messages, SIGTERM after the first answer, a restart"
	if counts := s.counts(); slices.Min(counts) < 1 || slices.Max(counts) > 1 {
		return broken(rule, sent, "answers per message: %v", counts)
	}
	if exit.Code != 0 {
		return broken(rule, sent, "%v", exit)
	}
	return nil
}

func killedInBatch(ctx context.Context, e *Env) error {
	s, err := e.stopInBatch(ctx, func(bot *Instance) error {
		bot.Kill()
		return nil
	})
	if err != nil {
		return err
	}
	if counts := s.counts(); slices.Min(counts) < 1 {
		return broken("the offset moves only past what has been handled",
			"five messages, SIGKILL after the first answer, a restart", "answers per message: %v; the chat:\n%s",
			counts, strings.TrimSpace(s.talk.chat.Transcript()))
	}
	return nil
}
