//! Random, altered and misplaced answers to every challenge: never a panic, a 500 or a token.
//!
//! The same requests in every run, [`LEAST`] of them; with `MOCKNITO_FUZZ_SECONDS` as many more as
//! fit into that time (`tests/run` gives it a minute). What could rightly sign in never
//! goes in: passwords and device secrets here are wrong, new passwords too short. Next:
//! `operations/srp.rs` and its neighbours for the refusals that have names.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use mocknito::random::{Random, RequestRng};
use mocknito::wire::user_pools::{AuthFlowType, ChallengeNameType};
use rand::RngExt;
use serde_json::{Map, Value, json};

use crate::support::devices::Device;
use crate::support::srp::{SrpClient, timestamp};
use crate::support::totp::App;
use crate::support::{PASSWORD, START, Server};

const WRONG: &str = "Wr0ng!pass";
const PREFIX: &str = "AWSCognitoIdentityProviderService";
/// Requests until everything is begun anew: sessions are spent and accounts locked by then.
const ROUND: usize = 150;
/// Requests of a run: five rounds, so that each kind of pool has had one.
const LEAST: usize = 5 * ROUND;

/// Every response that any challenge knows.
const RESPONSES: &[&str] = &[
    "USERNAME",
    "SECRET_HASH",
    "DEVICE_KEY",
    "SRP_A",
    "PASSWORD_CLAIM_SIGNATURE",
    "PASSWORD_CLAIM_SECRET_BLOCK",
    "TIMESTAMP",
    "SMS_MFA_CODE",
    "SMS_OTP_CODE",
    "EMAIL_OTP_CODE",
    "SOFTWARE_TOKEN_MFA_CODE",
    "NEW_PASSWORD",
    "userAttributes.name",
    "userAttributes.",
    "ANSWER",
    "PASSWORD",
    "CREDENTIAL",
    "EMAIL",
    "PREFERRED_CHALLENGE",
    "CHALLENGE_NAME",
    "REFRESH_TOKEN",
    "ACCESS_TOKEN",
    "TARGET_ACR_VALUES",
    "MAX_AGE",
];

/// A challenge that somebody was really given.
struct Given {
    name: String,
    session: Value,
    parameters: Map<String, Value>,
    /// The answer to it, once somebody has computed it.
    proof: Option<Value>,
}

struct Fuzz {
    server: Server,
    rng: RequestRng,
    pools: Vec<(String, String)>,
    srp: SrpClient,
    device: Option<Device>,
    /// The texts that clients were given: sessions, blocks, salts, keys.
    seen: Vec<String>,
    challenges: Vec<Given>,
    round: usize,
    now: i64,
}

