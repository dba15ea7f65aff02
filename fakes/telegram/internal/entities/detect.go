package entities

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A finder looks for what Telegram finds by itself in a text. Positions are
// bytes until the end.
type finder struct {
	text  string
	found []span
}

// A span is text[start:end].
type span struct {
	kind       string
	start, end int
}

func (f *finder) add(kind string, start, end int) {
	f.found = append(f.found, span{kind, start, end})
}

// detect finds mentions, commands, hashtags, cashtags, links, addresses and
// phone numbers. Where two overlap the earlier counts, then the longer.
func detect(text string, noCommands bool) []Entity {
	f := finder{text: text}
	seen := triggers(text)
	if seen['@'] {
		f.mentions()
	}
	if seen['/'] && !noCommands {
		f.commands()
	}
	if seen['#'] {
		f.hashtags()
	}
	if seen['$'] {
		f.cashtags()
	}
	if seen[':'] && seen['/'] {
		f.internalLinks()
	}
	if seen['.'] {
		f.links()
	}
	if seen['+'] {
		f.phones()
	}
	return f.entities()
}

// triggers notes which of the ASCII characters a text has. Without one of
// those that entities are made of there is nothing to find: the usual case,
// and the cheap one.
func triggers(text string) (seen [64 + 1]bool) {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c <= '@' {
			seen[c] = true
		}
	}
	return seen
}

// entities sorts what was found, drops what overlaps and counts in UTF-16.
func (f *finder) entities() []Entity {
	if len(f.found) == 0 {
		return nil
	}
	slices.SortStableFunc(f.found, func(a, b span) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	ents := make([]Entity, 0, len(f.found))
	pos, units := 0, 0
	for _, s := range f.found {
		if s.start < pos {
			continue
		}
		units += UTF16Len(f.text[pos:s.start])
		length := UTF16Len(f.text[s.start:s.end])
		ents = append(ents, Entity{Type: s.kind, Offset: units, Length: length})
		pos, units = s.end, units+length
	}
	return ents
}

// each calls match with every place where c is.
func (f *finder) each(c byte, match func(i int)) {
	for i := 0; ; i++ {
		n := strings.IndexByte(f.text[i:], c)
		if n < 0 {
			return
		}
		i += n
		match(i)
	}
}

// before and after are the characters around an index, 0 at the ends.
func (f *finder) before(i int) rune {
	if i == 0 {
		return 0
	}
	r, _ := utf8.DecodeLastRuneInString(f.text[:i])
	return r
}

func (f *finder) after(i int) rune {
	if i >= len(f.text) {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(f.text[i:])
	return r
}

// name is where the letters, digits and underscores from i on end.
func (f *finder) name(i int) int {
	for i < len(f.text) && isNameByte(f.text[i]) {
		i++
	}
	return i
}

func isNameByte(c byte) bool { return isAlnum(c) || c == '_' }

func isWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)
}

// mentions are an @ and 4 to 32 letters, digits and underscores, or one of the
// short names that Telegram's own bots have.
func (f *finder) mentions() {
	f.each('@', func(i int) {
		end := f.name(i + 1)
		if n := end - i - 1; n > 32 || n < 4 && !shortName(f.text[i+1:end]) {
			return
		}
		if !isWord(f.before(i)) && !isWord(f.after(end)) {
			f.add(Mention, i, end)
		}
	})
}

func shortName(name string) bool {
	return slices.Contains([]string{"gif", "nft", "pic", "ufc", "vid"}, lowerASCII(name))
}

// commands are a slash, a name of 1 to 64 characters, and possibly the bot
// that is meant.
func (f *finder) commands() {
	f.each('/', func(i int) {
		end := f.name(i + 1)
		if n := end - i - 1; n < 1 || n > 64 {
			return
		}
		if at(f.text, end) == '@' {
			bot := f.name(end + 1)
			if n := bot - end - 1; n < 3 || n > 32 {
				return
			}
			end = bot
		}
		if !besideCommand(f.before(i)) && !besideCommand(f.after(end)) {
			f.add(BotCommand, i, end)
		}
	})
}

// besideCommand are the characters that make a slash part of something else:
// a path, a fraction, a tag.
func besideCommand(r rune) bool { return isWord(r) || r == '/' || r == '<' || r == '>' }

// isTag is what a hashtag is made of.
func isTag(r rune) bool {
	return r == '_' || r == 0x200c || r == 0xb7 || r >= 0xd80 && r <= 0xdff ||
		unicode.IsLetter(r) || unicode.Is(unicode.Nd, r)
}

// maxHashtag is the length of the longest hashtag, in characters; what is
// longer is cut there.
const maxHashtag = 256

// hashtags need a letter, and no second # behind.
func (f *finder) hashtags() {
	f.each('#', func(i int) {
		if isTag(f.before(i)) {
			return
		}
		end, rest, letter := f.tag(i + 1)
		if !letter {
			return
		}
		if end == rest && at(f.text, end) == '@' {
			name := min(f.name(end+1), end+33)
			if name-end-1 >= 3 {
				end, rest = name, name
			}
		}
		if at(f.text, rest) != '#' {
			f.add(Hashtag, i, end)
		}
	})
}

// tag reads a hashtag's characters: where it ends, where the characters end,
// and whether there was a letter among those that count.
func (f *finder) tag(start int) (end, rest int, letter bool) {
	count := 0
	for pos, r := range f.text[start:] {
		if !isTag(r) {
			break
		}
		rest = pos + utf8.RuneLen(r)
		if count < maxHashtag {
			letter = letter || unicode.IsLetter(r)
			end = rest
			count++
		}
	}
	return start + end, start + rest, letter
}

// cashtags are a dollar sign and 1 to 8 capitals, or 1INCH.
func (f *finder) cashtags() {
	f.each('$', func(i int) {
		end := i + 1
		if strings.HasPrefix(f.text[end:], "1INCH") {
			end += len("1INCH")
		} else {
			for c := at(f.text, end); c >= 'A' && c <= 'Z'; c = at(f.text, end) {
				end++
			}
		}
		if n := end - i - 1; n < 1 || n > 8 {
			return
		}
		if at(f.text, end) == '@' {
			name := f.name(end + 1)
			if n := name - end - 1; n >= 3 && n <= 32 {
				end = name
			}
		}
		beside := func(r rune) bool { return isTag(r) || r == '$' }
		if !beside(f.before(i)) && !beside(f.after(end)) {
			f.add(Cashtag, i, end)
		}
	})
}

// phones are a plus and 7 to 15 digits, single blanks, hyphens, dots and
// parentheses between them. That is an approximation: the rules of the
// backend, which finds phone numbers, are not public.
func (f *finder) phones() {
	f.each('+', func(i int) {
		digits, end, gap := 0, i, 0
		for j := i + 1; j < len(f.text) && gap < 3; j++ {
			switch c := f.text[j]; {
			case isDigit(c):
				digits, end, gap = digits+1, j+1, 0
			case strings.IndexByte(" -.()", c) >= 0 && digits > 0:
				gap++
			default:
				gap = 3
			}
		}
		if digits < 7 || digits > 15 {
			return
		}
		if b := f.before(i); !isWord(b) && b != '+' && !isWord(f.after(end)) {
			f.add(PhoneNumber, i, end)
		}
	})
}
