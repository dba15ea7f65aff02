//go:build !linux

package usage

import (
	"errors"
	"time"
)

// leaf exists on Linux only.
type leaf struct{}

func newLeaf(int, Limits) (*leaf, error)  { return nil, errors.New("cgroups need Linux") }
func (*leaf) cpu() (time.Duration, error) { return 0, errors.New("cgroups need Linux") }
func (*leaf) processes() ([]int, error)   { return nil, errors.New("cgroups need Linux") }
func (*leaf) move(int) error              { return errors.New("cgroups need Linux") }
func (*leaf) remove() error               { return nil }

// Sweep has nothing to remove here.
func Sweep() error { return nil }
