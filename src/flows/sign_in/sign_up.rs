//! From a sign-up straight to a sign-in: the sessions that SignUp and ConfirmSignUp give to clients
//! with USER_AUTH.
//!
//! SignUp's session may be handed to ConfirmSignUp, and must then be of the same user;
//! ConfirmSignUp's stands for the code that confirmed the user and signs in once (`choice`). Not
//! here: signing up (`flows::sign_up`).

use super::request::{Entrance, Sender, SignInRequest};
use super::session::{PendingChallenge, Progress, Session};
use crate::app::Ctx;
use crate::domain::clients::Flow;
use crate::error::{Error, Result};
use crate::flows::users;
use crate::store::{Client, Pool, User};

/// The session of a user who has signed up, and has or has not confirmed it. None for clients that
/// could not use it.
pub fn session_after_sign_up(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    entrance: Entrance,
    user: &User,
    confirmed: bool,
) -> Result<Option<String>> {
    if entrance != Entrance::Pages && !client.allows(Flow::UserAuth) {
        return Ok(None);
    }
    let request = SignInRequest {
        ctx,
        pool,
        client,
        entrance,
        sender: &Sender::default(),
    };
    let pending = PendingChallenge::SignUp { confirmed };
    Session::begin(request, user, pending, Progress::default()).map(Some)
}

/// Refuses a session that is not SignUp's of the user with this name.
pub async fn check_sign_up_session(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    typed: &str,
    sealed: &str,
) -> Result<()> {
    let request = SignInRequest {
        ctx,
        pool,
        client,
        entrance: Entrance::Api,
        sender: &Sender::default(),
    };
    let session = Session::open(request, sealed).await?;
    if session.pending != (PendingChallenge::SignUp { confirmed: false }) {
        return Err(Error::SessionInvalid);
    }
    let its = session.its_user(request).await?;
    let named = users::find(ctx, pool, typed).await?;
    if named.is_some_and(|named| named.sub == its.sub) {
        Ok(())
    } else {
        Err(Error::SessionInvalid)
    }
}
