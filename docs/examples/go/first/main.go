// A bot in Go's standard library: it says back what it hears.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
)

// An update is what this bot needs of one.
type update struct {
	Message struct {
		Chat struct {
			ID int64 `json:"id"`
		} `json:"chat"`
		Text string `json:"text"`
	} `json:"message"`
}

func main() {
	listener, err := net.Listen("tcp", ":"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	if err := register(); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(listener, http.HandlerFunc(hook)))
}

func hook(w http.ResponseWriter, r *http.Request) {
	var u update
	if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// The reply to the webhook is the call: one act with the acknowledgement.
	w.Header().Set("Content-Type", "application/json")
	reply := map[string]any{"method": "sendMessage", "chat_id": u.Message.Chat.ID, "text": u.Message.Text}
	if err := json.NewEncoder(w).Encode(reply); err != nil {
		log.Print(err)
	}
}

func register() error {
	params, err := json.Marshal(map[string]string{"url": os.Getenv("BOT_URL"), "secret_token": os.Getenv("BOT_SECRET")})
	if err != nil {
		return err
	}
	resp, err := http.Post(os.Getenv("BOT_API")+"/bot"+os.Getenv("BOT_TOKEN")+"/setWebhook", "application/json", bytes.NewReader(params))
	if err != nil {
		return errors.New("setWebhook: no answer") // the error would quote the token
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New("setWebhook: " + resp.Status)
	}
	return nil
}
