//! GetUserAttributeVerificationCode and VerifyUserAttribute: addresses that are proved, at once or
//! before they count.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, attribute, attribute_list, claims, keys, text};

const OLD: &str = "alice@example.com";
const NEW: &str = "new@example.com";
const MISMATCH: &str =
    "CodeMismatchException: Invalid verification code provided, please try again.";
const EXPIRED: &str = "ExpiredCodeException: Invalid code provided, please request a code again.";

/// A pool, its client, and alice's access token.
struct Place {
    server: Server,
    pool: String,
    client: String,
    token: Value,
}

async fn place(settings: Value, attributes: &[(&str, &str)]) -> Place {
    let server = Server::start().await;
    let pool = server.pool(settings).await;
    let client = server.client_id(&pool, json!({})).await;
    server.user(&pool, "alice", attributes).await;
    let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
    Place {
        server,
        pool,
        client,
        token,
    }
}

impl Place {
    async fn update(&self, attributes: &[(&str, &str)]) -> Value {
        let input =
            json!({ "AccessToken": self.token, "UserAttributes": attribute_list(attributes) });
        self.server.ok("UpdateUserAttributes", input).await
    }

    fn ask(&self, name: &str) -> Value {
        json!({ "AccessToken": self.token, "AttributeName": name })
    }

    fn verification(&self, name: &str, code: &str) -> Value {
        json!({ "AccessToken": self.token, "AttributeName": name, "Code": code })
    }

    async fn attribute(&self, name: &str) -> Option<String> {
        let user = self.server.described_user(&self.pool, "alice").await;
        attribute(&user["UserAttributes"], name)
    }
}

fn another(code: &str) -> String {
    let first = code.as_bytes()[0];
    let other = if first == b'9' {
        '0'
    } else {
        char::from(first + 1)
    };
    format!("{other}{}", &code[1..])
}

#[tokio::test]
async fn a_changed_address_is_verified_by_the_code_that_was_sent_there() {
    let settings = json!({ "AutoVerifiedAttributes": ["email"] });
    let place = place(settings, &[("email", OLD), ("email_verified", "true")]).await;
    let server = &place.server;
    let sent = place.update(&[("email", NEW)]).await;
    assert_eq!(
        sent["CodeDeliveryDetailsList"],
        json!([{ "Destination": "n***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" }])
    );
    assert_eq!(place.attribute("email").await.as_deref(), Some(NEW));
    let verified = place.attribute("email_verified").await;
    assert_eq!(verified.as_deref(), Some("false"));
    let code = server.code(NEW).await;
    let wrong = place.verification("email", &another(&code));
    server.refuses("VerifyUserAttribute", wrong, MISMATCH).await;
    // Not for the other attribute.
    let wrong = place.verification("phone_number", &code);
    server.refuses("VerifyUserAttribute", wrong, EXPIRED).await;
    let right = place.verification("email", &code);
    let done = server.ok("VerifyUserAttribute", right.clone()).await;
    assert_eq!(done, json!({}));
    let verified = place.attribute("email_verified").await;
    assert_eq!(verified.as_deref(), Some("true"));
    // Once.
    server.refuses("VerifyUserAttribute", right, EXPIRED).await;
}

#[tokio::test]
async fn a_code_is_sent_whenever_it_is_asked_for() {
    let place = place(
        json!({}),
        &[("email", OLD), ("phone_number", "+12065559934")],
    )
    .await;
    let server = &place.server;
    let sent = server
        .ok(
            "GetUserAttributeVerificationCode",
            place.ask("phone_number"),
        )
        .await;
    assert_eq!(
        sent,
        json!({ "CodeDeliveryDetails": { "Destination": "+*******9934", "DeliveryMedium": "SMS", "AttributeName": "phone_number" } })
    );
    let old = server.code("+12065559934").await;
    server
        .ok(
            "GetUserAttributeVerificationCode",
            place.ask("phone_number"),
        )
        .await;
    let new = server.code("+12065559934").await;
    let input = place.verification("phone_number", &old);
    server.refuses("VerifyUserAttribute", input, MISMATCH).await;
    let input = place.verification("phone_number", &new);
    server.ok("VerifyUserAttribute", input).await;
    let verified = place.attribute("phone_number_verified").await;
    assert_eq!(verified.as_deref(), Some("true"));
}

