//! Tokens after the sign-in: refresh, exchange, revoke, sign out everywhere; and the tokens of
//! machines, for which there is no sign-in.

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::flows::exchange_tokens::{self, Asked, Given};
use crate::flows::issue_tokens::{self, Issuance};
use crate::flows::{access_token, authenticate_client, machine_tokens, refresh, sign_out, users};
use crate::store::{Client, Pool};
use crate::wire::Sensitive;
use crate::wire::user_pools::{
    AdminUserGlobalSignOutRequest, AdminUserGlobalSignOutResponse, ClientAuthenticationResultType,
    ExplicitAuthFlowsType, GetClientTokenRequest, GetClientTokenResponse, GetDerivedTokenRequest,
    GetDerivedTokenResponse, GetTokensFromRefreshTokenRequest, GetTokensFromRefreshTokenResponse,
    GlobalSignOutRequest, GlobalSignOutResponse, IssuedTokenTypeIdentifierType, OAuthTokenTypeType,
    RevokeAssociatedSessionsType, RevokeTokenRequest, RevokeTokenResponse,
};

fn text(secret: Option<&Sensitive<String>>) -> Option<&str> {
    secret.map(|secret| secret.expose().as_str())
}

pub async fn get_tokens_from_refresh_token(
    ctx: &Ctx,
    input: GetTokensFromRefreshTokenRequest,
) -> Result<GetTokensFromRefreshTokenResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    if !authenticate_client::is_secret(&client, text(input.client_secret.as_ref())) {
        return Err(Error::ClientSecretWrong {
            client: client.id.clone(),
        });
    }
    let open = refresh::open(ctx, &pool, &client, input.refresh_token.expose()).await?;
    refresh::check_device(ctx, &pool, &open, input.device_key.as_deref()).await?;
    let (tokens, rotated) =
        refresh::refresh_and_rotate(ctx, &pool, &client, open, Issuance::Api).await?;
    Ok(GetTokensFromRefreshTokenResponse {
        authentication_result: Some(issue_tokens::result(tokens, rotated)),
    })
}

/// With LINKED the browser's session ends, too, through which the tokens came. Only pools that
/// track sessions know it.
pub async fn revoke_token(ctx: &Ctx, input: RevokeTokenRequest) -> Result<RevokeTokenResponse> {
    // This operation declares neither ResourceNotFound nor NotAuthorized: an unknown client is an
    // unauthorized one.
    let (pool, client) =
        ctx.client(input.client_id.expose())
            .await
            .map_err(|error| match error {
                Error::ClientNotFound { .. } => Error::ClientUnauthorized,
                other => other,
            })?;
    if !authenticate_client::is_secret(&client, text(input.client_secret.as_ref())) {
        return Err(Error::ClientUnauthorized);
    }
    let token = input.token.expose();
    if input.revoke_associated_sessions == Some(RevokeAssociatedSessionsType::Linked) {
        sign_out::revoke_linked(ctx, &pool, &client, token).await?;
    } else {
        sign_out::revoke(ctx, &client, token).await?;
    }
    Ok(RevokeTokenResponse::default())
}

pub async fn global_sign_out(
    ctx: &Ctx,
    input: GlobalSignOutRequest,
) -> Result<GlobalSignOutResponse> {
    // (unsure) The model lists no UserNotFoundException for this operation: a deleted user's tokens
    // are as good as revoked.
    let gone = |error| match error {
        Error::UserNotFound => Error::AccessTokenRevoked,
        other => other,
    };
    let caller = access_token::authorize(ctx, input.access_token.expose())
        .await
        .map_err(gone)?;
    sign_out::everywhere(ctx, &caller.user)
        .await
        .map_err(gone)?;
    Ok(GlobalSignOutResponse::default())
}

pub async fn admin_user_global_sign_out(
    ctx: &Ctx,
    input: AdminUserGlobalSignOutRequest,
) -> Result<AdminUserGlobalSignOutResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let user = users::find(ctx, &pool, input.username.expose())
        .await?
        .ok_or(Error::UserNotFound)?;
    sign_out::everywhere(ctx, &user).await?;
    Ok(AdminUserGlobalSignOutResponse::default())
}

