//! Functions behind HTTP: the Invoke API and URLs, and what becomes of answers that are late, long,
//! foreign or none.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use mocknito::triggers::{Failure, Functions, Setup};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{ARN, hook_at, hurried_hook_at, invoke, invoke_as, not_reachable, raised, serve};

fn lambda(endpoint: String) -> Functions {
    Functions::new(Setup {
        lambda_endpoint: Some(endpoint),
        ..Setup::default()
    })
    .unwrap()
}

/// An emulator that knows one function, by this name.
fn emulator(known: &'static str, answer: fn(Value) -> Response) -> Router {
    let invoked = move |name: Path<String>, headers: HeaderMap, event: Json<Value>| async move {
        assert_eq!(headers["x-amz-invocation-type"], "RequestResponse");
        let scope = headers["authorization"].to_str().unwrap();
        assert!(scope.contains("/eu-west-1/lambda/aws4_request"), "{scope}");
        if name.0 == known {
            return answer(event.0);
        }
        let headers = [("x-amzn-errortype", "ResourceNotFoundException")];
        let body = json!({ "Type": "User", "Message": format!("Function not found: {}", name.0) });
        (StatusCode::NOT_FOUND, headers, Json(body)).into_response()
    };
    Router::new().route("/2015-03-31/functions/{name}/invocations", post(invoked))
}

#[tokio::test]
async fn the_invoke_api_is_asked_by_name_and_then_by_arn() {
    let echo = |mut event: Value| {
        event["response"]["autoConfirmUser"] = json!(true);
        Json(event).into_response()
    };
    for known in ["hook", ARN] {
        let (url, _) = serve(emulator(known, echo)).await;
        let answer = invoke(&lambda(url), json!({})).await.unwrap();
        assert_eq!(answer["response"]["autoConfirmUser"], true, "{known}");
        assert_eq!(answer["userName"], "alice");
    }
    let (url, _) = serve(emulator("another", echo)).await;
    let failure = invoke(&lambda(url), json!({})).await.unwrap_err();
    assert_eq!(failure, not_reachable("ResourceNotFoundException"));
}

#[tokio::test]
async fn a_qualifier_is_passed_on() {
    type Queried = Query<Vec<(String, String)>>;
    let invoked = |Path(name): Path<String>, Query(query): Queried| async move {
        Json(json!({ "name": name, "query": query }))
    };
    let router = Router::new().route("/2015-03-31/functions/{name}/invocations", post(invoked));
    let (url, _) = serve(router).await;
    let functions = lambda(url);
    let arn = format!("{ARN}:live");
    let event = json!({});
    let call = mocknito::triggers::Call {
        invoker: mocknito::triggers::Invoker::Pool {
            pool_id: "",
            trigger: "PreSignUp",
        },
        function: &arn,
        version: "1",
        request_id: "1",
        now: mocknito::clock::Timestamp(0),
        event: &event,
    };
    let answer = functions.invoke(call).await.unwrap();
    assert_eq!(
        answer,
        json!({ "name": "hook", "query": [["Qualifier", "live"]] })
    );
}

#[tokio::test]
async fn a_functions_own_failure_is_its_message() {
    let fail = |_| {
        let headers = [("x-amz-function-error", "Unhandled")];
        let body = json!({ "errorMessage": "no entry", "errorType": "Error", "trace": [] });
        (headers, Json(body)).into_response()
    };
    let (url, _) = serve(emulator("hook", fail)).await;
    let failure = invoke(&lambda(url), json!({})).await.unwrap_err();
    assert_eq!(failure, raised("no entry"));
}

