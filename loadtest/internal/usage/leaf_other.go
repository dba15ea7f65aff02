//go:build !linux

package usage

import (
	"errors"
	"os/exec"
	"time"
)

// leaf exists on Linux only.
type leaf struct{}

func newLeaf(Limits) (*leaf, error)       { return nil, errors.New("cgroups need Linux") }
func (*leaf) adopt(*exec.Cmd)             {}
func (*leaf) limit(int) error             { return nil }
func (*leaf) cpu() (time.Duration, error) { return 0, errors.New("cgroups need Linux") }
func (*leaf) remove() error               { return nil }
