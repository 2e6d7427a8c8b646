//! Client secrets that AWS Secrets Manager keeps: handing over, reading, rotation, taking back.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Reply, START, Server, credentials, keys, merge, text};

const WEEK: f64 = 7.0 * 86_400.0;
const NOT_FOUND: &str =
    "ResourceNotFoundException: Secrets Manager can't find the specified secret.";

async fn reply(server: &Server, operation: &str, region: &str, input: Value) -> Reply {
    let (target, signature) = (format!("secretsmanager.{operation}"), credentials(region));
    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", target.as_str()),
        ("authorization", signature.as_str()),
    ];
    let reply = server
        .ask(Method::POST, "/", &headers, &input.to_string())
        .await;
    assert_eq!(reply.headers["content-type"], "application/x-amz-json-1.1");
    reply
}

/// A call that must succeed.
async fn secrets(server: &Server, operation: &str, input: Value) -> Value {
    let reply = reply(server, operation, "us-east-1", input).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.json());
    reply.json()
}

/// A call that must be refused.
async fn refused(server: &Server, operation: &str, input: Value) -> String {
    let reply = reply(server, operation, "us-east-1", input).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.json());
    crate::support::refusal(&reply)
}

/// The client secret in the version that is asked for.
async fn value(server: &Server, input: Value) -> String {
    let answer = secrets(server, "GetSecretValue", input).await;
    let string: Value = serde_json::from_str(answer["SecretString"].as_str().unwrap()).unwrap();
    text(&string["clientSecretValue"])
}

/// A pool, and a client whose secret is in Secrets Manager.
async fn published(server: &Server) -> (String, Value) {
    let pool = server.pool(json!({})).await;
    let settings = json!({ "GenerateSecret": true, "PublishSecretsInAWSSecretsManager": true });
    let client = server.client(&pool, settings).await;
    (pool, client)
}

fn id(pool: &str, client: &Value) -> Value {
    json!({ "UserPoolId": pool, "ClientId": client["ClientId"] })
}

/// UpdateUserPoolClient with this in PublishSecretsInAWSSecretsManager, or without it.
async fn update(server: &Server, pool: &str, client: &Value, publish: Value) -> Value {
    let mut input = id(pool, client);
    if !publish.is_null() {
        merge(
            &mut input,
            json!({ "PublishSecretsInAWSSecretsManager": publish }),
        );
    }
    server.ok("UpdateUserPoolClient", input).await["UserPoolClient"].clone()
}

async fn describe(server: &Server, pool: &str, client: &Value) -> Value {
    let answer = server.ok("DescribeUserPoolClient", id(pool, client)).await;
    answer["UserPoolClient"].clone()
}

/// Whether the secret proves who the client is.
async fn is_good(server: &Server, client: &Value, secret: &str) -> bool {
    let input = json!({ "ClientId": client["ClientId"], "ClientSecret": secret, "Token": "x" });
    let reply = server.call("RevokeToken", input).await;
    reply.status == StatusCode::OK
}

