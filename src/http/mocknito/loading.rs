//! Loads that a request asks for, in tasks of their own: such a load comes to an end, whole or
//! taken away again, whatever becomes of the request. Not here: what a load does (`fixtures`).

use tokio::sync::{OwnedMutexGuard, oneshot};

use super::refusal::Refusal;
use crate::config::FixturesMode;
use crate::error::Error;
use crate::fixtures::{Fixtures, Loaded};
use crate::http::state::ServerState;

/// What becomes of a load whose client does not wait for it any more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LeftLoad {
    GivesUp,
    GoesOn,
}

/// Loads while nobody else does. When the server stops the load is given up.
pub(super) async fn load(
    server: &ServerState,
    alone: OwnedMutexGuard<()>,
    fixtures: Fixtures,
    (mode, left_load): (FixturesMode, LeftLoad),
) -> Result<Loaded, Refusal> {
    let (app, mut closing) = (server.app.clone(), server.closing.clone());
    // Dropped with the request.
    let (waits, is_left) = oneshot::channel::<()>();
    let loading = tokio::spawn(async move {
        let _alone = alone;
        let ended = async {
            tokio::select! {
                () = closing.wait() => {}
                _ = is_left, if left_load == LeftLoad::GivesUp => {}
            }
        };
        fixtures.load_unless(&app, mode, ended).await
    });
    let loaded = loading.await;
    drop(waits);
    let loaded = loaded.map_err(|panicked| Error::Internal(panicked.into()))?;
    Ok(loaded?)
}
