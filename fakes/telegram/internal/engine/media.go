package engine

// fileRef is a file Telegram keeps.
type fileRef struct{}

// gameName is the short name of the game a message carries.
func (m *Message) gameName() string { return "" }
