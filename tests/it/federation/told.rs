//! How providers are asked, and what the log tells of a round that failed: who, where, why, and
//! what the provider itself answered. Never a secret.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use super::issuer::{come_back, world};
use super::provider::Provider;
use super::{Browser, parameters, saml, told};
use crate::support::Server;

/// What is logged on this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Lines {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

impl Lines {
    fn keep(&self) -> tracing::subscriber::DefaultGuard {
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_writer(self.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    /// The failed rounds since the last call.
    fn failures(&self) -> Vec<Value> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        for secret in ["o-secret", "at-1", "c-123456789", "code_verifier"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        let lines = text.lines().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["fields"].clone()
        });
        lines
            .filter(|fields| fields["message"] == "a round with an identity provider failed")
            .collect()
    }
}

#[tokio::test]
async fn the_log_says_why_a_round_failed_and_what_the_provider_answered() {
    let lines = Lines::default();
    let _guard = lines.keep();
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider, json!({})).await;
    let refusal = "The identity provider's answer is not understood: user info:";
    for (status, body, reason, error) in [
        (
            400,
            r#"{"error":"invalid_request"}"#,
            "it answered 400",
            json!("invalid_request"),
        ),
        (
            401,
            r#"{"error":"invalid_token"}"#,
            "it answered 401",
            json!("invalid_token"),
        ),
        (302, "", "it answered 302", Value::Null),
        (
            200,
            "eyJhbGciOiJub25lIn0.e30.",
            "it is a JWT, not JSON",
            Value::Null,
        ),
        (
            200,
            "<html>",
            "it is not the JSON that it should be",
            Value::Null,
        ),
    ] {
        provider.plan(|plan| plan.info_answer = Some((status, body.to_owned())));
        let back = come_back(&world, &provider, json!({})).await;
        assert_eq!(told(&back), format!("invalid_request: {refusal} {reason}"));
        let failures = lines.failures();
        let [line] = &failures[..] else {
            panic!("{failures:?}");
        };
        assert_eq!(line["provider"], "Corp");
        assert_eq!(line["pool"], json!(world.pool));
        assert_eq!(line["step"], "user info");
        assert_eq!(line["reason"], format!("{refusal} {reason}"));
        assert_eq!(line["address"], format!("{}/userinfo", provider.issuer));
        assert_eq!(line["status"], status);
        assert_eq!(line["error"], error);
    }
    provider.plan(|plan| {
        plan.info_answer = None;
        plan.token_status = 400;
        plan.token_answer = Some(json!({
            "error": "invalid_grant",
            "error_description": "The code c-12345678901234567890123456789012345678901234 is spent",
        }));
    });
    come_back(&world, &provider, json!({})).await;
    let line = lines.failures().remove(0);
    assert_eq!(line["step"], "token endpoint");
    assert_eq!(line["status"], 400);
    assert_eq!(line["error"], "invalid_grant");
    assert_eq!(line["error_description"], "The code … is spent");
    assert_eq!(line["reason"], "The code … is spent");

    // What the browser brings.
    let mut browser = Browser::new(&server);
    let state = parameters(&world.begin(&mut browser).await)["state"].clone();
    let refused = format!(
        "/oauth2/idpresponse?error=user_cancelled_authorize&error_description=No+thanks&state={state}"
    );
    assert_eq!(
        told(&browser.get(&refused).await),
        "user_cancelled_authorize: No thanks"
    );
    let line = lines.failures().remove(0);
    assert_eq!(line["step"], "way back");
    assert_eq!(line["error"], "user_cancelled_authorize");
    assert_eq!(line["error_description"], "No thanks");

    // A token of another provider, and a person of whom too little is known.
    provider.plan(|plan| {
        plan.token_status = 200;
        plan.token_answer = None;
    });
    come_back(&world, &provider, json!({ "aud": "another" })).await;
    let line = lines.failures().remove(0);
    assert_eq!(line["step"], "ID token");
    assert_eq!(line["reason"], "Bad id_token: it is for another audience");
    come_back(&world, &provider, json!({ "email": "no address" })).await;
    let line = lines.failures().remove(0);
    assert_eq!(line["step"], "sign-in");
    assert_eq!(line["reason"], "Invalid email address format.");

    // One that worked.
    world
        .tokens(&come_back(&world, &provider, json!({})).await)
        .await;
    assert_eq!(lines.failures(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_or_trusted_is_told_apart() {
    let lines = Lines::default();
    let _guard = lines.keep();
    let server = Server::start().await;
    let provider = Provider::start().await;
    // By TLS, with a certificate that nobody here trusts.
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer::from(
        certified.signing_key.serialize_der(),
    );
    let tls = tokio_rustls::rustls::ServerConfig::builder_with_provider(Arc::new(
        tokio_rustls::rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(vec![certified.cert.der().clone()], key.into())
    .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(tls));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    for (issuer, reason) in [
        (
            format!("https://localhost:{port}"),
            "its certificate is not trusted",
        ),
        ("http://127.0.0.1:9".to_owned(), "it cannot be reached"),
    ] {
        let details = json!({ "oidc_issuer": issuer });
        let world = world(&server, &provider, details).await;
        let back = Browser::new(&server).get(&world.start()).await;
        let reason = format!("Unable to contact the identity provider: {reason}");
        assert_eq!(told(&back), format!("invalid_request: {reason}"));
        let line = lines.failures().remove(0);
        assert_eq!(line["step"], "discovery");
        assert_eq!(line["reason"], reason);
        assert_eq!(
            line["address"],
            format!("{issuer}/.well-known/openid-configuration")
        );
        assert_eq!(line["status"], Value::Null);
    }
}

#[tokio::test]
async fn an_empty_post_says_that_it_is_empty() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let details = json!({ "attributes_request_method": "POST" });
    let world = world(&server, &provider, details).await;
    let back = come_back(&world, &provider, json!({})).await;
    world.tokens(&back).await;
    provider.plan(|plan| assert_eq!(plan.info_headers, [[Some("0".to_owned()), None]]));
}

#[tokio::test]
async fn metadata_are_asked_for_as_xml_and_described_with_their_endpoints() {
    let lines = Lines::default();
    let _guard = lines.keep();
    let server = Server::start().await;
    let provider = Provider::start().await;
    let metadata = saml::metadata("https://idp.test/sso").replace(
        "</IDPSSODescriptor>",
        "<SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" \
         Location=\"https://idp.test/slo\"/></IDPSSODescriptor>",
    );
    let by_file = saml::world(&server, "https://idp.test/sso", json!({})).await;
    let pool = by_file.pool.clone();
    let at = format!("{}/metadata", provider.issuer);
    let create = json!({
        "UserPoolId": pool, "ProviderName": "ByAddress", "ProviderType": "SAML",
        "ProviderDetails": { "MetadataURL": at },
    });
    // Not there yet: described without, and the log says why.
    let created = server.ok("CreateIdentityProvider", create).await;
    let details = &created["IdentityProvider"]["ProviderDetails"];
    assert!(details.get("SSORedirectBindingURI").is_none());
    let line = lines.failures().remove(0);
    assert_eq!(line["step"], "metadata");
    assert_eq!(line["status"], 404);
    assert_eq!(line["address"], at);

    provider.plan(|plan| plan.metadata = Some(metadata));
    let named = json!({ "UserPoolId": pool, "ProviderName": "ByAddress" });
    let described = server.ok("DescribeIdentityProvider", named.clone()).await;
    let details = &described["IdentityProvider"]["ProviderDetails"];
    assert_eq!(details["SSORedirectBindingURI"], "https://idp.test/sso");
    assert_eq!(details["SLORedirectBindingURI"], "https://idp.test/slo");
    // What was described can be sent back; what the metadata say now counts.
    let mut back = named.clone();
    let mut sent = details.clone();
    sent.as_object_mut()
        .unwrap()
        .remove("ActiveEncryptionCertificate");
    back["ProviderDetails"] = sent;
    server.ok("UpdateIdentityProvider", back).await;
    provider.plan(|plan| plan.metadata = Some(saml::metadata("https://idp.test/new")));
    let described = server.ok("DescribeIdentityProvider", named).await;
    let details = &described["IdentityProvider"]["ProviderDetails"];
    assert_eq!(details["SSORedirectBindingURI"], "https://idp.test/new");
    assert!(details.get("SLORedirectBindingURI").is_none());
    assert_eq!(lines.failures(), Vec::<Value>::new());

    // And signs in.
    let client = server
        .client_id(&pool, super::application(&["ByAddress"]))
        .await;
    let world = super::Federated {
        server: &server,
        pool,
        client,
        provider: "ByAddress".to_owned(),
    };
    let mut browser = Browser::new(&server);
    let url = world.begin(&mut browser).await;
    assert!(
        url.starts_with("https://idp.test/new?SAMLRequest="),
        "{url}"
    );
    let answer = saml::Answer::to(&world, &saml::request(&url));
    let state = parameters(&url)["RelayState"].clone();
    let back = saml::send(&mut browser, &state, &answer.signed()).await;
    world.tokens(&back).await;
    // A provider that is gone is told with its status.
    provider.plan(|plan| plan.metadata = None);
    let mut browser = Browser::new(&server);
    assert_eq!(
        told(&browser.get(&world.start()).await),
        "invalid_request: The identity provider's answer is not understood: \
         metadata: it answered 404"
    );
}
