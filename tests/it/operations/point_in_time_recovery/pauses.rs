//! What waits while a recovery is under way, and what goes on.

use axum::http::Method;
use mocknito::error::Error;
use mocknito::operations::pauses::pauses;
use mocknito::wire::{Kind, Shape, user_pools};
use serde_json::{Map, Value, json};

use super::{HOUR, Kept, add_app};
use crate::pages::{Browser, at, web_client};
use crate::support::{PASSWORD, START, text, with_password, with_refresh_token};

const PAUSED: &str = "PausedByRecovery";

/// What waits. Everything else reads, signs in or out, or knows nothing of recoveries in the model.
const WAITS: [&str; 79] = [
    "AddCustomAttributes",
    "AdminAddUserToGroup",
    "AdminConfirmSignUp",
    "AdminCreateUser",
    "AdminDeleteSoftwareToken",
    "AdminDeleteUser",
    "AdminDeleteUserAttributes",
    "AdminDisableProviderForUser",
    "AdminDisableUser",
    "AdminEnableUser",
    "AdminForgetDevice",
    "AdminLinkProviderForUser",
    "AdminRemoveUserFromGroup",
    "AdminResetUserPassword",
    "AdminSetUserMFAPreference",
    "AdminSetUserPassword",
    "AdminSetUserSettings",
    "AdminUpdateAuthEventFeedback",
    "AdminUpdateDeviceStatus",
    "AdminUpdateUserAttributes",
    "AssociateSoftwareToken",
    "ChangePassword",
    "CompleteWebAuthnRegistration",
    "ConfirmDevice",
    "ConfirmForgotPassword",
    "ConfirmSignUp",
    "CreateCIMDPolicy",
    "CreateGroup",
    "CreateManagedLoginBranding",
    "CreateResourceServer",
    "CreateTerms",
    "CreateUserImportJob",
    "CreateUserPoolClient",
    "CreateUserPoolDomain",
    "CreateUserPoolReplica",
    "DeleteCIMDPolicy",
    "DeleteGroup",
    "DeleteManagedLoginBranding",
    "DeleteResourceServer",
    "DeleteTerms",
    "DeleteUser",
    "DeleteUserAttributes",
    "DeleteUserPool",
    "DeleteUserPoolClient",
    "DeleteUserPoolDomain",
    "DeleteUserPoolReplica",
    "DeleteWebAuthnCredential",
    "ForgetDevice",
    "ForgotPassword",
    "GetUserAttributeVerificationCode",
    "ResendConfirmationCode",
    "SetRiskConfiguration",
    "SetUICustomization",
    "SetUserMFAPreference",
    "SetUserPoolClientSessionConfiguration",
    "SetUserPoolMfaConfig",
    "SetUserPoolSessionConfiguration",
    "SetUserSettings",
    "SignUp",
    "StartUserImportJob",
    "StartWebAuthnRegistration",
    "StopUserImportJob",
    "TagResource",
    "UntagResource",
    "UpdateAuthEventFeedback",
    "UpdateCIMDPolicy",
    "UpdateClientMetadataURLState",
    "UpdateDeviceStatus",
    "UpdateGroup",
    "UpdateManagedLoginBranding",
    "UpdateResourceServer",
    "UpdateTerms",
    "UpdateUserAttributes",
    "UpdateUserPool",
    "UpdateUserPoolClient",
    "UpdateUserPoolDomain",
    "UpdateUserPoolReplica",
    "VerifySoftwareToken",
    "VerifyUserAttribute",
];

/// What tells the pool is sent where it need not be, too.
const WHOSE: [&str; 2] = ["AccessToken", "UserPoolId"];

