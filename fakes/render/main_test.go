package render_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain is the service, too, when a platform starts it as one. The tests
// mostly wait, so more of them run side by side than there are cores.
func TestMain(m *testing.M) {
	if os.Getenv("RENDER_INSTANCE_ID") != "" {
		os.Exit(serve())
	}
	if err := flag.Set("test.parallel", "8"); err != nil { // the command line is read later, and wins
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// serve is a service that does what its variables and its requests say.
func serve() int {
	fmt.Println("started", os.Getenv("RENDER_INSTANCE_ID"))
	switch os.Getenv("ACT") {
	case "exit":
		return 3
	case "first": // only the first one works
		f, err := os.OpenFile(os.Getenv("FILE"), os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			d, _ := time.ParseDuration(os.Getenv("DELAY"))
			time.Sleep(d)
			return 3
		}
		_ = f.Close()
	case "eat":
		eat()
	case "deaf":
		time.Sleep(time.Hour)
	case "work": // a worker: no port
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		<-stop
		return 0
	}
	srv := &http.Server{Addr: ":" + os.Getenv("PORT"), ReadHeaderTimeout: time.Minute}
	p := &program{srv: srv, busy: map[net.Conn]bool{}}
	p.less = sync.NewCond(&p.mu)
	srv.Handler, srv.ConnState = p, p.track
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		<-stop
		fmt.Println("stopping")
		if os.Getenv("ACT") == "stay" {
			select {}
		}
		_ = srv.Shutdown(context.Background())
	}()
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		fmt.Println(err)
		return 1
	}
	<-stopped
	return 0
}

// eat uses 400 MiB of memory.
func eat() {
	all := make([]byte, 400<<20)
	for i := 0; i < len(all); i += 1024 {
		all[i] = 1
	}
	fmt.Println("ate", len(all))
	runtime.KeepAlive(all)
}

// told is what the service tells of a request and of itself.
type told struct {
	Instance, Commit, Mark, PR string
	Host, Remote               string
	Header                     http.Header
	Body                       string
	Env                        map[string]string
}

type program struct {
	srv *http.Server
	ill atomic.Bool

	mu   sync.Mutex
	busy map[net.Conn]bool // guarded by mu; connections with a request
	less *sync.Cond        // on mu; signalled when busy changes
}

// track is an http.Server.ConnState.
func (s *program) track(conn net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if delete(s.busy, conn); state == http.StateActive {
		s.busy[conn] = true
	}
	s.less.Broadcast()
}

// awaitAlone waits until no more than one connection has a request.
func (s *program) awaitAlone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.busy) > 1 {
		s.less.Wait()
	}
}

func (s *program) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/health":
		fmt.Println("probe", r.Header.Get("User-Agent"), r.Host, len(r.Header["X-Forwarded-For"]))
		if s.ill.Load() || os.Getenv("ACT") == "ill" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	case "/ill":
		s.ill.Store(true)
	case "/well":
		s.ill.Store(false)
	case "/once": // the first to be asked dies
		f, err := os.OpenFile(r.URL.Query().Get("file"), os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			os.Exit(4)
		}
		_ = f.Close()
	case "/eat":
		eat()
	case "/burn": // as much CPU as can be had in a while
		d, _ := time.ParseDuration(r.URL.Query().Get("d"))
		for until := time.Now().Add(d); time.Now().Before(until); {
		}
	case "/leave": // something that has left the process group
		left := exec.Command("sleep", "1h")
		left.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := left.Start(); err != nil {
			os.Exit(4)
		}
	case "/die":
		os.Exit(4)
	case "/cut": // half an answer
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case "/hangup": // once all others are idle, or one would be closed as it is used again
		s.awaitAlone()
		s.srv.SetKeepAlivesEnabled(false)
	case "/fetch":
		resp, err := http.Get(r.URL.Query().Get("url"))
		if err != nil {
			_, _ = io.WriteString(w, err.Error())
			return
		}
		_ = resp.Body.Close()
		_, _ = fmt.Fprint(w, resp.StatusCode)
	case "/slow":
		d, _ := time.ParseDuration(r.URL.Query().Get("d"))
		fmt.Println("slow begins")
		time.Sleep(d) // the service under test works; nothing waits for it by sleeping
		_, _ = io.WriteString(w, os.Getenv("RENDER_INSTANCE_ID"))
	default:
		body, _ := io.ReadAll(r.Body)
		env := map[string]string{}
		for _, k := range []string{
			"RENDER", "RENDER_EXTERNAL_URL", "RENDER_EXTERNAL_HOSTNAME", "RENDER_SERVICE_ID", "RENDER_SERVICE_NAME",
			"RENDER_SERVICE_TYPE", "RENDER_CPU_COUNT", "WEB_CONCURRENCY", "HOME", "MADE", "TYPED", "GROUPED", "PREVIEWED", "PLAIN",
		} {
			if v, ok := os.LookupEnv(k); ok {
				env[k] = v
			}
		}
		_ = json.NewEncoder(w).Encode(told{
			Instance: os.Getenv("RENDER_INSTANCE_ID"), Commit: os.Getenv("RENDER_GIT_COMMIT"), Mark: os.Getenv("MARK"),
			PR: os.Getenv("IS_PULL_REQUEST"), Host: r.Host, Remote: r.RemoteAddr, Header: r.Header, Body: string(body), Env: env,
		})
	}
}
