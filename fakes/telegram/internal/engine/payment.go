package engine

import (
	"errors"
	"fmt"
	"strconv"

	"hookproof/fakes/telegram/internal/wire"
)

func paymentMethods() map[string]handler {
	return map[string]handler{
		"sendInvoice":            sendInvoice,
		"createInvoiceLink":      createInvoiceLink,
		"answerShippingQuery":    answerShippingQuery,
		"answerPreCheckoutQuery": answerPreCheckoutQuery,
		"refundStarPayment":      refundStarPayment,
		"getStarTransactions":    getStarTransactions,
		"getMyStarBalance":       getMyStarBalance,
	}
}

// An invoice is what a person is asked to pay.
type invoice struct {
	title, about, payload, currency, start string
	total                                  int64
	flexible, wantsAddress                 bool
	bot                                    *Bot
}

// stars is the currency of digital goods (Bot API docs, payments).
const stars = "XTR"

func (i *invoice) fields(o *object) {
	in := newObject(128)
	in.str("title", i.title)
	in.str("description", i.about)
	in.str("start_parameter", i.start)
	in.str("currency", i.currency)
	in.int("total_amount", i.total)
	o.raw("invoice", in.end())
}

func (c *call) invoice() (*invoice, error) {
	i := &invoice{
		title: c.arg("title"), about: c.arg("description"), payload: c.arg("payload"), currency: c.arg("currency"),
		start: c.arg("start_parameter"), flexible: c.bool("is_flexible"),
		wantsAddress: c.bool("need_shipping_address") || c.bool("is_flexible"), bot: c.bot,
	}
	var err error
	if i.total, err = prices(c.arg("prices")); err != nil {
		return nil, err
	}
	switch {
	case i.title == "":
		return nil, badRequest(`parameter "title" is required`)
	case i.about == "":
		return nil, badRequest(`parameter "description" is required`)
	case i.payload == "":
		return nil, badRequest(`parameter "payload" is required`)
	case i.currency == "":
		return nil, badRequest(`parameter "currency" is required`)
	case i.currency != stars && c.arg("provider_token") == "":
		return nil, fail(400, "PAYMENT_PROVIDER_INVALID")
	case len(i.payload) > 128:
		return nil, fail(400, "INVOICE_PAYLOAD_INVALID")
	}
	return i, nil
}

// prices sums LabeledPrice amounts up.
func prices(s string) (total int64, err error) {
	v, err := wire.ParseJSON(s)
	if err != nil {
		return 0, badRequest("can't parse prices JSON object")
	}
	if total, err = labeledPrices(v); err != nil {
		return 0, fail(400, err.Error())
	}
	if total <= 0 {
		return 0, fail(400, "CURRENCY_TOTAL_AMOUNT_INVALID")
	}
	return total, nil
}

// labeledPrices are prices in an invoice or a shipping option. The words of its
// errors are the server's.
func labeledPrices(v wire.Value) (total int64, err error) {
	if !v.IsArray() {
		return 0, errors.New("Expected an Array of labeled prices")
	}
	for _, item := range v.Array() {
		amount, err := price(item)
		if err != nil {
			return 0, fmt.Errorf("Can't parse labeled price: %w", err)
		}
		total += amount
	}
	if len(v.Array()) == 0 {
		return 0, errors.New("There must be at least one price")
	}
	return total, nil
}

func price(v wire.Value) (int64, error) {
	if !v.IsObject() {
		return 0, errors.New("LabeledPrice must be an Object")
	}
	label, err := v.RequiredString("label")
	if err != nil {
		return 0, err
	}
	if label == "" {
		return 0, errors.New("LabeledPrice label must be non-empty")
	}
	return v.RequiredLong("amount")
}

func sendInvoice(c *call) ([]byte, error) {
	i, err := c.invoice()
	if err != nil {
		return nil, err
	}
	return c.sendOne(&draft{content: content{kind: "invoice", body: i.fields, invoice: i, right: "can_send_messages", rightFor: "invoices"}})
}

func createInvoiceLink(c *call) ([]byte, error) {
	if _, err := c.invoice(); err != nil {
		return nil, err
	}
	return stringJSON("https://t.me/$" + c.w.newSecret()[:16]), nil
}

