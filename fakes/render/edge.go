package render

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// An edge is the public side: Cloudflare and Render's own proxy in one. It ends
// TLS, redirects HTTP, adds headers and passes requests on.
type edge struct {
	p             *Platform
	secure, plain net.Listener
	https, http   *http.Server
	wg            sync.WaitGroup

	// Requests hold it for reading, so that close can wait for all of them:
	// http.Server.Close does not.
	gate   sync.RWMutex
	closed bool // guarded by gate
}

// newEdge listens and serves. When it returns, both ports answer.
func newEdge(p *Platform) (*edge, error) {
	cert, err := p.ca.server(p.Host())
	if err != nil {
		return nil, err
	}
	e := &edge{p: p}
	if e.secure, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if e.plain, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, errors.Join(err, e.secure.Close())
	}
	quiet := log.New(io.Discard, "", 0) // clients that go away are no news
	life := func(net.Listener) context.Context { return p.ctx }
	e.https = &http.Server{
		Handler: e, TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: 30 * time.Second, ErrorLog: quiet, BaseContext: life,
	}
	e.http = &http.Server{Handler: http.HandlerFunc(e.redirect), ReadHeaderTimeout: 30 * time.Second, ErrorLog: quiet, BaseContext: life}
	e.wg.Go(func() { _ = e.https.ServeTLS(e.secure, "", "") }) // both end with ErrServerClosed
	e.wg.Go(func() { _ = e.http.Serve(e.plain) })
	return e, nil
}

// close cuts everything and waits. The platform's context has ended before.
func (e *edge) close() error {
	err := errors.Join(e.https.Close(), e.http.Close())
	e.gate.Lock()
	e.closed = true
	e.gate.Unlock()
	e.wg.Wait()
	return err
}

// redirect leads from HTTP to HTTPS (Render docs: web services).
func (e *edge) redirect(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, e.p.URL()+r.URL.RequestURI(), e.p.unknowns.Redirect) //nolint:gosec // the host is the service's own
}

// ServeHTTP answers a public request, or has an instance answer it.
func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.gate.RLock()
	defer e.gate.RUnlock()
	if e.closed {
		return
	}
	id := newRequestID()
	w.Header().Set("Rndr-Id", id)
	switch _, forged := r.Header["Cf-Connecting-Ip"]; {
	case forged: // observed on Render: Cloudflare's error 1000
		refuse(w, http.StatusForbidden, "", "error code: 1000")
	case !e.p.named(r.Host):
		refuse(w, http.StatusNotFound, "no-server", "Not Found")
	default:
		defer e.p.visited()()
		ctx, cancel := context.WithTimeout(r.Context(), e.p.timing.Request)
		defer cancel()
		e.pass(w, r.WithContext(ctx), id)
	}
}

// named reports whether host is the service's, whatever the port.
func (p *Platform) named(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return strings.EqualFold(name, p.Host())
}

// refuse answers without an instance. Routing is Render's word for the reason.
func refuse(w http.ResponseWriter, status int, routing, text string) {
	if routing != "" {
		w.Header().Set("X-Render-Routing", routing)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the client may be gone
}

// pass has an instance answer, or another one where Unknowns.Retry allows.
func (e *edge) pass(w http.ResponseWriter, r *http.Request, id string) {
	body := io.Reader(r.Body)
	if e.p.unknowns.Retry != RetryNever {
		kept, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		body = bytes.NewReader(kept)
	}
	var tried []*Instance
	for {
		to := e.instance(w, r, tried)
		if to == nil {
			return
		}
		resp, err := e.ask(r, to, id, body)
		if err == nil {
			answer(w, resp)
			return
		}
		e.p.note(to, Unanswered, err.Error())
		if tried = append(tried, to); !e.again(err) || r.Context().Err() != nil {
			refuse(w, e.p.unknowns.Gone, "", "the instance gave no answer")
			return
		}
		if s, ok := body.(io.Seeker); ok {
			_, _ = s.Seek(0, io.SeekStart) // in memory
		}
	}
}

// instance is where a request goes; nil when it has been answered, as there is
// none.
func (e *edge) instance(w http.ResponseWriter, r *http.Request, tried []*Instance) *Instance {
	if to := e.p.routes.next(tried); to != nil {
		return to
	}
	switch {
	case len(tried) > 0:
		refuse(w, e.p.unknowns.Gone, "", "no instance gave an answer")
		return nil
	case !e.p.sleeping():
		refuse(w, http.StatusBadGateway, "no-deploy", "Bad Gateway")
		return nil
	}
	awake := e.p.wake()
	if !e.p.unknowns.WakeRefuses {
		select {
		case <-awake:
		case <-r.Context().Done():
		}
		if to := e.p.routes.next(nil); to != nil {
			return to
		}
	}
	refuse(w, http.StatusServiceUnavailable, "hibernate-wake-error", "")
	return nil
}

// again reports whether a failed request is made once more.
func (e *edge) again(err error) bool {
	switch e.p.unknowns.Retry {
	case RetryAlways:
		return true
	case RetryConnect:
		op, ok := errors.AsType[*net.OpError](err)
		return ok && op.Op == "dial"
	}
	return false
}

// ask makes the request of an instance. Closing the answer's body ends it.
func (e *edge) ask(r *http.Request, to *Instance, id string, body io.Reader) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(to.gone, cancel)
	out := r.WithContext(ctx)
	out.URL = &url.URL{Scheme: "http", Host: to.addr, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	out.RequestURI, out.Body, out.Close = "", io.NopCloser(body), false
	if r.ContentLength == 0 {
		out.Body = http.NoBody
	}
	out.Header = instanceHeader(r.Header, e.p.claims.of(r), e.p.shape(), id, time.Now())
	to.busy.Add(1)
	end := func() { to.busy.Add(-1); stop(); cancel() }
	resp, err := to.wire.ask(ctx, out)
	if err != nil {
		end()
		return nil, err
	}
	resp.Body = &ended{ReadCloser: resp.Body, end: end}
	return resp, nil
}

// ended is a body that tells when it is closed.
type ended struct {
	io.ReadCloser
	end func()
}

func (b *ended) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

// answer passes the instance's answer on as it comes. One that breaks off must
// not look complete.
func answer(w http.ResponseWriter, resp *http.Response) {
	defer resp.Body.Close()
	for _, name := range hopByHop {
		resp.Header.Del(name)
	}
	id := w.Header()["Rndr-Id"]
	maps.Copy(w.Header(), resp.Header)
	w.Header()["Rndr-Id"] = id
	w.Header().Set("Server", "cloudflare")
	w.WriteHeader(resp.StatusCode)
	flush := http.NewResponseController(w)
	buf := make([]byte, 32<<10)
	for {
		n, err := resp.Body.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil || flush.Flush() != nil {
				return
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// shape is that of the next X-Forwarded-For.
func (p *Platform) shape() Shape {
	if p.unknowns.Shape == ShapeMixed {
		return []Shape{ShapeA, ShapeB}[p.number(2)]
	}
	return p.unknowns.Shape
}
