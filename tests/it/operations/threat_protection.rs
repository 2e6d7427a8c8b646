//! Risk configuration, log delivery, and the record of what users did.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, merge, text, with_password};

const OFF: &str = "UserPoolAddOnNotEnabledException: This is an add on feature. Please update AdvancedSecurityMode for your user pool to access this API.";

async fn protected(server: &Server) -> String {
    server
        .pool(json!({ "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" } }))
        .await
}

async fn described(server: &Server, pool: &str, client: Option<&Value>) -> Value {
    let input = json!({ "UserPoolId": pool, "ClientId": client });
    let answer = server.ok("DescribeRiskConfiguration", input).await;
    answer["RiskConfiguration"].clone()
}

#[tokio::test]
async fn risk_is_configured_for_a_pool_and_for_a_client_and_goes_back_to_default() {
    let server = Server::start().await;
    let pool = protected(&server).await;
    let client = server.client(&pool, json!({})).await["ClientId"].clone();
    assert_eq!(
        described(&server, &pool, None).await,
        json!({ "UserPoolId": pool })
    );

    let compromised = json!({ "EventFilter": ["SIGN_UP"], "Actions": { "EventAction": "BLOCK" } });
    let takeover = json!({
        "NotifyConfiguration": {
            "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
            "From": "security@example.com",
            "BlockEmail": { "Subject": "Blocked", "TextBody": "We blocked you." },
        },
        "Actions": { "HighAction": { "Notify": true, "EventAction": "BLOCK" } },
    });
    let exceptions =
        json!({ "BlockedIPRangeList": ["192.0.2.0/24"], "SkippedIPRangeList": ["2001:db8::/32"] });
    let set = server
        .ok(
            "SetRiskConfiguration",
            json!({
                "UserPoolId": pool,
                "CompromisedCredentialsRiskConfiguration": compromised,
                "AccountTakeoverRiskConfiguration": takeover,
                "RiskExceptionConfiguration": exceptions,
            }),
        )
        .await;
    assert_eq!(
        set["RiskConfiguration"],
        json!({
            "UserPoolId": pool,
            "CompromisedCredentialsRiskConfiguration": compromised,
            "AccountTakeoverRiskConfiguration": takeover,
            "RiskExceptionConfiguration": exceptions,
            "LastModifiedDate": 1_767_225_600,
        })
    );
    assert_eq!(
        described(&server, &pool, None).await,
        set["RiskConfiguration"]
    );

    let of_client =
        json!({ "UserPoolId": pool, "ClientId": client, "RiskExceptionConfiguration": {} });
    server.ok("SetRiskConfiguration", of_client).await;
    assert_eq!(
        described(&server, &pool, Some(&client)).await,
        json!({ "UserPoolId": pool, "ClientId": client, "RiskExceptionConfiguration": {}, "LastModifiedDate": 1_767_225_600 })
    );

    server
        .ok("SetRiskConfiguration", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(
        described(&server, &pool, None).await,
        json!({ "UserPoolId": pool })
    );
}

#[tokio::test]
async fn risk_configurations_that_cannot_work_are_refused() {
    let server = Server::start().await;
    let plain = server.pool(json!({})).await;
    for operation in ["SetRiskConfiguration", "DescribeRiskConfiguration"] {
        let refused = server
            .refused(operation, json!({ "UserPoolId": plain }))
            .await;
        assert_eq!(refused, OFF);
    }
    let pool = protected(&server).await;
    let takeover = |notify: Value| {
        json!({ "AccountTakeoverRiskConfiguration": {
            "NotifyConfiguration": notify,
            "Actions": { "LowAction": { "Notify": true, "EventAction": "NO_ACTION" } },
        } })
    };
    let arn = "arn:aws:ses:us-east-1:123456789012:identity/example.com";
    for (more, refusal) in [
        (
            takeover(Value::Null),
            "InvalidParameterException: NotifyConfiguration is required when an action notifies users.",
        ),
        (
            takeover(json!({ "SourceArn": arn, "MfaEmail": { "Subject": "Hello" } })),
            "InvalidParameterException: MfaEmail must have an HtmlBody or a TextBody.",
        ),
        (
            json!({ "RiskExceptionConfiguration": { "BlockedIPRangeList": ["192.0.2.0/24", "192.0.2.1"] } }),
            "InvalidParameterException: 192.0.2.1 is not a valid IP range in CIDR notation.",
        ),
        (
            json!({ "ClientId": "unknown" }),
            "ResourceNotFoundException: User pool client unknown does not exist.",
        ),
    ] {
        let mut input = json!({ "UserPoolId": pool });
        merge(&mut input, more);
        assert_eq!(server.refused("SetRiskConfiguration", input).await, refusal);
    }
}

const GROUP: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/x";

fn messages() -> Value {
    json!({ "LogLevel": "ERROR", "EventSource": "userNotification", "CloudWatchLogsConfiguration": { "LogGroupArn": GROUP } })
}

fn sign_ins(destination: Value) -> Value {
    let mut input = json!({ "LogLevel": "INFO", "EventSource": "userAuthEvents" });
    merge(&mut input, destination);
    input
}

#[tokio::test]
async fn log_delivery_is_set_read_back_and_ended() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let get = json!({ "UserPoolId": pool });
    let nothing =
        json!({ "LogDeliveryConfiguration": { "UserPoolId": pool, "LogConfigurations": [] } });
    assert_eq!(
        server.ok("GetLogDeliveryConfiguration", get.clone()).await,
        nothing
    );
    let both = json!([
        messages(),
        sign_ins(json!({ "S3Configuration": { "BucketArn": "arn:aws:s3:::my-bucket" } }))
    ]);
    let set = server
        .ok(
            "SetLogDeliveryConfiguration",
            json!({ "UserPoolId": pool, "LogConfigurations": both }),
        )
        .await;
    assert_eq!(set["LogDeliveryConfiguration"]["LogConfigurations"], both);
    assert_eq!(
        server.ok("GetLogDeliveryConfiguration", get.clone()).await,
        set
    );
    server
        .ok(
            "SetLogDeliveryConfiguration",
            json!({ "UserPoolId": pool, "LogConfigurations": [] }),
        )
        .await;
    assert_eq!(server.ok("GetLogDeliveryConfiguration", get).await, nothing);
}

