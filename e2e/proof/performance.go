package proof

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

func performanceChecks() []Check {
	return []Check{
		{ID: "F1", Title: "updates are acknowledged in 200 ms (p99) while other chats' handlers take 1.5 s", AC: []string{"AC-005"},
			Modes: []Mode{Webhook}, Weighs: true, Needs: []string{"sleep"}, Run: quickWhileSlow},
		{ID: "F3", Title: "2,000 answers take 100 connections to the Bot API at most", AC: []string{"AC-005"},
			Modes: []Mode{Polling}, Run: fewConnections},
	}
}

// apiDelay is how long the Bot API takes for a call in F1.
const apiDelay = 60 * time.Millisecond

// quickWhileSlow measures quick updates next to slow ones, three times at most:
// a busy machine makes delays of its own, and the best attempt counts.
func quickWhileSlow(ctx context.Context, e *Env) error {
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	if err := e.hearWithin(ctx, 10*time.Second); err != nil {
		return err
	}
	defer e.API.Intercept("", func(_ http.ResponseWriter, r *http.Request, _ Call) bool {
		return pause(r.Context(), apiDelay) != nil // then the fake answers, unless the bot has hung up
	})()
	for n := 1; ; n++ {
		took, err := bot.timeQuick(ctx)
		if err != nil {
			return err
		}
		const limit = 200 * time.Millisecond
		p99 := took[len(took)*99/100]
		if p99 <= limit {
			return nil
		}
		if n == 3 {
			return broken("an acknowledgement takes 200 ms at most (p99)", "200 updates next to 20 slow ones, three times",
				"p99 %v, median %v", p99, took[len(took)/2])
		}
	}
}

// timeQuick is how long each of 200 quick updates takes next to 20 slow ones, in
// order of size. A bot that answers in the webhook's reply acknowledges a slow
// update when it has been handled; that is its guarantee, and no reason for
// others to wait.
func (i *Instance) timeQuick(ctx context.Context) ([]time.Duration, error) {
	const slow, quick, abreast = 20, 200, 10
	e := i.env
	var all sync.WaitGroup
	defer all.Wait()
	for range slow {
		r := e.Text(e.Sleep(1500*time.Millisecond, e.word("slow")).Send)
		all.Go(func() { _, _ = i.Post(ctx, r) }) // load, not judged
	}
	// Several at a time: one after the other, a bot that handles one update at a
	// time would make a single one of them wait for all the slow ones.
	posts := make(chan posted, quick)
	for range abreast {
		all.Go(func() {
			for range quick / abreast {
				r, err := i.Post(ctx, e.Text(e.Probe().Send))
				posts <- posted{r, err}
			}
		})
	}
	var took []time.Duration
	for range quick {
		p := <-posts
		if p.err != nil || p.Status/100 != 2 {
			return nil, broken("quick updates are taken while slow ones are handled", "an update next to 20 slow ones", "%s", cameBack(p.Response, p.err))
		}
		took = append(took, p.Took)
	}
	slices.Sort(took)
	return took, nil
}

// posted is what came of one post.
type posted struct {
	Response
	err error
}

func fewConnections(ctx context.Context, e *Env) error {
	const people, each, limit = 40, 50, 100
	if _, err := e.Start(ctx, nil); err != nil {
		return err
	}
	if err := e.hearWithin(ctx, 10*time.Second); err != nil { // what a first update costs is not the matter
		return err
	}
	before := e.API.Connections()
	var talks []*Talk
	x := e.Probe()
	for range people {
		t := e.Talk()
		talks = append(talks, t)
		for range each {
			t.Say(x.Send)
		}
	}
	sent := fmt.Sprintf("%d messages", people*each)
	heard := e.heardWithin(ctx, 50*time.Second, talks, each)
	if n := e.API.Connections() - before; n > limit {
		return broken("connections to the Bot API are kept and used again", sent, "%d connections opened for %d answers", n, heard)
	}
	if heard == people*each {
		return nil
	}
	switch now := e.heardWithin(ctx, 10*time.Second, talks, each); {
	case now == people*each:
		return nil
	case now > heard: // as with libraries that keep to 30 messages a second by themselves
		return &NotApplicable{fmt.Sprintf("the bot answers at a pace of its own: %d of %s in a minute", now, sent)}
	default:
		return broken("every message is answered", sent, "%d answers in a minute", now)
	}
}

// heardWithin waits until each talk has had so many answers, d at most, and
// counts them all.
func (e *Env) heardWithin(ctx context.Context, d time.Duration, talks []*Talk, each int) (heard int) {
	ctx, cancel := within(ctx, d, "the answers")
	defer cancel()
	for _, t := range talks {
		_ = e.API.until(ctx, func() bool { return len(t.Heard()) >= each }) // what came by then is counted
		heard += min(each, len(t.Heard()))
	}
	return heard
}
