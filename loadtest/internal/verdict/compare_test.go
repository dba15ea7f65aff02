package verdict_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

func run(b bench, machine string) result.Result {
	return result.Result{Environment: result.Environment{CPU: machine}, Cells: []result.Cell{b.cell()}}
}

// changeOf finds the change of one figure.
func changeOf(t *testing.T, all []verdict.Change, what string) verdict.Change {
	t.Helper()
	for _, c := range all {
		if c.What == what {
			return c
		}
	}
	require.Failf(t, "not compared", "%s is not in %v", what, all)
	return verdict.Change{}
}

const (
	ratio  = "CPU, webhook / long, steady@60ms"
	median = "median latency, webhook, steady@60ms"
)

func TestCompare(t *testing.T) {
	slower, late, faster := usual(), usual(), usual()
	slower.cpu["webhook"] = 26 * time.Millisecond
	late.latency += 10 * time.Millisecond
	faster.cpu["webhook"] = 14 * time.Millisecond
	for _, tt := range []struct {
		name         string
		newer        bench
		machine      string
		what         string
		want         verdict.Status
		wantInReason string
	}{
		{"nothing changed", usual(), "A", ratio, verdict.Pass, "no difference that shows"},
		{"more CPU", slower, "A", ratio, verdict.Fail, "+30 %"},
		{"more CPU, elsewhere", slower, "B", ratio, verdict.Fail, "+30 %"},
		{"less CPU", faster, "A", ratio, verdict.Pass, "better: -30 %"},
		{"slower answers", late, "A", median, verdict.Fail, "+15 %"},
		{"slower answers, elsewhere", late, "B", median, verdict.Inconclusive, "another environment"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := changeOf(t, verdict.Compare(run(usual(), "A"), run(tt.newer, tt.machine)), tt.what)
			assert.Equal(t, tt.want, got.Status, got.Reason)
			assert.Contains(t, got.Reason, tt.wantInReason)
		})
	}
}

func TestCompareTakesTwoRestarts(t *testing.T) {
	one := usual()
	one.restarts = 1
	got := changeOf(t, verdict.Compare(run(one, "A"), run(usual(), "A")), ratio)
	assert.Equal(t, verdict.Inconclusive, got.Status)
}

// A cell that kept its name and changed what it sends is not the same cell.
func TestCompareRefusesAnotherPlan(t *testing.T) {
	older, newer := run(usual(), "A"), run(usual(), "A")
	older.Cells[0].Words, newer.Cells[0].Words = "20/s poisson, 200 chats", "5/s poisson, 200 chats"
	older.Cells[0].Alone, newer.Cells[0].TLS = true, true
	all := verdict.Compare(older, newer)
	require.Len(t, all, 1)
	assert.Equal(t, verdict.Inconclusive, all[0].Status)
	assert.Equal(t, "the plan has changed: 20/s poisson, 200 chats, one bot after the other, without TLS then, 5/s poisson, 200 chats now", all[0].Reason)

	newer.Cells[0].Words, newer.Cells[0].Alone, newer.Cells[0].TLS = older.Cells[0].Words, true, false
	newer.Cells[0].Slice = 2 * older.Cells[0].Slice
	assert.Greater(t, len(verdict.Compare(older, newer)), 1, "more of the same compares")
	older.Cells[0].Idle, newer.Cells[0].Idle = true, true
	assert.Len(t, verdict.Compare(older, newer), 1, "longer without messages does not")
}
