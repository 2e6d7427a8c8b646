//! What goes into a token: claims, groups and scopes that a function adds, changes or takes away.
//!
//! The function of V1 sees users and changes their ID tokens, that of V2 their access tokens, too,
//! and that of V3 also the tokens of machines. Not here: which changes are allowed
//! (`domain::claims`).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Caller, FunctionAnswer, FunctionEvent, call, request, user_attributes};
use super::trigger::{Function, Trigger, Version};
use crate::app::Ctx;
use crate::domain::claims::{Changes, GroupOverride, Overrides};
use crate::error::{Error, Result};
use crate::store::{Client, Pool, User};

/// The documented limit of claims and scopes that one answer may change.
const MOST_CHANGES: usize = 5_000;

/// Why tokens are made: the second half of `triggerSource`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenSource {
    /// By the pages and the endpoints of the pool's domain.
    HostedAuth,
    #[default]
    Authentication,
    NewPasswordChallenge,
    AuthenticateDevice,
    RefreshTokens,
}

impl TokenSource {
    fn as_str(self) -> &'static str {
        match self {
            Self::HostedAuth => "TokenGeneration_HostedAuth",
            Self::Authentication => "TokenGeneration_Authentication",
            Self::NewPasswordChallenge => "TokenGeneration_NewPasswordChallenge",
            Self::AuthenticateDevice => "TokenGeneration_AuthenticateDevice",
            Self::RefreshTokens => "TokenGeneration_RefreshTokens",
        }
    }
}

/// Asks what to change in a user's tokens. `groups` are the user's, as the tokens would have them.
pub async fn for_user(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
    groups: &GroupOverride,
    (scope, source): (&str, TokenSource),
) -> Result<Overrides> {
    let Some(function) = Trigger::PreTokenGeneration.function(pool) else {
        return Ok(Overrides::default());
    };
    let attributes = ("userAttributes", user_attributes(pool, user));
    let groups = (
        "groupConfiguration",
        json!({
            "groupsToOverride": groups.groups,
            "iamRolesToOverride": groups.roles,
            "preferredRole": groups.preferred_role,
        }),
    );
    let request = match function.version {
        Version::V1 => request(ctx, [attributes, groups]),
        Version::V2 | Version::V3 => request(ctx, [attributes, groups, scopes(scope)]),
    };
    let source = source.as_str();
    ask(
        ctx,
        pool,
        client,
        function,
        &user.username,
        (source, request),
    )
    .await
}

/// Asks what to change in a machine's token.
pub async fn for_machine(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    scope: &str,
) -> Result<Overrides> {
    let function = Trigger::PreTokenGeneration.function(pool);
    let Some(function) = function.filter(|function| function.version == Version::V3) else {
        return Ok(Overrides::default());
    };
    let request = request(
        ctx,
        [
            ("userAttributes", json!({})),
            ("groupConfiguration", Value::Null),
            scopes(scope),
        ],
    );
    let source = "TokenGeneration_ClientCredentials";
    ask(
        ctx,
        pool,
        client,
        function,
        "ClientCredentials",
        (source, request),
    )
    .await
}

fn scopes(scope: &str) -> (&'static str, Value) {
    let scopes = scope.split_ascii_whitespace().collect::<Vec<_>>();
    ("scopes", scopes.into())
}

async fn ask(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    function: Function<'_>,
    username: &str,
    (source, request): (&str, Value),
) -> Result<Overrides> {
    let version = function.version;
    let member = match version {
        Version::V1 => "claimsOverrideDetails",
        Version::V2 | Version::V3 => "claimsAndScopeOverrideDetails",
    };
    let event = FunctionEvent {
        function,
        pool,
        source,
        username,
        caller: Caller::Client(client),
        request,
        response: Some(json!({ member: null })),
    };
    let answer = call(ctx, event).await?;
    let Some(details) = answer.object(member)? else {
        return Ok(Overrides::default());
    };
    let overrides = match version {
        Version::V1 => Overrides {
            id: texts_only(changes(&details)?)?,
            groups: groups(&details)?,
            ..Overrides::default()
        },
        Version::V2 | Version::V3 => {
            let part = |name| Ok::<_, Error>(details.object(name)?.unwrap_or_default());
            let (id, access) = (part("idTokenGeneration")?, part("accessTokenGeneration")?);
            Overrides {
                id: changes(&id)?,
                access: changes(&access)?,
                scopes_to_add: scope_list(&access, "scopesToAdd")?,
                scopes_to_suppress: scope_list(&access, "scopesToSuppress")?,
                groups: groups(&details)?,
            }
        }
    };
    if overrides.len() > MOST_CHANGES {
        return Err(Error::FunctionOutput);
    }
    Ok(overrides)
}

fn changes(part: &FunctionAnswer) -> Result<Changes> {
    let add = part.object("claimsToAddOrOverride")?.unwrap_or_default();
    let mut add = add.into_members();
    // (unsure) Null is no value of a claim.
    add.retain(|_, value| !value.is_null());
    Ok(Changes {
        add,
        suppress: part.list("claimsToSuppress")?.unwrap_or_default(),
    })
}

/// Reported of V1: claims are texts, and nothing else is taken.
fn texts_only(changes: Changes) -> Result<Changes> {
    if changes.add.values().all(Value::is_string) {
        Ok(changes)
    } else {
        Err(Error::FunctionOutput)
    }
}

/// Documented: any text without white space may be a scope. (unsure what becomes of others)
fn scope_list(part: &FunctionAnswer, name: &str) -> Result<Vec<String>> {
    let scopes = part.list(name)?.unwrap_or_default();
    let is_scope = |scope: &String| !scope.is_empty() && !scope.contains(char::is_whitespace);
    if scopes.iter().all(is_scope) {
        Ok(scopes)
    } else {
        Err(Error::FunctionOutput)
    }
}

/// The groups that take the place of the user's. (unsure) The documentation says that an empty
/// object suppresses groups, while in practice functions that leave them out keep them: only what
/// says something counts, and then as the whole.
fn groups(details: &FunctionAnswer) -> Result<Option<GroupOverride>> {
    let Some(details) = details.object("groupOverrideDetails")? else {
        return Ok(None);
    };
    let given = GroupOverride {
        groups: details.list("groupsToOverride")?.unwrap_or_default(),
        roles: details.list("iamRolesToOverride")?.unwrap_or_default(),
        preferred_role: details.text("preferredRole")?,
    };
    let says_something = details
        .into_members()
        .values()
        .any(|value| !value.is_null());
    Ok(says_something.then_some(given))
}
