//! Imported hashes of passwords: what they let in, what takes their place, and which are refused.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{HEADER, ROLE, counts, ended, file, import, log, named, pool, row, upload};
use crate::support::srp::SrpClient;
use crate::support::{PASSWORD, Server, with_password};

/// What the hashes below were made of.
const HASHED: &str = "correct horse battery";
const BCRYPT: &str = "$2b$04$T24ED5QUcf7B5onpUegwGu/pzfjz8U5PTj.n9O.6kkmyD4CTCPfYi";

/// Imports a file with hashes.
async fn import_hashes(
    server: &Server,
    pool: &str,
    algorithm: &str,
    rows: &[(&str, &str)],
) -> Value {
    let mut input = json!({ "UserPoolId": pool, "JobName": "a", "CloudWatchLogsRoleArn": ROLE });
    input["PasswordHashingAlgorithm"] = json!(algorithm);
    let job = server.ok("CreateUserImportJob", input).await["UserImportJob"].clone();
    assert_eq!(job["PasswordHashingAlgorithm"], algorithm);
    let rows: Vec<_> = rows
        .iter()
        .map(|(name, hash)| format!("{},\"{hash}\"", row(name)))
        .collect();
    let file = format!("{HEADER},password_hash\n{}\n", rows.join("\n"));
    assert_eq!(upload(server, &job, file).await, StatusCode::OK);
    server.ok("StartUserImportJob", named(pool, &job)).await;
    ended(server, pool, &job).await
}

#[tokio::test]
async fn an_imported_hash_is_checked_once_and_then_replaced_by_a_verifier() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]);
    let client = server
        .client_id(&pool, json!({ "ExplicitAuthFlows": flows }))
        .await;
    for (n, (algorithm, hash)) in [
        ("BCRYPT", BCRYPT),
        (
            "SCRYPT",
            "16$8$1$000102030405060708090a0b0c0d0e0f$\
             7281dbe8b97372439e3876c31d1e891adf1589a27fa782e04f84dc3091d64542",
        ),
        (
            "ARGON2ID",
            "$argon2id$v=19$m=64,t=1,p=1$90CYP/rqs/ofbLUzsHU5vw$\
             00pfc5nO1BxncBkOsi8qzhA/15l8mcYp31hxVUVrHeM",
        ),
        (
            "PBKDF2_SHA256",
            "$pbkdf2-sha256$10$TYmx9v7/X2vNube2Vopxbg$\
             /gL1Ltd7OvREGOqWEBZAbKfSrJLxD4pRn9M1MwsVBHs",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("user{n}");
        let job = import_hashes(&server, &pool, algorithm, &[(&name, hash)]).await;
        assert_eq!(counts(&job), [1, 0, 0], "{}", log(&server, &job).await);
        let user = server.described_user(&pool, &name).await;
        assert_eq!(user["UserStatus"], "CONFIRMED");

        // No verifier is known yet, so nothing is proved by SRP.
        let srp = SrpClient::new(&name);
        let proof = async || {
            let challenge = server.ok("InitiateAuth", srp.begin(&client, &name)).await;
            srp.answer(&pool, &client, &challenge, HASHED)
        };
        let wrong = "NotAuthorizedException: Incorrect username or password.";
        server
            .refuses("RespondToAuthChallenge", proof().await, wrong)
            .await;
        for password in ["Passw0rd!", hash] {
            let input = with_password(&client, &name, password);
            server.refuses("InitiateAuth", input, wrong).await;
        }
        server
            .ok("InitiateAuth", with_password(&client, &name, HASHED))
            .await;
        server.ok("RespondToAuthChallenge", proof().await).await;
        let input = with_password(&client, &name, "Passw0rd!");
        server.refuses("InitiateAuth", input, wrong).await;
        server
            .ok("InitiateAuth", with_password(&client, &name, HASHED))
            .await;
    }
}

