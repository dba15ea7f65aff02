package proof

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"
)

func deliveryChecks() []Check {
	return []Check{
		{ID: "D7", Title: "an update delivered again, one after the other, at once, or after a restart, has one effect", AC: []string{"AC-002"},
			Modes: []Mode{Webhook}, Needs: []string{"sleep"}, Run: repeated},
		{ID: "D10", Title: "an update of an unknown shape is reported, and does not stop the ones around it", AC: []string{"AC-002"},
			Modes: []Mode{Webhook, Polling}, Run: mismatched},
	}
}

func repeated(ctx context.Context, e *Env) error {
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	who, x := e.person(), e.Sleep(50*time.Millisecond, e.word("seq"))
	inSequence := e.Hook(who.message(e.nextID(), x.Send))
	for range 3 {
		if err := bot.deliver(ctx, inSequence); err != nil {
			return err
		}
	}
	if err := e.saidOnce(ctx, x.Want, "the same update three times, one after the other"); err != nil {
		return err
	}
	y := e.Sleep(300*time.Millisecond, e.word("once"))
	if err := bot.deliverAtOnce(ctx, e.Text(y.Send), 3); err != nil {
		return err
	}
	if err := e.saidOnce(ctx, y.Want, "the same update three times at once"); err != nil {
		return err
	}
	if _, err := bot.StopWithin(ctx, 10*time.Second); err != nil {
		return err
	}
	if bot, err = e.Restart(ctx, nil); err != nil {
		return err
	}
	if err := bot.deliver(ctx, inSequence); err != nil {
		return err
	}
	// Another one from the same person, that takes longer: the repeat has had its
	// effect by then, if it has one.
	z := e.Sleep(300*time.Millisecond, e.word("later"))
	if err := bot.deliver(ctx, e.Hook(who.message(e.nextID(), z.Send))); err != nil {
		return err
	}
	if err := e.saidOnce(ctx, z.Want, "an update after a repeat from before the restart"); err != nil {
		return err
	}
	return e.saidOnce(ctx, x.Want, "the same update again after a restart")
}

// deliver posts until the bot takes the update: a repeat may be told to come
// back while the first one is handled.
func (i *Instance) deliver(ctx context.Context, r Request) error {
	const rule = "a proper update is taken"
	for n := range 20 {
		resp, err := i.Post(ctx, r)
		switch {
		case err != nil:
			return broken(rule, "a proper update", "%v", err)
		case resp.Status/100 == 2:
			return nil
		case resp.Status != 503 && resp.Status != 429 && resp.Status != 409:
			return broken(rule, "a proper update", "%v", resp)
		}
		if err := pause(ctx, time.Duration(n)*20*time.Millisecond); err != nil {
			return err
		}
	}
	return broken(rule, "a proper update 20 times", "told to come back every time")
}

// pause is a sender's own back-off, ended with ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (i *Instance) deliverAtOnce(ctx context.Context, r Request, n int) error {
	var all sync.WaitGroup
	errs := make([]error, n)
	for k := range n {
		all.Go(func() { errs[k] = i.deliver(ctx, r) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *Env) saidOnce(ctx context.Context, text, sent string) error {
	ctx, cancel := within(ctx, 10*time.Second, "the answer")
	defer cancel()
	const rule = "one update has one effect"
	if err := e.API.WaitSaid(ctx, text); err != nil {
		return broken(rule, sent, "%v", err)
	}
	if n := e.API.Times(text); n != 1 {
		return broken(rule, sent, "%d answers", n)
	}
	return nil
}

// mismatches are updates whose parts are not what the Bot API's schema says,
// as after a change of the API that the bot does not know.
func mismatches(e *Env) map[int64][]byte {
	all := map[int64][]byte{}
	for _, shape := range []string{
		`"message":"a string"`,
		`"message":{"message_id":"x","date":"y","chat":{"id":"abc","type":7},"text":{"deep":[1]}}`,
		`"callback_query":[1,2,3]`,
	} {
		id := e.nextID()
		all[id] = fmt.Appendf(nil, `{"update_id":%d,%s}`, id, shape)
	}
	return all
}

func mismatched(ctx context.Context, e *Env) error {
	if e.Mode == Polling {
		return mismatchedPoll(ctx, e)
	}
	const rule = "an update of an unknown shape is taken and reported, or it comes again for ever"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	if err := bot.alive(ctx, rule, "nothing yet"); err != nil {
		return err
	}
	for id, body := range mismatches(e) {
		status := 0
		for n := 0; n < 10 && status/100 != 2; n++ {
			r, err := bot.Post(ctx, e.Hook(body))
			if err != nil {
				return broken(rule, string(body), "no answer: %v", err)
			}
			status = r.Status
		}
		if status/100 != 2 {
			return broken(rule, string(body)+" ten times", "%d every time", status)
		}
		if err := bot.reports(ctx, id); err != nil {
			return broken(rule, string(body), "%d, and %v", status, err)
		}
	}
	return bot.alive(ctx, rule, "updates of unknown shapes")
}

// reports waits until the instance has printed the update's id: its output
// comes through a pipe, a little later than its answer.
func (i *Instance) reports(ctx context.Context, id int64) error {
	ctx, cancel := within(ctx, 2*time.Second, "the report")
	defer cancel()
	return i.Output.WaitText(ctx, strconv.FormatInt(id, 10))
}
