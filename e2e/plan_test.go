package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go"

	"hookproof/e2e/proof"
	"hookproof/fakes/telegram"
)

// A plan is what a platform gives an instance.
type plan struct {
	name     string
	cpu      float64 // of a core
	memory   int64   // bytes
	settings proof.Settings
}

// Render's two smallest plans (Render docs: pricing). The free one ends an
// instance after 30 s.
var (
	free    = plan{"free", 0.1, 512 << 20, proof.Settings{"SHUTDOWN_TIMEOUT": "25s"}}
	starter = plan{"starter", 0.5, 512 << 20, nil}
)

func (p plan) limit(h *container.HostConfig) {
	h.NanoCPUs = int64(p.cpu * 1e9)
	h.Memory, h.MemorySwap = p.memory, p.memory // no swap
}

// TestPlan runs the shipped image as small as it is sold, behind a real proxy
// that ends TLS, and has it live through a day on the Internet: a conversation,
// forged addresses, a flood, a restart in the middle of a message. Nothing else
// runs beside it: a flood is felt.
func TestPlan(t *testing.T) {
	needDocker(t)
	image := buildImage(t)
	for _, tt := range []struct {
		plan
		proxy
	}{{free, caddy}, {starter, caddy}, {starter, haproxy}} {
		t.Run(tt.plan.name+" behind "+tt.proxy.name, func(t *testing.T) {
			t.Parallel()
			tt.need(t)
			s := settle(t, image, tt.plan, tt.proxy)
			for range 5 {
				require.NoError(t, s.env.Talk().Exchange(s.ctx, s.env.Probe()))
			}
			s.refusesForged(t)
			s.survivesFlood(t)
			s.drains(t)
		})
	}
}

// A settlement is a container on a plan behind a proxy.
type settlement struct {
	ctx   context.Context
	env   *proof.Env
	plan  plan
	box   testcontainers.Container
	bot   string // where its port is
	gauge string // where its metrics are
	front string // where the proxy's port is
}

func settle(t *testing.T, image string, p plan, front proxy) *settlement {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	way := new(detour)
	s := &settlement{ctx: ctx, plan: p, env: world(t, along(subject(t), way), proof.Webhook)}
	port, err := s.env.Port()
	require.NoError(t, err)
	s.gauge = fmt.Sprintf("127.0.0.1:%d", port)
	with := proof.Settings{"WEBHOOK_IP_ALLOWLIST": allowedHere, "METRICS_ADDR": s.gauge}
	maps.Copy(with, p.settings)
	s.box, s.bot = startContainer(ctx, t, s.env, image, with, p.limit)
	s.front = front.start(ctx, t, s.env, s.bot)
	deliverThrough(way, s.front)
	require.NoError(t, s.env.WaitTaking(ctx, 0))
	made, err := s.box.Inspect(ctx)
	require.NoError(t, err)
	assert.Equal(t, int64(p.cpu*1e9), made.HostConfig.NanoCPUs)
	assert.True(t, made.HostConfig.ReadonlyRootfs)
	assert.Equal(t, "65532\t65532\t65532\t65532", s.kernel(t, "Uid"))
	assert.Equal(t, "0000000000000000", s.kernel(t, "CapEff"), "capabilities")
	assert.Equal(t, "1", s.kernel(t, "NoNewPrivs"))
	assert.Equal(t, uint64(p.memory), s.usage(t).MemoryStats.Limit, "the kernel's own idea of it")
	return s
}

// refusesForged presents addresses through the proxy, which tells the truth.
func (s *settlement) refusesForged(t *testing.T) {
	for _, tt := range []struct {
		from  string
		lines []string
		want  int
	}{
		{telegramHere, nil, 200},
		{telegramHere, []string{"X-Forwarded-For: " + evilHere}, 200},
		{evilHere, nil, 403},
		{evilHere, []string{"X-Forwarded-For: " + telegramHere}, 403},
		{evilHere, []string{"X-Forwarded-For: " + evilHere, "X-Forwarded-For: " + telegramHere, "X-Real-IP: " + telegramHere}, 403},
	} {
		r := s.env.Text(s.env.Probe().Send).Without("X-Forwarded-For").Without("X-Forwarded-Proto").With(tt.lines...)
		status, _, err := callerFrom(t, s.env, tt.from, s.front).post(s.ctx, r)
		require.NoError(t, err)
		assert.Equal(t, tt.want, status, "from %s with %v", tt.from, tt.lines)
	}
}

// survivesFlood answers people while others try to drown it, and is not killed.
func (s *settlement) survivesFlood(t *testing.T) {
	over, f := make(chan struct{}), s.flooder(t)
	var sunk statuses
	go func() {
		defer close(over)
		sunk = f.flood()
	}()
	defer func() { <-over }()
	answered := 0
	for wet := true; wet; answered++ {
		require.NoError(t, s.answers(t), "number %d during the flood", answered)
		select {
		case <-over:
			wet = false
		default:
		}
	}
	require.NoError(t, s.answers(t), "after the flood")
	for status, n := range sunk {
		assert.NotEqual(t, 2, status/100, "%d requests of the flood were let in", n)
	}
	refused := s.refused(t)
	assert.Greater(t, refused["secret"], floodRequests/4, "forged requests that have reached the bot: %v, of %v", refused, sunk)
	assert.Positive(t, refused["size"], "oversized requests that have reached the bot: %v, of %v", refused, sunk)
	peak, usage := s.peak(t), s.usage(t)
	assert.Less(t, peak, s.plan.memory/2, "bytes of memory at the worst moment")
	assert.Positive(t, usage.CPUStats.ThrottlingData.Periods, "the kernel counts periods where there is a CPU limit")
	t.Logf("answered %d people during the flood; statuses %v; refused %v; %d MiB of memory at most, throttled in %d periods",
		answered, sunk, refused, peak>>20, usage.CPUStats.ThrottlingData.ThrottledPeriods)
}