/// A value that the model takes.
fn sample(kept: &Kept, token: &Value, name: &str, shape: &'static Shape) -> Value {
    match &shape.kind {
        Kind::String => match name {
            "UserPoolId" => json!(kept.pool),
            "ClientId" => json!(kept.client),
            "AccessToken" => token.clone(),
            "ResourceArn" => json!(format!(
                "arn:aws:cognito-idp:us-east-1:123456789012:userpool/{}",
                kept.pool
            )),
            _ => json!(sample_text(name, shape)),
        },
        Kind::Integer | Kind::Long => json!(shape.min.unwrap_or(1)),
        Kind::Boolean => json!(true),
        Kind::Blob => json!("YQ=="),
        Kind::Timestamp => json!(START),
        Kind::Document => json!({}),
        Kind::List(element) => json!([sample(kept, token, name, element)]),
        Kind::Map(key, value) => {
            let key = text(&sample(kept, token, "", key));
            json!({ key: sample(kept, token, "", value) })
        }
        Kind::Structure(members) => {
            let wanted = members
                .iter()
                .filter(|member| member.required || WHOSE.contains(&member.name));
            let members: Map<String, Value> = wanted
                .map(|member| {
                    let value = sample(kept, token, member.name, member.shape);
                    (member.name.to_owned(), value)
                })
                .collect();
            Value::Object(members)
        }
    }
}

fn sample_text(name: &str, shape: &Shape) -> String {
    if let Some(first) = shape.values.first() {
        return (*first).to_owned();
    }
    let long = "a".repeat(usize::try_from(shape.min.unwrap_or(1).max(1)).unwrap());
    [
        "alice",
        "arn:aws:iam::123456789012:role/import",
        "https://example.com",
        "us-west-2",
        "123456",
        "00000000-0000-4000-8000-000000000000",
        "client--1",
        "us-east-1_0123abcd",
        "import-a",
        "terms-of-use",
        "tkn0123456789abcdefghijklmno",
        "Passw0rd!",
        &long,
    ]
    .into_iter()
    .find(|text| {
        let length = i64::try_from(text.len()).unwrap();
        shape.min.is_none_or(|min| length >= min)
            && shape.max.is_none_or(|max| length <= max)
            && shape.pattern.is_none_or(|pattern| pattern.matches(text))
    })
    .unwrap_or_else(|| panic!("no sample of {name}, {shape:?}"))
    .to_owned()
}

#[tokio::test]
async fn of_all_operations_those_that_write_wait() {
    let kept = Kept::start().await;
    let server = &kept.server;
    let then = kept.now();
    kept.later(HOUR);
    let token = server.sign_in(&kept.client, "alice").await["AccessToken"].clone();
    kept.initiate(then).await;
    for operation in user_pools::OperationName::ALL {
        let facts = operation.facts();
        let waits = WAITS.contains(&facts.name);
        assert_eq!(pauses(facts), waits, "{}", facts.name);
        let input = sample(&kept, &token, "", facts.input);
        if waits {
            server.refuses_as(facts.name, input, PAUSED).await;
        } else if !facts.name.ends_with("PointInTimeRecovery")
            && !facts.name.ends_with("GlobalSignOut")
        {
            let reply = server.call(facts.name, input).await;
            assert_ne!(reply.situation, Some(PAUSED), "{}", facts.name);
        }
    }
    assert_eq!(user_pools::OperationName::ALL.len(), 153);
}

#[tokio::test]
async fn clients_do_not_register_themselves_meanwhile() {
    let open = json!({ "DcrConfiguration": { "OpenDcrEnabled": true } });
    let kept = Kept::with(open).await;
    let domain = json!({ "UserPoolId": kept.pool, "Domain": "agents" });
    kept.server.ok("CreateUserPoolDomain", domain).await;
    let register = async || {
        let body = json!({ "redirect_uris": ["https://example.com/"] }).to_string();
        let path = format!("/{}/oauth2/register", kept.pool);
        let json = [("content-type", "application/json")];
        let reply = kept.server.ask(Method::POST, &path, &json, &body).await;
        (reply.status.as_u16(), reply.json()["error"].clone())
    };
    let then = kept.now();
    kept.later(HOUR);
    assert_eq!(register().await.0, 201);
    kept.initiate(then).await;
    assert_eq!(register().await, (503, json!("temporarily_unavailable")));
}

#[tokio::test]
async fn who_may_not_call_is_told_that_first() {
    let kept = Kept::start().await;
    let then = kept.now();
    kept.later(HOUR);
    let tokens = kept.server.sign_in(&kept.client, "alice").await;
    kept.initiate(then).await;
    let mut forged = text(&tokens["AccessToken"]);
    forged.truncate(forged.len() - 20);
    let input = json!({ "AccessToken": format!("{forged}{}", "A".repeat(20)) });
    kept.server
        .refuses_as("DeleteUser", input, "AccessTokenForged")
        .await;
    let input = json!({ "AccessToken": tokens["AccessToken"] });
    kept.server
        .refuses_as("DeleteUser", input.clone(), PAUSED)
        .await;
    kept.server.ok("GetUser", input).await;
}

