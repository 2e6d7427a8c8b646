//! Work on a thread of its own, for which the end of the process does not wait.
//!
//! The runtime waits for what runs on its own threads before the process ends, and neither a read
//! of standard input nor the parsing of a long file can be broken off. Not here: work that must be
//! finished (`tokio::task::spawn_blocking`).

use tokio::sync::oneshot;

/// What `work` returns, unless it panics.
pub async fn unwaited<T, W>(work: W) -> Option<T>
where
    T: Send + 'static,
    W: FnOnce() -> T + Send + 'static,
{
    let (done, told) = oneshot::channel();
    std::thread::spawn(move || {
        let _nobody_waits = done.send(work());
    });
    told.await.ok()
}
