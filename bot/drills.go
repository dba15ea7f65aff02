package main

import (
	"context"
	"errors"
	"strings"
	"time"
)

// drill obeys the commands that make a handler slow, failing or broken on
// purpose, for staging and for the proofs. To others it has no reply.
func drill(ctx context.Context, command, args string) (string, error) {
	switch command {
	case "/fail":
		return "", errors.New("drill: told to fail")
	case "/panic":
		panic("drill: told to panic")
	case "/sleep":
		length, _, _ := strings.Cut(args, " ")
		if d, err := time.ParseDuration(length); err == nil {
			return "slept " + args, pause(ctx, d)
		}
		return "use /sleep 1500ms tag", nil
	}
	return "", nil
}
