package render_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"hookproof/fakes/render"
)

func Example() {
	program, err := os.Executable() // plays the service
	if err != nil {
		panic(err)
	}
	p, err := render.New(render.Options{
		Blueprint: &render.Blueprint{Services: []render.Service{{Type: "web", Name: "echo", HealthCheckPath: "/health"}}},
		Command:   []string{program},
		Scale:     100, // a minute takes 0.6 s
		Timing:    render.Timing{ProbeTimeout: 2000 * time.Second, Shutdown: 3000 * time.Second},
	})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	ctx := context.Background()
	for _, mark := range []string{"one", "two"} {
		if err := p.Deploy(ctx, render.Change{Set: map[string]string{"MARK": mark}}); err != nil {
			panic(err)
		}
	}
	exited, err := p.WaitKind(ctx, 0, render.Exited) // the instance of the first deploy
	if err != nil {
		panic(err)
	}
	fmt.Println(p.URL())
	for _, e := range p.Events() {
		switch e.Kind {
		case render.Switched, render.Leaving, render.Terminated:
			fmt.Println(e.Deploy, e.Kind)
		}
	}
	fmt.Println(exited.Deploy, exited.Kind, exited.Text)
	// Output:
	// https://echo.onrender.com
	// 1 switched
	// 2 switched
	// 1 leaving
	// 1 terminated
	// 1 exited exit code 0
}
