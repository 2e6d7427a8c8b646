//! Threat protection at a sign-in whose risk the test says: what is blocked, asked, written, and
//! recorded.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, altered, merge, with_password};

const BLOCKED: &str = "NotAuthorizedException: Unable to login because of security reasons";
const INVALID: &str = "NotAuthorizedException: Invalid session provided";
const MAIL: &str = "alice@example.com";

/// A pool with threat protection and optional SMS codes, alice with an address, and what the pool
/// does at each level.
struct World {
    server: Server,
    pool: String,
    client: String,
}

impl World {
    async fn start(mode: &str) -> Self {
        let server = Server::start().await;
        let role = "arn:aws:iam::123456789012:role/sms";
        let pool = server
            .pool(json!({
                "UserPoolAddOns": { "AdvancedSecurityMode": mode },
                "MfaConfiguration": "OPTIONAL",
                "SmsConfiguration": { "SnsCallerArn": role },
            }))
            .await;
        let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"];
        let client = server
            .client_id(&pool, json!({ "ExplicitAuthFlows": flows }))
            .await;
        let address = [("email", MAIL), ("email_verified", "true")];
        server.user(&pool, "alice", &address).await;
        let world = Self {
            server,
            pool,
            client,
        };
        let email = |what: &str| json!({ "Subject": format!("{what} for {{username}}"), "TextBody": "{feedback-token} {one-click-link-invalid}" });
        let action = |notify: bool, event: &str| json!({ "Notify": notify, "EventAction": event });
        world
            .configure(json!({
                "AccountTakeoverRiskConfiguration": {
                    "NotifyConfiguration": {
                        "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
                        "BlockEmail": email("blocked"), "MfaEmail": email("asked"), "NoActionEmail": email("nothing"),
                    },
                    "Actions": {
                        "LowAction": action(false, "MFA_IF_CONFIGURED"),
                        "MediumAction": action(true, "MFA_REQUIRED"),
                        "HighAction": action(true, "BLOCK"),
                    },
                },
                "RiskExceptionConfiguration": { "BlockedIPRangeList": ["192.0.2.0/24"], "SkippedIPRangeList": ["198.51.100.0/24"] },
            }))
            .await;
        world
    }

    async fn configure(&self, configuration: Value) {
        let mut input = json!({ "UserPoolId": self.pool });
        merge(&mut input, configuration);
        self.server.ok("SetRiskConfiguration", input).await;
    }

    async fn risk(&self, level: Value) {
        let said = json!({ "user_pool_id": self.pool, "username": "alice", "level": level });
        let (status, answer) = self.server.own("POST", "risk", said).await;
        assert_eq!(status, 200, "{answer}");
    }

    fn sign_in(&self, ip: Option<&str>) -> Value {
        let mut input = with_password(&self.client, "alice", PASSWORD);
        if let Some(ip) = ip {
            merge(
                &mut input,
                json!({ "UserContextData": { "IpAddress": ip } }),
            );
        }
        input
    }

    async fn signs_in(&self, ip: Option<&str>) {
        let answer = self.server.ok("InitiateAuth", self.sign_in(ip)).await;
        assert!(
            answer["AuthenticationResult"]["AccessToken"].is_string(),
            "{answer}"
        );
    }

    async fn is_blocked(&self, ip: Option<&str>) {
        let input = self.sign_in(ip);
        self.server.refuses("InitiateAuth", input, BLOCKED).await;
    }

    /// The newest event.
    async fn event(&self) -> Value {
        let input = json!({ "UserPoolId": self.pool, "Username": "alice" });
        let answer = self.server.ok("AdminListUserAuthEvents", input).await;
        answer["AuthEvents"][0].clone()
    }

    /// Response, decision and level of the newest event.
    async fn judged(&self) -> (String, String, Option<String>) {
        let event = self.event().await;
        let risk = &event["EventRisk"];
        assert_eq!(risk["CompromisedCredentialsDetected"], false);
        let word = |value: &Value| value.as_str().map(str::to_owned);
        (
            word(&event["EventResponse"]).unwrap(),
            word(&risk["RiskDecision"]).unwrap(),
            word(&risk["RiskLevel"]),
        )
    }

    async fn mails(&self) -> Vec<Value> {
        self.server.inbox("kind=account_takeover").await
    }

