//! What one operation costs the server, in CPU time, beside the physical limit measured in the same
//! run.
//!
//! `cargo bench` starts the release binary, sends it real requests over kept connections and reads
//! the CPU time of its process from `/proc` (Linux), so that the client's own work does not count
//! and a noisy neighbour matters little. The limit of a sign-in is its two RSA-2048 signatures by
//! the fastest library on the machine: aws-lc, which the server uses, and the system's OpenSSL are
//! both measured.
//!
//! `MOCKNITO_BENCH_USERS` (100000) is the size of the large directory; `cargo bench -- NAME` runs
//! the rows whose name contains NAME.

#[path = "../tests/it/support/srp.rs"]
mod srp;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use bytes::Bytes;
use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{U256, U3072, const_monty_params};
use mocknito::journal::{AnswerRecord, Journal, JournalEntry, Noted, Recording, RequestRecord};
use serde_json::{Value, json};

use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, HandshakeKind, RootCertStore, StreamOwned,
};

use srp::SrpClient;

const PASSWORD: &str = "Passw0rd!";
const CODE: &str = "123456";
const SMALL: usize = 100;
/// 2026-01-01T00:00:00Z: the server's clock stands there while SRP clients sign their answers.
const START: i64 = 1_767_225_600;

const_monty_params!(
    Group,
    U3072,
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    "The 3072-bit group of RFC 3526 §4 (also RFC 5054), generator 2."
);

type Element = ConstMontyForm<Group, { U3072::LIMBS }>;

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let large: usize = std::env::var("MOCKNITO_BENCH_USERS")
        .ok()
        .and_then(|users| users.parse().ok())
        .unwrap_or(100_000);
    let folder = std::env::temp_dir().join(format!("mocknito-bench-{}", std::process::id()));
    let signature = limits();

    let server = Server::start(&folder, true);
    println!("idle: {} MB resident", server.resident_mb());
    let mut http = server.connect();
    let bench = Bench {
        wanted,
        server: &server,
    };

    let pool =
        http.call("CreateUserPool", &json!({ "PoolName": "bench" }))["UserPool"]["Id"].clone();
    let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    let client = json!({ "UserPoolId": pool, "ClientName": "bench", "ExplicitAuthFlows": flows });
    let client = http.call("CreateUserPoolClient", &client)["UserPoolClient"]["ClientId"].clone();
    fill(&server, &pool, 0, SMALL);
    let permanent = json!({ "UserPoolId": pool, "Username": "user-7", "Password": PASSWORD, "Permanent": true });
    http.call("AdminSetUserPassword", &permanent);
    let sign_in = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": client,
        "AuthParameters": { "USERNAME": "user-7", "PASSWORD": PASSWORD },
    });
    let tokens = http.call("InitiateAuth", &sign_in)["AuthenticationResult"].clone();
    let refresh = json!({
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "ClientId": client,
        "AuthParameters": { "REFRESH_TOKEN": tokens["RefreshToken"] },
    });
    let user = json!({ "UserPoolId": pool, "Username": "user-7" });
    let change = |n: usize| json!({ "UserPoolId": pool, "Username": "user-7", "UserAttributes": [{ "Name": "nickname", "Value": format!("nick {n}") }] });
    let find = json!({ "UserPoolId": pool, "Filter": "email = \"user-7@example.com\"" });
    let page = json!({ "UserPoolId": pool, "Limit": 60 });

    println!("\n{:<34} {:>10} {:>10}", "operation", "CPU ms", "target ms");
    let limit = 2.0 * signature;
    bench.row("two RSA-2048 signatures (limit)", limit, None);
    bench.run(
        "sign-in with a password",
        2_000,
        Some(1.25 * limit),
        |http, _| drop(http.call("InitiateAuth", &sign_in)),
    );
    journal(&bench, limit);
    bench.run("refresh", 2_000, Some(1.25 * limit), |http, _| {
        drop(http.call("InitiateAuth", &refresh))
    });
    let get_user = json!({ "AccessToken": tokens["AccessToken"] });
    bench.run("GetUser", 10_000, Some(0.10), |http, _| {
        drop(http.call("GetUser", &get_user))
    });
    bench.run("AdminGetUser", 20_000, Some(0.06), |http, _| {
        drop(http.call("AdminGetUser", &user))
    });
    bench.run(
        "AdminUpdateUserAttributes",
        10_000,
        Some(0.12),
        |http, n| drop(http.call("AdminUpdateUserAttributes", &change(n))),
    );
    let power = exponentiation();
    bench.row("g^x mod N, plain", power, None);
    let verifying = json!({ "PoolName": "sign-up", "AutoVerifiedAttributes": ["email"] });
    let pool_to_join = http.call("CreateUserPool", &verifying)["UserPool"]["Id"].clone();
    let join = json!({ "UserPoolId": pool_to_join, "ClientName": "bench" });
    let join = http.call("CreateUserPoolClient", &join)["UserPoolClient"]["ClientId"].clone();
    bench.run(
        "SignUp + ConfirmSignUp",
        2_000,
        Some(power + 0.4),
        |http, n| {
            let username = format!("new-{n}");
            let email =
                json!([{ "Name": "email", "Value": format!("{username}@example.com") }]);
            let sign_up = json!({ "ClientId": join, "Username": username, "Password": PASSWORD, "UserAttributes": email });
            http.call("SignUp", &sign_up);
            let confirm =
                json!({ "ClientId": join, "Username": username, "ConfirmationCode": CODE });
            http.call("ConfirmSignUp", &confirm);
        },
    );
    srp_sign_in(&bench, &mut http, &pool, power, signature);
    in_a_browser(&bench, &mut http, &pool, limit);
    handshakes(&bench, &mut http);
    let jwks = format!(
        "/{}/.well-known/jwks.json",
        pool.as_str().unwrap_or_default()
    );
    bench.run("JWKS", 50_000, Some(0.02), |http, _| drop(http.get(&jwks)));
    login_page(&bench, &mut http, &pool);
    for (users, title) in [(SMALL, "of 100"), (large, "of the large directory")] {
        if users == large {
            fill(&server, &pool, SMALL, large);
        }
        bench.run(
            &format!("ListUsers email = …, {title}"),
            5_000,
            None,
            |http, _| drop(http.call("ListUsers", &find)),
        );
        bench.run(
            &format!("ListUsers, a page of 60, {title}"),
            2_000,
            None,
            |http, _| drop(http.call("ListUsers", &page)),
        );
        bench.run(
            &format!("sign-in, {title}"),
            1_000,
            Some(1.25 * limit),
            |http, _| drop(http.call("InitiateAuth", &sign_in)),
        );
    }

    identities(
        &bench,
        &mut http,
        &pool,
        &tokens["IdToken"],
        (&client, large),
    );
    authorizers(&bench, &pool, &tokens);
    functions(&bench, &mut http);
    template(&bench);
    guarded_apis(&bench, &tokens);
    worlds(&bench.wanted, &folder.with_extension("worlds"));
    import(&server, &mut http, &pool_to_join, large);
    under_load(&server, &sign_in);
    beside_srp(&server, &mut http, &pool, &jwks);
    println!("\nunder load: {} MB resident", server.resident_mb());
    drop(http);
    drop(server);
    start_up(&folder);
    let binary = env!("CARGO_BIN_EXE_mocknito");
    let size = std::fs::metadata(binary).map_or(0, |file| file.len());
    println!("binary: {:.1} MB", size as f64 / 1e6);
    let _the_system_cleans_up_too = std::fs::remove_dir_all(&folder);
    for ending in ["mjs", "py", "yaml"] {
        let _the_system_cleans_up_too = std::fs::remove_file(folder.with_extension(ending));
    }
}

