//! AppSync in front of a GraphQL server: who calls, and websockets that only callers open.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mocknito::http::listen;
use mocknito::http::tls::Tls;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::{call, echo, gateway, tokens};
use crate::support::{Server, text};

const APIS: &str = "
Apis:
  - Name: graph
    Type: APPSYNC
    Authorizers:
      - { Name: pool, Type: AMAZON_COGNITO_USER_POOLS, UserPoolId: us-east-1_Shop00001 }
    Routes: [{ Route: 'POST /graphql', Authorizer: pool, Target: 'TARGET' }]
";

const HOST: &str = "graph.execute-api.localhost:9339";

/// What AppSync's resolvers would see.
fn identity(headers: &Value) -> Value {
    let encoded = text(&headers["x-mocknito-identity"]);
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap()
}

#[tokio::test]
async fn the_server_is_told_what_a_resolver_sees() {
    let server = gateway(APIS, &echo().await).await;
    let tokens = tokens(&server).await;
    for kind in ["IdToken", "AccessToken"] {
        let token = text(&tokens[kind]);
        let headers = [
            ("authorization", token.as_str()),
            ("x-mocknito-identity", "e30"),
        ];
        let asked = call(&server, "POST", HOST, "/graphql", &headers, "{}").await;
        let echoed = asked.json();
        assert_eq!(
            (&echoed["uri"], &echoed["body"]),
            (&json!("/graphql"), &json!("{}"))
        );
        let identity = identity(&echoed["headers"]);
        assert_eq!(identity["username"], "ada");
        assert_eq!(identity["groups"].as_array().unwrap().len(), 2);
        assert_eq!(
            identity["claims"]["exp"],
            crate::support::claims(&tokens[kind])["exp"]
        );
    }
    let nobody = call(&server, "POST", HOST, "/graphql", &[], "{}").await;
    assert_eq!(nobody.status, 401);
    let message = "Valid authorization header not provided.";
    assert_eq!(nobody.json()["errors"][0]["message"], message);
}

/// A server that takes every websocket and sends back what it hears in capital letters. Gives its
/// address, and the heads of the handshakes.
async fn websockets() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, heads) = mpsc::channel(8);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let sender = sender.clone();
            tokio::spawn(async move {
                let head = head(&mut stream).await;
                sender.send(head).await.unwrap();
                let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                              Connection: Upgrade\r\nSec-WebSocket-Accept: accepted\r\n\
                              Sec-WebSocket-Protocol: graphql-ws\r\n\r\nfirst";
                stream.write_all(answer.as_bytes()).await.unwrap();
                let mut bytes = [0; 1_024];
                while let Ok(read @ 1..) = stream.read(&mut bytes).await {
                    let back = bytes[..read].to_ascii_uppercase();
                    stream.write_all(&back).await.unwrap();
                }
            });
        }
    });
    (url, heads)
}

async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

async fn hears(stream: &mut TcpStream, expected: &str) {
    let mut bytes = vec![0; expected.len()];
    let read = stream.read_exact(&mut bytes);
    tokio::time::timeout(Duration::from_secs(10), read)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&bytes), expected);
}

/// The server on a port.
async fn listening(server: &Server) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (closer, _) = listen::closing();
    let (router, tls) = (server.router(), Tls::new(server.app.clone()));
    let serving = listen::serve(listener, router, tls, closer, std::future::pending());
    tokio::spawn(serving);
    address
}

async fn handshake(address: SocketAddr, target: &str, more: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET {target} HTTP/1.1\r\nHost: {HOST}\r\nConnection: keep-alive, Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: a2V5\r\n\
         {more}\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let head = head(&mut stream).await;
    (stream, head)
}

#[tokio::test]
async fn a_websocket_is_opened_for_who_may_ask() {
    let (target, mut heads) = websockets().await;
    let server = gateway(APIS, &target).await;
    let token = text(&tokens(&server).await["IdToken"]);
    let address = listening(&server).await;
    let object = json!({ "Authorization": token, "host": HOST }).to_string();
    let in_query: String =
        form_urlencoded::byte_serialize(STANDARD.encode(&object).as_bytes()).collect();
    let in_protocol = URL_SAFE_NO_PAD.encode(&object);
    let protocols = format!("Sec-WebSocket-Protocol: graphql-ws, header-{in_protocol}\r\n");
    let by_header = format!("Authorization: {token}\r\n");
    for (asked, more) in [
        (
            format!("/graphql?header={in_query}&payload=e30="),
            "Sec-WebSocket-Protocol: graphql-ws\r\n",
        ),
        ("/graphql/realtime".to_owned(), protocols.as_str()),
        ("/graphql".to_owned(), by_header.as_str()),
    ] {
        let forged = format!("{more}X-Mocknito-Identity: e30\r\n");
        let (mut stream, head) = handshake(address, &asked, &forged).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        let lower = head.to_lowercase();
        for line in [
            "upgrade: websocket",
            "connection: upgrade",
            "sec-websocket-accept: accepted",
            "sec-websocket-protocol: graphql-ws",
        ] {
            assert!(lower.contains(line), "{head}");
        }
        let told = heads.recv().await.unwrap();
        assert!(told.starts_with("GET /graphql"), "{told}");
        assert!(!told.contains("realtime"), "{told}");
        let lower = told.to_lowercase();
        assert!(lower.contains("sec-websocket-key: a2v5"), "{told}");
        let identities: Vec<&str> = told
            .lines()
            .filter_map(|line| line.strip_prefix("x-mocknito-identity: "))
            .collect();
        let [identity] = identities[..] else {
            panic!("{told}");
        };
        let identity: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(identity).unwrap()).unwrap();
        assert_eq!(identity["username"], "ada");
        hears(&mut stream, "first").await;
        // Both directions, and nothing of it is taken for HTTP.
        for said in ["hello", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
            stream.write_all(said.as_bytes()).await.unwrap();
            hears(&mut stream, &said.to_uppercase()).await;
        }
    }
}

#[tokio::test]
async fn nobody_else_opens_one() {
    let (target, mut heads) = websockets().await;
    let server = gateway(APIS, &target).await;
    let token = text(&tokens(&server).await["IdToken"]);
    let address = listening(&server).await;
    let object = |token: &str| STANDARD.encode(json!({ "Authorization": token }).to_string());
    let forged = object(&format!("{token}x"));
    for asked in [
        "/graphql".to_owned(),
        "/graphql?header=x".to_owned(),
        "/graphql?header=e30=".to_owned(),
        format!("/graphql?header={forged}"),
    ] {
        let (_, head) = handshake(address, &asked, "").await;
        assert!(head.starts_with("HTTP/1.1 401 "), "{asked}: {head}");
    }
    // Two that disagree.
    let twice = format!("/graphql?header={}", object(&token));
    let (_, head) = handshake(address, &twice, "Authorization: other\r\n").await;
    assert!(head.starts_with("HTTP/1.1 401 "), "{head}");
    let (_, head) = handshake(address, "/elsewhere", "").await;
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    assert!(heads.try_recv().is_err(), "the target was asked");
}
