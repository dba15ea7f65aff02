package entities

import "errors"

// timeFormat checks the format of a date_time and writes it in the one way the
// Bot API does: "r", or a day of the week, a date and a time, each at most
// once and in that order (Bot API docs: r|w?[dD]?[tT]?). The short form wins
// if both were asked for.
func timeFormat(format string) (string, error) {
	if format == "r" || format == "R" {
		return "r", nil
	}
	var seen [128]bool
	for i := 0; i < len(format); i++ {
		switch c := format[i]; c {
		case 't', 'T', 'd', 'D', 'w':
			seen[c] = true
		case 'W':
			seen['w'] = true
		default:
			return "", errors.New("Invalid date format used")
		}
	}
	var out []byte
	for _, choice := range []string{"w", "dD", "tT"} {
		for i := 0; i < len(choice); i++ {
			if seen[choice[i]] {
				out = append(out, choice[i])
				break
			}
		}
	}
	return string(out), nil
}
