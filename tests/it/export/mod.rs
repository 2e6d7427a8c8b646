//! The running state as a fixture: who may read it, that it loads into the same state, and that
//! everybody signs in there as before.

mod form;
mod formats;
mod guard;
mod many;
mod pools;
mod round_trip;
mod update;

use std::sync::Arc;

use mocknito::clock::{Clock, Timestamp};
use mocknito::config::FixturesMode;
use mocknito::store::Location;

use crate::support::{START, Server, fixtures};

/// The export of a server.
pub async fn exported(server: &Server) -> String {
    exported_by(server, "").await
}

/// The same with a query.
pub async fn exported_by(server: &Server, query: &str) -> String {
    let reply = server.get(&format!("/_mocknito/export{query}")).await;
    let text = String::from_utf8(reply.body).unwrap();
    assert_eq!(reply.status.as_u16(), 200, "{text}");
    assert_eq!(reply.headers["content-type"], "application/yaml");
    assert_eq!(reply.headers["cache-control"], "no-store");
    text
}

/// Another server, whose store has secrets of its own, with what this fixture says.
pub async fn loaded(yaml: &str) -> Server {
    let clock = Arc::new(Clock::frozen_at(Timestamp::from_seconds(START)));
    let server = Server::with_clock(Location::Memory, clock, false).await;
    load(&server, yaml).await.unwrap();
    server
}

/// Loads a fixture; gives what is wrong with it.
pub async fn load(server: &Server, yaml: &str) -> Result<(), String> {
    let loaded = fixtures::load(server, "state.yaml", yaml, FixturesMode::Keep).await;
    loaded.map(drop)
}
