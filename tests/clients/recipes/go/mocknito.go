// The recipe for Testcontainers in Go. It is compiled here, and needs a container engine to run.
package recipes

import (
	"context"
	"testing"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// StartMocknito gives the address of one that ends with the test.
func StartMocknito(ctx context.Context, t *testing.T) string {
	container, err := testcontainers.Run(ctx, "ghcr.io/mocknito/mocknito",
		testcontainers.WithCmd("--ephemeral", "--demo", "--public-url", "auto"),
		testcontainers.WithExposedPorts("9339/tcp"),
		testcontainers.WithWaitStrategy(wait.ForHTTP("/_mocknito/health").WithPort("9339/tcp")),
	)
	testcontainers.CleanupContainer(t, container)
	if err != nil {
		t.Fatal(err)
	}
	url, err := container.PortEndpoint(ctx, "9339/tcp", "http")
	if err != nil {
		t.Fatal(err)
	}
	return url
}
