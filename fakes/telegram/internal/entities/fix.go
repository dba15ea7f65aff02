package entities

import (
	"errors"
	"unicode/utf8"
)

// Options says how Fix treats a text. The zero value is for a message's text.
type Options struct {
	// AllowEmpty accepts a text without anything visible, as captions do.
	AllowEmpty bool
	// NoCommands leaves "/word" alone, where commands mean nothing.
	NoCommands bool
	// NoDetection leaves the text without automatic entities.
	NoDetection bool
}

var (
	errEmpty   = errors.New("Text must be non-empty")
	errStrings = errors.New("Strings must be encoded in UTF-8")
)

// Fix makes a text and its entities what Telegram stores. It cleans and trims
// the text and moves the entities along, checks them, sorts, splits and merges
// them, and finds those that Telegram finds by itself. The given entities are
// not changed. What comes back is in order, lies within the text, cuts no
// surrogate pair, and is properly nested.
func Fix(text string, ents []Entity, o Options) (string, []Entity, error) {
	if !utf8.ValidString(text) {
		return "", nil, errStrings
	}
	ents, err := check(ents)
	if err != nil {
		return "", nil, err
	}
	ents = nest(ents)
	if text, err = clean(text, ents); err != nil {
		return "", nil, err
	}
	// What was cleaned away may have left entities empty or side by side.
	ents = nest(dropEmpty(ents))
	text, ents = trim(text, ents)
	if text == "" || !o.AllowEmpty && invisible(text) {
		if o.AllowEmpty {
			return "", nil, nil
		}
		return "", nil, errEmpty
	}
	ents = limit(ents)
	if !o.NoDetection {
		ents = merge(ents, detect(text, o.NoCommands))
	}
	return text, ents, nil
}

// maxUserEntities is how many entities of a bot's own survive (Bot API server
// source). Custom emoji do not count.
const maxUserEntities = 100

// limit drops what is too much: styles go first, then the rest from the end.
func limit(ents []Entity) []Entity {
	if len(ents) <= maxUserEntities {
		return ents
	}
	var solid, styled []Entity
	count := 0
	for _, e := range ents {
		switch {
		case e.class() == style:
			styled = append(styled, e)
		case e.Type == CustomEmoji:
			solid = append(solid, e)
		case count < maxUserEntities:
			solid = append(solid, e)
			count++
		}
	}
	styled = split(styled, nil)
	styled = styled[:min(len(styled), maxUserEntities-count)]
	kept := append(solid, styled...)
	sortEntities(kept)
	return nest(kept)
}
