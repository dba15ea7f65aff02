package replay

import "strings"

// An act is one thing the endpoint does: exactly one field is set, or it sends.
type act struct {
	wait  seconds
	send  string
	hang  bool   // until the engine closes
	close string // "fin" or "rst"
}

// acts are the steps of a rule, spelt out.
type acts []act

func expand(steps []step) acts {
	var as acts
	for _, s := range steps {
		switch {
		case s.Wait != nil:
			as = append(as, act{wait: *s.Wait})
		case s.Send != nil:
			as = append(as, act{send: strings.Repeat(*s.Send, max(s.Repeat, 1))})
		case s.Drip != nil:
			for range s.Count {
				as = append(as, act{send: *s.Drip}, act{wait: s.Every})
			}
		default:
			as = append(as, act{send: string(s.SendB64), hang: s.Hang, close: s.Close})
		}
	}
	return as
}

// length returns how long the acts take.
func (as acts) length() seconds {
	var sum seconds
	for _, a := range as {
		sum += a.wait
	}
	return sum
}

// stretch makes the last wait longer, or waits first if there is none.
func (as *acts) stretch(by seconds) {
	if by <= 0 {
		return
	}
	for i := len(*as) - 1; i >= 0; i-- {
		if (*as)[i].wait > 0 {
			(*as)[i].wait += by
			return
		}
	}
	*as = append(acts{{wait: by}}, *as...)
}
