//! A load balancer that signs users in: the way through the pool and back, what the target is told,
//! and everybody who does not get there.

use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Value, json};
use url::Url;

use super::{echo, serving};
use crate::pages::{Browser, Page};
use crate::support::{Server, text};

const FIXTURE: &str = "
UserPools:
  - UserPoolId: us-east-1_Shop00001
    PoolName: shop
    Domains: [{ Domain: shop }]
    Clients:
      - ClientId: albclient00000000000000001
        ClientName: alb
        ClientSecret: albsecret000000000000000000000000000000000000000001
        AllowedOAuthFlowsUserPoolClient: true
        AllowedOAuthFlows: [code]
        AllowedOAuthScopes: [openid, email, profile]
        SupportedIdentityProviders: [COGNITO]
        CallbackURLs:
          - http://localhost:9339/_mocknito/apis/app/oauth2/idpresponse
          - http://localhost:9339/_mocknito/apis/other/oauth2/idpresponse
          - https://app.execute-api.localhost:9339/oauth2/idpresponse
      - ClientId: public00000000000000000001
        ClientName: public
        AllowedOAuthFlowsUserPoolClient: true
        AllowedOAuthFlows: [code]
        AllowedOAuthScopes: [openid]
        CallbackURLs: [http://localhost:9339/_mocknito/apis/app/oauth2/idpresponse]
    Users:
      - Username: ada
        Sub: 11111111-1111-4111-8111-111111111111
        Password: Passw0rd!
        UserAttributes: { email: ada@example.com, email_verified: true, name: Ada }
Apis:
  - Name: app
    Type: ALB
    Authorizers:
      - Name: sign-in
        Type: authenticate-cognito
        UserPoolArn: arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Shop00001
        UserPoolClientId: albclient00000000000000001
        UserPoolDomain: shop
        Scope: openid email
        SessionTimeout: 7200
        AuthenticationRequestExtraParams: { lang: de, state: forged }
      - Name: deny
        Type: authenticate-cognito
        UserPoolArn: us-east-1_Shop00001
        UserPoolClientId: albclient00000000000000001
        UserPoolDomain: shop
        OnUnauthenticatedRequest: deny
      - Name: allow
        Type: authenticate-cognito
        UserPoolArn: us-east-1_Shop00001
        UserPoolClientId: albclient00000000000000001
        UserPoolDomain: shop
        OnUnauthenticatedRequest: allow
      - Name: no-openid
        Type: authenticate-cognito
        UserPoolArn: us-east-1_Shop00001
        UserPoolClientId: albclient00000000000000001
        UserPoolDomain: shop
        Scope: email
        SessionCookieName: Other
      - Name: public
        Type: authenticate-cognito
        UserPoolArn: us-east-1_Shop00001
        UserPoolClientId: public00000000000000000001
        UserPoolDomain: shop
        SessionCookieName: Other
      - { Name: jwt, Type: jwt-validation, Issuer: us-east-1_Shop00001 }
    Routes:
      - { Route: 'ANY /app/{proxy+}', Authorizer: sign-in, Target: 'TARGET' }
      - { Route: 'GET /deny', Authorizer: deny, Target: 'TARGET' }
      - { Route: 'GET /allow', Authorizer: allow, Target: 'TARGET' }
      - { Route: 'GET /no-openid', Authorizer: no-openid, Target: 'TARGET' }
      - { Route: 'GET /public', Authorizer: public, Target: 'TARGET' }
      - { Route: 'GET /jwt', Authorizer: jwt, Target: 'TARGET' }
      - { Route: 'GET /open', Target: 'TARGET' }
  - Name: other
    Type: ALB
    Authorizers:
      - Name: sign-in
        Type: authenticate-cognito
        UserPoolArn: us-east-1_Shop00001
        UserPoolClientId: albclient00000000000000001
        UserPoolDomain: shop
    Routes:
      - { Route: 'ANY /app/{proxy+}', Authorizer: sign-in, Target: 'TARGET' }
";

const ORIGIN: &str = "http://localhost:9339";
const APP: &str = "/_mocknito/apis/app";
const WANTED: &str = "/_mocknito/apis/app/app/orders?page=2&q=a%20b";
const HOST: &str = "app.execute-api.localhost:9339";

async fn server() -> Server {
    serving(FIXTURE, &echo().await).await
}

/// Path and query of an address of this server.
#[track_caller]
fn local(address: &str) -> String {
    let path = address.strip_prefix(ORIGIN);
    path.unwrap_or_else(|| panic!("{address}")).to_owned()
}

/// From a protected address to the address at the load balancer to which the pool sends the
/// browser.
async fn way_back(browser: &Browser<'_>, wanted: &str) -> String {
    let asked = browser.get(wanted).await;
    assert_eq!(asked.status, StatusCode::FOUND, "{}", asked.html);
    let mut page = browser.get(&local(asked.location())).await;
    if page.location().contains("/login") {
        let login = page.location().to_owned();
        let login = login.strip_prefix(ORIGIN).unwrap_or(&login).to_owned();
        let form = browser.get(&login).await;
        let fields = [("username", "ada"), ("password", "Passw0rd!")];
        page = browser.submit(&form, &login, &fields).await;
    }
    assert_eq!(page.status, StatusCode::FOUND, "{}", page.html);
    local(page.location())
}

/// Signs Ada in at the load balancer.
async fn sign_in(browser: &Browser<'_>) -> Page {
    let back = way_back(browser, WANTED).await;
    let done = browser.get(&back).await;
    assert_eq!(done.status, StatusCode::FOUND, "{}", done.html);
    done
}

/// What the target was asked.
#[track_caller]
fn asked(page: &Page) -> Value {
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    page.reply.json()
}

fn cookies(page: &Page) -> Vec<String> {
    let all = page.reply.headers.get_all("set-cookie").iter();
    all.map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

fn query(address: &str, name: &str) -> Option<String> {
    let url = Url::parse(ORIGIN).unwrap().join(address).unwrap();
    let mut found = url.query_pairs().filter(|(other, _)| other == name);
    found.next().map(|(_, value)| value.into_owned())
}

/// The address with another value of this parameter.
fn with(address: &str, name: &str, value: &str) -> String {
    let (path, query) = address.split_once('?').unwrap();
    let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
    let pairs = pairs.map(|(key, old)| {
        let new = if key == name { value.to_owned() } else { old };
        (key, new)
    });
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    format!("{path}?{query}")
}

#[track_caller]
fn refuses(page: &Page, status: u16, reason: &str) {
    assert_eq!(page.status.as_u16(), status, "{}", page.html);
    assert_eq!(page.header("content-type"), "text/html");
    assert!(
        page.header("x-mocknito-reason").contains(reason),
        "{}",
        page.header("x-mocknito-reason")
    );
    assert!(page.location().is_empty());
    assert!(cookies(page).is_empty());
}

#[tokio::test]
async fn a_browser_signs_in_and_gets_what_it_wanted() {
    let server = server().await;
    let browser = Browser::new(&server);
    let asked_for = browser.get(WANTED).await;
    let to = asked_for.location();
    assert!(to.starts_with("http://localhost:9339/oauth2/authorize?client_id="));
    let callback = format!("{ORIGIN}{APP}/oauth2/idpresponse");
    for (name, value) in [
        ("client_id", "albclient00000000000000001"),
        ("redirect_uri", callback.as_str()),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("lang", "de"),
    ] {
        assert_eq!(query(to, name).as_deref(), Some(value));
    }
    assert_eq!(to.matches("state=").count(), 1);
    let set = cookies(&asked_for);
    let [nonce] = &set[..] else {
        panic!("one cookie");
    };
    assert!(nonce.starts_with("AWSALBAuthNonce="), "{nonce}");
    assert!(nonce.contains("; Path=/_mocknito/apis/app; Max-Age=900; HttpOnly; SameSite=Lax"));

    let done = sign_in(&browser).await;
    assert_eq!(done.location(), format!("{ORIGIN}{WANTED}"));
    let session = cookies(&done);
    assert!(session[0].starts_with("AWSELBAuthSessionCookie-0="));
    assert!(session[0].contains("; Max-Age=7200; HttpOnly"));
    assert!(session.iter().all(|cookie| cookie.len() <= 4_096));

    let echoed = asked(&browser.get(WANTED).await);
    assert_eq!(echoed["uri"], "/app/orders?page=2&q=a%20b");
    let headers = &echoed["headers"];
    let sub = "11111111-1111-4111-8111-111111111111";
    assert_eq!(headers["x-amzn-oidc-identity"], sub);
    let claims = crate::support::claims(&headers["x-amzn-oidc-accesstoken"]);
    assert_eq!(
        (&claims["sub"], &claims["token_use"]),
        (&json!(sub), &json!("access"))
    );

    let data = text(&headers["x-amzn-oidc-data"]);
    let (signed, signature) = data.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    // Padded, as the real ones are.
    let part =
        |text: &str| serde_json::from_slice::<Value>(&URL_SAFE.decode(text).unwrap()).unwrap();
    let (header, payload) = (part(header), part(payload));
    let issuer = "http://localhost:9339/us-east-1_Shop00001";
    assert_eq!(
        payload,
        json!({
            "sub": sub, "email": "ada@example.com", "email_verified": "true", "username": "ada",
            "exp": claims["exp"], "iss": issuer,
        })
    );
    assert_eq!(
        header,
        json!({
            "typ": "JWT", "kid": header["kid"], "alg": "ES256", "iss": issuer,
            "client": "albclient00000000000000001", "signer": header["signer"],
            "exp": claims["exp"],
        })
    );
    let signer = text(&header["signer"]);
    assert!(
        signer.starts_with("arn:aws:elasticloadbalancing:us-east-1:"),
        "{signer}"
    );
    let key = server
        .get(&format!("/_mocknito/alb/keys/{}", text(&header["kid"])))
        .await;
    assert_eq!(key.headers["content-type"], "text/plain");
    let pem = String::from_utf8(key.body).unwrap();
    let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, STANDARD.decode(der).unwrap());
    let signature = URL_SAFE.decode(signature).unwrap();
    key.verify(signed.as_bytes(), &signature).unwrap();
    let unknown = server
        .get("/_mocknito/alb/keys/11111111-1111-4111-8111-111111111111")
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_speaks_for_the_load_balancer() {
    let server = server().await;
    let browser = Browser::new(&server);
    let forged = |path: &'static str| browser.get_with(path, "x-amzn-oidc-identity", "root");
    for open in ["/_mocknito/apis/app/allow", "/_mocknito/apis/app/open"] {
        let headers = asked(&forged(open).await)["headers"].clone();
        assert_eq!(headers["x-amzn-oidc-identity"], Value::Null, "{open}");
    }
    sign_in(&browser).await;
    let headers = asked(&forged(WANTED).await)["headers"].clone();
    assert_ne!(headers["x-amzn-oidc-identity"], "root");
    // Who may pass unknown is told as well, when they are known.
    let headers = asked(&browser.get("/_mocknito/apis/app/allow").await)["headers"].clone();
    assert!(headers["x-amzn-oidc-data"].is_string());
}

#[tokio::test]
async fn who_is_not_signed_in_is_denied_where_the_rule_says_so() {
    let server = server().await;
    let browser = Browser::new(&server);
    refuses(&browser.get(&format!("{APP}/deny")).await, 401, "is deny");
    sign_in(&browser).await;
    asked(&browser.get(&format!("{APP}/deny")).await);
}

#[tokio::test]
async fn a_state_is_of_one_browser_one_api_and_one_time() {
    let server = server().await;
    let browser = Browser::new(&server);
    let back = way_back(&browser, WANTED).await;
    let state = query(&back, "state").unwrap();

    let stranger = Browser::new(&server);
    refuses(&stranger.get(&back).await, 401, "AuthInvalidStateParam");
    stranger.get(WANTED).await;
    refuses(&stranger.get(&back).await, 401, "AuthInvalidStateParam");

    let mut forged = state.clone();
    forged.replace_range(40..41, if &state[40..41] == "A" { "B" } else { "A" });
    for state in [forged.as_str(), "x", &state[1..]] {
        let page = browser.get(&with(&back, "state", state)).await;
        refuses(&page, 401, "AuthInvalidStateParam");
    }
    let twice = format!("{back}&state={state}");
    refuses(&browser.get(&twice).await, 401, "AuthInvalidStateParam");
    let elsewhere = back.replace("/apis/app/", "/apis/other/");
    refuses(&browser.get(&elsewhere).await, 401, "AuthInvalidStateParam");
    for (missing, name) in [
        ("state", "AuthMissingStateParam"),
        ("code", "AuthMissingCodeParam"),
    ] {
        let page = browser.get(&with(&back, missing, "")).await;
        refuses(&page, 400, name);
    }
    // The state that came without its code has been used.
    refuses(&browser.get(&back).await, 401, "AuthInvalidStateParam");

    let back = way_back(&browser, WANTED).await;
    assert_eq!(browser.get(&back).await.status, StatusCode::FOUND);
    refuses(&browser.get(&back).await, 401, "AuthInvalidStateParam");
}

#[tokio::test]
async fn a_sign_in_that_takes_too_long_ends() {
    let server = server().await;
    let browser = Browser::new(&server);
    let back = way_back(&browser, WANTED).await;
    server.advance(Duration::from_secs(15 * 60));
    refuses(&browser.get(&back).await, 401, "older than 15 minutes");
}

#[tokio::test]
async fn a_code_that_the_pool_does_not_know_is_its_refusal() {
    let server = server().await;
    let first = Browser::new(&server);
    let used = way_back(&first, WANTED).await;
    assert_eq!(first.get(&used).await.status, StatusCode::FOUND);
    for code in [query(&used, "code").unwrap().as_str(), "unknown"] {
        let browser = Browser::new(&server);
        let back = way_back(&browser, WANTED).await;
        let page = browser.get(&with(&back, "code", code)).await;
        refuses(&page, 561, "AuthInvalidGrantError");
    }
}

#[tokio::test]
async fn an_error_of_the_authorize_endpoint_is_561() {
    let server = server().await;
    let browser = Browser::new(&server);
    let state = query(browser.get(WANTED).await.location(), "state").unwrap();
    let back = format!("{APP}/oauth2/idpresponse?error=access_denied&state={state}");
    refuses(&browser.get(&back).await, 561, "access_denied");
    // It is over.
    refuses(&browser.get(&back).await, 401, "AuthInvalidStateParam");
}

#[tokio::test]
async fn a_rule_that_cannot_work_says_why() {
    let server = server().await;
    let browser = Browser::new(&server);
    let page = browser.get(&format!("{APP}/public")).await;
    refuses(&page, 500, "has no secret");
    let back = way_back(&browser, &format!("{APP}/no-openid")).await;
    refuses(&browser.get(&back).await, 401, "Scope has no openid");
}

#[tokio::test]
async fn a_session_is_of_one_api_and_ends() {
    let server = server().await;
    let browser = Browser::new(&server);
    let done = sign_in(&browser).await;
    let session = cookies(&done)[0].split(';').next().unwrap().to_owned();
    let status = async |path: &str, cookie: &str| {
        let headers = [("cookie", cookie)];
        let method = "GET".parse().unwrap();
        server.ask(method, path, &headers, "").await.status
    };
    assert_eq!(status(WANTED, &session).await, StatusCode::OK);
    let other = "/_mocknito/apis/other/app/orders";
    assert_eq!(status(other, &session).await, StatusCode::FOUND);
    // Under another rule's cookie.
    let renamed = session.replace("AWSELBAuthSessionCookie-0", "Other-0");
    let elsewhere = format!("{APP}/no-openid");
    assert_eq!(status(&elsewhere, &renamed).await, StatusCode::FOUND);
    for altered in [
        session.replacen("=AYAB", "=AYAC", 1),
        format!("{session}; AWSELBAuthSessionCookie-1=x"),
        session[..session.len() - 1].to_owned(),
    ] {
        assert_eq!(status(WANTED, &altered).await, StatusCode::FOUND);
    }
    server.advance(Duration::from_secs(7_200));
    assert_eq!(status(WANTED, &session).await, StatusCode::FOUND);
}

#[tokio::test]
async fn a_session_is_renewed_while_the_pool_agrees() {
    let server = server().await;
    let browser = Browser::new(&server);
    sign_in(&browser).await;
    let token = |page: &Page| text(&asked(page)["headers"]["x-amzn-oidc-accesstoken"]);
    let first = browser.get(WANTED).await;
    assert!(cookies(&first).is_empty());
    server.advance(Duration::from_secs(3_600));
    let renewed = browser.get(WANTED).await;
    assert_ne!(token(&renewed), token(&first));
    // It ends when it would have ended.
    assert!(
        cookies(&renewed)[0].contains("; Max-Age=3600; "),
        "{:?}",
        cookies(&renewed)
    );
    assert_eq!(token(&browser.get(WANTED).await), token(&renewed));

    let browser = Browser::new(&server);
    sign_in(&browser).await;
    let user = json!({ "UserPoolId": "us-east-1_Shop00001", "Username": "ada" });
    server.ok("AdminUserGlobalSignOut", user).await;
    // As on AWS, the load balancer does not ask before the access token expires.
    asked(&browser.get(WANTED).await);
    server.advance(Duration::from_secs(3_600));
    assert_eq!(browser.get(WANTED).await.status, StatusCode::FOUND);
}

#[tokio::test]
async fn at_a_host_of_its_own_the_pool_is_at_its_domain_and_the_way_back_by_https() {
    let server = server().await;
    let browser = Browser::new(&server);
    let page = browser.get_with("/app/x", "host", HOST).await;
    assert_eq!(page.status, StatusCode::FOUND, "{}", page.html);
    let to = page.location();
    assert!(
        to.starts_with("http://shop.auth.localhost:9339/oauth2/authorize?"),
        "{to}"
    );
    let callback = format!("https://{HOST}/oauth2/idpresponse");
    assert_eq!(query(to, "redirect_uri"), Some(callback));
    assert!(cookies(&page)[0].contains("; Path=/; "));
    let back = browser
        .get_with("/oauth2/idpresponse?code=x", "host", HOST)
        .await;
    refuses(&back, 400, "AuthMissingStateParam");
}

#[tokio::test]
async fn a_program_shows_its_token() {
    let server = server().await;
    let browser = Browser::new(&server);
    sign_in(&browser).await;
    let token = asked(&browser.get(WANTED).await)["headers"]["x-amzn-oidc-accesstoken"].clone();
    let program = Browser::new(&server);
    let path = format!("{APP}/jwt");
    let bearer = format!("Bearer {}", text(&token));
    let headers =
        asked(&program.get_with(&path, "authorization", &bearer).await)["headers"].clone();
    assert_eq!(headers["authorization"], bearer.as_str());
    assert_eq!(headers["x-amzn-oidc-identity"], Value::Null);
    assert_eq!(program.get(&path).await.status, StatusCode::UNAUTHORIZED);
}
