package engine

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/clock"
	"hookproof/fakes/telegram/internal/wire"
)

// Every kind of update that people's acts make, with the key that orders its
// deliveries and the seconds it lives (Bot API server source).
func TestKeysAndLifetimesOfUpdates(t *testing.T) {
	c := clock.NewManual(time.Unix(1_700_000_000, 0))
	w := New(Options{Clock: c})
	t.Cleanup(w.Close)
	b, ann, bob := w.NewBot("test_bot"), w.NewUser("Ann"), w.NewUser("Bob")
	b.Inline, b.allowed = true, allTypes
	call := func(method string, pairs ...string) {
		t.Helper()
		r := Request{Token: b.Token(), Method: method}
		for i := 0; i < len(pairs); i += 2 {
			r.Args = append(r.Args, wire.Arg{Name: pairs[i], Value: pairs[i+1]})
		}
		reply, err := w.Call(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, 200, reply.Status, "%s", reply.Body)
	}
	id := func(n int64) string { return strconv.FormatInt(n, 10) }
	group, err := w.NewChat(Supergroup, "Team", ann, b.User)
	require.NoError(t, err)
	require.NoError(t, w.Promote(b.User, ann, group, "can_manage_chat"))
	channel, err := w.NewChat(Channel, "News", ann, b.User)
	require.NoError(t, err)
	private := w.PrivateChat(ann, b)
	must := func(_ any, err error) { t.Helper(); require.NoError(t, err) }
	last := func(chat *Chat) *Message { return chat.messages[len(chat.messages)-1] }
	b.queue.Clear()

	type fact struct {
		kind string
		key  int64
		life int64
	}
	lane := func(id, n int64) int64 { return id + n<<33 }
	for _, a := range []struct {
		name string
		act  func()
		want []fact
	}{
		{"message", func() { must(w.Post(ann, private, Post{Text: "x"})) }, []fact{{"message", ann.ID, 86400}}},
		{"edit", func() { c.Advance(time.Hour); must(nil, w.Edit(ann, last(private), "y")) }, []fact{{"edited_message", ann.ID, 86400}}},
		{"group", func() { must(w.Post(ann, group, Post{Text: "/x"})) }, []fact{{"message", group.ID, 86400}}},
		{"channel", func() { must(w.Post(ann, channel, Post{Text: "x"})) }, []fact{{"channel_post", channel.ID, 86400}}},
		{"join", func() { must(nil, w.Join(bob, ann, group)) }, []fact{{"chat_member", lane(bob.ID, 6), 86400}, {"message", group.ID, 86400}}},
		{"reaction", func() { must(nil, w.React(ann, last(group), "👍")) }, []fact{{"message_reaction", lane(group.ID, 8), 86400}}},
		{"count", func() { must(nil, w.React(ann, last(channel), "👍")) }, []fact{{"message_reaction_count", lane(channel.ID, 9), 86400}}},
		{"block", func() { w.Block(ann, b, true); w.Block(ann, b, false) }, []fact{{"my_chat_member", lane(ann.ID, 5), 86400}, {"my_chat_member", lane(ann.ID, 5), 86400}}},
		{"press", func() {
			call("sendmessage", "chat_id", id(ann.ID), "text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"a","callback_data":"a"}]]}`)
			must(w.Press(ann, last(private), "a"))
		}, []fact{{"callback_query", lane(ann.ID, 3), 150}}},
		{"inline", func() { must(w.Inline(ann, b, "q", "")) }, []fact{{"inline_query", lane(ann.ID, 1), 30}}},
	} {
		t.Run(a.name, func(t *testing.T) {
			a.act()
			var got []fact
			for _, u := range b.queue.After(0, 100) {
				got = append(got, fact{u.Kind, u.Key, u.Expires - c.Now().Unix()})
			}
			assert.ElementsMatch(t, a.want, got)
			b.queue.Clear()
		})
	}
	call("sendpoll", "chat_id", id(ann.ID), "question", "q", "options", `["a","b"]`, "is_anonymous", "false")
	must(nil, w.Vote(ann, last(private), 0))
	for _, u := range b.queue.After(0, 100) {
		assert.Contains(t, []string{"poll", "poll_answer"}, u.Kind)
		assert.Equal(t, last(private).poll.id, u.Key)
		assert.EqualValues(t, 86400, u.Expires-c.Now().Unix())
	}
}
