package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hookproof/fakes/telegram/internal/engine"
	"hookproof/fakes/telegram/internal/wire"
)

// A Bot is a bot's account on the server. The bot itself is whatever program
// uses its token.
type Bot struct {
	s *Server
	b *engine.Bot
}

// NewBot registers a bot and gives it a token.
func (s *Server) NewBot(username string) *Bot { return s.bot(s.world.NewBot(username)) }

// NewBotToken registers a bot under a token of your own. The server refuses
// one that Telegram would: the part after the colon must be at least 24
// characters of valid base64url.
func (s *Server) NewBotToken(token, username string) (*Bot, error) {
	b, err := s.world.NewBotToken(token, username)
	if err != nil {
		return nil, err
	}
	return s.bot(b), nil
}

func (s *Server) bot(b *engine.Bot) *Bot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bots[b] == nil {
		s.bots[b] = &Bot{s, b}
	}
	return s.bots[b]
}

// Token is the bot's token. It is a secret as any token is.
func (b *Bot) Token() string { return b.b.Token() }

// ID is the bot's user id.
func (b *Bot) ID() int64 { return b.b.User.ID }

// Username is the bot's name after the @.
func (b *Bot) Username() string { return b.b.User.Username }

// SetPrivacy switches privacy mode, which is on at first: in groups the bot
// is told of commands, mentions and replies only.
func (b *Bot) SetPrivacy(on bool) { b.s.world.Do(func() { b.b.CanReadAll = !on }) }

// WebhookInfo is what getWebhookInfo says.
type WebhookInfo struct {
	URL                  string   `json:"url"`
	HasCustomCertificate bool     `json:"has_custom_certificate"`
	PendingUpdateCount   int      `json:"pending_update_count"`
	IPAddress            string   `json:"ip_address"`
	LastErrorDate        int64    `json:"last_error_date"` // Unix seconds
	LastErrorMessage     string   `json:"last_error_message"`
	MaxConnections       int      `json:"max_connections"`
	AllowedUpdates       []string `json:"allowed_updates"`
}

// Webhook tells about the bot's webhook; its URL is "" when none is set.
func (b *Bot) Webhook() WebhookInfo {
	var info WebhookInfo
	if err := json.Unmarshal(b.s.world.WebhookInfo(b.b), &info); err != nil {
		panic("telegram: getWebhookInfo is not JSON: " + err.Error())
	}
	return info
}

// Pending is the number of updates in the bot's queue, those being delivered
// included.
func (b *Bot) Pending() int { return b.Webhook().PendingUpdateCount }

// Push queues an update of any kind with a payload of your own, valid or not,
// and returns its id, or 0 when the kind is not among the allowed ones or the
// queue is full.
func (b *Bot) Push(kind, payload string) int64 {
	return b.PushRaw(fmt.Sprintf("%q:%s", kind, payload))
}

// PushFor is Push for an update that lives for d, where others live for a day.
func (b *Bot) PushFor(kind, payload string, d time.Duration) int64 {
	fields := fmt.Sprintf("%q:%s", kind, payload)
	return b.s.world.Push(b.b, kind, chatOf(fields), []byte(fields), d)
}

// PushRaw queues an update made of the given text, which stands between
// {"update_id":N, and the closing brace. It is for testing what a bot does
// with updates it can't understand.
func (b *Bot) PushRaw(fields string) int64 {
	kind, _, _ := strings.Cut(strings.TrimPrefix(fields, `"`), `"`)
	return b.s.world.Push(b.b, kind, chatOf(fields), []byte(fields), 24*time.Hour)
}

// chatOf finds the chat of a raw update, which orders its delivery; 0 if it
// has none.
func chatOf(fields string) int64 {
	var update map[string]struct {
		Chat struct{ ID int64 }
		From struct{ ID int64 }
	}
	if json.Unmarshal([]byte("{"+fields+"}"), &update) != nil {
		return 0
	}
	for _, payload := range update {
		if payload.Chat.ID != 0 {
			return payload.Chat.ID
		}
		return payload.From.ID
	}
	return 0
}

// Call calls a method as the bot would, without HTTP in between. An [Upload] is
// passed as an uploaded file, any other parameter that is not a string as JSON.
// A refusal is an *Error.
func (b *Bot) Call(ctx context.Context, method string, params map[string]any) (json.RawMessage, error) {
	req := engine.Request{Token: b.Token(), Method: strings.ToLower(method)}
	for name, v := range params {
		if up, ok := v.(Upload); ok {
			req.Files = append(req.Files, wire.File{Field: name, Name: up.Name, Data: up.Data})
			continue
		}
		s, ok := v.(string)
		if !ok {
			raw, err := json.Marshal(v)
			if err != nil {
				return nil, fmt.Errorf("call %s: parameter %s: %w", method, name, err)
			}
			s = string(raw)
		}
		req.Args = append(req.Args, wire.Arg{Name: name, Value: s})
	}
	reply, err := b.s.world.Call(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", method, err)
	}
	return parseReply(reply.Body)
}

// An Error is a refusal by the Bot API.
type Error struct {
	Code        int    // the HTTP status, too
	Description string //
	RetryAfter  int    // seconds; 429 only
	MigrateTo   int64  // id of the supergroup that a group has become
}

func (e *Error) Error() string { return fmt.Sprintf("%d %s", e.Code, e.Description) }

func parseReply(body []byte) (json.RawMessage, error) {
	var envelope struct {
		OK          bool
		Result      json.RawMessage
		ErrorCode   int `json:"error_code"`
		Description string
		Parameters  struct {
			RetryAfter int   `json:"retry_after"`
			MigrateTo  int64 `json:"migrate_to_chat_id"`
		}
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, err
	}
	if !envelope.OK {
		return nil, &Error{envelope.ErrorCode, envelope.Description, envelope.Parameters.RetryAfter, envelope.Parameters.MigrateTo}
	}
	return envelope.Result, nil
}
