//! Reading a request's body: up to a limit, and past it in a way that the client survives; and what
//! the body says it is.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use crate::error::{Error, Result};

/// The most bytes of a body that are looked at: Cognito's largest documents, the styles of managed
/// login, have two megabytes.
pub const LIMIT: usize = 2 << 20;

/// What is too large is read on and thrown away, up to this many bytes: a client that is still
/// sending does not read the refusal.
const PATIENCE: usize = 64 << 20;

/// Whether the body is said to be of this media type, whatever its parameters.
pub fn is_of_type(headers: &HeaderMap, media_type: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|found| found.trim().eq_ignore_ascii_case(media_type))
}

/// The whole body.
pub async fn read(headers: &HeaderMap, mut body: Body) -> Result<Bytes> {
    let too_large = || Error::BodyTooLarge { limit: LIMIT };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok())
        .unwrap_or(0);
    if announced > PATIENCE || (announced > LIMIT && headers.contains_key(header::EXPECT)) {
        return Err(too_large());
    }

    let mut first = Bytes::new();
    let mut kept = BytesMut::new();
    let mut size = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Error::Serialization("The body broke off".to_owned()))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        size = size.saturating_add(data.len());
        if size > PATIENCE {
            break;
        } else if size > LIMIT {
            (first, kept) = (Bytes::new(), BytesMut::new());
        } else if size == data.len() {
            first = data;
        } else {
            if kept.is_empty() {
                kept.reserve(announced.max(size));
                kept.extend_from_slice(&first);
            }
            kept.extend_from_slice(&data);
        }
    }
    match size {
        _ if size > LIMIT => Err(too_large()),
        _ if kept.is_empty() => Ok(first),
        _ => Ok(kept.freeze()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_plain(bytes: Vec<u8>) -> Result<Bytes> {
        read(&HeaderMap::new(), Body::from(bytes)).await
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit_and_not_beyond() {
        assert_eq!(read_plain(vec![7; LIMIT]).await.unwrap().len(), LIMIT);
        assert!(matches!(
            read_plain(vec![7; LIMIT + 1]).await,
            Err(Error::BodyTooLarge { .. })
        ));
    }

    #[tokio::test]
    async fn what_announces_too_much_and_asks_first_is_refused_unread() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, (LIMIT + 1).into());
        headers.insert(
            header::EXPECT,
            header::HeaderValue::from_static("100-continue"),
        );
        assert!(read(&headers, Body::empty()).await.is_err());
    }
}
