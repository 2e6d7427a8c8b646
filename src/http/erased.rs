//! Handlers and middleware as the routes have them: all of one type.
//!
//! axum makes its machinery anew for each type of handler and of middleware, and there are more
//! than a hundred of them: a fifth of the time in which this crate was compiled. Here each is
//! called through a pointer, so that the machinery is there once (docs/decisions/0146).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::middleware::{FromFnLayer, Next, from_fn_with_state};
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

/// Whatever middleware.
type Middleware = Arc<dyn Fn(Request, Next) -> BoxFuture<'static, Response> + Send + Sync>;
type Through = fn(State<Middleware>, Request, Next) -> BoxFuture<'static, Response>;

/// Middleware as a router takes it.
pub type ErasedLayer = FromFnLayer<Through, Middleware, (State<Middleware>, Request)>;

/// Hides which middleware this is.
pub fn around<F: Future<Output = Response> + Send + 'static>(
    middleware: impl Fn(Request, Next) -> F + Send + Sync + 'static,
) -> ErasedLayer {
    let middleware: Middleware = Arc::new(move |request, next| boxed(middleware(request, next)));
    let through: Through = |State(middleware), request, next| middleware(request, next);
    from_fn_with_state(middleware, through)
}

/// The same of one that is told something.
pub fn around_with<S, F>(
    state: S,
    middleware: impl Fn(State<S>, Request, Next) -> F + Send + Sync + 'static,
) -> ErasedLayer
where
    S: Clone + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    around(move |request, next| middleware(State(state.clone()), request, next))
}
