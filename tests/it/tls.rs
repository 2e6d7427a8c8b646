//! TLS on the port that speaks HTTP: for which names, in which versions, and that nothing else
//! changes.

use std::net::SocketAddr;
use std::sync::Arc;

use mocknito::app::Issuer;
use mocknito::http::listen;
use mocknito::http::tls::Tls;
use reqwest::{Certificate, Client, StatusCode, Version};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, HandshakeKind, RootCertStore};

use crate::support::Server;

/// A server that really listens.
struct Listening {
    server: Server,
    address: SocketAddr,
    authority: String,
    _stop: oneshot::Sender<()>,
}

impl Listening {
    async fn start() -> Self {
        Self::at("127.0.0.1:0").await
    }

    async fn at(address: &str) -> Self {
        Self::of(Server::start().await, address).await
    }

    async fn of(server: Server, address: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let tls = Tls::new(server.app.clone());
        let (closer, _) = listen::closing();
        let (stop, stopped) = oneshot::channel();
        let router = server.router();
        tokio::spawn(listen::serve(vec![listener], router, tls, closer, async {
            let _dropped = stopped.await;
        }));
        let reply = server.get("/_mocknito/ca.pem").await;
        let authority = String::from_utf8(reply.body).unwrap();
        Self {
            server,
            address,
            authority,
            _stop: stop,
        }
    }

    /// A client that trusts the authority alone, and finds every name here.
    fn client(&self, names: &[&str]) -> Client {
        let root = Certificate::from_pem(self.authority.as_bytes()).unwrap();
        let mut client = Client::builder().tls_certs_only([root]).no_proxy();
        for name in names {
            client = client.resolve(name, self.address);
        }
        client.build().unwrap()
    }

    fn url(&self, scheme: &str, host: &str, path: &str) -> String {
        format!("{scheme}://{host}:{}{path}", self.address.port())
    }
}

