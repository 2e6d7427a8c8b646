//! Passkeys: registered, listed, deleted, used to sign in, and every way in that must stay shut.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::authenticator::{Attestation, Authenticator};
use crate::support::{PASSWORD, START, Server, altered, claims, each, keys, merge, text};

const NO_CHALLENGE: &str = "PasskeyChallengeNotFound";
const OTHER_PARTY: &str = "PasskeyOtherRelyingParty";
const ORIGIN: &str = "PasskeyOriginNotAllowed";
const NOT_SUPPORTED: &str = "PasskeyNotSupported";
const MALFORMED: &str = "PasskeyMalformed";
const BAD: &str = "NotAuthorizedException: Incorrect username or password.";

/// A pool whose users may have passkeys for `localhost`, a client, and alice.
struct Passkeys<'s> {
    server: &'s Server,
    pool: String,
    client: String,
}

impl<'s> Passkeys<'s> {
    async fn on(server: &'s Server) -> Self {
        let pool = pool(server, json!({ "RelyingPartyId": "localhost" })).await;
        let client = server.client_id(&pool, client()).await;
        server.user(&pool, "alice", &[]).await;
        Self {
            server,
            pool,
            client,
        }
    }

    /// What the pool asks of its passkeys from now on.
    async fn configure(&self, configuration: Value) {
        configure(self.server, &self.pool, configuration).await;
    }

    async fn token(&self, username: &str) -> Value {
        let tokens = self.server.sign_in(&self.client, username).await;
        tokens["AccessToken"].clone()
    }

    async fn start(&self, token: &Value) -> Value {
        let input = json!({ "AccessToken": token });
        let begun = self.server.ok("StartWebAuthnRegistration", input).await;
        begun["CredentialCreationOptions"].clone()
    }

    /// Registers the authenticator for the holder of the token.
    async fn register(&self, token: &Value, authenticator: &mut Authenticator) {
        let credential = authenticator.create(&self.start(token).await);
        let answer = self
            .server
            .ok(
                "CompleteWebAuthnRegistration",
                completing(token, credential),
            )
            .await;
        assert_eq!(answer, json!({}));
    }

    /// Lets the authenticator answer a new registration of the token's holder, which must be
    /// refused in this situation.
    async fn refuses(&self, token: &Value, authenticator: &mut Authenticator, situation: &str) {
        let credential = authenticator.create(&self.start(token).await);
        self.server
            .refuses_as(
                "CompleteWebAuthnRegistration",
                completing(token, credential),
                situation,
            )
            .await;
        assert!(self.list(token).await.is_empty());
    }

    async fn list(&self, token: &Value) -> Vec<Value> {
        let input = json!({ "AccessToken": token });
        let page = self.server.ok("ListWebAuthnCredentials", input).await;
        page["Credentials"].as_array().unwrap().clone()
    }

    /// Begins to sign in with a passkey: gives the options and the session.
    async fn challenge(&self, username: &str) -> (Value, Value) {
        let answer = self
            .server
            .ok("InitiateAuth", with_passkey(&self.client, username))
            .await;
        assert_eq!(answer["ChallengeName"], "WEB_AUTHN", "{answer}");
        let options = text(&answer["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]);
        (
            serde_json::from_str(&options).unwrap(),
            answer["Session"].clone(),
        )
    }

    fn answer(&self, username: &str, session: &Value, credential: &Value) -> Value {
        json!({
            "ClientId": self.client,
            "ChallengeName": "WEB_AUTHN",
            "Session": session,
            "ChallengeResponses": { "USERNAME": username, "CREDENTIAL": credential.to_string() },
        })
    }

    /// Signs in with the authenticator; gives the tokens.
    async fn sign_in(&self, username: &str, authenticator: &mut Authenticator) -> Value {
        let (options, session) = self.challenge(username).await;
        let input = self.answer(username, &session, &authenticator.get(&options));
        let answer = self.server.ok("RespondToAuthChallenge", input).await;
        answer["AuthenticationResult"].clone()
    }

    /// Lets the authenticator try to sign in, which must be refused.
    async fn shuts_out(&self, username: &str, authenticator: &mut Authenticator) {
        let (options, session) = self.challenge(username).await;
        let input = self.answer(username, &session, &authenticator.get(&options));
        self.server
            .refuses("RespondToAuthChallenge", input, BAD)
            .await;
    }
}

async fn pool(server: &Server, configuration: Value) -> String {
    let factors = ["PASSWORD", "WEB_AUTHN"];
    let settings =
        json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": factors } } });
    let pool = server.pool(settings).await;
    configure(server, &pool, configuration).await;
    pool
}

async fn configure(server: &Server, pool: &str, configuration: Value) {
    let input = json!({ "UserPoolId": pool, "WebAuthnConfiguration": configuration });
    server.ok("SetUserPoolMfaConfig", input).await;
}

fn client() -> Value {
    json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] })
}

