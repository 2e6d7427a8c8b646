package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The recipe for Spring Boot with the real binary: its own settings, but for the ports. */
class ApplicationTest {
  private static final String CLIENT = "democlient0000000000000000";
  private static final HttpClient http = HttpClient.newHttpClient();

  private static Process server;
  private static String endpoint;
  private static ConfigurableApplicationContext app;
  private static String home;

  @BeforeAll
  static void start() throws Exception {
    String binary =
        System.getenv().getOrDefault("MOCKNITO_BIN", "../../../../target/debug/mocknito");
    // It ends with this process, however that ends.
    server = new ProcessBuilder(binary, "serve", "--ephemeral", "--demo", "--port", "0",
        "--log", "warn", "--exit-with-parent")
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    BufferedReader lines = new BufferedReader(new InputStreamReader(server.getInputStream()));
    for (String line = lines.readLine(); endpoint == null; line = lines.readLine()) {
      assertTrue(line != null, "the server ended before it was ready");
      if (line.strip().startsWith("Endpoint")) {
        endpoint = line.strip().substring("Endpoint".length()).strip();
      }
    }
    String issuer = "--spring.security.oauth2.resourceserver.jwt.issuer-uri=";
    app = SpringApplication.run(Application.class,
        issuer + endpoint + "/us-east-1_Mocknito1", "--server.port=0");
    home = "http://localhost:" + app.getEnvironment().getProperty("local.server.port");
  }

  @AfterAll
  static void stop() throws Exception {
    app.close();
    server.getOutputStream().close();
    assertEquals(0, server.waitFor());
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  /** A token of this user: `kind` is AccessToken or IdToken, `more` further members. */
  private static String token(String user, String kind, String more) throws Exception {
    String wanted =
        "{\"client_id\":\"" + CLIENT + "\",\"username\":\"" + user + "\"" + more + "}";
    URI tokens = URI.create(endpoint + "/_mocknito/tokens");
    String made =
        send(HttpRequest.newBuilder(tokens).POST(BodyPublishers.ofString(wanted))).body();
    var found = Pattern.compile("\"" + kind + "\":\\s*\"([^\"]+)\"").matcher(made);
    assertTrue(found.find(), made);
    return found.group(1);
  }

  private static HttpResponse<String> ask(String method, String path, String token)
      throws Exception {
    var request = HttpRequest.newBuilder(URI.create(home + path))
        .method(method, BodyPublishers.noBody());
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    return send(request);
  }

  @Test
  void whoeverHasAnAccessTokenIsLetIn() throws Exception {
    var me = ask("GET", "/me", token("bob", "AccessToken", ""));
    assertEquals("{\"username\":\"bob\"}", me.body());
    var deleted = ask("DELETE", "/orders/7", token("alice", "AccessToken", ""));
    assertTrue(deleted.body().contains("\"by\":\"alice\""), deleted.body());
    assertEquals(403, ask("DELETE", "/orders/7", token("bob", "AccessToken", "")).statusCode());
  }

  @Test
  void nobodyElseIs() throws Exception {
    assertEquals(401, ask("GET", "/me", null).statusCode());
    assertEquals(401, ask("GET", "/me", "nonsense").statusCode());
    assertEquals(401, ask("GET", "/me", token("alice", "IdToken", "")).statusCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"signature", "expired", "issuer", "kid", "alg_none", "alg_hs256",
      "token_use", "other_pool", "truncated"})
  void aTokenWithADefectIsRefused(String defect) throws Exception {
    String more = ",\"defect\":\"" + defect + "\"";
    assertEquals(401, ask("GET", "/me", token("alice", "AccessToken", more)).statusCode());
  }
}
