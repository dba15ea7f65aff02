package schema_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/schema"
)

func TestEveryKindOfUpdateHasAnExample(t *testing.T) {
	for _, kind := range schema.UpdateKinds() {
		for seed := range uint64(20) {
			raw, err := schema.UpdateExample(kind, seed)
			require.NoError(t, err)
			assert.NoError(t, schema.Validate("Update", fmt.Appendf(nil, `{"update_id":1,%q:%s}`, kind, raw)), "%s: %s", kind, raw)
			assert.NotContains(t, string(raw), "$", "a placeholder is left")
			assert.NotContains(t, string(raw), "null")
			again, err := schema.UpdateExample(kind, seed)
			require.NoError(t, err)
			assert.Equal(t, raw, again)
		}
	}
}

func TestSeedsDiffer(t *testing.T) {
	one, err := schema.UpdateExample("callback_query", 1)
	require.NoError(t, err)
	two, err := schema.UpdateExample("callback_query", 2)
	require.NoError(t, err)
	assert.NotEqual(t, one, two)
}

func TestExampleOfUnknownKindNamesTheKinds(t *testing.T) {
	_, err := schema.UpdateExample("massage", 1)
	require.ErrorContains(t, err, `no update of the kind "massage"; there are message, edited_message`)
}

func TestExampleShowsItsCast(t *testing.T) {
	cast := schema.Cast{User: json.RawMessage(ann), Bot: json.RawMessage(robot), Group: json.RawMessage(group), Now: 5, MessageID: 77}
	raw, err := cast.Update("callback_query", 1)
	require.NoError(t, err)
	for _, want := range []string{ann, robot, `"chat":{"id":7,"first_name":"Ann","type":"private"}`, `"date":5`, `"message_id":77`} {
		assert.Contains(t, string(raw), want)
	}
	raw, err = cast.Update("chat_member", 1)
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(string(raw), group))

	cast.User = json.RawMessage(`{`)
	_, err = cast.Update("message", 1)
	require.ErrorContains(t, err, "user of the cast: not valid JSON")
}
