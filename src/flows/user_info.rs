//! What userInfo tells of the holder of an access token (OIDC Core §5.3): at the endpoint, and to a
//! load balancer that signs users in.
//!
//! Every value is text, the flags too: that is how the service answers, other than in ID tokens.
//! Not here: who may ask (`flows::access_token`), the endpoint (`http::oauth::user_info`).

use serde_json::{Map, Value};

use super::access_token::TokenHolder;
use crate::domain::oauth_settings;

/// The scope without which nothing is told.
pub const SCOPE: &str = "openid";

/// What the client may read, as far as the token's scopes go.
pub fn claims(caller: &TokenHolder) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), caller.user.sub.as_str().into());
    for (name, value) in &caller.user.attributes {
        if !value.is_empty()
            && caller.client.reads(name)
            && oauth_settings::discloses(&caller.claims.scope, name)
        {
            claims.insert(name.clone(), value.as_str().into());
        }
    }
    let username = caller.user.username.as_str().into();
    claims.insert("username".to_owned(), username);
    claims
}
