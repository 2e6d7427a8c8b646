//! An app client's settings as they are stored: what a request says, checked against the pool, with
//! the service's defaults filled in.
//!
//! CreateUserPoolClient and UpdateUserPoolClient have the same members, and whatever an update
//! leaves out goes back to its default. So both are turned into the described document first and
//! completed by the same rules. Not here: what the settings mean (`clients.rs`), what they say
//! about OAuth (`oauth_settings.rs`).

use std::time::Duration;

use super::identity_providers::OWN_DIRECTORY;
use super::oauth_settings;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::store::{Client, ClientSecret, Pool, ResourceServer};
use crate::wire::Sensitive;
use crate::wire::user_pools::{
    AnalyticsConfigurationType, ClientTypeType, CreateUserPoolClientRequest, ExplicitAuthFlowsType,
    FeatureType, RefreshTokenRotationType, TimeUnitsType, UpdateUserPoolClientRequest,
    UserPoolClientType,
};

/// The most clients of a pool: the service's quota, as it is unless somebody asks for more.
pub const MOST_CLIENTS: i64 = 1_000;

/// The most secrets of one client.
pub const MOST_SECRETS: usize = 2;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// How long an access or ID token may live.
const SHORT_LIVED: (Duration, Duration) = (Duration::from_secs(300), DAY);
/// How long a refresh token may live.
const LONG_LIVED: (Duration, Duration) = (HOUR, Duration::from_secs(315_360_000));
const REFRESH_TOKEN_SECONDS: i32 = 30 * 86_400;

/// What a client's settings are checked against.
pub struct Surroundings<'a> {
    pub pool: &'a Pool,
    pub resource_servers: &'a [ResourceServer],
    /// The names of the pool's identity providers.
    pub identity_providers: &'a [String],
    /// The account whose role writes to Amazon Pinpoint.
    pub account: &'a str,
}

impl Client {
    /// The client as it is described, with its oldest secret in clear.
    pub fn described(&self) -> UserPoolClientType {
        UserPoolClientType {
            user_pool_id: Some(self.pool_id.clone()),
            client_name: Some(self.name.clone()),
            client_id: Some(Sensitive::new(self.id.clone())),
            client_secret: self
                .secrets
                .first()
                .map(|secret| Sensitive::new(secret.value.clone())),
            creation_date: Some(self.created_at),
            last_modified_date: Some(self.updated_at),
            // (unsure) Of the others it is not said that they are REGULAR.
            client_type: self.registered.then_some(ClientTypeType::Dcr),
            ..self.settings.clone()
        }
    }

    /// A further secret. Its id must not be one that the client has already: two secrets may be
    /// made within a millisecond, or while the clock is frozen.
    pub fn new_secret(&self, value: String, now: Timestamp) -> ClientSecret {
        let mut millisecond = now.0.div_euclid(1_000);
        let id = loop {
            let id = format!("{}--{millisecond}", self.id);
            if self.secrets.iter().all(|secret| secret.id != id) {
                break id;
            }
            millisecond += 1;
        };
        ClientSecret {
            id,
            value,
            created_at: now,
        }
    }
}

/// How a client's name begins when it fixes the client's id, as in other emulators.
const FIXED_ID: &str = "_custom_id_:";

/// The id that a client's name asks for. AWS has no such thing: there the colon is refused.
pub fn fixed_id(name: &str) -> Result<Option<&str>> {
    name.strip_prefix(FIXED_ID).map(check_id).transpose()
}

/// Refuses an id that the API model would not allow: a name does not pass through the model's
/// validation of ids.
fn check_id(id: &str) -> Result<&str> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'+';
    if (1..=128).contains(&id.len()) && id.bytes().all(fits) {
        Ok(id)
    } else {
        Err(Error::ClientIdMalformed { id: id.to_owned() })
    }
}

