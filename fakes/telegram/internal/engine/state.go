package engine

// parts are the pieces of a world that one file each looks after.
type parts struct {
	notify  chan struct{} // closed and dropped on every change; nil while nobody waits
	presses map[int64]*Press
}

func (p *parts) init() {
	p.presses = map[int64]*Press{}
}
