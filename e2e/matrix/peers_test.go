package matrix_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/e2e/target"
)

// A peer is a library, as a bot written with it.
type peer struct {
	name  string // of its file in ../targets, without .yaml
	needs need
	knob  string // what makes the library talk to the fake
	// cannot says what the library has no means for, by the cell's name. The
	// cell then checks that this is so.
	cannot map[string]string
}

// peers are all libraries, in the order of the table.
var peers = []peer{
	{name: "go-telegram", needs: goTool, knob: "`bot.WithServerURL(url)`"},
	{name: "telebot", needs: goTool, knob: "`tele.Settings{URL: url}`"},
	{name: "telego", needs: goTool, knob: "`telego.WithAPIServer(url)`"},
	{name: "gotgbot", needs: goTool, knob: "`gotgbot.RequestOpts{APIURL: url}`, in `DefaultRequestOpts` and, for `getUpdates`, once more"},
	{
		name: "tgbotapi", needs: goTool,
		knob:   "`tgbotapi.NewBotAPIWithAPIEndpoint(token, url+\"/bot%s/%s\")`; `File.Link` keeps Telegram's address",
		cannot: map[string]string{"secret": "tgbotapi knows no secret: neither `WebhookConfig` nor `ListenForWebhook` has one. Forged updates are handled."},
	},
	{
		name: "ovyflash", needs: goTool,
		knob:   "`api.WithAPIEndpoint(url+\"/bot%s/%s\")` and `api.WithFileEndpoint(url+\"/file/bot%s/%s\")`",
		cannot: map[string]string{"secret": "OvyFlash sets the secret, but `ListenForWebhook` does not look at the header. Forged updates are handled."},
	},
	{
		name: "echotron", needs: goTool,
		knob:   "none: the program replaces `http.DefaultTransport`",
		cannot: map[string]string{"secret": "echotron sets the secret, but `HandleWebhook` does not look at the header. Forged updates are handled."},
	},
	{name: "grammy", needs: nodeTool, knob: "`new Bot(token, { client: { apiRoot: url } })`"},
	{name: "telegraf", needs: nodeTool, knob: "`new Telegraf(token, { telegram: { apiRoot: url } })`"},
	{name: "ntba", needs: nodeTool, knob: "`new Bot(token, { apiRoot: url })`"},
	{
		name: "ntba-0.67", needs: nodeTool,
		knob:   "`new TelegramBot(token, { baseApiUrl: url })`",
		cannot: map[string]string{"secret": "0.67 looks for the token in the path, not at the header. Forged updates to that path are handled."},
	},
	{
		name: "ptb", needs: pythonTool,
		knob:   "`Updater(token, base_url=url + \"/bot\", base_file_url=url + \"/file/bot\")`",
		cannot: map[string]string{"secret": "`start_webhook` does not look at the header, as its documentation says. Forged updates are handled."},
	},
}

// load reads the peer's target and builds it. Where a tool is missing the test
// is skipped; in CI, where everything has to be there, it fails, unless
// MATRIX_WITHOUT names the peer.
func (p peer) load(t *testing.T) *target.Spec {
	t.Helper()
	if what := p.needs(); what != "" {
		without := strings.Fields(os.Getenv("MATRIX_WITHOUT"))
		if os.Getenv("CI") == "true" && !slices.Contains(without, p.name) {
			t.Fatal(what)
		}
		t.Skip(what)
	}
	spec := p.spec(t)
	require.NoError(t, spec.BuildBinary(t.Context(), filepath.Join(t.TempDir(), p.name)))
	return spec
}

// spec is the peer's target, not built.
func (p peer) spec(t *testing.T) *target.Spec {
	t.Helper()
	spec, err := target.Load(filepath.Join("..", "targets", p.name+".yaml"))
	require.NoError(t, err)
	return spec
}

// TestVersions compares what the targets say they are with what is installed.
func TestVersions(t *testing.T) {
	t.Parallel()
	for _, p := range peers {
		spec := p.spec(t)
		library, version := library(spec)
		switch {
		case p.name == "ptb": // see pythonTool
		case p.name == "ovyflash":
			require.Contains(t, read(t, "../peers/go.mod"), library+" v0.0.0-")
			require.Contains(t, read(t, "../peers/go.mod"), "-"+version+"\n")
		case len(spec.Build) > 1: // go build
			require.Contains(t, read(t, "../peers/go.mod"), library+" "+version+"\n")
		default:
			require.Regexp(t, `"`+strings.ToLower(library)+`(-[0-9.]+)?": "(npm:`+library+`@)?`+version+`"`, read(t, "../peers/node/package.json"))
		}
	}
}

// library is what the spec is about: "name version, as its examples use it",
// with more about the version in parentheses.
func library(s *target.Spec) (name, version string) {
	about, _, _ := strings.Cut(s.About, ", ")
	name, version, _ = strings.Cut(about, " ")
	version, _, _ = strings.Cut(version, " (")
	return name, version
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}
