//! What an app client's settings mean: flows, lifetimes of tokens, and the attributes that it may
//! read and write.

use std::time::Duration;

use super::oauth_settings::LOCAL_HOSTS;
use crate::store::Client;
use crate::wire::user_pools::{
    ExplicitAuthFlowsType, FeatureType, OAuthFlowType, PreventUserExistenceErrorTypes,
    TimeUnitsType,
};

/// Access and ID tokens live this long unless the client says otherwise.
const HOUR: Duration = Duration::from_secs(3_600);
/// Refresh tokens live this many days unless the client says otherwise.
const REFRESH_DAYS: i32 = 30;

/// A sign-in flow that a client may be allowed to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    UserSrp,
    UserPassword,
    AdminUserPassword,
    Custom,
    UserAuth,
    Refresh,
}

impl Flow {
    /// The value of ExplicitAuthFlows that allows it.
    pub fn setting(self) -> ExplicitAuthFlowsType {
        match self {
            Self::UserSrp => ExplicitAuthFlowsType::AllowUserSrpAuth,
            Self::UserPassword => ExplicitAuthFlowsType::AllowUserPasswordAuth,
            Self::AdminUserPassword => ExplicitAuthFlowsType::AllowAdminUserPasswordAuth,
            Self::Custom => ExplicitAuthFlowsType::AllowCustomAuth,
            Self::UserAuth => ExplicitAuthFlowsType::AllowUserAuth,
            Self::Refresh => ExplicitAuthFlowsType::AllowRefreshTokenAuth,
        }
    }
}

impl Client {
    /// Whether the client may use this grant at the pool domain's endpoints.
    pub fn allows_grant(&self, grant: OAuthFlowType) -> bool {
        let granted = self.settings.allowed_oauth_flows.as_deref();
        self.settings.allowed_oauth_flows_user_pool_client == Some(true)
            && granted.unwrap_or_default().contains(&grant)
    }

    /// Whether browsers may be sent back to this address: one that the client has registered, to
    /// the letter. (unsure) An address of this machine in a metadata document stands for any port
    /// there (RFC 8252 §7.3): native apps publish one document and get another port each time.
    pub fn registers(&self, address: &str) -> bool {
        let mut registered = self.settings.callback_urls.iter().flatten();
        let local = self.metadata_url.as_ref().and(without_port(address));
        registered.any(|one| one == address || (local.is_some() && without_port(one) == local))
    }

    /// Whether the client may use this flow. Unset means SRP, custom and refresh; with the legacy
    /// values these stay allowed, and only CUSTOM_AUTH_FLOW_ONLY switches SRP off (as
    /// verified on AWS).
    pub fn allows(&self, flow: Flow) -> bool {
        use ExplicitAuthFlowsType as Explicit;
        let listed = self
            .settings
            .explicit_auth_flows
            .as_deref()
            .unwrap_or_default();
        if listed.is_empty() {
            return matches!(flow, Flow::UserSrp | Flow::Custom | Flow::Refresh);
        }
        let legacy = listed.iter().any(|one| {
            matches!(
                one,
                Explicit::AdminNoSrpAuth
                    | Explicit::CustomAuthFlowOnly
                    | Explicit::UserPasswordAuth
            )
        });
        let only_custom = self.allows_only_custom();
        match flow {
            Flow::UserSrp => {
                listed.contains(&Explicit::AllowUserSrpAuth) || (legacy && !only_custom)
            }
            Flow::UserPassword => {
                listed.contains(&Explicit::AllowUserPasswordAuth)
                    || listed.contains(&Explicit::UserPasswordAuth)
            }
            Flow::AdminUserPassword => {
                listed.contains(&Explicit::AllowAdminUserPasswordAuth)
                    || listed.contains(&Explicit::AdminNoSrpAuth)
            }
            Flow::Custom => listed.contains(&Explicit::AllowCustomAuth) || legacy,
            Flow::UserAuth => listed.contains(&Explicit::AllowUserAuth),
            Flow::Refresh => listed.contains(&Explicit::AllowRefreshTokenAuth) || legacy,
        }
    }

    pub fn allows_only_custom(&self) -> bool {
        self.settings
            .explicit_auth_flows
            .as_deref()
            .unwrap_or_default()
            .contains(&ExplicitAuthFlowsType::CustomAuthFlowOnly)
    }

