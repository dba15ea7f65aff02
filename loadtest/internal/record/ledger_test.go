package record_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/record"
	"hookproof/loadtest/internal/result"
)

const ms = time.Millisecond

// arrival is a measured message at a moment after the start.
func arrival(at time.Duration) plan.Arrival { return plan.Arrival{At: at, Text: "message {n}"} }

func TestLatencyCountsFromThePlannedMoment(t *testing.T) {
	start := time.Now()
	l := record.NewLedger()
	text := l.Post(arrival(0), start, start.Add(5*ms))
	l.Answer(text, start.Add(70*ms))
	samples, totals := l.Samples()
	assert.Equal(t, []result.Sample{{At: 0, Late: 5000, Latency: 70_000}}, samples)
	assert.Equal(t, record.Totals{Sent: 1}, totals)
}

func TestLostDoubledAndStrangeAreCounted(t *testing.T) {
	start := time.Now()
	l := record.NewLedger()
	first := l.Post(arrival(0), start, start)
	l.Post(arrival(ms), start.Add(ms), start.Add(ms))
	l.Answer(first, start.Add(60*ms))
	l.Answer("you said: "+first, start.Add(61*ms))
	l.Answer("welcome", start)
	l.Answer("message n99n", start)
	samples, totals := l.Samples()
	assert.Equal(t, record.Totals{Sent: 2, Lost: 1, Doubled: 1, Strange: 2}, totals)
	assert.Equal(t, int64(60_000), samples[0].Latency, "the first answer counts")
	assert.False(t, samples[1].Answered())
}

func TestLeadInIsNotASample(t *testing.T) {
	l := record.NewLedger()
	l.Post(plan.Arrival{Slice: -1, Text: "{n}"}, time.Now(), time.Now())
	samples, totals := l.Samples()
	assert.Empty(t, samples)
	assert.Zero(t, totals.Sent)
}

func TestSettleWaitsForTheLastAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := record.NewLedger()
		require.NoError(t, l.Settle(t.Context()), "nothing is open at first")
		start := time.Now()
		a, b := l.Post(arrival(0), start, start), l.Post(arrival(0), start, start)
		time.AfterFunc(time.Second, func() { l.Answer(b, time.Now()) })
		time.AfterFunc(3*time.Second, func() { l.Answer(a, time.Now()) })
		require.NoError(t, l.Settle(t.Context()))
		assert.Equal(t, 3*time.Second, time.Since(start))
	})
}

func TestSettleTellsWhatIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := record.NewLedger()
		l.Post(arrival(0), time.Now(), time.Now())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		assert.ErrorContains(t, l.Settle(ctx), "1 messages are not answered")
	})
}

func TestHistogramLeavesOutWhatWasNotAnswered(t *testing.T) {
	h := record.Histogram([]result.Sample{{Latency: 1000}, {Latency: 2000}, {Latency: -1}})
	assert.Equal(t, int64(2), h.TotalCount())
	assert.InDelta(t, 2000, h.ValueAtQuantile(99), 2)
}

func TestWaivedMessagesAreNotWaitedFor(t *testing.T) {
	l := record.NewLedger()
	now := time.Now()
	lost := l.Post(plan.Arrival{Slice: -1, Text: "{n}"}, now, now)
	select {
	case <-l.First():
		require.Fail(t, "nothing was answered")
	default:
	}
	l.Waive()
	require.NoError(t, l.Settle(t.Context()))
	text := l.Post(arrival(0), now, now)
	l.Answer(lost, now) // late, but not strange
	l.Answer(text, now.Add(ms))
	<-l.First()
	require.NoError(t, l.Settle(t.Context()))
	_, totals := l.Samples()
	assert.Equal(t, record.Totals{Sent: 1}, totals)
}