/// An access token for a machine, which proves itself with its client's secret.
pub async fn get_client_token(
    ctx: &Ctx,
    input: GetClientTokenRequest,
) -> Result<GetClientTokenResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    let is_right = authenticate_client::is_secret(&client, Some(input.secret.expose()));
    if !is_right {
        return Err(Error::ClientSecretWrong {
            client: client.id.clone(),
        });
    }
    check_flow(&client, ExplicitAuthFlowsType::AllowClientTokenAuth)?;
    let configured = client.settings.allowed_oauth_scopes.as_deref();
    let configured = configured.unwrap_or_default();
    let asked = input.scopes.as_deref().unwrap_or_default();
    let mut granted: Vec<&str> = Vec::new();
    for scope in if asked.is_empty() { configured } else { asked } {
        // (unsure) A client with a list of scopes may ask for those only; one without may ask for
        // any scope of the pool.
        let is_own = configured.is_empty() || configured.contains(scope);
        if !is_own || !machine_tokens::is_custom_scope(ctx, &pool, scope).await? {
            return Err(Error::ScopeNotGranted {
                scope: scope.clone(),
            });
        }
        if !granted.contains(&scope.as_str()) {
            granted.push(scope);
        }
    }
    if granted.is_empty() {
        return Err(Error::MissingParameter {
            name: "Scopes".to_owned(),
        });
    }
    let tokens =
        issue_tokens::sign_for_machine(ctx, &pool, &client, &granted.join(" "), None).await?;
    Ok(GetClientTokenResponse {
        client_authentication_result: Some(ClientAuthenticationResultType {
            access_token: Some(Sensitive::new(tokens.access)),
            expires_in: i32::try_from(tokens.expires_in).ok(),
            token_type: Some("Bearer".to_owned()),
        }),
    })
}

/// Exchanges a token for another. A confidential client gives its secret, or the request is signed
/// with IAM credentials.
pub async fn get_derived_token(
    ctx: &Ctx,
    input: GetDerivedTokenRequest,
) -> Result<GetDerivedTokenResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    ctx.check_region(&pool)?;
    let secret = text(input.client_secret.as_ref());
    let is_signed = secret.is_none() && ctx.signed_region.is_some();
    if !is_signed && !authenticate_client::is_secret(&client, secret) {
        return Err(Error::ClientSecretWrong {
            client: client.id.clone(),
        });
    }
    check_flow(
        &client,
        match &input.actor_token {
            Some(_) => ExplicitAuthFlowsType::AllowTokenExchangeDelegation,
            None => ExplicitAuthFlowsType::AllowTokenExchangeImpersonation,
        },
    )?;
    let subject = Given {
        member: "SubjectToken",
        token: input.subject_token.expose(),
        kind: input.subject_token_type,
        provider: input.subject_token_provider_name.as_deref(),
    };
    let actor = match &input.actor_token {
        Some(token) => Some(Given {
            member: "ActorToken",
            token: token.expose(),
            kind: input
                .actor_token_type
                .ok_or_else(|| Error::MissingParameter {
                    name: "ActorTokenType".to_owned(),
                })?,
            provider: input.actor_token_provider_name.as_deref(),
        }),
        None => None,
    };
    let asked = Asked {
        kind: input
            .requested_token_type
            .unwrap_or(IssuedTokenTypeIdentifierType::AccessToken),
        scopes: input.scopes.as_deref(),
        audience: audience(ctx, &pool, &input).await?,
    };
    let issued =
        exchange_tokens::exchange(ctx, &pool, &client, &subject, actor.as_ref(), &asked).await?;
    let is_access = asked.kind == IssuedTokenTypeIdentifierType::AccessToken;
    Ok(GetDerivedTokenResponse {
        issued_token: Some(Sensitive::new(issued.token)),
        issued_token_type: Some(asked.kind),
        // An ID token gives no access to anything (RFC 8693 §2.2.1).
        token_type: Some(if is_access {
            OAuthTokenTypeType::Bearer
        } else {
            OAuthTokenTypeType::NA
        }),
        expires_in: i32::try_from(issued.expires_in).ok(),
        scopes: is_access.then_some(issued.scopes),
    })
}

/// The audience of the token: a name of its own, or a resource server of the pool.
async fn audience<'i>(
    ctx: &Ctx,
    pool: &Pool,
    input: &'i GetDerivedTokenRequest,
) -> Result<Option<&'i str>> {
    let first = |list: &'i Option<Vec<String>>| list.as_ref()?.first().map(String::as_str);
    match (first(&input.audiences), first(&input.resources)) {
        (Some(_), Some(_)) => Err(Error::AudiencesAndResources),
        (None, Some(identifier)) => {
            let mut read = ctx.store().read().await?;
            let found = read.resource_servers().find(&pool.id, identifier).await?;
            found.ok_or_else(|| Error::ResourceServerNotFound {
                identifier: identifier.to_owned(),
            })?;
            Ok(Some(identifier))
        }
        (audience, None) => Ok(audience),
    }
}

fn check_flow(client: &Client, flow: ExplicitAuthFlowsType) -> Result<()> {
    let listed = client.settings.explicit_auth_flows.as_deref();
    if listed.unwrap_or_default().contains(&flow) {
        Ok(())
    } else {
        Err(Error::FlowNotEnabledForClient {
            flow: flow.as_str().trim_start_matches("ALLOW_").to_owned(),
        })
    }
}