/// What a proxy waits for: the check of a gateway, of which one RSA verification is the limit.
fn authorizers(bench: &Bench<'_>, pool: &Value, tokens: &Value) {
    let limit = verification();
    bench.row("RSA-2048 verification (limit)", limit, None);
    let pool = pool.as_str().unwrap_or_default();
    let id = tokens["IdToken"].as_str().unwrap_or_default();
    for (name, settings, target) in [
        ("REST", "type=REST&ttl=0", limit + 0.1),
        ("REST, remembered", "type=REST", 0.1),
        ("HTTP", "type=HTTP", limit + 0.1),
        ("AppSync", "type=APPSYNC", limit + 0.1),
    ] {
        let request = format!(
            "GET /_mocknito/authorize?{settings}&user_pool_id={pool} HTTP/1.1\r\n\
             host: localhost\r\nauthorization: {id}\r\n\r\n"
        );
        let name = format!("check of a caller, {name}");
        bench.run(&name, 10_000, Some(target), |http, _| {
            let (status, body) = http.exchange(&request);
            assert_eq!(status, 200, "{body}");
        });
    }
}

/// What a sign-in pays for its entry in the journal of requests: measured by itself, in this
/// process, since the difference is smaller than what two runs differ by.
fn journal(bench: &Bench<'_>, limit: f64) {
    let journal = Journal::default();
    let (input, answer) = ([b'x'; 160], Bytes::from(vec![b'x'; 4_000]));
    let times = 100_000_u32;
    let started = Instant::now();
    for _ in 0..times {
        let recording = Recording::default();
        recording.hear(&input);
        let (input, _) = recording.end();
        let request = RequestRecord {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            input,
            ..RequestRecord::default()
        };
        let noted = Noted {
            operation: "InitiateAuth",
            request_id: "00000000-0000-4000-8000-000000000000".to_owned(),
            user_pool_id: Some("us-east-1_Benchmark".to_owned()),
            client_id: Some("1example23456789".to_owned()),
            username: Some("user-7".to_owned()),
            ..Noted::default()
        };
        let answer = AnswerRecord {
            status: 200,
            document: Some(Bytes::copy_from_slice(&answer)),
            ..AnswerRecord::default()
        };
        journal.keep(JournalEntry::new(request, Some(noted), answer));
    }
    let cost = started.elapsed().as_secs_f64() * 1_000.0 / f64::from(times);
    bench.row("a sign-in's entry in the journal", cost, Some(0.02 * limit));
}

/// The sign-in page as a browser gets it, with the development strip's users.
fn login_page(bench: &Bench<'_>, http: &mut Http, pool: &Value) {
    let client = json!({
        "UserPoolId": pool, "ClientName": "web", "CallbackURLs": ["https://app.example.com/callback"],
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid", "email"],
        "SupportedIdentityProviders": ["COGNITO"],
    });
    let client = http.call("CreateUserPoolClient", &client)["UserPoolClient"]["ClientId"].clone();
    let path = format!(
        "/login?client_id={}&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback&response_type=code&scope=openid+email&state=x",
        client.as_str().unwrap_or_default()
    );
    bench.run("sign-in page", 10_000, Some(0.1), |http, _| {
        drop(http.get(&path))
    });
}

