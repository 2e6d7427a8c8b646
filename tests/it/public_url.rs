//! `--public-url auto`: addresses follow the host that is asked, and no stranger's.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Reply, Server, claims, text};

/// The fixed one, which counts where a host does not.
const PUBLIC: &str = "http://localhost:9339";

/// Hosts that a stranger may send, by a page or by a program of its own.
const FOREIGN: [&str; 6] = [
    "evil.example",
    "evil.example:9339",
    "localhost.evil.example",
    "203.0.113.66:9339",
    "cognito-idp.us-east-1.amazonaws.com",
    "evil",
];

async fn call(server: &Server, host: &str, operation: &str, input: Value) -> Value {
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    let host = [("host", host)];
    let reply = server.post_with(&target, &host, input.to_string()).await;
    reply.answer(operation)
}

async fn sign_in(server: &Server, host: &str, client: &str) -> Value {
    let input = json!({
        "ClientId": client,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": PASSWORD },
    });
    call(server, host, "InitiateAuth", input).await["AuthenticationResult"].clone()
}

async fn get(server: &Server, host: &str, path: &str) -> Reply {
    server.ask(Method::GET, path, &[("host", host)], "").await
}

async fn issuer_at(server: &Server, host: &str, pool: &str) -> String {
    let path = format!("/{pool}/.well-known/openid-configuration");
    let reply = get(server, host, &path).await;
    let metadata = reply.json();
    let issuer = text(&metadata["issuer"]);
    let base = issuer.strip_suffix(&format!("/{pool}")).unwrap();
    for (name, value) in metadata.as_object().unwrap() {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            assert!(text(value).starts_with(&format!("{base}/")), "{value}");
        }
    }
    issuer
}

#[tokio::test]
async fn issuer_and_endpoints_are_where_they_were_asked_for() {
    let server = Server::following_hosts(&["cognito.corp"]).await;
    let world = server.world().await;
    for (host, base) in [
        ("localhost:32768", "http://localhost:32768"),
        ("127.0.0.1:40001", "http://127.0.0.1:40001"),
        ("[::1]:40001", "http://[::1]:40001"),
        (
            "host.docker.internal:9339",
            "http://host.docker.internal:9339",
        ),
        ("cognito.corp", "http://cognito.corp"),
        // A pool's domain is no place for its issuer.
        ("demo.auth.localhost:32768", "http://localhost:32768"),
    ] {
        let expected = format!("{base}/{}", world.pool);
        assert_eq!(issuer_at(&server, host, &world.pool).await, expected);
        let tokens = sign_in(&server, host, &world.client).await;
        for token in ["IdToken", "AccessToken"] {
            assert_eq!(claims(&tokens[token])["iss"], expected, "{host}");
        }
        let about = get(&server, host, "/").await.json();
        assert_eq!(about["endpoint"], base);
    }
}

#[tokio::test]
async fn what_one_address_made_is_good_at_every_other() {
    let server = Server::following_hosts(&[]).await;
    let world = server.world().await;
    let tokens = sign_in(&server, "localhost:32768", &world.client).await;
    for host in ["localhost:32768", "127.0.0.1:9339", "evil.example"] {
        let input = json!({ "AccessToken": tokens["AccessToken"] });
        let user = call(&server, host, "GetUser", input).await;
        assert_eq!(user["Username"], "alice");
    }
    for (kind, token) in [("REST", "IdToken"), ("HTTP", "AccessToken")] {
        let bearer = format!("Bearer {}", text(&tokens[token]));
        let asked = [("host", "127.0.0.1:9339"), ("authorization", &bearer)];
        let path = format!(
            "/_mocknito/authorize?type={kind}&user_pool_id={}",
            world.pool
        );
        let reply = server.ask(Method::GET, &path, &asked, "").await;
        assert_eq!(reply.status, 200, "{kind}");
    }

    // Refreshed, they are of where that was asked for.
    let input = json!({
        "ClientId": world.client,
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "AuthParameters": { "REFRESH_TOKEN": tokens["RefreshToken"] },
    });
    let refreshed = call(&server, "127.0.0.1:9339", "InitiateAuth", input).await;
    let refreshed = &refreshed["AuthenticationResult"]["AccessToken"];
    let expected = format!("http://127.0.0.1:9339/{}", world.pool);
    assert_eq!(claims(refreshed)["iss"], expected);
}

