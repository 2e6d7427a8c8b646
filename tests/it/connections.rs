//! Connections as bytes: bodies that stall, answers before a body has come, requests that can be
//! read in two ways.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mocknito::http::listen;
use mocknito::http::tls::Tls;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::Server;

struct Listening {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Listening {
    async fn start() -> Self {
        let (closer, closing) = listen::closing();
        let server = Server::closing_with(closing).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tls = Tls::new(server.app.clone());
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let router = server.router();
            listen::serve(vec![listener], router, tls, closer, async {
                let _dropped = stopped.await;
            })
            .await;
        });
        Self {
            address,
            stop,
            serving,
        }
    }

    /// What the server answers to these bytes until it closes the connection, which it must.
    async fn answers(&self, bytes: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let read = tokio::time::timeout(Duration::from_secs(20), read).await;
    let _reset_or_closed = read.expect("the connection ends");
    text(&answer)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).to_lowercase()
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_body_that_stalls() {
    let listening = Listening::start().await;
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 60\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    // It has arrived when the next connection is answered.
    let health = "GET /_mocknito/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let answer = listening.answers(health).await;
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    let began = Instant::now();
    listening.stop.send(()).unwrap();
    listening.serving.await.unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("http/1.1 408"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn a_connection_outlives_a_refusal_whose_body_was_not_read() {
    let listening = Listening::start().await;
    for refused in [
        "POST /nothing HTTP/1.1\r\nhost: localhost\r\n",
        "DELETE /oauth2/token HTTP/1.1\r\nhost: localhost\r\n",
        "POST /_mocknito/reset HTTP/1.1\r\nhost: evil.example\r\n",
        "POST / HTTP/1.1\r\nhost: localhost\r\norigin: https://evil.example\r\n",
    ] {
        let mut stream = TcpStream::connect(listening.address).await.unwrap();
        let head = format!("{refused}content-length: 5000\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        tokio::task::yield_now().await;
        stream.write_all(&[b'x'; 5_000]).await.unwrap();
        let next = "GET /_mocknito/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(next.as_bytes()).await.unwrap();
        let answers = rest(&mut stream).await;
        assert!(answers.starts_with("http/1.1 40"), "{refused}: {answers}");
        assert!(
            answers.contains("\"status\":\"ok\""),
            "{refused}: {answers}"
        );
    }
}

#[tokio::test]
async fn an_answer_before_a_long_body_says_that_it_is_the_last() {
    let listening = Listening::start().await;
    let head = "POST /nothing HTTP/1.1\r\nhost: localhost\r\ncontent-length: 200000\r\n\r\nx";
    let answer = listening.answers(head).await;
    assert!(answer.starts_with("http/1.1 404"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    // Nor is a body asked for that nobody wants.
    let asks = "POST /nothing HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\
                expect: 100-continue\r\n\r\n";
    let answer = listening.answers(asks).await;
    assert!(answer.starts_with("http/1.1 404"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn a_request_that_can_be_read_in_two_ways_is_refused() {
    let listening = Listening::start().await;
    const CHUNKS: &str = "2\r\n{}\r\n0\r\n\r\n";
    for head in [
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n",
        "POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\ncontent-length: 2\r\n",
        "POST / HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\ntransfer-encoding: chunked\r\n",
        "POST / HTTP/1.1\r\nhost: localhost\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n",
    ] {
        let answer = listening.answers(&format!("{head}\r\n{CHUNKS}")).await;
        assert!(answer.starts_with("http/1.1 400"), "{head}: {answer}");
        assert!(answer.contains("malformed_request"), "{head}: {answer}");
        // Behind a request that is none of these, too.
        let first = "GET /_mocknito/health HTTP/1.1\r\nhost: localhost\r\n\r\n";
        let answer = listening
            .answers(&format!("{first}{head}\r\n{CHUNKS}"))
            .await;
        assert!(answer.starts_with("http/1.1 200"), "{head}: {answer}");
        assert!(answer.contains("malformed_request"), "{head}: {answer}");
    }
    let plain = "POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\
                 connection: close\r\n";
    let answer = listening.answers(&format!("{plain}\r\n{CHUNKS}")).await;
    assert!(answer.contains("unknownoperationexception"), "{answer}");
}