#[tokio::test]
async fn log_configurations_that_cannot_work_are_refused() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let stream = "arn:aws:firehose:us-east-1:123456789012:deliverystream/x";
    let mut quiet = messages();
    merge(&mut quiet, json!({ "LogLevel": "INFO" }));
    let destination = |source: &str| {
        format!(
            "InvalidParameterException: The log configuration for the event source {source} must have exactly one destination that it supports."
        )
    };
    let mut bucket = messages();
    merge(
        &mut bucket,
        json!({ "CloudWatchLogsConfiguration": null, "S3Configuration": { "BucketArn": "arn:aws:s3:::my-bucket" } }),
    );
    for (configurations, refusal) in [
        (
            json!([messages(), messages()]),
            "InvalidParameterException: There can only be one log configuration for the event source userNotification.".to_owned(),
        ),
        (
            json!([quiet]),
            "InvalidParameterException: The log level of the event source userNotification must be ERROR.".to_owned(),
        ),
        (json!([bucket]), destination("userNotification")),
        (json!([sign_ins(json!({}))]), destination("userAuthEvents")),
        (
            json!([sign_ins(json!({
                "CloudWatchLogsConfiguration": { "LogGroupArn": GROUP },
                "FirehoseConfiguration": { "StreamArn": stream },
            }))]),
            destination("userAuthEvents"),
        ),
        (
            json!([sign_ins(json!({ "FirehoseConfiguration": { "StreamArn": GROUP } }))]),
            destination("userAuthEvents"),
        ),
    ] {
        let input = json!({ "UserPoolId": pool, "LogConfigurations": configurations });
        let refused = server.refused("SetLogDeliveryConfiguration", input).await;
        assert_eq!(refused, refusal);
    }
}

async fn events(server: &Server, pool: &str, user: &str) -> Vec<Value> {
    let input = json!({ "UserPoolId": pool, "Username": user });
    let answer = server.ok("AdminListUserAuthEvents", input).await;
    answer["AuthEvents"].as_array().unwrap().clone()
}

