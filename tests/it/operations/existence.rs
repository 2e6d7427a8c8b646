//! PreventUserExistenceErrors: a client that hides which users exist gets answers in the name of
//! nobody that look like a user's, member for member and to the character; and they cost the server
//! the same work.
//!
//! Here are all challenges of all flows. What each operation says in words is in the files of the
//! operations; CUSTOM_AUTH is in `triggers::custom_auth`, the pages are in `pages::recover`.

use serde_json::{Value, json};

use crate::support::devices::Device;
use crate::support::log::Log;
use crate::support::srp::SrpClient;
use crate::support::totp::App;
use crate::support::{PASSWORD, Server, keys, merge, shape, text, with_password};

/// The one length of every `Session` and every SECRET_BLOCK, in characters.
const SESSION: usize = 1_408;
const SECRET_BLOCK: usize = 3_456;

const EMAIL: &str = "someone.with.a.long.name@mail.subsidiary.example.com";
const NUMBER: &str = "+12065559934";
const ROLE: &str = "arn:aws:iam::123456789012:role/sms";
const NEW: &str = "N3wPassword!";
/// A code that nobody was sent.
const WRONG: &str = "000000x";

const FLOWS: [&str; 5] = [
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
];

struct World {
    server: Server,
    pool: String,
    client: String,
    srp: SrpClient,
}