#[tokio::test]
async fn a_token_of_an_issuer_that_nobody_has_here_is_refused() {
    let server = Server::following_hosts(&[]).await;
    let world = server.world().await;
    // Signed by the pool's own key.
    for base in [
        "http://evil.example",
        "http://localhost:32768/x",
        "http://localhost.evil.example:9339",
        "http://203.0.113.66:9339",
        "localhost:32768",
    ] {
        let minted = json!({
            "client_id": world.client,
            "username": "alice",
            "claims": { "access": { "iss": format!("{base}/{}", world.pool) } },
        });
        let (status, minted) = server.own("POST", "tokens", minted).await;
        assert_eq!(status, 200, "{minted}");
        let inspected = json!({ "token": minted["AccessToken"] });
        let (_, inspected) = server.own("POST", "tokens/inspect", inspected).await;
        let findings = inspected["findings"].as_array().unwrap();
        let issuer = findings.iter().find(|one| one["about"] == "issuer");
        assert_eq!(issuer.unwrap()["ok"], json!(false), "{base}");
    }
}

#[tokio::test]
async fn a_foreign_host_comes_into_no_token_and_no_document() {
    let server = Server::following_hosts(&[]).await;
    let world = server.world().await;
    let expected = format!("{PUBLIC}/{}", world.pool);
    for host in FOREIGN {
        assert_eq!(
            issuer_at(&server, host, &world.pool).await,
            expected,
            "{host}"
        );
        let tokens = sign_in(&server, host, &world.client).await;
        for token in ["IdToken", "AccessToken"] {
            assert_eq!(claims(&tokens[token])["iss"], expected, "{host}");
        }
        let reply = get(
            &server,
            host,
            "/cognito-identity/.well-known/openid-configuration",
        )
        .await;
        let issuer = format!("{PUBLIC}/cognito-identity");
        assert_eq!(reply.json()["issuer"], issuer);
    }
    // What others say on the way changes nothing.
    let path = format!("/{}/.well-known/openid-configuration", world.pool);
    let said = [
        ("host", "localhost:32768"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example;proto=https"),
    ];
    let reply = server.ask(Method::GET, &path, &said, "").await;
    let expected = format!("http://localhost:32768/{}", world.pool);
    assert_eq!(reply.json()["issuer"], expected);
}

#[tokio::test]
async fn nobody_keeps_a_document_that_follows_the_host() {
    let cached = async |server: Server| {
        let pool = server.pool(json!({})).await;
        let path = format!("/{pool}/.well-known/openid-configuration");
        let reply = get(&server, "localhost:32768", &path).await;
        text(&json!(reply.headers["cache-control"].to_str().unwrap()))
    };
    let following = Server::following_hosts(&[]).await;
    assert_eq!(cached(following).await, "private, max-age=60");
    assert_eq!(cached(Server::start().await).await, "public, max-age=60");
}

#[tokio::test]
async fn links_in_mails_lead_where_the_sign_up_was_and_never_to_a_stranger() {
    let server = Server::following_hosts(&[]).await;
    let pool = json!({
        "AutoVerifiedAttributes": ["email"],
        "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_LINK" },
    });
    let pool = server.pool(pool).await;
    let input = json!({ "UserPoolId": pool, "Domain": "links" });
    server.ok("CreateUserPoolDomain", input).await;
    let client = server.client(&pool, json!({})).await;
    let hosts = ["localhost:32768"].into_iter().chain(FOREIGN);
    for (number, host) in hosts.enumerate() {
        let base = if number == 0 {
            "http://localhost:32768"
        } else {
            PUBLIC
        };
        let email = format!("user{number}@example.com");
        let input = json!({
            "ClientId": client["ClientId"],
            "Username": format!("user{number}"),
            "Password": PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": email }],
        });
        call(&server, host, "SignUp", input).await;
        let mail = &server.inbox(&format!("to={email}")).await[0];
        let mail = mail.to_string();
        assert!(mail.contains(&format!("{base}/confirmUser?")), "{mail}");
        assert!(
            !mail.contains("evil") && !mail.contains("203.0.113"),
            "{mail}"
        );
    }
}

