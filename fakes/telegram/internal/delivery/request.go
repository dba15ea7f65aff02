package delivery

import (
	"container/heap"
	"encoding/base64"
	"strconv"

	"hookproof/fakes/telegram/internal/queue"
)

// maxHead is the most bytes a request head may have: a buffer of 4096 of which
// 30 are kept free before the last line end (Bot API server source). An update
// whose head would be longer is never sent and never fails.
const maxHead = 4096 - 30 + 2

// A head is what the request heads of a hook have in common. Order and case are
// as observed on the real server; there is no User-Agent and no Accept.
type head struct {
	before string // up to the body's length
	after  string // the rest, without the empty line
}

func newHead(u URL, secret string) head {
	b := "POST " + u.Target + " HTTP/1.1\r\nHost: " + u.HostHeader() + "\r\n"
	if u.UserInfo != "" {
		b += "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(u.UserInfo)) + "\r\n"
	}
	if secret != "" {
		b += "X-Telegram-Bot-Api-Secret-Token: " + secret + "\r\n"
	}
	return head{
		before: b + "Content-Type: application/json\r\nContent-Length: ",
		after:  "\r\nConnection: keep-alive\r\nAccept-Encoding: gzip, deflate\r\n",
	}
}

// appendRequest appends the request that carries u; false if its head would be
// too long. The transport's own header lines do not count.
func (h *head) appendRequest(dst []byte, u queue.Update, headers string) ([]byte, bool) {
	body := queue.AppendUpdate(nil, u)
	length := strconv.Itoa(len(body))
	if len(h.before)+len(length)+len(h.after)+len("\r\n") > maxHead {
		return dst, false
	}
	dst = append(dst, h.before...)
	dst = append(dst, length...)
	dst = append(dst, h.after...)
	dst = append(dst, headers...)
	dst = append(dst, "\r\n"...)
	return append(dst, body...), true
}

// send gives waiting updates to free connections, until either runs out.
func (h *Hook) send() {
	now := h.cfg.Clock.Now()
	for h.free.Len() > 0 && len(h.ready) > 0 {
		if first := h.ready[0].first(); first.wakeAt.After(now) {
			h.relax(first.wakeAt)
			return
		}
		l := heap.Pop(&h.ready).(*lane)
		front := h.free.Front()
		request, ok := h.head.appendRequest(h.buffer[:0], l.first().Update, front.Value.(*Conn).Headers)
		if !ok {
			return // the lane stays behind, and so does everything until the next step
		}
		h.buffer = request
		c := h.take(front)
		c.lane, c.sent = l, now
		l.first().attempts++
		c.live()
		c.transmit(request)
	}
}
