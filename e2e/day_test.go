package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
	"hookproof/fakes/telegram"
)

// TestDay is a day and a night of Telegram's time: quiet hours, busy ones, and
// what goes wrong in a bot's life, with Telegram's own back-off in between. Then
// nobody is there for longer than Telegram keeps messages. What it kept is
// answered, each chat in its order, and what it did not keep is not.
//
// The bot's clock is the machine's: of its own watch over the webhook, which
// looks once a minute, only the first look at every start falls into this day.
func TestDay(t *testing.T) {
	for _, mode := range []proof.Mode{proof.Webhook, proof.Polling} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			d := newDay(t, mode)
			for hour := range 24 {
				d.live(t, hour)
			}
			d.beAway(t)
			require.NoError(t, d.letters.judge(d.twice), "seed %d", d.seed)
			d.close(t)
		})
	}
}

// A day is a bot's world in the course of one.
type day struct {
	ctx     context.Context
	env     *proof.Env
	bot     *proof.Instance
	seed    uint64
	random  *rand.Rand
	people  []*telegram.User
	letters *letters
	killed  map[*letter]bool // the bot was killed while they were on their way
	began   time.Time
}

// perHour is about how many letters are written in each hour of the day.
var perHour = [24]int{2, 1, 0, 0, 0, 0, 1, 5, 15, 20, 20, 25, 40, 20, 20, 20, 20, 25, 30, 40, 40, 30, 15, 5}

// accidents happen at these hours; nothing but the day's business at the others.
var accidents = map[int]struct {
	name   string
	happen func(d *day, t *testing.T)
}{
	3:  {"restart at night", (*day).restart},
	9:  {"deploy in the middle of a burst", (*day).deploy},
	11: {"killed in the middle of a burst", (*day).kill},
	14: {"an hour without connection", (*day).disconnect},
	16: {"Telegram has trouble", (*day).trouble},
	18: {"down for two hours", (*day).down},
	21: {"killed while idle", (*day).killIdle},
}

func newDay(t *testing.T, mode proof.Mode) *day {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	r := subject(t)
	d := &day{ctx: ctx, env: world(t, r, mode), seed: r.Seed, random: rand.New(rand.NewPCG(r.Seed, 24)), killed: map[*letter]bool{}}
	for range 6 {
		d.people = append(d.people, d.env.Fake.NewUser("Writer"))
	}
	d.letters = newLetters(d.env)
	t.Cleanup(d.letters.forget)
	d.began = d.env.Fake.Clock().Now()
	d.start(t)
	return d
}

func (d *day) start(t *testing.T) {
	t.Helper()
	var err error
	d.bot, err = d.env.Start(d.ctx, nil)
	require.NoError(t, err)
}

// stop ends the bot as a platform does.
func (d *day) stop(t *testing.T) {
	t.Helper()
	exit, err := d.bot.Stop(d.ctx)
	require.NoError(t, err)
	assert.Zero(t, exit.Code)
}

// live lets one hour pass.
func (d *day) live(t *testing.T, hour int) {
	t.Helper()
	if a, ok := accidents[hour]; ok {
		a.happen(d, t)
	} else {
		d.write(perHour[hour])
	}
	d.settle(t, hour)
	d.pass(time.Hour)
}

// write has about n letters written by anybody, at once.
func (d *day) write(n int) (written []*letter) {
	if n > 0 {
		n += d.random.IntN(1 + n/2)
	}
	for range n {
		from := d.people[d.random.IntN(len(d.people))]
		written = append(written, d.letters.write(from, fmt.Sprintf("letter %d", d.letters.written())))
	}
	return written
}

// writeUntilAnswered is write, and returns at the first answer.
func (d *day) writeUntilAnswered(t *testing.T, n int) []*letter {
	t.Helper()
	written := d.write(n)
	answered := func() bool { return slices.ContainsFunc(written, func(it *letter) bool { return it.answers > 0 }) }
	require.NoError(t, d.letters.until(d.ctx, answered, time.Second, func() {}))
	return written
}

// settle waits until everything has arrived, for which Telegram needs two minutes
// and some after failures. An hour of its time is more than a slow machine makes
// of that.
func (d *day) settle(t *testing.T, hour int) {
	t.Helper()
	since := d.env.Fake.Clock().Now()
	err := d.letters.arrive(d.ctx, 50*time.Millisecond, func() { d.pass(2 * time.Second) })
	require.NoError(t, err, "hour %d, seed %d; the bot said last:\n%s", hour, d.seed, d.bot.Output.Tail(2048))
	assert.Less(t, d.env.Fake.Clock().Now().Sub(since), time.Hour, "of Telegram's time until all has arrived in hour %d, seed %d", hour, d.seed)
}

// pass lets Telegram's time pass.
func (d *day) pass(span time.Duration) { d.env.Fake.Clock().Advance(span) }

// fail lets Telegram's time pass while nothing can be delivered, and lets it try
// as often as it does.
func (d *day) fail(t *testing.T, span time.Duration) {
	t.Helper()
	if d.env.Mode == proof.Polling {
		d.pass(span)
		return
	}
	for end := d.env.Fake.Clock().Now().Add(span); d.env.Fake.Clock().Now().Before(end); {
		open, failed := d.letters.outlook()
		d.pass(telegramsPatience)
		if open == 0 {
			continue
		}
		tried := func() bool { return d.letters.failed > failed || d.letters.openLocked() == 0 }
		require.NoError(t, d.letters.until(d.ctx, tried, time.Second, func() {}), "a delivery is tried every two minutes, seed %d", d.seed)
	}
}

