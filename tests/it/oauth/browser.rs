//! A browser's session: for which clients it counts, how long, and what does not pass for one.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use mocknito::app::Ctx;
use mocknito::http::oauth::Browser;
use mocknito::http::request_head::RequestHead;
use serde_json::{Value, json};

use super::web::{CALLBACK, Web, get_with, location, parameter, sign_in, sign_in_with, web_client};
use crate::support::{altered, claims, text};

/// Whether this client is given a code for this cookie without anybody being asked.
async fn is_signed_in(web: &Web, client: &str, cookie: &str) -> bool {
    let asked = json!({ "client_id": client, "prompt": "none" });
    let reply = web.authorize_with(&[("cookie", cookie)], asked).await;
    parameter(&location(&reply), "code").is_some()
}

#[tokio::test]
async fn who_signed_in_at_one_client_is_signed_in_at_all_of_the_pool() {
    let web = Web::start().await;
    let (_, cookie) = web.sign_in(json!({})).await;
    let other = web_client(&web.server, &web.pool, json!({})).await;
    web.server.advance(Duration::from_secs(600));
    let asked = json!({ "client_id": other, "scope": "openid" });
    let reply = web.authorize_with(&[("cookie", &cookie)], asked).await;
    let code = parameter(&location(&reply), "code").unwrap();
    let (_, tokens) = web.exchange(&code, json!({ "client_id": other })).await;
    // The tokens tell when the user really signed in.
    let id = claims(&tokens["id_token"]);
    assert_eq!(
        id["iat"].as_i64().unwrap() - id["auth_time"].as_i64().unwrap(),
        600
    );
    assert_eq!(id["sub"], web.sub.as_str());

    let elsewhere = web.server.pool(json!({})).await;
    let stranger = web_client(&web.server, &elsewhere, json!({})).await;
    assert!(!is_signed_in(&web, &stranger, &cookie).await);
}

#[tokio::test]
async fn a_browser_can_be_signed_in_in_several_pools_and_sign_out_of_one() {
    let web = Web::start().await;
    let second = web.server.pool(json!({})).await;
    let client = web_client(&web.server, &second, json!({})).await;
    let bob = web.server.user(&second, "bob", &[]).await;
    let (_, cookie) = web.sign_in(json!({})).await;
    let mut headers = HeaderMap::new();
    headers.insert("cookie", HeaderValue::try_from(cookie).unwrap());
    let query = web.query(json!({ "client_id": client }));
    let (_, both) = sign_in_with(&web.server, &headers, &query, &bob).await;
    assert!(is_signed_in(&web, &web.client, &both).await);
    assert!(is_signed_in(&web, &client, &both).await);
    let path = format!(
        "/logout?client_id={client}&logout_uri={}",
        super::web::SIGNED_OUT
    );
    let reply = get_with(&web.server, &[("cookie", &both)], &path).await;
    let one = reply.headers["set-cookie"]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    assert!(is_signed_in(&web, &web.client, one).await);
    assert!(!is_signed_in(&web, &client, &both).await);
}

#[tokio::test]
async fn the_cookie_is_sealed_and_out_of_reach() {
    let web = Web::start().await;
    let ctx = Ctx::new(web.server.app.clone(), "Test", None);
    let (_, cookie) = web.sign_in(json!({})).await;
    assert!(is_signed_in(&web, &web.client, &cookie).await);
    let value = json!(cookie.strip_prefix("cognito=").unwrap());
    let id = "00000000-0000-4000-8000-000000000000";
    let plain = json!([{ "pool": web.pool, "id": id }]).to_string();
    // Sealed here, but for something else.
    let purpose = mocknito::keys::Purpose::Page;
    let sealed = ctx.seal(purpose, "cognito", plain.as_bytes());
    for forged in [
        format!("cognito={}", text(&altered(&value))),
        format!("cognito={}", &text(&value)[1..]),
        format!("cognito={plain}"),
        format!("cognito={sealed}"),
        format!("cognito={}", web.sub),
        "cognito=".to_owned(),
        format!("cognit={}", text(&value)),
        format!("XSRF-TOKEN={}", text(&value)),
        format!("cognito={}", "A".repeat(8_192)),
    ] {
        assert!(!is_signed_in(&web, &web.client, &forged).await, "{forged}");
    }
    // Another store's cookie.
    let other = Web::start().await;
    let (_, cookie) = other.sign_in(json!({})).await;
    assert!(!is_signed_in(&web, &web.client, &cookie).await);
}

/// The attributes of the cookie that signing in at this host sets.
async fn attributes(web: &Web, host: &'static str, by_tls: bool) -> String {
    let ctx = Ctx::new(web.server.app.clone(), "Test", None);
    let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
    let browser = Browser::of(&ctx, &RequestHead::new(headers, by_tls));
    let response = browser.remember(axum::response::Response::default());
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    cookie.split_once("; ").unwrap().1.to_owned()
}