#[tokio::test]
async fn signing_in_goes_on_but_for_the_challenges_that_write() {
    let kept = Kept::with(json!({})).await;
    let server = &kept.server;
    let factors = json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } });
    server
        .ok(
            "SetUserPoolMfaConfig",
            kept.set_up("OPTIONAL", factors.clone()),
        )
        .await;
    for name in ["alice", "bob", "carol"] {
        server.user(&kept.pool, name, &[]).await;
    }
    let app = add_app(&kept, "bob").await;
    let mut temporary = kept.user("carol");
    temporary["Password"] = json!(PASSWORD);
    server.ok("AdminSetUserPassword", temporary).await;
    let then = kept.now();
    kept.later(HOUR);
    let id = kept.initiate(then).await;

    let tokens = server.sign_in(&kept.client, "alice").await;
    server
        .ok(
            "InitiateAuth",
            with_refresh_token(&kept.client, &tokens["RefreshToken"]),
        )
        .await;
    server
        .ok("GetUser", json!({ "AccessToken": tokens["AccessToken"] }))
        .await;
    let answer = |challenge: &Value, responses: Value| {
        json!({
            "ClientId": kept.client, "ChallengeName": challenge["ChallengeName"],
            "Session": challenge["Session"], "ChallengeResponses": responses,
        })
    };
    let asked = server
        .ok("InitiateAuth", with_password(&kept.client, "bob", PASSWORD))
        .await;
    let code = app.code((kept.now() - START) / 30);
    let responses = json!({ "USERNAME": "bob", "SOFTWARE_TOKEN_MFA_CODE": code });
    let by_app = answer(&asked, responses);
    server
        .refuses_as("RespondToAuthChallenge", by_app.clone(), PAUSED)
        .await;
    let asked = server
        .ok(
            "InitiateAuth",
            with_password(&kept.client, "carol", PASSWORD),
        )
        .await;
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let responses = json!({ "USERNAME": "carol", "NEW_PASSWORD": "N3w!passw0rd" });
    let new_password = answer(&asked, responses);
    server
        .refuses_as("RespondToAuthChallenge", new_password.clone(), PAUSED)
        .await;
    // Signing out, too.
    server
        .ok(
            "GlobalSignOut",
            json!({ "AccessToken": tokens["AccessToken"] }),
        )
        .await;

    // The refusal has used nothing up.
    server
        .ok("CancelPointInTimeRecovery", kept.named(&id))
        .await;
    server.ok("RespondToAuthChallenge", by_app).await;
    server.ok("RespondToAuthChallenge", new_password).await;
}

#[tokio::test]
async fn nobody_sets_a_second_factor_up_meanwhile() {
    let kept = Kept::with(json!({})).await;
    let server = &kept.server;
    server.user(&kept.pool, "alice", &[]).await;
    let factors = json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } });
    server
        .ok("SetUserPoolMfaConfig", kept.set_up("ON", factors))
        .await;
    let then = kept.now();
    kept.later(HOUR);
    kept.initiate(then).await;
    let asked = server
        .ok(
            "InitiateAuth",
            with_password(&kept.client, "alice", PASSWORD),
        )
        .await;
    assert_eq!(asked["ChallengeName"], "MFA_SETUP");
    let session = json!({ "Session": asked["Session"] });
    server
        .refuses_as("AssociateSoftwareToken", session, PAUSED)
        .await;
    let answer = json!({
        "ClientId": kept.client, "ChallengeName": "MFA_SETUP", "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": "alice" },
    });
    server
        .refuses_as("RespondToAuthChallenge", answer, PAUSED)
        .await;
}

