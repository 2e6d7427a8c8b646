//! A login by the response of a SAML provider, under the provider's ARN.
//!
//! IAM's provider of a name is that of a user pool with the same name: its metadata tell whose
//! signature counts. The response must be for AWS itself, as it is where a provider signs people in
//! to AWS: one that was made for a user pool is not good here.

use crate::app::Ctx;
use crate::domain::federation::{SAML_SUBJECT, text};
use crate::domain::identity_pools::{SAML_ARN, VerifiedLogin, provider_of_arn};
use crate::error::{Error, Result};
use crate::flows::federate::known;
use crate::flows::federate::saml::{self, ServiceProvider};
use crate::wire::user_pools::IdentityProviderTypeType as Kind;

/// Where responses for AWS go, and under which name AWS is known.
const AWS: ServiceProvider<'static> = ServiceProvider {
    recipient: "https://signin.aws.amazon.com/saml",
    audience: "urn:amazon:webservices",
};

pub(super) async fn verify(ctx: &Ctx, arn: &str, response: &str) -> Result<VerifiedLogin> {
    let name = provider_of_arn(arn, SAML_ARN);
    let candidates = known(ctx, |provider| {
        provider.kind() == Kind::Saml && Some(provider.name.as_str()) == name
    });
    let mut refused = Error::LoginNotVerifiable;
    for provider in candidates.await? {
        match saml::check(ctx, &provider, &AWS, response).await {
            Ok(claims) => {
                let subject = claims.get(SAML_SUBJECT).and_then(text);
                let claim = SAML_SUBJECT;
                let subject = subject.ok_or(Error::LoginClaimMissing { claim })?;
                return Ok(VerifiedLogin {
                    // (unsure) No capture of the form exists.
                    amr: format!("{arn}:{subject}"),
                    provider: arn.to_owned(),
                    mapping: arn.to_owned(),
                    subject,
                    claims,
                });
            }
            Err(Error::Internal(cause)) => return Err(Error::Internal(cause)),
            Err(Error::ProviderUnreachable { .. } | Error::SamlMetadataMalformed) => {}
            // (unsure) AWS's words for what is wrong with a response are not known.
            Err(cause) => {
                tracing::info!("a SAML login was refused: {cause}");
                refused = Error::LoginSignature;
            }
        }
    }
    Err(refused)
}