#[tokio::test]
async fn only_addresses_and_numbers_that_the_user_has_are_verified() {
    let place = place(json!({}), &[]).await;
    let server = &place.server;
    let expected = "InvalidParameterException: Invalid attribute name. Only phone_number and email can be verified.";
    for name in ["nickname", "email_verified", "custom:x", "EMAIL"] {
        server
            .refuses(
                "GetUserAttributeVerificationCode",
                place.ask(name),
                expected,
            )
            .await;
        let input = place.verification(name, "123456");
        server.refuses("VerifyUserAttribute", input, expected).await;
    }
    server
        .refuses(
            "GetUserAttributeVerificationCode",
            place.ask("email"),
            "InvalidParameterException: User does not have email to verify.",
        )
        .await;
    let input = place.verification("email", "123456");
    server.refuses("VerifyUserAttribute", input, EXPIRED).await;
    let empty = server.refused("VerifyUserAttribute", place.verification("email", ""));
    assert!(empty.await.contains("at 'code'"));
    let forged = json!({ "AccessToken": "a.b.c", "AttributeName": "email", "Code": "123456" });
    server
        .refuses(
            "VerifyUserAttribute",
            forged,
            "NotAuthorizedException: Invalid Access Token",
        )
        .await;
}

#[tokio::test]
async fn a_code_ends_after_a_day_and_after_fifteen_wrong_ones() {
    let place = place(json!({}), &[("email", OLD)]).await;
    let server = &place.server;
    server
        .ok("GetUserAttributeVerificationCode", place.ask("email"))
        .await;
    let code = server.code(OLD).await;
    for _ in 0..15 {
        let wrong = place.verification("email", &another(&code));
        server.refuses("VerifyUserAttribute", wrong, MISMATCH).await;
    }
    let limit = "LimitExceededException: Attempt limit exceeded, please try after some time.";
    let right = place.verification("email", &code);
    server.refuses("VerifyUserAttribute", right, limit).await;
    server.advance(Duration::from_secs(86_400));
    let token = server.sign_in(&place.client, "alice").await["AccessToken"].clone();
    let late = json!({ "AccessToken": token, "AttributeName": "email", "Code": code });
    server.refuses("VerifyUserAttribute", late, EXPIRED).await;
}

#[tokio::test]
async fn a_pending_address_counts_only_once_it_is_verified() {
    let place = place(
        json!({
            "AutoVerifiedAttributes": ["email"],
            "AliasAttributes": ["email"],
            "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
        }),
        &[("email", OLD), ("email_verified", "true")],
    )
    .await;
    let server = &place.server;
    let sent = place.update(&[("email", NEW)]).await;
    assert_eq!(keys(&sent), ["CodeDeliveryDetailsList"]);
    assert_eq!(place.attribute("email").await.as_deref(), Some(OLD));
    let verified = place.attribute("email_verified").await;
    assert_eq!(verified.as_deref(), Some("true"));
    let id = server.sign_in(&place.client, OLD).await["IdToken"].clone();
    assert_eq!(claims(&id)["email"], OLD);
    // A code that is asked for goes to the pending one, too.
    let again = server
        .ok("GetUserAttributeVerificationCode", place.ask("email"))
        .await;
    assert_eq!(
        again["CodeDeliveryDetails"]["Destination"],
        text(&sent["CodeDeliveryDetailsList"][0]["Destination"])
    );
    let code = server.code(NEW).await;
    let input = place.verification("email", &code);
    server.ok("VerifyUserAttribute", input).await;
    assert_eq!(place.attribute("email").await.as_deref(), Some(NEW));
    server.sign_in(&place.client, NEW).await;
    let gone = json!({ "UserPoolId": place.pool, "Username": OLD });
    server
        .refuses_as("AdminGetUser", gone, "UserNotFound")
        .await;
}

#[tokio::test]
async fn what_an_administrator_sets_ends_what_was_pending() {
    let place = place(
        json!({
            "AutoVerifiedAttributes": ["email"],
            "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
        }),
        &[("email", OLD), ("email_verified", "true")],
    )
    .await;
    let server = &place.server;
    place.update(&[("email", NEW)]).await;
    let code = server.code(NEW).await;
    let set = attribute_list(&[("email", "third@example.com"), ("email_verified", "true")]);
    let set = json!({ "UserPoolId": place.pool, "Username": "alice", "UserAttributes": set });
    server.ok("AdminUpdateUserAttributes", set).await;
    let input = place.verification("email", &code);
    server.refuses("VerifyUserAttribute", input, EXPIRED).await;
    let email = place.attribute("email").await;
    assert_eq!(email.as_deref(), Some("third@example.com"));
}

#[tokio::test]
async fn an_alias_that_somebody_else_has_meanwhile_is_not_verified() {
    let settings = json!({ "AliasAttributes": ["email"] });
    let place = place(settings, &[("email", NEW)]).await;
    let server = &place.server;
    server
        .ok("GetUserAttributeVerificationCode", place.ask("email"))
        .await;
    let code = server.code(NEW).await;
    let verified = [("email", NEW), ("email_verified", "true")];
    server.user(&place.pool, "bob", &verified).await;
    let input = place.verification("email", &code);
    server
        .refuses(
            "VerifyUserAttribute",
            input,
            "AliasExistsException: An account with the given email already exists.",
        )
        .await;
    let found = server.described_user(&place.pool, NEW).await;
    assert_eq!(found["Username"], "bob");
}
