//! A future whose kind only its maker knows.
//!
//! The compiler proves that an `async fn` is `Send` by looking into everything that it calls, and
//! it does so again wherever the future is handled: a handler's is handled a dozen times between
//! the router and the connection. Behind a box it has to look once. So what leads deep into the
//! server is boxed where a door calls it (docs/decisions/0146).

use std::pin::Pin;

use tokio::task::JoinHandle;

/// A future of whatever kind.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Hides what kind of future this is.
pub fn boxed<'a, T>(future: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
    Box::pin(future)
}

/// As `tokio::spawn`, which the compiler would write out anew for each kind of future.
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(boxed(future))
}