// A Payment is a person paying: the bot is asked about shipping, where the
// price depends on it, then whether it takes the order.
type Payment struct {
	User     *User
	message  *Message
	shipping int64 // ids of the queries; 0: not asked
	checkout int64
	Asked    string // "shipping", "checkout", "done"
	Refused  string // why the bot refused
	Options  []string
	asked    int64
	charge   string
}

// Pay begins the payment of an invoice.
func (w *World) Pay(u *User, m *Message) (*Payment, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m.invoice == nil {
		return nil, fmt.Errorf("%s pays: message %d is no invoice", u.Name(), m.ID(nil))
	}
	p := &Payment{User: u, message: m}
	w.record(Event{Kind: EventPost, ChatID: m.Chat.ID, MessageID: m.ID(nil), Text: u.Name() + " pays"})
	if m.invoice.flexible {
		w.askShipping(p)
	} else {
		w.askCheckout(p, "")
	}
	return p, nil
}

const shippingAddress = `{"country_code":"DE","state":"","city":"Berlin","street_line1":"Teststr. 1","street_line2":"","post_code":"10115"}`

func (w *World) askShipping(p *Payment) {
	i := p.message.invoice
	p.Asked, p.asked, p.shipping = "shipping", w.now(), w.nextQuery()
	w.payments[p.shipping] = p
	o := newObject(256)
	o.id("id", p.shipping)
	p.User.append(o, "from")
	o.str("invoice_payload", i.payload)
	o.raw("shipping_address", []byte(shippingAddress))
	i.bot.enqueue("shipping_query", p.User.ID, o.end(), w.now()+queryLife)
}

func (w *World) askCheckout(p *Payment, option string) {
	i := p.message.invoice
	p.Asked, p.asked, p.checkout = "checkout", w.now(), w.nextQuery()
	w.payments[p.checkout] = p
	sweep(&w.sweeps.payments, w.payments, func(p *Payment) bool { return w.now()-p.asked > queryLife })
	o := newObject(256)
	o.id("id", p.checkout)
	p.User.append(o, "from")
	o.str("currency", i.currency)
	o.int("total_amount", i.total)
	o.str("invoice_payload", i.payload)
	o.strIf("shipping_option_id", option)
	i.bot.enqueue("pre_checkout_query", p.User.ID, o.end(), w.now()+queryLife)
}

// payment finds the payment a query is about.
func (c *call) payment(param, stage string) (*Payment, error) {
	id, _ := strconv.ParseInt(c.arg(param), 10, 64)
	p := c.w.payments[id]
	if p == nil || p.message.invoice.bot != c.bot || p.Asked != stage || c.w.now()-p.asked > queryLife {
		return nil, fail(400, "QUERY_ID_INVALID")
	}
	delete(c.w.payments, id)
	return p, nil
}

