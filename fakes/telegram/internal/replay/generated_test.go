package replay

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestComparisonBearsLatenessOfAnything is TestComparisonBearsLateness with
// recordings that nobody has made: chats, answers, closings and methods at random.
func TestComparisonBearsLatenessOfAnything(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 77))
		b, err := json.Marshal(invent(random))
		require.NoError(t, err)
		tr, err := parseTrace(b)
		require.NoError(t, err)
		record(t, tr, random)
		r := newRun(tr)
		require.NoError(t, r.play())
		require.Empty(t, compare(tr, r), "seed %d", seed)
	}
}

type object = map[string]any

// invent makes a recording without events.
func invent(random *rand.Rand) object {
	inputs := []object{{"t": 0, "do": "set_webhook"}}
	rules := []object{}
	keys := []int{-7, 0, 3, 40, 41, 42, 1 << 35}
	t := []float64{-3, 0.2}[random.IntN(2)]
	for update := range 10 + random.IntN(30) {
		t += float64(random.IntN(700)) / 1000
		inputs = append(inputs, object{
			"t": t, "do": "push", "update": update, "key": keys[random.IntN(len(keys))], "ttl": []int{8, 3600}[random.IntN(2)],
			"json": fmt.Sprintf(`"message":{"message_id":%d}`, update),
		})
		for attempt := 1; attempt <= 3; attempt++ {
			if steps := mishaps[random.IntN(len(mishaps))]; random.IntN(2) == 0 {
				wait := object{"wait": float64(random.IntN(900)) / 1000}
				rules = append(rules, object{"update": update, "attempt": attempt, "steps": append([]object{wait}, steps...)})
			}
		}
	}
	slices.SortStableFunc(inputs, func(a, b object) int {
		return int(1e6 * (toSeconds(a["t"]) - toSeconds(b["t"])))
	})
	rules = append(rules, object{"steps": []object{{"wait": 0.15}, {"send": "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}}})
	return object{
		"settings": object{
			"url": "http://a.example/", "max_connections": 1 + random.IntN(6), "local": true, "ip_address_fixed": true, "host_header": "a.example",
		},
		"update_id_digits": 9, "observed_until": t + 90, "inputs": inputs, "endpoint": object{"rules": rules},
		"tolerance": object{"times_s": 0.05},
	}
}

func toSeconds(v any) float64 {
	f, _ := v.(float64) // 0 is an int
	return f
}

// mishaps are ways to answer a request, after a while, but with a plain 200. All of
// them leave the connection in step.
var mishaps = [][]object{
	{{"send": "HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n"}},
	{{"send": "HTTP/1.1 503 E\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"}},
	{{"send": "HTTP/1.1 410 Gone\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n"}},
	{{"send": "HTTP/1.1 500 E\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"}},
	{{"send": "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"}},
	{{"send": "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}, {"close": "fin"}},
	{{"send": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"}, {"close": "fin"}},
	{{"send": "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n{\"method\":\"sendMessage\"}"}},
	{{"send": "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"}, {"drip": "x", "every": 0.3, "count": 4}},
	{{"send": "nonsense\r\n\r\n"}},
	{{"close": "fin"}},
	{{"close": "rst"}},
	{{"hang": true}},
}