struct Bench<'s> {
    wanted: Vec<String>,
    server: &'s Server,
}

impl Bench<'_> {
    /// Whether this row was asked for: all are, where none was named.
    fn wants(&self, name: &str) -> bool {
        self.wanted.is_empty()
            || self
                .wanted
                .iter()
                .any(|wanted| name.contains(wanted.as_str()))
    }

    /// Prints the CPU time of one of `times` calls, and gives it.
    fn run(
        &self,
        name: &str,
        times: usize,
        target: Option<f64>,
        mut call: impl FnMut(&mut Http, usize),
    ) -> f64 {
        if !self.wants(name) {
            return 0.0;
        }
        let mut http = self.server.connect();
        for n in 0..times / 10 {
            call(&mut http, n);
        }
        let before = cpu_ms(self.server.child.id());
        for n in 0..times {
            call(&mut http, times + n);
        }
        let cost = (cpu_ms(self.server.child.id()) - before) / times as f64;
        self.row(name, cost, target);
        cost
    }

    fn row(&self, name: &str, cost: f64, target: Option<f64>) {
        let target = target.map_or(String::new(), |target| format!("{target:>10.3}"));
        println!("{name:<34} {cost:>10.3} {target}");
    }
}

/// What worlds of one's own cost: on a server of its own, since a snapshot holds a whole store.
fn worlds(wanted: &[String], folder: &Path) {
    let server = Server::start(folder, false);
    let mut http = server.connect();
    let bench = Bench {
        wanted: wanted.to_vec(),
        server: &server,
    };
    let made = http.call("CreateUserPool", &json!({ "PoolName": "world" }));
    let pool = made["UserPool"]["Id"].clone();
    fill(&server, &pool, 0, 100);
    let copy = format!("/_mocknito/pools/{}/copy", text(&pool));
    let copied = "copy of a pool with 100 users";
    if bench.wants(copied) {
        // Its keys are made ahead, a pair at a time: whoever copies without a pause waits for them.
        let mut times: Vec<f64> = (0..10)
            .map(|_| {
                std::thread::park_timeout(Duration::from_secs(1));
                let started = Instant::now();
                http.own(&copy, &json!({}));
                started.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!(
            "{copied}: answered in {:.1} ms (median; target 10 ms)",
            times[5]
        );
    }
    let (name, restore) = ("full", "/_mocknito/snapshots/full/restore");
    http.own("/_mocknito/reset", &json!({}));
    let made = http.call("CreateUserPool", &json!({ "PoolName": "world" }));
    fill(&server, &made["UserPool"]["Id"], 0, 1_000);
    bench.run("snapshot of 1,000 users, saved", 20, None, |http, _| {
        http.own("/_mocknito/snapshots", &json!({ "name": name }));
    });
    http.own("/_mocknito/snapshots", &json!({ "name": name }));
    let restored = "snapshot of 1,000 users, restored";
    let started = Instant::now();
    bench.run(restored, 20, Some(10.0), |http, _| {
        http.own(restore, &json!({}));
    });
    if bench.wants(restored) {
        let each = started.elapsed().as_secs_f64() * 1e3 / 22.0;
        println!("  from question to answer: {each:.1} ms");
    }
    drop(http);
    drop(server);
    let _the_system_cleans_up_too = std::fs::remove_dir_all(folder);
}

/// What a trigger adds to a sign-in: the server's own CPU time, and how long a function takes from
/// call to answer.
fn functions(bench: &Bench<'_>, http: &mut Http) {
    let mut plain = 0.0;
    for way in ["none", "url", "node", "python"] {
        let config = match way {
            "none" => json!({}),
            way => {
                json!({ "PreAuthentication": format!("arn:aws:lambda:us-east-1:123456789012:function:bench-{way}") })
            }
        };
        let pool = json!({ "PoolName": way, "LambdaConfig": config });
        let pool = http.call("CreateUserPool", &pool)["UserPool"]["Id"].clone();
        let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
        let client =
            json!({ "UserPoolId": pool, "ClientName": "bench", "ExplicitAuthFlows": flows });
        let client =
            http.call("CreateUserPoolClient", &client)["UserPoolClient"]["ClientId"].clone();
        let user = json!({ "UserPoolId": pool, "Username": "ann", "MessageAction": "SUPPRESS" });
        http.call("AdminCreateUser", &user);
        let password = json!({ "UserPoolId": pool, "Username": "ann", "Password": PASSWORD, "Permanent": true });
        http.call("AdminSetUserPassword", &password);
        let sign_in = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": client,
            "AuthParameters": { "USERNAME": "ann", "PASSWORD": PASSWORD },
        });
        let title = format!("sign-in with a trigger: {way}");
        let cost = bench.run(&title, 1_000, None, |http, _| {
            drop(http.call("InitiateAuth", &sign_in))
        });
        if cost == 0.0 {
            return;
        }
        if way == "none" {
            plain = cost;
            continue;
        }
        bench.row("  the server's share of it", cost - plain, Some(0.2));
        let path = format!(
            "/_mocknito/requests?user_pool_id={}&limit=1000",
            pool.as_str().unwrap_or_default()
        );
        let journal: Value = serde_json::from_str(&http.get(&path)).unwrap_or_default();
        let entries = journal["requests"].as_array().cloned().unwrap_or_default();
        let mut times: Vec<f64> = entries
            .iter()
            .filter_map(|entry| entry["duration_ms"].as_f64())
            .collect();
        times.sort_by(f64::total_cmp);
        let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or(0.0);
        println!(
            "  answered in {:.2} ms (median), {:.2} ms (99 of 100)",
            at(50),
            at(99)
        );
    }
}

