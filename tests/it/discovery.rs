//! A pool's key set and metadata: their exact shape, and tokens verified with nothing else.

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mocknito::app::Issuer;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, claims, header, keys, text};

async fn document(server: &Server, pool: &str, name: &str) -> Value {
    let reply = server.get(&format!("/{pool}/.well-known/{name}")).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["content-type"], "application/json");
    reply.json()
}

/// Verifies as a client that has only the key set.
fn verify(jwks: &Value, token: &Value) -> bool {
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
    let kid = header(token)["kid"].clone();
    let Some(key) = jwks["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"] == kid)
    else {
        return false;
    };
    let decode = |member: &str| URL_SAFE_NO_PAD.decode(text(&key[member])).unwrap();
    let token = text(token);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    RsaPublicKeyComponents {
        n: decode("n"),
        e: decode("e"),
    }
    .verify(
        &RSA_PKCS1_2048_8192_SHA256,
        signed.as_bytes(),
        &URL_SAFE_NO_PAD.decode(signature).unwrap(),
    )
    .is_ok()
}

#[tokio::test]
async fn the_key_set_has_two_keys_of_exactly_cognitos_members() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let jwks = document(&server, &pool, "jwks.json").await;
    assert_eq!(keys(&jwks), ["keys"]);
    let set = jwks["keys"].as_array().unwrap();
    assert_eq!(set.len(), 2);
    for key in set {
        assert_eq!(keys(key), ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!(
            (&key["alg"], &key["kty"], &key["use"], &key["e"]),
            (
                &json!("RS256"),
                &json!("RSA"),
                &json!("sig"),
                &json!("AQAB")
            )
        );
        let kid = text(&key["kid"]);
        assert!(kid.len() == 44 && kid.ends_with('='));
        assert_eq!(URL_SAFE_NO_PAD.decode(text(&key["n"])).unwrap().len(), 256);
    }
    assert_ne!(set[0]["kid"], set[1]["kid"]);
    // Asked again, they are the same.
    assert_eq!(document(&server, &pool, "jwks.json").await, jwks);
}

#[tokio::test]
async fn tokens_verify_with_the_key_set_and_their_headers_are_exactly_kid_and_alg() {
    let server = Server::start().await;
    let world = server.world().await;
    let jwks = document(&server, &world.pool, "jwks.json").await;
    let tokens = world.tokens().await;
    for token in ["IdToken", "AccessToken"] {
        let token = &tokens[token];
        let first = text(token);
        let raw = URL_SAFE_NO_PAD
            .decode(first.split('.').next().unwrap())
            .unwrap();
        let raw = String::from_utf8(raw).unwrap();
        assert!(raw.starts_with("{\"kid\":\"") && raw.ends_with("\",\"alg\":\"RS256\"}"));
        assert!(verify(&jwks, token));
        let forged = first.replacen('.', ".e30", 1);
        assert!(!verify(&jwks, &json!(forged)));
    }
}

#[tokio::test]
async fn metadata_names_what_is_served_and_nothing_else() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let metadata = document(&server, &pool, "openid-configuration").await;
    let base = "http://localhost:9339";
    assert_eq!(metadata["issuer"], format!("{base}/{pool}"));
    assert_eq!(metadata["token_endpoint"], format!("{base}/oauth2/token"));
    assert_eq!(
        metadata["id_token_signing_alg_values_supported"],
        json!(["RS256"])
    );
    assert_eq!(metadata["subject_types_supported"], json!(["public"]));
    assert_eq!(
        metadata["token_endpoint_auth_methods_supported"],
        json!(["client_secret_basic", "client_secret_post"])
    );
    // Strict clients fail without it, here as on AWS.
    assert_eq!(metadata.get("code_challenge_methods_supported"), None);
    for (name, value) in metadata.as_object().unwrap() {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            let path = value.as_str().unwrap().strip_prefix(base).unwrap();
            assert_ne!(server.get(path).await.status, 404, "{name}");
        }
    }
}

#[tokio::test]
async fn with_awss_issuer_tokens_and_metadata_name_it_alike() {
    let server = Server::with(Issuer::Aws).await;
    let world = server.world().await;
    let expected = format!("https://cognito-idp.us-east-1.amazonaws.com/{}", world.pool);
    let metadata = document(&server, &world.pool, "openid-configuration").await;
    assert_eq!(metadata["issuer"], expected);
    let tokens = world.tokens().await;
    for token in ["IdToken", "AccessToken"] {
        assert_eq!(claims(&tokens[token])["iss"], expected);
    }
    server
        .ok("GetUser", json!({ "AccessToken": tokens["AccessToken"] }))
        .await;
}

