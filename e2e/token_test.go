package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
)

// TestBadToken sends what somebody without the secret can send. Each gets the
// same short answer, and none an effect.
func TestBadToken(t *testing.T) {
	t.Parallel()
	ctx, e := deadline(t), world(t, subject(t), proof.Webhook)
	bot, err := e.Start(ctx, nil)
	require.NoError(t, err)
	const header = "X-Telegram-Bot-Api-Secret-Token: "
	for _, tt := range []struct {
		name  string
		lines []string
		want  int
	}{
		{"the right one", []string{header + e.Secret}, http.StatusOK},
		{"missing", nil, http.StatusUnauthorized},
		{"empty", []string{header}, http.StatusUnauthorized},
		{"wrong", []string{header + "wrong"}, http.StatusUnauthorized},
		{"shortened", []string{header + e.Secret[1:]}, http.StatusUnauthorized},
		{"lengthened", []string{header + e.Secret + "a"}, http.StatusUnauthorized},
		{"in upper case", []string{header + strings.ToUpper(e.Secret)}, http.StatusUnauthorized},
		{"repeated, right first", []string{header + e.Secret, header + "wrong"}, http.StatusUnauthorized},
		{"repeated, right last", []string{header + "wrong", header + e.Secret}, http.StatusUnauthorized},
		{"repeated, both right", []string{header + e.Secret, header + e.Secret}, http.StatusUnauthorized},
		{"joined with a comma", []string{header + e.Secret + ", " + e.Secret}, http.StatusUnauthorized},
		{"of 257 characters", []string{header + strings.Repeat("a", 257)}, http.StatusUnauthorized},
		{"of 8 KB", []string{header + strings.Repeat("a", 8<<10)}, http.StatusUnauthorized},
		{"in another header", []string{"Authorization: " + e.Secret}, http.StatusUnauthorized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := e.Probe()
			r, err := bot.Post(ctx, e.Text(x.Send).Without("X-Telegram-Bot-Api-Secret-Token").With(tt.lines...))
			require.NoError(t, err)
			assert.Equal(t, tt.want, r.Status)
			assert.Less(t, len(r.Body), 300, "a refusal is short")
			effects := 0
			if tt.want == http.StatusOK {
				effects = 1
			}
			assert.Equal(t, effects, e.API.Times(x.Want))
		})
	}
}
