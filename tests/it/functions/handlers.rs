//! Handler files in real workers: Lambda's conventions, and what becomes of code that fails, hangs,
//! dies, changes or calls itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use mocknito::triggers::{Failure, Functions, Setup, TargetRule};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{ARN, hook_at, hurried_hook_at, invoke, invoke_as, raised, serve};

/// A folder of a test's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mocknito-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a file; gives its path.
    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _the_system_cleans_up_too = std::fs::remove_dir_all(&self.0);
    }
}

fn lives(pid: &Value) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

const NODE: &str = r#"
export const handler = async (event, context) => {
  console.log("printed\n{\"result\":1}");
  event.response = { node: process.version, name: context.functionName,
    arn: context.invokedFunctionArn, id: context.awsRequestId,
    left: context.getRemainingTimeInMillis(), globals: [typeof fs, typeof require, typeof crypto] };
  return event;
};
export const rejects = async () => { throw new Error("no async entry"); };
export const throws = () => { throw new TypeError("no entry"); };
export const throwsText = () => { throw "only text"; };
export const calls = (event, context, callback) => {
  setTimeout(() => callback(null, { ...event, called: true }), 5);
};
export const callsWithError = (event, context, callback) => callback("refused");
export const callsEarly = (event, context, callback) => {
  setTimeout(() => (event.late = true), 20);
  callback(null, event);
};
export const callsAtOnce = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  setTimeout(() => (event.late = true), 60_000).unref();
  setInterval(() => {}, 60_000);
  callback(null, { at: "once" });
};
export const succeeds = (event, context) => context.succeed({ done: event.userName });
export const fails = (event, context) => context.fail(new Error("failed"));
export const says = { nothing: () => {} };
export const never = () => new Promise(() => {});
export const circular = async (event) => { event.event = event; return event; };
export const long = async () => "x".repeat(7_000_000);
export const exits = () => process.exit(3);
export const crashes = (event, context, callback) => {
  setTimeout(() => { throw new Error("too late"); }, 1);
  setTimeout(callback, 60_000);
};
export const forgets = async () => {
  Promise.reject(new Error("nobody listens"));
  await new Promise((done) => setTimeout(done, 60_000));
};
"#;

const PYTHON: &str = r#"
import os, sys
def lambda_handler(event, context):
    print('printed\n{"result": 1}')
    os.system("echo from a child")
    event["response"] = {"name": context.function_name,
        "arn": context.invoked_function_arn, "id": context.aws_request_id,
        "left": context.get_remaining_time_in_millis(), "stdin": sys.stdin.read()}
    return event
def raises(event, context):
    raise ValueError("no entry")
def says_nothing(event, context):
    pass
def strange(event, context):
    return {1, 2}
def long(event, context):
    return "x" * 7_000_000
def exits(event, context):
    sys.exit(3)
def umlauts(event, context):
    return {"text": event["request"]["text"] + " ✓"}
"#;

async fn ask(file: &str, export: &str) -> Result<Value, Failure> {
    invoke(&hook_at(&format!("{file}#{export}")), json!({})).await
}

