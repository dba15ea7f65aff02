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

func TestEveryMethodHasASample(t *testing.T) {
	for _, m := range schema.Methods() {
		raw, err := schema.Sample(m.Name, schema.Params{}, schema.Env{})
		require.NoError(t, err, m.Name)
		require.NoError(t, schema.ValidateReturn(m.Name, raw), "%s: %s", m.Name, raw)
	}
}

func TestEveryTypeHasASample(t *testing.T) {
	for _, typ := range schema.Types() {
		raw, err := schema.SampleType(typ.Name, schema.Env{})
		require.NoError(t, err, "%s: %s", typ.Name, raw)
	}
}
