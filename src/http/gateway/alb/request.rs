//! What signing in at a load balancer looks at of a request.

use crate::domain::apis::Api;
use crate::http::gateway::arrived::ApiRequest;
use crate::http::request_head::RequestHead;

/// A request to a load balancer, as far as signing in goes.
pub struct AlbRequest<'a> {
    pub api: &'a Api,
    /// What stands before the API's own paths: nothing at a host of its own.
    pub base: &'a str,
    pub head: RequestHead,
    /// The API's own path and query.
    pub path_and_query: String,
}

impl<'a> AlbRequest<'a> {
    pub fn of(request: &'a ApiRequest<'_>) -> Self {
        let mut path_and_query = request.address.path.clone();
        if let Some(query) = request.parts.uri.query() {
            path_and_query.push('?');
            path_and_query.push_str(query);
        }
        Self {
            api: request.api,
            base: &request.address.base,
            head: RequestHead::new(request.headers().clone(), request.by_tls),
            path_and_query,
        }
    }
}
