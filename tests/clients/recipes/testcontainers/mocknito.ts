import { GenericContainer, Wait } from "testcontainers";

const container = await new GenericContainer("ghcr.io/mocknito/mocknito")
  .withCommand(["--ephemeral", "--demo", "--public-url", "auto"])
  .withExposedPorts(9339)
  .withWaitStrategy(Wait.forHttp("/_mocknito/health", 9339))
  .start();

export const url = `http://${container.getHost()}:${container.getMappedPort(9339)}`;
export const issuer = `${url}/us-east-1_Mocknito1`;
export const stop = () => container.stop();