#[tokio::test]
async fn cookies_are_for_this_site_alone_and_for_tls_where_http_does_not_share_them() {
    let web = Web::start().await;
    let plain = "Path=/; HttpOnly; SameSite=Lax";
    let secure = "Path=/; HttpOnly; SameSite=Lax; Secure";
    for (host, by_tls, expected) in [
        ("localhost:9339", false, plain),
        ("localhost:9339", true, plain),
        ("demo.auth.localhost", true, plain),
        ("mocknito:9339", false, plain),
        ("mocknito:9339", true, secure),
        ("auth.example.com", true, secure),
    ] {
        let found = attributes(&web, host, by_tls).await;
        assert_eq!(found, expected, "{host} {by_tls}");
    }
}

#[tokio::test]
async fn a_session_lasts_an_hour_unless_the_client_says_otherwise() {
    let web = Web::start().await;
    let (never, longer) = (
        web_client(&web.server, &web.pool, json!({})).await,
        web_client(&web.server, &web.pool, json!({})).await,
    );
    let tracking = json!({
        "UserPoolId": web.pool,
        "UserSessionTracking": "ENABLED",
        "TokenSession": { "MaxPerUser": 20 },
    });
    web.server
        .ok("SetUserPoolSessionConfiguration", tracking)
        .await;
    for (client, minutes) in [(&never, 0), (&longer, 120)] {
        let input = json!({
            "UserPoolId": web.pool,
            "ClientId": client,
            "SSOSession": { "MaxValidityMinutes": minutes },
        });
        web.server
            .ok("SetUserPoolClientSessionConfiguration", input)
            .await;
    }
    let (_, cookie) = web.sign_in(json!({})).await;
    assert!(!is_signed_in(&web, &never, &cookie).await);
    web.server.advance(Duration::from_secs(3_599));
    assert!(is_signed_in(&web, &web.client, &cookie).await);
    web.server.advance(Duration::from_secs(1));
    assert!(!is_signed_in(&web, &web.client, &cookie).await);
    web.server.app.sweep().await.unwrap();
    assert!(is_signed_in(&web, &longer, &cookie).await);
    web.server.advance(Duration::from_secs(3_600));
    assert!(!is_signed_in(&web, &longer, &cookie).await);
}

#[tokio::test]
async fn a_session_ends_with_its_user() {
    let web = Web::start().await;
    let alice = json!({ "UserPoolId": web.pool, "Username": "alice" });
    let (_, cookie) = web.sign_in(json!({})).await;
    // The API's own words: "This operation doesn't clear the managed login session cookie."
    web.server.ok("AdminUserGlobalSignOut", alice.clone()).await;
    assert!(is_signed_in(&web, &web.client, &cookie).await);
    web.server.ok("AdminResetUserPassword", alice.clone()).await;
    assert!(!is_signed_in(&web, &web.client, &cookie).await);
    let password = json!({ "UserPoolId": web.pool, "Username": "alice", "Password": "Passw0rd!", "Permanent": true });
    web.server.ok("AdminSetUserPassword", password).await;
    assert!(is_signed_in(&web, &web.client, &cookie).await);

    web.server.ok("AdminDisableUser", alice.clone()).await;
    assert!(!is_signed_in(&web, &web.client, &cookie).await);
    web.server.ok("AdminEnableUser", alice.clone()).await;
    assert!(!is_signed_in(&web, &web.client, &cookie).await);

    let (_, cookie) = web.sign_in(json!({})).await;
    assert!(is_signed_in(&web, &web.client, &cookie).await);
    web.server.ok("AdminDeleteUser", alice).await;
    assert!(!is_signed_in(&web, &web.client, &cookie).await);
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before() {
    let web = Web::start().await;
    let (_, first) = web.sign_in(json!({})).await;
    let bob = web.server.user(&web.pool, "bob", &[]).await;
    let mut headers = HeaderMap::new();
    headers.insert("cookie", HeaderValue::try_from(first.clone()).unwrap());
    let query = web.query(json!({}));
    let (_, second) = sign_in_with(&web.server, &headers, &query, &bob).await;
    assert!(!is_signed_in(&web, &web.client, &first).await);
    let reply = web.authorize_with(&[("cookie", &second)], json!({})).await;
    let code = parameter(&location(&reply), "code").unwrap();
    let (_, tokens) = web.exchange(&code, json!({})).await;
    assert_eq!(claims(&tokens["id_token"])["sub"], bob.as_str());
}

#[tokio::test]
async fn a_form_is_only_taken_from_the_browser_that_was_shown_it() {
    let web = Web::start().await;
    let browser = |pairs: &[(&'static str, String)]| {
        let ctx = Ctx::new(web.server.app.clone(), "Test", None);
        let headers: HeaderMap = pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::try_from(value).unwrap()))
            .collect();
        Browser::of(&ctx, &RequestHead::from(headers))
    };
    let shown = browser(&[]);
    let token = shown.form_token().to_owned();
    // Nobody has a token before the cookie came with one.
    assert!(!shown.check_form_token(&token) && !shown.check_form_token(""));
    let cookie = ("cookie", format!("XSRF-TOKEN={token}"));
    let same = browser(std::slice::from_ref(&cookie));
    assert!(same.check_form_token(&token));
    assert_eq!(same.form_token(), token);
    assert!(!same.check_form_token("") && !same.check_form_token(&token[1..]));
    let other = browser(&[]).form_token().to_owned();
    assert!(!same.check_form_token(&other));
    // One that was made up, and the other cookie's content.
    let (_, session) = sign_in(&web.server, &web.query(json!({})), &web.sub).await;
    let session = session.strip_prefix("cognito=").unwrap().to_owned();
    for forged in ["x".to_owned(), session, text(&altered(&json!(token)))] {
        let forger = browser(&[("cookie", format!("XSRF-TOKEN={forged}"))]);
        assert!(!forger.check_form_token(&forged));
    }
    let host = ("host", "localhost:9339".to_owned());
    for (header, ours) in [
        (("origin", "http://localhost:9339".to_owned()), true),
        (("origin", "null".to_owned()), true),
        (("origin", "https://evil.example".to_owned()), false),
        (("sec-fetch-site", "same-origin".to_owned()), true),
        (("sec-fetch-site", "cross-site".to_owned()), false),
    ] {
        let sent = browser(&[host.clone(), cookie.clone(), header.clone()]);
        assert_eq!(sent.check_form_token(&token), ours, "{header:?}");
    }
    // A form that was left open for a day.
    web.server.advance(Duration::from_secs(24 * 3_600));
    assert!(!browser(&[cookie]).check_form_token(&token));
}

