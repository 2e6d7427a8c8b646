//! InitiateAuth, RespondToAuthChallenge and their admin twins: which flow is asked for, whether the client may, and the answer's shape.
//!
//! Not here: the flows themselves (`flows::sign_in`, `flows::refresh`).

use crate::app::Ctx;
use crate::domain::clients::Flow;
use crate::error::{Error, Result};
use crate::flows::issue_tokens::{self, Door};
use crate::flows::sign_in::{self, Outcome, Parameters};
use crate::flows::{authenticate_client, refresh, srp, triggers};
use crate::store::{Client, Pool};
use crate::wire::Sensitive;
use crate::wire::user_pools::{
    AdminInitiateAuthRequest, AdminInitiateAuthResponse, AdminRespondToAuthChallengeRequest,
    AdminRespondToAuthChallengeResponse, AuthFlowType, ChallengeNameType, InitiateAuthRequest,
    InitiateAuthResponse, RespondToAuthChallengeRequest, RespondToAuthChallengeResponse,
};

/// Writes an outcome into the members that all four answers have. `ChallengeParameters` is there and empty beside tokens, as on AWS.
macro_rules! answer {
    ($Response:ident, $outcome:expr) => {
        match $outcome {
            Outcome::Tokens(tokens) => $Response {
                authentication_result: Some(tokens),
                challenge_parameters: Some(Default::default()),
                ..Default::default()
            },
            Outcome::Challenge {
                name,
                parameters,
                session,
            } => $Response {
                challenge_name: Some(name),
                challenge_parameters: Some(parameters),
                session: session.map(Sensitive::new),
                ..Default::default()
            },
        }
    };
}

/// Which of the twins was called: they differ in the flows they know and in how they refuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Api {
    Public,
    Admin,
}

pub async fn initiate_auth(ctx: &Ctx, input: InitiateAuthRequest) -> Result<InitiateAuthResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    let parameters = Parameters::new(input.auth_parameters);
    let outcome = initiate(
        ctx,
        Api::Public,
        &pool,
        &client,
        input.auth_flow,
        &parameters,
    )
    .await?;
    Ok(answer!(InitiateAuthResponse, outcome))
}

pub async fn admin_initiate_auth(
    ctx: &Ctx,
    input: AdminInitiateAuthRequest,
) -> Result<AdminInitiateAuthResponse> {
    let (pool, client) = ctx
        .pool_client(&input.user_pool_id, input.client_id.expose())
        .await?;
    let parameters = Parameters::new(input.auth_parameters);
    let outcome = initiate(
        ctx,
        Api::Admin,
        &pool,
        &client,
        input.auth_flow,
        &parameters,
    )
    .await?;
    Ok(answer!(AdminInitiateAuthResponse, outcome))
}

pub async fn respond_to_auth_challenge(
    ctx: &Ctx,
    input: RespondToAuthChallengeRequest,
) -> Result<RespondToAuthChallengeResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    let responses = Parameters::new(input.challenge_responses);
    let session = input
        .session
        .as_ref()
        .map(|session| session.expose().as_str());
    let outcome = respond(
        ctx,
        &pool,
        &client,
        input.challenge_name,
        session,
        &responses,
    )
    .await?;
    Ok(answer!(RespondToAuthChallengeResponse, outcome))
}

pub async fn admin_respond_to_auth_challenge(
    ctx: &Ctx,
    input: AdminRespondToAuthChallengeRequest,
) -> Result<AdminRespondToAuthChallengeResponse> {
    let (pool, client) = ctx
        .pool_client(&input.user_pool_id, input.client_id.expose())
        .await?;
    let responses = Parameters::new(input.challenge_responses);
    let session = input
        .session
        .as_ref()
        .map(|session| session.expose().as_str());
    let outcome = respond(
        ctx,
        &pool,
        &client,
        input.challenge_name,
        session,
        &responses,
    )
    .await?;
    Ok(answer!(AdminRespondToAuthChallengeResponse, outcome))
}