/// A CloudFormation template of 200 resources, taken into the running server: read, worked out and
/// made.
fn template(bench: &Bench<'_>) {
    let mut body = "Resources:\n  Pool: {Type: AWS::Cognito::UserPool}\n".to_owned();
    for n in 0..199 {
        body.push_str(&format!(
            "  Group{n}:\n    Type: AWS::Cognito::UserPoolGroup\n    Properties:\n      \
             UserPoolId: !Ref Pool\n      GroupName: !Sub '${{AWS::StackName}}-{n}'\n"
        ));
    }
    bench.run("template of 200 resources", 20, Some(100.0), |http, n| {
        let (status, answer) = http.exchange(&format!(
            "POST /_mocknito/import?parameter.AWS::StackName=s{n} HTTP/1.1\r\n\
             host: localhost\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ));
        assert_eq!(status, 200, "{answer}");
    });
}

/// Requests through a gateway: to a server, open and with a token, and to a function.
fn guarded_apis(bench: &Bench<'_>, tokens: &Value) {
    let id = tokens["IdToken"].as_str().unwrap_or_default();
    for (name, path, target) in [
        ("request through a gateway, open", "open", 0.15),
        ("… to a function at a URL", "function", 0.2),
    ] {
        let request = format!(
            "POST /{path} HTTP/1.1\r\nhost: bench.execute-api.localhost\r\n\
             authorization: {id}\r\ncontent-type: application/json\r\n\
             content-length: 2\r\n\r\n{{}}"
        );
        bench.run(name, 10_000, Some(target), |http, _| {
            let (status, body) = http.exchange(&request);
            assert_eq!(status, 200, "{body}");
        });
    }
}

/// The API of [`guarded_apis`], as a fixture. Its target answers as [`echo`].
fn api_fixture(target: u16) -> String {
    format!(
        "Apis:
  - Name: bench
    Type: HTTP
    Routes:
      - {{ Route: 'POST /open', Target: 'http://127.0.0.1:{target}' }}
      - {{ Route: 'POST /function', Target: bench-url }}
"
    )
}

/// Answers every request with its own body, on kept connections: a function behind a URL.
fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut connection = Http {
                    stream,
                    buffer: Vec::new(),
                };
                while let Some(body) = connection.receive() {
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: \
                         {}\r\n\r\n{body}",
                        body.len()
                    );
                    if connection.stream.write_all(answer.as_bytes()).is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

/// Measures one signature by each library; gives the faster one's CPU time in milliseconds.
fn limits() -> f64 {
    let pkcs8 = include_bytes!("../tests/it/support/keys/id.pk8");
    let key = RsaKeyPair::from_pkcs8(pkcs8).expect("the test key is a key");
    let mut signature = vec![0; key.public_modulus_len()];
    let (times, before) = (1_000, cpu_ms(std::process::id()));
    for _ in 0..times {
        key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            b"limit",
            &mut signature,
        )
        .expect("the key signs");
    }
    let ours = (cpu_ms(std::process::id()) - before) / f64::from(times);
    println!("RSA-2048 signature: aws-lc {ours:.3} ms");
    // Prints a line such as `rsa  2048 bits 0.000300s 0.000009s   3300.0 115000.0`.
    let openssl = Command::new("openssl")
        .args(["speed", "-seconds", "2", "rsa2048"])
        .stderr(Stdio::null())
        .output()
        .ok();
    let text = openssl
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    let line = text.lines().find(|line| line.contains("2048 bits"));
    let word = line.and_then(|line| {
        line.split_whitespace()
            .find(|word| word.ends_with('s') && word.starts_with("0."))
    });
    match word.and_then(|word| word.trim_end_matches('s').parse::<f64>().ok()) {
        Some(seconds) => {
            println!("RSA-2048 signature: OpenSSL {:.3} ms", seconds * 1e3);
            ours.min(seconds * 1e3)
        }
        None => ours,
    }
}

/// The CPU time of one verification, in milliseconds, by the library that the server uses.
fn verification() -> f64 {
    let pkcs8 = include_bytes!("../tests/it/support/keys/id.pk8");
    let key = RsaKeyPair::from_pkcs8(pkcs8).expect("the test key is a key");
    let mut signature = vec![0; key.public_modulus_len()];
    let random = SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, b"limit", &mut signature)
        .expect("the key signs");
    let public = key.public_key().as_ref().to_vec();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
    let (times, before) = (20_000, cpu_ms(std::process::id()));
    for _ in 0..times {
        public.verify(b"limit", &signature).expect("it holds");
    }
    (cpu_ms(std::process::id()) - before) / f64::from(times)
}

