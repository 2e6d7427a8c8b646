//! The APIs that are there, and who is at a host name.

use std::sync::Arc;

use serde_json::{Value, json};

use super::proxy::ProxyClient;
use crate::app::App;
use crate::domain::apis::{Api, ApiTarget};

/// Behind an API's name in its host.
const LABEL: &str = ".execute-api.";

/// Where the APIs are that a path names.
pub const PATH: &str = "/_mocknito/apis/";

/// All APIs, and the way to their targets.
pub struct Gateway {
    apis: Vec<Arc<Api>>,
    /// What stands behind an API's name: `.execute-api.localhost`, and the same below the host of
    /// the public URL.
    suffixes: Vec<String>,
    pub client: ProxyClient,
}

/// Who is at a host name.
pub enum HostOwner {
    Api(Arc<Api>),
    /// It has the form of an API's host, but no API has it.
    Nobody,
    NoApi,
}

impl Gateway {
    pub fn new(app: &App, apis: &[Arc<Api>]) -> Self {
        let public = app.access.public_host();
        let is_name = public.parse::<std::net::IpAddr>().is_err() && !public.is_empty();
        let mut suffixes = vec![format!("{LABEL}localhost")];
        if is_name && public != "localhost" {
            suffixes.push(format!("{LABEL}{public}"));
        }
        Self {
            apis: apis.to_vec(),
            suffixes,
            client: ProxyClient::default(),
        }
    }

    pub fn count(&self) -> usize {
        self.apis.len()
    }

    pub fn named(&self, name: &str) -> Option<Arc<Api>> {
        self.apis.iter().find(|api| api.name == name).cloned()
    }

    /// Whose host this is. `name` has no port.
    pub fn at_host(&self, name: &str) -> HostOwner {
        if !name.contains(LABEL) {
            return HostOwner::NoApi;
        }
        let name = name.trim_end_matches('.');
        let ours = |suffix: &String| name.strip_suffix(suffix.as_str());
        match self.suffixes.iter().find_map(ours) {
            None => HostOwner::NoApi,
            Some(label) => self.named(label).map_or(HostOwner::Nobody, HostOwner::Api),
        }
    }

    /// What `GET /_mocknito/apis` says.
    pub fn list(&self, app: &App) -> Value {
        let base = app.address();
        let apis = self.apis.iter().map(|api| described(api, &base));
        json!({ "apis": apis.collect::<Vec<_>>() })
    }
}

fn described(api: &Api, base: &str) -> Value {
    let Api { name, .. } = api;
    let (scheme, host) = base.split_once("://").unwrap_or(("http", base));
    // An address can have no names below it.
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, format!(":{port}")),
        _ => (host, String::new()),
    };
    let is_address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let host = if is_address.is_ok() {
        "localhost"
    } else {
        host
    };
    let stage = api.stage_segment();
    let stage = stage.map_or(String::new(), |stage| format!("/{stage}"));
    let routes = api.routes.iter().map(|route| {
        json!({
            "route": route.key,
            "authorizer": route.authorizer,
            "authorization_scopes": route.scopes,
            "target": match &route.target {
                ApiTarget::Url(url) => url.as_str(),
                ApiTarget::Function(function) => function,
                ApiTarget::Mock(_) => "MOCK",
            },
        })
    });
    let authorizers = api.authorizers.iter().map(
        |authorizer| json!({ "name": authorizer.name, "type": authorizer.settings.type_name() }),
    );
    json!({
        "name": name,
        "type": api.kind.as_str(),
        "stage": (!api.stage.is_empty()).then_some(&api.stage),
        "url": format!("{scheme}://{name}{LABEL}{host}{port}{stage}"),
        "path_url": format!("{base}{PATH}{name}{stage}"),
        "authorizers": authorizers.collect::<Vec<_>>(),
        "routes": routes.collect::<Vec<_>>(),
    })
}
