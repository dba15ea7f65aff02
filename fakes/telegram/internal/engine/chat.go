package engine

import (
	"slices"
	"strconv"
	"strings"
)

// Kinds of chat, as the Bot API spells them.
const (
	Private    = "private"
	Group      = "group"
	Supergroup = "supergroup"
	Channel    = "channel"
)

// A Chat is a place with messages. A private chat belongs to one bot and one
// person; any other has members.
type Chat struct {
	w        *World
	ID       int64
	Type     string
	Title    string
	Username string
	Forum    bool

	User    *User // whom the bot talks to; private chats only
	bot     *Bot  // private chats only
	Blocked bool  // the person has blocked the bot; private chats only
	met     bool  // the person has written, so the bot may; private chats only

	Members    map[int64]*Member
	MigratedTo int64 // a basic group that became this supergroup
	Gone       bool  // a deleted basic group

	messages []*Message
	index    map[messageRef]*Message
	lastMsg  int32 // of supergroups and channels, which number by themselves
	log      []Sighting
	seen     int // length of log when the oldest were dropped
	chatInfo
}

// messageRef finds a message in a chat. The numbers of a basic group's
// messages differ from bot to bot; elsewhere bot is 0.
type messageRef struct {
	bot int64
	id  int32
}

// Statuses of a member, as the Bot API spells them.
const (
	Creator       = "creator"
	Administrator = "administrator"
	Regular       = "member"
	Restricted    = "restricted"
	Left          = "left"
	Kicked        = "kicked"
)

// A Member is somebody's standing in a group or channel.
type Member struct {
	User   *User
	Status string
	Rights map[string]bool // can_..., is_anonymous: of administrators and restricted members
	Title  string          // custom title of an administrator
	Tag    string
	Until  int64 // end of a restriction or ban, Unix seconds; 0: for ever
}

func (m *Member) present() bool {
	return m != nil && m.Status != Left && m.Status != Kicked
}

func (m *Member) admin() bool {
	return m != nil && (m.Status == Creator || m.Status == Administrator)
}

// can tells whether the member has a right: an owner has all, an administrator
// those given, a restricted member those left, anybody else the chat's own.
func (m *Member) can(right string, c *Chat) bool {
	switch {
	case m == nil:
		return false
	case m.Status == Creator:
		return true
	case m.Status == Administrator, m.Status == Restricted:
		return m.Rights[right]
	case m.Status == Regular:
		return c.permission(right)
	}
	return false
}

// newChat makes a group, supergroup or channel with its id in the range that
// Telegram gives its kind.
func (w *World) newChat(kind, title string) *Chat {
	w.lastGroup += 1 + w.rand.Int64N(1000)
	id := -w.lastGroup
	if kind != Group {
		id = -1_000_000_000_000 - w.lastGroup
	}
	c := &Chat{w: w, ID: id, Type: kind, Title: title, Members: map[int64]*Member{}}
	c.init()
	if kind != Group {
		c.lastMsg = 1 // taken by the message that it was created
	}
	w.chats[id] = c
	return c
}

func (c *Chat) init() {
	c.index = map[messageRef]*Message{}
	c.chatInfo.init(c)
}

// private is the chat between a bot and a person. Until they have met, the bot
// knows nothing of it.
func (b *Bot) private(u *User) *Chat {
	if c := b.inbox[u.ID]; c != nil {
		return c
	}
	c := &Chat{w: b.w, ID: u.ID, Type: Private, User: u, bot: b}
	c.init()
	b.inbox[u.ID] = c
	return c
}

// meet lets the bot write to the person, as having been written to does.
func (c *Chat) meet() *Chat { c.met = true; return c }

// known is the chat with a person the bot has met; nil for others.
func (b *Bot) known(id int64) *Chat {
	if c := b.inbox[id]; c != nil && c.met {
		return c
	}
	return nil
}

// person is the chat with somebody the bot has met, or knows from a group.
func (b *Bot) person(id int64) *Chat {
	if c := b.known(id); c != nil {
		return c
	}
	u := b.w.users[id]
	if u == nil || u.IsBot {
		return nil
	}
	for _, c := range b.w.chats {
		if c.Members[b.User.ID].present() && c.Members[id] != nil {
			return b.private(u)
		}
	}
	return nil
}

// ref is how this bot, or any other if numbering is common, refers to a message.
func (c *Chat) ref(b *Bot, id int32) messageRef {
	if c.Type == Group {
		return messageRef{b.key.id, id}
	}
	return messageRef{0, id}
}

// message finds a message by the bot's own number for it; nil when there is none.
func (c *Chat) message(b *Bot, id int64) *Message {
	if id <= 0 || id > 1<<31-1 {
		return nil
	}
	return c.index[c.ref(b, int32(id))]
}