func (d *day) restart(t *testing.T) {
	d.stop(t)
	d.start(t)
	d.write(2)
}

func (d *day) deploy(t *testing.T) {
	d.writeUntilAnswered(t, 60)
	d.stop(t)
	d.start(t)
	d.write(20)
}

// kill is kill -9. A poller that dies between an answer and its confirmation
// leaves a letter that the next one answers again; with a webhook the answer is
// the confirmation.
func (d *day) kill(t *testing.T) {
	letters := d.writeUntilAnswered(t, 60)
	d.bot.Kill()
	if d.env.Mode == proof.Polling {
		for _, it := range letters {
			d.killed[it] = true
		}
	}
	d.start(t)
	d.write(20)
}

func (d *day) killIdle(t *testing.T) {
	d.bot.Kill()
	d.start(t)
	d.write(20)
}

// twice is how many answers more than one a letter may have.
func (d *day) twice(it *letter) int {
	if d.killed[it] {
		return 1
	}
	return 0
}

// disconnect has the edge, or the Bot API, answer 502 for an hour.
func (d *day) disconnect(t *testing.T) {
	d.env.Edge.FailDeliveries(true)
	mend := d.env.API.Intercept("", func(w http.ResponseWriter, _ *http.Request, _ proof.Call) bool {
		w.WriteHeader(http.StatusBadGateway)
		return true
	})
	d.write(20)
	d.fail(t, 30*time.Minute)
	d.write(20)
	d.fail(t, 30*time.Minute)
	mend()
	d.env.Edge.FailDeliveries(false)
	d.write(20)
}

// trouble is on Telegram's side: it loses answers, cuts connections and refuses
// calls for a while. It refuses none that come in a webhook's reply, since nobody
// hears of that (Bot API docs, Making requests when getting updates).
func (d *day) trouble(*testing.T) {
	faults := []telegram.Fault{
		{Delivery: true, Damage: telegram.Duplicate, Times: 5},
		{Delivery: true, Damage: telegram.Reset, Times: 5},
		{Delivery: true, Damage: telegram.BadTLS, Times: 2},
	}
	if d.env.Mode == proof.Polling {
		faults = []telegram.Fault{
			{Method: "sendMessage", Error: telegram.TooManyRequests(1), Times: 3},
			{Method: "sendMessage", Error: &telegram.Error{Code: 500, Description: "Internal Server Error"}, Times: 3},
			{Method: "getUpdates", Damage: telegram.Reset, Times: 2},
		}
	}
	for _, f := range faults {
		d.env.Fake.AddFault(f)
	}
	d.write(40)
}

func (d *day) down(t *testing.T) {
	d.stop(t)
	for range 4 {
		d.write(10)
		d.fail(t, 30*time.Minute)
	}
	d.start(t)
}

// beAway stops the bot for 30 hours. Telegram keeps a message for a day (Bot API
// docs, getUpdates): those of the first hours are gone, and no other.
func (d *day) beAway(t *testing.T) {
	d.stop(t)
	var gone []*letter
	for hours := 0; hours < 30; hours += 5 {
		if written := d.write(8); hours < 30-24 {
			gone = append(gone, written...)
		}
		d.fail(t, 5*time.Hour)
	}
	dropped := d.letters.giveUp(d.env.Mode, gone)
	d.start(t)
	d.settle(t, 54)
	assert.ElementsMatch(t, texts(gone), texts(dropped), "given up as too old, seed %d", d.seed)
}

// close looks at what is left at the end.
func (d *day) close(t *testing.T) {
	t.Helper()
	status, err := d.bot.Health(d.ctx)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, d.env.Mode == proof.Webhook, d.env.Bot.Webhook().URL != "")
	for _, c := range d.env.API.Calls(0, "") {
		assert.NotEqual(t, "true", c.Params.Get("drop_pending_updates"), c.Method)
	}
	d.stop(t)
	assert.Equal(t, d.env.Mode == proof.Webhook, d.letters.failed > 500, "%d deliveries failed", d.letters.failed)
	doubled := 0
	for _, it := range d.letters.all {
		doubled += max(0, it.answers-1)
	}
	t.Logf("seed %d: %v of Telegram's time, %d letters, %d deliveries failed, %d answered twice after the kill",
		d.seed, d.env.Fake.Clock().Now().Sub(d.began).Round(time.Minute), len(d.letters.all), d.letters.failed, doubled)
}

// outlook is how many letters nothing has come of yet, and how many deliveries
// have failed so far.
func (l *letters) outlook() (open, failed int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.openLocked(), l.failed
}

// texts are what is compared of letters: a letter itself leads to all of the
// fake, which an assertion that fails would print.
func texts(letters []*letter) (texts []string) {
	for _, it := range letters {
		texts = append(texts, it.text)
	}
	return texts
}

// giveUp lists the letters that Telegram has given up. With a webhook it says so.
// A poller never hears of them; there those of the given ones that have no answer
// are taken for given up, and judge objects if one gets an answer yet.
func (l *letters) giveUp(mode proof.Mode, gone []*letter) (dropped []*letter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if mode == proof.Polling {
		for _, it := range gone {
			it.dropped = it.answers == 0
		}
	}
	for _, it := range l.all {
		if it.dropped {
			dropped = append(dropped, it)
		}
	}
	return dropped
}
