package dev.mocknito;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.security.oauth2.jwt.JwtDecoders;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cognitoidentityprovider.CognitoIdentityProviderClient;
import software.amazon.awssdk.services.cognitoidentityprovider.model.AuthFlowType;

/** README's example, as it stands there: {@link ReadmeTest} sees to it. */
class SignInTest {
  @RegisterExtension static final Mocknito mocknito = Mocknito.withDemo();

  @Test
  void aliceSignsIn() {
    var cognito =
        CognitoIdentityProviderClient.builder()
            .endpointOverride(mocknito.url())
            .region(Region.US_EAST_1)
            .credentialsProvider(AnonymousCredentialsProvider.create())
            .build();
    var tokens =
        cognito
            .initiateAuth(
                request ->
                    request
                        .clientId("democlient0000000000000000")
                        .authFlow(AuthFlowType.USER_PASSWORD_AUTH)
                        .authParameters(Map.of("USERNAME", "alice", "PASSWORD", "Passw0rd!")))
            .authenticationResult();
    // Spring Security's resource server needs the issuer and nothing else.
    var decoder = JwtDecoders.fromIssuerLocation(mocknito.issuer("us-east-1_Mocknito1"));
    assertEquals("alice", decoder.decode(tokens.accessToken()).getClaimAsString("username"));
  }
}
