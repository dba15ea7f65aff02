package schema_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/schema"
)

func TestTheWholeBotAPIIsRead(t *testing.T) {
	assert.Equal(t, "10.1", schema.Version())
	assert.Len(t, schema.Methods(), 180)
	assert.Len(t, schema.Types(), 359)
	assert.Len(t, schema.UpdateKinds(), 25)
}

func TestMethodIgnoresCase(t *testing.T) {
	for _, name := range []string{"sendMessage", "sendmessage", "SENDMESSAGE"} {
		m, ok := schema.Method(name)
		require.True(t, ok, name)
		assert.Equal(t, "sendMessage", m.Name)
	}
	_, ok := schema.Method("sendSmoke")
	assert.False(t, ok)
}
