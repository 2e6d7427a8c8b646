//! AWS_IAM: requests that are signed with credentials of an identity pool, or with a listed key.
//!
//! The signatures of the listed key were made by botocore; those of credentials are made here.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, Request, Uri};
use mocknito::app::{Ctx, ListedCredentials};
use mocknito::flows::authorizers::{
    self, Allowed, Context, Denied, IamPayload, IamRule, Presented, PresentedBody, Rule,
};
use mocknito::wire::Sensitive;
use serde_json::{Value, json};

use crate::operations::identity_pools::IdentityPoolCalls;
use crate::support::srp::hex;
use crate::support::{Server, World, text};

const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const HOST: &str = "orders.execute-api.localhost:9339";
const START: &str = "20260101T000000Z";

const MISMATCH: &str = "The request signature we calculated does not match the signature you \
                        provided. Check your AWS Secret Access Key and signing method. Consult \
                        the service documentation for details.";
const INVALID_TOKEN: &str = "The security token included in the request is invalid.";

async fn server_with_key() -> Server {
    Server::listing(vec![ListedCredentials {
        access_key_id: KEY.to_owned(),
        secret_access_key: Sensitive::new(SECRET.to_owned()),
    }])
    .await
}

async fn check(
    server: &Server,
    payload: IamPayload,
    head: &Parts,
    body: PresentedBody<'_>,
) -> Result<Allowed, Denied> {
    let ctx = Ctx::new(server.app.clone(), "Test", None);
    let presented = Presented {
        method: &head.method,
        uri: &head.uri,
        headers: &head.headers,
        body,
        source_ip: None,
    };
    let rule = Rule::Iam(IamRule { payload });
    authorizers::check(&ctx, &rule, &presented).await.unwrap()
}

/// A request with these headers beside its host.
fn request(method: Method, uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder()
        .method(method)
        .uri(uri)
        .header("host", HOST);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap().into_parts().0
}

fn authorization(signed_headers: &str, signature: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={KEY}/20260101/us-east-1/execute-api/aws4_request, \
         SignedHeaders={signed_headers}, Signature={signature}"
    )
}

const NO_BODY: PresentedBody<'static> = PresentedBody::Read(b"");
const GOOD: &str = "5924757aff218b568e0bf12b3a9e56b643b93c4f4790f5253e57d930a24262b6";

#[track_caller]
fn refused(verdict: Result<Allowed, Denied>, error_type: &str, message: &str) {
    let denied = verdict.expect_err("it should be refused");
    assert_eq!(denied.status, 403);
    let body: Value = serde_json::from_str(&denied.body).unwrap();
    assert_eq!(body, json!({ "message": message }), "{}", denied.reason);
    let named = denied
        .headers
        .iter()
        .find(|(name, _)| name == "x-amzn-errortype");
    assert_eq!(named.unwrap().1, error_type);
    assert!(!denied.reason.contains(SECRET) && !denied.body.contains(SECRET));
}

