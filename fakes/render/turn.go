package render

import (
	"context"
	"errors"
	"sync"
)

// ErrSkipped is why a deploy did not happen that waited while a newer one came.
var ErrSkipped = errors.New("skipped: a newer deploy waits")

// ErrOverridden is why a deploy was ended that a newer one overrode.
var ErrOverridden = errors.New("overridden by a newer deploy")

// turns let one deploy at a time through. Of those that wait only the latest
// gets its turn (Render docs: deploys, "Wait").
type turns struct {
	mu      sync.Mutex
	over    chan struct{}           // guarded by mu; nil: nobody has the turn; closed at its end
	cancel  context.CancelCauseFunc // guarded by mu; of who has the turn
	skipped chan struct{}           // guarded by mu; of who waits; closed when a newer one comes
}

// take waits for the turn. With override it does not wait for the one that has
// it to succeed, but ends it. Once newer ones come after this one, queued is
// called. The context it returns ends when the turn is
// taken away, and done must be called.
func (t *turns) take(ctx context.Context, override bool, queued func()) (_ context.Context, done func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine := make(chan struct{})
	if t.skipped != nil {
		close(t.skipped)
	}
	t.skipped = mine
	queued()
	defer func() {
		if t.skipped == mine {
			t.skipped = nil
		}
	}()
	return t.waitLocked(ctx, mine, override)
}

// queue waits for the turn for something else than a deploy, which neither skips
// deploys nor is skipped.
func (t *turns) queue(ctx context.Context) (_ context.Context, done func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.waitLocked(ctx, nil, false)
}

func (t *turns) waitLocked(ctx context.Context, skipped <-chan struct{}, override bool) (context.Context, func(), error) {
	for t.over != nil {
		if override {
			t.cancel(ErrOverridden)
		}
		over := t.over
		t.mu.Unlock()
		err := await(ctx, over, skipped)
		t.mu.Lock()
		if err != nil {
			return nil, nil, err
		}
	}
	t.over = make(chan struct{})
	ctx, t.cancel = context.WithCancelCause(ctx)
	return ctx, t.release, nil
}

func await(ctx context.Context, over, skipped <-chan struct{}) error {
	select {
	case <-skipped:
		return ErrSkipped
	default:
	}
	select {
	case <-over:
		return nil
	case <-skipped:
		return ErrSkipped
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t *turns) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cancel(nil)
	close(t.over)
	t.over = nil
}