impl Fuzz {
    async fn start() -> Self {
        let server = Server::start().await;
        let mut pools = Vec::new();
        let first_factors = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"] } });
        let devices = json!({ "ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false });
        let sms = json!({ "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" });
        for (settings, mfa) in [
            (json!({}), None),
            (json!({ "SmsConfiguration": sms }), Some("ON")),
            (json!({ "DeviceConfiguration": devices }), None),
            (
                json!({ "SmsConfiguration": sms, "DeviceConfiguration": devices }),
                Some("OPTIONAL"),
            ),
            (
                json!({ "Policies": first_factors, "UsernameConfiguration": { "CaseSensitive": false } }),
                None,
            ),
        ] {
            let pool = server.pool(settings).await;
            if let Some(mfa) = mfa {
                let config = json!({
                    "UserPoolId": pool,
                    "MfaConfiguration": mfa,
                    "SoftwareTokenMfaConfiguration": { "Enabled": true },
                    "SmsMfaConfiguration": { "SmsConfiguration": sms },
                });
                server.ok("SetUserPoolMfaConfig", config).await;
            }
            for hides in ["LEGACY", "ENABLED"] {
                let flows = [
                    "ALLOW_USER_PASSWORD_AUTH",
                    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
                    "ALLOW_USER_SRP_AUTH",
                    "ALLOW_CUSTOM_AUTH",
                    "ALLOW_USER_AUTH",
                    "ALLOW_REFRESH_TOKEN_AUTH",
                ];
                let client =
                    json!({ "ExplicitAuthFlows": flows, "PreventUserExistenceErrors": hides });
                let client = server.client_id(&pool, client).await;
                pools.push((pool.clone(), client));
            }
        }
        Self {
            server,
            rng: Random::new(Some(4)).generator(),
            pools,
            srp: SrpClient::new("a"),
            device: None,
            seen: Vec::new(),
            challenges: Vec::new(),
            round: 0,
            now: START,
        }
    }

    /// New users, and a challenge of every kind that can be had.
    async fn begin_round(&mut self) {
        self.server.advance(Duration::from_secs(3_700));
        self.now += 3_700;
        self.seen.clear();
        self.challenges.clear();
        self.round += 1;
        let index = self.round % self.pools.len();
        let (pool, client) = self.pools[index].clone();
        let (user, fresh) = (
            format!("user{}", self.round),
            format!("fresh{}", self.round),
        );
        let mail = format!("{user}@example.com");
        let attributes = [("email", mail.as_str()), ("email_verified", "true")];
        self.server.user(&pool, &user, &attributes).await;
        let invited = json!({ "UserPoolId": pool, "Username": fresh, "TemporaryPassword": PASSWORD, "MessageAction": "SUPPRESS" });
        self.server.ok("AdminCreateUser", invited).await;
        self.seen
            .extend([user.clone(), fresh.clone(), client.clone(), pool.clone()]);

        self.device = None;
        let tokens = self
            .begin(
                &client,
                "USER_PASSWORD_AUTH",
                json!({ "USERNAME": user, "PASSWORD": PASSWORD }),
            )
            .await;
        let result = &tokens["AuthenticationResult"];
        if result["NewDeviceMetadata"].is_object() {
            let device = Device::new(&result["NewDeviceMetadata"], "secret");
            let confirm = json!({
                "AccessToken": result["AccessToken"],
                "DeviceKey": device.key,
                "DeviceSecretVerifierConfig": device.verifier(&[0x11; 16]),
            });
            self.server.ok("ConfirmDevice", confirm).await;
            let asked = json!({ "USERNAME": user, "PASSWORD": PASSWORD, "DEVICE_KEY": device.key });
            let asked = self.begin(&client, "USER_PASSWORD_AUTH", asked).await;
            let mut answer = self.srp.begin_device(&client, &user, &device);
            answer["Session"] = asked["Session"].clone();
            let challenge = self
                .server
                .call("RespondToAuthChallenge", answer)
                .await
                .json();
            self.keep(&challenge);
            // From here on it guesses.
            self.device = Some(Device {
                secret: WRONG.to_owned(),
                ..device
            });
        }
        let srp_a = self.srp.public();
        for (flow, parameters) in [
            ("USER_SRP_AUTH", json!({ "USERNAME": user, "SRP_A": srp_a })),
            (
                "USER_SRP_AUTH",
                json!({ "USERNAME": "nobody", "SRP_A": srp_a }),
            ),
            (
                "USER_PASSWORD_AUTH",
                json!({ "USERNAME": fresh, "PASSWORD": PASSWORD }),
            ),
            ("USER_AUTH", json!({ "USERNAME": user })),
            (
                "USER_AUTH",
                json!({ "USERNAME": user, "PREFERRED_CHALLENGE": "EMAIL_OTP" }),
            ),
            (
                "USER_AUTH",
                json!({ "USERNAME": user, "PREFERRED_CHALLENGE": "PASSWORD" }),
            ),
            (
                "USER_AUTH",
                json!({ "USERNAME": user, "PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": srp_a }),
            ),
            (
                "USER_AUTH",
                json!({ "USERNAME": user, "PREFERRED_CHALLENGE": "WEB_AUTHN" }),
            ),
            ("USER_AUTH", json!({ "USERNAME": "nobody" })),
            (
                "USER_AUTH",
                json!({ "USERNAME": user, "TARGET_ACR_VALUES": "urn:cognito:loa:2" }),
            ),
        ] {
            self.begin(&client, flow, parameters).await;
        }
        self.second_factors(&pool, &client).await;
    }

    /// Users with a number, with an app, with both, and with neither yet, as far as the pool has
    /// second factors.
    async fn second_factors(&mut self, pool: &str, client: &str) {
        for (kind, phone) in [
            ("sms", true),
            ("app", false),
            ("both", true),
            ("none", false),
        ] {
            let user = format!("{kind}{}", self.round);
            let mail = format!("{user}@example.com");
            let attributes = [
                ("email", mail.as_str()),
                ("email_verified", "true"),
                ("phone_number", "+12065559934"),
            ];
            let attributes = &attributes[..2 + usize::from(phone)];
            self.server.user(pool, &user, attributes).await;
            let password = json!({ "USERNAME": user, "PASSWORD": PASSWORD });
            let begun = self
                .begin(client, "USER_PASSWORD_AUTH", password.clone())
                .await;
            if kind == "app" || kind == "both" {
                let by = match begun["AuthenticationResult"]["AccessToken"].as_str() {
                    Some(token) => json!({ "AccessToken": token }),
                    None => json!({ "Session": begun["Session"] }),
                };
                let secret = self.server.call("AssociateSoftwareToken", by.clone()).await;
                if secret.status == 200 {
                    let secret = secret.json();
                    let mut verify = by;
                    if secret["Session"].is_string() {
                        verify["Session"] = secret["Session"].clone();
                    }
                    let step = (self.now - START) / 30;
                    verify["UserCode"] = json!(App::new(&secret["SecretCode"]).code(step));
                    let verified = self.server.call("VerifySoftwareToken", verify).await;
                    // That session would rightly finish the sign-in, so it is not kept.
                    assert!(verified.json().get("AuthenticationResult").is_none());
                }
            }
            let preference = json!({
                "UserPoolId": pool,
                "Username": user,
                "SMSMfaSettings": { "Enabled": phone },
                "SoftwareTokenMfaSettings": { "Enabled": kind == "app" || kind == "both" },
            });
            self.server
                .call("AdminSetUserMFAPreference", preference)
                .await;
            self.begin(client, "USER_PASSWORD_AUTH", password).await;
            // What is missing beside a token is asked for; the token is tried everywhere.
            if let Some(token) = begun["AuthenticationResult"]["AccessToken"].as_str() {
                for level in [3, 4] {
                    let level = format!("urn:cognito:loa:{level}");
                    let step_up = json!({ "USERNAME": user, "TARGET_ACR_VALUES": level, "ACCESS_TOKEN": token });
                    self.begin(client, "USER_AUTH", step_up).await;
                }
                self.seen.push(token.to_owned());
            }
        }
    }

    /// Begins a sign-in, whatever comes of it, and keeps the challenge.
    async fn begin(&mut self, client: &str, flow: &str, parameters: Value) -> Value {
        let input = json!({ "AuthFlow": flow, "ClientId": client, "AuthParameters": parameters });
        let answer = self.server.call("InitiateAuth", input).await.json();
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Value) {
        let parameters = answer["ChallengeParameters"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let session = answer["Session"].clone();
        let texts = parameters
            .values()
            .chain([&session])
            .filter_map(Value::as_str);
        self.seen.extend(texts.map(str::to_owned));
        if let Some(name) = answer["ChallengeName"].as_str() {
            let name = name.to_owned();
            self.challenges.push(Given {
                name,
                session,
                parameters,
                proof: None,
            });
        }
    }

    fn one_in(&mut self, odds: usize) -> bool {
        self.rng.random_range(0..odds) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.rng.random_range(0..from.len())]
    }

    fn text(&mut self, alphabet: &str, most: usize) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        let length = self.rng.random_range(0..=most);
        (0..length).map(|_| *self.pick(&alphabet)).collect()
    }

    /// Some text: seen before, altered, or made up.
    fn value(&mut self) -> String {
        const MADE_UP: &[&str] = &[
            "",
            "0",
            "null",
            "{}",
            "[]",
            "true",
            "-1",
            "nobody",
            "PASSWORD",
            "PASSWORD_SRP",
            "EMAIL_OTP",
            "SMS_OTP",
            "WEB_AUTHN",
            "SMS_MFA",
            "SOFTWARE_TOKEN_MFA",
            "SELECT_CHALLENGE",
            "urn:cognito:loa:1",
            "urn:cognito:loa:4 urn:cognito:loa:3 urn:cognito:loa:1",
            "\u{0}",
            "\u{202e}\u{1F600}",
            "' OR 1=1 --",
            "AAAA",
            "AYABe",
            "{\"id\":\"a\",\"rawId\":\"a\",\"type\":\"public-key\",\"response\":{}}",
            "{\"id\":\"YQ\",\"rawId\":\"YQ\",\"type\":\"public-key\",\"clientExtensionResults\":{},\"response\":{\"clientDataJSON\":\"e30\",\"authenticatorData\":\"AAAA\",\"signature\":\"AAAA\"}}",
        ];
        match self.rng.random_range(0..9) {
            0 | 1 => self.seen_text(),
            2 | 3 => {
                let text = self.seen_text();
                self.altered(&text)
            }
            4 => (*self.pick(MADE_UP)).to_owned(),
            5 => self.text("0123456789", 8),
            6 => self.text("0123456789abcdefABCDEF", 900),
            7 => self.text("ABCDEFGHabcdefgh0123456789+/=-_.", 400),
            _ => self.text("aZ0 \"\\\n\t{}:,ßé漢\u{1F600}\u{7f}", 40),
        }
    }

    fn seen_text(&mut self) -> String {
        let at = self.rng.random_range(0..self.seen.len());
        self.seen[at].clone()
    }

    fn altered(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        for _ in 0..self.rng.random_range(1..4) {
            let at = self.rng.random_range(0..=letters.len());
            match self.rng.random_range(0..4) {
                0 => letters.insert(at, *self.pick(&['A', '0', '=', 'é', '.'])),
                1 => letters.truncate(at),
                _ if at == letters.len() => letters.push('A'),
                2 => {
                    letters.remove(at);
                }
                _ => letters[at] = *self.pick(&['A', 'b', '9', '_', '\u{0}']),
            }
        }
        letters.into_iter().collect()
    }

    /// An answer to a challenge that was given: right in everything but what would let somebody in.
    fn plausible(&mut self, pool: &str, client: &str) -> Value {
        const CHOICES: &[&str] = &[
            "PASSWORD",
            "PASSWORD_SRP",
            "EMAIL_OTP",
            "WEB_AUTHN",
            "SMS_MFA",
            "SOFTWARE_TOKEN_MFA",
        ];
        let at = self.rng.random_range(0..self.challenges.len());
        let choice = *self.pick(CHOICES);
        let (round, now) = (self.round, self.now);
        let given = &mut self.challenges[at];
        if let Some(answer) = &given.proof {
            return answer.clone();
        }
        let whole = json!({ "ChallengeParameters": given.parameters });
        let proof = match (given.name.as_str(), &self.device) {
            ("PASSWORD_VERIFIER", _) => {
                Some(
                    self.srp
                        .answer_at(pool, client, &whole, WRONG, &timestamp(now)),
                )
            }
            ("DEVICE_PASSWORD_VERIFIER", Some(device)) => {
                Some(self.srp.answer_device(client, &whole, device))
            }
            _ => None,
        };
        if let Some(mut proof) = proof {
            proof["Session"] = given.session.clone();
            // It costs more than all the rest of the round.
            given.proof = Some(proof.clone());
            return proof;
        }
        let username = (given.parameters.get("USER_ID_FOR_SRP"))
            .or_else(|| given.parameters.get("USERNAME"))
            .cloned()
            .unwrap_or_else(|| json!(self.seen[0]));
        let code = format!("{round:06}");
        json!({ "ChallengeName": given.name, "ClientId": client, "Session": given.session, "ChallengeResponses": {
            "USERNAME": username,
            "ANSWER": choice,
            "SRP_A": self.srp.public(),
            "NEW_PASSWORD": "short",
            "PASSWORD": WRONG,
            "SMS_MFA_CODE": code,
            "SMS_OTP_CODE": code,
            "EMAIL_OTP_CODE": code,
            "SOFTWARE_TOKEN_MFA_CODE": code,
        } })
    }

    /// The next request: its target and body.
    fn request(&mut self) -> (String, Vec<u8>) {
        let index = self.round % self.pools.len();
        let (pool, mut client) = self.pools[index].clone();
        if self.one_in(20) {
            client = self.pools[(index + 1) % self.pools.len()].1.clone();
        }
        let mut operation = "RespondToAuthChallenge";
        let mut input = if self.one_in(8) {
            operation = "InitiateAuth";
            let flow = self.pick(AuthFlowType::ALL).as_str();
            json!({ "AuthFlow": flow, "ClientId": client, "AuthParameters": {} })
        } else if self.one_in(3) {
            let name = self.pick(ChallengeNameType::ALL).as_str();
            json!({ "ChallengeName": name, "ClientId": client, "ChallengeResponses": {} })
        } else {
            self.plausible(&pool, &client)
        };
        let members = if operation == "InitiateAuth" {
            "AuthParameters"
        } else {
            "ChallengeResponses"
        };
        if self.one_in(6) {
            input["Session"] = json!(self.value());
        }
        if operation != "InitiateAuth" && self.one_in(12) {
            input["ChallengeName"] = json!(self.pick(ChallengeNameType::ALL).as_str());
        }
        let changes = if self.one_in(3) {
            0
        } else {
            self.rng.random_range(1..4)
        };
        for _ in 0..changes {
            let name = *self.pick(RESPONSES);
            if self.one_in(5) {
                if let Some(members) = input[members].as_object_mut() {
                    members.remove(name);
                }
                continue;
            }
            let value = self.value();
            // What conforms to the policy would rightly be taken from somebody who was asked for a
            // new password.
            let value = if name == "NEW_PASSWORD" {
                value.chars().take(7).collect()
            } else {
                value
            };
            input[members][name] = json!(value);
        }
        if self.one_in(5) {
            operation = if operation == "InitiateAuth" {
                "AdminInitiateAuth"
            } else {
                "AdminRespondToAuthChallenge"
            };
            input["UserPoolId"] = json!(pool);
        }
        let mut body = input.to_string().into_bytes();
        if self.one_in(12) {
            for _ in 0..self.rng.random_range(1..6) {
                let at = self.rng.random_range(0..body.len());
                body[at] = self.rng.random();
            }
        }
        (format!("{PREFIX}.{operation}"), body)
    }
}

#[tokio::test]
async fn no_answer_to_any_challenge_breaks_the_server_or_gets_a_token() {
    let seconds = std::env::var("MOCKNITO_FUZZ_SECONDS");
    let seconds: u64 = seconds.map_or(0, |seconds| seconds.parse().unwrap());
    let ends = Instant::now() + Duration::from_secs(seconds);
    let mut fuzz = Fuzz::start().await;
    fuzz.server.secrets.are_everywhere();
    let (mut sent, mut challenged, mut situations) = (0, 0, BTreeSet::new());
    while sent < LEAST || Instant::now() < ends {
        if sent % ROUND == 0 {
            fuzz.begin_round().await;
        }
        let (target, body) = fuzz.request();
        let shown = String::from_utf8_lossy(&body).into_owned();
        // The helper itself refuses a 500, and whatever the operation does not declare.
        let reply = fuzz.server.post(&target, body).await;
        sent += 1;
        situations.extend(reply.situation);
        if reply.status == 200 {
            challenged += 1;
            let answer = reply.json();
            assert_eq!(answer.get("AuthenticationResult"), None, "{target} {shown}");
            fuzz.keep(&answer);
        }
    }
    println!(
        "{sent} requests: {challenged} answered with a challenge, the others refused in {} ways",
        situations.len()
    );
    assert!(challenged > 0 && situations.len() >= 15, "{situations:?}");
}
