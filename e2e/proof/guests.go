package proof

import "sync"

// guests counts running handlers, so that a server's Close can wait for them:
// http.Server.Close does not.
type guests struct {
	mu   sync.Mutex
	shut bool // guarded by mu
	wg   sync.WaitGroup
}

// enter is false when the server is closing; otherwise leave must follow.
func (g *guests) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return false
	}
	g.wg.Add(1)
	return true
}

func (g *guests) leave() { g.wg.Done() }

// wait lets nobody in any more and waits for the rest to leave.
func (g *guests) wait() {
	g.mu.Lock()
	g.shut = true
	g.mu.Unlock()
	g.wg.Wait()
}