    fn feedback(&self, event: &Value, token: &str) -> Value {
        json!({
            "UserPoolId": self.pool, "Username": "alice", "EventId": event["EventId"], "FeedbackToken": token, "FeedbackValue": "Valid",
        })
    }
}

fn judgement(
    response: &str,
    decision: &str,
    level: Option<&str>,
) -> (String, String, Option<String>) {
    let level = level.map(str::to_owned);
    (response.to_owned(), decision.to_owned(), level)
}

#[tokio::test]
async fn without_a_risk_everybody_signs_in_and_the_record_says_so() {
    let world = World::start("ENFORCED").await;
    world.signs_in(None).await;
    assert_eq!(world.judged().await, judgement("Pass", "NoRisk", None));
    world.risk(json!("High")).await;
    world.is_blocked(None).await;
    world.risk(Value::Null).await;
    world.signs_in(None).await;
    assert_eq!(world.mails().await.len(), 1);
}

#[tokio::test]
async fn a_blocked_sign_in_gives_nothing_and_its_user_is_written_to() {
    let world = World::start("ENFORCED").await;
    world.risk(json!("High")).await;
    // Who does not know the password learns nothing of it, and nobody is written to.
    let wrong = with_password(&world.client, "alice", "Wr0ng!pass");
    let refused = world.server.refused("InitiateAuth", wrong).await;
    assert_eq!(
        refused,
        "NotAuthorizedException: Incorrect username or password."
    );
    assert!(world.mails().await.is_empty());

    world.is_blocked(None).await;
    assert_eq!(
        world.judged().await,
        judgement("Fail", "Block", Some("High"))
    );
    let mails = world.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(
        (&mails[0]["to"], &mails[0]["subject"]),
        (&json!(MAIL), &json!("blocked for alice"))
    );
    let body = mails[0]["body"].as_str().unwrap();
    let (token, link) = body.split_once(' ').unwrap();

    // The token is for this event and this user, in this pool.
    let event = world.event().await;
    let given = world.feedback(&event, token);
    for (member, value) in [
        ("FeedbackToken", altered(&json!(token))),
        ("EventId", json!("another")),
        ("Username", json!("bob")),
    ] {
        world.server.user(&world.pool, "bob", &[]).await;
        let mut stolen = given.clone();
        stolen[member] = value;
        world
            .server
            .refuses("UpdateAuthEventFeedback", stolen, INVALID)
            .await;
        let input = json!({ "UserPoolId": world.pool, "Username": "bob" });
        world.server.ok("AdminDeleteUser", input).await;
    }
    let other = world
        .server
        .pool(json!({ "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" } }))
        .await;
    world.server.user(&other, "alice", &[]).await;
    let mut elsewhere = given.clone();
    elsewhere["UserPoolId"] = json!(other);
    world
        .server
        .refuses("UpdateAuthEventFeedback", elsewhere, INVALID)
        .await;
    assert_eq!(world.event().await.get("EventFeedback"), None);

    world
        .server
        .ok("UpdateAuthEventFeedback", given.clone())
        .await;
    let feedback = world.event().await["EventFeedback"].clone();
    assert_eq!(
        (&feedback["FeedbackValue"], &feedback["Provider"]),
        (&json!("Valid"), &json!("User"))
    );

    // The link does the same, as often as it is opened; an altered one does nothing.
    let path = link.strip_prefix("http://localhost:9339").unwrap();
    let altered_link = path.replace("feedback_value=Invalid", "feedback_value=No");
    assert_eq!(world.server.get(&altered_link).await.status, 400);
    assert_eq!(
        world.event().await["EventFeedback"]["FeedbackValue"],
        "Valid"
    );
    assert_eq!(world.server.get(path).await.status, 200);
    assert_eq!(
        world.event().await["EventFeedback"]["FeedbackValue"],
        "Invalid"
    );

    world
        .server
        .advance(std::time::Duration::from_secs(8 * 86_400));
    world
        .server
        .refuses("UpdateAuthEventFeedback", given, INVALID)
        .await;
    assert_eq!(world.server.get(path).await.status, 400);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_where_there_can_be_one() {
    let world = World::start("ENFORCED").await;
    world.risk(json!("Low")).await;
    world.signs_in(None).await;
    assert_eq!(
        world.judged().await,
        judgement("Pass", "AccountTakeover", Some("Low"))
    );
    world.risk(json!("Medium")).await;
    world.is_blocked(None).await;
    assert_eq!(
        world.judged().await,
        judgement("Fail", "Block", Some("Medium"))
    );

    // With a number both ask for a code, though alice has not chosen it.
    let phone = "+12065559934";
    let number = json!({
        "UserPoolId": world.pool, "Username": "alice", "UserAttributes": [{ "Name": "phone_number", "Value": phone }],
    });
    world.server.ok("AdminUpdateUserAttributes", number).await;
    for (level, mails) in [("Low", 1), ("Medium", 2)] {
        world.risk(json!(level)).await;
        let asked = world.server.ok("InitiateAuth", world.sign_in(None)).await;
        assert_eq!(asked["ChallengeName"], "SMS_MFA", "{asked}");
        assert_eq!(
            world.judged().await,
            judgement("InProgress", "AccountTakeover", Some(level))
        );
        let code = world.server.code(phone).await;
        let answer = json!({
            "ClientId": world.client, "ChallengeName": "SMS_MFA", "Session": asked["Session"],
            "ChallengeResponses": { "USERNAME": "alice", "SMS_MFA_CODE": code },
        });
        let done = world.server.ok("RespondToAuthChallenge", answer).await;
        assert!(done["AuthenticationResult"]["AccessToken"].is_string());
        // What was judged stays on the record to the end, and is told once.
        assert_eq!(
            world.judged().await,
            judgement("Pass", "AccountTakeover", Some(level))
        );
        assert_eq!(world.mails().await.len(), mails, "{level}");
    }
    assert_eq!(world.mails().await[0]["subject"], "asked for alice");
    world.risk(Value::Null).await;
    world.signs_in(None).await;
}

