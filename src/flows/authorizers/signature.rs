//! AWS's signature (version 4) of a request, as it was presented: in the header `Authorization`, or
//! in the query of a presigned address.
//!
//! Not here: whether it holds (`iam.rs`).

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, Uri, header};
use time::PrimitiveDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

use super::presented::Presented;
use crate::clock::Timestamp;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
pub(super) const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// `20260101T000000Z`
const BASIC_DATE: StaticFormatDescription =
    format_description!("[year][month][day]T[hour][minute][second]Z");

/// The longest that a presigned address may count.
const LONGEST: u64 = 7 * 86_400;

/// Parameters of a presigned address that are not signed as others are.
pub(super) const OF_PRESIGNING: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
];

/// A signature with everything that it names.
#[derive(Debug)]
pub(super) struct PresentedSignature {
    pub access_key_id: String,
    pub region: String,
    pub service: String,
    pub signed_headers: Vec<String>,
    /// Hexadecimal.
    pub signature: String,
    pub session_token: Option<String>,
    /// `X-Amz-Date`, and as it was written.
    pub at: Timestamp,
    pub date: String,
    /// For how long a presigned address counts.
    pub expires_in: Option<Duration>,
}

/// Why there is none to check.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum UnreadSignature {
    /// There is none at all.
    Absent,
    /// What is in `Authorization` is something else.
    NoSignature,
    /// These are missing or malformed: AWS's sentences.
    Incomplete(Vec<String>),
}

impl PresentedSignature {
    pub fn read(presented: &Presented<'_>) -> Result<Self, UnreadSignature> {
        let query = query(presented.uri);
        let in_query = |name: &str| {
            let found = query.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone())
        };
        let mut values = presented.headers.get_all(header::AUTHORIZATION).iter();
        match (values.next(), values.next()) {
            (Some(_), Some(_)) => Err(UnreadSignature::NoSignature),
            (Some(value), None) => {
                let value = value.to_str().map_err(|_| UnreadSignature::NoSignature)?;
                let parts = value
                    .strip_prefix(ALGORITHM)
                    .ok_or(UnreadSignature::NoSignature)?;
                let part = |name: &str| {
                    let mut parts = parts.split(',').map(str::trim);
                    let found = parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
                    found.map(str::to_owned)
                };
                let given = GivenParts {
                    credential: part("Credential"),
                    signed_headers: part("SignedHeaders"),
                    signature: part("Signature"),
                    date: text(presented.headers, &DATE),
                    session_token: text(presented.headers, &SECURITY_TOKEN),
                };
                given.complete(None, "Authorization header")
            }
            (None, _) if in_query("X-Amz-Signature").is_none() => Err(UnreadSignature::Absent),
            (None, _) => {
                let expires = in_query("X-Amz-Expires").and_then(|text| text.parse().ok());
                let expires = expires.filter(|seconds| (1..=LONGEST).contains(seconds));
                let is_ours = in_query("X-Amz-Algorithm").as_deref() == Some(ALGORITHM);
                let (Some(expires), true) = (expires, is_ours) else {
                    let sentence = "AWS query-string parameters must include 'X-Amz-Algorithm' \
                                    and a valid 'X-Amz-Expires'.";
                    return Err(UnreadSignature::Incomplete(vec![sentence.to_owned()]));
                };
                let given = GivenParts {
                    credential: in_query("X-Amz-Credential"),
                    signed_headers: in_query("X-Amz-SignedHeaders"),
                    signature: in_query("X-Amz-Signature"),
                    date: in_query("X-Amz-Date"),
                    session_token: in_query("X-Amz-Security-Token"),
                };
                given.complete(Some(Duration::from_secs(expires)), "AWS query-string")
            }
        }
    }
}

/// The parts of a signature, where they are there.
struct GivenParts {
    credential: Option<String>,
    signed_headers: Option<String>,
    signature: Option<String>,
    date: Option<String>,
    session_token: Option<String>,
}

impl GivenParts {
    fn complete(
        self,
        expires_in: Option<Duration>,
        place: &str,
    ) -> Result<PresentedSignature, UnreadSignature> {
        let mut missing = Vec::new();
        for (name, part) in [
            ("Credential", &self.credential),
            ("Signature", &self.signature),
            ("SignedHeaders", &self.signed_headers),
        ] {
            if part.as_ref().is_none_or(String::is_empty) {
                missing.push(format!("{place} requires '{name}' parameter."));
            }
        }
        let at = self.date.as_deref().and_then(instant);
        if at.is_none() {
            // (unsure) A header `Date` in its place is not taken: no signer of today sends it.
            missing.push(format!(
                "{place} requires existence of a valid 'X-Amz-Date'."
            ));
        }
        let credential = self.credential.unwrap_or_default();
        let scope: Vec<&str> = credential.split('/').collect();
        let date = self.date.unwrap_or_default();
        let parts = match scope[..] {
            [key, day, region, service, "aws4_request"]
                if !key.is_empty() && date.get(..8) == Some(day) =>
            {
                Some([key, region, service].map(str::to_owned))
            }
            _ => None,
        };
        if !credential.is_empty() && at.is_some() && parts.is_none() {
            missing.push(
                "Credential must be an access key, the date of X-Amz-Date, a Region, a service \
                 and aws4_request."
                    .to_owned(),
            );
        }
        let (Some(at), Some([access_key_id, region, service]), true) =
            (at, parts, missing.is_empty())
        else {
            return Err(UnreadSignature::Incomplete(missing));
        };
        let signed_headers = self.signed_headers.unwrap_or_default();
        Ok(PresentedSignature {
            access_key_id,
            region,
            service,
            signed_headers: signed_headers.split(';').map(str::to_owned).collect(),
            signature: self.signature.unwrap_or_default(),
            session_token: self.session_token,
            at,
            date,
            expires_in,
        })
    }
}

/// The parameters of a query.
pub(super) fn query(uri: &Uri) -> Vec<(String, String)> {
    let query = uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn instant(text: &str) -> Option<Timestamp> {
    let at = PrimitiveDateTime::parse(text, BASIC_DATE).ok()?;
    Some(Timestamp::from_seconds(at.assume_utc().unix_timestamp()))
}

/// An instant as `X-Amz-Date` has it.
pub(super) fn basic_date(at: Timestamp) -> String {
    at.written(BASIC_DATE).unwrap_or_default()
}
