package shop;

import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

public class MocknitoContainer extends GenericContainer<MocknitoContainer> {
  public MocknitoContainer() {
    super(DockerImageName.parse("ghcr.io/mocknito/mocknito"));
    withCommand("--ephemeral", "--demo", "--public-url", "auto");
    withExposedPorts(9339);
    waitingFor(Wait.forHttp("/_mocknito/health").forPort(9339));
  }

  public String url() {
    return "http://" + getHost() + ":" + getMappedPort(9339);
  }

  public String issuer(String userPoolId) {
    return url() + "/" + userPoolId;
  }
}
