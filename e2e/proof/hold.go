package proof

import "net/http"

// Hold keeps new getUpdates calls from the fake until release is called: what
// is queued meanwhile comes as one batch. The bot notices a slow answer,
// nothing else. Calls that wait at the fake already go on. Holds do not nest.
func (a *API) Hold() (release func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	held := make(chan struct{})
	a.held = held
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.held = nil
		close(held)
	}
}

// forwardPoll passes a getUpdates on, after a hold if there is one.
func (a *API) forwardPoll(w http.ResponseWriter, r *http.Request) {
	for {
		a.mu.Lock()
		held := a.held
		if held == nil {
			a.polls.Add(1) // with the lock held, or a Hold would not see it
		}
		a.mu.Unlock()
		if held == nil {
			a.proxy.ServeHTTP(w, r)
			a.polls.Add(-1)
			a.announce()
			return
		}
		select {
		case <-held:
		case <-r.Context().Done():
			return
		case <-a.gone:
			return
		}
	}
}
