from contextlib import contextmanager

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy


@contextmanager
def mocknito():
    container = (
        DockerContainer("ghcr.io/mocknito/mocknito")
        .with_command(["--ephemeral", "--demo", "--public-url", "auto"])
        .with_exposed_ports(9339)
        .waiting_for(HttpWaitStrategy(9339, "/_mocknito/health"))
    )
    with container:
        yield f"http://{container.get_container_host_ip()}:{container.get_exposed_port(9339)}"
