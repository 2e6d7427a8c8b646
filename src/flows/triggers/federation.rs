//! What an identity provider said, before it is mapped to attributes.

use serde_json::{Map, Value, json};

use super::call::{Caller, FunctionEvent, call, object};
use super::trigger::Trigger;
use crate::app::Ctx;
use crate::error::Result;
use crate::store::{Client, IdentityProvider, Pool};

/// What a provider answered.
#[derive(Debug, Clone)]
pub enum ProviderAnswer {
    /// OpenID Connect and the social providers: the token endpoint's answer, the ID token's claims,
    /// and what the userinfo endpoint said.
    Oidc {
        token_response: Value,
        id_token: Value,
        user_info: Value,
    },
    /// The assertion's attributes.
    Saml { response: Value },
}

impl ProviderAnswer {
    fn attributes(self) -> Value {
        let members = match self {
            Self::Oidc {
                token_response,
                id_token,
                user_info,
            } => object([
                ("tokenResponse", texts(token_response)),
                ("idToken", texts(id_token)),
                ("userInfo", texts(user_info)),
            ]),
            Self::Saml { response } => object([("samlResponse", texts(response))]),
        };
        Value::Object(members)
    }
}

/// AWS's own types have texts here and nothing else. (unsure) What is none is written as JSON.
fn texts(document: Value) -> Value {
    let Value::Object(members) = document else {
        return document;
    };
    let members = members.into_iter().filter_map(|(name, value)| match value {
        Value::Null => None,
        Value::String(_) => Some((name, value)),
        other => Some((name, other.to_string().into())),
    });
    Value::Object(members.collect())
}

/// Asks what of a provider's answer is to be mapped. None leaves it as it is; anything else takes
/// the place of the whole.
pub async fn inbound_federation(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    provider: &IdentityProvider,
    username: &str,
    answer: ProviderAnswer,
) -> Result<Option<Map<String, Value>>> {
    let Some(function) = Trigger::InboundFederation.function(pool) else {
        return Ok(None);
    };
    let kind = provider.settings.provider_type.map(|kind| kind.as_str());
    let event = FunctionEvent {
        function,
        pool,
        source: "InboundFederation_ExternalProvider",
        username,
        caller: Caller::Client(client),
        request: Value::Object(object([
            ("providerName", provider.name.as_str().into()),
            ("providerType", kind.into()),
            ("attributes", answer.attributes()),
        ])),
        response: Some(json!({ "userAttributesToMap": {} })),
    };
    let answer = call(ctx, event).await?;
    let mapped = answer.texts("userAttributesToMap")?.unwrap_or_default();
    if mapped.is_empty() {
        return Ok(None);
    }
    let members = mapped.into_iter();
    Ok(Some(
        members
            .map(|(name, value)| (name, Value::String(value)))
            .collect(),
    ))
}
