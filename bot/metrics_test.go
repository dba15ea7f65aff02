package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMetricsParse(t *testing.T) {
	r := startWebhook(t, map[string]string{"METRICS_ADDR": "127.0.0.1:0"})
	r.post(message(1, 5, "/ping"))
	r.post(message(1, 5, "/ping"))
	r.post(message(2, 5, "/fail"))
	r.post("null")
	res, err := http.Get("http://" + r.logs.await(t, "serving metrics")["addr"].(string) + "/metrics")
	require.NoError(t, err)
	text := readAll(t, res)
	families, err := new(expfmt.TextParser).TextToMetricFamilies(strings.NewReader(text))
	require.NoError(t, err, text)
	value := func(name, label string) float64 {
		for _, m := range families[name].GetMetric() {
			if label == "" || m.GetLabel()[0].GetValue() == label {
				return m.GetCounter().GetValue()
			}
		}
		return -1
	}
	assert.Equal(t, 1.0, value("bot_updates_total", "handled"))
	assert.Equal(t, 1.0, value("bot_updates_total", "failed"))
	assert.Equal(t, 1.0, value("bot_duplicates_total", ""))
	assert.Equal(t, 1.0, value("bot_refused_total", "update"))
	assert.Equal(t, 1.0, value("bot_api_calls_total", "setWebhook"))
	latency := families["bot_handling_seconds"].GetMetric()[0].GetHistogram()
	assert.Equal(t, uint64(2), latency.GetSampleCount())
	assert.Equal(t, uint64(2), latency.GetBucket()[len(latency.GetBucket())-1].GetCumulativeCount())
	for name, family := range families {
		assert.NotEmpty(t, family.GetHelp(), name)
		assert.False(t, family.GetType().String() == "COUNTER" && !strings.HasSuffix(name, "_total"), name)
	}
}
