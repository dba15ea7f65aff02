package main

import "hookproof/bot/internal/telegram"

// How many updates, and bytes of replies to them, are remembered. Telegram
// repeats a failed delivery within two minutes (Bot API server source).
const (
	keepUpdates = 4096
	keepBytes   = 4 << 20
)

type jobState int

const (
	jobIdle    jobState = iota // its last run failed, or there was none
	jobRunning                 // in its chat's line or in the handler
	jobSettled                 // handled or parked: it will not run again
)

// A job is one update's way through the bot. Its fields are the dispatcher's
// mutex's, but while it runs update, turn and failures are the runner's.
type job struct {
	update   telegram.Update
	broken   error         // why nothing but its id could be read; nil for most
	turn     chan struct{} // closed when the line has moved up to it; nil if it never waited
	done     chan struct{} // closed at the end of the run; nil while nobody waits for it
	state    jobState
	reply    []byte
	err      error // why the last run failed
	failures int
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

func (r *replies) forget(j *job) { delete(r.byID, j.update.ID) }

// settle stores the final reply, and drops the text that led to it.
func (r *replies) settle(j *job, reply []byte) {
	j.state, j.reply, j.err, j.update.Text = jobSettled, reply, nil, ""
	r.bytes += len(reply)
	r.trim()
}

func (r *replies) trim() {
	for n := len(r.order); n > 0 && (len(r.order) > keepUpdates || r.bytes > keepBytes); n-- {
		oldest := r.order[0]
		r.order = r.order[1:]
		switch {
		case r.byID[oldest.update.ID] != oldest: // forgotten
		case oldest.state == jobRunning:
			r.order = append(r.order, oldest)
		default:
			r.bytes -= len(oldest.reply)
			r.forget(oldest)
		}
	}
}