#[tokio::test]
async fn one_port_speaks_http_and_https() {
    let listening = Listening::start().await;
    let client = listening.client(&["localhost"]);
    let pool = listening.server.pool(json!({})).await;
    let mut documents = Vec::new();
    for scheme in ["http", "https"] {
        let path = format!("/{pool}/.well-known/openid-configuration");
        let url = listening.url(scheme, "localhost", &path);
        let answer = client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let expected = if scheme == "http" {
            Version::HTTP_11
        } else {
            Version::HTTP_2
        };
        assert_eq!(answer.version(), expected);
        let text = answer.text().await.unwrap();
        documents.push(serde_json::from_str::<Value>(&text).unwrap());
    }
    // The issuer does not depend on the way.
    assert_eq!(documents[0], documents[1]);
    let input = json!({ "PoolName": "by TLS" }).to_string();
    let answer = client
        .post(listening.url("https", "localhost", "/"))
        .header(
            "x-amz-target",
            "AWSCognitoIdentityProviderService.CreateUserPool",
        )
        .header("content-type", "application/x-amz-json-1.1")
        .body(input)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn certificates_are_for_names_that_can_mean_this_server_and_for_no_others() {
    let listening = Listening::start().await;
    let pool = listening.server.pool(json!({})).await;
    let arn = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
    let input = json!({ "UserPoolId": pool, "Domain": "auth.example.com", "CustomDomainConfig": { "CertificateArn": arn } });
    listening.server.ok("CreateUserPoolDomain", input).await;
    let input = json!({ "UserPoolId": pool, "Domain": "mine" });
    listening.server.ok("CreateUserPoolDomain", input).await;
    for name in [
        "localhost",
        "127.0.0.1",
        "mocknito",
        "mine.auth.localhost",
        "host.docker.internal",
        "auth.app.test",
        "auth.example.com",
        "AUTH.example.com",
        "mine.auth.us-east-1.amazoncognito.com",
    ] {
        let url = listening.url("https", name, "/_mocknito/health");
        let answer = listening.client(&[name]).get(url).send().await;
        // The guard of /_mocknito/ lets everybody ask for its health.
        assert_eq!(answer.unwrap().status(), StatusCode::OK, "{name}");
    }
    for name in [
        "www.example.com",
        "evil.auth.example.com",
        "example.com",
        "theirs.auth.us-east-1.amazoncognito.com",
        "accounts.google.com",
        "cognito-idp.us-east-1.amazonaws.com",
        "sts.amazonaws.com",
    ] {
        let url = listening.url("https", name, "/_mocknito/health");
        let refused = listening.client(&[name]).get(url).send().await;
        assert!(refused.is_err(), "{name}");
    }
}

#[tokio::test]
async fn with_awss_issuer_certificates_are_for_the_names_of_its_apis_too() {
    let listening = Listening::of(Server::with(Issuer::Aws).await, "127.0.0.1:0").await;
    for name in [
        "cognito-idp.us-east-1.amazonaws.com",
        "cognito-idp.eu-west-1.amazonaws.com",
        "cognito-idp-fips.us-east-1.amazonaws.com",
        "issuer-cognito-idp.us-east-1.amazonaws.com",
        "cognito-identity.us-east-1.amazonaws.com",
        "cognito-identity-fips.us-east-1.amazonaws.com",
        "sts.us-east-1.amazonaws.com",
        "sts-fips.us-east-1.amazonaws.com",
        "sts.amazonaws.com",
        "kms.us-east-1.amazonaws.com",
    ] {
        let url = listening.url("https", name, "/_mocknito/health");
        let answer = listening.client(&[name]).get(url).send().await;
        assert_eq!(answer.unwrap().status(), StatusCode::OK, "{name}");
    }
    for name in [
        "s3.us-east-1.amazonaws.com",
        "cognito-idp.evil.us-east-1.amazonaws.com",
        "cognito-idp.amazonaws.com",
        "amazonaws.com",
        "cognito-idp.us-east-1.amazonaws.com.evil.example",
    ] {
        let url = listening.url("https", name, "/_mocknito/health");
        let refused = listening.client(&[name]).get(url).send().await;
        assert!(refused.is_err(), "{name}");
    }
}

#[tokio::test]
async fn who_does_not_know_the_authority_does_not_trust_the_server() {
    let (one, two) = (Listening::start().await, Listening::start().await);
    // Two stores, two authorities, though all of a test's servers have the same seed.
    assert_ne!(one.authority, two.authority);
    let url = one.url("https", "localhost", "/_mocknito/health");
    assert!(two.client(&["localhost"]).get(&url).send().await.is_err());
    let root = Certificate::from_pem(one.authority.as_bytes()).unwrap();
    // The authority's certificate is no server's.
    assert!(Client::builder().tls_certs_only([root]).build().is_ok());
}

/// One handshake with a request; says how the handshake went.
async fn handshake(config: &Arc<ClientConfig>, address: SocketAddr) -> HandshakeKind {
    let stream = TcpStream::connect(address).await.unwrap();
    let name = "localhost".try_into().unwrap();
    let connector = TlsConnector::from(config.clone());
    let mut stream = connector.connect(name, stream).await.unwrap();
    let request = "GET /_mocknito/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    stream.get_ref().1.handshake_kind().unwrap()
}

#[tokio::test]
async fn a_client_that_comes_again_resumes() {
    let listening = Listening::start().await;
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(listening.authority.as_bytes()).unwrap();
    roots.add(root).unwrap();
    let config = Arc::new(
        ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth(),
    );
    assert_eq!(
        handshake(&config, listening.address).await,
        HandshakeKind::Full
    );
    assert_eq!(
        handshake(&config, listening.address).await,
        HandshakeKind::Resumed
    );
}

#[tokio::test]
async fn nobody_says_by_a_header_that_they_came_by_tls() {
    let listening = Listening::start().await;
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    // A page that sets a cookie would say so; the header must not reach it, and a handshake that
    // never ends hurts nobody.
    let mut silent = TcpStream::connect(listening.address).await.unwrap();
    silent.write_all(&[0x16, 0x03]).await.unwrap();
    let request = "GET /_mocknito/health HTTP/1.1\r\nhost: auth.example.com\r\nx-mocknito-by-tls: 1\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // Garbage that begins like TLS ends its own connection only.
    let mut garbage = TcpStream::connect(listening.address).await.unwrap();
    garbage
        .write_all(b"\x16\x03\x01\x00\x05hello")
        .await
        .unwrap();
    let mut rest = Vec::new();
    let _reset_or_alert = garbage.read_to_end(&mut rest).await;
    assert!(rest.is_empty() || rest[0] == 0x15);
    drop(silent);
}
