//! `acr` and `amr`: what the tokens tell of how somebody signed in, and to whom.

use serde_json::{Value, json};

use crate::support::authenticator::Authenticator;
use crate::support::totp::App;
use crate::support::{PASSWORD, Server, claims, merge, text, with_password, with_refresh_token};
use crate::triggers::lambda::{self, Lambda};

pub const EMAIL: &str = "alice@example.com";
const PHONE: &str = "+12065559934";

/// A pool with every factor, a client, and alice, who has an address, a number and a password.
pub struct World {
    pub server: Server,
    pub pool: String,
    pub client: String,
}

/// The settings of a pool with every first factor, which can send codes.
pub fn settings() -> Value {
    json!({
        "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" },
        "EmailConfiguration": {
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@example.com",
        },
        "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"] } },
    })
}

/// A level with a name of the pool's own: from then on all tokens tell how somebody signed in.
pub fn named() -> Value {
    json!({ "AcrConfiguration": { "Level4": { "AcrValue": "urn:example:strong" } } })
}

impl World {
    pub async fn start(more: Value) -> Self {
        Self::on(Server::start().await, more).await
    }

    pub async fn on(server: Server, more: Value) -> Self {
        let mut all = settings();
        merge(&mut all, more);
        let pool = server.pool(all).await;
        let flows = json!([
            "ALLOW_USER_AUTH",
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH"
        ]);
        let client = server
            .client_id(&pool, json!({ "ExplicitAuthFlows": flows }))
            .await;
        let world = Self {
            server,
            pool,
            client,
        };
        world.demand("OPTIONAL").await;
        world.user("alice", EMAIL).await;
        world
    }

    /// Whether second factors are demanded: ON or OPTIONAL.
    pub async fn demand(&self, mfa: &str) {
        let factors = json!({
            "UserPoolId": self.pool,
            "MfaConfiguration": mfa,
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
            "SmsMfaConfiguration": { "SmsAuthenticationMessage": "SMS {####}" },
            "EmailMfaConfiguration": { "Message": "Mail {####}", "Subject": "Code" },
            "WebAuthnConfiguration": { "RelyingPartyId": "localhost" },
        });
        self.server.ok("SetUserPoolMfaConfig", factors).await;
    }

    pub async fn user(&self, name: &str, email: &str) {
        let attributes = [
            ("email", email),
            ("email_verified", "true"),
            ("phone_number", PHONE),
            ("phone_number_verified", "true"),
        ];
        self.server.user(&self.pool, name, &attributes).await;
    }

    /// USER_AUTH with these parameters beside the name.
    pub fn request(&self, name: &str, more: Value) -> Value {
        let mut given = json!({ "USERNAME": name });
        merge(&mut given, more);
        json!({ "AuthFlow": "USER_AUTH", "ClientId": self.client, "AuthParameters": given })
    }

    pub async fn begin(&self, name: &str, more: Value) -> Value {
        let input = self.request(name, more);
        self.server.ok("InitiateAuth", input).await
    }

    /// The answer to the challenge that was asked.
    pub fn answer(&self, asked: &Value, name: &str, responses: Value) -> Value {
        let mut given = json!({ "USERNAME": name });
        merge(&mut given, responses);
        json!({
            "ClientId": self.client,
            "ChallengeName": asked["ChallengeName"],
            "Session": asked["Session"],
            "ChallengeResponses": given,
        })
    }

    /// Alice's right answer.
    pub async fn respond(&self, asked: &Value, responses: Value) -> Value {
        let answer = self.answer(asked, "alice", responses);
        self.server.ok("RespondToAuthChallenge", answer).await
    }

    /// Alice's answer with the code that she was sent.
    pub async fn respond_with_code(&self, asked: &Value) -> Value {
        let name = text(&asked["ChallengeName"]);
        let to = if name == "EMAIL_OTP" { EMAIL } else { PHONE };
        let code = self.server.code(to).await;
        self.respond(asked, json!({ format!("{name}_CODE"): code }))
            .await
    }

    /// The tokens of alice's password.
    pub async fn with_password(&self) -> Value {
        let input = with_password(&self.client, "alice", PASSWORD);
        let answer = self.server.ok("InitiateAuth", input).await;
        assert!(answer["AuthenticationResult"].is_object(), "{answer}");
        answer["AuthenticationResult"].clone()
    }

    /// Sets an app up for alice, without demanding it of her; its code of step 0 is used up.
    pub async fn with_app(&self) -> App {
        let token = self.with_password().await["AccessToken"].clone();
        let drawn = self
            .server
            .ok("AssociateSoftwareToken", json!({ "AccessToken": token }))
            .await;
        let app = App::new(&drawn["SecretCode"]);
        let first = json!({ "AccessToken": token, "UserCode": app.code(0) });
        self.server.ok("VerifySoftwareToken", first).await;
        app
    }

