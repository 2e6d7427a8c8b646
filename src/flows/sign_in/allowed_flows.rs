//! Which flows there are at which entrance, and whether the client may use the one that is asked
//! for.

use super::request::{Entrance, SignInRequest};
use crate::domain::clients::Flow;
use crate::error::{Error, Result};
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
    let name = || asked.as_str().to_owned();
    match flow {
        _ if client.allows(flow) => Ok(()),
        // A client with rotation may not refresh this way, and is told no more than that.
        Flow::Refresh if client.rotation().is_some() => Err(Error::RefreshTokenInvalid),
        _ if client.allows_only_custom() => Err(Error::OnlyCustomAuth),
        _ if entrance == Entrance::Admin => Err(Error::AdminFlowNotEnabled),
        Flow::UserPassword | Flow::Refresh => Err(Error::FlowNotEnabled { flow: name() }),
        _ => Err(Error::FlowNotEnabledForClient { flow: name() }),
    }
}