fn completing(token: &Value, credential: Value) -> Value {
    json!({ "AccessToken": token, "Credential": credential })
}

fn with_passkey(client: &str, username: &str) -> Value {
    json!({
        "AuthFlow": "USER_AUTH",
        "ClientId": client,
        "AuthParameters": { "USERNAME": username, "PREFERRED_CHALLENGE": "WEB_AUTHN" },
    })
}

#[tokio::test]
async fn the_options_are_what_a_browser_takes() {
    let server = Server::start().await;
    let world = Passkeys::on(&server).await;
    let token = world.token("alice").await;
    let options = world.start(&token).await;
    let challenge = text(&options["challenge"]);
    assert_eq!(challenge.len(), 22);
    let handle = text(&options["user"]["id"]);
    assert_eq!(
        options,
        json!({
            "rp": { "id": "localhost", "name": "localhost" },
            "user": { "id": handle, "name": "alice", "displayName": "alice" },
            "challenge": challenge,
            "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }, { "type": "public-key", "alg": -257 }],
            "timeout": 60000,
            "excludeCredentials": [],
            "authenticatorSelection": { "requireResidentKey": true, "residentKey": "required", "userVerification": "preferred" },
        })
    );
    assert_ne!(world.start(&token).await["challenge"], options["challenge"]);

    let mut first = Authenticator::es256();
    world.register(&token, &mut first).await;
    world
        .configure(json!({ "RelyingPartyId": "localhost", "UserVerification": "required" }))
        .await;
    let options = world.start(&token).await;
    assert_eq!(
        options["excludeCredentials"],
        json!([{ "type": "public-key", "id": first.credential_id(), "transports": ["internal", "hybrid"] }])
    );
    let selection = &options["authenticatorSelection"];
    assert_eq!(selection["userVerification"], "required");
}

#[tokio::test]
async fn passkeys_are_listed_by_page_and_deleted() {
    let server = Server::start().await;
    let world = Passkeys::on(&server).await;
    let token = world.token("alice").await;
    let mut made = Vec::new();
    for authenticator in [Authenticator::es256(), Authenticator::rs256()] {
        let mut authenticator = authenticator;
        world.register(&token, &mut authenticator).await;
        made.push(authenticator.credential_id());
        server.advance(Duration::from_secs(1));
    }
    let listed = world.list(&token).await;
    assert_eq!(
        listed[0],
        json!({
            "CredentialId": made[0],
            "FriendlyCredentialName": "Passkey",
            "RelyingPartyId": "localhost",
            "AuthenticatorAttachment": "platform",
            "AuthenticatorTransports": ["internal", "hybrid"],
            "CreatedAt": START,
        })
    );
    assert_eq!(each(&json!(listed), "CredentialId"), made);

    let page = json!({ "AccessToken": token, "MaxResults": 1 });
    let first = server.ok("ListWebAuthnCredentials", page.clone()).await;
    assert_eq!(each(&first["Credentials"], "CredentialId"), made[..1]);
    let mut next = page.clone();
    merge(&mut next, json!({ "NextToken": first["NextToken"] }));
    let second = server.ok("ListWebAuthnCredentials", next.clone()).await;
    assert_eq!(keys(&second), ["Credentials"]);
    assert_eq!(each(&second["Credentials"], "CredentialId"), made[1..]);
    merge(
        &mut next,
        json!({ "NextToken": altered(&first["NextToken"]) }),
    );
    server
        .refuses_as("ListWebAuthnCredentials", next, "InvalidPagination")
        .await;

    // Nobody else's.
    server.user(&world.pool, "bob", &[]).await;
    let bob = world.token("bob").await;
    assert!(world.list(&bob).await.is_empty());
    let input = |token: &Value| json!({ "AccessToken": token, "CredentialId": made[0] });
    server
        .refuses_as("DeleteWebAuthnCredential", input(&bob), "PasskeyNotFound")
        .await;
    let deleted = server.ok("DeleteWebAuthnCredential", input(&token)).await;
    assert_eq!(deleted, json!({}));
    server
        .refuses_as("DeleteWebAuthnCredential", input(&token), "PasskeyNotFound")
        .await;
    assert_eq!(
        each(&json!(world.list(&token).await), "CredentialId"),
        made[1..]
    );
}