#[tokio::test]
async fn what_a_user_does_is_recorded_newest_first() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "UserPoolAddOns": { "AdvancedSecurityMode": "AUDIT" }, "AutoVerifiedAttributes": ["email"] }))
        .await;
    let client = server.client_id(&pool, json!({})).await;
    let mail = "alice@example.com";
    let sign_up = json!({
        "ClientId": client, "Username": "alice", "Password": PASSWORD,
        "UserAttributes": [{ "Name": "email", "Value": mail }],
        "UserContextData": { "IpAddress": "192.0.2.7" },
    });
    server.ok("SignUp", sign_up).await;
    let named = json!({ "ClientId": client, "Username": "alice" });
    server.ok("ResendConfirmationCode", named.clone()).await;
    let mut confirm = named.clone();
    merge(
        &mut confirm,
        json!({ "ConfirmationCode": server.code(mail).await }),
    );
    server.ok("ConfirmSignUp", confirm).await;
    server.ok("ForgotPassword", named.clone()).await;
    let mut confirm = named;
    merge(
        &mut confirm,
        json!({ "ConfirmationCode": server.code(mail).await, "Password": PASSWORD }),
    );
    server.ok("ConfirmForgotPassword", confirm).await;

    let events = events(&server, &pool, "alice").await;
    let told: Vec<(String, String)> = events
        .iter()
        .map(|event| (text(&event["EventType"]), text(&event["EventResponse"])))
        .collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(
        told,
        [
            ("PasswordChange", "Pass"),
            ("ForgotPassword", "Pass"),
            ("ResendCode", "Pass"),
            ("SignUp", "Pass"),
        ]
    );
    let sign_up = &events[3];
    assert_eq!(sign_up["EventContextData"]["IpAddress"], "192.0.2.7");
    assert_eq!(sign_up["ChallengeResponses"], json!([]));
    // Nobody has judged it, and every event says a risk.
    for event in &events {
        assert_eq!(
            event["EventRisk"],
            json!({ "RiskDecision": "NoRisk", "CompromisedCredentialsDetected": false })
        );
    }
    assert_eq!(sign_up.get("EventFeedback"), None);

    // Two pages, and a token that works for this user only.
    let input = |more: Value| {
        let mut input = json!({ "UserPoolId": pool, "Username": "alice", "MaxResults": 3 });
        merge(&mut input, more);
        input
    };
    let first = server.ok("AdminListUserAuthEvents", input(json!({}))).await;
    let token = first["NextToken"].clone();
    let second = server
        .ok(
            "AdminListUserAuthEvents",
            input(json!({ "NextToken": token })),
        )
        .await;
    assert_eq!(second["AuthEvents"], json!([events[3]]));
    assert_eq!(second.get("NextToken"), None);
    server.user(&pool, "bob", &[]).await;
    let stolen = input(json!({ "NextToken": token, "Username": "bob" }));
    let invalid = "InvalidParameterException: Invalid pagination token";
    server
        .refuses("AdminListUserAuthEvents", stolen, invalid)
        .await;
}

#[tokio::test]
async fn a_first_password_is_recorded_as_a_change() {
    let server = Server::start().await;
    let pool = protected(&server).await;
    let client = server.client_id(&pool, json!({})).await;
    let made = json!({ "UserPoolId": pool, "Username": "alice", "TemporaryPassword": "Temp0rary!", "MessageAction": "SUPPRESS" });
    server.ok("AdminCreateUser", made).await;
    let sign_in = with_password(&client, "alice", "Temp0rary!");
    let asked = server.ok("InitiateAuth", sign_in).await;
    let answer = json!({
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "ClientId": client,
        "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": "alice", "NEW_PASSWORD": PASSWORD },
    });
    server.ok("RespondToAuthChallenge", answer).await;
    let events = events(&server, &pool, "alice").await;
    let change = events
        .iter()
        .find(|event| event["EventType"] == "PasswordChange");
    assert_eq!(change.unwrap()["EventResponse"], "Pass", "{events:?}");
}

#[tokio::test]
async fn feedback_is_an_administrators_and_about_events_of_that_user() {
    let server = Server::start().await;
    let pool = protected(&server).await;
    let client = server.client_id(&pool, json!({})).await;
    let sign_up = json!({ "ClientId": client, "Username": "alice", "Password": PASSWORD });
    server.ok("SignUp", sign_up).await;
    server.user(&pool, "bob", &[]).await;
    let id = events(&server, &pool, "alice").await[0]["EventId"].clone();
    let feedback = |user: &str, id: &Value| json!({ "UserPoolId": pool, "Username": user, "EventId": id, "FeedbackValue": "Invalid" });
    server
        .ok("AdminUpdateAuthEventFeedback", feedback("alice", &id))
        .await;
    let event = events(&server, &pool, "alice").await.remove(0);
    assert_eq!(event["EventFeedback"]["FeedbackValue"], "Invalid");
    assert_eq!(event["EventFeedback"]["Provider"], "Admin");
    let unknown = "InvalidParameterException: EventId is invalid";
    for (user, id) in [("bob", &id), ("alice", &json!("none"))] {
        server
            .refuses("AdminUpdateAuthEventFeedback", feedback(user, id), unknown)
            .await;
    }
    // No notification was sent, so no token is one.
    let mut guessed = feedback("alice", &id);
    merge(&mut guessed, json!({ "FeedbackToken": "guessed" }));
    let invalid = "NotAuthorizedException: Invalid session provided";
    server
        .refuses("UpdateAuthEventFeedback", guessed.clone(), invalid)
        .await;

    let off = server.pool(json!({})).await;
    server.user(&off, "alice", &[]).await;
    let named = json!({ "UserPoolId": off, "Username": "alice" });
    server.refuses("AdminListUserAuthEvents", named, OFF).await;
    let mut there = feedback("alice", &id);
    there["UserPoolId"] = json!(off);
    server
        .refuses("AdminUpdateAuthEventFeedback", there, OFF)
        .await;
    guessed["UserPoolId"] = json!(off);
    server
        .refuses("UpdateAuthEventFeedback", guessed, OFF)
        .await;
}
