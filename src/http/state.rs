//! What every handler may ask for.

use std::sync::Arc;

use axum::extract::FromRef;
use tokio::sync::Mutex;

use super::gateway::apis::Gateway;
use super::listen::Closing;
use crate::app::App;
use crate::fixtures::CurrentFixtures;

#[derive(Clone)]
pub struct ServerState {
    pub app: Arc<App>,
    /// What a reset loads again.
    pub fixtures: Arc<CurrentFixtures>,
    /// Ends what waits when the server stops.
    pub closing: Closing,
    /// One reset at a time, or two would load the same fixtures side by side.
    pub resetting: Arc<Mutex<()>>,
    /// The APIs of the fixtures.
    pub gateway: Arc<Gateway>,
}

impl ServerState {
    pub fn new(app: Arc<App>, fixtures: Arc<CurrentFixtures>, closing: Closing) -> Self {
        let gateway = Gateway::new(&app, fixtures.get().apis());
        Self {
            app,
            gateway: Arc::new(gateway),
            resetting: fixtures.loading.clone(),
            fixtures,
            closing,
        }
    }
}

/// Most handlers need no more than this.
impl FromRef<ServerState> for Arc<App> {
    fn from_ref(state: &ServerState) -> Self {
        state.app.clone()
    }
}
