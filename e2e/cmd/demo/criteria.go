package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A criterion is one of the story's, with what the demo can say about it.
type criterion struct {
	id, what, verdict, evidence string
}

// Verdicts of a criterion.
const (
	shown  = "shown"
	notYet = "not yet"
	missed = "missed"
)

// maxLatency is the story's limit.
const maxLatency = 200 * time.Millisecond

// judge prints the table. Only what was seen in this run counts as shown.
func (s *story) judge(ctx context.Context) error {
	blueprint, err := s.blueprint()
	if err != nil {
		return err
	}
	secret, err := s.command(ctx, "secret")
	if err != nil {
		return err
	}
	total := s.traffic.count()
	rows := [][]string{{"", "criterion", "", "evidence"}}
	for _, c := range []criterion{
		{"AC-001", "render.yaml", shown, blueprint},
		{"AC-002", "both modes, drained stops", shown, fmt.Sprintf("1 restart, 2 changes of mode under traffic: %d of %d messages answered once", total.answered, total.sent)},
		{"AC-003", "nobody forges an update", shown, fmt.Sprintf("%d forged requests: all refused with 401 or 403, none handled", len(s.attacks))},
		{"AC-004", "registered, no last error", s.registered(secret), fmt.Sprintf("on the fake: registered, last error: %s, `bot secret` makes %d characters; on Render: deploy, then `bot verify`", orNone(s.verified.LastErrorMessage), len(strings.TrimSpace(secret)))},
		{"AC-005", "latency under 200 ms", s.latencyVerdict(), fmt.Sprintf("webhook p99 %s, polling %s, on loopback; with a network between: `make loadtest`", ms(s.hook.p99), ms(s.polling.p99))},
		{"AC-005", "CPU 40 % below polling", notYet, fmt.Sprintf("webhook %s a message, polling %s here; four seconds prove nothing: `make loadtest` gives the verdict", ms(s.hook.cpu), ms(s.polling.cpu))},
		{"AC-005", "an hour without errors", notYet, "needs an hour in production: watch the logs and `bot verify`"},
		{"AC-006", "rollback tested", s.rollbackVerdict(), "WEBHOOK_ENABLED=false alone: webhook removed, polling resumed, nothing lost; /health 200 in both modes"},
	} {
		rows = append(rows, []string{c.id, c.what, c.verdict, c.evidence})
	}
	s.say.table(rows)
	return nil
}

func (s *story) registered(secret string) string {
	if s.verified.URL != "" && s.verified.LastErrorMessage == "" && len(strings.TrimSpace(secret)) == 64 {
		return shown
	}
	return notYet
}

func (s *story) latencyVerdict() string {
	if s.hook.p99 >= maxLatency {
		return missed
	}
	return shown
}

func (s *story) rollbackVerdict() string {
	if s.rolledBack {
		return shown
	}
	return notYet
}

// blueprint checks what AC-001 asks of render.yaml, in Render's own words.
func (s *story) blueprint() (string, error) {
	raw, err := os.ReadFile(filepath.Join(s.root, "render.yaml"))
	if err != nil {
		return "", err
	}
	var file struct {
		Services []struct {
			Type   string
			Health string `yaml:"healthCheckPath"`
			Delay  int    `yaml:"maxShutdownDelaySeconds"`
			Vars   []struct {
				Key   string
				Value string
				Sync  *bool
			} `yaml:"envVars"`
		}
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		return "", fmt.Errorf("read render.yaml: %w", err)
	}
	if len(file.Services) != 1 {
		return "", fmt.Errorf("render.yaml has %d services instead of 1", len(file.Services))
	}
	service := file.Services[0]
	vars := map[string]string{}
	for _, v := range service.Vars {
		vars[v.Key] = v.Value
		if v.Sync != nil && !*v.Sync {
			vars[v.Key] = "asked for"
		}
	}
	switch {
	case service.Type != "web", service.Health != "/health", service.Delay != 45:
		return "", fmt.Errorf("render.yaml: type %s, health check %s, shutdown delay %d; want web, /health, 45", service.Type, service.Health, service.Delay)
	case vars["WEBHOOK_ENABLED"] != "false", vars["WEBHOOK_URL"] == "", vars["WEBHOOK_SECRET_TOKEN"] != "asked for", vars["WEBHOOK_PORT"] != "8080":
		return "", fmt.Errorf("render.yaml: the webhook's variables are not the story's: %v", vars)
	}
	return "web service, health check /health, 45 s to shut down (maxShutdownDelaySeconds), WEBHOOK_ENABLED=false and the other variables", nil
}
