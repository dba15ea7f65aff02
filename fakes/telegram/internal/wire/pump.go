package wire

import (
	"io"
	"sync"
)

// maxPumped is how many bytes may wait for a handler to finish. With more the
// pump rests, and the peer's going away is not noticed.
const maxPumped = 64 << 10

// A pump reads from a connection on a goroutine of its own, so that the end of
// the connection is noticed while nobody wants its bytes.
type pump struct {
	gone chan struct{} // closed when reading has ended, after err is set

	mu   sync.Mutex
	wake sync.Cond // on mu; data or stop has changed
	data []byte    // guarded by mu; read, and not taken yet
	err  error     // guarded by mu; why reading has ended
	stop bool      // guarded by mu; nobody will take anything
}

func startPump(src io.Reader) *pump {
	p := &pump{gone: make(chan struct{})}
	p.wake.L = &p.mu
	go p.run(src)
	return p
}

func (p *pump) run(src io.Reader) {
	defer close(p.gone)
	buf := make([]byte, minSpace)
	for {
		n, err := src.Read(buf)
		if !p.put(buf[:n], err) {
			return
		}
	}
}

// put hands over what was read, waits for room, and tells whether to go on.
func (p *pump) put(data []byte, err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.data = append(p.data, data...)
	p.err = err
	p.wake.Broadcast()
	for len(p.data) > maxPumped && !p.stop && err == nil {
		p.wake.Wait()
	}
	return err == nil && !p.stop
}

// take waits for bytes and feeds them to a reader.
func (p *pump) take(r *Reader) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.data) == 0 && p.err == nil {
		p.wake.Wait()
	}
	if len(p.data) == 0 {
		return p.err
	}
	r.Feed(p.data)
	p.data = p.data[:0]
	p.wake.Broadcast()
	return nil
}

// wait ends the pump. The connection must be closed already.
func (p *pump) wait() {
	p.mu.Lock()
	p.stop = true
	p.wake.Broadcast()
	p.mu.Unlock()
	<-p.gone
}
