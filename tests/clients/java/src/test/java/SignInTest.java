import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtDecoders;
import org.springframework.security.oauth2.jwt.JwtException;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cognitoidentityprovider.CognitoIdentityProviderClient;
import software.amazon.awssdk.services.cognitoidentityprovider.model.AuthFlowType;
import software.amazon.awssdk.services.cognitoidentityprovider.model.AuthenticationResultType;
import software.amazon.awssdk.services.cognitoidentityprovider.model.NotAuthorizedException;

/**
 * The AWS SDK for Java v2 against the real binary: signing in and refreshing; and Spring Security,
 * which finds the keys by the issuer.
 */
class SignInTest {
  private static final String POOL = "us-east-1_Mocknito1";
  private static final String CLIENT = "democlient0000000000000000";
  private static final String PASSWORD = "Passw0rd!";

  private static Process server;
  /** By the one name that Java resolves without help. */
  private static String endpoint;
  private static CognitoIdentityProviderClient cognito;

  @BeforeAll
  static void start() throws Exception {
    String binary =
        System.getenv().getOrDefault("MOCKNITO_BIN", "../../../target/debug/mocknito");
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
    cognito = CognitoIdentityProviderClient.builder()
        .endpointOverride(URI.create(endpoint))
        .region(Region.US_EAST_1)
        .credentialsProvider(AnonymousCredentialsProvider.create())
        .httpClient(UrlConnectionHttpClient.create())
        .build();
  }

  @AfterAll
  static void stop() throws Exception {
    server.getOutputStream().close();
    assertEquals(0, server.waitFor());
  }

  private static AuthenticationResultType signIn(String password) {
    return cognito.initiateAuth(request -> request
        .clientId(CLIENT)
        .authFlow(AuthFlowType.USER_PASSWORD_AUTH)
        .authParameters(Map.of("USERNAME", "alice", "PASSWORD", password)))
        .authenticationResult();
  }

  private static JwtDecoder decoder() {
    return JwtDecoders.fromIssuerLocation(endpoint + "/" + POOL);
  }

  @Test
  void springSecurityTakesTheTokens() {
    AuthenticationResultType tokens = signIn(PASSWORD);
    Jwt id = decoder().decode(tokens.idToken());
    assertEquals("alice@example.com", id.getClaimAsString("email"));
    Jwt access = decoder().decode(tokens.accessToken());
    assertEquals(CLIENT, access.getClaimAsString("client_id"));
    // As on AWS: what checks the audience has to look at client_id.
    assertNull(access.getAudience());
    String altered = tokens.accessToken().substring(0, tokens.accessToken().length() - 8);
    assertThrows(JwtException.class, () -> decoder().decode(altered + "AAAAAAAA"));
  }

  @Test
  void aRefreshGivesNewTokens() {
    AuthenticationResultType tokens = signIn(PASSWORD);
    AuthenticationResultType fresh = cognito.initiateAuth(request -> request
        .clientId(CLIENT)
        .authFlow(AuthFlowType.REFRESH_TOKEN_AUTH)
        .authParameters(Map.of("REFRESH_TOKEN", tokens.refreshToken())))
        .authenticationResult();
    assertEquals("alice",
        cognito.getUser(request -> request.accessToken(fresh.accessToken())).username());
  }

  @Test
  void aWrongPasswordIsTheSdksOwnException() {
    NotAuthorizedException refused =
        assertThrows(NotAuthorizedException.class, () -> signIn("Wr0ngPassw0rd!"));
    assertEquals("Incorrect username or password.", refused.awsErrorDetails().errorMessage());
  }

  /** HttpURLConnection throws at a 401 to a POST that does not say how to prove who one is. */
  @Test
  void userInfoAnswersByPost() throws Exception {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(endpoint + "/oauth2/userInfo").toURL().openConnection();
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(0);
    connection.setRequestProperty("Authorization", "Bearer nonsense");
    connection.getOutputStream().close();
    assertEquals(401, connection.getResponseCode());
    assertTrue(connection.getHeaderField("WWW-Authenticate").startsWith("Bearer "));
  }
}