// bots are the bots that see what happens here, in the order of their ids.
func (c *Chat) bots() []*Bot {
	if c.Type == Private {
		return []*Bot{c.bot}
	}
	var bots []*Bot
	for _, m := range c.Members {
		if m.present() && m.User.IsBot {
			if b := c.w.bots[botKey{id: m.User.ID}]; b != nil {
				bots = append(bots, b)
			}
		}
	}
	slices.SortFunc(bots, func(a, b *Bot) int { return int(a.key.id - b.key.id) })
	return bots
}

func (c *Chat) json() []byte {
	o := newObject(96)
	c.fields(o)
	return o.end()
}

// fields writes the chat in the server's order. A basic group still carries
// all_members_are_administrators (Bot API server source, JsonChat).
func (c *Chat) fields(o *object) {
	o.int("id", c.ID)
	switch c.Type {
	case Private:
		o.str("first_name", c.User.FirstName)
		o.strIf("last_name", c.User.LastName)
		o.strIf("username", c.User.Username)
	case Group:
		o.str("title", c.Title)
	default:
		o.str("title", c.Title)
		o.strIf("username", c.Username)
		o.boolIf("is_forum", c.Forum)
	}
	o.str("type", c.Type)
	if c.Type == Group {
		o.bool("all_members_are_administrators", false)
	}
}

// chatNamed resolves a chat_id as the server does: @username or a lenient
// integer; a person counts only if the bot has met them.
func (c *call) chatNamed(id string) (*Chat, *Error) {
	if id == "" {
		return nil, badRequest("chat_id is empty")
	}
	if chat := c.findChat(id); chat != nil {
		return chat, nil
	}
	return nil, badRequest("chat not found")
}

func (c *call) findChat(id string) *Chat {
	if name, ok := strings.CutPrefix(id, "@"); ok {
		switch found := c.w.usernames[strings.ToLower(name)].(type) {
		case *Chat:
			return found
		case *User:
			if found.IsBot {
				return c.bot.known(found.ID)
			}
		}
		return nil
	}
	n := lenientInt(id)
	if n > 0 {
		return c.bot.person(n)
	}
	return c.w.chats[n]
}

// Access a method needs to a chat.
type access int

const (
	read access = iota
	edit
	write
)

// chat resolves the chat_id parameter and checks that the bot may use it, in
// the server's order (Bot API server source, check_chat).
func (c *call) chat(need access) (*Chat, *Error) {
	return c.chatIn("chat_id", need)
}

func (c *call) chatIn(param string, need access) (*Chat, *Error) {
	chat, err := c.chatNamed(c.arg(param))
	if err != nil {
		return nil, err
	}
	return chat, c.reachable(chat, need)
}

func (c *call) reachable(chat *Chat, need access) *Error {
	switch chat.Type {
	case Private:
		if chat.User.Deleted && need != read {
			return forbidden("user is deactivated")
		}
		if !chat.met && need == write {
			return forbidden("bot can't initiate conversation with a user")
		}
		return nil
	case Group:
		return c.reachableGroup(chat, need)
	}
	return c.reachableSuper(chat, need)
}

func (c *call) reachableGroup(chat *Chat, need access) *Error {
	if need == write && chat.MigratedTo != 0 {
		e := badRequest("group chat was upgraded to a supergroup chat")
		e.MigrateTo = chat.MigratedTo
		return e
	}
	if need == write && chat.Gone {
		return forbidden("the group chat was deleted")
	}
	me := chat.Members[c.bot.User.ID]
	switch {
	case me == nil:
		return badRequest("chat not found")
	case me.Status == Kicked:
		return forbidden("bot was kicked from the group chat")
	case !me.present() && need != read:
		return forbidden("bot is not a member of the group chat")
	}
	return nil
}

func (c *call) reachableSuper(chat *Chat, need access) *Error {
	me := chat.Members[c.bot.User.ID]
	public := chat.Username != ""
	switch {
	case me == nil && !public:
		return badRequest("chat not found")
	case me != nil && me.Status == Kicked:
		return forbidden("bot was kicked from the " + chat.Type + " chat")
	case !me.present() && (!public || need != read):
		return forbidden("bot is not a member of the " + chat.Type + " chat")
	}
	return nil
}

// Name is what the chat is called in a transcript.
func (c *Chat) Name() string {
	if c.Type == Private {
		return c.User.Name() + " and @" + c.bot.User.Username
	}
	return c.Title
}

// String names the chat by kind and id.
func (c *Chat) String() string { return c.Type + " " + strconv.FormatInt(c.ID, 10) }

// JSON is the Chat object. Call with the world held still.
func (c *Chat) JSON() []byte { return c.json() }
