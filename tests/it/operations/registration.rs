//! SignUp, ConfirmSignUp and ResendConfirmationCode: from nobody to a confirmed user, by code and
//! by link, and everybody who is refused.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    PASSWORD, Server, attribute, attribute_list, keys, merge, secret_hash, text, with_password,
};

const EMAIL: &str = "bob@example.com";
const MISMATCH: &str =
    "CodeMismatchException: Invalid verification code provided, please try again.";
const EXPIRED: &str = "ExpiredCodeException: Invalid code provided, please request a code again.";
const UNKNOWN: &str = "UserNotFoundException: Username/client id combination not found.";
const CONFIRMED: &str =
    "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED";

struct Place {
    server: Server,
    pool: String,
    client: String,
    hiding: String,
}

/// A pool with these settings, a client that tells who exists and one that does not.
async fn place(settings: Value) -> Place {
    let server = Server::start().await;
    let pool = server.pool(settings).await;
    let client = server.client_id(&pool, json!({})).await;
    let hiding = json!({ "PreventUserExistenceErrors": "ENABLED" });
    let hiding = server.client_id(&pool, hiding).await;
    Place {
        server,
        pool,
        client,
        hiding,
    }
}

async fn by_email() -> Place {
    place(json!({ "AutoVerifiedAttributes": ["email"] })).await
}

impl Place {
    fn registration(&self, username: &str, attributes: &[(&str, &str)]) -> Value {
        json!({
            "ClientId": self.client,
            "Username": username,
            "Password": PASSWORD,
            "UserAttributes": attribute_list(attributes),
        })
    }

    async fn sign_up(&self, username: &str, attributes: &[(&str, &str)]) -> Value {
        let input = self.registration(username, attributes);
        self.server.ok("SignUp", input).await
    }

    fn confirmation(&self, username: &str, code: &str) -> Value {
        json!({ "ClientId": self.client, "Username": username, "ConfirmationCode": code })
    }

    async fn confirm(&self, username: &str, to: &str) {
        let code = self.server.code(to).await;
        let input = self.confirmation(username, &code);
        assert_eq!(self.server.ok("ConfirmSignUp", input).await, json!({}));
    }

    fn resend(&self, username: &str) -> Value {
        json!({ "ClientId": self.client, "Username": username })
    }

    async fn attribute(&self, username: &str, name: &str) -> Option<String> {
        let user = self.server.described_user(&self.pool, username).await;
        attribute(&user["UserAttributes"], name)
    }