impl World {
    async fn with(settings: Value) -> Self {
        let server = Server::start().await;
        let factors = ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"];
        let mut all = json!({
            "AutoVerifiedAttributes": ["email"],
            "SmsConfiguration": { "SnsCallerArn": ROLE },
            "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": false },
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": factors } },
        });
        merge(&mut all, settings);
        let pool = server.pool(all).await;
        let passkeys = json!({
            "UserPoolId": pool,
            "WebAuthnConfiguration": { "RelyingPartyId": "localhost" },
        });
        server.ok("SetUserPoolMfaConfig", passkeys).await;
        let hiding = json!({
            "ExplicitAuthFlows": FLOWS,
            "PreventUserExistenceErrors": "ENABLED",
        });
        Self {
            client: server.client_id(&pool, hiding).await,
            server,
            pool,
            srp: SrpClient::new("a"),
        }
    }

    async fn user(&self, name: &str, attributes: &[(&str, &str)]) {
        let mut all = vec![("email_verified", "true"), ("phone_number", NUMBER)];
        all.extend(attributes);
        self.server.user(&self.pool, name, &all).await;
    }

    async fn answer(&self, operation: &'static str, input: Value) -> Value {
        let reply = self.server.call(operation, input).await;
        reply.json()
    }

    /// InitiateAuth, or its admin twin.
    async fn begin(&self, admin: bool, flow: &str, name: &str, more: Value) -> Value {
        let mut given = json!({ "USERNAME": name });
        merge(&mut given, more);
        let mut input = json!({
            "AuthFlow": flow,
            "ClientId": self.client,
            "AuthParameters": given,
        });
        if !admin {
            return self.answer("InitiateAuth", input).await;
        }
        input["UserPoolId"] = json!(self.pool);
        self.answer("AdminInitiateAuth", input).await
    }

    async fn respond(&self, admin: bool, mut input: Value) -> Value {
        input["ClientId"] = json!(self.client);
        if !admin {
            return self.answer("RespondToAuthChallenge", input).await;
        }
        input["UserPoolId"] = json!(self.pool);
        self.answer("AdminRespondToAuthChallenge", input).await
    }

    /// Every answer that somebody without a password gets in this name, with what was asked.
    async fn answers(&self, name: &str) -> Vec<(String, Value)> {
        let mut all = Vec::new();
        for admin in [false, true] {
            for device in [None, Some("us-east-1_x".to_owned()), Some("d".repeat(900))] {
                for (asked, answer) in self.sign_ins(admin, device.as_deref(), name).await {
                    let length = device.as_ref().map(String::len);
                    let asked = format!("{asked}, admin: {admin}, device: {length:?}");
                    all.push((asked, answer));
                }
            }
        }
        let input = json!({ "ClientId": self.client, "Username": name });
        for operation in ["ForgotPassword", "ForgotPassword"] {
            all.push((
                operation.to_owned(),
                self.answer(operation, input.clone()).await,
            ));
        }
        let mut reset = input;
        merge(
            &mut reset,
            json!({ "ConfirmationCode": WRONG, "Password": NEW }),
        );
        let operation = "ConfirmForgotPassword";
        all.push((operation.to_owned(), self.answer(operation, reset).await));
        all
    }

    async fn sign_ins(
        &self,
        admin: bool,
        device: Option<&str>,
        name: &str,
    ) -> Vec<(String, Value)> {
        let with_device = |mut more: Value| {
            if let Some(key) = device {
                more["DEVICE_KEY"] = json!(key);
            }
            more
        };
        let public = self.srp.public();
        let mut all = Vec::new();
        let password = with_device(json!({ "PASSWORD": "Wrong0ne!" }));
        let flow = if admin {
            "ADMIN_USER_PASSWORD_AUTH"
        } else {
            "USER_PASSWORD_AUTH"
        };
        let refused = self.begin(admin, flow, name, password).await;
        all.push((flow.to_owned(), refused));

        let key = with_device(json!({ "SRP_A": public }));
        let asked = self.begin(admin, "USER_SRP_AUTH", name, key).await;
        let proof = self
            .srp
            .answer(&self.pool, &self.client, &asked, "Wrong0ne!");
        all.push(("USER_SRP_AUTH".to_owned(), asked));
        all.push(("the proof".to_owned(), self.respond(admin, proof).await));

        let preferences = [
            "",
            "PASSWORD",
            "PASSWORD_SRP",
            "EMAIL_OTP",
            "SMS_OTP",
            "WEB_AUTHN",
        ];
        for preferred in preferences {
            let mut more = with_device(json!({ "SRP_A": public }));
            if !preferred.is_empty() {
                more["PREFERRED_CHALLENGE"] = json!(preferred);
            }
            let asked = self.begin(admin, "USER_AUTH", name, more).await;
            let challenge = text(&asked["ChallengeName"]);
            all.push((format!("USER_AUTH {preferred}"), asked.clone()));
            for (response, value) in [
                ("PASSWORD", "Wrong0ne!"),
                ("EMAIL_OTP_CODE", WRONG),
                ("SMS_OTP_CODE", WRONG),
            ] {
                let answer = self.answer_to(&asked, name, json!({ response: value }));
                let answer = self.respond(admin, answer).await;
                all.push((format!("{response} to {challenge}"), answer));
            }
            if challenge == "PASSWORD_VERIFIER" {
                continue;
            }
            // Any other factor may be chosen instead; each choice uses the session up.
            for factor in ["PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "PASSWORD"] {
                let mut more = with_device(json!({ "SRP_A": public }));
                if !preferred.is_empty() {
                    more["PREFERRED_CHALLENGE"] = json!(preferred);
                }
                let asked = self.begin(admin, "USER_AUTH", name, more).await;
                let chosen = json!({ "ANSWER": factor, "SRP_A": public, "PASSWORD": "Wrong0ne!" });
                let mut answer = self.answer_to(&asked, name, with_device(chosen));
                answer["ChallengeName"] = json!("SELECT_CHALLENGE");
                let answer = self.respond(admin, answer).await;
                all.push((format!("{factor} in place of {challenge}"), answer));
            }
        }
        // The challenge that asks for A.
        let asked = self.begin(admin, "USER_AUTH", name, json!({})).await;
        let mut answer = self.answer_to(&asked, name, json!({ "ANSWER": "PASSWORD_SRP" }));
        answer["ChallengeName"] = json!("SELECT_CHALLENGE");
        all.push(("no A".to_owned(), self.respond(admin, answer).await));
        all
    }

    fn answer_to(&self, asked: &Value, name: &str, more: Value) -> Value {
        let mut given = json!({ "USERNAME": name });
        merge(&mut given, more);
        json!({
            "ChallengeName": asked["ChallengeName"],
            "Session": asked["Session"],
            "ChallengeResponses": given,
        })
    }

    /// A name that nobody has, of the same form as this one, whose made-up owner seems to have the
    /// same factors: which those are depends on the name.
    async fn nobody_like(&self, known: &str, make: impl Fn(char) -> String) -> String {
        let offered = async |name: &str| {
            let asked = self.begin(false, "USER_AUTH", name, json!({})).await;
            asked["AvailableChallenges"].clone()
        };
        let expected = offered(known).await;
        assert!(expected.as_array().is_some_and(|all| all.len() > 1));
        for letter in 'b'..='z' {
            let name = make(letter);
            if offered(&name).await == expected {
                return name;
            }
        }
        panic!("nobody has the factors of {known}");
    }

    /// Compares the answers in both names.
    async fn compare(&self, known: &str, unknown: &str, differs: &[&str]) {
        let mut widths = Vec::new();
        let (known, unknown) = (self.answers(known).await, self.answers(unknown).await);
        assert_eq!(known.len(), unknown.len());
        for ((asked, known), (_, unknown)) in known.iter().zip(&unknown) {
            let (mut one, mut other) = (shape(known), shape(unknown));
            for (document, shaped) in [(known, &mut one), (unknown, &mut other)] {
                let parameters = &document["ChallengeParameters"];
                if let Some(session) = document.get("Session") {
                    widths.push((asked, SESSION, text(session).len()));
                }
                if let Some(block) = parameters.get("SECRET_BLOCK") {
                    widths.push((asked, SECRET_BLOCK, text(block).len()));
                    assert_eq!(text(&parameters["SALT"]).len(), 32, "{asked}");
                    // As many digits as the number happens to have.
                    assert!(text(&parameters["SRP_B"]).len() > 760, "{asked}");
                    shaped["ChallengeParameters"]["SRP_B"] = Value::Null;
                    for name in differs {
                        shaped["ChallengeParameters"][*name] = Value::Null;
                    }
                }
            }
            assert_eq!(one, other, "{asked}: {known} {unknown}");
        }
        let challenges = known.iter().map(|(_, answer)| &answer["ChallengeName"]);
        let challenges: Vec<_> = challenges.filter_map(Value::as_str).collect();
        for challenge in [
            "PASSWORD",
            "PASSWORD_VERIFIER",
            "EMAIL_OTP",
            "SMS_OTP",
            "SELECT_CHALLENGE",
        ] {
            assert!(challenges.contains(&challenge), "{challenge}");
        }
        assert!(widths.len() > 100);
        for (asked, expected, width) in widths {
            assert_eq!(width, expected, "{asked}");
        }
    }
}

