package entities_test

import (
	"testing"

	"hookproof/fakes/telegram/internal/entities"
)

func BenchmarkFix(b *testing.B) {
	for name, text := range map[string]string{
		"plain30":    "hello there, how are you today",
		"command":    "/start",
		"sentence":   "All done. See example.com/docs, or ask @alice (she knows).",
		"cyrillic30": "привет, как дела у тебя сегодня",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := entities.Fix(text, nil, entities.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for mode, text := range map[string]string{
		"html":       "<b>bold</b> and <a href='https://example.com/'>a link</a> &amp; more",
		"markdownv2": "*bold* and [a link](https://example.com/) \\& more",
	} {
		b.Run(mode, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := entities.Parse(text, mode); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