    async fn status(&self, username: &str) -> String {
        let user = self.server.described_user(&self.pool, username).await;
        text(&user["UserStatus"])
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
async fn a_user_signs_up_confirms_and_signs_in() {
    let place = by_email().await;
    let server = &place.server;
    let answer = place.sign_up("bob", &[("email", EMAIL)]).await;
    assert_eq!(
        keys(&answer),
        ["CodeDeliveryDetails", "UserConfirmed", "UserSub"]
    );
    assert_eq!(answer["UserConfirmed"], false);
    assert_eq!(
        answer["CodeDeliveryDetails"],
        json!({ "Destination": "b***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" })
    );
    assert_eq!(
        server.sub_of(&place.pool, "bob").await,
        text(&answer["UserSub"])
    );
    assert_eq!(place.status("bob").await, "UNCONFIRMED");
    assert_eq!(
        place.attribute("bob", "email_verified").await.as_deref(),
        Some("false")
    );
    server
        .refuses(
            "InitiateAuth",
            with_password(&place.client, "bob", PASSWORD),
            "UserNotConfirmedException: User is not confirmed.",
        )
        .await;

    let message = &server.inbox("").await[0];
    assert_eq!(message["kind"], "sign_up");
    assert_eq!(message["medium"], "EMAIL");
    assert_eq!(message["to"], EMAIL);
    let code = text(&message["code"]);
    assert_eq!(code.len(), 6);
    assert_eq!(message["body"], format!("Your confirmation code is {code}"));

    place.confirm("bob", EMAIL).await;
    assert_eq!(place.status("bob").await, "CONFIRMED");
    assert_eq!(
        place.attribute("bob", "email_verified").await.as_deref(),
        Some("true")
    );
    server.sign_in(&place.client, "bob").await;
}

#[tokio::test]
async fn codes_go_where_the_pool_verifies_and_nowhere_else() {
    let place = place(json!({})).await;
    let answer = place.sign_up("bob", &[("email", EMAIL)]).await;
    assert_eq!(keys(&answer), ["UserConfirmed", "UserSub"]);
    assert!(place.server.inbox("").await.is_empty());

    let place = by_email().await;
    let answer = place.sign_up("bob", &[]).await;
    assert_eq!(keys(&answer), ["UserConfirmed", "UserSub"]);

    let both = json!({ "AutoVerifiedAttributes": ["email", "phone_number"] });
    let place = self::place(both).await;
    let number = "+12065559934";
    let answer = place
        .sign_up("bob", &[("email", EMAIL), ("phone_number", number)])
        .await;
    assert_eq!(
        answer["CodeDeliveryDetails"],
        json!({ "Destination": "+*******9934", "DeliveryMedium": "SMS", "AttributeName": "phone_number" })
    );
    place.confirm("bob", number).await;
    let verified = place.attribute("bob", "phone_number_verified").await;
    assert_eq!(verified.as_deref(), Some("true"));
    let verified = place.attribute("bob", "email_verified").await;
    assert_eq!(verified.as_deref(), Some("false"));
}

#[tokio::test]
async fn the_attribute_that_is_the_user_name_gets_the_code() {
    let place = place(json!({ "AutoVerifiedAttributes": ["email"], "UsernameAttributes": ["email", "phone_number"] })).await;
    let answer = place.sign_up(EMAIL, &[]).await;
    assert_eq!(answer["CodeDeliveryDetails"]["DeliveryMedium"], "EMAIL");
    let repeated = place.registration(EMAIL, &[]);
    place
        .server
        .refuses(
            "SignUp",
            repeated,
            "UsernameExistsException: User already exists",
        )
        .await;
    let other = place.registration("+12065559934", &[("email", EMAIL)]);
    place
        .server
        .refuses(
            "SignUp",
            other,
            "UsernameExistsException: An account with the given email already exists.",
        )
        .await;
    place.confirm(EMAIL, EMAIL).await;
    place.server.sign_in(&place.client, EMAIL).await;
}

#[tokio::test]
async fn a_sign_up_that_the_service_would_refuse_is_refused() {
    let place = place(json!({
        "AutoVerifiedAttributes": ["email"],
        "AliasAttributes": ["email", "phone_number", "preferred_username"],
        "Schema": [
            { "Name": "given_name", "Required": true },
            { "Name": "birthdate", "Required": true },
            { "Name": "short", "AttributeDataType": "String", "StringAttributeConstraints": { "MinLength": "2", "MaxLength": "5" } },
            { "Name": "age", "AttributeDataType": "Number", "NumberAttributeConstraints": { "MinValue": "18", "MaxValue": "99" } },
        ],
    }))
    .await;
    let required = [("given_name", "Bob"), ("birthdate", "2000-01-31")];
    let with = |name, more: &[(&'static str, &'static str)]| {
        place.registration(name, &[&required[..], more].concat())
    };
    let invalid = "InvalidParameterException: ";
    let schema = format!("{invalid}Attributes did not conform to the schema: ");
    let cases = [
        (
            place.registration("bob", &[]),
            format!(
                "{schema}given_name: The attribute is required\nbirthdate: The attribute is required\n"
            ),
        ),
        (
            with("bob", &[("custom:none", "1")]),
            format!("{schema}custom:none: Attribute does not exist in the schema.\n"),
        ),
        (
            with("bob", &[("custom:short", "123456")]),
            format!(
                "{schema}custom:short: String attributes cannot have a length of more than 5\n"
            ),
        ),
        (
            with("bob", &[("custom:short", "1")]),
            format!(
                "{schema}custom:short: String attributes cannot have a length of less than 2\n"
            ),
        ),
        (
            with("bob", &[("custom:age", "17")]),
            format!("{schema}custom:age: Value is too small\n"),
        ),
        (
            with("bob", &[("custom:age", "100")]),
            format!("{schema}custom:age: Value is too large\n"),
        ),
        (
            with("bob", &[("custom:age", "old")]),
            format!("{schema}custom:age: Value is not a number\n"),
        ),
        (
            with("bob", &[("birthdate", "2000-1-1")]),
            format!("{schema}birthdate: String must be exactly 10 characters\n"),
        ),
        (
            with("bob", &[("email", "bob")]),
            format!("{invalid}Invalid email address format."),
        ),
        (
            with("bob", &[("phone_number", "0301234")]),
            format!("{invalid}Invalid phone number format."),
        ),
        (
            with("bob", &[("email_verified", "true")]),
            "NotAuthorizedException: A client attempted to write unauthorized attribute".to_owned(),
        ),
        (
            with("bob", &[("sub", "1")]),
            format!("{invalid}Cannot modify the non-mutable attribute sub"),
        ),
        (
            with("bob", &[("preferred_username", "bobby")]),
            format!(
                "{invalid}Cannot specify preferred_username before the user is confirmed, since user pool is configured for preferred username alias."
            ),
        ),
        (
            with(EMAIL, &[]),
            format!(
                "{invalid}Username cannot be of email format, since user pool is configured for email alias."
            ),
        ),
        (
            with("+12065559934", &[]),
            format!(
                "{invalid}Username cannot be of phone number format, since user pool is configured for phone number alias."
            ),
        ),
    ];
    for (input, expected) in cases {
        place.server.refuses("SignUp", input, &expected).await;
    }
    for (password, lacks, situation) in [
        ("Aa1!", "not long enough", "PasswordTooShort"),
        (
            "aaaaaa1!",
            "must have uppercase characters",
            "PasswordNeedsUppercase",
        ),
        (
            "AAAAAA1!",
            "must have lowercase characters",
            "PasswordNeedsLowercase",
        ),
        (
            "AAAaaaa!",
            "must have numeric characters",
            "PasswordNeedsNumber",
        ),
        (
            "AAAaaaa1",
            "must have symbol characters",
            "PasswordNeedsSymbol",
        ),
    ] {
        let mut input = with("bob", &[]);
        input["Password"] = json!(password);
        place
            .server
            .refuses_as("SignUp", input.clone(), situation)
            .await;
        let expected = format!(
            "InvalidPasswordException: Password did not conform with policy: Password {lacks}"
        );
        place.server.refuses("SignUp", input, &expected).await;
    }
    let mut input = with("bob", &[]);
    input.as_object_mut().unwrap().remove("Password");
    let expected = format!("{invalid}Missing required parameter Password");
    place.server.refuses("SignUp", input, &expected).await;

    // Nothing of all that has left anything behind.
    assert!(place.server.inbox("").await.is_empty());
    place.server.ok("SignUp", with("bob", &[])).await;
    let expected = "UsernameExistsException: User already exists";
    for client in [&place.client, &place.hiding] {
        let mut input = with("bob", &[]);
        input["ClientId"] = json!(client);
        place.server.refuses("SignUp", input, expected).await;
    }
}

#[tokio::test]
async fn the_client_limits_what_is_written_and_proves_its_secret() {
    let place = by_email().await;
    let server = &place.server;
    let narrow = json!({ "WriteAttributes": ["nickname"], "GenerateSecret": true });
    let narrow = server.client(&place.pool, narrow).await;
    let (id, secret) = (text(&narrow["ClientId"]), text(&narrow["ClientSecret"]));
    let mut input = place.registration("bob", &[("nickname", "b")]);
    input["ClientId"] = json!(id);
    let refused = |words| format!("NotAuthorizedException: {words}");
    let missing = refused(format!(
        "Client {id} is configured with secret but SECRET_HASH was not received"
    ));
    let wrong = refused(format!("Unable to verify secret hash for client {id}"));
    server.refuses("SignUp", input.clone(), &missing).await;
    input["SecretHash"] = json!(secret_hash(&secret, "alice", &id));
    server.refuses("SignUp", input.clone(), &wrong).await;
    input["SecretHash"] = json!(secret_hash(&secret, "bob", &id));
    let mut email = input.clone();
    email["UserAttributes"] = attribute_list(&[("email", EMAIL)]);
    let unauthorized = refused("A client attempted to write unauthorized attribute".to_owned());
    server.refuses("SignUp", email, &unauthorized).await;
    server.ok("SignUp", input).await;

    // The others ask for the hash, too.
    let named = json!({ "ClientId": id, "Username": "bob" });
    let with_code = json!({ "ClientId": id, "Username": "bob", "ConfirmationCode": "123456" });
    let mut with_password = with_code.clone();
    merge(&mut with_password, json!({ "Password": PASSWORD }));
    for (operation, input) in [
        ("ConfirmSignUp", with_code),
        ("ResendConfirmationCode", named.clone()),
        ("ForgotPassword", named),
        ("ConfirmForgotPassword", with_password),
    ] {
        server.refuses(operation, input, &missing).await;
    }
    let mut unexpected = place.registration("carl", &[]);
    unexpected["SecretHash"] = json!("aGFzaA==");
    server
        .refuses_as("SignUp", unexpected, "SecretHashUnexpected")
        .await;
}

#[tokio::test]
async fn where_only_administrators_make_users_nobody_signs_up() {
    let place =
        place(json!({ "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true } })).await;
    let input = place.registration("bob", &[]);
    let expected = "NotAuthorizedException: SignUp is not permitted for this user pool";
    place.server.refuses("SignUp", input, expected).await;
}

#[tokio::test]
async fn only_the_right_code_confirms_and_only_once() {
    let place = by_email().await;
    let server = &place.server;
    place.sign_up("bob", &[("email", EMAIL)]).await;
    place
        .sign_up("carl", &[("email", "carl@example.com")])
        .await;
    let code = server.code(EMAIL).await;
    let others = server.code("carl@example.com").await;
    for wrong in [another(&code), others, format!("{code}0"), "1".to_owned()] {
        let input = place.confirmation("bob", &wrong);
        server.refuses("ConfirmSignUp", input, MISMATCH).await;
    }
    let empty = server.refused("ConfirmSignUp", place.confirmation("bob", ""));
    let empty = empty.await;
    assert!(empty.contains("at 'confirmationCode'"), "{empty}");

    // A new code ends the old one.
    let sent = server
        .ok("ResendConfirmationCode", place.resend("bob"))
        .await;
    assert_eq!(
        sent,
        json!({ "CodeDeliveryDetails": { "Destination": "b***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" } })
    );
    assert_eq!(server.inbox("").await[0]["kind"], "resend_code");
    let newer = server.code(EMAIL).await;
    assert_ne!(newer, code);
    let input = place.confirmation("bob", &code);
    server.refuses("ConfirmSignUp", input, MISMATCH).await;

    place.confirm("bob", EMAIL).await;
    let again = place.confirmation("bob", &newer);
    server.refuses("ConfirmSignUp", again, CONFIRMED).await;
    let resend = place.resend("bob");
    server
        .refuses(
            "ResendConfirmationCode",
            resend,
            "InvalidParameterException: User is already confirmed.",
        )
        .await;
}

#[tokio::test]
async fn a_code_ends_after_a_day() {
    let place = by_email().await;
    place.sign_up("bob", &[("email", EMAIL)]).await;
    let code = place.server.code(EMAIL).await;
    place.server.advance(Duration::from_secs(86_400 - 1));
    let wrong = place.confirmation("bob", &another(&code));
    place.server.refuses("ConfirmSignUp", wrong, MISMATCH).await;
    place.server.advance(Duration::from_secs(1));
    let late = place.confirmation("bob", &code);
    place.server.refuses("ConfirmSignUp", late, EXPIRED).await;
    let resend = place.resend("bob");
    place.server.ok("ResendConfirmationCode", resend).await;
    place.confirm("bob", EMAIL).await;
}

#[tokio::test]
async fn after_fifteen_wrong_codes_the_right_one_has_to_wait() {
    let place = by_email().await;
    let server = &place.server;
    place.sign_up("bob", &[("email", EMAIL)]).await;
    let limit = "LimitExceededException: Attempt limit exceeded, please try after some time.";
    for _ in 0..14 {
        let wrong = place.confirmation("bob", &another(&server.code(EMAIL).await));
        server.refuses("ConfirmSignUp", wrong, MISMATCH).await;
    }
    // A new code begins no new count.
    let resend = place.resend("bob");
    server.ok("ResendConfirmationCode", resend).await;
    let code = server.code(EMAIL).await;
    let wrong = place.confirmation("bob", &another(&code));
    server.refuses("ConfirmSignUp", wrong, MISMATCH).await;
    let right = place.confirmation("bob", &code);
    server.refuses("ConfirmSignUp", right, limit).await;
    server.advance(Duration::from_secs(3_600));
    place.confirm("bob", EMAIL).await;
}

#[tokio::test]
async fn who_exists_is_told_only_by_clients_that_may() {
    let place = by_email().await;
    let server = &place.server;
    place.sign_up("bob", &[("email", EMAIL)]).await;
    let confirm = place.confirmation("nobody", "123456");
    server
        .refuses("ConfirmSignUp", confirm.clone(), UNKNOWN)
        .await;
    let resend = place.resend("nobody");
    server
        .refuses("ResendConfirmationCode", resend.clone(), UNKNOWN)
        .await;

    let hide = |mut input: Value| {
        input["ClientId"] = json!(place.hiding);
        input
    };
    server
        .refuses("ConfirmSignUp", hide(confirm), EXPIRED)
        .await;
    let simulated = server
        .ok("ResendConfirmationCode", hide(resend.clone()))
        .await;
    let again = server.ok("ResendConfirmationCode", hide(resend)).await;
    assert_eq!(simulated, again);
    let details = &simulated["CodeDeliveryDetails"];
    assert_eq!(
        keys(details),
        ["AttributeName", "DeliveryMedium", "Destination"]
    );
    let destination = text(&details["Destination"]);
    assert_eq!((destination.len(), &destination[1..5]), (9, "***@"));
    let typed = hide(place.resend("zoe@yonder.test"));
    let typed = server.ok("ResendConfirmationCode", typed).await;
    assert_eq!(typed["CodeDeliveryDetails"]["Destination"], "z***@y***");
    assert_eq!(server.inbox("").await.len(), 1);

    let bob = json!({ "UserPoolId": place.pool, "Username": "bob" });
    server.ok("AdminDisableUser", bob).await;
    let code = server.code(EMAIL).await;
    let input = place.confirmation("bob", &code);
    server
        .refuses(
            "ConfirmSignUp",
            input.clone(),
            "NotAuthorizedException: User is disabled.",
        )
        .await;
    server.refuses("ConfirmSignUp", hide(input), EXPIRED).await;
    let resend = hide(place.resend("bob"));
    server.ok("ResendConfirmationCode", resend).await;
    assert_eq!(server.inbox("").await.len(), 1);
}

#[tokio::test]
async fn nothing_is_resent_where_nothing_is_verified() {
    let place = place(json!({})).await;
    place.sign_up("bob", &[("email", EMAIL)]).await;
    let expected =
        "InvalidParameterException: Cannot resend codes. Auto verification not turned on.";
    let resend = place.resend("bob");
    place
        .server
        .refuses("ResendConfirmationCode", resend, expected)
        .await;
    // No code was ever sent, so none fits.
    let input = place.confirmation("bob", "000000");
    place.server.refuses("ConfirmSignUp", input, EXPIRED).await;
}

#[tokio::test]
async fn an_alias_that_somebody_has_is_taken_over_only_by_force() {
    let place =
        place(json!({ "AutoVerifiedAttributes": ["email"], "AliasAttributes": ["email"] })).await;
    let server = &place.server;
    place.sign_up("bob", &[("email", EMAIL)]).await;
    place.confirm("bob", EMAIL).await;
    // Unverified, the same address is no name yet.
    place.sign_up("carl", &[("email", EMAIL)]).await;
    let code = server.code(EMAIL).await;
    let mut input = place.confirmation("carl", &code);
    server
        .refuses(
            "ConfirmSignUp",
            input.clone(),
            "AliasExistsException: An account with the email already exists.",
        )
        .await;
    assert_eq!(place.status("carl").await, "UNCONFIRMED");
    input["ForceAliasCreation"] = json!(true);
    server.ok("ConfirmSignUp", input).await;
    let verified = place.attribute("bob", "email_verified").await;
    assert_eq!(verified.as_deref(), Some("false"));
    let found = server.described_user(&place.pool, EMAIL).await;
    assert_eq!(found["Username"], "carl");
}

#[tokio::test]
async fn the_link_in_the_mail_confirms_when_it_is_opened() {
    let place = place(json!({
        "AutoVerifiedAttributes": ["email"],
        "VerificationMessageTemplate": {
            "DefaultEmailOption": "CONFIRM_WITH_LINK",
            "EmailMessageByLink": "Hello {username}, {##Confirm##}!",
            "EmailSubjectByLink": "Welcome",
        },
    }))
    .await;
    let server = &place.server;
    place.sign_up("bob&co", &[("email", EMAIL)]).await;
    let message = &server.inbox("").await[0];
    assert_eq!(message["subject"], "Welcome");
    let (body, code) = (text(&message["body"]), text(&message["code"]));
    let path = format!(
        "/confirmUser?client_id={}&user_name=bob%26co&confirmation_code={code}",
        place.client
    );
    assert_eq!(
        body,
        format!("Hello bob&co, <a href=\"http://localhost:9339{path}\">Confirm</a>!")
    );

    let wrong = server.get(&path.replace(&code, "%3Cscript%3E")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let page = String::from_utf8(wrong.body).unwrap();
    assert!(page.contains("Invalid verification code provided, please try again."));
    let wrong = server
        .get("/confirmUser?client_id=%3Cb%3E&user_name=b&confirmation_code=1")
        .await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let page = String::from_utf8(wrong.body).unwrap();
    assert!(page.contains("User pool client &#60;b&#62; does not exist."));
    let nothing = server.get("/confirmUser").await;
    assert_eq!(nothing.status, StatusCode::BAD_REQUEST);

    let right = server.get(&path).await;
    assert_eq!(right.status, StatusCode::OK);
    assert_eq!(right.headers["content-type"], "text/html; charset=utf-8");
    let page = String::from_utf8(right.body).unwrap();
    assert!(page.contains("Your registration has been confirmed!"));
    assert_eq!(place.status("bob&co").await, "CONFIRMED");
    let again = server.get(&path).await;
    let page = String::from_utf8(again.body).unwrap();
    assert!(page.contains("User cannot be confirmed. Current status is CONFIRMED"));
}

#[tokio::test]
async fn every_code_is_the_fixed_one_when_there_is_one() {
    let server = Server::with_fixed_code("424242").await;
    let pool = server
        .pool(json!({ "AutoVerifiedAttributes": ["email"] }))
        .await;
    let client = server.client_id(&pool, json!({})).await;
    let input = json!({ "ClientId": client, "Username": "bob", "Password": PASSWORD, "UserAttributes": attribute_list(&[("email", EMAIL)]) });
    server.ok("SignUp", input).await;
    let input = json!({ "ClientId": client, "Username": "bob", "ConfirmationCode": "424242" });
    server.ok("ConfirmSignUp", input).await;
    let named = json!({ "ClientId": client, "Username": "bob" });
    server.ok("ForgotPassword", named).await;
    assert_eq!(server.code(EMAIL).await, "424242");
}