#[tokio::test]
async fn nobody_looks_like_somebody_in_every_flow_and_challenge() {
    let world = World::with(json!({})).await;
    type Name = fn(char) -> String;
    let names: [Name; 4] = [
        |letter| letter.to_string(),
        |letter| format!("someone.{letter}"),
        // The longest name there is, and the widest.
        |letter| format!("{}{letter}", "x".repeat(127)),
        |letter| format!("{}{letter}", "\u{1F600}".repeat(63)),
    ];
    for name in names {
        let known = name('a');
        world.user(&known, &[("email", EMAIL)]).await;
        let unknown = world.nobody_like(&known, name).await;
        world.compare(&known, &unknown, &[]).await;
    }
    // A character that JSON escapes.
    let make = |letter| format!("{}{letter}", "\"".repeat(127));
    let known = make('a');
    world.user(&known, &[("email", EMAIL)]).await;
    let unknown = world.nobody_like(&known, make).await;
    world.compare(&known, &unknown, &[]).await;
}

#[tokio::test]
async fn nobody_looks_like_somebody_by_an_alias_and_by_an_address() {
    let make = |letter| format!("someone.{letter}@example.com");
    let known = make('a');
    // Where the address is the name, users are called by their sub, which tells nothing.
    let world = World::with(json!({ "UsernameAttributes": ["email"] })).await;
    world.user(&known, &[]).await;
    let unknown = world.nobody_like(&known, make).await;
    world.compare(&known, &unknown, &[]).await;
    // An alias is answered with the user name, as on AWS.
    let world = World::with(json!({ "AliasAttributes": ["email", "phone_number"] })).await;
    let verified = [("email", known.as_str()), ("phone_number_verified", "true")];
    let recovery = json!([{ "Priority": 1, "Name": "verified_email" }]);
    let update = json!({
        "UserPoolId": world.pool,
        "AccountRecoverySetting": { "RecoveryMechanisms": recovery },
    });
    world.server.ok("UpdateUserPool", update).await;
    world.user("alice", &verified).await;
    let unknown = world.nobody_like(&known, make).await;
    let names = ["USERNAME", "USER_ID_FOR_SRP"];
    world.compare(&known, &unknown, &names).await;
}

#[tokio::test]
async fn the_case_of_a_name_that_nobody_has_is_the_pools() {
    let settings = json!({ "UsernameConfiguration": { "CaseSensitive": false } });
    let world = World::with(settings).await;
    world.user("alice", &[("email", EMAIL)]).await;
    for name in ["alice", "nobody"] {
        let mut salts = Vec::new();
        for typed in [name.to_owned(), name.to_uppercase()] {
            let key = json!({ "SRP_A": world.srp.public() });
            let asked = world.begin(false, "USER_SRP_AUTH", &typed, key).await;
            let parameters = &asked["ChallengeParameters"];
            assert_eq!(parameters["USERNAME"], name);
            assert_eq!(parameters["USER_ID_FOR_SRP"], name);
            salts.push(text(&parameters["SALT"]));
        }
        assert_eq!(salts[0], salts[1], "{name}");
    }
}

