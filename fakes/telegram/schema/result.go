package schema

// result makes the answer of the call.
func (s *sampler) result() node {
	if s.method.Returns.Name == "Boolean" {
		return boolNode(true)
	}
	if _, inline := s.param("inline_message_id"); inline && s.method.Returns.Any != nil {
		return boolNode(true)
	}
	return s.value(s.method.Returns, "")
}