// shippingOptions are the ids of ShippingOptions.
func shippingOptions(s string) (ids []string, err error) {
	if s == "" {
		return nil, badRequest(`parameter "shipping_options" is required`)
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return nil, badRequest("can't parse shipping options JSON object")
	}
	if !v.IsArray() {
		return nil, badRequest("expected an Array of shipping options")
	}
	for _, item := range v.Array() {
		id, err := shippingOption(item)
		if err != nil {
			return nil, badRequest("can't parse shipping option: %s", err)
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil, badRequest("there must be at least one shipping option")
	}
	return ids, nil
}

func shippingOption(v wire.Value) (id string, err error) {
	if !v.IsObject() {
		return "", errors.New("ShippingOption must be an Object")
	}
	if id, err = v.RequiredString("id"); err != nil {
		return "", err
	}
	if id == "" {
		return "", errors.New("ShippingOption identifier must be non-empty")
	}
	title, err := v.RequiredString("title")
	if err != nil {
		return "", err
	}
	if title == "" {
		return "", errors.New("ShippingOption title must be non-empty")
	}
	parts, err := v.Required("prices", wire.Array)
	if err != nil {
		return "", err
	}
	if _, err := labeledPrices(parts); err != nil {
		return "", fmt.Errorf("Can't parse shipping option prices: %w", err)
	}
	return id, nil
}

func answerShippingQuery(c *call) ([]byte, error) {
	ok := c.bool("ok")
	var options []string
	if ok {
		var err error
		if options, err = shippingOptions(c.arg("shipping_options")); err != nil {
			return nil, err
		}
	} else if c.arg("error_message") == "" {
		return nil, badRequest(`parameter "error_message" is required`)
	}
	p, err := c.payment("shipping_query_id", "shipping")
	if err != nil {
		return nil, err
	}
	if !ok {
		p.Refused = c.arg("error_message")
		return jsonTrue, nil
	}
	p.Options = options
	if len(options) > 0 {
		c.w.askCheckout(p, options[0])
	}
	return jsonTrue, nil
}

func answerPreCheckoutQuery(c *call) ([]byte, error) {
	if !c.bool("ok") && c.arg("error_message") == "" {
		return nil, badRequest(`parameter "error_message" is required`)
	}
	p, err := c.payment("pre_checkout_query_id", "checkout")
	if err != nil {
		return nil, err
	}
	if !c.bool("ok") {
		p.Refused = c.arg("error_message")
		return jsonTrue, nil
	}
	c.w.paid(p)
	return jsonTrue, nil
}

// paid books the payment and reports it in the chat.
func (w *World) paid(p *Payment) {
	i := p.message.invoice
	p.Asked, p.charge = "done", w.newSecret()
	if i.currency == stars {
		i.bot.ledger = append(i.bot.ledger, transaction{id: p.charge, user: p.User, amount: i.total, date: w.now(), payload: i.payload})
	}
	p.message.Chat.report(p.User, nil, "successful_payment", func(_ *Bot, o *object) {
		in := newObject(256)
		in.str("currency", i.currency)
		in.int("total_amount", i.total)
		in.str("invoice_payload", i.payload)
		in.str("telegram_payment_charge_id", p.charge)
		in.str("provider_payment_charge_id", p.charge)
		o.raw("successful_payment", in.end())
	})
}

// transaction is one line of a bot's account in stars.
type transaction struct {
	id       string
	user     *User
	amount   int64 // negative: paid back
	date     int64
	payload  string
	refunded bool
}

func refundStarPayment(c *call) ([]byte, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	charge := c.arg("telegram_payment_charge_id")
	for i, t := range c.bot.ledger {
		switch {
		case t.id != charge || t.user != u || t.amount < 0:
		case t.refunded:
			return nil, fail(400, "CHARGE_ALREADY_REFUNDED")
		default:
			c.bot.ledger[i].refunded = true
			c.bot.ledger = append(c.bot.ledger, transaction{id: t.id, user: u, amount: -t.amount, date: c.w.now(), payload: t.payload})
			return jsonTrue, nil
		}
	}
	return nil, fail(400, "CHARGE_ID_INVALID")
}

func (t transaction) json() []byte {
	partner := newObject(192)
	partner.str("type", "user")
	partner.str("transaction_type", "invoice_payment")
	t.user.append(partner, "user")
	partner.strIf("invoice_payload", t.payload)
	o := newObject(256)
	o.str("id", t.id)
	o.int("amount", max(t.amount, -t.amount))
	o.int("date", t.date)
	if t.amount >= 0 {
		o.raw("source", partner.end())
	} else {
		o.raw("receiver", partner.end())
	}
	return o.end()
}

func getStarTransactions(c *call) ([]byte, error) {
	from := min(c.clamped("offset", 0, 0, 1<<31-1), int64(len(c.bot.ledger)))
	limit := c.clamped("limit", 100, 1, 100)
	page := c.bot.ledger[from:min(from+limit, int64(len(c.bot.ledger)))]
	o := newObject(512)
	o.raw("transactions", list(page, transaction.json))
	return o.end(), nil
}

func getMyStarBalance(c *call) ([]byte, error) {
	balance := int64(0)
	for _, t := range c.bot.ledger {
		balance += t.amount
	}
	o := newObject(32)
	o.int("amount", balance)
	return o.end(), nil
}
