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
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final List<String> arguments = new ArrayList<>();
  private String program = binary();
  private Duration patience = PATIENCE;
  private int port;
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

  /** The program, when it is neither {@code MOCKNITO_BINARY} nor on the path. */
  public Mocknito withProgram(Path program) {
    this.program = program.toString();
    return this;
  }

  /** The port; without it any free one. */
  public Mocknito withPort(int port) {
    this.port = port;
    return this;
  }

  /** How long the server may take until it is ready: 30 seconds unless said. */
  public Mocknito withTimeout(Duration timeout) {
    patience = timeout;
    return this;
  }

  /** A server that runs already, such as that of {@code mocknito exec}; closing it is not ours. */
  public static Mocknito connect() {
    String found = System.getenv("MOCKNITO_URL");
    if (found == null || found.isEmpty()) {
      throw new IllegalStateException(
          "which server? Run the tests by mocknito exec, or set MOCKNITO_URL");
    }
    return connect(URI.create(found));
  }

  /** A server that runs already at this address. */
  public static Mocknito connect(URI address) {
    var mocknito = new Mocknito();
    mocknito.url = address.toString().replaceAll("/+$", "");
    mocknito.get("/_mocknito/health");
    return mocknito;
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
    if (url != null) {
      return this;
    }
    try {
      log = Files.createTempFile("mocknito", ".log");
      var command = new ArrayList<String>();
      command.add(program);
      command.addAll(
          List.of("serve", "--log-format", "json", "--log", "warn", "--ephemeral"));
      command.addAll(List.of("--port", Integer.toString(port)));
      // Its input stays open as long as this process lives, however that ends.
      command.add("--exit-with-parent");
      command.addAll(arguments);
      var builder = new ProcessBuilder(command).redirectError(log.toFile());
      // Flags of somebody else's server are not for this one.
      builder.environment().keySet().removeIf(name -> name.startsWith("MOCKNITO_"));
      try {
        process = builder.start();
      } catch (IOException error) {
        String how = "put mocknito on the path, or set MOCKNITO_BINARY";
        throw new IllegalStateException(program + " cannot be run; " + how, error);
      }
      url = ready();
      return this;
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    } finally {
      if (url == null) {
        close();
      }
    }
  }

  /** Waits for the line that says where the server is. */
  private String ready() throws IOException {
    var lines = process.inputReader(StandardCharsets.UTF_8);
    var found = CompletableFuture.supplyAsync(() -> urlIn(lines));
    try {
      String said = found.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (said != null) {
        return said;
      }
      throw new IllegalStateException(end());
    } catch (TimeoutException late) {
      throw new IllegalStateException(
          program + " did not say within " + patience + " that it is ready" + words());
    } catch (ExecutionException error) {
      throw new IllegalStateException(program + " cannot be listened to", error.getCause());
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(error);
    }
  }

  /** Nothing, if the server ends before. */
  private static String urlIn(BufferedReader lines) {
    return lines
        .lines()
        .filter(line -> line.contains("\"event\":\"ready\""))
        .map(URL::matcher)
        .filter(Matcher::find)
        .map(found -> found.group(1))
        .findFirst()
        .orElse(null);
  }

  /** How it ended, as far as it told. */
  private String end() throws IOException, InterruptedException {
    int code = process.waitFor();
    String said = words();
    // As clap ends for words that it does not know.
    boolean isOld = code == 2 && said.contains("unexpected argument");
    String older = isOld ? "; is " + program + " older than this package?" : "";
    return "mocknito ended with " + code + older + said;
  }

  private String words() throws IOException {
    String said = Files.readString(log).strip();
    return said.isEmpty() ? "" : ": " + said;
  }

  private static String binary() {
    String named = System.getenv("MOCKNITO_BINARY");
    return named == null || named.isEmpty() ? "mocknito" : named;
  }

  /** Where the server is: the endpoint for AWS SDKs. */
  public URI url() {
    return URI.create(url);
  }

  /** What leads AWS SDKs to this server, for a process that runs the app. */
  public Map<String, String> env() {
    return Map.of(
        "MOCKNITO_URL", url,
        "AWS_ENDPOINT_URL", url,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", url,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY", url,
        "AWS_REGION", "us-east-1",
        "AWS_DEFAULT_REGION", "us-east-1",
        "AWS_ACCESS_KEY_ID", "test",
        "AWS_SECRET_ACCESS_KEY", "test");
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

  /** Ends the server, if it is this test's own. */
  @Override
  public void close() {
    try {
      if (process != null) {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
        process = null;
        url = null;
      }
      if (log != null) {
        Files.deleteIfExists(log);
        log = null;
      }
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
  }
}