#[tokio::test]
async fn an_imported_hash_lets_in_during_a_recovery_and_is_replaced_afterwards() {
    let server = Server::keeping_history().await;
    let pool = pool(&server).await;
    let client = server.client_id(&pool, json!({})).await;
    import_hashes(&server, &pool, "BCRYPT", &[("ann", BCRYPT)]).await;
    let then = server.app.clock.now().seconds();
    server.advance(Duration::from_secs(3_600));
    let to = json!({ "UserPoolId": pool, "RestoreTimestamp": then });
    let begun = server.ok("InitiatePointInTimeRecovery", to).await["Restoration"].clone();

    let right = with_password(&client, "ann", HASHED);
    server.ok("InitiateAuth", right.clone()).await;
    let wrong = with_password(&client, "ann", "Passw0rd!");
    let refusal = "NotAuthorizedException: Incorrect username or password.";
    server.refuses("InitiateAuth", wrong, refusal).await;
    let mut read = server.app.store.read().await.unwrap();
    assert!(
        read.users()
            .find_imported_hash(&pool)
            .await
            .unwrap()
            .is_some()
    );
    drop(read);

    let id = json!({ "UserPoolId": pool, "RestoreId": begun["RestoreId"] });
    server.ok("CancelPointInTimeRecovery", id).await;
    server.ok("InitiateAuth", right).await;
    let mut read = server.app.store.read().await.unwrap();
    assert!(
        read.users()
            .find_imported_hash(&pool)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn rows_with_a_bad_hash_fail_and_those_without_one_reset_their_passwords() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let dear = BCRYPT.replace("$04$", "$13$");
    let rows = [
        ("good", BCRYPT),
        ("none", ""),
        ("plain", "Passw0rd!"),
        ("dear", &dear),
        ("other", "16$8$1$00$00"),
    ];
    let job = import_hashes(&server, &pool, "BCRYPT", &rows).await;
    assert_eq!(counts(&job), [2, 0, 3]);
    let told = log(&server, &job).await;
    let told: Vec<&str> = told.lines().filter(|line| line.starts_with('[')).collect();
    assert_eq!(
        told,
        [
            "[FAILED] Line Number 4 - The value of password_hash is not a hash of BCRYPT.",
            "[FAILED] Line Number 5 - The value of password_hash exceeds the limits for the cost \
             of BCRYPT.",
            "[FAILED] Line Number 6 - The value of password_hash is not a hash of BCRYPT.",
        ]
    );
    let user = server.described_user(&pool, "none").await;
    assert_eq!(user["UserStatus"], "RESET_REQUIRED");

    // The column belongs to jobs with an algorithm, and they to it.
    let without = import(&server, &pool, format!("{HEADER},password_hash\n")).await;
    assert_eq!(without["Status"], "Failed");
    let mut input = json!({ "UserPoolId": pool, "JobName": "a", "CloudWatchLogsRoleArn": ROLE });
    input["PasswordHashingAlgorithm"] = json!("SCRYPT");
    let job = server.ok("CreateUserImportJob", input).await["UserImportJob"].clone();
    upload(&server, &job, file(&[row("al")])).await;
    server.ok("StartUserImportJob", named(&pool, &job)).await;
    let message = ended(&server, &pool, &job).await["CompletionMessage"].clone();
    assert_eq!(
        message,
        "The CSV header must have each column that GetCSVHeader lists, and password_hash, once."
    );
}

#[tokio::test]
async fn a_new_password_ends_an_imported_hash() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let client = server.client_id(&pool, json!({})).await;
    import_hashes(&server, &pool, "BCRYPT", &[("al", BCRYPT), ("bo", BCRYPT)]).await;
    let set =
        json!({ "UserPoolId": pool, "Username": "al", "Password": PASSWORD, "Permanent": true });
    server.ok("AdminSetUserPassword", set).await;
    let wrong = "NotAuthorizedException: Incorrect username or password.";
    server
        .refuses("InitiateAuth", with_password(&client, "al", HASHED), wrong)
        .await;
    server.sign_in(&client, "al").await;

    let signed_in = server
        .ok("InitiateAuth", with_password(&client, "bo", HASHED))
        .await;
    let change = |previous: &str| {
        json!({
            "AccessToken": signed_in["AuthenticationResult"]["AccessToken"],
            "PreviousPassword": previous,
            "ProposedPassword": PASSWORD,
        })
    };
    server
        .refuses("ChangePassword", change(BCRYPT), wrong)
        .await;
    server.ok("ChangePassword", change(HASHED)).await;
    server.sign_in(&client, "bo").await;
}