    /// Demands the factor of alice: SOFTWARE_TOKEN_MFA, SMS_MFA or EMAIL_OTP.
    pub async fn prefer(&self, member: &str) {
        let input = json!({
            "UserPoolId": self.pool,
            "Username": "alice",
            member: { "Enabled": true, "PreferredMfa": true },
        });
        self.server.ok("AdminSetUserMFAPreference", input).await;
    }

    /// Registers a passkey for alice.
    pub async fn with_passkey(&self, change: impl Fn(&mut Value)) -> Authenticator {
        let token = self.with_password().await["AccessToken"].clone();
        let input = json!({ "AccessToken": token });
        let begun = self
            .server
            .ok("StartWebAuthnRegistration", input.clone())
            .await;
        let mut authenticator = Authenticator::es256();
        let mut credential = authenticator.create(&begun["CredentialCreationOptions"]);
        change(&mut credential);
        let mut input = input;
        input["Credential"] = credential;
        self.server.ok("CompleteWebAuthnRegistration", input).await;
        authenticator
    }

    /// Alice's answer to WEB_AUTHN.
    pub async fn respond_with_passkey(
        &self,
        asked: &Value,
        authenticator: &mut Authenticator,
    ) -> Value {
        assert_eq!(asked["ChallengeName"], "WEB_AUTHN", "{asked}");
        let options = text(&asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]);
        let options: Value = serde_json::from_str(&options).unwrap();
        let credential = authenticator.get(&options).to_string();
        self.respond(asked, json!({ "CREDENTIAL": credential }))
            .await
    }
}

/// What both tokens of an answer tell: (`acr`, `amr`).
#[track_caller]
pub fn told(answer: &Value) -> (Value, Value) {
    let tokens = match &answer["AuthenticationResult"] {
        Value::Null => answer,
        tokens => tokens,
    };
    let [access, id] = ["AccessToken", "IdToken"].map(|name| claims(&tokens[name]));
    for name in ["acr", "amr"] {
        assert_eq!(access.get(name), id.get(name), "{name}");
    }
    (id["acr"].clone(), id["amr"].clone())
}

/// What tokens tell of this level.
pub fn level(acr: &str, amr: &[&str]) -> (Value, Value) {
    (json!(acr), json!(amr))
}

pub const NOTHING: (Value, Value) = (Value::Null, Value::Null);

#[tokio::test]
async fn each_way_to_sign_in_has_its_level_and_its_names() {
    let world = World::start(named()).await;
    let password = world.with_password().await;
    assert_eq!(told(&password), level("urn:cognito:loa:1", &["pwd"]));
    for (factor, name) in [("EMAIL_OTP", "email_otp"), ("SMS_OTP", "sms")] {
        let asked = world
            .begin("alice", json!({ "PREFERRED_CHALLENGE": factor }))
            .await;
        let done = world.respond_with_code(&asked).await;
        assert_eq!(told(&done), level("urn:cognito:loa:2", &[name]));
    }
    for (kind, name) in [("platform", "swk"), ("cross-platform", "hwk")] {
        let change = |credential: &mut Value| credential["authenticatorAttachment"] = json!(kind);
        let mut authenticator = world.with_passkey(change).await;
        let asked = world
            .begin("alice", json!({ "PREFERRED_CHALLENGE": "WEB_AUTHN" }))
            .await;
        let done = world.respond_with_passkey(&asked, &mut authenticator).await;
        assert_eq!(told(&done), level("urn:cognito:loa:3", &[name]));
    }

    let app = world.with_app().await;
    for (member, name) in [("SMSMfaSettings", "sms"), ("EmailMfaSettings", "email_otp")] {
        world.prefer(member).await;
        let input = with_password(&world.client, "alice", PASSWORD);
        let asked = world.server.ok("InitiateAuth", input).await;
        let done = world.respond_with_code(&asked).await;
        let expected = level("urn:cognito:loa:3", &["pwd", name, "mfa"]);
        assert_eq!(told(&done), expected);
    }
    world.prefer("SoftwareTokenMfaSettings").await;
    let asked = world
        .begin(
            "alice",
            json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD }),
        )
        .await;
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": app.code(1) });
    let done = world.respond(&asked, code).await;
    let strong = level("urn:example:strong", &["pwd", "otp", "mfa"]);
    assert_eq!(told(&done), strong);
}

#[tokio::test]
async fn a_pool_that_names_no_level_tells_nothing() {
    for settings in [
        json!({}),
        // The service's own names are none of the pool's.
        json!({ "AcrConfiguration": { "Level1": { "AcrValue": "urn:cognito:loa:1" } } }),
    ] {
        let world = World::start(settings).await;
        assert_eq!(told(&world.with_password().await), NOTHING);
    }
}

