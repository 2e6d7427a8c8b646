//! What AWS's signature (version 4) of a request names: the access key, the Region, the session
//! token. Signatures are not checked: any credentials, or none, will do.
//!
//! Not here: what a page of another origin may do without one (`foreign_pages.rs`).

use axum::http::request::Parts;
use axum::http::{HeaderName, header};

use super::strangers::Stranger;
use crate::config;
use crate::flows::sts::RequestSigner;

const CREDENTIAL: HeaderName = HeaderName::from_static("x-amz-credential");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// The Region of the credential scope, when the request has one. No stranger's page signs.
pub fn signed_region(head: &Parts) -> Option<String> {
    if head.extensions.get::<Stranger>().is_some() {
        return None;
    }
    let scope = scope(head)?;
    let [_key, _date, region, _service, _terminator] =
        scope.split('/').collect::<Vec<_>>().try_into().ok()?;
    config::is_region(region).then(|| region.to_owned())
}

/// Who signed the request, if anybody did.
pub fn signed_by(head: &Parts) -> Option<RequestSigner> {
    let scope = scope(head)?;
    let access_key_id = scope.split('/').next().filter(|id| !id.is_empty())?;
    let session_token = match head.headers.get(SECURITY_TOKEN) {
        Some(token) => token.to_str().ok().map(str::to_owned),
        None => in_query(head, "X-Amz-Security-Token"),
    };
    Some(RequestSigner {
        access_key_id: access_key_id.to_owned(),
        session_token,
    })
}

/// The credential scope: `key/date/region/service/aws4_request`.
fn scope(head: &Parts) -> Option<String> {
    let header = |name| head.headers.get(name)?.to_str().ok();
    let authorization = header(header::AUTHORIZATION)
        .and_then(|value| value.split_once("Credential="))
        .and_then(|(_, rest)| rest.split([',', ' ']).next());
    let scope = authorization
        .or_else(|| header(CREDENTIAL))
        .map(str::to_owned);
    scope.or_else(|| in_query(head, "X-Amz-Credential"))
}

/// A parameter of the query, where presigned URLs have what others have in headers.
fn in_query(head: &Parts, name: &str) -> Option<String> {
    let query = head.uri.query()?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;

    use super::*;

    fn head(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap().into_parts().0
    }

    fn region_of(name: &str, value: &str) -> Option<String> {
        signed_region(&head("/", &[(name, value)]))
    }

    #[test]
    fn the_region_is_that_of_the_credential_scope() {
        assert_eq!(
            region_of(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIA/20260520/eu-west-1/cognito-idp/aws4_request, \
                 SignedHeaders=host, Signature=0"
            )
            .as_deref(),
            Some("eu-west-1")
        );
        assert_eq!(
            region_of(
                "x-amz-credential",
                "AKIA/20260520/eu-west-2/cognito-idp/aws4_request"
            )
            .as_deref(),
            Some("eu-west-2")
        );
    }

    #[test]
    fn what_is_no_credential_scope_names_no_region() {
        for odd in [
            "Bearer abc",
            "",
            "AWS4-HMAC-SHA256 Credential=",
            "AWS4-HMAC-SHA256 Credential=AKIA/20260520/eu-west-1",
            "AWS4-HMAC-SHA256 Credential=AKIA/20260520/EU WEST/cognito-idp/aws4_request",
            "AWS4-HMAC-SHA256 Credential=a/b/../../c/d",
        ] {
            assert_eq!(region_of("authorization", odd), None, "{odd}");
        }
    }

    #[test]
    fn the_access_key_comes_with_its_session_token_in_headers_or_in_the_query() {
        let signer = |token: Option<&str>| {
            Some(RequestSigner {
                access_key_id: "ASIA1".to_owned(),
                session_token: token.map(str::to_owned),
            })
        };
        let scope = "AWS4-HMAC-SHA256 Credential=ASIA1/20260520/eu-west-1/sts/aws4_request, a=b";
        let signed = [("authorization", scope), ("x-amz-security-token", "t/+=")];
        assert_eq!(signed_by(&head("/", &signed)), signer(Some("t/+=")));
        let query = "/?X-Amz-Credential=ASIA1%2F20260520%2Feu-west-1%2Fsts%2Faws4_request\
                     &X-Amz-Security-Token=t%2F%2B%3D";
        assert_eq!(signed_by(&head(query, &[])), signer(Some("t/+=")));
        assert_eq!(signed_by(&head("/", &signed[..1])), signer(None));
        assert_eq!(signed_by(&head("/", &signed[1..])), None);
        let bearer = [("authorization", "Bearer x")];
        assert_eq!(signed_by(&head("/", &bearer)), None);
    }
}
