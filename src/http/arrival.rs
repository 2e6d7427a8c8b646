//! A request's body on its way here: what stalls ends, and a connection whose request was answered
//! before it had arrived says what becomes of it.
//!
//! HTTP/1 sends one request after the other: an answer that leaves a part of its request unread
//! ends the connection. A short rest is read and thrown away, so that the connection lives on;
//! otherwise the answer says `Connection: close`, so that no client sends its next request into
//! nothing (RFC 9112 §9.6). Not here: how large a body may be (`body.rs`), headers that stall
//! (`listen.rs`).

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::answers::{malformed, refusal};
use super::framing::has_several_hosts;
use super::listen::Closing;

/// How long a body may send nothing; and once the server stops.
const IDLE: Duration = Duration::from_secs(30);
const IDLE_AT_THE_END: Duration = Duration::from_secs(1);

/// The longest rest of a body that is read for nothing, and for how long.
const LONGEST_REST: u64 = 64 << 10;
const REST_WITHIN: Duration = Duration::from_secs(2);

/// How patient the server is.
#[derive(Debug, Clone)]
pub struct Arrival {
    closing: Closing,
    idle: Duration,
    idle_at_the_end: Duration,
}

impl Arrival {
    pub fn new(closing: Closing) -> Self {
        Self {
            closing,
            idle: IDLE,
            idle_at_the_end: IDLE_AT_THE_END,
        }
    }
}

/// Says of an answer that its request's body is still on its way to somebody who reads it: an
/// answer may come before that has ended. hyper closes the connection if it never does.
#[derive(Debug, Clone, Copy)]
pub struct ReadsOn;

/// Watches over one request's arrival.
pub async fn watch_over(State(arrival): State<Arrival>, request: Request, next: Next) -> Response {
    if has_several_hosts(request.headers()) {
        return malformed("It has more than one Host.");
    }
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let is_http_1 = request.version() < Version::HTTP_2;
    // Who waits to be asked for the body has not sent it.
    let waits = request.headers().contains_key(header::EXPECT);
    let shared = Shared::default();
    let request = request.map(|body| {
        shared.put(body);
        Body::new(Watched::new(shared.clone(), arrival))
    });
    let mut response = next.run(request).await;
    if shared.has_stalled() {
        response = refusal(
            StatusCode::REQUEST_TIMEOUT,
            "request_timeout",
            "The request's body did not arrive in time.",
        );
    }
    let is_forwarded = response.extensions().get::<ReadsOn>().is_some();
    if is_http_1 && !is_forwarded && !shared.ends(waits).await {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// The body, which whoever handles the request reads, and what is left of it afterwards.
#[derive(Debug, Clone, Default)]
struct Shared(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    body: Mutex<Option<Body>>,
    stalled: AtomicBool,
}

impl Shared {
    fn put(&self, body: Body) {
        *self.body() = Some(body);
    }

    fn body(&self) -> std::sync::MutexGuard<'_, Option<Body>> {
        self.0.body.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_stalled(&self) -> bool {
        self.0.stalled.load(Ordering::Relaxed)
    }

    fn stall(&self) {
        self.0.stalled.store(true, Ordering::Relaxed);
        // Nothing more is read of it.
        self.body().take();
    }

    /// Whether all of the body is read, now that the answer is known.
    async fn ends(&self, waits: bool) -> bool {
        let Some(mut body) = self.body().take() else {
            return !self.has_stalled();
        };
        if body.is_end_stream() {
            return true;
        }
        if waits || body.size_hint().lower() > LONGEST_REST {
            return false;
        }
        let rest = async {
            let mut read = 0;
            while let Some(frame) = body.frame().await {
                let Ok(frame) = frame else {
                    return false;
                };
                let length = frame.data_ref().map_or(0, Bytes::len);
                read += u64::try_from(length).unwrap_or(u64::MAX);
                if read > LONGEST_REST {
                    return false;
                }
            }
            true
        };
        timeout(REST_WITHIN, rest).await.unwrap_or(false)
    }
}

/// The body as it is read by whoever handles the request.
struct Watched {
    shared: Shared,
    idle: Duration,
    idle_at_the_end: Duration,
    deadline: Pin<Box<Sleep>>,
    /// Becomes ready when the server is about to stop. None once it was.
    closing: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Watched {
    fn new(shared: Shared, arrival: Arrival) -> Self {
        let mut closing = arrival.closing;
        Self {
            shared,
            deadline: Box::pin(sleep_until(Instant::now() + arrival.idle)),
            idle: arrival.idle,
            idle_at_the_end: arrival.idle_at_the_end,
            closing: Some(Box::pin(async move { closing.wait().await })),
        }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = match self.shared.body().as_mut() {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        };
        if polled.is_ready() {
            let next = Instant::now() + self.idle;
            self.deadline.as_mut().reset(next);
            return polled;
        }
        if let Some(closing) = &mut self.closing
            && closing.as_mut().poll(context).is_ready()
        {
            self.closing = None;
            self.idle = self.idle_at_the_end;
            let next = Instant::now() + self.idle;
            if next < self.deadline.deadline() {
                self.deadline.as_mut().reset(next);
            }
        }
        ready!(self.deadline.as_mut().poll(context));
        self.shared.stall();
        Poll::Ready(Some(Err(axum::Error::new(Stalled))))
    }

    fn is_end_stream(&self) -> bool {
        let body = self.shared.body();
        body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.shared.body();
        body.as_ref()
            .map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

/// Nothing came for too long.
#[derive(Debug)]
struct Stalled;

impl std::fmt::Display for Stalled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the body did not arrive in time")
    }
}

impl std::error::Error for Stalled {}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use tower::ServiceExt;

    use super::*;
    use crate::http::listen;

    /// A body that never comes.
    struct Never;

    impl HttpBody for Never {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
            Poll::Pending
        }
    }

    async fn answer(body: Body, idle: Duration) -> Response {
        let (_closer, closing) = listen::closing();
        let arrival = Arrival {
            idle,
            ..Arrival::new(closing)
        };
        let router = Router::new()
            .route("/read", post(async |body: Bytes| body))
            .route("/ignore", post(async || "no matter"))
            .layer(from_fn_with_state(arrival, watch_over));
        let uri = if idle.is_zero() { "/ignore" } else { "/read" };
        let request = Request::post(uri).body(body).unwrap();
        router.oneshot(request).await.unwrap()
    }

    fn closes(response: &Response) -> bool {
        response
            .headers()
            .get(header::CONNECTION)
            .is_some_and(|value| value == "close")
    }

    #[tokio::test]
    async fn a_body_that_stalls_ends() {
        let response = answer(Body::new(Never), Duration::from_millis(20)).await;
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
        assert!(closes(&response));
    }

    #[tokio::test]
    async fn a_body_that_comes_is_read() {
        let response = answer(Body::from("here"), IDLE).await;
        assert!(!closes(&response));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "here");
    }

    #[tokio::test]
    async fn what_nobody_reads_is_read_or_the_answer_says_that_it_is_the_last() {
        let response = answer(Body::from("short"), Duration::ZERO).await;
        assert!(response.status().is_success() && !closes(&response));
        let long = vec![0; 70_000];
        let response = answer(Body::from(long), Duration::ZERO).await;
        assert!(response.status().is_success() && closes(&response));
    }
}
