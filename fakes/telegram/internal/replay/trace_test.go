package replay_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/replay"
)

// A recording that is not understood in full is not replayed: it might match by
// accident.
func TestWhatIsNotKnownIsRefused(t *testing.T) {
	b, err := os.ReadFile("testdata/traces/happy-one-update.json")
	require.NoError(t, err)
	const steps = `"steps": [`
	require.Contains(t, string(b), steps)
	for _, tt := range []struct{ from, to, want string }{
		{steps, steps + `{"shout": "x"}, `, `unknown field "shout"`},
		{steps, steps + `{"wait": 0.1, "send": "x"}, `, "is not one of wait, send"},
		{steps, steps + `{}, `, "is not one of wait, send"},
		{steps, steps + `{"hang": false}, `, "is not one of wait, send"},
		{steps, steps + `{"close": "slam"}, `, "closed by fin or rst"},
		{steps, steps + `{"wait": 1, "repeat": 2}, `, "repeat is for send"},
		{steps, steps + `{"send": "x", "every": 2}, `, "every and count are for drip"},
		{steps, `"weather": 1, ` + steps, `unknown field "weather"`},
		{steps, `"attempt": [1, 2, 3], ` + steps, "attempt [1 2 3] is neither"},
		{steps, `"attempt": [], ` + steps, "attempt [] is neither"},
		{`"rules": [`, `"speed": 1, "rules": [`, `unknown field "speed"`},
		{`"do": "set_webhook"`, `"do": "set_webhook", "how": "fast"`, `unknown field "how"`},
		{`"do": "set_webhook"`, `"do": "shake"`, `input "shake" is not known`},
		{`"update": 0}`, `"update": 1}`, "update 1 is pushed at"},
		{`"settings": {`, `"settings": {"moon": 1, `, `unknown field "moon"`},
		{`"ev": "verified"`, `"ev": "vanished"`, `event "vanished" at`},
		{`"ev": "request", "conn": 1, "update": 0`, `"ev": "request", "conn": 1, "update": -1`, "refers to what is not there"},
		{`"ev": "request", "conn": 1, "update": 0`, `"ev": "drop", "conn": 1, "update": 7`, "refers to what is not there"},
		{`"inputs"`, `"omitted_events": ["sneeze"], "inputs"`, `omitted event "sneeze"`},
		{`"inputs"`, `"omitted_events": ["request"], "inputs"`, "is said to be left out"},
	} {
		t.Run(tt.to, func(t *testing.T) {
			require.Contains(t, string(b), tt.from)
			assert.ErrorContains(t, replay.Delivery([]byte(strings.Replace(string(b), tt.from, tt.to, 1))), tt.want)
		})
	}
}