/// The CPU time of the exponentiation in a new password's verifier, in milliseconds, as the
/// big-number crate does it: the base 2, the exponent of 256 bits.
fn exponentiation() -> f64 {
    let base = Element::new(&U3072::from(2_u8));
    let mut exponent = U256::MAX;
    let (times, before) = (1_000, cpu_ms(std::process::id()));
    for _ in 0..times {
        let power = base.pow_bounded_exp(&exponent, U256::BITS).retrieve();
        exponent = std::hint::black_box(power.resize());
    }
    (cpu_ms(std::process::id()) - before) / f64::from(times)
}

/// The text of a JSON string, for the SRP client.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A client that allows SRP.
fn srp_client(http: &mut Http, pool: &Value) -> String {
    let flows = ["ALLOW_USER_SRP_AUTH"];
    let client = json!({ "UserPoolId": pool, "ClientName": "srp", "ExplicitAuthFlows": flows });
    text(&http.call("CreateUserPoolClient", &client)["UserPoolClient"]["ClientId"])
}

/// A whole sign-in with SRP: both requests.
fn sign_in_with_srp(http: &mut Http, srp: &SrpClient, pool: &str, client: &str, username: &str) {
    let challenge = http.call("InitiateAuth", &srp.begin(client, username));
    let answer = http.call(
        "RespondToAuthChallenge",
        &srp.answer(pool, client, &challenge, PASSWORD),
    );
    assert!(answer["AuthenticationResult"]["AccessToken"].is_string());
}

/// The sign-in with SRP beside what it cannot do without: two exponentiations of bases that nobody
/// knows before, and two signatures.
fn srp_sign_in(bench: &Bench<'_>, http: &mut Http, pool: &Value, power: f64, signature: f64) {
    let client = srp_client(http, pool);
    let (srp, pool) = (SrpClient::new("bench"), text(pool));
    http.clock(&json!({ "now": "2026-01-01T00:00:00Z", "frozen": true }));
    let limit = 2.0 * (power + signature);
    bench.row("two g^x and two signatures (limit)", limit, None);
    bench.run("sign-in with SRP", 300, Some(3.0), |http, _| {
        sign_in_with_srp(http, &srp, &pool, &client, "user-7");
    });
    // The server keeps what it works out of a password's verifier: of somebody who signs in for the
    // first time it has nothing yet.
    let (times, newcomer) = (300, |n: usize| format!("newcomer-{n}"));
    for n in (0..times / 10).chain(times..2 * times) {
        let user =
            json!({ "UserPoolId": pool, "Username": newcomer(n), "MessageAction": "SUPPRESS" });
        http.call("AdminCreateUser", &user);
        let password = json!({ "UserPoolId": pool, "Username": newcomer(n), "Password": PASSWORD, "Permanent": true });
        http.call("AdminSetUserPassword", &password);
    }
    bench.run(
        "sign-in with SRP, a user's first",
        times,
        None,
        |http, n| {
            sign_in_with_srp(http, &srp, &pool, &client, &newcomer(n));
        },
    );
    http.clock(&json!({ "reset": true }));
}

/// What a sign-in in a browser costs beside the sign-in itself: the page, the way back to the app,
/// and the code's exchange for tokens.
fn in_a_browser(bench: &Bench<'_>, http: &mut Http, pool: &Value, limit: f64) {
    const CALLBACK: &str = "https://app.example.com/";
    let client = json!({
        "UserPoolId": pool,
        "ClientName": "web",
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email"],
        "CallbackURLs": [CALLBACK],
        "SupportedIdentityProviders": ["COGNITO"],
    });
    let client = http.call("CreateUserPoolClient", &client)["UserPoolClient"]["ClientId"].clone();
    let client = text(&client);
    let query = format!("client_id={client}&redirect_uri={CALLBACK}&response_type=code&state=x");
    let login = format!("/login?{query}");
    bench.run("login page", 10_000, Some(0.1), |http, _| {
        drop(http.get(&login));
    });

    http.get(&login);
    let form_cookie = http.header("set-cookie").expect("the page sets a cookie");
    let form_cookie = form_cookie.split(';').next().unwrap_or_default().to_owned();
    let token = form_cookie.trim_start_matches("XSRF-TOKEN=");
    let body = format!("_csrf={token}&username=user-7&password={PASSWORD}");
    let (status, page) = http.exchange(&form(&login, &form_cookie, &body));
    assert_eq!(status, 302, "{page}");
    let cookie = http.header("set-cookie").expect("signing in sets a cookie");
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let authorize = format!(
        "GET /oauth2/authorize?{query} HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\n\r\n"
    );
    let code = |http: &mut Http| {
        http.exchange(&authorize);
        let location = http.header("location").expect("the browser is sent back");
        let code = location.split_once("code=").expect("with a code").1;
        code.split('&').next().unwrap_or_default().to_owned()
    };
    bench.run("authorize, signed in already", 2_000, None, |http, _| {
        drop(code(http));
    });
    let times = 2_000;
    let mut codes: Vec<String> = (0..times + times / 10).map(|_| code(http)).collect();
    bench.run("code exchange", times, Some(1.3 * limit), |http, _| {
        let code = codes.pop().expect("one code each");
        let body = format!(
            "grant_type=authorization_code&client_id={client}&redirect_uri={CALLBACK}&code={code}"
        );
        let (status, answer) = http.exchange(&form("/oauth2/token", "", &body));
        assert_eq!(status, 200, "{answer}");
    });
}

