package engine

import (
	"errors"
	"strconv"
	"strings"

	"hookproof/fakes/telegram/internal/wire"
)

func profileMethods() map[string]handler {
	return map[string]handler{
		"setMyCommands":                   setMyCommands,
		"getMyCommands":                   getMyCommands,
		"deleteMyCommands":                deleteMyCommands,
		"setMyName":                       setText("name", 64),
		"getMyName":                       getText("name"),
		"setMyDescription":                setText("description", 512),
		"getMyDescription":                getText("description"),
		"setMyShortDescription":           setText("short_description", 120),
		"getMyShortDescription":           getText("short_description"),
		"setMyDefaultAdministratorRights": setMyDefaultAdministratorRights,
		"getMyDefaultAdministratorRights": getMyDefaultAdministratorRights,
		"setChatMenuButton":               setChatMenuButton,
		"getChatMenuButton":               getChatMenuButton,
	}
}

// profile is what a bot tells about itself, most of it by language.
type profile struct {
	commands map[string][]byte // by scope and language
	texts    map[string]string // by field and language
	rights   map[bool]map[string]bool
	buttons  map[int64][]byte // menu buttons by chat; 0: the default
	ledger   []transaction    // in stars, oldest first
}

func (p *profile) init() {
	p.commands, p.texts = map[string][]byte{}, map[string]string{}
	p.rights, p.buttons = map[bool]map[string]bool{}, map[int64][]byte{}
}

// scope is the key of a BotCommandScope and language.
func (c *call) scope() (string, error) {
	lang := c.arg("language_code")
	s := c.arg("scope")
	if s == "" {
		return "default/" + lang, nil
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return "", badRequest("can't parse BotCommandScope JSON object")
	}
	if !v.IsObject() {
		return "", badRequest("can't parse BotCommandScope: BotCommandScope must be an Object")
	}
	kind, err := v.RequiredString("type")
	if err != nil {
		return "", badRequest("can't parse BotCommandScope: %s", err)
	}
	switch kind {
	case "default", "all_private_chats", "all_group_chats", "all_chat_administrators":
		return kind + "/" + lang, nil
	case "chat", "chat_administrators", "chat_member":
		return c.chatScope(v, kind, lang)
	}
	return "", badRequest("can't parse BotCommandScope: Unsupported type specified")
}

func (c *call) chatScope(v wire.Value, kind, lang string) (string, error) {
	id, err := v.RequiredString("chat_id")
	if err != nil {
		return "", badRequest("can't parse BotCommandScope: %s", err)
	}
	if id == "" {
		return "", badRequest("can't parse BotCommandScope: Empty chat_id specified")
	}
	user, err := scopeUser(v, kind)
	if err != nil {
		return "", badRequest("can't parse BotCommandScope: %s", err)
	}
	chat, refused := c.chatNamed(id)
	if refused != nil {
		return "", refused
	}
	return strings.Join([]string{kind, chat.String(), user, lang}, "/"), nil
}

// scopeUser is the member that a scope of one member is about.
func scopeUser(v wire.Value, kind string) (string, error) {
	if kind != "chat_member" {
		return "", nil
	}
	id, err := v.RequiredLong("user_id")
	if err == nil && id <= 0 {
		err = errors.New("Invalid user_id specified")
	}
	return strconv.FormatInt(id, 10), err
}

func setMyCommands(c *call) ([]byte, error) {
	commands, err := parseCommands(c.arg("commands"))
	if err != nil {
		return nil, err
	}
	key, err := c.scope()
	if err != nil {
		return nil, err
	}
	c.bot.commands[key] = commands
	return jsonTrue, nil
}

func parseCommands(s string) ([]byte, error) {
	if s == "" {
		return array(nil), nil
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return nil, badRequest("can't parse commands JSON object")
	}
	if !v.IsArray() {
		return nil, badRequest("expected an Array of BotCommand")
	}
	items := v.Array()
	if len(items) > 100 {
		return nil, fail(400, "BOT_COMMANDS_TOO_MUCH")
	}
	out := make([][]byte, len(items))
	for i, item := range items {
		if out[i], err = parseCommand(item); err != nil {
			return nil, err
		}
	}
	return array(out), nil
}

func parseCommand(v wire.Value) ([]byte, error) {
	if !v.IsObject() {
		return nil, badRequest("can't parse BotCommand: expected an Object")
	}
	name, err := v.RequiredString("command")
	if err != nil {
		return nil, badRequest("can't parse BotCommand: %s", err)
	}
	about, err := v.RequiredString("description")
	if err != nil {
		return nil, badRequest("can't parse BotCommand: %s", err)
	}
	name = strings.TrimPrefix(name, "/")
	switch {
	case !commandName(name):
		return nil, fail(400, "BOT_COMMAND_INVALID")
	case about == "":
		return nil, badRequest("command description must be non-empty")
	case len([]rune(about)) > 256:
		return nil, fail(400, "BOT_COMMAND_DESCRIPTION_INVALID")
	}
	o := newObject(64)
	o.str("command", name)
	o.str("description", about)
	return o.end(), nil
}