async fn initiate(
    ctx: &Ctx,
    api: Api,
    pool: &Pool,
    client: &Client,
    flow: AuthFlowType,
    parameters: &Parameters,
) -> Result<Outcome> {
    match (flow, api) {
        (AuthFlowType::UserPasswordAuth, Api::Public) => {
            allow(client, api, Flow::UserPassword, flow)?;
            sign_in::with_password(ctx, pool, client, parameters).await
        }
        (AuthFlowType::AdminUserPasswordAuth | AuthFlowType::AdminNoSrpAuth, Api::Admin) => {
            allow(client, api, Flow::AdminUserPassword, flow)?;
            sign_in::with_password(ctx, pool, client, parameters).await
        }
        (AuthFlowType::UserPasswordAuth, Api::Admin)
        | (AuthFlowType::AdminUserPasswordAuth | AuthFlowType::AdminNoSrpAuth, Api::Public) => {
            Err(Error::FlowNotSupported)
        }
        (AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken, _) => {
            allow(client, api, Flow::Refresh, flow)?;
            with_refresh_token(ctx, pool, client, parameters).await
        }
        (AuthFlowType::UserSrpAuth, _) => {
            allow(client, api, Flow::UserSrp, flow)?;
            srp::begin(ctx, pool, client, parameters).await
        }
        (AuthFlowType::UserAuth, _) => {
            allow(client, api, Flow::UserAuth, flow)?;
            not_yet(flow)
        }
        (AuthFlowType::CustomAuth, _) => {
            allow(client, api, Flow::Custom, flow)?;
            if triggers::has_custom_auth(pool) {
                not_yet(flow)
            } else {
                Err(Error::CustomAuthNotConfigured)
            }
        }
    }
}

fn not_yet(flow: AuthFlowType) -> Result<Outcome> {
    Err(Error::NotAvailable {
        operation: flow.as_str().to_owned(),
    })
}

/// Refuses a flow that the client does not enable, in the words that each API has for it.
fn allow(client: &Client, api: Api, flow: Flow, asked: AuthFlowType) -> Result<()> {
    let name = || asked.as_str().to_owned();
    match (api, flow) {
        _ if client.allows(flow) => Ok(()),
        // A client with rotation may not refresh this way, and is told no more than that.
        (_, Flow::Refresh) if client.rotation().is_some() => Err(Error::RefreshTokenInvalid),
        _ if client.allows_only_custom() => Err(Error::OnlyCustomAuth),
        (Api::Admin, _) => Err(Error::AdminFlowNotEnabled),
        (Api::Public, Flow::UserPassword | Flow::Refresh) => {
            Err(Error::FlowNotEnabled { flow: name() })
        }
        (Api::Public, _) => Err(Error::FlowNotEnabledForClient { flow: name() }),
    }
}

/// REFRESH_TOKEN_AUTH: new tokens, the refresh token stays. SECRET_HASH is that of the user's real name or sub.
async fn with_refresh_token(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    parameters: &Parameters,
) -> Result<Outcome> {
    if client.rotation().is_some() {
        return Err(Error::RefreshTokenInvalid);
    }
    let hash = parameters.get("SECRET_HASH");
    let id = || client.id.clone();
    match hash {
        None if !client.secrets.is_empty() => {
            return Err(Error::SecretHashMissing { client: id() });
        }
        Some(_) if client.secrets.is_empty() => {
            return Err(Error::SecretHashUnexpected { client: id() });
        }
        _ => {}
    }
    let open = refresh::open(ctx, pool, client, parameters.require("REFRESH_TOKEN")?).await?;
    if let Some(hash) = hash {
        let names = [&open.user.username, &open.user.sub];
        if !names
            .into_iter()
            .any(|name| authenticate_client::is_secret_hash(client, name, hash))
        {
            return Err(Error::SecretHashWrongAtRefresh { client: id() });
        }
    }
    refresh::check_device(pool, &open, parameters.get("DEVICE_KEY"))?;
    let tokens = refresh::refresh(ctx, pool, client, &open, Door::Api).await?;
    Ok(Outcome::Tokens(issue_tokens::result(tokens, None)))
}

async fn respond(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    challenge: ChallengeNameType,
    session: Option<&str>,
    responses: &Parameters,
) -> Result<Outcome> {
    match challenge {
        ChallengeNameType::NewPasswordRequired => {
            sign_in::answer_new_password(ctx, pool, client, session, responses).await
        }
        ChallengeNameType::PasswordVerifier => srp::answer(ctx, pool, client, responses).await,
        other => Err(Error::NotAvailable {
            operation: other.as_str().to_owned(),
        }),
    }
}
