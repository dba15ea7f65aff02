package engine

// getMe adds to the account what only its own bot is told (Bot API server
// source, JsonUser: nine booleans that are always present).
func getMe(c *call) ([]byte, error) {
	b := c.bot
	o := newObject(384)
	b.User.fields(o)
	o.bool("can_join_groups", !b.NoGroups)
	o.bool("can_read_all_group_messages", b.CanReadAll)
	o.bool("supports_inline_queries", b.Inline)
	o.bool("supports_guest_queries", false)
	o.bool("can_connect_to_business", false)
	o.bool("has_main_web_app", false)
	o.bool("has_topics_enabled", false)
	o.bool("allows_users_to_create_topics", false)
	o.bool("can_manage_bots", false)
	return o.end(), nil
}