#[tokio::test]
async fn what_follows_a_password_has_the_same_width() {
    let world = World::with(json!({})).await;
    let (server, client) = (&world.server, world.client.as_str());
    world.user("alice", &[("email", EMAIL)]).await;
    let width = |answer: &Value| text(&answer["Session"]).len();

    let temporary = json!({
        "UserPoolId": world.pool,
        "Username": "carol",
        "TemporaryPassword": PASSWORD,
        "MessageAction": "SUPPRESS",
    });
    server.ok("AdminCreateUser", temporary).await;
    let asked = server
        .ok("InitiateAuth", with_password(client, "carol", PASSWORD))
        .await;
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    assert_eq!(width(&asked), SESSION);

    // A device's own SRP.
    let tokens = server.sign_in(client, "alice").await;
    let device = Device::new(&tokens["NewDeviceMetadata"], "alice");
    let confirm = json!({
        "AccessToken": tokens["AccessToken"],
        "DeviceKey": device.key,
        "DeviceSecretVerifierConfig": device.verifier(&[7; 16]),
    });
    server.ok("ConfirmDevice", confirm).await;
    let mut begin = with_password(client, "alice", PASSWORD);
    begin["AuthParameters"]["DEVICE_KEY"] = json!(device.key);
    let asked = server.ok("InitiateAuth", begin).await;
    assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
    assert_eq!(width(&asked), SESSION);
    let mut answer = world.srp.begin_device(client, "alice", &device);
    answer["Session"] = asked["Session"].clone();
    let asked = server.ok("RespondToAuthChallenge", answer).await;
    assert_eq!(asked["ChallengeName"], "DEVICE_PASSWORD_VERIFIER");
    assert_eq!(width(&asked), SESSION);
    let block = text(&asked["ChallengeParameters"]["SECRET_BLOCK"]);
    assert_eq!(block.len(), SECRET_BLOCK);

    // A second factor: to be set up, and asked for.
    let factors = json!({
        "UserPoolId": world.pool,
        "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "SmsMfaConfiguration": {},
    });
    server.ok("SetUserPoolMfaConfig", factors).await;
    let both = json!({
        "UserPoolId": world.pool,
        "Username": "alice",
        "SMSMfaSettings": { "Enabled": true },
    });
    let asked = server
        .ok(
            "AssociateSoftwareToken",
            json!({ "AccessToken": tokens["AccessToken"] }),
        )
        .await;
    let code = App::new(&asked["SecretCode"]).code(0);
    let verify = json!({ "AccessToken": tokens["AccessToken"], "UserCode": code });
    server.ok("VerifySoftwareToken", verify).await;
    server.ok("AdminSetUserMFAPreference", both).await;
    let asked = server
        .ok("InitiateAuth", with_password(client, "alice", PASSWORD))
        .await;
    assert_eq!(keys(&asked).len(), 3, "{asked}");
    assert_eq!(width(&asked), SESSION, "{asked}");
}

fn recovery(names: &[&str]) -> Value {
    let list = (1_u8..).zip(names);
    let list = list.map(|(priority, name)| json!({ "Priority": priority, "Name": name }));
    json!({ "RecoveryMechanisms": list.collect::<Vec<_>>() })
}

