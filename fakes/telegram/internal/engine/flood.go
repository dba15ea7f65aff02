package engine

// Flood are Telegram's public limits on sending; the zero value is no limit.
type Flood struct{}

func (c *call) flood() error { return nil }

// faults are what goes wrong on purpose.
type faults struct{}

// fault applies the faults that match the call; true when it will be answered later.
func (c *call) fault() bool { return false }