/// The members that both requests have, as a document with nothing filled in.
macro_rules! asked {
    ($request:ident) => {
        UserPoolClientType {
            refresh_token_validity: $request.refresh_token_validity,
            access_token_validity: $request.access_token_validity,
            id_token_validity: $request.id_token_validity,
            token_validity_units: $request.token_validity_units,
            read_attributes: $request.read_attributes,
            write_attributes: $request.write_attributes,
            explicit_auth_flows: $request.explicit_auth_flows,
            supported_identity_providers: $request.supported_identity_providers,
            callback_urls: $request.callback_urls,
            logout_urls: $request.logout_urls,
            default_redirect_uri: $request.default_redirect_uri,
            allowed_oauth_flows: $request.allowed_oauth_flows,
            allowed_oauth_scopes: $request.allowed_oauth_scopes,
            allowed_oauth_flows_user_pool_client: $request.allowed_oauth_flows_user_pool_client,
            analytics_configuration: $request.analytics_configuration,
            prevent_user_existence_errors: $request.prevent_user_existence_errors,
            enable_token_revocation: $request.enable_token_revocation,
            enable_propagate_additional_user_context_data: $request
                .enable_propagate_additional_user_context_data,
            auth_session_validity: $request.auth_session_validity,
            refresh_token_rotation: $request.refresh_token_rotation,
            ..UserPoolClientType::default()
        }
    };
}

/// The settings that a new client is to have.
pub fn created(request: CreateUserPoolClientRequest) -> UserPoolClientType {
    asked!(request)
}

/// The settings that a client is to have from now on. What the request leaves out is not kept.
pub fn updated(request: UpdateUserPoolClientRequest) -> UserPoolClientType {
    asked!(request)
}

/// Gives the client the requested settings, with their defaults, and refuses combinations that the
/// service refuses.
pub fn apply(
    client: &mut Client,
    asked: UserPoolClientType,
    surroundings: &Surroundings,
) -> Result<()> {
    client.settings = UserPoolClientType {
        analytics_configuration: asked
            .analytics_configuration
            .clone()
            .map(|analytics| completed_analytics(analytics, surroundings.account)),
        ..completed(asked)
    };
    check_flows(&client.settings)?;
    check_validity(client)?;
    check_attributes(&client.settings, surroundings.pool)?;
    check_providers(&client.settings, surroundings)?;
    oauth_settings::check(client, surroundings.resource_servers)
}

fn completed(asked: UserPoolClientType) -> UserPoolClientType {
    let units = asked.token_validity_units.unwrap_or_default();
    UserPoolClientType {
        refresh_token_validity: asked
            .refresh_token_validity
            .filter(|number| *number > 0)
            .or_else(|| Some(thirty_days_in(units.refresh_token))),
        token_validity_units: Some(units),
        read_attributes: filled(asked.read_attributes),
        write_attributes: filled(asked.write_attributes),
        explicit_auth_flows: filled(asked.explicit_auth_flows),
        supported_identity_providers: filled(asked.supported_identity_providers),
        callback_urls: filled(asked.callback_urls),
        logout_urls: filled(asked.logout_urls),
        allowed_oauth_flows: filled(asked.allowed_oauth_flows),
        allowed_oauth_scopes: filled(asked.allowed_oauth_scopes),
        allowed_oauth_flows_user_pool_client: asked
            .allowed_oauth_flows_user_pool_client
            .or(Some(false)),
        refresh_token_rotation: asked.refresh_token_rotation.map(without_grace),
        enable_token_revocation: asked.enable_token_revocation.or(Some(true)),
        enable_propagate_additional_user_context_data: asked
            .enable_propagate_additional_user_context_data
            .or(Some(false)),
        auth_session_validity: asked.auth_session_validity.or(Some(3)),
        ..asked
    }
}

/// User data are not shared unless the request says so; an application by ARN is written to with
/// the service's own role.
fn completed_analytics(
    asked: AnalyticsConfigurationType,
    account: &str,
) -> AnalyticsConfigurationType {
    let own_role = || {
        format!(
            "arn:aws:iam::{account}:role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp"
        )
    };
    let by_arn = asked.application_arn.is_some();
    AnalyticsConfigurationType {
        role_arn: asked.role_arn.or_else(|| by_arn.then(own_role)),
        user_data_shared: asked.user_data_shared.or(Some(false)),
        ..asked
    }
}