#[tokio::test]
async fn a_pool_has_passkeys_when_they_are_a_factor_and_have_a_relying_party() {
    let server = Server::start().await;
    let plain = server.world().await;
    let start = |token: &Value| json!({ "AccessToken": token });
    let token = plain.tokens().await["AccessToken"].clone();
    server
        .refuses_as(
            "StartWebAuthnRegistration",
            start(&token),
            "PasskeysNotEnabled",
        )
        .await;
    let complete = completing(&token, json!({}));
    server
        .refuses_as(
            "CompleteWebAuthnRegistration",
            complete,
            "PasskeysNotEnabled",
        )
        .await;

    let pool = pool(&server, json!({ "UserVerification": "preferred" })).await;
    let client = server.client_id(&pool, client()).await;
    server.user(&pool, "alice", &[]).await;
    let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
    server
        .refuses_as(
            "StartWebAuthnRegistration",
            start(&token),
            "PasskeysNotConfigured",
        )
        .await;
    let relying_party = async |expected: &str| {
        let begun = server.ok("StartWebAuthnRegistration", start(&token)).await;
        assert_eq!(begun["CredentialCreationOptions"]["rp"]["id"], expected);
    };
    let prefix = json!({ "UserPoolId": pool, "Domain": "passkeys" });
    server.ok("CreateUserPoolDomain", prefix).await;
    relying_party("passkeys.auth.localhost").await;
    let custom = json!({
        "UserPoolId": pool,
        "Domain": "auth.example.com",
        "CustomDomainConfig": { "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000" },
    });
    server.ok("CreateUserPoolDomain", custom).await;
    relying_party("auth.example.com").await;
    configure(&server, &pool, json!({ "RelyingPartyId": "example.com" })).await;
    relying_party("example.com").await;
}

