//! InitiateAuth, RespondToAuthChallenge and their admin twins: the answer's shape. Not here: the
//! flow (`flows::sign_in`).

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::flows::sign_in::{self, Entrance, Outcome, Parameters};
use crate::wire::Sensitive;
use crate::wire::user_pools::{
    AdminInitiateAuthRequest, AdminInitiateAuthResponse, AdminRespondToAuthChallengeRequest,
    AdminRespondToAuthChallengeResponse, InitiateAuthRequest, InitiateAuthResponse,
    RespondToAuthChallengeRequest, RespondToAuthChallengeResponse,
};

/// Writes an outcome into the members that all four answers have. `ChallengeParameters` is there
/// and empty beside tokens, as on AWS.
macro_rules! answer {
    ($Response:ident, $outcome:expr) => {
        match $outcome {
            Outcome::Tokens(tokens) => Ok($Response {
                authentication_result: Some(tokens),
                challenge_parameters: Some(Default::default()),
                ..Default::default()
            }),
            Outcome::Challenge {
                name,
                parameters,
                session,
                available,
            } => Ok($Response {
                challenge_name: Some(name),
                challenge_parameters: Some(parameters),
                session: session.map(Sensitive::new),
                available_challenges: (!available.is_empty()).then_some(available),
                ..Default::default()
            }),
            Outcome::Authenticated(_) => Err(Error::Internal(anyhow::anyhow!(
                "a sign-in at the API ended as one at the pages"
            ))),
        }
    };
}

pub async fn initiate_auth(ctx: &Ctx, input: InitiateAuthRequest) -> Result<InitiateAuthResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    let outcome = sign_in::initiate(
        ctx,
        &pool,
        &client,
        Entrance::Api,
        input.auth_flow,
        &Parameters::from(input.auth_parameters),
        text(&input.session),
    )
    .await?;
    answer!(InitiateAuthResponse, outcome)
}

pub async fn admin_initiate_auth(
    ctx: &Ctx,
    input: AdminInitiateAuthRequest,
) -> Result<AdminInitiateAuthResponse> {
    let (pool, client) = ctx
        .pool_client(&input.user_pool_id, input.client_id.expose())
        .await?;
    let outcome = sign_in::initiate(
        ctx,
        &pool,
        &client,
        Entrance::Admin,
        input.auth_flow,
        &Parameters::from(input.auth_parameters),
        text(&input.session),
    )
    .await?;
    answer!(AdminInitiateAuthResponse, outcome)
}

pub async fn respond_to_auth_challenge(
    ctx: &Ctx,
    input: RespondToAuthChallengeRequest,
) -> Result<RespondToAuthChallengeResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    let outcome = sign_in::respond(
        ctx,
        &pool,
        &client,
        Entrance::Api,
        input.challenge_name,
        text(&input.session),
        &Parameters::from(input.challenge_responses),
    )
    .await?;
    answer!(RespondToAuthChallengeResponse, outcome)
}

pub async fn admin_respond_to_auth_challenge(
    ctx: &Ctx,
    input: AdminRespondToAuthChallengeRequest,
) -> Result<AdminRespondToAuthChallengeResponse> {
    let (pool, client) = ctx
        .pool_client(&input.user_pool_id, input.client_id.expose())
        .await?;
    let outcome = sign_in::respond(
        ctx,
        &pool,
        &client,
        Entrance::Admin,
        input.challenge_name,
        text(&input.session),
        &Parameters::from(input.challenge_responses),
    )
    .await?;
    answer!(AdminRespondToAuthChallengeResponse, outcome)
}

fn text(session: &Option<Sensitive<String>>) -> Option<&str> {
    session.as_ref().map(|session| session.expose().as_str())
}
