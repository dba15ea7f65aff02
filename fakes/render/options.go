package render

import (
	"io/fs"

	"hookproof/e2e/target"
)

// Options of a Platform. Blueprint is required, and either Source or Command.
type Options struct {
	// Blueprint is the render.yaml, see Load; Name is the service's name in it,
	// "" is the first.
	Blueprint *Blueprint
	Name      string
	// Source is the repository as Render clones it: every deploy builds a copy
	// of it and starts that, with the Blueprint's commands in a shell.
	Source fs.FS
	// BuildEnv is more environment for builds, "NAME=value": where a toolchain
	// keeps its caches, so that it needs no network.
	BuildEnv []string
	// Command is a built program and its arguments, which is started in place
	// of what the Blueprint's buildCommand and startCommand make. Its
	// preDeployCommand runs all the same, in an empty directory, as it does on
	// Render for an image that was built elsewhere.
	Command []string
	// Secrets are what somebody types into the dashboard when the Blueprint is
	// created: a value for each variable that is sync: false, and for each that
	// comes from another service or a database, which the fake has not.
	Secrets map[string]string
	// Environment is more environment for instances, "NAME=value", below the
	// platform's and the service's own.
	Environment []string
	// Reach are public names that instances can connect to besides the service's
	// own: "host:443" and the address really dialled. All else is refused, and
	// listed by Caught; loopback addresses are always reached.
	Reach map[string]string
	// Commit is what RENDER_GIT_COMMIT says at first; "" is a made-up one.
	Commit string

	// Limits holds every instance to the memory and CPU of its plan, by a control
	// group of Linux. That takes rights that not every user has: where none can
	// be made, instances run without, and each is an event Unlimited. Builds
	// have no limits.
	Limits bool

	Scale    float64       // so many times faster than Render; 0 is 1
	Timing   Timing        // zero fields are Render's; before Scale
	Unknowns Unknowns      //
	Ports    *target.Ports // for instances; platforms side by side should share it. nil: the platform's own
	Seed     uint64        // for what is at random; 0 is 1
}