#[tokio::test]
async fn a_registration_is_refused_for_what_is_wrong_with_it() {
    let server = Server::start().await;
    let world = Passkeys::on(&server).await;
    let token = world.token("alice").await;
    let lying = |lie: fn(&mut Authenticator)| {
        let mut authenticator = Authenticator::es256();
        lie(&mut authenticator);
        authenticator
    };
    for (lie, situation) in [
        (
            (|it| it.challenge = Some("AAAAAAAAAAAAAAAAAAAAAA".to_owned()))
                as fn(&mut Authenticator),
            NO_CHALLENGE,
        ),
        (|it| it.challenge = Some("short".to_owned()), MALFORMED),
        (|it| it.origin = "https://evil.example".to_owned(), ORIGIN),
        (|it| it.origin = "http://notlocalhost".to_owned(), ORIGIN),
        (|it| it.cross_origin = true, ORIGIN),
        (
            |it| it.relying_party = Some("example.com".to_owned()),
            OTHER_PARTY,
        ),
        (|it| it.present = false, NOT_SUPPORTED),
        (|it| it.attestation = Attestation::Unknown, NOT_SUPPORTED),
        (
            |it| it.attestation = Attestation::SelfSignedWrongly,
            NOT_SUPPORTED,
        ),
        (|it| it.id = vec![7; 3], MALFORMED),
    ] {
        world.refuses(&token, &mut lying(lie), situation).await;
    }
    for nonsense in [
        json!({}),
        json!({ "id": 7 }),
        json!({ "response": { "clientDataJSON": "e30", "attestationObject": "AA" } }),
    ] {
        server
            .refuses_as(
                "CompleteWebAuthnRegistration",
                completing(&token, nonsense),
                MALFORMED,
            )
            .await;
    }
    // A credential that says it is another than the one that is attested.
    let mut authenticator = Authenticator::es256();
    let mut credential = authenticator.create(&world.start(&token).await);
    credential["id"] = json!(Authenticator::es256().credential_id());
    server
        .refuses_as(
            "CompleteWebAuthnRegistration",
            completing(&token, credential),
            MALFORMED,
        )
        .await;

    world
        .configure(json!({ "RelyingPartyId": "localhost", "UserVerification": "required" }))
        .await;
    world
        .refuses(&token, &mut lying(|it| it.verifies = false), NOT_SUPPORTED)
        .await;
}

#[tokio::test]
async fn a_challenge_is_for_one_user_one_client_one_relying_party_and_one_attempt() {
    let server = Server::start().await;
    let world = Passkeys::on(&server).await;
    let token = world.token("alice").await;
    let complete = "CompleteWebAuthnRegistration";

    let options = world.start(&token).await;
    let credential = Authenticator::es256().create(&options);
    server.user(&world.pool, "bob", &[]).await;
    let bob = world.token("bob").await;
    server
        .refuses_as(complete, completing(&bob, credential.clone()), NO_CHALLENGE)
        .await;
    let other = server.client_id(&world.pool, client()).await;
    let elsewhere = server.sign_in(&other, "alice").await["AccessToken"].clone();
    server
        .refuses_as(
            complete,
            completing(&elsewhere, credential.clone()),
            "PasskeyOtherClient",
        )
        .await;
    server
        .ok(complete, completing(&token, credential.clone()))
        .await;
    server
        .refuses_as(complete, completing(&token, credential), NO_CHALLENGE)
        .await;

    // A failed attempt uses the challenge up as well.
    let options = world.start(&token).await;
    let mut authenticator = Authenticator::es256();
    authenticator.origin = "https://evil.example".to_owned();
    let wrong = completing(&token, authenticator.create(&options));
    server.refuses_as(complete, wrong, ORIGIN).await;
    authenticator.origin = "http://localhost:3000".to_owned();
    let right = completing(&token, authenticator.create(&options));
    server.refuses_as(complete, right, NO_CHALLENGE).await;

    let late = completing(
        &token,
        Authenticator::es256().create(&world.start(&token).await),
    );
    server.advance(Duration::from_secs(300));
    server.refuses_as(complete, late, NO_CHALLENGE).await;

    let moved = completing(
        &token,
        Authenticator::es256().create(&world.start(&token).await),
    );
    world
        .configure(json!({ "RelyingPartyId": "example.com" }))
        .await;
    server.refuses_as(complete, moved, OTHER_PARTY).await;
    assert_eq!(world.list(&token).await.len(), 1);
}

#[tokio::test]
async fn a_passkey_is_registered_once_and_a_user_has_at_most_twenty() {
    let server = Server::start().await;
    let world = Passkeys::on(&server).await;
    let token = world.token("alice").await;
    let mut authenticator = Authenticator::es256();
    world.register(&token, &mut authenticator).await;
    server.user(&world.pool, "bob", &[]).await;
    for again in [world.token("bob").await, token.clone()] {
        let credential = authenticator.create(&world.start(&again).await);
        server
            .refuses_as(
                "CompleteWebAuthnRegistration",
                completing(&again, credential),
                "PasskeyExists",
            )
            .await;
    }
    for _ in 1..20 {
        world.register(&token, &mut Authenticator::es256()).await;
    }
    let input = json!({ "AccessToken": token });
    server
        .refuses_as("StartWebAuthnRegistration", input, "PasskeyTooMany")
        .await;

    // They go with their user.
    let alice = json!({ "UserPoolId": world.pool, "Username": "alice" });
    server.ok("AdminDeleteUser", alice).await;
    let bob = world.token("bob").await;
    world.register(&bob, &mut authenticator).await;
}

