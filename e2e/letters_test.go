package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"hookproof/e2e/proof"
	"hookproof/fakes/telegram"
)

// Letters are messages to the bot, each with a text of its own that the bot
// echoes, and a record of everything that came of them.
type letters struct {
	env    *proof.Env
	forget func() // ends the record

	mu      sync.Mutex
	all     []*letter          // guarded by mu; in the order of writing
	byText  map[string]*letter // guarded by mu
	byID    map[int64]*letter  // guarded by mu; by update_id
	posted  *letter            // guarded by mu; its update is the next event
	failed  int                // guarded by mu; deliveries that Telegram got no 2xx for
	changed chan struct{}      // guarded by mu; closed and replaced whenever anything came of a letter
}

// A letter is one message. Telegram keeps it until the bot has taken it, or for
// a day.
type letter struct {
	from    *telegram.User
	text    string
	sent    time.Time // by Telegram's clock
	answers int       // that were carried out
	taken   int       // deliveries that Telegram got a 2xx for
	tries   int       // deliveries
	dropped bool      // Telegram gave it up, as too old
	trail   []telegram.Event
}

func newLetters(e *proof.Env) *letters {
	l := &letters{env: e, byText: map[string]*letter{}, byID: map[int64]*letter{}, changed: make(chan struct{})}
	l.forget = e.Fake.Observe(l.note)
	return l
}

// write sends a letter.
func (l *letters) write(from *telegram.User, text string) *letter {
	letter := &letter{from: from, text: text, sent: l.env.Fake.Clock().Now()}
	l.mu.Lock()
	l.all = append(l.all, letter)
	l.byText[text] = letter
	l.announceLocked()
	l.mu.Unlock()
	from.Send(l.env.Bot, text)
	return letter
}

// note takes an event of the fake, which holds its lock meanwhile.
func (l *letters) note(ev telegram.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	it := l.subjectLocked(ev)
	if it == nil {
		return
	}
	it.trail = append(it.trail, ev)
	switch {
	case ev.Kind == telegram.EventDelivery:
		it.tries++
		if ev.Status/100 == 2 {
			it.taken++
		} else {
			l.failed++
		}
	case ev.Kind == telegram.EventDrop:
		it.dropped = true
	case ev.Kind == telegram.EventCall && ev.Status == 200:
		it.answers++
	}
	l.announceLocked()
}

// subjectLocked is the letter that an event is about, if any.
func (l *letters) subjectLocked(ev telegram.Event) *letter {
	switch ev.Kind {
	case telegram.EventPost:
		_, text, _ := strings.Cut(ev.Text, ": ")
		l.posted = l.byText[text]
		return l.posted
	case telegram.EventUpdate: // follows its message at once
		it := l.posted
		l.posted = nil
		if it != nil {
			l.byID[ev.UpdateID] = it
		}
		return it
	case telegram.EventCall:
		if ev.Method == "sendMessage" {
			return l.byText[ev.Params["text"]]
		}
		return nil
	default:
		return l.byID[ev.UpdateID]
	}
}

func (l *letters) announceLocked() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// until waits until cond, which is asked again whenever anything came of a
// letter, and every is called in between, if that takes long.
func (l *letters) until(ctx context.Context, cond func() bool, every time.Duration, do func()) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		l.mu.Lock()
		changed, met := l.changed, cond()
		l.mu.Unlock()
		if met {
			return nil
		}
		select {
		case <-changed:
		case <-tick.C:
			do()
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), l.judge(func(*letter) int { return math.MaxInt32 }))
		}
	}
}

// arrive waits until everything has come of every letter: until the bot has
// answered it or Telegram has given it up, and nothing is in Telegram's queue
// that might be delivered again. hurry is called every pace meanwhile.
func (l *letters) arrive(ctx context.Context, pace time.Duration, hurry func()) error {
	for {
		if err := l.until(ctx, func() bool { return l.openLocked() == 0 }, pace, hurry); err != nil {
			return err
		}
		if l.env.Bot.Pending() == 0 {
			return nil
		}
		looked := false // again, at the next change
		again := func() bool { was := looked; looked = true; return was }
		if err := l.until(ctx, again, pace, hurry); err != nil {
			return err
		}
	}
}

// openLocked counts the letters that nothing final came of.
func (l *letters) openLocked() (n int) {
	for _, it := range l.all {
		if it.answers == 0 && !it.dropped {
			n++
		}
	}
	return n
}

// written is how many there are.
func (l *letters) written() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

// judge finds what is lost, what was doubled without excuse, and what was
// answered out of its chat's order. excuse says how many more answers than one a
// letter may have; nil is none.
func (l *letters) judge(excuse func(*letter) int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	complain := func(it *letter, what string) {
		if len(errs) < 5 { // the first are the cause
			errs = append(errs, fmt.Errorf("%.40q of %d: %s\n%s", it.text, it.from.ID(), what, it.story()))
		}
	}
	for _, it := range l.all {
		allowed := 1
		if excuse != nil {
			allowed += excuse(it)
		}
		switch {
		case it.answers == 0 && !it.dropped:
			complain(it, "lost: no answer")
		case it.answers > 0 && it.dropped:
			complain(it, "answered, though Telegram gave it up")
		case it.answers > allowed:
			complain(it, fmt.Sprintf("%d answers, %d at most are excused", it.answers, allowed))
		}
	}
	return errors.Join(append(errs, l.orderLocked())...)
}

// orderLocked compares, for each chat, the order of the first answers with that
// of the letters.
func (l *letters) orderLocked() error {
	last := map[int64]*letter{}
	for _, it := range l.all {
		if it.answers == 0 {
			continue
		}
		before := last[it.from.ID()]
		if before != nil && it.answered() < before.answered() {
			return fmt.Errorf("chat %d: %.40q was answered before %.40q\n%s%s", it.from.ID(), it.text, before.text, before.story(), it.story())
		}
		last[it.from.ID()] = it
	}
	return nil
}

// answered is the first answer's place in the journal.
func (it *letter) answered() int64 {
	n := slices.IndexFunc(it.trail, func(ev telegram.Event) bool { return ev.Kind == telegram.EventCall && ev.Status == 200 })
	return it.trail[n].Seq
}

// update is the letter's update_id, 0 before it has one.
func (it *letter) update() int64 {
	for _, ev := range it.trail {
		if ev.Kind == telegram.EventUpdate {
			return ev.UpdateID
		}
	}
	return 0
}

// story is what the journal says of the letter.
func (it *letter) story() string {
	var b strings.Builder
	for _, ev := range it.trail {
		fmt.Fprintf(&b, "\t%.160s\n", ev)
	}
	return b.String()
}

// telegramsPatience is longer than Telegram waits before it delivers an update
// again: 120 s at most (Bot API server source).
const telegramsPatience = 121 * time.Second
