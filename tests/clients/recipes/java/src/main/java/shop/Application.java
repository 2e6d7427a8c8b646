package shop;

import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@EnableMethodSecurity
@RestController
public class Application {
  public static void main(String[] args) {
    SpringApplication.run(Application.class, args);
  }

  @GetMapping("/me")
  Map<String, Object> me(Authentication caller) {
    return Map.of("username", caller.getName());
  }

  @DeleteMapping("/orders/{order}")
  @PreAuthorize("hasRole('admins')")
  Map<String, Object> delete(@PathVariable("order") String order, Authentication caller) {
    return Map.of("deleted", order, "by", caller.getName());
  }

  /** An access token has no `aud`; an ID token is no key to an API. */
  @Bean
  OAuth2TokenValidator<Jwt> accessTokensOfThisApp(@Value("${cognito.client-id}") String client) {
    var wrong = new OAuth2Error("invalid_token", "not an access token of this app", null);
    return token ->
        "access".equals(token.getClaimAsString("token_use"))
                && client.equals(token.getClaimAsString("client_id"))
            ? OAuth2TokenValidatorResult.success()
            : OAuth2TokenValidatorResult.failure(wrong);
  }
}