#[tokio::test]
async fn either_algorithm_and_attestation_signs_in() {
    let server = Server::start().await;
    let world = Passkeys::on(&server).await;
    let token = world.token("alice").await;
    for (mut authenticator, attestation) in [
        (Authenticator::es256(), Attestation::None),
        (Authenticator::rs256(), Attestation::SelfSigned),
    ] {
        authenticator.attestation = attestation;
        world.register(&token, &mut authenticator).await;
        let tokens = world.sign_in("alice", &mut authenticator).await;
        assert_eq!(claims(&tokens["IdToken"])["cognito:username"], "alice");
        // The counter goes on from there; a user handle may be missing, since the user was named.
        authenticator.handle = None;
        world.sign_in("alice", &mut authenticator).await;
    }
    // Synchronised passkeys do not count.
    let mut synchronised = Authenticator::es256();
    synchronised.count = None;
    synchronised.synchronised = true;
    synchronised.verifies = false;
    world.register(&token, &mut synchronised).await;
    world.sign_in("alice", &mut synchronised).await;
    world.sign_in("alice", &mut synchronised).await;
}

#[tokio::test]
async fn the_challenge_names_the_users_passkeys_for_this_relying_party() {
    let server = Server::start().await;
    let world = Passkeys::on(&server).await;
    let token = world.token("alice").await;
    let mut authenticator = Authenticator::es256();
    world.register(&token, &mut authenticator).await;
    let (options, _) = world.challenge("alice").await;
    let challenge = text(&options["challenge"]);
    assert_eq!(challenge.len(), 22);
    assert_eq!(
        options,
        json!({
            "challenge": challenge,
            "timeout": 180000,
            "rpId": "localhost",
            "allowCredentials": [{ "type": "public-key", "id": authenticator.credential_id(), "transports": ["internal", "hybrid"] }],
            "userVerification": "preferred",
        })
    );
}

#[tokio::test]
async fn an_answer_that_is_not_the_users_own_shuts_them_out() {
    let server = Server::start().await;
    let world = Passkeys::on(&server).await;
    let token = world.token("alice").await;
    let mut mine = Authenticator::es256();
    mine.count = Some(10);
    world.register(&token, &mut mine).await;
    server.user(&world.pool, "bob", &[]).await;
    let mut bobs = Authenticator::es256();
    world.register(&world.token("bob").await, &mut bobs).await;

    for lie in [
        (|it| it.challenge = Some("AAAAAAAAAAAAAAAAAAAAAA".to_owned())) as fn(&mut Authenticator),
        |it| it.origin = "https://evil.example".to_owned(),
        |it| it.cross_origin = true,
        |it| it.relying_party = Some("example.com".to_owned()),
        |it| it.present = false,
        |it| it.count = Some(3),
        |it| it.count = None,
        |it| it.synchronised = true,
        |it| it.handle = Some("c29tZWJvZHkgZWxzZSB3aXRoIDM2IGJ5dGVzIG9mIG5hbWU".to_owned()),
        |it| it.id = vec![7; 32],
    ] {
        let honest = (
            mine.id.clone(),
            mine.handle.clone(),
            mine.origin.clone(),
            mine.count,
        );
        lie(&mut mine);
        world.shuts_out("alice", &mut mine).await;
        (mine.id, mine.handle, mine.origin, mine.count) = honest;
        mine.challenge = None;
        mine.cross_origin = false;
        mine.relying_party = None;
        mine.present = true;
        mine.synchronised = false;
        // It was the lie that shut them out.
        world.sign_in("alice", &mut mine).await;
    }
    // Somebody else's passkey, and somebody else's that says it is mine.
    world.shuts_out("alice", &mut bobs).await;
    bobs.id = mine.id.clone();
    bobs.handle = mine.handle.clone();
    world.shuts_out("alice", &mut bobs).await;

    // No signature, another type of answer, no JSON.
    let (options, session) = world.challenge("alice").await;
    let mut credential = mine.get(&options);
    credential["response"]["signature"] = json!("AAAA");
    for wrong in [
        credential,
        mine.create(&json!({ "user": { "id": "" }, "rp": { "id": "localhost" }, "challenge": options["challenge"] })),
        json!("nonsense"),
        json!({}),
    ] {
        let input = world.answer("alice", &session, &wrong);
        server
            .refuses_as("RespondToAuthChallenge", input, "BadCredentials")
            .await;
    }
}

