//! Requests that go on to a server: streams of any length, and servers that fail.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower::ServiceExt;

use super::{gateway, get, request, says};
use crate::functions::serve;

const APIS: &str = "
Apis:
  - Name: orders
    Type: REST
    Routes:
      - { Route: 'ANY /{proxy+}', Target: 'TARGET' }
      - { Route: 'ANY /slow', Target: 'TARGET', TimeoutInMillis: 200 }
  - Name: shop
    Type: HTTP
    Routes:
      - { Route: 'ANY /{proxy+}', Target: 'TARGET' }
      - { Route: 'ANY /slow', Target: 'TARGET', TimeoutInMillis: 200 }
";

const REST: &str = "orders.execute-api.localhost";
const HTTP: &str = "shop.execute-api.localhost";

/// A body of what a test sends.
struct Sent(mpsc::Receiver<Bytes>);

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let polled = self.0.poll_recv(context);
        polled.map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

/// A target that sends back what it gets, as it gets it.
async fn mirror() -> String {
    let mirrored = async |request: Request| request.into_body();
    serve(Router::new().fallback(mirrored)).await.0
}

/// A target that answers each connection with these bytes and ends it, or keeps it open.
async fn raw(answer: &'static [u8], ends: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut head = [0; 4_096];
                let _read = stream.read(&mut head).await;
                let _written = stream.write_all(answer).await;
                if !ends {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn both_directions_stream() {
    let server = gateway(APIS, &mirror().await).await;
    let (sender, receiver) = mpsc::channel(1);
    let body = Body::new(Sent(receiver));
    let answered = server
        .router()
        .oneshot(request("POST", HTTP, "/mirror", body));
    let answered = tokio::spawn(answered);
    // An answer to the first piece comes before there is a second.
    sender.send(Bytes::from_static(b"one")).await.unwrap();
    let mut body = answered.await.unwrap().unwrap().into_body();
    for (seen, next) in [("one", "two"), ("two", "three"), ("three", "")] {
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.data_ref().unwrap(), seen);
        if !next.is_empty() {
            sender
                .send(Bytes::from_static(next.as_bytes()))
                .await
                .unwrap();
        }
    }
    drop(sender);
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn a_body_of_a_hundred_megabytes_goes_through() {
    const PIECE: usize = 1 << 20;
    let server = gateway(APIS, &mirror().await).await;
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        for _ in 0..100 {
            sender.send(Bytes::from(vec![7; PIECE])).await.unwrap();
        }
    });
    let body = Body::new(Sent(receiver));
    let answer = server
        .router()
        .oneshot(request("PUT", REST, "/prod/large", body));
    let mut body = answer.await.unwrap().into_body();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame.unwrap().data_ref().map_or(0, Bytes::len);
    }
    assert_eq!(length, 100 * PIECE);
}

#[tokio::test]
async fn a_target_that_hangs_is_given_up() {
    let server = gateway(APIS, &raw(b"", false).await).await;
    let started = Instant::now();
    let reply = get(&server, REST, "/prod/slow").await;
    says(&reply, 504, "Endpoint request timed out");
    assert_eq!(
        reply.headers["x-mocknito-reason"],
        "the target did not answer within 200ms"
    );
    says(
        &get(&server, HTTP, "/slow").await,
        503,
        "Service Unavailable",
    );
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_target_that_dies_or_answers_junk_is_told_in_the_gateways_words() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for target in [
        raw(b"", true).await,
        raw(b"SSH-2.0-OpenSSH_9.6\r\n", true).await,
        raw(b"HTTP/1.1 200 OK\r\ncontent-le", true).await,
        raw(
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            true,
        )
        .await,
        raw(
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
            true,
        )
        .await,
        nobody,
    ] {
        let server = gateway(APIS, &target).await;
        let reply = get(&server, REST, "/prod/x").await;
        says(&reply, 504, "Network error communicating with endpoint");
        says(&get(&server, HTTP, "/x").await, 503, "Service Unavailable");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_or_stalls_does_not_end_as_if_it_were_whole() {
    const PART: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc";
    for (target, path) in [
        (raw(PART, true).await, "/x"),
        (raw(PART, false).await, "/slow"),
    ] {
        let server = gateway(APIS, &target).await;
        let answer = server
            .router()
            .oneshot(request("GET", HTTP, path, Body::empty()));
        let body = answer.await.unwrap().into_body();
        assert!(body.collect().await.is_err(), "{path}");
    }
}

#[tokio::test]
async fn what_a_rest_api_says_itself_goes_on_under_another_name() {
    let target = raw(
        b"HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic\r\nserver: x\r\n\
          connection: close, x-hop\r\nx-hop: 1\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n\
          x-amzn-errortype: x\r\nx-mocknito-reason: y\r\ncontent-length: 2\r\n\r\nno",
        true,
    )
    .await;
    let server = gateway(APIS, &target).await;
    let reply = get(&server, REST, "/prod/x").await;
    assert_eq!(reply.headers["x-amzn-remapped-www-authenticate"], "Basic");
    assert_eq!(reply.headers["x-amzn-remapped-server"], "x");
    assert!(!reply.headers.contains_key("x-hop"));
    assert!(!reply.headers.contains_key("www-authenticate"));
    let cookies: Vec<_> = reply.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    let reply = get(&server, HTTP, "/x").await;
    assert_eq!(reply.headers["www-authenticate"], "Basic");
    assert_eq!(reply.headers["server"], "x");
}

#[tokio::test]
async fn a_fixture_whose_pool_is_not_there_stops_the_start() {
    let why = crate::support::Server::fixture_fault(
        "Apis:
  - Name: orders
    Type: REST
    Authorizers:
      - { Name: pool, Type: COGNITO_USER_POOLS, ProviderARNs: [us-east-1_Nobody001] }
    Routes: [{ Route: 'GET /', Authorizer: pool, Target: 'http://localhost:1' }]
",
    )
    .await;
    let at = ":5:9: Apis[0].Authorizers[0] (pool).ProviderARNs[0]: ";
    assert!(
        why.contains(at) && why.contains("us-east-1_Nobody001"),
        "{why}"
    );
    assert_eq!(json!(why.lines().count()), 1);
}