// refused counts what the bot has refused, by reason. Who made the request may
// not know: a proxy cuts the connection when the bot answers before it has read
// the body.
func (s *settlement) refused(t *testing.T) map[string]int {
	t.Helper()
	r, err := proof.Send(s.ctx, s.gauge, proof.Request{Method: http.MethodGet, Target: s.env.Spec.Metrics, Headers: []string{"Host: x", "Connection: close"}})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, r.Status)
	counts := map[string]int{}
	for line := range strings.Lines(r.Body) {
		var reason string
		var n int
		if _, err := fmt.Sscanf(line, "bot_refused_total{reason=%q} %d", &reason, &n); err == nil {
			counts[reason] = n
		}
	}
	return counts
}

// answers has somebody write and be answered. If the container has ended
// meanwhile it says how.
func (s *settlement) answers(t *testing.T) error {
	ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
	defer cancel()
	failed := s.env.Talk().Exchange(ctx, s.env.Probe())
	state, err := s.box.State(s.ctx)
	require.NoError(t, err)
	assert.False(t, state.OOMKilled, "killed for want of memory")
	require.True(t, state.Running, "exit code %d", state.ExitCode)
	return failed
}

// drains stops the container in the middle of a message. That is answered; one
// that comes meanwhile is refused by the proxy or the bot, so that Telegram
// keeps it, and answered by the next container.
func (s *settlement) drains(t *testing.T) {
	busy := s.env.Talk()
	slow := s.env.Sleep(2500*time.Millisecond, "drain")
	busy.Say(slow.Send)
	await(s.ctx, t, func() bool { return s.health().Active == 1 }, "nothing is in flight")
	stopped := make(chan error, 1)
	go func() {
		limit := 30 * time.Second
		stopped <- s.box.Stop(s.ctx, &limit)
	}()
	await(s.ctx, t, func() bool { return s.health().Status != "ok" }, "the drain does not begin")
	late, asked := s.env.Talk(), s.env.Probe()
	seq := s.env.Fake.Journal()
	late.Say(asked.Send)
	refused, err := s.env.Fake.WaitEventSince(s.ctx, seq[len(seq)-1].Seq, func(ev telegram.Event) bool {
		return ev.Kind == telegram.EventDelivery && ev.Status != http.StatusOK
	})
	require.NoError(t, err)
	assert.Contains(t, []int{http.StatusBadGateway, http.StatusServiceUnavailable}, refused.Status)
	require.NoError(t, <-stopped)
	require.NoError(t, s.env.WaitHeard(s.ctx, busy, []string{slow.Want}))
	assert.Equal(t, 1, busy.Count(slow.Want))
	state, err := s.box.State(s.ctx)
	require.NoError(t, err)
	assert.Zero(t, state.ExitCode)
	assert.False(t, state.OOMKilled)
	assert.Empty(t, late.Heard())
	require.NoError(t, s.box.Start(s.ctx))
	await(s.ctx, t, func() bool { return s.health().Status == "ok" }, "the next container does not serve")
	s.env.Fake.Clock().Advance(telegramsPatience)
	require.NoError(t, late.Hear(s.ctx, asked.Want))
	said := logs(s.ctx, t, s.box)
	assert.Empty(t, s.env.Leak(said), "in the container's output")
}

// A healthPage is what the bot says of itself.
type healthPage struct {
	Status string `json:"status"`
	Active int    `json:"active_requests"`
}

// health asks the bot itself; what does not answer is not ok.
func (s *settlement) health() (page healthPage) {
	r, err := proof.Send(s.ctx, s.bot, proof.Request{Method: http.MethodGet, Target: "/health", Headers: []string{"Host: x", "Connection: close"}})
	if err == nil {
		err = json.Unmarshal([]byte(r.Body), &page)
	}
	if err != nil {
		return healthPage{Status: err.Error()}
	}
	return page
}

// usage is what the engine knows of the container's resources.
func (s *settlement) usage(t *testing.T) (usage container.StatsResponse) {
	t.Helper()
	p, err := testcontainers.NewDockerProvider()
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Close()) }()
	stats, err := p.Client().ContainerStats(s.ctx, s.box.GetContainerID(), client.ContainerStatsOptions{})
	require.NoError(t, err)
	defer stats.Body.Close()
	require.NoError(t, json.NewDecoder(stats.Body).Decode(&usage))
	return usage
}

// peak is the most memory that the bot ever held, in bytes.
func (s *settlement) peak(t *testing.T) int64 {
	t.Helper()
	var kib int64
	_, err := fmt.Sscan(s.kernel(t, "VmHWM"), &kib)
	require.NoError(t, err)
	return kib << 10
}

// kernel is what the kernel says of the bot's process (proc(5), status). The
// engine is on this machine, or the bot could not be reached at 127.0.0.1.
func (s *settlement) kernel(t *testing.T, name string) string {
	t.Helper()
	state, err := s.box.State(s.ctx)
	require.NoError(t, err)
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", state.Pid))
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			return strings.TrimSpace(value)
		}
	}
	require.Failf(t, "not there", "%s in\n%s", name, text)
	return ""
}
