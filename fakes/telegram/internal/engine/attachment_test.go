package engine

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// To decode a photo takes long; nobody else may have to wait for it.
func TestFilesAreReadBeforeTheWorldIsHeldStill(t *testing.T) {
	w := New(Options{})
	defer w.Close()
	b := w.NewBot("photo_bot")
	m := w.methods["sendphoto"]
	read := make(chan struct{})
	prepare := m.prepare
	m.prepare = func(c *call) ([]*attachment, error) {
		close(read)
		return prepare(c)
	}
	w.methods["sendphoto"] = m
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()

	done := make(chan Reply, 1)
	w.Do(func() {
		go func() {
			r, _ := w.Call(ctx, Request{Token: b.Token(), Method: "sendphoto"})
			done <- r
		}()
		select {
		case <-read:
		case <-ctx.Done():
		}
	})
	require.NoError(t, ctx.Err(), "the file is not read while the world is held still")
	require.Equal(t, 400, (<-done).Status)
}
