//! Credentials that another STS makes: how it is asked, and what comes of one that gives none.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};

use super::sts::{ask, element, open_id_token};
use super::{IdentityPoolCalls, Place, acting, role};
use crate::functions::serve;
use crate::support::{START, Server, claims, text};

const NOT_ASSUMED: &str = "InvalidIdentityPoolConfigurationException: Invalid identity pool \
                           configuration. Check assigned IAM roles for this pool.";

/// An STS that answers what a test wants, and keeps what it was asked.
struct OtherSts {
    url: String,
    answer: Arc<Mutex<(u16, String)>>,
    asked: Arc<Mutex<Vec<(HeaderMap, String)>>>,
}

impl OtherSts {
    async fn start() -> Self {
        let answer = Arc::new(Mutex::new((200, given("OTHERKEY"))));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, asks) = (answer.clone(), asked.clone());
        let respond = move |headers: HeaderMap, body: String| async move {
            asks.lock().unwrap().push((headers, body));
            let (status, body) = answers.lock().unwrap().clone();
            (StatusCode::from_u16(status).unwrap(), body)
        };
        let router = Router::new().route("/", post(respond));
        let (url, _) = serve(router).await;
        Self { url, answer, asked }
    }

    fn answers(&self, status: u16, body: &str) {
        *self.answer.lock().unwrap() = (status, body.to_owned());
    }

    /// A parameter of the last request.
    fn asked(&self, name: &str) -> String {
        let asked = self.asked.lock().unwrap();
        let (_, body) = asked.last().unwrap();
        let mut form = form_urlencoded::parse(body.as_bytes());
        form.find(|(key, _)| key == name).unwrap().1.into_owned()
    }
}

fn given(key: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><AssumeRoleWithWebIdentityResponse \
         xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithWebIdentityResult>\
         <Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>other-secret\
         </SecretAccessKey><SessionToken>other-session</SessionToken>\
         <Expiration>2026-01-01T00:30:00Z</Expiration></Credentials>\
         </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
    )
}

#[tokio::test]
async fn it_is_asked_with_the_identitys_token_and_the_chosen_role() {
    let sts = OtherSts::start().await;
    let server = Server::with_credentials_from(&sts.url).await;
    let place = Place::new(&server, json!({})).await;
    let login = place.alice().await;
    let identity = place.identity(&login).await;
    let answer = place.credentials(&identity, &login).await;
    assert_eq!(
        answer["Credentials"],
        json!({
            "AccessKeyId": "OTHERKEY",
            "SecretKey": "other-secret",
            "SessionToken": "other-session",
            "Expiration": START + 1_800,
        })
    );
    assert_eq!(sts.asked("Action"), "AssumeRoleWithWebIdentity");
    assert_eq!(sts.asked("Version"), "2011-06-15");
    assert_eq!(sts.asked("RoleArn"), role("in"));
    assert_eq!(sts.asked("RoleSessionName"), "CognitoIdentityCredentials");
    assert_eq!(sts.asked("DurationSeconds"), "3600");
    let token = claims(&json!(sts.asked("WebIdentityToken")));
    assert_eq!(token["sub"], json!(identity));
    assert_eq!(token["aud"], json!(place.pool));
    assert_eq!(token["amr"][1], json!(place.provider));
    // What goes out says what it wants, and signs nothing.
    let (headers, _) = sts.asked.lock().unwrap().last().unwrap().clone();
    assert!(headers["accept"].to_str().unwrap().contains("xml"));
    assert!(!headers.contains_key("authorization"));

    // Whose they are is known here as well, but only together with their session token.
    let (status, whose) = server.own("GET", "credentials/OTHERKEY", Value::Null).await;
    assert_eq!(status, 200, "{whose}");
    assert_eq!(whose["identity_id"], json!(identity));
    let scope = "AWS4-HMAC-SHA256 Credential=OTHERKEY/20260101/us-east-1/sts/aws4_request";
    let form = [("Action", "GetCallerIdentity")];
    for (session, expected) in [("other-session", 200), ("another", 403)] {
        let signed = [("authorization", scope), ("x-amz-security-token", session)];
        let reply = ask(&server, &signed, &form).await;
        assert_eq!(reply.status.as_u16(), expected);
    }
}

#[tokio::test]
async fn the_basic_flow_gets_its_credentials_from_there_too() {
    let sts = OtherSts::start().await;
    let server = Server::with_credentials_from(&sts.url).await;
    let place = Place::new(&server, json!({})).await;
    let guest = place.identity(&json!({})).await;
    let token = open_id_token(&place, &guest, &json!({})).await;
    let out = role("out");
    let form = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleArn", out.as_str()),
        ("RoleSessionName", "app"),
        ("WebIdentityToken", token.as_str()),
        ("DurationSeconds", "900"),
    ];
    let reply = ask(&server, &[], &form).await;
    assert_eq!(element(&reply, "AccessKeyId"), "OTHERKEY");
    assert_eq!(sts.asked("RoleSessionName"), "app");
    assert_eq!(sts.asked("DurationSeconds"), "900");
    sts.answers(403, "<Error><Code>AccessDenied</Code></Error>");
    let reply = ask(&server, &[], &form).await;
    assert_eq!(element(&reply, "Code"), "AccessDenied");
}

#[tokio::test]
async fn an_sts_that_gives_none_is_a_role_that_cannot_be_assumed() {
    let sts = OtherSts::start().await;
    let server = Server::with_credentials_from(&sts.url).await;
    let place = Place::new(&server, json!({})).await;
    let guest = place.identity(&json!({})).await;
    let input = || acting(&guest, &json!({}));
    for (status, body) in [
        (
            403,
            "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>",
        ),
        (500, "down"),
        (200, "{}"),
        (200, "<a/>"),
        (200, "<!DOCTYPE a><a/>"),
        (302, ""),
    ] {
        sts.answers(status, body);
        server
            .denies("GetCredentialsForIdentity", input(), NOT_ASSUMED)
            .await;
    }
    // Good credentials with a bad status are none.
    sts.answers(400, &given("OTHERKEY"));
    server
        .denies("GetCredentialsForIdentity", input(), NOT_ASSUMED)
        .await;
    sts.answers(200, &given("SECONDKEY"));
    let answer = server.gives("GetCredentialsForIdentity", input()).await;
    assert_eq!(text(&answer["Credentials"]["AccessKeyId"]), "SECONDKEY");

    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let server = Server::with_credentials_from(&url).await;
    let place = Place::new(&server, json!({})).await;
    let guest = place.identity(&json!({})).await;
    server
        .denies(
            "GetCredentialsForIdentity",
            acting(&guest, &json!({})),
            NOT_ASSUMED,
        )
        .await;
}