#[tokio::test]
async fn a_url_answers_with_the_event_and_connections_are_kept() {
    let (url, connections) =
        serve(Router::new().route("/hook", post(async |body: String| body))).await;
    let functions = hook_at(&format!("{url}/hook"));
    for n in 0..20 {
        let answer = invoke(&functions, json!({ "n": n })).await.unwrap();
        assert_eq!(answer["request"]["n"], n);
    }
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_is_no_answer_is_told_apart() {
    let answers: Vec<(Response, Failure)> = vec![
        ("<html>busy</html>".into_response(), Failure::NotJson),
        ("".into_response(), Failure::NotJson),
        (
            StatusCode::BAD_GATEWAY.into_response(),
            not_reachable("ServiceException"),
        ),
        (
            (
                StatusCode::BAD_REQUEST,
                Json(json!({ "errorMessage": "nobody" })),
            )
                .into_response(),
            raised("nobody"),
        ),
        // Where an event goes is the operator's to say.
        (
            (StatusCode::FOUND, [("location", "http://127.0.0.1:1/")]).into_response(),
            not_reachable("ServiceException"),
        ),
        (
            Body::from(vec![b' '; 50 << 20]).into_response(),
            raised("Response payload size exceeded maximum allowed payload size (6291556 bytes)."),
        ),
    ];
    for (answer, failure) in answers {
        let answer = Arc::new(std::sync::Mutex::new(Some(answer)));
        let once = move || {
            let answer = answer.lock().unwrap().take();
            async move { answer.unwrap_or_else(|| StatusCode::GONE.into_response()) }
        };
        let (url, _) = serve(Router::new().route("/", post(once))).await;
        assert_eq!(
            invoke(&hook_at(&url), json!({})).await.unwrap_err(),
            failure
        );
    }
}

#[tokio::test]
async fn a_throttled_function_is_called_again_and_one_that_fails_is_not() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let throttle = move |event: Json<Value>| {
        let n = counted.fetch_add(1, Ordering::Relaxed);
        async move {
            match n {
                0 | 1 => StatusCode::TOO_MANY_REQUESTS.into_response(),
                2 => event.into_response(),
                _ => (StatusCode::INTERNAL_SERVER_ERROR, "boom").into_response(),
            }
        }
    };
    let (url, _) = serve(Router::new().route("/", post(throttle))).await;
    let functions = hook_at(&url);
    assert!(invoke(&functions, json!({})).await.is_ok());
    assert_eq!(calls.load(Ordering::Relaxed), 3);
    let failure = invoke(&functions, json!({})).await.unwrap_err();
    assert_eq!(failure, not_reachable("ServiceException"));
    assert_eq!(calls.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn a_function_that_hangs_is_called_three_times_and_a_sender_once() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let hang = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        std::future::pending::<()>()
    };
    let (url, _) = serve(Router::new().route("/", post(hang))).await;
    let functions = hurried_hook_at(&url, Duration::from_millis(200));
    assert_eq!(
        invoke(&functions, json!({})).await.unwrap_err(),
        Failure::TimedOut
    );
    assert_eq!(calls.load(Ordering::Relaxed), 3);
    let sent = invoke_as(&functions, "CustomEmailSender", json!({})).await;
    assert_eq!(sent.unwrap_err(), Failure::TimedOut);
    assert_eq!(calls.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn who_hangs_up_or_is_not_there_is_not_reachable() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let rude = tokio::spawn(async move {
        for answer in [
            "",
            "220 smtp.example.com\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{",
        ] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _read = stream.read(&mut [0; 1_024]).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let functions = hook_at(&url);
    // Three attempts, three kinds of rudeness.
    let failure = invoke(&functions, json!({})).await.unwrap_err();
    assert_eq!(failure, not_reachable("ServiceException"));
    rude.await.unwrap();
    // Nobody listens there any more.
    let failure = invoke(&functions, json!({})).await.unwrap_err();
    assert_eq!(failure, not_reachable("ServiceException"));
}

#[tokio::test]
async fn a_function_that_nobody_has_placed_is_said_to_be_so() {
    let failure = invoke(&Functions::default(), json!({})).await.unwrap_err();
    assert_eq!(failure, Failure::NotMapped);
}