func commandName(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_') {
			return false
		}
	}
	return true
}

func getMyCommands(c *call) ([]byte, error) {
	key, err := c.scope()
	if err != nil {
		return nil, err
	}
	if commands := c.bot.commands[key]; commands != nil {
		return commands, nil
	}
	return array(nil), nil
}

func deleteMyCommands(c *call) ([]byte, error) {
	key, err := c.scope()
	if err != nil {
		return nil, err
	}
	delete(c.bot.commands, key)
	return jsonTrue, nil
}

// setText sets one of the bot's texts in a language; none in the default.
func setText(field string, limit int) handler {
	return func(c *call) ([]byte, error) {
		text := c.arg(field)
		if len([]rune(text)) > limit {
			return nil, badRequest("bot %s is too long", strings.ReplaceAll(field, "_", " "))
		}
		c.bot.texts[field+"/"+c.arg("language_code")] = text
		if field == "name" && c.arg("language_code") == "" && text != "" {
			c.bot.User.FirstName = text
		}
		return jsonTrue, nil
	}
}

// getText answers with the text in the language, or else in the default one.
func getText(field string) handler {
	return func(c *call) ([]byte, error) {
		text := c.bot.texts[field+"/"+c.arg("language_code")]
		if text == "" {
			text = c.bot.texts[field+"/"]
		}
		if text == "" && field == "name" {
			text = c.bot.User.FirstName
		}
		o := newObject(64)
		o.str(field, text)
		return o.end(), nil
	}
}

func setMyDefaultAdministratorRights(c *call) ([]byte, error) {
	rights := map[string]bool{}
	if s := c.arg("rights"); s != "" {
		v, err := wire.ParseJSON(s)
		if err != nil {
			return nil, badRequest("can't parse ChatAdministratorRights JSON object")
		}
		if !v.IsObject() {
			return nil, badRequest("can't parse ChatAdministratorRights: ChatAdministratorRights must be an Object")
		}
		for _, name := range adminRights {
			if rights[name], err = v.OptionalBool(name, false); err != nil {
				return nil, badRequest("can't parse ChatAdministratorRights: %s", err)
			}
		}
	}
	c.bot.rights[c.bool("for_channels")] = rights
	return jsonTrue, nil
}

func getMyDefaultAdministratorRights(c *call) ([]byte, error) {
	channel := c.bool("for_channels")
	kind := Supergroup
	if channel {
		kind = Channel
	}
	o := newObject(512)
	(&Member{Rights: c.bot.rights[channel]}).rights(o, &Chat{Type: kind})
	return o.end(), nil
}

func setChatMenuButton(c *call) ([]byte, error) {
	chat, err := c.menuChat()
	if err != nil {
		return nil, err
	}
	button := c.arg("menu_button")
	if button == "" {
		button = `{"type":"default"}`
	}
	v, err := wire.ParseJSON(button)
	if err != nil {
		return nil, badRequest("can't parse menu button JSON object")
	}
	set, err := menuButton(v)
	if err != nil {
		return nil, badRequest("can't parse menu button: %s", err)
	}
	c.bot.buttons[chat] = set
	return jsonTrue, nil
}

func menuButton(v wire.Value) ([]byte, error) {
	if !v.IsObject() {
		return nil, errors.New("MenuButton must be an Object")
	}
	o := newObject(64)
	kind, err := v.RequiredString("type")
	switch {
	case err != nil:
		return nil, err
	case kind == "web_app":
		err = webAppButton(v, o)
	case kind == "default", kind == "commands":
		o.str("type", kind)
	default:
		err = errors.New("MenuButton has unsupported type")
	}
	return o.end(), err
}

func webAppButton(v wire.Value, o *object) error {
	text, err := v.RequiredString("text")
	if err != nil {
		return err
	}
	app, err := v.Required("web_app", wire.Object)
	if err != nil {
		return err
	}
	url, err := app.RequiredString("url")
	if err != nil {
		return err
	}
	o.str("type", "web_app")
	o.str("text", text)
	inner := newObject(32)
	inner.str("url", url)
	o.raw("web_app", inner.end())
	return nil
}

// menuChat is the private chat whose menu button is meant; 0 for the default.
func (c *call) menuChat() (int64, error) {
	id := c.int("chat_id")
	if id == 0 {
		return 0, nil
	}
	if c.bot.known(id) == nil {
		return 0, badRequest("chat not found")
	}
	return id, nil
}

func getChatMenuButton(c *call) ([]byte, error) {
	chat, err := c.menuChat()
	if err != nil {
		return nil, err
	}
	for _, id := range []int64{chat, 0} {
		if b := c.bot.buttons[id]; b != nil {
			return b, nil
		}
	}
	return []byte(`{"type":"commands"}`), nil
}
