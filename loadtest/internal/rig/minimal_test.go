package rig

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMinimalEchoesInline(t *testing.T) {
	ours, its := net.Pipe()
	defer ours.Close()
	go echo(its)
	in := bufio.NewReader(ours)
	for _, text := range []string{"message n1n", "message n22n"} {
		body := `{"update_id":7,"message":{"message_id":1,"from":{"id":5,"is_bot":false},"chat":{"id":42,"type":"private"},"date":1,"text":"` + text + `"}}`
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://bot/webhook", strings.NewReader(body))
		require.NoError(t, err)
		require.NoError(t, r.Write(ours))
		resp, err := http.ReadResponse(in, r)
		require.NoError(t, err)
		reply, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusOK, resp.StatusCode)
		assert.JSONEq(t, `{"method":"sendMessage","chat_id":42,"text":"`+text+`"}`, string(reply))
	}
}

func TestMinimalSpecIsComplete(t *testing.T) {
	s, err := MinimalSpec()
	require.NoError(t, err)
	assert.True(t, s.Has("WEBHOOK_PORT"))
	assert.True(t, s.Texts.Echo.Known())
}
