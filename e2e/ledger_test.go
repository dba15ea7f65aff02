package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A ledger is what each person should hear, and what they heard.
type ledger struct {
	asked [][]string // of each person, in order
	heard [][]string // of each person, in order, repeats too
	owner map[string]int
	times map[string]int
	first []int // answered at least once, of each person
}

func newLedger(people int) ledger {
	return ledger{
		asked: make([][]string, people), heard: make([][]string, people), first: make([]int, people),
		owner: map[string]int{}, times: map[string]int{},
	}
}

// ask notes that a person has written what is to be answered with want, which
// nobody has asked for before.
func (l *ledger) ask(who int, want string) {
	l.asked[who] = append(l.asked[who], want)
	l.owner[want] = who
}

// answer notes an answer; false if nobody asked for it.
func (l *ledger) answer(text string) bool {
	who, asked := l.owner[text]
	if !asked {
		return false
	}
	l.heard[who] = append(l.heard[who], text)
	if l.times[text]++; l.times[text] == 1 {
		l.first[who]++
	}
	return true
}

// open is how many messages of a person have no answer.
func (l *ledger) open(who int) int { return len(l.asked[who]) - l.first[who] }

func (l *ledger) allOpen() (n int) {
	for who := range l.asked {
		n += l.open(who)
	}
	return n
}

// A verdict is what came of all messages.
type verdict struct {
	written   int
	lost      []string // asked for and never heard
	doubled   []string // heard more than once
	misplaced []string // heard for the first time after one that was asked for later
}

func (l *ledger) verdict() (v verdict) {
	for who, asked := range l.asked {
		v.written += len(asked)
		place := map[string]int{}
		for n, want := range asked {
			place[want] = n
			if l.times[want] == 0 {
				v.lost = append(v.lost, want)
			}
			if l.times[want] > 1 {
				v.doubled = append(v.doubled, want)
			}
		}
		latest, seen := -1, map[string]bool{}
		for _, text := range l.heard[who] {
			if !seen[text] && place[text] < latest {
				v.misplaced = append(v.misplaced, text)
			}
			seen[text] = true
			latest = max(latest, place[text])
		}
	}
	return v
}

func (v verdict) String() string {
	return fmt.Sprintf("%d messages, %d lost, %d doubled, %d out of order", v.written, len(v.lost), len(v.doubled), len(v.misplaced))
}

// TestLedger shows the ledger each thing that it is there to find.
func TestLedger(t *testing.T) {
	for _, tt := range []struct {
		heard string
		want  verdict
	}{
		{"a1 b1 a2 a3 b2", verdict{written: 5}},
		{"a1 b1 a2 b2", verdict{written: 5, lost: []string{"a3"}}},
		{"a1 b1 a2 a1 a3 b2", verdict{written: 5, doubled: []string{"a1"}}},
		{"a1 b1 a3 a2 b2", verdict{written: 5, misplaced: []string{"a2"}}},
		{"a1 a2 b2 a1 a2 a2 b1", verdict{written: 5, lost: []string{"a3"}, doubled: []string{"a1", "a2"}, misplaced: []string{"b1"}}},
		{"b1 b2 hello a1 a2 a3", verdict{written: 5}},
	} {
		t.Run(tt.heard, func(t *testing.T) {
			l := newLedger(2)
			for n, want := range []string{"a1", "a2", "a3", "b1", "b2"} {
				l.ask(n/3, want)
			}
			for text := range strings.FieldsSeq(tt.heard) {
				assert.Equal(t, slices.Contains(slices.Concat(l.asked...), text), l.answer(text))
			}
			assert.Equal(t, tt.want, l.verdict())
			assert.Equal(t, len(tt.want.lost), l.allOpen())
		})
	}
}
