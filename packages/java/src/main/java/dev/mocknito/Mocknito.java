package dev.mocknito;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A Mocknito of a test class's own, on a free port: {@code @RegisterExtension static final Mocknito
 * mocknito = Mocknito.withDemo();}
 *
 * <p>What is answered as JSON is returned as text: take the JSON library that the test has.
 */
public final class Mocknito implements BeforeAllCallback, AfterAllCallback, AutoCloseable {
  private static final Pattern URL = Pattern.compile("\"url\":\"([^\"]+)\"");
  private static final Pattern CODE = Pattern.compile("\"code\":\\s*\"([^\"]+)\"");

  private final List<String> arguments = new ArrayList<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private Process process;
  private Path log;
  private String url;

  /** Without anything in it. */
  public Mocknito() {}

  /** With the demo's pool. */
  public static Mocknito withDemo() {
    return new Mocknito().with("--demo");
  }

  /** With fixtures from a file or folder. */
  public static Mocknito withFixtures(Path fixtures) {
    return new Mocknito().with("--fixtures", fixtures.toString());
  }

  /** Further flags, as on the command line. */
  public Mocknito with(String... flags) {
    arguments.addAll(List.of(flags));
    return this;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    start();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    close();
  }

  /** Starts the server; as an extension it starts by itself. */
  public Mocknito start() {
    try {
      log = Files.createTempFile("mocknito", ".log");
      var command = new ArrayList<String>();
      command.add(binary());
      command.addAll(
          List.of("serve", "--port", "0", "--log-format", "json", "--log", "warn", "--ephemeral"));
      // Its input stays open as long as this process lives, however that ends.
      command.add("--exit-with-parent");
      command.addAll(arguments);
      var builder = new ProcessBuilder(command).redirectError(log.toFile());
      // Flags of somebody else's server are not for this one.
      builder.environment().keySet().removeIf(name -> name.startsWith("MOCKNITO_"));
      process = builder.start();
      url = ready(process.inputReader(StandardCharsets.UTF_8));
      return this;
    } catch (IOException error) {
      throw new UncheckedIOException("mocknito cannot be run", error);
    }
  }

  private String ready(BufferedReader lines) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher found = URL.matcher(line);
      if (line.contains("\"event\":\"ready\"") && found.find()) {
        return found.group(1);
      }
    }
    throw new IllegalStateException("mocknito did not start: " + Files.readString(log).strip());
  }

  private static String binary() {
    String named = System.getenv("MOCKNITO_BINARY");
    return named == null || named.isEmpty() ? "mocknito" : named;
  }

  /** Where the server is: the endpoint for AWS SDKs. */
  public URI url() {
    return URI.create(url);
  }

  /** The issuer of a pool's tokens, as Spring Security wants it. */
  public String issuer(String userPoolId) {
    return url + "/" + userPoolId;
  }

  /** Tokens without a sign-in, as InitiateAuth answers them. */
  public String tokens(String clientId, String username) {
    String user = username == null ? "" : ",\"username\":" + quoted(username);
    return post("/_mocknito/tokens", "{\"client_id\":" + quoted(clientId) + user + "}");
  }

  /** The code in the newest message to an address or number; waits for one to come. */
  public String code(String to) {
    String query = "to=" + URLEncoder.encode(to, StandardCharsets.UTF_8) + "&wait=5s";
    Matcher found = CODE.matcher(get("/_mocknito/inbox?" + query));
    if (!found.find()) {
      throw new IllegalStateException("no message came to " + to);
    }
    return found.group(1);
  }

  /** Moves the server's time on, or back by a negative duration. */
  public void advance(Duration by) {
    post("/_mocknito/clock", "{\"advance\":\"" + by.toMillis() + "ms\"}");
  }

  /** Back to the start: the fixtures, and nothing else. */
  public void reset() {
    post("/_mocknito/reset", "{}");
  }

  /** What clients asked, the newest first, and why they were refused. */
  public String requests() {
    return get("/_mocknito/requests");
  }

  /** What a path below {@code /_mocknito/} answers. */
  public String get(String path) {
    return ask(HttpRequest.newBuilder(URI.create(url + path)).GET().build());
  }

  /** What a path below {@code /_mocknito/} answers to JSON. */
  public String post(String path, String json) {
    var body = HttpRequest.BodyPublishers.ofString(json);
    return ask(HttpRequest.newBuilder(URI.create(url + path)).POST(body).build());
  }

  private String ask(HttpRequest request) {
    try {
      var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        throw new IllegalStateException(request.uri() + ": " + answer.body());
      }
      return answer.body();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(error);
    }
  }

  private static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ') {
        quoted.append(String.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  @Override
  public void close() {
    if (process == null) {
      return;
    }
    process.destroy();
    try {
      process.waitFor();
      Files.deleteIfExists(log);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
    process = null;
  }
}