#[tokio::test]
async fn no_byte_of_an_answer_can_be_altered() {
    let server = Server::start().await;
    let world = Passkeys::on(&server).await;
    let token = world.token("alice").await;
    let mut authenticator = Authenticator::es256();
    world.register(&token, &mut authenticator).await;
    let (options, session) = world.challenge("alice").await;
    let credential = authenticator.get(&options);
    for member in ["authenticatorData", "clientDataJSON", "signature"] {
        let bytes = text(&credential["response"][member]);
        let bytes = URL_SAFE_NO_PAD.decode(bytes).unwrap();
        for wrong in changed(&bytes) {
            let mut credential = credential.clone();
            credential["response"][member] = json!(URL_SAFE_NO_PAD.encode(wrong));
            let input = world.answer("alice", &session, &credential);
            server.refuses("RespondToAuthChallenge", input, BAD).await;
        }
    }
    let input = world.answer("alice", &session, &credential);
    server.ok("RespondToAuthChallenge", input).await;
}

#[tokio::test]
async fn whatever_a_registration_holds_it_is_taken_or_refused() {
    let server = Server::start().await;
    let world = Passkeys::on(&server).await;
    let token = world.token("alice").await;
    let credential = Authenticator::es256().create(&world.start(&token).await);
    let object = text(&credential["response"]["attestationObject"]);
    let object = URL_SAFE_NO_PAD.decode(object).unwrap();
    for wrong in changed(&object) {
        let mut authenticator = Authenticator::es256();
        let mut credential = authenticator.create(&world.start(&token).await);
        // Without the members that would only be compared with it.
        credential = json!({ "response": {
            "clientDataJSON": credential["response"]["clientDataJSON"],
            "attestationObject": URL_SAFE_NO_PAD.encode(wrong),
        } });
        // The support refuses a 500, and every code that the model does not list.
        server
            .call(
                "CompleteWebAuthnRegistration",
                completing(&token, credential),
            )
            .await;
        for taken in world.list(&token).await {
            let input = json!({ "AccessToken": token, "CredentialId": taken["CredentialId"] });
            server.ok("DeleteWebAuthnCredential", input).await;
        }
    }
}

/// The bytes with each one changed, and cut at each.
fn changed(bytes: &[u8]) -> Vec<Vec<u8>> {
    let one = |at: usize| {
        let mut changed = bytes.to_vec();
        changed[at] ^= 1;
        changed
    };
    let changed = (0..bytes.len()).map(one);
    let cut = (0..bytes.len()).map(|at| bytes[..at].to_vec());
    changed.chain(cut).collect()
}

