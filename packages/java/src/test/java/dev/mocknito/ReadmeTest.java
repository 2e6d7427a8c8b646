package dev.mocknito;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {
  @Test
  void showsATestThatRuns() throws Exception {
    String readme = Files.readString(Path.of("README.md"));
    String shown = readme.split("```java\n")[1].split("```")[0];
    Path file = Path.of("src/test/java/dev/mocknito/SignInTest.java");
    assertTrue(Files.readString(file).endsWith(shown), shown);
  }
}