#[tokio::test]
async fn a_session_of_a_client_that_is_gone_serves_the_others() {
    let web = Web::start().await;
    let other = web_client(&web.server, &web.pool, json!({})).await;
    let query = web.query(json!({ "client_id": other }));
    let (_, cookie) = sign_in(&web.server, &query, &web.sub).await;
    let input: Value = json!({ "UserPoolId": web.pool, "ClientId": other });
    web.server.ok("DeleteUserPoolClient", input).await;
    let reply = web.authorize_with(&[("cookie", &cookie)], json!({})).await;
    assert!(location(&reply).starts_with(CALLBACK));
}

#[tokio::test]
async fn a_tracked_session_is_listed_and_ends_when_it_is_revoked() {
    let web = Web::start().await;
    let server = &web.server;
    let track = json!({ "UserPoolId": web.pool, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 5 } });
    server.ok("SetUserPoolSessionConfiguration", track).await;
    let (location, cookie) = web.sign_in(json!({})).await;
    let code = parameter(&location, "code").unwrap();
    let (_, tokens) = web.exchange(&code, json!({})).await;
    let access = json!({ "AccessToken": tokens["access_token"] });
    let listed = server.ok("ListUserSessions", access.clone()).await;
    let sessions = listed["Sessions"].as_array().unwrap();
    let kinds: Vec<&Value> = sessions
        .iter()
        .map(|session| &session["SessionType"])
        .collect();
    assert_eq!(kinds, ["TOKEN", "SSO"]);
    let id = text(&sessions[1]["SessionId"]);
    assert!(id.starts_with("sso") && id.len() == 28, "{id}");
    assert_eq!(sessions[0]["IsCurrentSession"], true);
    assert_eq!(sessions[1]["ClientId"], json!(web.client));

    // Nobody else's name ends it.
    server.user(&web.pool, "mallory", &[]).await;
    let revoke = |user: &str| json!({ "UserPoolId": web.pool, "Username": user, "SessionId": id });
    let unknown = "ResourceNotFoundException: Session does not exist.";
    server
        .refuses("AdminRevokeUserSession", revoke("mallory"), unknown)
        .await;
    assert!(is_signed_in(&web, &web.client, &cookie).await);
    server.ok("AdminRevokeUserSession", revoke("alice")).await;
    assert!(!is_signed_in(&web, &web.client, &cookie).await);
    server
        .refuses("AdminRevokeUserSession", revoke("alice"), unknown)
        .await;
    // The tokens that came of it live on.
    server.ok("GetUser", access).await;
}

