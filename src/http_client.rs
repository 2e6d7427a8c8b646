//! Going out to other servers by HTTP: what is asked of identity providers and of an STS,
//! and documents of clients.
//!
//! Bounded in time and size, and following no redirects: an answer comes from where it was asked
//! for. Not here: what is asked (`flows`), calls of functions (`triggers`).

use std::error::Error as StdError;
use std::sync::OnceLock;
use std::time::Duration;
use std::{fmt, io};

use bytes::{Bytes, BytesMut};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION,
    USER_AGENT,
};
use reqwest::redirect::Policy;
use serde::de::DeserializeOwned;
use tokio_rustls::rustls;

use crate::store::held;

/// How long a connection may take, and the whole answer.
const CONNECTING: Duration = Duration::from_secs(5);
const ANSWERING: Duration = Duration::from_secs(10);

/// The most bytes of an answer.
const LARGEST: usize = 1 << 20;

/// The way out. Made when it is first needed: its root certificates are read then.
#[derive(Debug, Default)]
pub struct HttpClient {
    client: OnceLock<reqwest::Client>,
}

/// What kind of document is asked for. A server may refuse to send any other (Keycloak answers
/// 406).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept {
    Json,
    SamlMetadata,
    Xml,
}

impl Accept {
    /// The header `Accept`.
    fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::SamlMetadata => "application/samlmetadata+xml, application/xml, */*",
            Self::Xml => "text/xml, application/xml",
        }
    }
}

/// A request to somebody else.
pub struct HttpRequest<'r> {
    pub url: &'r str,
    pub accept: Accept,
    /// The value of the header `Authorization`.
    pub authorization: Option<String>,
    /// The parameters of a POST; a GET has none beside its URL's.
    pub form: Option<String>,
}

/// Its answer.
#[derive(Clone)]
pub struct HttpResponse {
    pub status: u16,
    pub body: Bytes,
}

/// A document that somebody publishes.
pub struct HttpDocument {
    pub status: u16,
    content_type: Option<String>,
    pub cache_control: Option<String>,
    /// Where else to ask, of a redirect. It is followed by whoever asks, or nobody.
    pub location: Option<String>,
    pub body: Bytes,
}

impl HttpDocument {
    /// Whether it says that it is JSON, of whatever kind.
    pub fn is_json(&self) -> bool {
        let text = self.content_type.as_deref().unwrap_or_default();
        let media_type = text.split(';').next().unwrap_or_default().trim();
        let media_type = media_type.to_ascii_lowercase();
        let application = media_type.strip_prefix("application/");
        application.is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
    }
}

impl HttpResponse {
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Why there is no answer. Prints as half a sentence that names no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    Address,
    Connection,
    Certificate,
    Time,
    Size,
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "its address is not valid",
            Self::Connection => "it cannot be reached",
            Self::Certificate => "its certificate is not trusted",
            Self::Time => "it did not answer in time",
            Self::Size => "its answer is too large",
        })
    }
}

impl HttpClient {
    pub async fn send(&self, asked: HttpRequest<'_>) -> Result<HttpResponse, NoAnswer> {
        held::assert_none("another server is asked");
        let client = self.client()?;
        let mut request = match asked.form {
            // Servers want to be told that there is no body, and no type where there is none.
            Some(form) if form.is_empty() => client.post(asked.url).header(CONTENT_LENGTH, "0"),
            Some(form) => client
                .post(asked.url)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form),
            None => client.get(asked.url),
        };
        if let Some(authorization) = asked.authorization {
            let mut value = HeaderValue::from_str(&authorization).map_err(|_| NoAnswer::Address)?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let response = ask(request, asked.accept).await?;
        Ok(HttpResponse {
            status: response.status().as_u16(),
            body: read(response, LARGEST).await?,
        })
    }

    /// Fetches a JSON document of `most` bytes, which says for how long it counts.
    pub async fn document(&self, url: &str, most: usize) -> Result<HttpDocument, NoAnswer> {
        held::assert_none("a document is fetched");
        let response = ask(self.client()?.get(url), Accept::Json).await?;
        let text = |name| {
            let value: Option<&HeaderValue> = response.headers().get(name);
            value.and_then(|value| value.to_str().ok().map(str::to_owned))
        };
        Ok(HttpDocument {
            status: response.status().as_u16(),
            content_type: text(CONTENT_TYPE),
            cache_control: text(CACHE_CONTROL),
            location: text(LOCATION),
            body: read(response, most).await?,
        })
    }

    fn client(&self) -> Result<&reqwest::Client, NoAnswer> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let settings = || {
            reqwest::Client::builder()
                .redirect(Policy::none())
                .connect_timeout(CONNECTING)
                .timeout(ANSWERING)
        };
        let client = build(settings).map_err(|error| {
            tracing::error!("no way out by HTTP: {error}");
            NoAnswer::Connection
        })?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// A client with these settings. Where the machine has no root certificates it still reaches others
/// by plain http, and trusts nobody by https.
pub fn build(
    settings: impl Fn() -> reqwest::ClientBuilder,
) -> Result<reqwest::Client, reqwest::Error> {
    settings().build().or_else(|error| {
        tracing::warn!(
            "nobody is trusted by https: install ca-certificates, or set SSL_CERT_FILE ({error})"
        );
        settings().tls_certs_only([]).build()
    })
}

/// Sends a request, with what every one of them says.
async fn ask(
    request: reqwest::RequestBuilder,
    accept: Accept,
) -> Result<reqwest::Response, NoAnswer> {
    let request = request
        .header(ACCEPT, accept.as_str())
        .header(USER_AGENT, concat!("mocknito/", env!("CARGO_PKG_VERSION")));
    request.send().await.map_err(|error| fault(&error))
}

async fn read(mut response: reqwest::Response, most: usize) -> Result<Bytes, NoAnswer> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| fault(&error))? {
        if body.len() + chunk.len() > most {
            return Err(NoAnswer::Size);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn fault(error: &reqwest::Error) -> NoAnswer {
    // The URL may carry what nobody else should read.
    tracing::debug!(
        timeout = error.is_timeout(),
        connect = error.is_connect(),
        "no answer by HTTP"
    );
    if error.is_timeout() {
        NoAnswer::Time
    } else if is_untrusted(error) {
        NoAnswer::Certificate
    } else if error.is_builder() {
        NoAnswer::Address
    } else {
        NoAnswer::Connection
    }
}

/// Whether somewhere among the causes the other side's certificate was found wanting.
fn is_untrusted(error: &(dyn StdError + 'static)) -> bool {
    let tls = |cause: &(dyn StdError + 'static)| {
        matches!(
            cause.downcast_ref::<rustls::Error>(),
            Some(rustls::Error::InvalidCertificate(_))
        )
    };
    let mut cause = Some(error);
    while let Some(one) = cause {
        // What an I/O error wraps is not among its sources.
        let wrapped = one.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if tls(one) || wrapped.is_some_and(|inner| is_untrusted(inner)) {
            return true;
        }
        cause = one.source();
    }
    false
}
