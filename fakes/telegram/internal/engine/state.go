package engine

import "hookproof/fakes/telegram/internal/files"

// parts are the pieces of a world that one file each looks after.
type parts struct {
	notify  chan struct{} // closed and dropped on every change; nil while nobody waits
	presses map[int64]*Press
	sweeps  struct{ presses, inline, messages, payments sweeper }

	inline         map[int64]*InlineQuery
	inlineMessages map[string]*Message
	payments       map[int64]*Payment // by the id of the query that is open

	store    *files.Store
	stickers map[*files.Media]*sticker // of the sets
	sets     map[string]*stickerSet    // by lower-case name
}

func (p *parts) reset(o Options) {
	p.store = files.New(0, o.Seed)
	if o.LocalTexts {
		p.store.ServeLocally("/var/lib/telegram-bot-api")
	}
	p.stickers, p.sets = map[*files.Media]*sticker{}, map[string]*stickerSet{}
	p.presses = map[int64]*Press{}
	p.inline, p.inlineMessages = map[int64]*InlineQuery{}, map[string]*Message{}
	p.payments = map[int64]*Payment{}
}
