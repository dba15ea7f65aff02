package main

import "hookproof/bot/internal/telegram"

// How many updates, and bytes of replies to them, are remembered. Telegram
// repeats a failed delivery within two minutes (Bot API server source).
const (
	keepUpdates = 4096
	keepBytes   = 4 << 20
)

// A job is one run of an update through the bot.
type job struct {
	update   telegram.Update
	broken   error           // why nothing but its id could be read; nil for most
	turn     <-chan struct{} // closed when the one before it in its chat has ended; nil without one
	failures int             // attempts that failed, those of earlier runs too; the runner's

	done  chan struct{} // closed at the end, when what follows is set
	ended bool          // guarded by the dispatcher's mutex
	reply []byte
	err   error // why the update is neither handled nor parked
}

// replies remembers jobs by update id: those that run, those that failed, and
// the last that are settled with their replies, so that an update that comes
// again gets the same answer. The dispatcher's mutex guards it.
type replies struct {
	byID  map[int64]*job
	order []*job // oldest first
	bytes int
}

func (r *replies) add(j *job) {
	r.byID[j.update.ID] = j
	r.order = append(r.order, j)
	r.trim()
}

// settle drops the text that led to the reply.
func (r *replies) settle(j *job) {
	j.update.Text = ""
	r.bytes += len(j.reply)
	r.trim()
}

func (r *replies) trim() {
	for n := len(r.order); n > 0 && (len(r.order) > keepUpdates || r.bytes > keepBytes); n-- {
		oldest := r.order[0]
		r.order = r.order[1:]
		switch {
		case !oldest.ended:
			r.order = append(r.order, oldest)
		case r.byID[oldest.update.ID] == oldest:
			delete(r.byID, oldest.update.ID)
			r.bytes -= len(oldest.reply)
		}
	}
}
