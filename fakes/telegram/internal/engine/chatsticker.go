package engine

import "strings"

// chatForSet is a supergroup whose sticker set the bot may change.
func (c *call) chatForSet() (*Chat, error) {
	chat, refused := c.chat(write)
	if refused != nil {
		return nil, refused
	}
	if chat.Type != Supergroup {
		return nil, badRequest(supergroupsOnly)
	}
	c.chatID = chat.ID
	return chat, nil
}

func setChatStickerSet(c *call) ([]byte, error) {
	chat, err := c.chatForSet()
	if err != nil {
		return nil, err
	}
	name := c.arg("sticker_set_name")
	if name == "" {
		return nil, badRequest("sticker_set_name is empty")
	}
	s := c.w.sets[strings.ToLower(name)]
	if s == nil {
		return nil, badRequest("sticker set not found")
	}
	if err := c.may(chat, "can_change_info", "change supergroup sticker set"); err != nil {
		return nil, err
	}
	chat.stickerSet = s.name
	return jsonTrue, nil
}

func deleteChatStickerSet(c *call) ([]byte, error) {
	chat, err := c.chatForSet()
	if err != nil {
		return nil, err
	}
	if err := c.may(chat, "can_change_info", "change supergroup sticker set"); err != nil {
		return nil, err
	}
	chat.stickerSet = ""
	return jsonTrue, nil
}