#[tokio::test]
async fn a_login_has_its_key_by_whichever_address_its_token_names() {
    let server = Server::following_hosts(&[]).await;
    let world = server.world().await;
    let provider = format!("cognito-idp.us-east-1.amazonaws.com/{}", world.pool);
    let input = json!({
        "IdentityPoolName": "p",
        "AllowUnauthenticatedIdentities": false,
        "CognitoIdentityProviders": [{
            // As an app says it that takes the issuer.
            "ProviderName": format!("localhost:32768/{}", world.pool),
            "ClientId": world.client,
        }],
    });
    let target = "AWSCognitoIdentityService.CreateIdentityPool";
    let reply = server.post(target, input.to_string()).await;
    let pool = reply.answer("CreateIdentityPool");
    assert_eq!(
        pool["CognitoIdentityProviders"][0]["ProviderName"],
        provider
    );
    let token = sign_in(&server, "127.0.0.1:40001", &world.client).await["IdToken"].clone();
    let target = "AWSCognitoIdentityService.GetId";
    for place in ["127.0.0.1:40001", "localhost:32768"] {
        let key = format!("{place}/{}", world.pool);
        let input = json!({ "IdentityPoolId": pool["IdentityPoolId"], "Logins": { key: token } });
        server.post(target, input.to_string()).await.answer("GetId");
    }
    let key = format!("evil.example/{}", world.pool);
    let input = json!({ "IdentityPoolId": pool["IdentityPoolId"], "Logins": { key: token } });
    let reply = server.post(target, input.to_string()).await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn a_fixed_address_follows_nobody() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = sign_in(&server, "localhost:32768", &world.client).await;
    let expected = format!("{PUBLIC}/{}", world.pool);
    assert_eq!(claims(&tokens["AccessToken"])["iss"], expected);
    assert_eq!(
        issuer_at(&server, "localhost:32768", &world.pool).await,
        expected
    );
}

/// LocalStack's own paths, which apps have in their settings.
#[tokio::test]
async fn the_paths_of_localstack_lead_to_the_pools_endpoints() {
    let server = Server::start().await;
    let world = server.world().await;
    let base = "/_aws/cognito-idp";
    let at = |path: &str| format!("{base}{path}");
    let own = server
        .get(&format!("/{}/.well-known/jwks.json", world.pool))
        .await;
    let theirs = at(&format!("/{}/.well-known/jwks.json", world.pool));
    assert_eq!(server.get(&theirs).await.json(), own.json());
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!(
        "grant_type=refresh_token&client_id={}&refresh_token=x",
        world.client
    );
    let reply = server
        .ask(Method::POST, &at("/oauth2/token"), &form, &body)
        .await;
    assert_eq!(
        (reply.status.as_u16(), &reply.json()["error"]),
        (400, &json!("invalid_grant"))
    );
    // Without a client the page says so.
    let reply = server.get(&at("/login")).await;
    let twin = server.get("/login").await;
    assert_eq!((reply.status, reply.body.is_empty()), (twin.status, false));
    for nothing in ["/_aws/cognito-idp", "/_aws/cognito-idp/", "/_aws/sqs/x"] {
        assert_eq!(server.get(nothing).await.status, 404, "{nothing}");
    }
    let stranger = [("origin", "https://evil.example")];
    let reply = server
        .ask(Method::POST, &at("/oauth2/register"), &stranger, "{}")
        .await;
    assert_eq!(reply.status, 403);
}