#[tokio::test]
async fn node_handlers_keep_to_lambdas_conventions() {
    let folder = Folder::new("node");
    let file = folder.write("all.mjs", NODE);
    let answer = invoke(&hook_at(&file), json!({})).await.unwrap();
    let response = &answer["response"];
    assert_eq!(response["name"], "hook");
    assert_eq!(response["arn"], ARN);
    assert_eq!(response["id"], "8b1f7b1e-0000-4000-8000-000000000001");
    assert!(
        (1..=5_000).contains(&response["left"].as_u64().unwrap()),
        "{answer}"
    );
    assert_eq!(
        response["globals"],
        json!(["undefined", "undefined", "object"])
    );

    assert_eq!(ask(&file, "calls").await.unwrap()["called"], true);
    assert_eq!(ask(&file, "callsEarly").await.unwrap()["late"], true);
    assert_eq!(
        ask(&file, "callsAtOnce").await.unwrap(),
        json!({ "at": "once" })
    );
    assert_eq!(
        ask(&file, "succeeds").await.unwrap(),
        json!({ "done": "alice" })
    );
    assert_eq!(ask(&file, "says.nothing").await.unwrap(), Value::Null);
    assert_eq!(ask(&file, "never").await.unwrap(), Value::Null);
    for (export, message) in [
        ("rejects", "no async entry"),
        ("throws", "no entry"),
        ("throwsText", "only text"),
        ("callsWithError", "refused"),
        ("fails", "failed"),
        (
            "long",
            "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        ),
        ("crashes", "too late"),
        ("forgets", "Error: nobody listens"),
        (
            "exits",
            "RequestId: 8b1f7b1e-0000-4000-8000-000000000001 Error: Runtime exited with error: exit status 3",
        ),
    ] {
        assert_eq!(
            ask(&file, export).await.unwrap_err(),
            raised(message),
            "{export}"
        );
    }
    for (export, beginning) in [
        ("circular", "Unable to stringify response body as json: "),
        ("nowhere", &format!("{file} exports no function nowhere")),
    ] {
        match ask(&file, export).await.unwrap_err() {
            Failure::Raised { message } => assert!(message.starts_with(beginning), "{message}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn common_js_is_run_too_and_so_is_what_it_requires() {
    let folder = Folder::new("cjs");
    folder.write("neighbour.cjs", "module.exports.word = 'required';");
    for name in ["a.cjs", "b.js"] {
        let text = "const { word } = require('./neighbour.cjs'); exports.handler = async (event) => ({ word });";
        let file = folder.write(name, text);
        let answer = invoke(&hook_at(&file), json!({})).await.unwrap();
        assert_eq!(answer, json!({ "word": "required" }));
    }
}

#[tokio::test]
async fn python_handlers_keep_to_lambdas_conventions() {
    let folder = Folder::new("python");
    let file = folder.write("all-of-it.py", PYTHON);
    let answer = invoke(&hook_at(&file), json!({})).await.unwrap();
    let response = &answer["response"];
    assert_eq!(response["name"], "hook");
    assert_eq!(response["arn"], ARN);
    assert_eq!(response["id"], "8b1f7b1e-0000-4000-8000-000000000001");
    assert_eq!(response["stdin"], "");
    assert!(
        (1..=5_000).contains(&response["left"].as_u64().unwrap()),
        "{answer}"
    );

    assert_eq!(ask(&file, "says_nothing").await.unwrap(), Value::Null);
    let functions = hook_at(&format!("{file}#umlauts"));
    let answer = invoke(&functions, json!({ "text": "größer 👍" }))
        .await
        .unwrap();
    assert_eq!(answer, json!({ "text": "größer 👍 ✓" }));
    for (export, message) in [
        ("raises", "no entry"),
        (
            "strange",
            "Unable to marshal response: Object of type set is not JSON serializable",
        ),
        (
            "long",
            "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        ),
        (
            "exits",
            "RequestId: 8b1f7b1e-0000-4000-8000-000000000001 Error: Runtime exited with error: exit status 3",
        ),
    ] {
        assert_eq!(
            ask(&file, export).await.unwrap_err(),
            raised(message),
            "{export}"
        );
    }
}

/// Answers with its process id; on request it hangs, busily or idly, or ends, having said who it
/// is.
const MOODY_NODE: &str = r#"
import { writeFileSync } from "node:fs";
export const handler = async ({ request }) => {
  if (request.note) writeFileSync(request.note, String(process.pid));
  if (request.mood === "busy") for (;;);
  if (request.mood === "idle") await new Promise((done) => setTimeout(done, 3_600_000));
  if (request.mood === "exit") process.exit(0);
  return { pid: process.pid };
};
"#;

const MOODY_PYTHON: &str = r#"
import os, time
def handler(event, context):
    request = event["request"]
    if "note" in request:
        with open(request["note"], "w") as note:
            note.write(str(os.getpid()))
    mood = request.get("mood")
    while mood == "busy":
        pass
    if mood == "idle":
        time.sleep(3600)
    if mood == "exit":
        os._exit(0)
    return {"pid": os.getpid()}
"#;

#[tokio::test]
async fn a_worker_that_hangs_or_dies_is_replaced_and_none_is_left_behind() {
    let folder = Folder::new("moody");
    let files = [
        folder.write("moody.mjs", MOODY_NODE),
        folder.write("moody.py", MOODY_PYTHON),
    ];
    for file in files {
        let functions = hurried_hook_at(&file, Duration::from_secs(1));
        let first = invoke(&functions, json!({})).await.unwrap()["pid"].clone();
        assert!(lives(&first));
        let again = invoke(&functions, json!({})).await.unwrap()["pid"].clone();
        assert_eq!(first, again, "one warm worker serves all");

        for mood in ["busy", "idle"] {
            let note = folder.0.join("note");
            let hanging = json!({ "mood": mood, "note": note });
            // Others are served meanwhile. As a sender, since those are not tried again.
            let (hung, served) = tokio::join!(
                invoke_as(&functions, "CustomEmailSender", hanging),
                invoke(&functions, json!({}))
            );
            assert_eq!(hung.unwrap_err(), Failure::TimedOut, "{file} {mood}");
            assert!(served.is_ok());
            let pid: Value = std::fs::read_to_string(note)
                .unwrap()
                .parse::<u32>()
                .unwrap()
                .into();
            assert!(!lives(&pid), "{file} {mood}");
        }

        let failure = invoke(&functions, json!({ "mood": "exit" }))
            .await
            .unwrap_err();
        let message = "RequestId: 8b1f7b1e-0000-4000-8000-000000000001 Error: Runtime exited without providing a reason";
        assert_eq!(failure, raised(message));
        let last = invoke(&functions, json!({})).await.unwrap()["pid"].clone();
        assert!(lives(&last));
        drop(functions);
        assert!(!lives(&last), "{file}");
    }
}

#[tokio::test]
async fn more_sleeping_calls_than_workers_end_in_time() {
    let folder = Folder::new("crowd");
    let file = folder.write("moody.py", MOODY_PYTHON);
    let functions = Arc::new(hurried_hook_at(&file, Duration::from_secs(1)));
    let began = Instant::now();
    let mut calls = JoinSet::new();
    for _ in 0..20 {
        let functions = functions.clone();
        calls.spawn(async move {
            invoke_as(&functions, "CustomEmailSender", json!({ "mood": "idle" })).await
        });
    }
    for outcome in calls.join_all().await {
        assert_eq!(outcome.unwrap_err(), Failure::TimedOut);
    }
    // Three attempts' time, whatever waiting and starting Python take.
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_any_more_ends_its_worker() {
    let folder = Folder::new("given-up");
    let file = folder.write("moody.mjs", MOODY_NODE);
    let functions = hook_at(&file);
    let note = folder.0.join("note");
    let call = invoke(&functions, json!({ "mood": "idle", "note": note }));
    let noted = async {
        let mut turns = tokio::time::interval(Duration::from_millis(10));
        loop {
            turns.tick().await;
            if let Ok(text) = std::fs::read_to_string(&note)
                && let Ok(pid) = text.parse::<u32>()
            {
                return Value::from(pid);
            }
        }
    };
    let pid = tokio::select! {
        pid = noted => pid,
        answer = call => panic!("{answer:?}"),
    };
    assert!(!lives(&pid));
}

#[tokio::test]
async fn code_that_changes_is_loaded_again_and_so_is_what_it_imports() {
    let folder = Folder::new("changing");
    folder.write("word.mjs", "export const word = 'one';");
    folder.write("word.py", "word = 'one'");
    let files = [
        folder.write(
            "hook.mjs",
            "import { word } from './word.mjs'; export const handler = async () => ({ word });",
        ),
        folder.write(
            "hook.py",
            "from word import word\ndef handler(event, context):\n    return {'word': word}\n",
        ),
    ];
    let functions = files.each_ref().map(|file| hook_at(file));
    let words = async || {
        let mut words = Vec::new();
        for functions in &functions {
            words.push(
                invoke(functions, json!({}))
                    .await
                    .map(|answer| answer["word"].clone()),
            );
        }
        words
    };
    assert_eq!(words().await, [Ok(json!("one")), Ok(json!("one"))]);
    folder.write("word.mjs", "export const word = 'three';");
    folder.write("word.py", "word = 'three'");
    assert_eq!(words().await, [Ok(json!("three")), Ok(json!("three"))]);
    // A mistake is the function's failure, and mended as it was made.
    folder.write("word.mjs", "export const word = ;");
    folder.write("word.py", "word = = 3");
    assert!(
        words()
            .await
            .iter()
            .all(|word| matches!(word, Err(Failure::Raised { .. })))
    );
    folder.write("word.mjs", "export const word = 'mended';");
    folder.write("word.py", "word = 'mended'");
    assert_eq!(words().await, [Ok(json!("mended")), Ok(json!("mended"))]);
}

/// Asks for itself, as a function does whose work makes its own pool call it again.
const NESTING_NODE: &str = r#"
export const handler = async ({ request: { url, depth } }) => {
  if (!depth) return { depth };
  const body = JSON.stringify({ url, depth: depth - 1 });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", body, headers });
  return { depth, within: await answer.json() };
};
"#;

const NESTING_PYTHON: &str = r#"
import json, urllib.request
def handler(event, context):
    url, depth = event["request"]["url"], event["request"]["depth"]
    if not depth:
        return {"depth": 0}
    body = json.dumps({"url": url, "depth": depth - 1}).encode()
    asked = urllib.request.Request(url, body, {"content-type": "application/json"})
    return {"depth": depth, "within": json.load(urllib.request.urlopen(asked))}
"#;

#[tokio::test]
async fn a_function_may_be_called_by_its_own_doing() {
    let folder = Folder::new("nesting");
    let files = [
        folder.write("nesting.mjs", NESTING_NODE),
        folder.write("nesting.py", NESTING_PYTHON),
    ];
    for file in files {
        let functions = Arc::new(hook_at(&file));
        let again = async |State(functions): State<Arc<Functions>>, Json(request): Json<Value>| {
            Json(invoke(&functions, request).await.unwrap())
        };
        let router = Router::new()
            .route("/", post(again))
            .with_state(functions.clone());
        let (url, _) = serve(router).await;
        let answer = invoke(&functions, json!({ "url": url, "depth": 3 }))
            .await
            .unwrap();
        assert_eq!(
            answer.pointer("/within/within/within/depth"),
            Some(&json!(0)),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_run_is_said_at_the_start() {
    let folder = Folder::new("start");
    let refusal = |target: &str| {
        let rule = TargetRule::parse("hook", target, &folder.0).unwrap();
        let setup = Setup {
            rules: vec![rule],
            ..Setup::default()
        };
        Functions::new(setup).unwrap_err().to_string()
    };
    let missing = refusal("./missing.mjs");
    assert!(missing.ends_with("missing.mjs is not there"), "{missing}");
    folder.write("folder.py", "");
    let types = folder.write(
        "typed.ts",
        "export const handler = async (event: object) => event;",
    );
    let rule = TargetRule::parse("hook", &types, Path::new("")).unwrap();
    let setup = Setup {
        rules: vec![rule],
        ..Setup::default()
    };
    match Functions::new(setup) {
        // Where node strips types, they are as good as any.
        Ok(functions) => assert_eq!(
            invoke(&functions, json!({})).await.unwrap()["userName"],
            "alice"
        ),
        Err(why) => assert!(why.to_string().contains("strips types"), "{why}"),
    }
}
