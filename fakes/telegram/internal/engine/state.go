package engine

// parts are the pieces of a world that one file each looks after.
type parts struct {
	notify  chan struct{} // closed and dropped on every change; nil while nobody waits
	presses map[int64]*Press

	inline         map[int64]*InlineQuery
	inlineMessages map[string]*Message
	payments       map[int64]*Payment // by the id of the query that is open
}

func (p *parts) init() { p.reset() }

func (p *parts) reset() {
	p.presses = map[int64]*Press{}
	p.inline, p.inlineMessages = map[int64]*InlineQuery{}, map[string]*Message{}
	p.payments = map[int64]*Payment{}
}