#[tokio::test]
async fn the_store_refuses_what_a_door_forgets() {
    let kept = Kept::start().await;
    let sub = kept.server.sub_of(&kept.pool, "alice").await;
    let then = kept.now();
    kept.later(HOUR);
    let id = kept.initiate(then).await;
    let store = &kept.server.app.store;
    let mut write = store.write().await.unwrap();
    let mut alice = write
        .users()
        .find_by_sub(&kept.pool, &sub)
        .await
        .unwrap()
        .unwrap();
    // Nothing of her changes: as a federated user's sign-in writes.
    alice.updated_at = kept.server.app.clock.now();
    write.users().update(&alice).await.unwrap();
    // A sign-out.
    alice.signed_out_at = Some(alice.updated_at);
    write.users().update(&alice).await.unwrap();
    write.commit().await.unwrap();

    let refused = |error: Error| assert!(matches!(error, Error::PausedByRecovery), "{error:?}");
    let mut write = store.write().await.unwrap();
    alice
        .attributes
        .insert("name".to_owned(), "Alice".to_owned());
    refused(write.users().update(&alice).await.unwrap_err());
    drop(write);
    let mut write = store.write().await.unwrap();
    refused(write.users().delete(&sub).await.unwrap_err());
    drop(write);
    let mut write = store.write().await.unwrap();
    refused(
        write
            .software_tokens()
            .put_pending(&sub, b"x")
            .await
            .unwrap_err(),
    );
    drop(write);

    kept.server
        .ok("CancelPointInTimeRecovery", kept.named(&id))
        .await;
    let mut write = store.write().await.unwrap();
    write.users().update(&alice).await.unwrap();
    write.commit().await.unwrap();
}

#[tokio::test]
async fn the_pages_sign_in_and_take_nothing_else() {
    let kept = Kept::with(json!({ "AutoVerifiedAttributes": ["email"] })).await;
    let server = &kept.server;
    let email = [("email", "alice@example.com"), ("email_verified", "true")];
    server.user(&kept.pool, "alice", &email).await;
    let client = web_client(server, &kept.pool, json!({})).await;
    let then = kept.now();
    kept.later(HOUR);
    kept.initiate(then).await;
    let browser = Browser::new(server);
    let sent = [
        (
            "/signup",
            vec![
                ("username", "bob"),
                ("password", PASSWORD),
                ("confirm_password", PASSWORD),
                ("requiredAttributes[email]", "bob@example.com"),
            ],
        ),
        ("/forgotPassword", vec![("username", "alice")]),
        (
            "/confirmUser",
            vec![("username", "alice"), ("code", "123456")],
        ),
    ];
    let signup = browser.get(&at("/signup", &client)).await;
    for (path, fields) in sent {
        let page = browser.submit(&signup, &at(path, &client), &fields).await;
        assert_eq!(page.status.as_u16(), 503, "{path}: {}", page.html);
        assert!(
            page.html.contains("Write operations are paused"),
            "{}",
            page.html
        );
    }
    let link = format!("/confirmUser?client_id={client}&user_name=alice&confirmation_code=123456");
    let page = browser.get(&link).await;
    assert!(
        page.html.contains("Write operations are paused"),
        "{}",
        page.html
    );
    assert!(server.inbox("").await.is_empty());
    let login = at("/login", &client);
    let page = browser.get(&login).await;
    let fields = [("username", "alice"), ("password", PASSWORD)];
    browser.submit(&page, &login, &fields).await.code();
}

#[tokio::test]
async fn an_import_and_a_recovery_wait_for_each_other() {
    let kept = Kept::with(json!({ "AutoVerifiedAttributes": ["email"] })).await;
    let server = &kept.server;
    let role = "arn:aws:iam::123456789012:role/import";
    let input = json!({ "UserPoolId": kept.pool, "JobName": "j", "CloudWatchLogsRoleArn": role });
    let made = server.ok("CreateUserImportJob", input.clone()).await;
    let job = text(&made["UserImportJob"]["JobId"]);
    let then = kept.now();
    kept.later(HOUR);
    let set = async |status| {
        let mut write = server.app.store.write().await.unwrap();
        let mut found = write.import_jobs().find(&job).await.unwrap().unwrap();
        found.status = status;
        write.import_jobs().update(&found).await.unwrap();
        write.commit().await.unwrap();
    };
    set(user_pools::UserImportJobStatusType::InProgress).await;
    let to = kept.to(then);
    server
        .refuses_as("InitiatePointInTimeRecovery", to, "RecoveryDuringImport")
        .await;
    set(user_pools::UserImportJobStatusType::Created).await;
    kept.initiate(then).await;
    server
        .refuses_as("CreateUserImportJob", input, PAUSED)
        .await;
    let input = json!({ "UserPoolId": kept.pool, "JobId": job });
    server.refuses_as("StartUserImportJob", input, PAUSED).await;
}
