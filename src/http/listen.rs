//! Listening: accepts connections, tells HTTP from TLS by their first byte, speaks HTTP/1.1 or
//! HTTP/2 on them, and ends them in good order.
//!
//! Not here: what is served (`http::router`), certificates (`tls.rs`).

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt;

use super::answers::malformed;
use super::framing::{Ambiguous, Framed};
use super::request_head::{ByTls, Peer};
use super::tls::Tls;
use crate::boxed::spawn;

/// How long a connection may idle, or take to send its headers. Longer than clients keep idle
/// connections (90 s is common), so that it is they who close and no request meets a closing
/// connection.
const HEADERS_WITHIN: Duration = Duration::from_secs(120);

/// How often a silent HTTP/2 client is asked whether it is still there, and how long it may take to
/// answer.
const PING_EVERY: Duration = Duration::from_secs(60);
const PONG_WITHIN: Duration = Duration::from_secs(20);

/// How many requests an HTTP/2 client may have open, and how large their headers may be.
const MOST_STREAMS: u32 = 128;
const LARGEST_HEADERS: u32 = 64 << 10;

/// The first byte of every TLS connection: a handshake record (RFC 8446 §5.1). No HTTP method
/// begins with it.
const HANDSHAKE: u8 = 0x16;

/// How long requests that have begun may take to end once the server stops.
const FINISH_WITHIN: Duration = Duration::from_secs(10);

/// How long to wait before accepting again when the machine cannot give another connection.
const BREATHE: Duration = Duration::from_millis(200);

/// Says that the server is about to stop: whoever waits for something to happen answers at once.
#[derive(Debug, Clone)]
pub struct Closing(watch::Receiver<bool>);

/// Makes [`Closing`] known.
#[derive(Debug)]
pub struct Closer(watch::Sender<bool>);

/// A pair: the one who stops the server, and what those who wait hold.
pub fn closing() -> (Closer, Closing) {
    let (sender, receiver) = watch::channel(false);
    (Closer(sender), Closing(receiver))
}

impl Closing {
    /// Returns when the server is about to stop.
    pub async fn wait(&mut self) {
        // An error means that the closer is gone, and so is the server.
        let _gone = self.0.wait_for(|closing| *closing).await;
    }
}

/// Serves until `stop` returns; then accepts nothing more and lets the requests that have begun
/// end.
pub async fn serve(
    listeners: Vec<TcpListener>,
    router: Router,
    tls: Tls,
    closer: Closer,
    stop: impl Future<Output = ()>,
) {
    let tls = Arc::new(tls);
    let (ended, open) = watch::channel(());
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept_any(&listeners) => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (router, tls, open) = (router.clone(), tls.clone(), open.clone());
                let closing = Closing(closer.0.subscribe());
                let peer = Peer(peer.ip().to_canonical());
                spawn(async move {
                    connection(stream, peer, router, &tls, closing).await;
                    drop(open);
                });
            }
            Err(error) if belongs_to_the_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection could be accepted");
                if tokio::time::timeout(BREATHE, &mut stop).await.is_ok() {
                    break;
                }
            }
        }
    }
    drop(listeners);
    drop(open);
    closer.0.send_replace(true);
    if tokio::time::timeout(FINISH_WITHIN, ended.closed())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not end in time and were dropped");
    }
}

/// The next connection at any of the ports.
async fn accept_any(listeners: &[TcpListener]) -> io::Result<(TcpStream, SocketAddr)> {
    poll_fn(|context| {
        for listener in listeners {
            if let Poll::Ready(accepted) = listener.poll_accept(context) {
                return Poll::Ready(accepted);
            }
        }
        Poll::Pending
    })
    .await
}

async fn connection(
    stream: TcpStream,
    peer: Peer,
    router: Router,
    tls: &Tls,
    mut closing: Closing,
) {
    // Answers are small and complete: waiting to fill a packet only delays them. A failure costs
    // nothing else.
    let _delayed = stream.set_nodelay(true);
    let mut first = [0];
    let peeked = tokio::select! {
        peeked = tokio::time::timeout(HEADERS_WITHIN, stream.peek(&mut first)) => peeked,
        () = closing.wait() => return,
    };
    match peeked {
        Ok(Ok(1..)) if first[0] == HANDSHAKE => secured(stream, peer, router, tls, closing).await,
        Ok(Ok(1..)) => {
            let service = router.map_request(move |request| from(peer, request));
            http_1(stream, service, closing).await;
        }
        // It said nothing at all.
        _ => {}
    }
}

/// A connection by TLS: HTTP/2 where the client knows it.
async fn secured(stream: TcpStream, peer: Peer, router: Router, tls: &Tls, mut closing: Closing) {
    let accepted = tokio::select! {
        accepted = tls.accept(stream) => accepted,
        () = closing.wait() => return,
    };
    let stream = match accepted {
        Ok(stream) => stream,
        Err(error) => {
            // Most often a client that does not trust the authority.
            tracing::debug!(%error, "a TLS handshake failed");
            return;
        }
    };
    let is_http_2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let service = router.map_request(move |request| by_tls(from(peer, request)));
    if is_http_2 {
        http_2(stream, service, closing).await;
    } else {
        http_1(stream, service, closing).await;
    }
}

/// Says who is at the other end.
fn from(peer: Peer, mut request: Request<Incoming>) -> Request<Incoming> {
    request.extensions_mut().insert(peer);
    request
}

/// Says that the request came by TLS. HTTP/2 has no `Host` (RFC 9113 §8.3.1): the authority stands
/// for it.
fn by_tls(mut request: Request<Incoming>) -> Request<Incoming> {
    let authority = request
        .uri()
        .authority()
        .and_then(|authority| HeaderValue::try_from(authority.as_str()).ok());
    let headers = request.headers_mut();
    if let Some(authority) = authority {
        headers.insert(header::HOST, authority);
    }
    request.extensions_mut().insert(ByTls);
    request
}

async fn http_1<S>(stream: impl Stream, service: S, mut closing: Closing)
where
    S: tower::Service<Request<Incoming>, Response = Response> + Clone,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let ambiguous = Ambiguous::default();
    let stream = Framed::new(stream, ambiguous.clone());
    let requests = AtomicU64::new(0);
    let service = service_fn(move |request| {
        let is_ambiguous = ambiguous.has(requests.fetch_add(1, Ordering::Relaxed));
        let (service, ambiguous) = (service.clone(), ambiguous.clone());
        async move {
            if is_ambiguous {
                return Ok(malformed(
                    "It has both Content-Length and Transfer-Encoding.",
                ));
            }
            let answered = service.oneshot(request).await;
            if let Ok(response) = &answered
                && response.status() == StatusCode::SWITCHING_PROTOCOLS
            {
                ambiguous.no_more();
            }
            answered
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = closing.wait() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    note(ended);
}

async fn http_2<S>(stream: impl Stream, service: S, mut closing: Closing)
where
    S: tower::Service<Request<Incoming>, Response = Response> + Clone + Send + 'static,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::Future: Send,
{
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PONG_WITHIN)
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(LARGEST_HEADERS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = closing.wait() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    note(ended);
}

/// The client went away, or what it sent was not HTTP: nobody else's matter.
fn note(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

/// What HTTP is spoken on.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for T {}

/// Whether only this one connection failed, before it was accepted.
fn belongs_to_the_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
