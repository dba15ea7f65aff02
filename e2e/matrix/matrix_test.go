package matrix_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/e2e/target"
)

// TestLibraries puts every library through every cell, in each mode, and holds
// docs/compatibility.md to what came out.
func TestLibraries(t *testing.T) {
	m := matrix{passed: map[string]map[string]int{}, specs: map[string]*target.Spec{}}
	t.Run("peer", func(t *testing.T) {
		for _, p := range peers {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				m.try(t, p)
			})
		}
	})
	m.publish(t)
}

// A matrix is what came out.
type matrix struct {
	mu     sync.Mutex
	specs  map[string]*target.Spec   // guarded by mu; of the peers that ran
	passed map[string]map[string]int // guarded by mu; peer -> cell -> modes in which it worked
}

func (m *matrix) try(t *testing.T, p peer) {
	spec := p.load(t)
	m.mu.Lock()
	m.specs[p.name], m.passed[p.name] = spec, map[string]int{}
	m.mu.Unlock()
	for _, mode := range []string{polling, webhook} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			m.converse(t, p, mode)
		})
	}
}

// converse tries the cells of a mode one after the other with one process. If
// it does not even start, none has worked.
func (m *matrix) converse(t *testing.T, p peer, mode string) {
	m.mu.Lock()
	spec := m.specs[p.name]
	m.mu.Unlock()
	s := start(t, p, spec, mode)
	for _, c := range cells {
		if slices.Contains(c.modes, mode) && t.Run(c.name, func(t *testing.T) { c.run(t, s) }) {
			m.mu.Lock()
			m.passed[p.name][c.name]++
			m.mu.Unlock()
		}
	}
	if mode == polling {
		t.Run("drills", func(t *testing.T) { drills(t, s) })
	}
}

// drills tries the texts that the targets promise to other suites and that say
// nothing about a library. A handler that fails may end the process, so this
// comes last.
func drills(t *testing.T, s *session) {
	s.user.Send(s.bot, "/sleep 20ms well")
	_, err := s.chat.WaitText(within(t), "slept 20ms well")
	require.NoError(t, err)
	s.user.Send(s.bot, "/fail often")
	require.NoError(t, s.process.Output.WaitText(within(t), "drill: asked to fail"))
}