/// What a connection by TLS costs before its first request: from nothing, and where the client was
/// here before.
fn handshakes(bench: &Bench<'_>, http: &mut Http) {
    let authority = http.get("/_mocknito/ca.pem");
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(authority.as_bytes()).expect("a certificate");
    roots.add(authority).expect("an authority");
    let known = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut unknown = known.clone();
    unknown.resumption = Resumption::disabled();
    for (name, config, kind) in [
        ("TLS handshake, full", unknown, HandshakeKind::Full),
        ("TLS handshake, resumed", known, HandshakeKind::Resumed),
    ] {
        let config = Arc::new(config);
        let handshake = || {
            let name = "localhost".try_into().expect("a name");
            let connection = ClientConnection::new(config.clone(), name).expect("a client");
            let stream = bench.server.connect().stream;
            let mut tls = StreamOwned::new(connection, stream);
            let request =
                "GET /_mocknito/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
            tls.write_all(request.as_bytes()).expect("the server reads");
            let mut answer = Vec::new();
            tls.read_to_end(&mut answer).expect("the server answers");
            tls.conn.handshake_kind()
        };
        handshake();
        bench.run(name, 2_000, None, |_, _| {
            assert_eq!(handshake(), Some(kind));
        });
    }
}

/// A form that is posted with this cookie, or none.
fn form(path: &str, cookie: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\ncontent-type: \
         application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// How long a fetch of the JWKS takes while 50 SRP sign-ins are in flight: the 99th percentile, in
/// milliseconds of the wall's clock. The 50 clients compute too, on the same cores, so they answer
/// with what they computed before: the server refuses each only after its own work.
fn beside_srp(server: &Server, http: &mut Http, pool: &Value, jwks: &str) {
    let client = srp_client(http, pool);
    let (srp, pool) = (SrpClient::new("bench"), text(pool));
    http.clock(&json!({ "now": "2026-01-01T00:00:00Z", "frozen": true }));
    let challenge = http.call("InitiateAuth", &srp.begin(&client, "user-7"));
    let wrong = srp.answer(&pool, &client, &challenge, "Wr0ng!pass");
    let done = AtomicBool::new(false);
    let (mut times, mut served) = (Vec::new(), 0);
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..50)
            .map(|lane| {
                let (srp, client, wrong, done) = (&srp, &client, &wrong, &done);
                scope.spawn(move || {
                    let mut http = server.connect();
                    let mut served = 0;
                    // Each its own user: one would be locked out.
                    let begin = srp.begin(client, &format!("user-{}", 10 + lane));
                    while !done.load(Ordering::Relaxed) {
                        let challenge = http.call("InitiateAuth", &begin);
                        let mut answer = wrong.clone();
                        let parameters = &challenge["ChallengeParameters"];
                        answer["ChallengeResponses"]["USERNAME"] = parameters["USERNAME"].clone();
                        answer["ChallengeResponses"]["PASSWORD_CLAIM_SECRET_BLOCK"] =
                            parameters["SECRET_BLOCK"].clone();
                        http.refused("RespondToAuthChallenge", &answer);
                        served += 1;
                    }
                    served
                })
            })
            .collect();
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(10) {
            let asked = Instant::now();
            http.get(jwks);
            times.push(asked.elapsed().as_secs_f64() * 1e3);
        }
        done.store(true, Ordering::Relaxed);
        served = lanes.into_iter().filter_map(|lane| lane.join().ok()).sum();
    });
    http.clock(&json!({ "reset": true }));
    times.sort_by(f64::total_cmp);
    println!(
        "\nJWKS while 50 SRP sign-ins are in flight ({:.0} per second): median {:.2} ms, p99 \
         {:.2} ms (target 10 ms), {} fetches",
        f64::from(served) / 10.0,
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        times.len(),
    );
}

/// Creates `user-{from}` to `user-{to}` over a few connections.
fn fill(server: &Server, pool: &Value, from: usize, to: usize) {
    let started = Instant::now();
    std::thread::scope(|scope| {
        for lane in 0..4 {
            scope.spawn(move || {
                let mut http = server.connect();
                for n in (from..to).filter(|n| n % 4 == lane) {
                    let attributes = [
                        ("email", format!("user-{n}@example.com")),
                        ("name", format!("User {n}")),
                    ];
                    let attributes: Vec<Value> = attributes
                        .iter()
                        .map(|(name, value)| json!({ "Name": name, "Value": value }))
                        .collect();
                    let user = json!({
                        "UserPoolId": pool,
                        "Username": format!("user-{n}"),
                        "TemporaryPassword": PASSWORD,
                        "MessageAction": "SUPPRESS",
                        "UserAttributes": attributes,
                    });
                    http.call("AdminCreateUser", &user);
                }
            });
        }
    });
    eprintln!(
        "({} users made in {:.1} s)",
        to - from,
        started.elapsed().as_secs_f64()
    );
}

