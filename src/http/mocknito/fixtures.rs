//! `POST /_mocknito/import`: takes a fixture, or a file of another kind that becomes one, into the
//! running server: all of it or nothing.
//!
//! The body leads to no file of this machine, and no handler file that it names is run: who reaches
//! the port must not choose what the server executes (docs/decisions/0126). Not here: CSV files of
//! import jobs (`import.rs`).

use std::collections::BTreeMap;

use axum::Json;
use axum::body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use clap::ValueEnum;
use serde_json::{Value, json};

use super::loading::{self, LeftLoad};
use super::refusal::Refusal;
use crate::config::FixturesMode;
use crate::error::Error;
use crate::fixtures::{FixtureSource, Fixtures, ImportSettings};
use crate::http::state::ServerState;
use crate::threads;

/// The largest body: a hundred thousand users have about 30 MB.
const LARGEST: usize = 256 << 20;

/// `POST /_mocknito/import[?name=FILE][&mode=…][&password=…][&parameter.NAME=VALUE]`, the file its
/// body.
pub async fn import(
    State(server): State<ServerState>,
    query: Result<Query<BTreeMap<String, String>>, QueryRejection>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let Query(mut query) = query?;
    let name = query
        .remove("name")
        .unwrap_or_else(|| "the body".to_owned());
    let mode = match query.remove("mode") {
        None => FixturesMode::Keep,
        Some(text) => FixturesMode::from_str(&text, false)
            .map_err(|_| Refusal::invalid("mode may be keep, update or replace"))?,
    };
    let mut settings = ImportSettings {
        region: server.app.settings.region.clone(),
        account: server.app.settings.account_id.clone(),
        parameters: BTreeMap::new(),
        password: query.remove("password"),
        code_folder: None,
    };
    for (key, value) in query {
        let Some(parameter) = key.strip_prefix("parameter.") else {
            let why =
                format!("unknown parameter {key}; known: name, mode, password, parameter.NAME");
            return Err(Refusal::invalid(&why));
        };
        settings.parameters.insert(parameter.to_owned(), value);
    }
    let body = body::to_bytes(request.into_body(), LARGEST).await;
    let body = body.map_err(|_| Refusal {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        error: "too_large",
        message: "A file may have up to 256 MB, and must arrive as a whole.".to_owned(),
    })?;
    let text = FixtureSource::decoded(body.to_vec());
    let text = text.map_err(|why| Refusal::invalid(&format!("The body {why}.")))?;
    // Reading and checking 100,000 users takes a second.
    let read = threads::unwaited(move || Fixtures::of(false, sources(name, text), &settings));
    let panicked = || Error::Internal(anyhow::anyhow!("the fixture could not be read"));
    let fixtures = read.await.ok_or_else(panicked)??;
    let alone = server.resetting.clone().lock_owned().await;
    let how = (mode, LeftLoad::GivesUp);
    let loaded = loading::load(&server, alone, fixtures.clone(), how).await?;
    let mut notes: Vec<String> = fixtures.notes().map(str::to_owned).collect();
    notes.extend(loaded.notes.iter().cloned());
    notes.extend(fixtures.functions().iter().map(|rule| {
        let function = rule.key();
        format!(
            "the function {function} is not run: a running server takes no code; --trigger \
             {function}=… does"
        )
    }));
    notes.extend(fixtures.apis().iter().map(|api| {
        let name = &api.name;
        format!("the API {name} is not served: a server's APIs are those of its --fixtures")
    }));
    let pools: Vec<Value> = loaded
        .pools
        .iter()
        .map(|pool| {
            let clients = pool.clients.iter();
            let clients = clients.map(|client| json!({ "id": client.id, "name": client.name }));
            json!({ "id": pool.id, "name": pool.name, "clients": clients.collect::<Vec<_>>() })
        })
        .collect();
    let identity_pools = loaded.identity_pools.iter();
    let identity_pools = identity_pools.map(|pool| json!({ "id": pool.id, "name": pool.name }));
    let outputs = fixtures.outputs();
    let outputs = outputs
        .map(|output| json!({ "stack": output.stack, "name": output.name, "value": output.value }));
    Ok(Json(json!({
        "status": "ok",
        "user_pools": pools,
        "identity_pools": identity_pools.collect::<Vec<_>>(),
        "outputs": outputs.collect::<Vec<_>>(),
        "notes": notes,
    })))
}

/// The body is one file, or `{"files": [{"name": …, "text": …}]}` for several that belong
/// together.
fn sources(name: String, text: String) -> Vec<FixtureSource> {
    let files = serde_json::from_str::<Value>(&text).ok();
    let files = files.as_ref().and_then(|body| body["files"].as_array());
    let Some(files) = files else {
        return vec![FixtureSource::Sent { name, text }];
    };
    let member = |file: &Value, key: &str| file[key].as_str().unwrap_or_default().to_owned();
    let sources = files.iter().map(|file| FixtureSource::Sent {
        name: member(file, "name"),
        text: member(file, "text"),
    });
    sources.collect()
}
