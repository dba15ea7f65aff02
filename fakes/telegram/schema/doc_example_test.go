package schema_test

import (
	"fmt"

	"hookproof/fakes/telegram/schema"
)

func ExampleValidate() {
	fmt.Println(schema.Validate("Chat", []byte(`{"id":"5","type":"privat","titel":"x"}`)))
	// Output:
	// $.id: want Integer, got String "5"
	// $.type: must be one of private, group, supergroup, channel, got String "privat"
	// $.titel: is not a field of Chat
}

func ExampleCheckParams() {
	params := schema.Params{Values: map[string]string{"chat_id": "1", "permissions": `{"can_send_polls":1}`}}
	fmt.Println(schema.CheckParams("setChatPermissions", params))
	// Output:
	// Bad Request: can't parse chat permissions: Field "can_send_polls" must be of type Boolean
}

func ExampleSample() {
	params := schema.Params{Values: map[string]string{"chat_id": "-1001", "name": "News"}}
	raw, err := schema.Sample("createForumTopic", params, schema.Env{})
	fmt.Println(string(raw), err)
	// Output:
	// {"message_thread_id":1,"name":"News","icon_color":7322096} <nil>
}