#[tokio::test]
async fn linked_sessions_end_together_and_others_live_on() {
    let web = Web::start().await;
    let server = &web.server;
    let track = json!({ "UserPoolId": web.pool, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 9 } });
    server.ok("SetUserPoolSessionConfiguration", track).await;
    let tokens = async |location: &str| {
        let code = parameter(location, "code").unwrap();
        let (_, tokens) = web.exchange(&code, json!({})).await;
        json!({ "AccessToken": tokens["access_token"] })
    };
    let named = json!({ "UserPoolId": web.pool, "Username": "alice" });
    let sessions = async || {
        let listed = server.ok("AdminListUserSessions", named.clone()).await;
        listed["Sessions"].as_array().unwrap().clone()
    };
    let revoke = async |id: &Value, how: &str| {
        let mut input = named.clone();
        input["SessionId"] = id.clone();
        input["RevokeAssociatedSessions"] = json!(how);
        server.ok("AdminRevokeUserSession", input).await;
    };
    let revoked = "NotAuthorizedException: Access Token has been revoked";

    // Two browsers; the first one signs in twice, the second time without being asked.
    let (first_location, first) = web.sign_in(json!({})).await;
    let by_sign_in = tokens(&first_location).await;
    let again = web.authorize_with(&[("cookie", &first)], json!({})).await;
    let by_session = tokens(&location(&again)).await;
    let (other_location, other) = web.sign_in(json!({})).await;
    let by_other = tokens(&other_location).await;
    let listed = sessions().await;
    let browsers: Vec<&Value> = listed
        .iter()
        .filter(|session| session["SessionType"] == "SSO")
        .map(|session| &session["SessionId"])
        .collect();
    let came_through = |id: &Value| {
        let tokens = listed
            .iter()
            .filter(|session| &session["OriginSessionId"] == id);
        tokens.count()
    };
    let mut counts: Vec<usize> = browsers.iter().map(|id| came_through(id)).collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 2], "{listed:?}");

    // By the browser's session: its tokens end, and no other's.
    let of_first = browsers.iter().find(|id| came_through(id) == 2).unwrap();
    revoke(of_first, "LINKED").await;
    for ended in [by_sign_in, by_session] {
        server.refuses("GetUser", ended, revoked).await;
    }
    assert!(!is_signed_in(&web, &web.client, &first).await);
    server.ok("GetUser", by_other.clone()).await;
    assert!(is_signed_in(&web, &web.client, &other).await);

    // By the tokens' session: the browser's ends with it, unless it is asked for alone.
    let left = sessions().await;
    let of_tokens = |sessions: &[Value]| {
        let found = sessions
            .iter()
            .find(|session| session["SessionType"] == "TOKEN");
        found.unwrap()["SessionId"].clone()
    };
    revoke(&of_tokens(&left), "NONE").await;
    server.refuses("GetUser", by_other, revoked).await;
    assert!(is_signed_in(&web, &web.client, &other).await);
    let again = web.authorize_with(&[("cookie", &other)], json!({})).await;
    let by_other = tokens(&location(&again)).await;
    let left = sessions().await;
    revoke(&of_tokens(&left), "LINKED").await;
    server.refuses("GetUser", by_other, revoked).await;
    assert!(!is_signed_in(&web, &web.client, &other).await);
    assert!(sessions().await.is_empty());
}

#[tokio::test]
async fn a_refresh_token_is_revoked_with_the_browsers_session_if_that_is_asked_for() {
    let web = Web::start().await;
    let server = &web.server;
    let revoke = |token: &Value, how: &str| json!({ "ClientId": web.client, "Token": token, "RevokeAssociatedSessions": how });
    // A pool that tracks no sessions does not know which one it was.
    let tokens = web.tokens(json!({})).await;
    let linked = revoke(&tokens["refresh_token"], "LINKED");
    let untracked = "InvalidParameterException: Session tracking is not enabled for the user pool.";
    server.refuses("RevokeToken", linked, untracked).await;
    server
        .ok("RevokeToken", revoke(&tokens["refresh_token"], "NONE"))
        .await;

    let track = json!({ "UserPoolId": web.pool, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 20 } });
    server.ok("SetUserPoolSessionConfiguration", track).await;
    for (how, stays) in [("NONE", true), ("LINKED", false)] {
        let (location, cookie) = web.sign_in(json!({})).await;
        let code = parameter(&location, "code").unwrap();
        let (_, tokens) = web.exchange(&code, json!({})).await;
        server
            .ok("RevokeToken", revoke(&tokens["refresh_token"], how))
            .await;
        assert_eq!(
            is_signed_in(&web, &web.client, &cookie).await,
            stays,
            "{how}"
        );
    }
}
