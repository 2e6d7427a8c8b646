//! STS at the same door: a role for an OpenID token, whose credentials a request is signed with,
//! and everybody who gets neither.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use mocknito::app::Issuer;
use serde_json::{Value, json};

use super::{IdentityPoolCalls, Place, acting, role};
use crate::support::{Reply, Server, altered, claims, text};

const EVIL: &str = "https://evil.example";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A request in the Query protocol.
pub async fn ask(server: &Server, headers: &[(&str, &str)], form: &[(&str, &str)]) -> Reply {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("Version", "2011-06-15")
        .extend_pairs(form)
        .finish();
    let headers = [&[FORM], headers].concat();
    let reply = server.ask(Method::POST, "/", &headers, &body).await;
    assert_eq!(reply.headers["content-type"], "text/xml");
    reply
}

/// The text of the only element with this name.
pub fn element(reply: &Reply, name: &str) -> String {
    let document = String::from_utf8(reply.body.clone()).unwrap();
    let (_, rest) = document
        .split_once(&format!("<{name}>"))
        .unwrap_or_else(|| panic!("no {name}: {document}"));
    rest.split_once(&format!("</{name}>")).unwrap().0.to_owned()
}

/// `Code: message` with its status.
fn refusal(reply: &Reply) -> (u16, String) {
    assert_eq!(element(reply, "Type"), "Sender");
    assert!(!element(reply, "RequestId").is_empty());
    let said = format!("{}: {}", element(reply, "Code"), element(reply, "Message"));
    (reply.status.as_u16(), said)
}

/// The OpenID token of an identity.
pub async fn open_id_token(place: &Place<'_>, identity: &str, logins: &Value) -> String {
    let asked = acting(identity, logins);
    text(&place.server.gives("GetOpenIdToken", asked).await["Token"])
}

fn assume<'a>(role: &'a str, token: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleArn", role),
        ("RoleSessionName", "app"),
        ("WebIdentityToken", token),
    ]
}

/// GetCallerIdentity, signed with these.
async fn caller(server: &Server, key: &str, session_token: Option<&str>) -> Reply {
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/sts/aws4_request, \
         SignedHeaders=host, Signature=00"
    );
    let mut headers = vec![("authorization", scope.as_str())];
    headers.extend(session_token.map(|token| ("x-amz-security-token", token)));
    ask(server, &headers, &[("Action", "GetCallerIdentity")]).await
}