/// Where AWS's own name leads here, everything is where clients look for it on AWS.
#[tokio::test]
async fn at_awss_own_name_the_metadata_name_the_pools_domain() {
    let server = Server::with(Issuer::Aws).await;
    let pool = server.pool(json!({})).await;
    let at = async |server: &Server, host: &str| {
        let path = format!("/{pool}/.well-known/openid-configuration");
        let reply = server.ask(Method::GET, &path, &[("host", host)], "").await;
        reply.json()
    };
    let aws = "cognito-idp.us-east-1.amazonaws.com";
    let keys = format!("https://{aws}/{pool}/.well-known/jwks.json");
    // A pool without a domain has its endpoints at every address.
    let metadata = at(&server, aws).await;
    assert_eq!(metadata["jwks_uri"], keys);
    assert_eq!(
        metadata["token_endpoint"],
        format!("https://{aws}/oauth2/token")
    );

    let input = json!({ "UserPoolId": pool, "Domain": "mine" });
    server.ok("CreateUserPoolDomain", input).await;
    let domain = "https://mine.auth.us-east-1.amazoncognito.com";
    let metadata = at(&server, aws).await;
    assert_eq!(metadata["issuer"], format!("https://{aws}/{pool}"));
    assert_eq!(metadata["jwks_uri"], keys);
    for (member, path) in [
        ("authorization_endpoint", "/oauth2/authorize"),
        ("end_session_endpoint", "/logout"),
        ("revocation_endpoint", "/oauth2/revoke"),
        ("token_endpoint", "/oauth2/token"),
        ("userinfo_endpoint", "/oauth2/userInfo"),
    ] {
        assert_eq!(metadata[member], format!("{domain}{path}"), "{member}");
    }
    // Everywhere else it is the public URL.
    for host in [
        "localhost:9339",
        "cognito-idp.us-east-1.amazonaws.com.evil.example",
    ] {
        let metadata = at(&server, host).await;
        assert_eq!(
            metadata["token_endpoint"],
            "http://localhost:9339/oauth2/token"
        );
    }
}

#[tokio::test]
async fn an_updated_issuer_has_a_name_of_its_own_on_aws() {
    let updated = json!({ "IssuerConfiguration": { "Type": "UPDATED" } });
    for (issuer, name) in [
        (
            Issuer::Aws,
            "https://issuer-cognito-idp.us-east-1.amazonaws.com",
        ),
        (Issuer::Local, "http://localhost:9339"),
    ] {
        let server = Server::with(issuer).await;
        let pool = server.pool(updated.clone()).await;
        let path = format!("/{pool}/.well-known/openid-configuration");
        let host = [("host", "issuer-cognito-idp.us-east-1.amazonaws.com")];
        let metadata = server.ask(Method::GET, &path, &host, "").await.json();
        assert_eq!(metadata["issuer"], format!("{name}/{pool}"));
        assert_eq!(
            metadata["jwks_uri"],
            format!("{name}/{pool}/.well-known/jwks.json")
        );
        let client = server.client_id(&pool, json!({})).await;
        server.user(&pool, "alice", &[]).await;
        let signed_in = json!({
            "ClientId": client,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": PASSWORD },
        });
        let signed_in = server.ok("InitiateAuth", signed_in).await;
        let token = &signed_in["AuthenticationResult"]["AccessToken"];
        assert_eq!(claims(token)["iss"], metadata["issuer"]);
        server.ok("GetUser", json!({ "AccessToken": token })).await;
        // It counts as long as it would have.
        let original = json!({ "Type": "ORIGINAL" });
        let input = json!({ "UserPoolId": pool, "IssuerConfiguration": original });
        server.ok("UpdateUserPool", input).await;
        server.ok("GetUser", json!({ "AccessToken": token })).await;
    }
}

#[tokio::test]
async fn a_host_says_nothing_where_awss_names_do_not_lead_here() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let path = format!("/{pool}/.well-known/openid-configuration");
    let host = [("host", "cognito-idp.us-east-1.amazonaws.com")];
    let metadata = server.ask(Method::GET, &path, &host, "").await.json();
    assert_eq!(
        metadata["token_endpoint"],
        "http://localhost:9339/oauth2/token"
    );
}

#[tokio::test]
async fn browsers_may_read_both_documents() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    for name in ["jwks.json", "openid-configuration"] {
        let path = format!("/{pool}/.well-known/{name}");
        let origin = [("origin", "https://app.example.com")];
        let reply = server.ask(Method::GET, &path, &origin, "").await;
        assert_eq!(reply.headers["access-control-allow-origin"], "*");
    }
}

#[tokio::test]
async fn paths_that_only_look_like_a_pool_have_no_documents() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    for path in [
        format!("/{}/.well-known/jwks.json", pool.to_lowercase() + "x"),
        format!("/{pool}%00/.well-known/jwks.json"),
        format!("/x/{pool}/.well-known/jwks.json"),
        format!("/{pool}/.well-known/jwks"),
        "/.well-known/jwks.json".to_owned(),
        "/%ff/.well-known/jwks.json".to_owned(),
    ] {
        let status = server.get(&path).await.status;
        assert!(matches!(status.as_u16(), 400 | 404), "{path}: {status}");
    }
}
