//! Listening: accepts connections, speaks HTTP/1.1 on them, and ends them in good order.
//!
//! Not here: what is served (`http::router`). TLS on the same port will be told apart here, by a connection's first byte.

use std::io;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long a connection may idle, or take to send its headers. Longer than clients keep idle connections (90 s is common), so that it is
/// they who close and no request meets a closing connection.
const HEADERS_WITHIN: Duration = Duration::from_secs(120);

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

/// Serves until `stop` returns; then accepts nothing more and lets the requests that have begun end.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    closer: Closer,
    stop: impl Future<Output = ()>,
) {
    let (ended, open) = watch::channel(());
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _peer)) => {
                let (router, open) = (router.clone(), open.clone());
                let closing = Closing(closer.0.subscribe());
                tokio::spawn(async move {
                    connection(stream, router, closing).await;
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
    drop(listener);
    drop(open);
    closer.0.send_replace(true);
    if tokio::time::timeout(FINISH_WITHIN, ended.closed())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not end in time and were dropped");
    }
}

async fn connection(stream: TcpStream, router: Router, mut closing: Closing) {
    // Answers are small and complete: waiting to fill a packet only delays them. A failure costs nothing else.
    let _delayed = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = closing.wait() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // The client went away, or what it sent was not HTTP.
        tracing::debug!(%error, "a connection broke");
    }
}

/// Whether only this one connection failed, before it was accepted.
fn belongs_to_the_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