    /// Whether an unknown user is refused as if the password were wrong. Not by default at the API.
    pub fn hides_unknown_users(&self) -> bool {
        self.settings.prevent_user_existence_errors == Some(PreventUserExistenceErrorTypes::Enabled)
    }

    pub fn revokes_tokens(&self) -> bool {
        self.settings.enable_token_revocation.unwrap_or(true)
    }

    /// The grace period of refresh token rotation; None when tokens do not rotate.
    pub fn rotation(&self) -> Option<Duration> {
        let rotation = self.settings.refresh_token_rotation.as_ref()?;
        let grace = rotation
            .retry_grace_period_seconds
            .and_then(|seconds| u64::try_from(seconds).ok())
            .unwrap_or(0);
        (rotation.feature == FeatureType::Enabled).then(|| Duration::from_secs(grace))
    }

    pub fn access_token_validity(&self) -> Duration {
        let unit = self
            .settings
            .token_validity_units
            .as_ref()
            .and_then(|units| units.access_token);
        self.settings.access_token_validity.map_or(HOUR, |number| {
            duration(number, unit.unwrap_or(TimeUnitsType::Hours))
        })
    }

    pub fn id_token_validity(&self) -> Duration {
        let unit = self
            .settings
            .token_validity_units
            .as_ref()
            .and_then(|units| units.id_token);
        self.settings.id_token_validity.map_or(HOUR, |number| {
            duration(number, unit.unwrap_or(TimeUnitsType::Hours))
        })
    }

    /// 0 means the default.
    pub fn refresh_token_validity(&self) -> Duration {
        let unit = self
            .settings
            .token_validity_units
            .as_ref()
            .and_then(|units| units.refresh_token)
            .unwrap_or(TimeUnitsType::Days);
        match self
            .settings
            .refresh_token_validity
            .filter(|number| *number > 0)
        {
            Some(number) => duration(number, unit),
            None => duration(REFRESH_DAYS, TimeUnitsType::Days),
        }
    }

    /// How long a challenge may be answered: 3 to 15 minutes.
    pub fn session_validity(&self) -> Duration {
        let minutes = self
            .settings
            .auth_session_validity
            .and_then(|minutes| u64::try_from(minutes).ok())
            .unwrap_or(3);
        Duration::from_secs(60 * minutes)
    }

    /// Whether the client may see the attribute. (unsure) Without a list it sees all of them: the
    /// documentation says only standard ones, but in practice default clients read custom ones,
    /// too.
    pub fn reads(&self, attribute: &str) -> bool {
        let listed = self.settings.read_attributes.as_deref().unwrap_or_default();
        // (unsure) `identities` is always visible: lists of attributes cannot even name it.
        matches!(attribute, "sub" | "identities")
            || if listed.is_empty() {
                !attribute.starts_with("dev:")
            } else {
                listed.iter().any(|one| one == attribute)
            }
    }

    /// Whether the client may set the attribute. What no user can ever write cannot be granted.
    pub fn writes(&self, attribute: &str) -> bool {
        let never = matches!(
            attribute,
            "sub" | "email_verified" | "phone_number_verified" | "identities"
        ) || attribute.starts_with("cognito:")
            || attribute.starts_with("dev:");
        let listed = self
            .settings
            .write_attributes
            .as_deref()
            .unwrap_or_default();
        !never && (listed.is_empty() || listed.iter().any(|one| one == attribute))
    }
}

/// Host and rest of an address of this machine by http, whatever its port.
fn without_port(address: &str) -> Option<(&str, &str)> {
    let behind = address.strip_prefix("http://")?;
    let end = behind.find(['/', '?']).unwrap_or(behind.len());
    let (authority, rest) = behind.split_at(end);
    let mut hosts = LOCAL_HOSTS.into_iter();
    let host = hosts.find(|host| authority.starts_with(host))?;
    let is_port = match authority.strip_prefix(host)?.strip_prefix(':') {
        Some(port) => !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()),
        None => authority == host,
    };
    is_port.then_some((host, rest))
}

fn duration(number: i32, unit: TimeUnitsType) -> Duration {
    let seconds = match unit {
        TimeUnitsType::Seconds => 1,
        TimeUnitsType::Minutes => 60,
        TimeUnitsType::Hours => 3_600,
        TimeUnitsType::Days => 86_400,
    };
    Duration::from_secs(u64::try_from(number).unwrap_or(0) * seconds)
}