#[tokio::test]
async fn a_token_is_exchanged_for_a_role_whose_session_is_known_again() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let login = place.alice().await;
    for (logins, name, authenticated) in [(login, "in", true), (json!({}), "out", false)] {
        let identity = place.identity(&logins).await;
        let token = open_id_token(&place, &identity, &logins).await;
        let reply = ask(&server, &[], &assume(&role(name), &token)).await;
        let shown = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.status, StatusCode::OK, "{shown}");
        assert!(
            shown.starts_with(
                "<AssumeRoleWithWebIdentityResponse \
                 xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                 <AssumeRoleWithWebIdentityResult>"
            ),
            "{shown}"
        );
        let arn = format!("arn:aws:sts::123456789012:assumed-role/{name}/app");
        assert_eq!(element(&reply, "Arn"), arn);
        assert_eq!(element(&reply, "SubjectFromWebIdentityToken"), identity);
        assert_eq!(element(&reply, "Audience"), place.pool);
        assert_eq!(
            element(&reply, "Provider"),
            "cognito-identity.amazonaws.com"
        );
        assert_eq!(element(&reply, "Expiration"), "2026-01-01T01:00:00Z");
        let id = element(&reply, "AssumedRoleId");
        assert!(id.starts_with("AROA") && id.ends_with(":app"), "{id}");
        let key = element(&reply, "AccessKeyId");
        assert_eq!(element(&reply, "SecretAccessKey").len(), 40);

        let session = element(&reply, "SessionToken");
        let known = caller(&server, &key, Some(&session)).await;
        assert_eq!(known.status, StatusCode::OK);
        assert_eq!(element(&known, "Arn"), arn);
        assert_eq!(element(&known, "UserId"), id);
        assert_eq!(element(&known, "Account"), "123456789012");

        let path = format!("credentials/{key}");
        let (status, whose) = server.own("GET", &path, Value::Null).await;
        assert_eq!(status, 200, "{whose}");
        assert_eq!(whose["identity_id"], json!(identity));
        assert_eq!(whose["identity_pool_id"], json!(place.pool));
        assert_eq!(whose["role_arn"], json!(role(name)));
        assert_eq!(whose["assumed_role_arn"], json!(arn));
        assert_eq!(whose["authenticated"], json!(authenticated));
        let provider = authenticated.then_some(&place.provider);
        assert_eq!(whose["login_provider"], json!(provider));
        assert_eq!(whose["principal_tags"], json!({}));
        assert_eq!(whose["expires_at"], "2026-01-01T01:00:00Z");
        let shown = whose.to_string();
        let secret = element(&reply, "SecretAccessKey");
        assert!(
            !shown.contains(&session) && !shown.contains(&secret),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn credentials_live_as_long_as_it_was_asked_and_are_then_unknown() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let guest = place.identity(&json!({})).await;
    let token = open_id_token(&place, &guest, &json!({})).await;
    let (out, mut keys) = (role("out"), Vec::new());
    for (seconds, expires) in [
        ("900", "2026-01-01T00:15:00Z"),
        ("43200", "2026-01-01T12:00:00Z"),
    ] {
        let mut form = assume(&out, &token).to_vec();
        form.push(("DurationSeconds", seconds));
        let reply = ask(&server, &[], &form).await;
        assert_eq!(element(&reply, "Expiration"), expires);
        keys.push([
            element(&reply, "AccessKeyId"),
            element(&reply, "SessionToken"),
        ]);
    }
    server.advance(Duration::from_secs(900));
    let [short, long] = &keys[..] else {
        panic!("two")
    };
    for sweep in [false, true] {
        if sweep {
            server.app.sweep().await.unwrap();
        }
        let expired = caller(&server, &short[0], Some(&short[1])).await;
        let expected = "ExpiredToken: The security token included in the request is expired";
        assert_eq!(refusal(&expired), (403, expected.to_owned()));
        let path = format!("credentials/{}", short[0]);
        assert_eq!(server.own("GET", &path, Value::Null).await.0, 404);
        let path = format!("credentials/{}", long[0]);
        assert_eq!(server.own("GET", &path, Value::Null).await.0, 200);
    }
    let unknown = server
        .own("GET", "credentials/ASIAUNKNOWN", Value::Null)
        .await;
    assert_eq!((unknown.0, &unknown.1["error"]), (404, &json!("not_found")));
    let path = format!("/_mocknito/credentials/{}", long[0]);
    let foreign = server
        .ask(Method::GET, &path, &[("origin", EVIL)], "")
        .await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn whoever_signs_with_another_key_is_the_account() {
    let server = Server::start().await;
    for (key, session_token) in [("AKIDEXAMPLE", None), ("test", None), ("ASIA1", Some("x"))] {
        let reply = caller(&server, key, session_token).await;
        assert_eq!(reply.status, StatusCode::OK, "{key}");
        assert_eq!(element(&reply, "Arn"), "arn:aws:iam::123456789012:root");
        assert_eq!(element(&reply, "UserId"), "123456789012");
        assert_eq!(element(&reply, "Account"), "123456789012");
    }
    let unsigned = ask(&server, &[], &[("Action", "GetCallerIdentity")]).await;
    let expected = "MissingAuthenticationToken: Request is missing Authentication Token";
    assert_eq!(refusal(&unsigned), (403, expected.to_owned()));
}

#[tokio::test]
async fn credentials_of_here_are_nothing_without_their_session_token() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let guest = place.identity(&json!({})).await;
    let given = place.credentials(&guest, &json!({})).await;
    let other = place.credentials(&guest, &json!({})).await;
    let key = text(&given["Credentials"]["AccessKeyId"]);
    let own = text(&given["Credentials"]["SessionToken"]);
    let others = text(&other["Credentials"]["SessionToken"]);
    let known = caller(&server, &key, Some(&own)).await;
    assert_eq!(
        element(&known, "Arn"),
        "arn:aws:sts::123456789012:assumed-role/out/CognitoIdentityCredentials"
    );
    for wrong in [
        None,
        Some(""),
        Some("x"),
        Some(others.as_str()),
        Some(&own[1..]),
    ] {
        let reply = caller(&server, &key, wrong).await;
        let expected =
            "InvalidClientTokenId: The security token included in the request is invalid.";
        assert_eq!(refusal(&reply), (403, expected.to_owned()), "{wrong:?}");
    }
}