// Every step, condition and option of an endpoint that recordings may have does
// what its description says. The recording is put together here: what the engine
// does with such an endpoint follows from the other recordings.
func TestEndpointScripts(t *testing.T) {
	const ok = `{"send": "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}`
	for _, tt := range []struct{ name, endpoint, inputs, events, final string }{
		{"Base64", `"rules": [{"steps": [{"send_b64": "SFRUUC8xLjEgMjAwIE9LDQpDb250ZW50LUxlbmd0aDogMA0KDQo="}]}]`,
			"", `request 0 0.5 1 1`, `0 1`},
		{"repeat", `"rules": [{"steps": [{"send": "HTTP/1.1 500 "}, {"send": "E", "repeat": 3}, {"send": "\r\n\r\n"}]}]`,
			"", `request 0 0.5 1 1|error 0.5 Wrong response from the webhook: 500 EEE|request 0 0.5 1 2|error 0.5 Wrong response from the webhook: 500 EEE|request 0 2.5 1 3|error 2.5 Wrong response from the webhook: 500 EEE`, `1 1`},
		{"drip", `"rules": [{"nth": 2, "steps": [` + ok + `]}, {"steps": [{"send": "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"}, {"drip": "x", "every": 0.5, "count": 3}]}]`,
			`push 1 0.6`, `request 0 0.5 1 1|request 1 1.5 1 1`, `0 1`},
		{"hang", `"rules": [{"steps": [{"hang": true}]}]`, `delete_webhook 2`, `request 0 0.5 1 1|close 2 1 engine fin|webhook_removed 2`, `1 0`},
		{"reset", `"rules": [{"nth": 1, "steps": [{"close": "rst"}]}, {"steps": [` + ok + `]}]`,
			"", `request 0 0.5 1 1|close 0.5 1 endpoint rst|error 0.5 Connection reset by peer|accept 2 2|request 0 2 2 2`, `0 1`},
		{"conditions", `"rules": [{"update": [1, 2], "key": 42, "attempt": [1, 2], "steps": [{"send": "HTTP/1.1 503 E\r\nRetry-After: 1\r\n\r\n"}]}, {"steps": [` + ok + `]}]`,
			`push 1 0.6`, `request 0 0.5 1 1|request 1 0.6 1 1|error 0.6 Wrong response from the webhook: 503 E|request 1 1.6 1 2|error 1.6 Wrong response from the webhook: 503 E|request 1 2.6 1 3`, `0 1`},
		{"greeting", `"on_accept": [{"wait": 1}, ` + ok + `], "rules": [{"steps": [{"hang": true}]}]`, "", `request 0 0.5 1 1`, `0 1`},
		{"idle", `"idle_close": 1, "rules": [{"steps": [` + ok + `]}]`, "", `request 0 0.5 1 1|close 1.5 1 endpoint fin|accept 1.5 2|close 2.5 2 endpoint fin|accept 2.5 3`, `0 1`},
		{"not listening", `"listening": false, "rules": [{"steps": [` + ok + `]}]`, `listen 3`, `error 0 Connection refused|error 2 Connection refused|accept 4 1|request 0 4 1 1`, `0 1 4.5`},
		{"black hole", `"blackhole": true, "rules": [{"steps": [` + ok + `]}]`, "", "", `1 1`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.NoError(t, replay.Delivery(compose(t, tt.endpoint, tt.inputs, tt.events, tt.final)))
		})
	}
}

