package entities

import (
	"math"
	"slices"
)

// nest puts entities in order and makes them nest: units and blocks do not
// overlap each other, quotes do not overlap quotes, nothing crosses the border
// of a quote, nothing is inside code, and styles are merged where they touch
// and cut into pieces where anything else begins or ends.
func nest(ents []Entity) []Entity {
	if len(ents) == 0 {
		return nil
	}
	sortEntities(ents)
	if nested(ents) {
		return ents
	}
	solid, quotes, styled := sortOut(ents)
	solid = dropOverlapping(solid)
	quotes = dropOverlapping(quotes)
	solid = dropCrossing(solid, quotes)
	return assemble(solid, quotes, styled)
}

// merge adds found entities, which do not overlap each other, where there is
// no unit or block already.
func merge(ents, found []Entity) []Entity {
	if len(ents) == 0 {
		return found
	}
	if len(found) == 0 {
		return ents
	}
	solid, quotes, styled := sortOut(ents)
	for _, e := range dropCrossing(found, quotes) {
		overlaps := func(old Entity) bool { return old.Offset < e.End() && e.Offset < old.End() }
		if !slices.ContainsFunc(solid, overlaps) {
			solid = append(solid, e)
		}
	}
	return assemble(solid, quotes, styled)
}

// sortOut separates the classes: what may not overlap, quotes, styles.
func sortOut(ents []Entity) (solid, quotes, styled []Entity) {
	for _, e := range ents {
		switch e.class() {
		case style:
			styled = append(styled, e)
		case quote:
			quotes = append(quotes, e)
		default:
			solid = append(solid, e)
		}
	}
	return solid, quotes, styled
}

func assemble(solid, quotes, styled []Entity) []Entity {
	all := append(solid, quotes...)
	sortEntities(all)
	all = append(all, split(styled, all)...)
	sortEntities(all)
	return all
}

// dropOverlapping keeps the first of those that overlap.
func dropOverlapping(ents []Entity) []Entity {
	end := 0
	kept := ents[:0]
	for _, e := range ents {
		if e.Offset >= end {
			end = e.End()
			kept = append(kept, e)
		}
	}
	return kept
}

// dropCrossing removes what is partly inside and partly outside of a quote,
// and what holds a quote. Both lists are in order and free of overlaps.
func dropCrossing(ents, quotes []Entity) []Entity {
	kept := ents[:0]
	for _, e := range ents {
		for len(quotes) > 0 && quotes[0].End() <= e.Offset {
			quotes = quotes[1:]
		}
		if len(quotes) > 0 {
			q := quotes[0]
			if q.End() < e.End() || e.Offset < q.Offset && q.Offset < e.End() {
				continue
			}
		}
		kept = append(kept, e)
	}
	return kept
}

// nested says whether sorted entities are already as nest would leave them,
// which is the common case.
func nested(ents []Entity) bool {
	var ends [len(styles)]int // where the last of each style ended
	var open []Entity
	for _, e := range ents {
		for len(open) > 0 && open[len(open)-1].End() <= e.Offset {
			open = open[:len(open)-1]
		}
		if len(open) > 0 && !fits(e, open) {
			return false
		}
		if i := styleIndex(e.Type); i >= 0 {
			if ends[i] > 0 && ends[i] >= e.Offset {
				return false // could be one
			}
			ends[i] = e.End()
		}
		open = append(open, e)
	}
	return true
}

// fits says whether e may lie within the open entities, innermost last.
func fits(e Entity, open []Entity) bool {
	if e.End() > open[len(open)-1].End() {
		return false
	}
	for _, outer := range open {
		switch outer.class() {
		case style, block:
			return false // a style around something else is to be cut
		case unit:
			if e.class() != style {
				return false
			}
		case quote:
			if e.class() == quote {
				return false
			}
		}
	}
	return true
}

// split merges styles that touch or overlap, and cuts them wherever one of the
// other entities begins or ends and wherever another style begins. Nothing is
// left of them inside blocks. Others must be sorted and nested.
func split(styled, others []Entity) []Entity {
	if len(styled) == 0 {
		return nil
	}
	s := splitter{pending: styled}
	var open []Entity
	closeUntil := func(offset int) {
		for len(open) > 0 && open[len(open)-1].End() <= offset {
			inner := open[len(open)-1]
			before := len(s.out)
			s.advance(inner.End())
			if inner.class() == block {
				s.out = s.out[:before]
			}
			open = open[:len(open)-1]
		}
		s.advance(offset)
	}
	for _, e := range others {
		closeUntil(e.Offset)
		open = append(open, e)
	}
	closeUntil(math.MaxInt)
	sortEntities(s.out)
	return s.out
}

// A splitter goes through styles from left to right.
type splitter struct {
	pending []Entity // not yet begun
	out     []Entity
	run     [len(styles)]struct{ begin, end int } // of each style; end 0: none
}

// advance writes all pieces that end at or before a border at offset, and
// cuts there those that go on.
func (s *splitter) advance(offset int) {
	for len(s.pending) > 0 && s.pending[0].Offset < offset {
		e := s.pending[0]
		s.pending = s.pending[1:]
		run := &s.run[styleIndex(e.Type)]
		if run.end != 0 && e.Offset <= run.end {
			run.end = max(run.end, e.End())
			continue
		}
		s.cut(e.Offset)
		run.begin, run.end = e.Offset, e.End()
	}
	s.cut(offset)
}

func (s *splitter) cut(offset int) {
	for i, kind := range styles {
		run := &s.run[i]
		if run.end == 0 || run.begin >= offset {
			continue
		}
		end := min(run.end, offset)
		s.out = append(s.out, Entity{Type: kind, Offset: run.begin, Length: end - run.begin})
		run.begin = offset
		if run.end <= offset {
			run.begin, run.end = 0, 0
		}
	}
}
