//! Which flows there are at which entrance, and whether the client may use the one that is asked
//! for.

use super::request::{Entrance, SignInRequest};
use crate::domain::clients::Flow;
use crate::error::{Error, Result};
use crate::store::Client;
use crate::wire::user_pools::AuthFlowType;

/// Refuses a flow that does not exist at this entrance or that the client does not enable, in the
/// words that each API has for it.
pub(super) fn allow(request: SignInRequest<'_>, asked: AuthFlowType) -> Result<()> {
    let SignInRequest {
        client, entrance, ..
    } = request;
    let flow = match (asked, entrance) {
        // The pages are the pool's own way in: the pool's settings say what they offer, not the
        // client's flows.
        (_, Entrance::Pages) => return Ok(()),
        (AuthFlowType::UserPasswordAuth, Entrance::Api) => Flow::UserPassword,
        (AuthFlowType::AdminUserPasswordAuth | AuthFlowType::AdminNoSrpAuth, Entrance::Admin) => {
            Flow::AdminUserPassword
        }
        (AuthFlowType::UserPasswordAuth, Entrance::Admin)
        | (AuthFlowType::AdminUserPasswordAuth | AuthFlowType::AdminNoSrpAuth, Entrance::Api) => {
            return Err(Error::FlowNotSupported);
        }
        (AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken, _) => Flow::Refresh,
        (AuthFlowType::UserSrpAuth, _) => Flow::UserSrp,
        (AuthFlowType::UserAuth, _) => Flow::UserAuth,
        (AuthFlowType::CustomAuth, _) => Flow::Custom,
    };
    if client.allows(flow) {
        return Ok(());
    }
    let refusal = refusal(request, asked, flow);
    Err(request.ctx.explain(refusal, why(client, asked, flow)))
}

fn refusal(request: SignInRequest<'_>, asked: AuthFlowType, flow: Flow) -> Error {
    let SignInRequest {
        client, entrance, ..
    } = request;
    let name = || asked.as_str().to_owned();
    match flow {
        // A client with rotation may not refresh this way, and is told no more than that.
        Flow::Refresh if client.rotation().is_some() => Error::RefreshTokenInvalid,
        _ if client.allows_only_custom() => Error::OnlyCustomAuth,
        _ if entrance == Entrance::Admin => Error::AdminFlowNotEnabled,
        Flow::UserPassword | Flow::Refresh => Error::FlowNotEnabled { flow: name() },
        _ => Error::FlowNotEnabledForClient { flow: name() },
    }
}

/// For the developer: what the client allows instead.
fn why(client: &Client, asked: AuthFlowType, flow: Flow) -> String {
    if flow == Flow::Refresh && client.rotation().is_some() {
        return format!(
            "The app client {} rotates refresh tokens, so it refreshes by \
             GetTokensFromRefreshToken and not by {}.",
            client.id,
            asked.as_str()
        );
    }
    let flows = client.settings.explicit_auth_flows.as_deref();
    let flows: Vec<&str> = flows
        .unwrap_or_default()
        .iter()
        .map(|flow| flow.as_str())
        .collect();
    let allowed = match &flows[..] {
        [] => "has no ExplicitAuthFlows, which allows SRP, custom authentication and refreshing"
            .to_owned(),
        flows => format!("has the ExplicitAuthFlows {}", flows.join(", ")),
    };
    format!(
        "The app client {} {allowed}, and {} needs {}.",
        client.id,
        asked.as_str(),
        flow.setting().as_str()
    )
}
