//! Handlers as the routes have them: all of one type.
//!
//! axum makes its machinery anew for each type of handler, and there are more than a hundred of
//! them: a fifth of the time in which this crate was compiled. Here each handler is called through
//! a pointer, so that the machinery is there once (docs/decisions/0146).

use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use axum::routing::{self, MethodRouter};

use super::state::ServerState;
use crate::boxed::{BoxFuture, boxed};

/// Whatever handler.
#[derive(Clone)]
pub struct ErasedHandler(
    Arc<dyn Fn(Request, ServerState) -> BoxFuture<'static, Response> + Send + Sync>,
);

impl Handler<(), ServerState> for ErasedHandler {
    type Future = BoxFuture<'static, Response>;

    fn call(self, request: Request, state: ServerState) -> Self::Future {
        (self.0)(request, state)
    }
}

/// Hides which handler this is.
pub fn erased<Parts: 'static>(handler: impl Handler<Parts, ServerState>) -> ErasedHandler {
    ErasedHandler(Arc::new(move |request, state| {
        boxed(handler.clone().call(request, state))
    }))
}

/// `GET`, and `HEAD` with it.
pub fn get<Parts: 'static>(handler: impl Handler<Parts, ServerState>) -> MethodRouter<ServerState> {
    routing::get(erased(handler))
}

/// `POST`
pub fn post<Parts: 'static>(
    handler: impl Handler<Parts, ServerState>,
) -> MethodRouter<ServerState> {
    routing::post(erased(handler))
}

/// `PUT`
pub fn put<Parts: 'static>(handler: impl Handler<Parts, ServerState>) -> MethodRouter<ServerState> {
    routing::put(erased(handler))
}

/// `DELETE`
pub fn delete<Parts: 'static>(
    handler: impl Handler<Parts, ServerState>,
) -> MethodRouter<ServerState> {
    routing::delete(erased(handler))
}

/// Whatever method.
pub fn any<Parts: 'static>(handler: impl Handler<Parts, ServerState>) -> MethodRouter<ServerState> {
    routing::any(erased(handler))
}
