package target

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Trap is an HTTP proxy for bots under test. It connects to the hosts it was
// given and to nothing else: any other request is recorded and refused.
type Trap struct {
	hosts map[string]string // "bot.example.com:443" -> address really dialled
	srv   *http.Server
	ln    net.Listener
	wg    sync.WaitGroup

	mu     sync.Mutex
	caught []string   // guarded by mu
	conns  []net.Conn // guarded by mu; tunnels, to be cut by Close
	closed bool       // guarded by mu
}

// NewTrap starts a trap on a loopback port.
func NewTrap(hosts map[string]string) (*Trap, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for outgoing traffic: %w", err)
	}
	t := &Trap{hosts: hosts, ln: ln}
	t.srv = &http.Server{Handler: t, ReadHeaderTimeout: 10 * time.Second}
	t.wg.Go(func() { _ = t.srv.Serve(ln) }) // ends with ErrServerClosed
	return t, nil
}

// Environment names the trap the way clients look for proxies. Loopback stays
// direct: that is where the fake is. A nil trap names none.
func (t *Trap) Environment() []string {
	if t == nil {
		return nil
	}
	url, direct := "http://"+t.ln.Addr().String(), "127.0.0.1,localhost,::1"
	return []string{
		"HTTP_PROXY=" + url, "HTTPS_PROXY=" + url, "NO_PROXY=" + direct,
		"http_proxy=" + url, "https_proxy=" + url, "no_proxy=" + direct,
	}
}

// Caught lists what was sent elsewhere, as "CONNECT api.telegram.org:443".
func (t *Trap) Caught() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.caught)
}

// Close cuts all tunnels and stops the trap.
func (t *Trap) Close() error {
	err := t.srv.Close()
	t.mu.Lock()
	t.closed = true
	for _, c := range t.conns {
		_ = c.Close() // being cut is all they are for
	}
	t.mu.Unlock()
	t.wg.Wait()
	return err
}

// ServeHTTP handles CONNECT to known hosts and records everything else.
func (t *Trap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	addr, known := t.hosts[r.Host]
	if !known || r.Method != http.MethodConnect {
		t.mu.Lock()
		// Host only: paths of Bot API calls contain the token.
		t.caught = append(t.caught, r.Method+" "+r.Host)
		t.mu.Unlock()
		http.Error(w, "this bot is under test: nothing leaves the machine", http.StatusBadGateway)
		return
	}
	up, err := new(net.Dialer).DialContext(r.Context(), "tcp", addr)
	if err != nil {
		http.Error(w, "the host does not answer", http.StatusBadGateway)
		return
	}
	t.tunnel(w, up)
}

// tunnel joins the client's connection and up until either side closes.
func (t *Trap) tunnel(w http.ResponseWriter, up net.Conn) {
	defer up.Close()
	w.WriteHeader(http.StatusOK)
	rc := http.NewResponseController(w)
	if err := rc.Flush(); err != nil {
		return
	}
	down, buffered, err := rc.Hijack()
	if err != nil {
		return
	}
	defer down.Close()
	if !t.own(up, down) {
		return
	}
	defer t.wg.Done()
	var back sync.WaitGroup
	defer back.Wait()
	defer up.Close()
	defer down.Close()
	back.Go(func() {
		_, _ = io.Copy(down, up) // either end may go away at any time
		_ = down.Close()         // ends the copy below
	})
	_, _ = io.Copy(up, buffered)
}

// own makes Close responsible for the connections and for the tunnel that the
// caller is about to be; it is false when the trap is closed already.
func (t *Trap) own(conns ...net.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.conns = append(t.conns, conns...)
	t.wg.Add(1)
	return true
}