#[tokio::test]
async fn an_answer_counts_once() {
    let server = Server::start().await;
    let world = Passkeys::on(&server).await;
    let token = world.token("alice").await;
    let mut authenticator = Authenticator::es256();
    // Without a counter it is the session alone that ends a replay.
    authenticator.count = None;
    world.register(&token, &mut authenticator).await;
    let (options, session) = world.challenge("alice").await;
    let credential = authenticator.get(&options);
    let input = world.answer("alice", &session, &credential);
    server.ok("RespondToAuthChallenge", input.clone()).await;
    server
        .refuses_as("RespondToAuthChallenge", input, "SessionSpent")
        .await;
    // Nor with another session, whose challenge is another.
    let (_, session) = world.challenge("alice").await;
    let input = world.answer("alice", &session, &credential);
    server.refuses("RespondToAuthChallenge", input, BAD).await;

    // Nor late.
    let (options, session) = world.challenge("alice").await;
    let input = world.answer("alice", &session, &authenticator.get(&options));
    server.advance(Duration::from_secs(180));
    server
        .refuses_as("RespondToAuthChallenge", input, "SessionExpired")
        .await;
}

#[tokio::test]
async fn a_passkey_opens_no_other_pool_and_ends_when_it_is_deleted() {
    let server = Server::start().await;
    let world = Passkeys::on(&server).await;
    let token = world.token("alice").await;
    let mut authenticator = Authenticator::es256();
    world.register(&token, &mut authenticator).await;

    let other = Passkeys::on(&server).await;
    let others = other.token("alice").await;
    let mut registered = Authenticator::es256();
    other.register(&others, &mut registered).await;
    other.shuts_out("alice", &mut authenticator).await;

    // Deleted between the challenge and the answer.
    let (options, session) = world.challenge("alice").await;
    let input = json!({ "AccessToken": token, "CredentialId": authenticator.credential_id() });
    server.ok("DeleteWebAuthnCredential", input).await;
    let input = world.answer("alice", &session, &authenticator.get(&options));
    server.refuses("RespondToAuthChallenge", input, BAD).await;

    // From then on the user is offered what is left.
    let answer = server
        .ok("InitiateAuth", with_passkey(&world.client, "alice"))
        .await;
    assert_eq!(answer["ChallengeName"], "SELECT_CHALLENGE");
    let available = answer["AvailableChallenges"].as_array().unwrap();
    assert!(!available.contains(&json!("WEB_AUTHN")), "{answer}");
    assert!(available.contains(&json!("PASSWORD")), "{answer}");
}

#[tokio::test]
async fn a_pool_that_wants_users_verified_takes_no_answer_without() {
    let server = Server::start().await;
    let world = Passkeys::on(&server).await;
    let token = world.token("alice").await;
    let mut authenticator = Authenticator::es256();
    world.register(&token, &mut authenticator).await;
    authenticator.verifies = false;
    world.sign_in("alice", &mut authenticator).await;
    for wanted in [
        json!({ "RelyingPartyId": "localhost", "UserVerification": "required" }),
        json!({ "RelyingPartyId": "localhost", "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION" }),
    ] {
        world.configure(wanted).await;
        authenticator.verifies = false;
        world.shuts_out("alice", &mut authenticator).await;
        authenticator.verifies = true;
        world.sign_in("alice", &mut authenticator).await;
    }
}

#[tokio::test]
async fn a_disabled_user_and_another_users_name_open_nothing() {
    let server = Server::start().await;
    let world = Passkeys::on(&server).await;
    let token = world.token("alice").await;
    let mut authenticator = Authenticator::es256();
    world.register(&token, &mut authenticator).await;
    server.user(&world.pool, "bob", &[]).await;
    let (options, session) = world.challenge("alice").await;
    let input = world.answer("bob", &session, &authenticator.get(&options));
    server
        .refuses_as("RespondToAuthChallenge", input, "SessionInvalid")
        .await;

    let (options, session) = world.challenge("alice").await;
    let alice = json!({ "UserPoolId": world.pool, "Username": "alice" });
    server.ok("AdminDisableUser", alice).await;
    let input = world.answer("alice", &session, &authenticator.get(&options));
    server
        .refuses_as("RespondToAuthChallenge", input, "UserDisabled")
        .await;
    let input = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": world.client,
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": PASSWORD },
    });
    server
        .refuses_as("InitiateAuth", input, "UserDisabled")
        .await;
}
