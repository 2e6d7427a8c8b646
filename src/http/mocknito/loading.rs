//! Loads that a request asks for, in tasks of their own: such a load comes to an end, whole or
//! taken away again, whatever becomes of the request. Not here: what a load does (`fixtures`).

use tokio::sync::{OwnedMutexGuard, oneshot};

use super::refusal::Refusal;
use crate::boxed::spawn;
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
    let loaded = carried_through(alone, async move {
        let ended = async {
            tokio::select! {
                () = closing.wait() => {}
                _ = is_left, if left_load == LeftLoad::GivesUp => {}
            }
        };
        Ok(fixtures.load_unless(&app, mode, ended).await?)
    });
    let loaded = loaded.await;
    drop(waits);
    loaded
}

/// Does work in a task of its own while nobody else loads: it comes to its end also when the
/// request has gone.
pub(super) async fn carried_through<T: Send + 'static>(
    alone: OwnedMutexGuard<()>,
    work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refusal> {
    let task = spawn(async move {
        let _alone = alone;
        work.await
    });
    let done = task.await;
    done.map_err(|panicked| Error::Internal(panicked.into()))?
}