#[tokio::test]
async fn a_signature_of_botocore_holds_for_what_it_signed_and_nothing_else() {
    let server = server_with_key().await;
    let rest = IamPayload::Rest;
    type Signed<'c> = (
        Method,
        &'c str,
        &'c [(&'c str, &'c str)],
        &'c str,
        &'c str,
        &'c [u8],
    );
    let cases: [Signed; 4] = [
        (
            Method::GET,
            "/prod/orders",
            &[],
            "host;x-amz-date",
            GOOD,
            b"",
        ),
        (
            Method::POST,
            "/prod/orders/a%20b/c%2Fd?z=1&a=b%20c&a=%C3%A4&empty=",
            &[
                ("content-type", "application/json"),
                ("x-custom", "  two   blanks "),
            ],
            "content-type;host;x-amz-date;x-custom",
            "214c3547361b7a098addf1cefdeff3bd80f5b2f8ab79638e4a2b3aa511d81b97",
            br#"{"x":1}"#,
        ),
        (
            Method::GET,
            "/prod/./a/../b//c",
            &[],
            "host;x-amz-date",
            "5e12390a0955737398255aa8f853e7f72c8193a1b10c74f95aa31c92842afd92",
            b"",
        ),
        (
            Method::GET,
            "/prod/a:b~c*d",
            &[],
            "host;x-amz-date",
            "39dfb8cad528b22c687c0b697542a1af7835bb7edfdf194f8052dbee94b9194f",
            b"",
        ),
    ];
    for (method, uri, headers, signed, signature, body) in cases {
        let authorization = authorization(signed, signature);
        let given = [
            ("x-amz-date", START),
            ("authorization", authorization.as_str()),
        ];
        let head = request(method.clone(), uri, &[headers, &given].concat());
        let verdict = check(&server, rest, &head, PresentedBody::Read(body)).await;
        let allowed = verdict.unwrap_or_else(|denied| panic!("{uri}: {}", denied.reason));
        let Context::Identity(identity) = allowed.context else {
            panic!("no identity");
        };
        assert_eq!(identity["accessKey"], KEY);
        assert_eq!(identity["userArn"], "arn:aws:iam::123456789012:root");
        assert_eq!(identity["cognitoIdentityId"], Value::Null);

        // Something else than what was signed.
        let error = "InvalidSignatureException";
        let other = PresentedBody::Read(b"other");
        refused(check(&server, rest, &head, other).await, error, MISMATCH);
        let mut changed = head.clone();
        changed.method = Method::DELETE;
        let body = PresentedBody::Read(body);
        refused(check(&server, rest, &changed, body).await, error, MISMATCH);
        let mut changed = head.clone();
        changed.uri = format!("{uri}x").parse::<Uri>().unwrap();
        refused(check(&server, rest, &changed, body).await, error, MISMATCH);
        let mut changed = head.clone();
        changed
            .headers
            .insert("host", "other.localhost".parse().unwrap());
        refused(check(&server, rest, &changed, body).await, error, MISMATCH);
        // A second date, of which only one can have been signed.
        let mut changed = head.clone();
        changed.headers.append("x-amz-date", START.parse().unwrap());
        refused(check(&server, rest, &changed, body).await, error, MISMATCH);
        let mut changed = head;
        changed.headers.append("x-custom", "more".parse().unwrap());
        let verdict = check(&server, rest, &changed, body).await;
        assert_eq!(verdict.is_ok(), !signed.contains("x-custom"), "{uri}");
    }
}

#[tokio::test]
async fn a_presigned_address_counts_until_it_expires() {
    let server = server_with_key().await;
    let address = format!(
        "/prod/orders?x=y%2Fz&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={KEY}%2F20260101%2F\
         us-east-1%2Fexecute-api%2Faws4_request&X-Amz-Date={START}&X-Amz-Expires=600&\
         X-Amz-SignedHeaders=host&X-Amz-Signature=\
         2b5502cd65f74dda32e5a7f31ad39171f7359e68c8567c398db8e96e0bb0bc6b"
    );
    let rest = IamPayload::Rest;
    let head = request(Method::GET, &address, &[]);
    assert!(check(&server, rest, &head, NO_BODY).await.is_ok());
    assert!(
        check(&server, rest, &head, PresentedBody::Elsewhere)
            .await
            .is_ok()
    );
    for (from, to) in [
        ("x=y", "x=z"),
        ("Expires=600", "Expires=601"),
        // Appended, behind what was signed or before it.
        ("bc6b", "bc6b&X-Amz-Expires=604800"),
        ("?x", "?X-Amz-Expires=600&x"),
        ("bc6b", "bc6b&X-Amz-Date=20260101T000100Z"),
    ] {
        let changed = request(Method::GET, &address.replace(from, to), &[]);
        let verdict = check(&server, rest, &changed, NO_BODY).await;
        refused(verdict, "InvalidSignatureException", MISMATCH);
    }
    server.advance(Duration::from_secs(600));
    assert!(check(&server, rest, &head, NO_BODY).await.is_ok());
    server.advance(Duration::from_secs(1));
    let words = "Signature expired: 20260101T000000Z is now earlier than 20260101T000001Z";
    let verdict = check(&server, rest, &head, NO_BODY).await;
    refused(verdict, "InvalidSignatureException", words);
}