#[tokio::test]
async fn a_refresh_tells_the_same_whatever_the_pool_calls_it_by_then() {
    let world = World::start(named()).await;
    let tokens = world.with_password().await;
    let refresh = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    let mut update = settings();
    merge(
        &mut update,
        json!({
            "UserPoolId": world.pool,
            "MfaConfiguration": "OPTIONAL",
            "AcrConfiguration": { "Level1": { "AcrValue": "weak" } },
        }),
    );
    world.server.ok("UpdateUserPool", update).await;
    let again = world.server.ok("InitiateAuth", refresh.clone()).await;
    assert_eq!(told(&again), level("urn:cognito:loa:1", &["pwd"]));
    assert_eq!(told(&world.with_password().await), level("weak", &["pwd"]));

    // Nor do tokens begin to tell what they did not tell.
    let world = World::start(json!({})).await;
    let tokens = world.with_password().await;
    let mut update = settings();
    merge(
        &mut update,
        json!({ "UserPoolId": world.pool, "MfaConfiguration": "OPTIONAL" }),
    );
    merge(&mut update, named());
    world.server.ok("UpdateUserPool", update).await;
    let refresh = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    assert_eq!(
        told(&world.server.ok("InitiateAuth", refresh).await),
        NOTHING
    );
}

#[tokio::test]
async fn no_function_raises_a_level() {
    let (function, server) = Lambda::start().await;
    let world = World::on(server, lambda::pool(&["PreTokenGenerationV2"], named())).await;
    let forged = json!({ "acr": "urn:example:strong", "amr": ["pwd", "otp", "mfa"] });
    let changes = json!({ "claimsToAddOrOverride": forged, "claimsToSuppress": ["amr"] });
    function.responds(
        "TokenGeneration",
        json!({ "claimsAndScopeOverrideDetails": {
            "idTokenGeneration": changes, "accessTokenGeneration": changes,
        } }),
    );
    let tokens = world.with_password().await;
    assert_eq!(told(&tokens), level("urn:cognito:loa:1", &["pwd"]));
    assert!(!function.take().is_empty());

    // Nor can it make up what the tokens do not tell.
    let more = lambda::pool(&["PreTokenGenerationV2"], json!({}));
    let World { server, .. } = world;
    let world = World::on(server, more).await;
    assert_eq!(told(&world.with_password().await), NOTHING);
}

#[tokio::test]
async fn a_token_for_a_token_tells_the_same() {
    let world = World::start(named()).await;
    let service = json!({
        "GenerateSecret": true,
        "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"],
    });
    let service = world.server.client(&world.pool, service).await;
    let input = json!({
        "ClientId": service["ClientId"],
        "ClientSecret": service["ClientSecret"],
        "SubjectToken": world.with_password().await["AccessToken"],
        "SubjectTokenType": "ACCESS_TOKEN",
    });
    let derived = world.server.ok("GetDerivedToken", input).await;
    let token = claims(&derived["IssuedToken"]);
    assert_eq!(token["acr"], "urn:cognito:loa:1", "{derived}");
    assert_eq!(token["amr"], json!(["pwd"]));
}

#[tokio::test]
async fn names_are_described_with_the_services_where_the_pool_has_none_and_none_repeats() {
    let server = Server::start().await;
    let pool = server.pool(named()).await;
    let described = server
        .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(
        described["UserPool"]["AcrConfiguration"],
        json!({
            "Level1": { "AcrValue": "urn:cognito:loa:1" },
            "Level2": { "AcrValue": "urn:cognito:loa:2" },
            "Level3": { "AcrValue": "urn:cognito:loa:3" },
            "Level4": { "AcrValue": "urn:example:strong" },
        })
    );
    for repeated in [
        json!({ "Level1": { "AcrValue": "a" }, "Level2": { "AcrValue": "a" } }),
        // That of a level which the request does not name.
        json!({ "Level1": { "AcrValue": "urn:cognito:loa:4" } }),
    ] {
        let input = json!({ "PoolName": "p", "AcrConfiguration": repeated });
        server
            .refuses_as("CreateUserPool", input, "AcrValueRepeats")
            .await;
    }
    let lite = json!({ "PoolName": "p", "UserPoolTier": "LITE" });
    let mut input = lite.clone();
    merge(&mut input, named());
    server
        .refuses_as("CreateUserPool", input, "FeatureNotInTier")
        .await;
    // What such a pool is described with may be sent back.
    let created = server.ok("CreateUserPool", lite).await;
    let back = json!({
        "UserPoolId": created["UserPool"]["Id"],
        "UserPoolTier": "LITE",
        "AcrConfiguration": created["UserPool"]["AcrConfiguration"],
    });
    server.ok("UpdateUserPool", back).await;
}