// compose writes a recording of one update of chat 42 pushed at 0.5 s and what
// else is given: inputs "push UPDATE T" or "WHAT T", events "request UPDATE T
// CONN ATTEMPT", "error T TEXT", "close T CONN BY HOW", "accept T CONN" and
// "webhook_removed T", and the final numbers of updates and connections, and the
// time of these if it is not 3 s.
func compose(t *testing.T, endpoint, inputs, events, final string) []byte {
	t.Helper()
	const body = `"message":{"message_id":1}`
	push := func(update, at string) string {
		return `{"t": ` + at + `, "do": "push", "update": ` + update + `, "key": 42, "ttl": 600, "json": ` + strconv.Quote(body) + `}`
	}
	in := []string{`{"t": 0, "do": "set_webhook"}`, push("0", "0.5")}
	for s := range strings.SplitSeq(inputs, "|") {
		switch f := strings.Fields(s); {
		case len(f) == 3:
			in = append(in, push(f[1], f[2]))
		case len(f) == 2:
			in = append(in, `{"t": `+f[1]+`, "do": "`+f[0]+`"}`)
		}
	}
	ev := []string{`{"t": 0, "ev": "verified"}`}
	if !strings.Contains(events, "accept 4 1") && events != "" {
		ev = append(ev, `{"t": 0, "ev": "accept", "conn": 1}`)
	}
	errs, lastT := []string{}, "null"
	for s := range strings.SplitSeq(events, "|") {
		f := strings.Fields(s)
		if len(f) == 0 {
			continue
		}
		switch f[0] {
		case "request":
			ev = append(ev, `{"t": `+f[2]+`, "ev": "request", "conn": `+f[3]+`, "update": `+f[1]+`, "attempt": `+f[4]+`, "head": 0, "body": `+f[1]+`}`)
		case "error":
			errs, lastT = append(errs, strings.Join(f[2:], " ")), f[1]
			ev = append(ev, `{"t": `+f[1]+`, "ev": "error", "message": "`+errs[len(errs)-1]+`"}`)
		case "close":
			ev = append(ev, `{"t": `+f[1]+`, "ev": "close", "conn": `+f[2]+`, "by": "`+f[3]+`", "how": "`+f[4]+`"}`)
		case "accept":
			ev = append(ev, `{"t": `+f[1]+`, "ev": "accept", "conn": `+f[2]+`}`)
		default:
			ev = append(ev, `{"t": `+f[1]+`, "ev": "`+f[0]+`", "reason": "OK"}`)
		}
	}
	last := "null"
	if len(errs) > 0 {
		last = `"` + errs[len(errs)-1] + `"`
	}
	numbers := append(strings.Fields(final), "3")
	pending, connections, until := numbers[0], numbers[1], numbers[2]
	left := map[string]string{"0": "[]", "1": "[0]"}[pending]
	set := "true"
	if strings.Contains(inputs, "delete_webhook") {
		set = "false"
	}
	head := "POST /hook HTTP/1.1\\r\\nHost: @HOST@\\r\\nContent-Type: application/json\\r\\nContent-Length: " +
		strconv.Itoa(len(`{"update_id":123456789,`+"\n"+body+"}")) + "\\r\\nConnection: keep-alive\\r\\nAccept-Encoding: gzip, deflate\\r\\n\\r\\n"
	bodies := strconv.Quote("{\"update_id\":@0@,\n"+body+"}") + "," + strconv.Quote("{\"update_id\":@1@,\n"+body+"}")
	return []byte(`{"settings": {"url": "http://a.example/hook", "max_connections": 1, "secret_token": null, "secret_token_present": false,
		"local": true, "ip_address_fixed": true, "host_header": "a.example"},
		"unix_fraction_at_0": 0, "update_id_digits": 9, "observed_until": ` + until + `, "inputs": [` + strings.Join(in, ",") + `],
		"endpoint": {` + endpoint + `}, "heads": ["` + head + `"], "bodies": [` + bodies + `], "events": [` + strings.Join(ev, ",") + `],
		"final": {"pending": ` + pending + `, "pending_updates": ` + left + `, "last_error_message": ` + last + `, "last_error_t": ` + lastT + `,
		"dropped_updates": [], "open_connections": ` + connections + `, "webhook_set": ` + set + `},
		"tolerance": {"times_s": 0.05, "random": [], "unordered": []}}`)
}

// The engine's notes and the endpoint's may be listed in either order when a retry
// follows at once, but no further apart.
func TestErrorListedAfterTheRetryItLedTo(t *testing.T) {
	const endpoint = `"rules": [{"attempt": 1, "steps": [{"send": "HTTP/1.1 500 E\r\n\r\n"}]}, {"steps": [{"wait": 0.5}, {"send": "HTTP/1.1 200 OK\r\n\r\n"}]}]`
	const failure = "Wrong response from the webhook: 500 E"
	for events, ok := range map[string]bool{
		"request 0 0.5 1 1|error 0.501 " + failure + "|request 0 0.501 1 2": true,
		"request 0 0.5 1 1|request 0 0.501 1 2|error 0.503 " + failure:      true,
		"request 0 0.5 1 1|request 0 0.501 1 2|error 0.53 " + failure:       false,
		"error 0.5 " + failure + "|request 0 0.5 1 1|request 0 0.501 1 2":   false,
	} {
		err := replay.Delivery(compose(t, endpoint, "", events, "0 1"))
		assert.Equal(t, ok, err == nil, "%s: %v", events, err)
	}
}