#[tokio::test]
async fn a_simulated_code_goes_by_the_medium_that_the_pool_would_use() {
    let sms = json!({ "SnsCallerArn": ROLE });
    let (by_email, by_number) = (("EMAIL", "email"), ("SMS", "phone_number"));
    for (settings, expected) in [
        (json!({}), by_email),
        (json!({ "AutoVerifiedAttributes": ["email"] }), by_email),
        (
            json!({ "AutoVerifiedAttributes": ["email"], "SmsConfiguration": sms }),
            by_email,
        ),
        (
            json!({ "AutoVerifiedAttributes": ["phone_number"], "SmsConfiguration": sms }),
            by_number,
        ),
        (
            json!({
                "AutoVerifiedAttributes": ["email", "phone_number"],
                "SmsConfiguration": sms,
            }),
            by_number,
        ),
        (
            json!({
                "AutoVerifiedAttributes": ["email", "phone_number"],
                "SmsConfiguration": sms,
                "AccountRecoverySetting":
                    recovery(&["verified_email", "verified_phone_number"]),
            }),
            by_email,
        ),
        (
            json!({
                "AutoVerifiedAttributes": ["email"],
                "SmsConfiguration": sms,
                "AccountRecoverySetting":
                    recovery(&["verified_phone_number", "verified_email"]),
            }),
            by_email,
        ),
        (
            json!({
                "AutoVerifiedAttributes": ["email"],
                "SmsConfiguration": sms,
                "AccountRecoverySetting": recovery(&["verified_phone_number"]),
            }),
            by_number,
        ),
        (json!({ "SmsConfiguration": sms }), by_number),
        (
            json!({ "SmsConfiguration": sms, "AliasAttributes": ["email"] }),
            by_email,
        ),
        (json!({ "UsernameAttributes": ["email"] }), by_email),
    ] {
        let server = Server::start().await;
        let pool = server.pool(settings.clone()).await;
        let hiding = json!({ "PreventUserExistenceErrors": "ENABLED" });
        let client = server.client_id(&pool, hiding).await;
        let asked = json!({ "ClientId": client, "Username": "nobody" });
        let sent = server.ok("ForgotPassword", asked.clone()).await;
        let details = &sent["CodeDeliveryDetails"];
        let found = (&details["DeliveryMedium"], &details["AttributeName"]);
        let expected = (&json!(expected.0), &json!(expected.1));
        assert_eq!(found, expected, "{settings}");
        let example = match expected.1.as_str() {
            Some("email") => "f***@e***",
            _ => "+*******9934",
        };
        assert_eq!(shape(&details["Destination"]), shape(&json!(example)));
        assert_eq!(server.ok("ForgotPassword", asked).await, sent, "{settings}");
        assert!(server.inbox("").await.is_empty());
    }
}

#[tokio::test]
async fn a_sign_up_that_nobody_made_is_sent_a_code_and_confirmed_like_another() {
    let world = World::with(json!({})).await;
    let server = &world.server;
    let sign_up = json!({
        "ClientId": world.client,
        "Username": "alice",
        "Password": PASSWORD,
        "UserAttributes": [{ "Name": "email", "Value": EMAIL }],
    });
    server.ok("SignUp", sign_up).await;
    let named = |name: &str| json!({ "ClientId": world.client, "Username": name });
    let known = server.ok("ResendConfirmationCode", named("alice")).await;
    let unknown = server.ok("ResendConfirmationCode", named("wendy")).await;
    assert_eq!(shape(&known), shape(&unknown));
    assert_eq!(
        server.ok("ResendConfirmationCode", named("wendy")).await,
        unknown
    );
    assert!(server.inbox("").await.iter().all(|one| one["to"] == EMAIL));
    // As documented: as if the code had expired.
    let mut confirm = named("wendy");
    confirm["ConfirmationCode"] = json!("123456");
    let expired = "ExpiredCodeException: Invalid code provided, please request a code again.";
    server.refuses("ConfirmSignUp", confirm, expired).await;
}

#[tokio::test]
async fn a_wrong_code_costs_no_verifier_whoever_it_is() {
    let world = World::with(json!({})).await;
    let server = &world.server;
    world.user("alice", &[("email", EMAIL)]).await;
    let log = Log::listen();
    let computed = || log.count("a password's verifier is computed");
    let reset = |name: &str, code: &str| {
        json!({
            "ClientId": world.client,
            "Username": name,
            "ConfirmationCode": code,
            "Password": NEW,
        })
    };
    for name in ["alice", "nobody"] {
        // Never asked for, and then wrong.
        server
            .refuses_as("ConfirmForgotPassword", reset(name, WRONG), "CodeExpired")
            .await;
        let asked = json!({ "ClientId": world.client, "Username": name });
        server.ok("ForgotPassword", asked).await;
        server
            .refuses_as("ConfirmForgotPassword", reset(name, WRONG), "CodeMismatch")
            .await;
    }
    assert_eq!(computed(), 0);
    let code = server.code(EMAIL).await;
    server
        .ok("ConfirmForgotPassword", reset("alice", &code))
        .await;
    assert_eq!(computed(), 1, "nothing is counted");
    // A name that is taken costs as much as one that is not.
    for (name, expected) in [("alice", 2), ("wendy", 3)] {
        let input = json!({
            "ClientId": world.client,
            "Username": name,
            "Password": PASSWORD,
        });
        server.call("SignUp", input).await;
        assert_eq!(computed(), expected, "{name}");
    }
}
