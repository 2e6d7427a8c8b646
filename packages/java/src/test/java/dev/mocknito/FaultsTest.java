package dev.mocknito;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a suite hears of a server that does not start; and that none stays behind when a suite is
 * killed.
 */
class FaultsTest {
  @TempDir Path folder;

  /** A program in the place of the server. */
  private Path impostor(String name, String script) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private static void says(String words, Mocknito mocknito) {
    var error = assertThrows(IllegalStateException.class, mocknito::start);
    assertTrue(error.getMessage().contains(words), error.getMessage());
  }

  @Test
  void aStartThatFailsSaysWhy() throws Exception {
    says("set MOCKNITO_BINARY", new Mocknito().withProgram(Path.of("/nowhere/mocknito")));
    String unknown = "echo \"error: unexpected argument '--new' found\" >&2; exit 2";
    says("older than this package?", new Mocknito().withProgram(impostor("old", unknown)));
    says("ended with 139", new Mocknito().withProgram(impostor("crash", "kill -SEGV $$")));
    Path silent = impostor("silent", "echo thinking >&2; exec sleep 60");
    says(
        "did not say within PT0.3S that it is ready: thinking",
        new Mocknito().withProgram(silent).withTimeout(Duration.ofMillis(300)));
    says("nowhere.yaml", Mocknito.withFixtures(Path.of("/nowhere.yaml")));
    try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      int port = taken.getLocalPort();
      says("port " + port + " on 127.0.0.1 is in use", new Mocknito().withPort(port));
    }
  }

  /** A suite that somebody kills. */
  static final class Suite {
    public static void main(String[] words) throws Exception {
      System.out.println(new Mocknito().start().url());
      Thread.sleep(60_000);
    }
  }

  @Test
  void noServerStaysBehindWhenItsSuiteIsKilled() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classes = System.getProperty("java.class.path");
    var suite = new ProcessBuilder(java, "-cp", classes, Suite.class.getName()).start();
    var address = URI.create(suite.inputReader(StandardCharsets.UTF_8).readLine());
    Mocknito.connect(address);
    assertEquals(137, suite.destroyForcibly().waitFor());
    for (int tries = 0; tries < 100; tries++) {
      try {
        Mocknito.connect(address);
      } catch (UncheckedIOException gone) {
        return;
      }
      Thread.sleep(50);
    }
    fail("the server is still there");
  }

  @Test
  void whoConnectsDoesNotEndIt() {
    try (var own = Mocknito.withDemo().start()) {
      Mocknito.connect(own.url()).close();
      own.reset();
    }
  }
}
