//! InitiateAuth, RespondToAuthChallenge and their admin twins: the answer's shape. Not here: the
//! parameters that the model leaves untyped (`auth_parameters`), the flow (`flows::sign_in`).

use std::collections::BTreeMap;

use super::auth_parameters::{AuthParameters, Begin, challenge_name, challenge_parameters};
use crate::app::Ctx;
use crate::error::Result;
use crate::flows::sign_in::{self, Entrance, Required, SignInOutcome, SignInRequest};
use crate::journal::Feature;
use crate::store::{Client, Pool};
use crate::wire::Sensitive;
use crate::wire::user_pools::{
    AdminInitiateAuthRequest, AdminInitiateAuthResponse, AdminRespondToAuthChallengeRequest,
    AdminRespondToAuthChallengeResponse, AuthFlowType, AuthenticationResultType, ChallengeNameType,
    InitiateAuthRequest, InitiateAuthResponse, RespondToAuthChallengeRequest,
    RespondToAuthChallengeResponse,
};

/// The members that all four answers have. `ChallengeParameters` is there and empty beside tokens,
/// as on AWS.
#[derive(Default)]
struct AuthAnswer {
    authentication_result: Option<AuthenticationResultType>,
    challenge_name: Option<ChallengeNameType>,
    challenge_parameters: BTreeMap<String, String>,
    session: Option<Sensitive<String>>,
    available_challenges: Option<Vec<ChallengeNameType>>,
}

macro_rules! into_response {
    ($($Response:ident),*) => {$(
        impl From<AuthAnswer> for $Response {
            fn from(answer: AuthAnswer) -> Self {
                Self {
                    authentication_result: answer.authentication_result,
                    challenge_name: answer.challenge_name,
                    challenge_parameters: Some(answer.challenge_parameters),
                    session: answer.session,
                    available_challenges: answer.available_challenges,
                }
            }
        }
    )*};
}

into_response!(
    InitiateAuthResponse,
    AdminInitiateAuthResponse,
    RespondToAuthChallengeResponse,
    AdminRespondToAuthChallengeResponse
);

pub async fn initiate_auth(ctx: &Ctx, input: InitiateAuthRequest) -> Result<InitiateAuthResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    let begun = Initiate {
        flow: input.auth_flow,
        parameters: input.auth_parameters.into(),
        session: input.session,
    };
    let answer = begun.carry_out(ctx, &pool, &client, Entrance::Api).await?;
    Ok(answer.into())
}

pub async fn admin_initiate_auth(
    ctx: &Ctx,
    input: AdminInitiateAuthRequest,
) -> Result<AdminInitiateAuthResponse> {
    let (pool, client) = ctx
        .pool_client(&input.user_pool_id, input.client_id.expose())
        .await?;
    let begun = Initiate {
        flow: input.auth_flow,
        parameters: input.auth_parameters.into(),
        session: input.session,
    };
    let answer = begun
        .carry_out(ctx, &pool, &client, Entrance::Admin)
        .await?;
    Ok(answer.into())
}

pub async fn respond_to_auth_challenge(
    ctx: &Ctx,
    input: RespondToAuthChallengeRequest,
) -> Result<RespondToAuthChallengeResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    let response = Respond {
        challenge: input.challenge_name,
        parameters: input.challenge_responses.into(),
        session: input.session,
    };
    let answer = response
        .carry_out(ctx, &pool, &client, Entrance::Api)
        .await?;
    Ok(answer.into())
}

pub async fn admin_respond_to_auth_challenge(
    ctx: &Ctx,
    input: AdminRespondToAuthChallengeRequest,
) -> Result<AdminRespondToAuthChallengeResponse> {
    let (pool, client) = ctx
        .pool_client(&input.user_pool_id, input.client_id.expose())
        .await?;
    let response = Respond {
        challenge: input.challenge_name,
        parameters: input.challenge_responses.into(),
        session: input.session,
    };
    let answer = response
        .carry_out(ctx, &pool, &client, Entrance::Admin)
        .await?;
    Ok(answer.into())
}

/// What both operations that begin a sign-in are given.
struct Initiate {
    flow: AuthFlowType,
    parameters: AuthParameters,
    session: Option<Sensitive<String>>,
}

impl Initiate {
    async fn carry_out(
        self,
        ctx: &Ctx,
        pool: &Pool,
        client: &Client,
        entrance: Entrance,
    ) -> Result<AuthAnswer> {
        let request = SignInRequest {
            ctx,
            pool,
            client,
            entrance,
            sender: &self.parameters.sender(),
        };
        let coverage = &ctx.app.journal.coverage;
        coverage.count(Feature::Flow, self.flow.as_str());
        let session = self.session.map(Sensitive::into_inner);
        match self.parameters.begin(self.flow, pool, session) {
            Begin::SignIn(attempt) => {
                let outcome = sign_in::initiate(request, &attempt).await?;
                answer(request, outcome).await
            }
            Begin::Refresh { token } => Ok(tokens(
                sign_in::refresh_tokens(request, self.flow, &token).await?,
            )),
        }
    }
}

/// What both operations that answer a challenge are given.
struct Respond {
    challenge: ChallengeNameType,
    parameters: AuthParameters,
    session: Option<Sensitive<String>>,
}

impl Respond {
    async fn carry_out(
        self,
        ctx: &Ctx,
        pool: &Pool,
        client: &Client,
        entrance: Entrance,
    ) -> Result<AuthAnswer> {
        let request = SignInRequest {
            ctx,
            pool,
            client,
            entrance,
            sender: &self.parameters.sender(),
        };
        // (unsure) The words for a missing session come from field reports.
        let session = Required::new("Session", self.session.map(Sensitive::into_inner));
        self.parameters.check_not_empty()?;
        let given = self.parameters.answer(self.challenge)?;
        let outcome = sign_in::respond(request, &session, &given).await?;
        answer(request, outcome).await
    }
}

async fn answer(request: SignInRequest<'_>, outcome: SignInOutcome) -> Result<AuthAnswer> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    match outcome {
        SignInOutcome::Completed(completed) => {
            Ok(tokens(completed.issue_tokens(ctx, pool, client).await?))
        }
        SignInOutcome::Asked(next) => {
            let available = next.available.iter();
            let available: Vec<_> = available.map(|factor| factor.challenge()).collect();
            let name = challenge_name(&next.challenge);
            let coverage = &ctx.app.journal.coverage;
            coverage.count(Feature::Challenge, name.as_str());
            Ok(AuthAnswer {
                challenge_name: Some(name),
                challenge_parameters: challenge_parameters(next.challenge)?,
                session: next.session.map(Sensitive::new),
                available_challenges: (!available.is_empty()).then_some(available),
                ..AuthAnswer::default()
            })
        }
    }
}

fn tokens(result: AuthenticationResultType) -> AuthAnswer {
    AuthAnswer {
        authentication_result: Some(result),
        ..AuthAnswer::default()
    }
}
