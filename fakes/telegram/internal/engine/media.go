package engine

// fileRef is a file Telegram keeps.
type fileRef struct{}

// poll is a poll's state.
type poll struct{}

// reaction is one emoji under a message.
type reaction struct{ emoji string }

// gameName is the short name of the game a message carries.
func (m *Message) gameName() string { return "" }

// inlineMessage finds a message sent through inline mode.
func (c *call) inlineMessage(id string) (*Message, error) {
	return nil, badRequest("MESSAGE_ID_INVALID")
}