/// Tokens that do not rotate have no grace period.
fn without_grace(rotation: RefreshTokenRotationType) -> RefreshTokenRotationType {
    RefreshTokenRotationType {
        retry_grace_period_seconds: match rotation.feature {
            FeatureType::Disabled => Some(0),
            FeatureType::Enabled => rotation.retry_grace_period_seconds,
        },
        ..rotation
    }
}

/// An empty list means the same as an absent one and is not described.
fn filled<T>(list: Option<Vec<T>>) -> Option<Vec<T>> {
    list.filter(|list| !list.is_empty())
}

/// The default life of refresh tokens is 30 days whatever the client's unit, so the number that is
/// described fits the unit. (unsure) The service may describe 30 and mean 30 of that unit.
fn thirty_days_in(unit: Option<TimeUnitsType>) -> i32 {
    let seconds = match unit.unwrap_or(TimeUnitsType::Days) {
        TimeUnitsType::Seconds => 1,
        TimeUnitsType::Minutes => 60,
        TimeUnitsType::Hours => 3_600,
        TimeUnitsType::Days => 86_400,
    };
    REFRESH_TOKEN_SECONDS / seconds
}

fn check_flows(settings: &UserPoolClientType) -> Result<()> {
    use ExplicitAuthFlowsType as Flow;
    let flows = settings.explicit_auth_flows.as_deref().unwrap_or_default();
    let is_legacy = |flow: &Flow| !flow.as_str().starts_with("ALLOW_");
    if flows.iter().any(is_legacy) && !flows.iter().all(is_legacy) {
        return Err(Error::MixedAuthFlows);
    }
    let exclusive = Flow::AllowClientTokenAuth;
    if flows.contains(&exclusive) && flows.iter().any(|flow| *flow != exclusive) {
        return Err(Error::ClientTokenAuthIsExclusive);
    }
    // Only an explicit combination is refused: unset flows include refresh as well, and there
    // rotation simply replaces it.
    let rotates = settings
        .refresh_token_rotation
        .as_ref()
        .is_some_and(|rotation| rotation.feature == FeatureType::Enabled);
    if rotates && flows.contains(&Flow::AllowRefreshTokenAuth) {
        return Err(Error::RotationWithRefreshFlow);
    }
    Ok(())
}

/// The limits apply to the resulting durations, not to the numbers.
fn check_validity(client: &Client) -> Result<()> {
    let refresh = client.refresh_token_validity();
    let within = |life: Duration, (least, most)| least <= life && life <= most;
    let short_lived = [client.access_token_validity(), client.id_token_validity()];
    let fits = within(refresh, LONG_LIVED)
        && short_lived
            .into_iter()
            .all(|life| within(life, SHORT_LIVED) && life <= refresh);
    if fits {
        Ok(())
    } else {
        Err(Error::TokenValidityRange)
    }
}

/// Both lists may only name attributes of the schema, and the write list none that only the service
/// writes. (unsure) Required attributes need not be writable.
fn check_attributes(settings: &UserPoolClientType, pool: &Pool) -> Result<()> {
    let known = |name: &String| !name.starts_with("dev:") && pool.attribute(name).is_some();
    let writable = |name: &String| {
        known(name)
            && !matches!(
                name.as_str(),
                "sub" | "email_verified" | "phone_number_verified" | "identities"
            )
    };
    if !settings.read_attributes.iter().flatten().all(known) {
        return Err(Error::InvalidReadAttributes);
    }
    if !settings.write_attributes.iter().flatten().all(writable) {
        return Err(Error::InvalidWriteAttributes);
    }
    Ok(())
}

fn check_providers(settings: &UserPoolClientType, surroundings: &Surroundings) -> Result<()> {
    let mut named = settings.supported_identity_providers.iter().flatten();
    let known =
        |name: &String| name == OWN_DIRECTORY || surroundings.identity_providers.contains(name);
    match named.find(|name| !known(name)) {
        None => Ok(()),
        Some(unknown) => Err(Error::ProviderUnknown {
            name: unknown.clone(),
            pool: surroundings.pool.id.clone(),
        }),
    }
}