#[tokio::test]
async fn tokens_that_do_not_hold_get_no_role() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let login = place.alice().await;
    let identity = place.identity(&login).await;
    let token = open_id_token(&place, &identity, &login).await;
    let inside = role("in");
    let refused = async |role: &str, token: &str| {
        let reply = ask(&server, &[], &assume(role, token)).await;
        refusal(&reply)
    };
    let malformed = "InvalidIdentityToken: The ID Token provided is not a valid JWT. (You may see \
                     this error if you sent an Access Token)";
    let denied = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity";
    for (role, token, status, expected) in [
        (&inside, "junk".to_owned(), 400, malformed),
        (&inside, "a.b.c".to_owned(), 400, malformed),
        (&role("out"), token.clone(), 403, denied),
        (&role("other"), token.clone(), 403, denied),
        (
            &"arn:aws:iam::123456789012:user/in".to_owned(),
            token.clone(),
            400,
            "ValidationError: Request ARN is invalid",
        ),
    ] {
        assert_eq!(
            refused(role, &token).await,
            (status, expected.to_owned()),
            "{role}"
        );
    }

    // Signed by somebody else, or by nobody, or about something else.
    let [head, body, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("{token}")
    };
    let encode = |value: Value| {
        use base64::Engine;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
    };
    let mut others = claims(&json!(token));
    others["sub"] = json!("us-east-1:00000000-0000-4000-8000-000000000000");
    let forged = "InvalidIdentityToken: Token signature invalid";
    let short = &signature[..signature.len() - 2];
    for (token, expected) in [
        (format!("{head}.{}.{signature}", encode(others)), forged),
        (
            format!("{head}.{body}.{}", text(&altered(&json!(signature)))),
            forged,
        ),
        (format!("{head}.{body}.{short}"), forged),
        (
            format!("{}.{body}.", encode(json!({ "alg": "none" }))),
            malformed,
        ),
        (
            format!("{}.{body}.{signature}", encode(json!({ "alg": "HS512" }))),
            malformed,
        ),
    ] {
        assert_eq!(
            refused(&inside, &token).await,
            (400, expected.to_owned()),
            "{token}"
        );
    }

    // The tokens of user pools are no provider's that STS knows.
    let id_token = text(&place.id_token("alice").await);
    let (status, said) = refused(&inside, &id_token).await;
    let issuer = format!("http://localhost:9339/{}", place.user_pool);
    let expected = "InvalidIdentityToken: No OpenIDConnect provider found in your account for ";
    assert_eq!((status, said), (400, format!("{expected}{issuer}")));

    server.advance(Duration::from_secs(599));
    let good = ask(&server, &[], &assume(&inside, &token)).await;
    assert_eq!(good.status, StatusCode::OK);
    server.advance(Duration::from_secs(1));
    let expected = "ExpiredTokenException: Token expired: current date/time 1767226200 must be \
                    before the expiration date/time 1767226200";
    assert_eq!(refused(&inside, &token).await, (400, expected.to_owned()));
}

#[tokio::test]
async fn identities_and_pools_that_are_gone_get_no_role() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let (first, second) = (
        place.identity(&json!({})).await,
        place.identity(&json!({})).await,
    );
    let token = open_id_token(&place, &first, &json!({})).await;
    let other = open_id_token(&place, &second, &json!({})).await;
    let gone = json!({ "IdentityIdsToDelete": [first] });
    server.gives("DeleteIdentities", gone).await;
    let reply = ask(&server, &[], &assume(&role("out"), &token)).await;
    let expected = "IDPRejectedClaim: The identity provider has rejected the claim";
    assert_eq!(refusal(&reply), (403, expected.to_owned()));
    let reply = ask(&server, &[], &assume(&role("out"), &other)).await;
    assert_eq!(reply.status, StatusCode::OK);
    let pool = json!({ "IdentityPoolId": place.pool });
    server.gives("DeleteIdentityPool", pool).await;
    let reply = ask(&server, &[], &assume(&role("out"), &other)).await;
    let expected = "InvalidIdentityToken: Incorrect token audience";
    assert_eq!(refusal(&reply), (400, expected.to_owned()));
}