#[tokio::test]
async fn addresses_are_always_blocked_or_never_judged() {
    let world = World::start("ENFORCED").await;
    world.is_blocked(Some("192.0.2.7")).await;
    assert_eq!(world.judged().await, judgement("Fail", "Block", None));
    world.signs_in(Some("192.0.3.7")).await;
    world.risk(json!("High")).await;
    world.is_blocked(Some("192.0.3.7")).await;
    world.signs_in(Some("198.51.100.1")).await;
    assert_eq!(world.judged().await, judgement("Pass", "NoRisk", None));
    // The administrator's call tells the address in another member.
    let input = json!({
        "UserPoolId": world.pool, "ClientId": world.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": PASSWORD },
        "ContextData": { "IpAddress": "192.0.2.7", "ServerName": "a", "ServerPath": "/", "HttpHeaders": [] },
    });
    world
        .server
        .refuses("AdminInitiateAuth", input, BLOCKED)
        .await;
    // A client's own configuration takes the place of its pool's.
    let own = json!({ "ClientId": world.client, "RiskExceptionConfiguration": { "BlockedIPRangeList": ["203.0.113.0/24"] } });
    world.configure(own).await;
    world.signs_in(Some("192.0.2.7")).await;
    world.is_blocked(Some("203.0.113.1")).await;
}

#[tokio::test]
async fn a_pool_that_only_watches_keeps_nobody_out() {
    let world = World::start("AUDIT").await;
    world.risk(json!("High")).await;
    world.signs_in(Some("192.0.2.7")).await;
    assert_eq!(
        world.judged().await,
        judgement("Pass", "NoRisk", Some("High"))
    );
    assert!(world.mails().await.is_empty());
}

#[tokio::test]
async fn a_risk_is_said_of_users_who_exist_at_levels_that_do() {
    let world = World::start("ENFORCED").await;
    let said = |user: &str, level: &str| json!({ "user_pool_id": world.pool, "username": user, "level": level });
    for (said, status) in [(said("nobody", "High"), 404), (said("alice", "Huge"), 400)] {
        let (answered, _) = world.server.own("POST", "risk", said).await;
        assert_eq!(answered, status);
    }
    let other =
        json!({ "user_pool_id": "us-east-1_Nothing01", "username": "alice", "level": "High" });
    assert_eq!(world.server.own("POST", "risk", other).await.0, 404);
}
