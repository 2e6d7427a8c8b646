package dev.mocknito;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.jwt.JwtDecoders;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;
import org.springframework.security.oauth2.server.resource.authentication.*;
import tools.jackson.databind.json.JsonMapper;

/** What Spring Security's resource server does with a bearer token, given the issuer alone. */
class ResourceServerTest {
  private static final String CLIENT = "webclient00000000000000000";

  @RegisterExtension static final Mocknito mocknito = Mocknito.withDemo();

  private static AuthenticationManager resourceServer;

  @BeforeAll
  static void trust() {
    var decoder = JwtDecoders.fromIssuerLocation(mocknito.issuer("us-east-1_Mocknito1"));
    resourceServer = new JwtAuthenticationProvider(decoder)::authenticate;
  }

  private static Authentication bearer(String tokens) {
    String token = new JsonMapper().readTree(tokens).get("AccessToken").asString();
    return resourceServer.authenticate(new BearerTokenAuthenticationToken(token));
  }

  private static String asked(String more) {
    String who = "{\"client_id\":\"" + CLIENT + "\",\"username\":\"alice\"," + more + "}";
    return mocknito.post("/_mocknito/tokens", who);
  }

  @Test
  void aTokensScopesAreAuthorities() {
    Authentication alice = bearer(asked("\"scopes\":[\"https://api.example.com/read\"]"));
    assertTrue(alice.isAuthenticated());
    assertTrue(
        alice.getAuthorities().stream()
            .anyMatch(one -> one.getAuthority().equals("SCOPE_https://api.example.com/read")));
  }

  @Test
  void expiredAndDefectiveTokensAreRefused() {
    for (String defect : new String[] {"signature", "issuer", "other_pool", "alg_none"}) {
      String tokens = asked("\"defect\":\"" + defect + "\"");
      assertThrows(InvalidBearerTokenException.class, () -> bearer(tokens), defect);
    }
    String late = asked("\"expires_in\":\"-1h\"");
    assertThrows(InvalidBearerTokenException.class, () -> bearer(late));
  }

  @Test
  void theRestOfTheServerIsReached() {
    assertTrue(mocknito.tokens(CLIENT, "alice").contains("AccessToken"));
    mocknito.advance(Duration.ofHours(1));
    String clock = mocknito.get("/_mocknito/clock");
    assertTrue(clock.contains("\"1h\""), clock);
    mocknito.post("/_mocknito/clock", "{\"reset\":true}");
    assertTrue(mocknito.requests().contains("requests"));
    assertEquals(mocknito.url().toString(), mocknito.env().get("AWS_ENDPOINT_URL"));
    var wrong = assertThrows(IllegalStateException.class, () -> mocknito.tokens("nobody", null));
    assertTrue(wrong.getMessage().contains("/_mocknito/tokens"), wrong.getMessage());
    assertThrows(IllegalStateException.class, () -> mocknito.code("nobody@example.com"));
    mocknito.reset();
  }
}
