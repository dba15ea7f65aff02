package report_test

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/loadtest/internal/report"
	"hookproof/loadtest/internal/verdict"
)

// browser finds a Chromium. Without one the test is skipped, except in CI.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	require.NotEqual(t, "true", os.Getenv("CI"), "CI must have a browser: install chromium")
	t.Skip("no chromium or google-chrome on this machine")
	return ""
}

// shown is the page as a browser shows it in a window so wide.
func shown(t *testing.T, width string) image.Image {
	t.Helper()
	dir := t.TempDir()
	page, shot := filepath.Join(dir, "report.html"), filepath.Join(dir, "shot.png")
	f, err := os.Create(page)
	require.NoError(t, err)
	r := sample()
	require.NoError(t, report.HTML(f, r, verdict.Judge(r)))
	require.NoError(t, f.Close())
	cmd := exec.CommandContext(t.Context(), browser(t), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--user-data-dir="+dir, "--hide-scrollbars", "--screenshot="+shot, "--window-size="+width+",4000", "file://"+page)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	f, err = os.Open(shot)
	require.NoError(t, err)
	defer f.Close()
	img, err := png.Decode(f)
	require.NoError(t, err)
	return img
}

func TestPageInABrowser(t *testing.T) {
	for _, width := range []string{"1000", "400"} {
		t.Run(width, func(t *testing.T) {
			img := shown(t, width)
			for _, tt := range []struct {
				mark  string
				color color.RGBA
				least int // pixels
			}{
				{"webhook's line and dots", color.RGBA{0, 114, 178, 255}, 100},
				{"long polling's line and dots", color.RGBA{213, 94, 0, 255}, 100},
				{"the bar of a promise that holds", color.RGBA{0, 158, 115, 255}, 200},
			} {
				assert.GreaterOrEqual(t, count(img, tt.color), tt.least, tt.mark)
			}
		})
	}
}

// count counts pixels of a colour, or nearly so.
func count(img image.Image, want color.RGBA) int {
	n := 0
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			got, ok := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
			if ok && near(got.R, want.R) && near(got.G, want.G) && near(got.B, want.B) {
				n++
			}
		}
	}
	return n
}

func near(a, b uint8) bool { return max(a, b)-min(a, b) <= 8 }
