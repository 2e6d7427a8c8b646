//! A route whose target is an HTTP server: the request goes on to it and its answer comes back,
//! both as streams, so that no body is held.
//!
//! Not here: which headers end at the gateway (`headers.rs`), who may call (`guard.rs`).

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use reqwest::Upgraded;
use reqwest::redirect::Policy;
use tokio::time::{Instant, Sleep, sleep_until};

use super::fault::{FaultKind, GatewayFault};
use super::headers::end_of_connection;
use crate::http::arrival::ReadsOn;
use crate::http_client;
use crate::store::held;

/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(5);

/// How long a connection waits for another request: shorter than the five seconds after which Node
/// and uvicorn close theirs, so that no request meets a closing one.
const KEPT_FOR: Duration = Duration::from_secs(3);

/// The way to targets. Made when it is first needed.
#[derive(Debug, Default)]
pub struct ProxyClient {
    client: OnceLock<reqwest::Client>,
    /// HTTP/2 switches to no other protocol.
    of_http_1: OnceLock<reqwest::Client>,
}

/// A request as the target is to get it.
pub struct Forwarding {
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Body,
    /// How long the target may take to answer, and how long its answer may say nothing.
    pub time_limit: Duration,
}

impl ProxyClient {
    /// Sends a request on. The answer's body comes as the target sends it.
    pub async fn forward(&self, forwarding: Forwarding) -> Result<Response, GatewayFault> {
        let time_limit = forwarding.time_limit;
        let answer = send(self.client()?, forwarding).await?;
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            let why = "the target switched to a protocol that nobody asked for";
            return Err(GatewayFault::new(FaultKind::Unreachable, why));
        }
        Ok(handed_on(answer, time_limit))
    }

    /// Asks the target for another protocol: gives its answer and, where it agrees, the connection.
    pub async fn switch(
        &self,
        forwarding: Forwarding,
    ) -> Result<(Response, Option<Upgraded>), GatewayFault> {
        let time_limit = forwarding.time_limit;
        let client = made_once(&self.of_http_1, |settings| settings.http1_only())?;
        let answer = send(client, forwarding).await?;
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Ok((handed_on(answer, time_limit), None));
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        end_of_connection(response.headers_mut());
        let connection = answer
            .upgrade()
            .await
            .map_err(|error| unreachable(&error))?;
        Ok((response, Some(connection)))
    }

    fn client(&self) -> Result<&reqwest::Client, GatewayFault> {
        made_once(&self.client, |settings| settings)
    }
}

/// The client, made when it is first needed.
fn made_once(
    cell: &OnceLock<reqwest::Client>,
    more: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<&reqwest::Client, GatewayFault> {
    if let Some(client) = cell.get() {
        return Ok(client);
    }
    let settings = || {
        more(
            reqwest::Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .connect_timeout(CONNECTING)
                .pool_idle_timeout(KEPT_FOR),
        )
    };
    let client = http_client::build(settings).map_err(|error| no_way(&error))?;
    Ok(cell.get_or_init(|| client))
}

fn no_way(error: &dyn std::fmt::Display) -> GatewayFault {
    let why = format!("no way to the target: {error}");
    GatewayFault::new(FaultKind::Configuration, why)
}

/// Sends the request; the answer's body is still to come.
async fn send(
    client: &reqwest::Client,
    forwarding: Forwarding,
) -> Result<reqwest::Response, GatewayFault> {
    held::assert_none("a request is forwarded");
    let Forwarding {
        method,
        url,
        mut headers,
        body,
        time_limit,
    } = forwarding;
    // How long it is follows from the body; who waits to be asked for it has been asked.
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::EXPECT);
    headers.remove(header::TRAILER);
    let url = reqwest::Url::parse(&url).map_err(|error| no_way(&error))?;
    let mut request = client.request(method, url).headers(headers);
    if !body.is_end_stream() {
        request = request.body(reqwest::Body::wrap(OneReader(Mutex::new(body))));
    }
    let answered = tokio::time::timeout(time_limit, request.send()).await;
    let Ok(answered) = answered else {
        let why = format!("the target did not answer within {time_limit:?}");
        return Err(GatewayFault::new(FaultKind::TimedOut, why));
    };
    answered.map_err(|error| unreachable(&error))
}

/// The answer for the client, its body as the target sends it.
fn handed_on(answer: reqwest::Response, time_limit: Duration) -> Response {
    let answer: axum::http::Response<reqwest::Body> = answer.into();
    let (mut head, body) = answer.into_parts();
    end_of_connection(&mut head.headers);
    let body = Body::new(Patient::new(body, time_limit));
    let mut response = Response::new(body);
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    // Whoever answers early, as a mirror does, reads on.
    response.extensions_mut().insert(ReadsOn);
    response
}

/// Why there is no answer, without the address: it may carry what a client sent.
fn unreachable(error: &reqwest::Error) -> GatewayFault {
    let mut cause: &dyn StdError = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let why = match error.is_connect() {
        true => format!("the target cannot be reached: {cause}"),
        false => format!("the target gave no answer: {cause}"),
    };
    GatewayFault::new(FaultKind::Unreachable, why)
}

/// A body that one task reads: the client wants to be able to share it, and does not.
struct OneReader(Mutex<Body>);

impl HttpBody for OneReader {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let body = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        Pin::new(body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        body.size_hint()
    }
}

/// A target's body that ends when nothing comes for too long.
struct Patient {
    body: reqwest::Body,
    time_limit: Duration,
    deadline: Pin<Box<Sleep>>,
}

impl Patient {
    fn new(body: reqwest::Body, time_limit: Duration) -> Self {
        Self {
            body,
            time_limit,
            deadline: Box::pin(sleep_until(Instant::now() + time_limit)),
        }
    }
}

impl HttpBody for Patient {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(polled) = Pin::new(&mut self.body).poll_frame(context) {
            let next = Instant::now() + self.time_limit;
            self.deadline.as_mut().reset(next);
            return Poll::Ready(polled.map(|frame| frame.map_err(axum::Error::new)));
        }
        ready!(self.deadline.as_mut().poll(context));
        let stalled = std::io::Error::from(std::io::ErrorKind::TimedOut);
        Poll::Ready(Some(Err(axum::Error::new(stalled))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