#[tokio::test]
async fn all_that_is_wrong_with_a_request_is_said_at_once() {
    let server = Server::start().await;
    let action = ("Action", "AssumeRoleWithWebIdentity");
    for (form, expected) in [
        (
            vec![action],
            "ValidationError: 3 validation errors detected: Value null at 'roleArn' failed to \
             satisfy constraint: Member must not be null; Value null at 'roleSessionName' failed \
             to satisfy constraint: Member must not be null; Value null at 'webIdentityToken' \
             failed to satisfy constraint: Member must not be null",
        ),
        (
            vec![
                action,
                ("RoleArn", "arn:aws:iam::123456789012:role/in"),
                ("RoleSessionName", "a b"),
                ("WebIdentityToken", "a.b.c"),
                ("DurationSeconds", "899"),
            ],
            "ValidationError: 2 validation errors detected: Value 'a b' at 'roleSessionName' \
             failed to satisfy constraint: Member must satisfy regular expression pattern: \
             [\\w+=,.@-]*; Value '899' at 'durationSeconds' failed to satisfy constraint: Member \
             must have value greater than or equal to 900",
        ),
        (
            vec![
                action,
                ("RoleArn", "arn:aws:iam::123456789012:role/in"),
                ("RoleSessionName", "a"),
                ("WebIdentityToken", "a.b.c"),
                ("DurationSeconds", "43201"),
            ],
            "ValidationError: 2 validation errors detected: Value 'a' at 'roleSessionName' failed \
             to satisfy constraint: Member must have length greater than or equal to 2; Value \
             '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value \
             less than or equal to 43200",
        ),
        (
            vec![action, ("DurationSeconds", "1h")],
            "MalformedInput: The value of DurationSeconds must be an integer",
        ),
    ] {
        let reply = ask(&server, &[], &form).await;
        assert_eq!(refusal(&reply), (400, expected.to_owned()));
    }
}

#[tokio::test]
async fn a_foreign_page_gets_a_role_for_its_token_and_nothing_else() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let guest = place.identity(&json!({})).await;
    let token = open_id_token(&place, &guest, &json!({})).await;
    for header in [("origin", EVIL), ("host", "evil.example")] {
        let good = ask(&server, &[header], &assume(&role("out"), &token)).await;
        assert_eq!(good.status, StatusCode::OK);
        assert_eq!(good.headers["access-control-allow-origin"], "*");
        for action in ["GetCallerIdentity", "AssumeRole", "ListRoles"] {
            let reply = ask(&server, &[header], &[("Action", action)]).await;
            let (status, said) = refusal(&reply);
            assert_eq!(status, 403);
            assert!(
                said.starts_with("AccessDenied: Operations that need"),
                "{said}"
            );
            let is_cors = |name: &str| name.starts_with("access-control-");
            assert!(!reply.headers.keys().any(|name| is_cors(name.as_str())));
        }
        // Another version of the protocol is another service's.
        let form = [("Action", "AssumeRoleWithWebIdentity")];
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let reply = server.ask(Method::POST, "/", &[FORM, header], &body).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn the_issuer_of_tokens_describes_itself_where_it_is() {
    let local = "http://localhost:9339/cognito-identity";
    let aws = "https://cognito-identity.amazonaws.com";
    for (issuer, path, expected) in [
        (Issuer::Local, "/cognito-identity", Some((local, local))),
        (Issuer::Local, "", None),
        (Issuer::Aws, "/cognito-identity", Some((aws, local))),
        (Issuer::Aws, "", Some((aws, aws))),
    ] {
        let server = Server::with(issuer).await;
        let reply = server
            .get(&format!("{path}/.well-known/openid-configuration"))
            .await;
        let Some((issuer, keys)) = expected else {
            assert_eq!(reply.status, StatusCode::NOT_FOUND);
            continue;
        };
        assert_eq!(
            reply.json(),
            json!({
                "issuer": issuer,
                "jwks_uri": format!("{keys}/.well-known/jwks_uri"),
                "response_types_supported": ["token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS512"],
            })
        );
        let keys = server.get(&format!("{path}/.well-known/jwks_uri")).await;
        let key = &keys.json()["keys"][0];
        assert_eq!(key["alg"], "RS512");
        assert_eq!(key["kid"], "us-east-11");
        assert!(key.get("d").is_none(), "{key}");
    }
}