async fn advance(server: &Server, by: &str) {
    let (status, answer) = server.own("POST", "clock", json!({ "advance": by })).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn a_secret_that_is_published_is_read_in_secrets_manager_and_nowhere_else() {
    let server = Server::start().await;
    let (pool, client) = published(&server).await;
    let arn = text(&client["ClientSecretArn"]);
    assert!(
        arn.starts_with("arn:aws:secretsmanager:us-east-1:"),
        "{arn}"
    );
    for described in [
        &client,
        &describe(&server, &pool, &client).await,
        &update(&server, &pool, &client, Value::Null).await,
        &update(&server, &pool, &client, json!(true)).await,
    ] {
        assert!(described.get("ClientSecret").is_none());
        assert_eq!(described["ClientSecretArn"], arn.as_str());
    }

    let answer = secrets(&server, "GetSecretValue", json!({ "SecretId": arn })).await;
    assert_eq!(
        keys(&answer),
        [
            "ARN",
            "CreatedDate",
            "Name",
            "SecretString",
            "VersionId",
            "VersionStages",
        ]
    );
    assert_eq!(answer["ARN"], arn.as_str());
    assert_eq!(answer["VersionStages"], json!(["AWSCURRENT"]));
    assert_eq!(answer["CreatedDate"].as_f64(), Some(START as f64));
    let string: Value = serde_json::from_str(answer["SecretString"].as_str().unwrap()).unwrap();
    let secret = text(&string["clientSecretValue"]);
    assert_eq!(
        string,
        json!({
            "userPoolId": pool,
            "userPoolClientId": client["ClientId"],
            "clientSecretValue": secret,
        })
    );
    assert!(is_good(&server, &client, &secret).await);
    assert!(!is_good(&server, &client, "another").await);
    // It was rotated as soon as it was handed over.
    let previous = json!({ "SecretId": arn, "VersionStage": "AWSPREVIOUS" });
    let previous = value(&server, previous).await;
    assert_ne!(previous, secret);
    assert!(is_good(&server, &client, &previous).await);
}

#[tokio::test]
async fn a_secret_is_found_by_its_arn_with_or_without_its_end_and_by_its_name() {
    let server = Server::start().await;
    let (_, client) = published(&server).await;
    let arn = text(&client["ClientSecretArn"]);
    let described = secrets(&server, "DescribeSecret", json!({ "SecretId": arn })).await;
    let name = text(&described["Name"]);
    let partial = &arn[..arn.len() - 7];
    for known in [arn.as_str(), partial, &name] {
        let answer = secrets(&server, "DescribeSecret", json!({ "SecretId": known })).await;
        assert_eq!(answer, described, "{known}");
    }
    let elsewhere = arn.replace("us-east-1:", "eu-west-1:");
    let foreign = arn.replace(":123456789012:", ":210987654321:");
    for unknown in [
        &arn[..arn.len() - 1],
        &arn[..arn.len() - 8],
        &format!("{arn}x"),
        &name[..name.len() - 1],
        &elsewhere,
        &foreign[..foreign.len() - 7],
        "arn:aws:secretsmanager",
        "arn:",
        "%",
    ] {
        for operation in ["GetSecretValue", "DescribeSecret"] {
            let refusal = refused(&server, operation, json!({ "SecretId": unknown })).await;
            assert_eq!(refusal, NOT_FOUND, "{unknown}");
        }
    }
    // As on AWS: it is its own Region's.
    for id in [arn.as_str(), &name] {
        let reply = reply(
            &server,
            "GetSecretValue",
            "eu-west-1",
            json!({ "SecretId": id }),
        )
        .await;
        assert_eq!(crate::support::refusal(&reply), NOT_FOUND);
    }
}

#[tokio::test]
async fn a_version_is_chosen_by_its_stage_or_its_id() {
    let server = Server::start().await;
    let (_, client) = published(&server).await;
    let arn = text(&client["ClientSecretArn"]);
    let get = |more: Value| {
        let mut input = json!({ "SecretId": arn });
        merge(&mut input, more);
        input
    };
    let current = secrets(&server, "GetSecretValue", get(json!({}))).await;
    let previous = get(json!({ "VersionStage": "AWSPREVIOUS" }));
    let previous = secrets(&server, "GetSecretValue", previous).await;
    assert_eq!(previous["VersionStages"], json!(["AWSPREVIOUS"]));
    for (version, stage) in [(&current, "AWSCURRENT"), (&previous, "AWSPREVIOUS")] {
        let by_id = get(json!({ "VersionId": version["VersionId"] }));
        assert_eq!(
            secrets(&server, "GetSecretValue", by_id.clone()).await,
            *version
        );
        let mut both = by_id;
        both["VersionStage"] = json!(stage);
        assert_eq!(secrets(&server, "GetSecretValue", both).await, *version);
    }
    for (more, refusal) in [
        (
            json!({ "VersionId": current["VersionId"], "VersionStage": "AWSPREVIOUS" }),
            "InvalidRequestException: You provided a VersionStage that is not associated to the \
             provided VersionId.",
        ),
        (
            json!({ "VersionStage": "AWSPENDING" }),
            "ResourceNotFoundException: Secrets Manager can't find the specified secret value for \
             staging label: AWSPENDING",
        ),
        (
            json!({ "VersionId": "00000000-0000-4000-8000-000000000000" }),
            "ResourceNotFoundException: Secrets Manager can't find the specified secret value for \
             VersionId: 00000000-0000-4000-8000-000000000000",
        ),
        (
            json!({ "VersionId": "short" }),
            "InvalidParameterException: Invalid VersionId: it must have length greater than or \
             equal to 32.",
        ),
        (
            json!({ "SecretId": "" }),
            "InvalidParameterException: Invalid SecretId: it must have length greater than or \
             equal to 1.",
        ),
        (
            json!({ "SecretId": null }),
            "InvalidParameterException: Invalid SecretId: it must not be null.",
        ),
        (json!({ "SecretId": 1 }), "SerializationException: "),
    ] {
        assert_eq!(refused(&server, "GetSecretValue", get(more)).await, refusal);
    }
}

#[tokio::test]
async fn a_secret_rotates_every_seven_days_and_the_one_before_stays_good() {
    let server = Server::start().await;
    let (pool, client) = published(&server).await;
    let arn = text(&client["ClientSecretArn"]);
    let stage = |stage: &str| json!({ "SecretId": arn, "VersionStage": stage });
    let first = value(&server, stage("AWSPREVIOUS")).await;
    let second = value(&server, stage("AWSCURRENT")).await;

    let described = secrets(&server, "DescribeSecret", json!({ "SecretId": arn })).await;
    assert_eq!(described["RotationEnabled"], true);
    assert_eq!(
        described["RotationRules"],
        json!({ "AutomaticallyAfterDays": 7 })
    );
    assert_eq!(described["OwningService"], "cognito-idp");
    assert_eq!(
        described["NextRotationDate"].as_f64(),
        Some(START as f64 + WEEK)
    );
    assert_eq!(keys(&described["VersionIdsToStages"]).len(), 2);
    assert!(!described.to_string().contains(&second));

    advance(&server, "167h").await;
    assert_eq!(value(&server, stage("AWSCURRENT")).await, second);
    advance(&server, "1h").await;
    let third = value(&server, stage("AWSCURRENT")).await;
    assert!(third != second && third != first);
    assert_eq!(value(&server, stage("AWSPREVIOUS")).await, second);
    assert!(is_good(&server, &client, &second).await);
    assert!(is_good(&server, &client, &third).await);
    assert!(!is_good(&server, &client, &first).await);

    // Whoever comes back after a month finds the last two of four rotations.
    advance(&server, "29d").await;
    let described = secrets(&server, "DescribeSecret", json!({ "SecretId": arn })).await;
    assert_eq!(
        described["LastRotatedDate"].as_f64(),
        Some(START as f64 + 5.0 * WEEK)
    );
    assert_eq!(
        described["NextRotationDate"].as_f64(),
        Some(START as f64 + 6.0 * WEEK)
    );
    assert!(!is_good(&server, &client, &third).await);
    for which in ["AWSPREVIOUS", "AWSCURRENT"] {
        assert!(is_good(&server, &client, &value(&server, stage(which)).await).await);
    }
    let listed = server
        .ok("ListUserPoolClientSecrets", id(&pool, &client))
        .await;
    let dates = listed["ClientSecrets"].as_array().unwrap().iter();
    let dates: Vec<_> = dates
        .map(|secret| secret["ClientSecretCreateDate"].as_f64().unwrap() - START as f64)
        .collect();
    assert_eq!(dates, [4.0 * WEEK, 5.0 * WEEK]);
    assert!(
        listed["ClientSecrets"][0]
            .get("ClientSecretValue")
            .is_none()
    );
    // Two are the most, whoever made them.
    server
        .refuses_as("AddUserPoolClientSecret", id(&pool, &client), "SecretLimit")
        .await;
}

#[tokio::test]
async fn a_secret_moves_to_secrets_manager_and_back() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let client = server
        .client(&pool, json!({ "GenerateSecret": true }))
        .await;
    let first = text(&client["ClientSecret"]);
    let added = server
        .ok("AddUserPoolClientSecret", id(&pool, &client))
        .await;
    let second = text(&added["ClientSecretDescriptor"]["ClientSecretValue"]);

    // Documented: the first rotation deletes the older one of two.
    let moved = update(&server, &pool, &client, json!(true)).await;
    assert!(moved.get("ClientSecret").is_none());
    let arn = text(&moved["ClientSecretArn"]);
    let third = value(&server, json!({ "SecretId": arn })).await;
    assert!(!is_good(&server, &client, &first).await);
    for good in [&second, &third] {
        assert!(is_good(&server, &client, good).await);
    }

    let back = update(&server, &pool, &client, json!(false)).await;
    assert!(back.get("ClientSecretArn").is_none());
    assert!(is_good(&server, &client, back["ClientSecret"].as_str().unwrap()).await);
    assert_eq!(
        refused(&server, "GetSecretValue", json!({ "SecretId": arn })).await,
        NOT_FOUND
    );
    assert!(is_good(&server, &client, &third).await);
    assert_eq!(update(&server, &pool, &client, json!(false)).await, back);
    // Nothing rotates any more.
    advance(&server, "30d").await;
    assert!(is_good(&server, &client, &third).await);

    let again = update(&server, &pool, &client, json!(true)).await;
    assert_ne!(again["ClientSecretArn"], arn.as_str());
    let arn = text(&again["ClientSecretArn"]);
    server.ok("DeleteUserPoolClient", id(&pool, &client)).await;
    assert_eq!(
        refused(&server, "DescribeSecret", json!({ "SecretId": arn })).await,
        NOT_FOUND
    );
}

#[tokio::test]
async fn only_a_generated_secret_is_published_and_a_public_client_has_none() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let publish = json!({ "PublishSecretsInAWSSecretsManager": true });
    let public = server.client(&pool, publish.clone()).await;
    for client in [&public, &update(&server, &pool, &public, json!(true)).await] {
        assert!(client.get("ClientSecret").is_none() && client.get("ClientSecretArn").is_none());
    }
    let mut given = json!({ "ClientSecret": "a_secret_of_my_own_00000000" });
    merge(&mut given, publish);
    let given = server.client(&pool, given).await;
    assert_eq!(given["ClientSecret"], "a_secret_of_my_own_00000000");
    assert!(given.get("ClientSecretArn").is_none());
}

#[tokio::test]
async fn nothing_else_of_secrets_manager_is_served() {
    let server = Server::start().await;
    for operation in [
        "PutSecretValue",
        "RotateSecret",
        "ListSecrets",
        "getSecretValue",
        "",
    ] {
        let refusal = refused(&server, operation, json!({})).await;
        assert!(
            refusal.starts_with("UnknownOperationException"),
            "{refusal}"
        );
    }
}