#[tokio::test]
async fn what_is_no_signature_is_refused_in_awss_words() {
    let server = server_with_key().await;
    let rest = IamPayload::Rest;
    let good = authorization("host;x-amz-date", GOOD);
    let ask = async |headers: &[(&str, &str)]| {
        let head = request(Method::GET, "/prod/orders", headers);
        check(&server, rest, &head, NO_BODY).await
    };
    refused(
        ask(&[]).await,
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    );
    let denied = ask(&[("authorization", "Bearer secret-token")])
        .await
        .unwrap_err();
    let begins = "{\"message\":\"Invalid key=value pair (missing equal-sign) in Authorization \
                  header (hashed with SHA-256 and encoded with Base64): '";
    assert!(denied.body.starts_with(begins), "{}", denied.body);
    assert!(!denied.body.contains("secret-token") && !denied.reason.contains("secret-token"));
    let twice = [
        ("x-amz-date", START),
        ("authorization", good.as_str()),
        ("authorization", good.as_str()),
    ];
    assert!(ask(&twice).await.is_err());
    refused(
        ask(&[
            ("authorization", "AWS4-HMAC-SHA256 x"),
            ("x-amz-date", START),
        ])
        .await,
        "IncompleteSignatureException",
        "Authorization header requires 'Credential' parameter. Authorization header requires \
         'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
    );
    refused(
        ask(&[("authorization", &good)]).await,
        "IncompleteSignatureException",
        "Authorization header requires existence of a valid 'X-Amz-Date'.",
    );
    let with = async |from: &str, to: &str| {
        let changed = good.replace(from, to);
        ask(&[("x-amz-date", START), ("authorization", &changed)]).await
    };
    refused(
        with(KEY, "AKIDOTHER").await,
        "UnrecognizedClientException",
        INVALID_TOKEN,
    );
    let error = "InvalidSignatureException";
    let service = "Credential should be scoped to correct service: 'execute-api'. ";
    refused(with("execute-api", "s3").await, error, service);
    refused(with("us-east-1", "us-west-1").await, error, MISMATCH);
    refused(
        with("host;x-amz-date", "x-amz-date").await,
        error,
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
    refused(
        with("host;x-amz-date", "host").await,
        error,
        "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.",
    );
    refused(
        with("host;x-amz-date", "host;x-absent;x-amz-date").await,
        error,
        MISMATCH,
    );
    refused(with(&GOOD[..8], "00000000").await, error, MISMATCH);
    refused(with(&GOOD[..8], "").await, error, MISMATCH);
    // A key without session tokens.
    let with_token = [
        ("x-amz-date", START),
        ("authorization", good.as_str()),
        ("x-amz-security-token", "t"),
    ];
    refused(
        ask(&with_token).await,
        "UnrecognizedClientException",
        INVALID_TOKEN,
    );

    // HTTP APIs tell nothing.
    let head = request(Method::GET, "/prod/orders", &[]);
    let denied = check(&server, IamPayload::Http, &head, NO_BODY)
        .await
        .unwrap_err();
    assert_eq!(denied.status, 403);
    assert_eq!(denied.body, r#"{"message":"Forbidden"}"#);
}

#[tokio::test]
async fn clocks_may_differ_by_five_minutes() {
    let server = server_with_key().await;
    let rest = IamPayload::Rest;
    let good = authorization("host;x-amz-date", GOOD);
    let given = [("x-amz-date", START), ("authorization", good.as_str())];
    let head = request(Method::GET, "/prod/orders", &given);
    let limit = Duration::from_secs(300);
    server.advance(limit);
    assert!(check(&server, rest, &head, NO_BODY).await.is_ok());
    server.advance(Duration::from_secs(1));
    let words = "Signature expired: 20260101T000000Z is now earlier than 20260101T000001Z \
                 (20260101T000501Z - 5 min.)";
    let error = "InvalidSignatureException";
    refused(check(&server, rest, &head, NO_BODY).await, error, words);
    server.turn_back(2 * limit + Duration::from_secs(1));
    assert!(check(&server, rest, &head, NO_BODY).await.is_ok());
    server.turn_back(Duration::from_secs(1));
    let words = "Signature not yet current: 20260101T000000Z is still later than \
                 20251231T235959Z (20251231T235459Z + 5 min.)";
    refused(check(&server, rest, &head, NO_BODY).await, error, words);
}

#[tokio::test]
async fn a_body_that_is_elsewhere_is_known_by_its_digest() {
    let server = server_with_key().await;
    let rest = IamPayload::Rest;
    let keys = Keys {
        key: KEY.to_owned(),
        secret: SECRET.to_owned(),
        token: None,
    };
    let body = b"{\"x\":1}";
    let digest = hex(digest(&SHA256, body).as_ref());
    for payload in [digest.as_str(), "UNSIGNED-PAYLOAD"] {
        let head = keys.sign(
            "/prod/orders",
            payload,
            &[("x-amz-content-sha256", payload)],
        );
        let verdict = check(&server, rest, &head, PresentedBody::Elsewhere).await;
        assert!(verdict.is_ok(), "{payload}");
        let verdict = check(&server, rest, &head, PresentedBody::Read(body)).await;
        assert!(verdict.is_ok(), "{payload}");
        let verdict = check(&server, rest, &head, PresentedBody::Read(b"other")).await;
        assert_eq!(verdict.is_ok(), payload == "UNSIGNED-PAYLOAD", "{payload}");
    }
    // A digest that was not signed is nobody's.
    let mut head = keys.sign("/prod/orders", &digest, &[]);
    let other = hex(aws_lc_rs::digest::digest(&SHA256, b"other").as_ref());
    head.headers
        .insert("x-amz-content-sha256", other.parse().unwrap());
    let verdict = check(&server, rest, &head, PresentedBody::Elsewhere).await;
    refused(verdict, "InvalidSignatureException", MISMATCH);
}

/// Credentials, and signing with them as AWS describes it.
struct Keys {
    key: String,
    secret: String,
    token: Option<String>,
}

impl Keys {
    /// A GET of a path without anything to be encoded.
    fn sign(&self, path: &str, payload: &str, more: &[(&str, &str)]) -> Parts {
        let mut headers = vec![("host", HOST), ("x-amz-date", START)];
        headers.extend(more);
        if let Some(token) = &self.token {
            headers.push(("x-amz-security-token", token));
        }
        headers.sort_unstable();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let listed: String = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let canonical = format!("GET\n{path}\n\n{listed}\n{names}\n{payload}");
        let scope = "20260101/us-east-1/execute-api/aws4_request";
        let hashed = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
        let to_sign = format!("AWS4-HMAC-SHA256\n{START}\n{scope}\n{hashed}");
        let mac = |key: &[u8], text: &str| -> Vec<u8> {
            let key = hmac::Key::new(hmac::HMAC_SHA256, key);
            hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
        };
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in scope.split('/') {
            key = mac(&key, part);
        }
        let signature = hex(&mac(&key, &to_sign));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.key
        );
        headers.retain(|(name, _)| *name != "host");
        headers.push(("authorization", &authorization));
        request(Method::GET, path, &headers)
    }

    fn signed(&self) -> Parts {
        let empty = hex(digest(&SHA256, b"").as_ref());
        self.sign("/prod/orders", &empty, &[])
    }
}

/// Credentials of an identity pool, for Alice or for a guest; and the pool and the identity.
async fn credentials(world: &World<'_>, signed_in: bool) -> (Keys, String, String) {
    let server = world.server;
    let provider = format!("cognito-idp.us-east-1.amazonaws.com/{}", world.pool);
    let pool = server
        .identity_pool(json!({ "CognitoIdentityProviders": [
            { "ProviderName": provider, "ClientId": world.client },
        ] }))
        .await;
    let roles = json!({
        "IdentityPoolId": pool,
        "Roles": {
            "authenticated": "arn:aws:iam::123456789012:role/in",
            "unauthenticated": "arn:aws:iam::123456789012:role/out",
        },
    });
    server.gives("SetIdentityPoolRoles", roles).await;
    let mut input = json!({ "IdentityPoolId": pool });
    if signed_in {
        input["Logins"] = json!({ provider: world.tokens().await["IdToken"] });
    }
    let identity = server.gives("GetId", input.clone()).await["IdentityId"].clone();
    let input = json!({ "IdentityId": identity, "Logins": input["Logins"] });
    let given = server.gives("GetCredentialsForIdentity", input).await["Credentials"].clone();
    let keys = Keys {
        key: text(&given["AccessKeyId"]),
        secret: text(&given["SecretKey"]),
        token: Some(text(&given["SessionToken"])),
    };
    (keys, pool, text(&identity))
}

#[tokio::test]
async fn a_back_end_is_told_which_identity_signed() {
    let server = Server::start().await;
    let world = server.world().await;
    let (keys, pool, identity) = credentials(&world, true).await;
    let head = keys.signed();
    let provider = format!("cognito-idp.us-east-1.amazonaws.com/{}", world.pool);
    let sign_in = format!("{provider}:CognitoSignIn:{}", world.sub);
    let allowed = check(&server, IamPayload::Rest, &head, NO_BODY)
        .await
        .unwrap();
    assert_eq!(allowed.sub.as_deref(), Some(world.sub.as_str()));
    let Context::Identity(told) = allowed.context else {
        panic!("no identity");
    };
    let caller = text(&told["caller"]);
    assert!(caller.starts_with("AROA") && caller.ends_with(":CognitoIdentityCredentials"));
    assert_eq!(
        Value::Object(told),
        json!({
            "accessKey": keys.key,
            "accountId": "123456789012",
            "caller": caller,
            "user": caller,
            "userArn": "arn:aws:sts::123456789012:assumed-role/in/CognitoIdentityCredentials",
            "cognitoIdentityId": identity,
            "cognitoIdentityPoolId": pool,
            "cognitoAuthenticationType": "authenticated",
            "cognitoAuthenticationProvider": format!("{provider},{sign_in}"),
            "principalOrgId": null,
        })
    );
    let allowed = check(&server, IamPayload::Http, &head, NO_BODY)
        .await
        .unwrap();
    let iam = json!({
        "accessKey": keys.key,
        "accountId": "123456789012",
        "callerId": caller,
        "cognitoIdentity": {
            "amr": ["authenticated", provider, sign_in],
            "identityId": identity,
            "identityPoolId": pool,
        },
        "principalOrgId": null,
        "userArn": "arn:aws:sts::123456789012:assumed-role/in/CognitoIdentityCredentials",
        "userId": caller,
    });
    let Context::Authorizer(told) = allowed.context else {
        panic!("no authorizer");
    };
    assert_eq!(Value::Object(told), json!({ "iam": iam }));

    let (guest, ..) = credentials(&world, false).await;
    let allowed = check(&server, IamPayload::Rest, &guest.signed(), NO_BODY)
        .await
        .unwrap();
    assert_eq!(allowed.sub, None);
    let Context::Identity(told) = allowed.context else {
        panic!("no identity");
    };
    assert_eq!(told["cognitoAuthenticationType"], "unauthenticated");
    assert_eq!(told["cognitoAuthenticationProvider"], Value::Null);
}

#[tokio::test]
async fn credentials_are_worth_nothing_without_all_of_them_or_after_their_end() {
    let server = Server::start().await;
    let world = server.world().await;
    let (keys, ..) = credentials(&world, true).await;
    let (others, ..) = credentials(&world, false).await;
    let rest = IamPayload::Rest;
    let with = |secret: &str, token: Option<&str>| Keys {
        key: keys.key.clone(),
        secret: secret.to_owned(),
        token: token.map(str::to_owned),
    };
    let (secret, token) = (keys.secret.as_str(), keys.token.as_deref());
    let unknown = "UnrecognizedClientException";
    for keys in [
        with(secret, None),
        with(secret, Some("x")),
        with(secret, others.token.as_deref()),
    ] {
        let verdict = check(&server, rest, &keys.signed(), NO_BODY).await;
        refused(verdict, unknown, INVALID_TOKEN);
    }
    let stolen = with(&others.secret, token).signed();
    let verdict = check(&server, rest, &stolen, NO_BODY).await;
    refused(verdict, "InvalidSignatureException", MISMATCH);
    server.advance(Duration::from_secs(3_600));
    let verdict = check(&server, rest, &keys.signed(), NO_BODY).await;
    let expired = "The security token included in the request is expired";
    refused(verdict, "ExpiredTokenException", expired);
}
