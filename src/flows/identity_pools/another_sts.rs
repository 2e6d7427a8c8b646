//! Credentials that another STS makes (`--credentials-from`): it is asked with the identity's
//! OpenID token, as an app would ask it in the basic flow.
//!
//! Not here: who gets some and what is kept of them (`credentials.rs`), the token
//! (`openid_token.rs`).

use uppsala::{Document, NodeId};

use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::xml;
use crate::error::{Error, Result};
use crate::http_client::{Accept, HttpRequest, HttpResponse};

/// How much of another server's words the log has.
const LONGEST_WORDS: usize = 500;

/// For whom another STS is asked.
pub struct WebIdentity<'w> {
    pub role_arn: &'w str,
    pub session_name: &'w str,
    pub token: &'w str,
    pub seconds: u64,
}

/// What it gives.
pub struct ForeignCredentials {
    pub access_key_id: String,
    pub secret_key: String,
    pub session_token: String,
    pub expires_at: Timestamp,
}

/// Asks the STS at this address. If it is down, refuses or says nothing that can be understood, the
/// log has its words, and the client hears what it hears from Cognito of a role that cannot be
/// assumed.
pub async fn assume_role(
    ctx: &Ctx,
    sts: &str,
    identity: WebIdentity<'_>,
) -> Result<ForeignCredentials> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "AssumeRoleWithWebIdentity")
        .append_pair("Version", "2011-06-15")
        .append_pair("RoleArn", identity.role_arn)
        .append_pair("RoleSessionName", identity.session_name)
        .append_pair("WebIdentityToken", identity.token)
        .append_pair("DurationSeconds", &identity.seconds.to_string())
        .finish();
    let request = HttpRequest {
        url: sts,
        accept: Accept::Xml,
        authorization: None,
        form: Some(form),
    };
    let answer = ctx.app.http_client.send(request).await;
    let answer = answer.map_err(|no_answer| {
        tracing::warn!(
            role = identity.role_arn,
            "the STS of --credentials-from: {no_answer}"
        );
        Error::RoleNotConfigured
    })?;
    let text = String::from_utf8_lossy(&answer.body);
    let document = xml::parse(&text);
    let given = document.as_ref().filter(|_| answer.is_ok());
    given.and_then(credentials).ok_or_else(|| {
        let words = words(&answer, document.as_ref(), identity.token);
        tracing::warn!(
            role = identity.role_arn,
            status = answer.status,
            "the STS of --credentials-from gives no credentials: {words}"
        );
        Error::RoleNotConfigured
    })
}

/// The credentials in an answer. Its namespace is not asked for, which not every STS has.
fn credentials(document: &Document) -> Option<ForeignCredentials> {
    let root = document.document_element()?;
    let given = descendant(document, root, "Credentials")?;
    let text = |name| {
        let element = descendant(document, given, name)?;
        let text = document.text_content_deep(element).trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    Some(ForeignCredentials {
        access_key_id: text("AccessKeyId")?,
        secret_key: text("SecretAccessKey")?,
        session_token: text("SessionToken")?,
        expires_at: Timestamp::parse_rfc3339(&text("Expiration")?)?,
    })
}

/// The first element with this name, in whatever namespace.
fn descendant(document: &Document, of: NodeId, name: &str) -> Option<NodeId> {
    document.descendants(of).into_iter().find(|node| {
        let element = document.element(*node);
        element.is_some_and(|element| &*element.name.local_name == name)
    })
}

/// What the STS says of its refusal, on one line, without the token that it may repeat; and nothing
/// of an answer that could be credentials.
fn words(answer: &HttpResponse, document: Option<&Document>, token: &str) -> String {
    let said = document.and_then(|document| {
        let error = descendant(document, document.document_element()?, "Error")?;
        let text = |name| {
            let element = descendant(document, error, name)?;
            Some(document.text_content_deep(element))
        };
        let (code, message) = (text("Code"), text("Message"));
        Some(
            [code, message]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(": "),
        )
    });
    let said = match said {
        Some(said) => said,
        None if answer.is_ok() => "its answer is not understood".to_owned(),
        None => String::from_utf8_lossy(&answer.body).into_owned(),
    };
    let said = said.replace(token, "<token>");
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn answer(status: u16, body: &str) -> HttpResponse {
        HttpResponse {
            status,
            body: Bytes::from(body.to_owned()),
        }
    }

    #[test]
    fn the_log_has_the_words_of_a_refusal_but_no_token() {
        let said = |status, body: &str| {
            let document = xml::parse(body);
            words(&answer(status, body), document.as_ref(), "a.b.c")
        };
        let refused = "<ErrorResponse xmlns=\"x\"><Error><Code>AccessDenied</Code>\
                       <Message>a.b.c is\n not good</Message></Error></ErrorResponse>";
        assert_eq!(said(403, refused), "AccessDenied: <token> is not good");
        assert_eq!(said(502, "no a.b.c\n here"), "no <token> here");
        assert_eq!(
            said(200, "<Secret>s</Secret>"),
            "its answer is not understood"
        );
        assert_eq!(said(500, &"x".repeat(9_999)).len(), LONGEST_WORDS);
    }

    #[test]
    fn credentials_are_read_in_any_namespace_and_only_as_a_whole() {
        let whole = "<AssumeRoleWithWebIdentityResponse><Result><Credentials>\
                     <AccessKeyId>K</AccessKeyId><SecretAccessKey>a&amp;b</SecretAccessKey>\
                     <SessionToken>T</SessionToken>\
                     <Expiration>2026-01-01T01:00:00.250Z</Expiration>\
                     </Credentials></Result></AssumeRoleWithWebIdentityResponse>";
        for source in [
            whole.to_owned(),
            whole.replacen(
                "Response>",
                "Response xmlns=\"https://sts.amazonaws.com/\">",
                1,
            ),
        ] {
            let given = credentials(&xml::parse(&source).unwrap()).unwrap();
            assert_eq!(given.access_key_id, "K");
            assert_eq!(given.secret_key, "a&b");
            assert_eq!(given.session_token, "T");
            assert_eq!(given.expires_at.rfc3339(), "2026-01-01T01:00:00.25Z");
        }
        for (part, other) in [
            ("<SessionToken>T</SessionToken>", ""),
            (
                "<AccessKeyId>K</AccessKeyId>",
                "<AccessKeyId> </AccessKeyId>",
            ),
            ("2026-01-01T01:00:00.250Z", "soon"),
        ] {
            let source = whole.replace(part, other);
            assert!(
                credentials(&xml::parse(&source).unwrap()).is_none(),
                "{source}"
            );
        }
    }
}
