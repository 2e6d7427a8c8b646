//! How functions are reached: endpoints in this process, and real workers of `node` and `python3`.
//! What is called when is tested elsewhere.

mod endpoints;
mod handlers;
mod journal;
mod kms;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use mocknito::clock::Timestamp;
use mocknito::triggers::{Call, Failure, Functions, Invoker, Setup, TargetRule};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:hook";

/// An HTTP server for one test: its URL, and how many connections it has taken.
pub async fn serve(router: Router) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = taken.clone();
    let listener = listener.tap_io(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, taken)
}

/// Functions of which `hook` is at this target.
pub fn hook_at(target: &str) -> Functions {
    let rule = TargetRule::parse("hook", target, Path::new("")).unwrap();
    Functions::new(Setup {
        rules: vec![rule],
        ..Setup::default()
    })
    .unwrap()
}

/// As [`hook_at`], for functions that are given little time.
pub fn hurried_hook_at(target: &str, time_limit: Duration) -> Functions {
    let rule = TargetRule::parse("hook", target, Path::new("")).unwrap();
    Functions::new(Setup {
        rules: vec![rule],
        time_limit,
        ..Setup::default()
    })
    .unwrap()
}

/// An event of the usual form with this request.
pub fn event(request: Value) -> Value {
    json!({ "version": "1", "triggerSource": "PreSignUp_SignUp", "userName": "alice", "request": request, "response": {} })
}

/// Calls `hook`.
pub async fn invoke(functions: &Functions, request: Value) -> Result<Value, Failure> {
    invoke_as(functions, "PreSignUp", request).await
}

/// Calls `hook` for this trigger.
pub async fn invoke_as(
    functions: &Functions,
    trigger: &'static str,
    request: Value,
) -> Result<Value, Failure> {
    let call = Call {
        invoker: Invoker::Pool {
            pool_id: "eu-west-1_Pool00001",
            trigger,
        },
        function: ARN,
        version: "1",
        request_id: "8b1f7b1e-0000-4000-8000-000000000001",
        now: Timestamp::from_seconds(1_767_225_600),
        event: &event(request),
    };
    functions.invoke(call).await
}

pub fn raised(message: &str) -> Failure {
    Failure::Raised {
        message: message.to_owned(),
    }
}

pub fn not_reachable(why: &str) -> Failure {
    Failure::NotReachable {
        why: why.to_owned(),
    }
}