/// What an ID token is exchanged for, in a small identity pool and among many guests.
fn identities(
    bench: &Bench<'_>,
    http: &mut Http,
    user_pool: &Value,
    token: &Value,
    (client, large): (&Value, usize),
) {
    let name = user_pool.as_str().unwrap_or_default();
    let provider = format!("cognito-idp.us-east-1.amazonaws.com/{name}");
    let pool = json!({
        "IdentityPoolName": "bench",
        "AllowUnauthenticatedIdentities": true,
        "CognitoIdentityProviders": [{ "ProviderName": provider, "ClientId": client }],
    });
    let pool = http.call_identity("CreateIdentityPool", &pool)["IdentityPoolId"].clone();
    let role = "arn:aws:iam::123456789012:role/bench";
    let roles = json!({ "IdentityPoolId": pool, "Roles": { "authenticated": role } });
    http.call_identity("SetIdentityPoolRoles", &roles);
    let logins = json!({ provider: token });
    let get_id = json!({ "IdentityPoolId": pool, "Logins": logins });
    let identity = http.call_identity("GetId", &get_id)["IdentityId"].clone();
    let credentials = json!({ "IdentityId": identity, "Logins": logins });
    for (others, title) in [(0, "alone"), (large, "among many")] {
        let guest = json!({ "IdentityPoolId": pool });
        let wanted = bench.wanted.iter().any(|wanted| wanted.contains("among"));
        if others > 0 && (bench.wanted.is_empty() || wanted) {
            for _ in 0..others {
                http.call_identity("GetId", &guest);
            }
        }
        bench.run(
            &format!("GetId of a known login, {title}"),
            5_000,
            Some(0.4),
            |http, _| drop(http.call_identity("GetId", &get_id)),
        );
        bench.run(
            &format!("GetCredentialsForIdentity, {title}"),
            5_000,
            Some(0.5),
            |http, _| drop(http.call_identity("GetCredentialsForIdentity", &credentials)),
        );
    }
}

/// Imports users from a CSV file: rows per second, and what the server holds of them in memory.
fn import(server: &Server, http: &mut Http, pool: &Value, rows: usize) {
    let header = http.call("GetCSVHeader", &json!({ "UserPoolId": pool }))["CSVHeader"].clone();
    let columns: Vec<&str> = header
        .as_array()
        .map(|list| list.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let mut file = columns.join(",");
    for n in 0..rows {
        let cell = |column: &&str| match *column {
            "cognito:username" => format!("imported-{n}"),
            "email" => format!("imported-{n}@example.com"),
            "email_verified" => "true".to_owned(),
            "phone_number_verified" | "cognito:mfa_enabled" => "false".to_owned(),
            _ => String::new(),
        };
        file.push('\n');
        file.push_str(&columns.iter().map(cell).collect::<Vec<_>>().join(","));
    }
    let role = "arn:aws:iam::123456789012:role/import";
    let job = json!({ "UserPoolId": pool, "JobName": "bench", "CloudWatchLogsRoleArn": role });
    let job = http.call("CreateUserImportJob", &job)["UserImportJob"].clone();
    let url = job["PreSignedUrl"].as_str().unwrap_or_default();
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    let upload = format!(
        "PUT /{path} HTTP/1.1\r\nhost: localhost\r\nx-amz-server-side-encryption: \
         aws:kms\r\ncontent-length: {}\r\n\r\n{file}",
        file.len()
    );
    let (status, answer) = http.exchange(&upload);
    assert_eq!(status, 200, "upload: {answer}");
    let (resident, cpu, started) = (
        server.resident_mb(),
        cpu_ms(server.child.id()),
        Instant::now(),
    );
    let named = json!({ "UserPoolId": pool, "JobId": job["JobId"] });
    http.call("StartUserImportJob", &named);
    let mut most = 0;
    let job = loop {
        let job = http.call("DescribeUserImportJob", &named)["UserImportJob"].clone();
        most = most.max(server.resident_mb());
        if !matches!(job["Status"].as_str(), Some("Pending" | "InProgress")) {
            break job;
        }
        std::thread::yield_now();
    };
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "\nimport of {rows} rows: {}, {} imported, {:.0} rows per second, {:.3} ms of CPU per \
         row, {most} MB resident at the most ({resident} before)",
        job["Status"],
        job["ImportedUsers"],
        rows as f64 / seconds,
        (cpu_ms(server.child.id()) - cpu) / rows as f64,
    );
}

/// Signs in over many connections at once.
fn under_load(server: &Server, sign_in: &Value) {
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let mut http = server.connect();
                for _ in 0..50 {
                    http.call("InitiateAuth", sign_in);
                }
            });
        }
    });
}

/// From process start to the first answer, on the store that is there by now.
fn start_up(folder: &Path) {
    let mut times: Vec<Duration> = (0..5)
        .map(|_| Server::start(folder, false).started_in)
        .collect();
    times.sort();
    println!(
        "first answer after {:.1} ms (median of 5 starts on the existing store)",
        times[2].as_secs_f64() * 1e3
    );
}

struct Server {
    child: Child,
    port: u16,
    started_in: Duration,
}

impl Server {
    fn start(folder: &Path, functions: bool) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        // Beside the store's folder and not in it: the folder may not be there yet.
        let handler = |name: &str, text: &str| {
            let file = folder.with_extension(name);
            std::fs::write(&file, text).expect("a handler file is written");
            file.display().to_string()
        };
        let node = handler("mjs", "export const handler = async (event) => event;");
        let python = handler("py", "def handler(event, context):\n    return event\n");
        let apis = handler("yaml", &api_fixture(echo()));
        let started = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_mocknito"))
            .args(["serve", "--port", &port.to_string()])
            .args(if functions {
                vec![
                    format!("--trigger=bench-url=http://127.0.0.1:{}/", echo()),
                    format!("--trigger=bench-node={node}"),
                    format!("--trigger=bench-python={python}"),
                    format!("--fixtures={apis}"),
                ]
            } else {
                Vec::new()
            })
            .args(["--fixed-code", CODE, "--data"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut server = Self {
            child,
            port,
            started_in: Duration::ZERO,
        };
        loop {
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
                Http {
                    stream,
                    buffer: Vec::new(),
                }
                .get("/_mocknito/health");
                break;
            }
            assert!(
                started.elapsed() < Duration::from_secs(10),
                "the server did not start"
            );
            std::thread::yield_now();
        }
        server.started_in = started.elapsed();
        server
    }

    fn connect(&self) -> Http {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        stream.set_nodelay(true).expect("a TCP option");
        Http {
            stream,
            buffer: Vec::new(),
        }
    }

    fn resident_mb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
            .unwrap_or(0)
            / 1_024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

/// A kept HTTP/1.1 connection.
struct Http {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Http {
    fn call(&mut self, operation: &str, input: &Value) -> Value {
        self.called(operation, &post(USER_POOLS, operation, input))
    }

    /// The same of the identity pools API.
    fn call_identity(&mut self, operation: &str, input: &Value) -> Value {
        self.called(
            operation,
            &post("AWSCognitoIdentityService", operation, input),
        )
    }

    fn called(&mut self, operation: &str, request: &str) -> Value {
        let (status, body) = self.exchange(request);
        assert_eq!(status, 200, "{operation}: {body}");
        serde_json::from_str(&body).unwrap_or(Value::Null)
    }

    /// The body of the next request on this connection, as the one who serves it.
    fn receive(&mut self) -> Option<String> {
        self.buffer.clear();
        let mut chunk = [0; 16_384];
        loop {
            let read = self.stream.read(&mut chunk).ok().filter(|read| *read > 0)?;
            self.buffer.extend_from_slice(&chunk[..read]);
            let Some(head) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let text = String::from_utf8_lossy(&self.buffer[..head]).to_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length?.trim().parse().ok()?;
            if let Some(body) = self.buffer.get(head + 4..head + 4 + length) {
                return Some(String::from_utf8_lossy(body).into_owned());
            }
        }
    }

    /// Calls an operation that is to be refused.
    fn refused(&mut self, operation: &str, input: &Value) {
        let (status, body) = self.exchange(&post(USER_POOLS, operation, input));
        assert_eq!(status, 400, "{operation}: {body}");
    }

    /// Moves the server's clock.
    fn clock(&mut self, to: &Value) {
        self.own("/_mocknito/clock", to);
    }

    /// One of Mocknito's own calls, which must succeed.
    fn own(&mut self, path: &str, body: &Value) {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let (status, answer) = self.exchange(&request);
        assert_eq!(status, 200, "{path}: {answer}");
    }

    fn get(&mut self, path: &str) -> String {
        let (status, body) =
            self.exchange(&format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n"));
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// A header of the last answer.
    fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.buffer);
        let head = text.split("\r\n\r\n").next()?;
        head.lines().find_map(|line| {
            let (one, value) = line.split_once(": ")?;
            one.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    }

    /// Sends a request and reads an answer that has a Content-Length.
    fn exchange(&mut self, request: &str) -> (u16, String) {
        self.stream
            .write_all(request.as_bytes())
            .expect("the server reads");
        self.buffer.clear();
        let (mut chunk, mut end) = ([0; 16_384], None);
        loop {
            if let Some(end) = end
                && self.buffer.len() >= end
            {
                let head = self
                    .buffer
                    .windows(4)
                    .position(|four| four == b"\r\n\r\n")
                    .unwrap_or(0);
                let status = String::from_utf8_lossy(&self.buffer[9..12])
                    .parse()
                    .unwrap_or(0);
                return (
                    status,
                    String::from_utf8_lossy(&self.buffer[head + 4..]).into_owned(),
                );
            }
            let read = self.stream.read(&mut chunk).expect("the server answers");
            assert!(read > 0, "the server closed the connection");
            self.buffer.extend_from_slice(&chunk[..read]);
            if end.is_none()
                && let Some(head) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n")
            {
                let text = String::from_utf8_lossy(&self.buffer[..head]).to_lowercase();
                let length = text.lines().find_map(|line| {
                    line.strip_prefix("content-length:")?
                        .trim()
                        .parse::<usize>()
                        .ok()
                });
                end = Some(head + 4 + length.unwrap_or(0));
            }
        }
    }
}

const USER_POOLS: &str = "AWSCognitoIdentityProviderService";

fn post(service: &str, operation: &str, input: &Value) -> String {
    let body = input.to_string();
    format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-amz-json-1.1\r\n\
         x-amz-target: {service}.{operation}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The CPU time that a process has used, in milliseconds: user and system time of all its threads.
fn cpu_ms(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The second field is the program's name in parentheses and may hold spaces; utime and stime
    // are fields 14 and 15.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|field| field.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    // Linux reports these in units of 1/100 s on every machine.
    (ticks(11) + ticks(12)) * 10.0
}
