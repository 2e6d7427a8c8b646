//! The verbs of the command line: the binary itself, against a server that it runs.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::Folder;
use crate::support::binary::mocknito;

/// A server in memory, which ends with its input.
struct Running {
    child: Child,
    input: Option<ChildStdin>,
    ready: Value,
}

impl Running {
    fn start(words: &[&str]) -> Self {
        let mut serve = mocknito(&["serve", "--ephemeral", "--port", "0", "--exit-with-parent"]);
        let mut child = serve
            .args(["--log-format", "json"])
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self {
            child,
            input: Some(input),
            ready: serde_json::from_str(&line).unwrap(),
        }
    }

    fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap()
    }

    fn run(&self, words: &[&str]) -> Output {
        mocknito(words)
            .args(["--url", self.url()])
            .output()
            .unwrap()
    }

    /// What a verb prints, when it succeeds.
    fn said(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {errors}");
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// Why a verb fails.
    fn refused(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(!output.status.success(), "{words:?}");
        String::from_utf8(output.stderr)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.said(words)).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn a_program_learns_the_port_from_one_line_and_from_a_file() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let file = folder.0.join("port");
    let server = Running::start(&["--port-file", file.to_str().unwrap()]);
    assert_eq!(server.ready["event"], "ready");
    let port = server.ready["port"].as_u64().unwrap();
    assert_eq!(server.url(), format!("http://localhost:{port}"));
    assert_eq!(std::fs::read_to_string(file).unwrap(), format!("{port}\n"));
}

/// What cannot take the file's name is not left beside it.
#[test]
fn a_port_file_that_cannot_be_written_leaves_nothing_behind() {
    let folder = Folder::new();
    let taken = folder.0.join("port");
    std::fs::create_dir_all(taken.join("full")).unwrap();
    let mut serve = mocknito(&["serve", "--ephemeral", "--port", "0", "--port-file"]);
    let output = serve.arg(&taken).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot write"), "{said}");
    let left = std::fs::read_dir(&folder.0).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["port"]);
}

#[test]
fn one_server_listens_on_several_ports() {
    let output = mocknito(&["exec", "--port", "0,0", "--demo", "--", "true"]).output();
    assert!(output.unwrap().status.success());
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let both = format!("0,{port}");
    let output = mocknito(&["exec", "--port", &both, "--", "true"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(&format!("port {port} on 127.0.0.1 is in use")),
        "{said}"
    );
}

#[test]
fn users_are_made_shown_changed_and_deleted() {
    let server = Running::start(&["--demo"]);
    let create = "users create erik --password Passw0rd! --attribute email=erik@example.com \
                  --group users";
    let shown = server.said(&create.split_whitespace().collect::<Vec<_>>());
    assert!(
        shown.contains("erik@example.com") && shown.contains("CONFIRMED"),
        "{shown}"
    );

    let listed = server.said(&["users", "list"]);
    let first = listed.lines().next().unwrap();
    assert!(first.starts_with("NAME"), "{listed}");
    assert_eq!(listed.lines().count(), 1 + 4, "{listed}");
    let filtered = server.json(&["users", "list", "--filter", "email ^= \"er\"", "--json"]);
    assert_eq!(filtered[0]["Username"], "erik");
    assert_eq!(
        server.json(&["users", "show", "erik", "--json"])["Groups"][0],
        "users"
    );

    server.said(&[
        "users",
        "set-password",
        "erik",
        "--password",
        "0ther-Passw0rd",
    ]);
    let client = ["--client-id", "democlient0000000000000000"];
    let token = server.said(&[&["users", "token", "erik"][..], &client].concat());
    assert_eq!(token.split('.').count(), 3);
    server.said(&["users", "delete", "erik"]);
    assert_eq!(
        server.refused(&["users", "show", "erik"]),
        "mocknito: UserNotFoundException: User does not exist."
    );
}

#[test]
fn a_user_who_cannot_be_finished_is_not_left_half_made() {
    let server = Running::start(&["--demo"]);
    let weak = server.refused(&["users", "create", "erik", "--password", "weak"]);
    assert!(
        weak.starts_with("mocknito: InvalidPasswordException"),
        "{weak}"
    );
    let words = [
        "users",
        "create",
        "erik",
        "--password",
        "Passw0rd!",
        "--group",
        "nobodys",
    ];
    let said = server.refused(&words);
    assert!(
        said.contains("the group nobodys") && said.contains("Group not found"),
        "{said}"
    );
    let users = server.json(&["users", "list", "--json"]);
    assert_eq!(users.as_array().unwrap().len(), 3);
}

#[test]
fn who_has_several_pools_or_clients_is_asked_which() {
    let server = Running::start(&["--demo"]);
    let said = server.refused(&["users", "token", "alice"]);
    assert!(
        said.contains("--client-id: democlient0000000000000000 (demo-app)"),
        "{said}"
    );
    let empty = Running::start(&[]);
    let said = empty.refused(&["users", "list"]);
    assert!(said.contains("there is no user pool"), "{said}");
}

#[test]
fn the_code_in_the_newest_message_is_one_word() {
    let server = Running::start(&["--demo", "--fixed-code", "123456"]);
    let none = server.refused(&["inbox", "--to", "alice@example.com", "--code"]);
    assert_eq!(none, "mocknito: no message with a code has come");
    let forgot = r#"{"ClientId":"democlient0000000000000000","Username":"alice"}"#;
    let target = "AWSCognitoIdentityProviderService.ForgotPassword";
    let sent = post(server.url(), target, forgot);
    assert!(sent.contains("CodeDeliveryDetails"), "{sent}");
    let words = [
        "inbox",
        "--to",
        "alice@example.com",
        "--wait",
        "5",
        "--code",
    ];
    assert_eq!(server.said(&words), "123456");
    assert!(server.said(&["inbox"]).contains("alice@example.com"));
    server.said(&["inbox", "--empty"]);
    assert_eq!(
        server.json(&["inbox", "--json"])["messages"],
        serde_json::json!([])
    );
}

#[test]
fn the_clock_is_read_moved_and_reset() {
    let server = Running::start(&[]);
    // What follows is how far it has fallen behind by now.
    let said = server.said(&["clock", "freeze"]);
    assert!(said.contains(", frozen"), "{said}");
    server.said(&["clock", "set", "2030-01-01T00:00:00Z"]);
    let moved = server.said(&["clock", "advance", "-1h"]);
    assert!(
        moved.starts_with("2029-12-31T23:00:00Z, frozen, "),
        "{moved}"
    );
    let said = server.refused(&["clock", "advance", "soon"]);
    assert!(said.contains("90s, 15m, 1h or 30d"), "{said}");
    assert_eq!(server.json(&["clock", "reset", "--json"])["frozen"], false);
}

#[test]
fn everything_goes_back_to_the_start() {
    let server = Running::start(&["--demo"]);
    server.said(&["users", "delete", "alice"]);
    server.said(&["reset"]);
    server.said(&["users", "show", "alice"]);
}

#[test]
fn a_state_is_saved_listed_restored_and_forgotten() {
    let server = Running::start(&["--demo"]);
    server.said(&["snapshot", "save", "seeded"]);
    server.said(&["users", "delete", "alice"]);
    let listed = server.said(&["snapshot", "list"]);
    let row = listed.lines().nth(1).unwrap();
    let [name, at] = row.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("{listed}");
    };
    assert_eq!(name, "seeded");
    assert!(at.starts_with("20") && at.ends_with('Z'), "{listed}");
    server.said(&["snapshot", "restore", "seeded"]);
    server.said(&["users", "show", "alice"]);
    server.said(&["snapshot", "delete", "seeded"]);
    assert_eq!(server.said(&["snapshot", "list"]).lines().count(), 1);
}

#[test]
fn the_first_of_a_servers_ports_is_asked() {
    let server = Running::start(&[]);
    let port = server.ready["port"].as_u64().unwrap();
    let mut health = mocknito(&["healthcheck"]);
    let ports = format!("{port},443");
    let output = health.env("MOCKNITO_PORT", ports).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn variables_lead_a_shell_to_the_server() {
    let server = Running::start(&[]);
    let lines = server.said(&["env"]);
    assert!(
        lines.contains(&format!("export AWS_ENDPOINT_URL={}", server.url())),
        "{lines}"
    );
    let document = server.json(&["env", "--format", "json", "--region", "eu-west-1"]);
    assert_eq!(document["AWS_REGION"], "eu-west-1");
    assert!(!server.run(&["env", "--region", "mars"]).status.success());
}

#[cfg(unix)]
#[test]
fn a_command_runs_beside_a_server_of_its_own() {
    let binary = env!("CARGO_BIN_EXE_mocknito");
    let script = format!("{binary} users show alice --json; exit 7");
    let mut exec = mocknito(&["exec", "--demo", "--", "sh", "-c", &script]);
    let output = exec.env_remove("AWS_REGION").output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(7),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Nothing but what the command printed.
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["Username"], "alice");

    let killed = mocknito(&["exec", "--", "sh", "-c", "kill -9 $$"])
        .output()
        .unwrap();
    assert_eq!(killed.status.code(), Some(128 + 9));
    let missing = mocknito(&["exec", "--", "/nowhere/program"])
        .output()
        .unwrap();
    let said = String::from_utf8(missing.stderr).unwrap();
    assert!(said.contains("/nowhere/program cannot be run"), "{said}");
    let fixtures = ["exec", "--fixtures", "/nowhere.yaml", "--", "true"];
    let unread = mocknito(&fixtures).output().unwrap();
    let said = String::from_utf8(unread.stderr).unwrap();
    assert!(
        !unread.status.success() && said.contains("/nowhere.yaml"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn what_the_shell_says_of_regions_and_credentials_stays_in_a_command() {
    let script = "echo $AWS_REGION $AWS_ACCESS_KEY_ID $AWS_ENDPOINT_URL";
    let output = mocknito(&["exec", "--", "sh", "-c", script])
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ENDPOINT_URL", "http://elsewhere:4566")
        .env_remove("AWS_ACCESS_KEY_ID")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.starts_with("eu-west-1 test http://localhost:"),
        "{said}"
    );
}

#[test]
fn slips_are_told() {
    let said = |words: &[&str]| {
        let output = mocknito(words).output().unwrap();
        assert!(!output.status.success(), "{words:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said(&["user", "list"]).contains("users"));
    assert!(said(&["--region", "mars"]).contains("a Region looks like us-east-1"));
    let import = ["import", "--print", "--region", "mars", "any.yaml"];
    assert!(said(&import).contains("a Region looks like us-east-1"));
    let both = ["exec", "--data", "d", "--ephemeral", "--", "true"];
    assert!(said(&both).contains("choose one"));
    assert!(said(&["--log", "loud"]).contains("use error, warn, info, debug or trace"));
    let mut serve = mocknito(&["exec", "--log", "warn", "--", "true"]);
    let output = serve.env("MOCKNITO_PROT", "1").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("MOCKNITO_PROT is not known: MOCKNITO_PORT is"),
        "{said}"
    );
}

#[test]
fn shells_can_complete_every_verb() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = mocknito(&["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("set-password"), "{shell}");
    }
    let output = mocknito(&["version", "--json"]).output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
}

/// One AWS call over a connection of its own.
fn post(url: &str, target: &str, body: &str) -> String {
    use std::io::{Read, Write};
    let address = url
        .trim_start_matches("http://")
        .replace("localhost", "127.0.0.1");
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nhost: localhost\r\nx-amz-target: {target}\r\n\
         content-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_fixture_that_is_saved_is_loaded_again() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let file = folder.0.join("shop.yaml");
    let save = |users: &str| {
        let pool = "UserPools: [{PoolName: shop, UserPoolId: us-east-1_Shop00001, Users: [";
        std::fs::write(&file, format!("{pool}{users}]}}]")).unwrap();
    };
    save("{Username: ann, Password: Passw0rd!}");
    let server = Running::start(&["--fixtures", file.to_str().unwrap(), "--watch"]);
    let names = || {
        let users = server.said(&["users", "list"]);
        ["ann", "ben", "cat"].map(|name| users.contains(name))
    };
    let a_moment = std::time::Duration::from_millis(200);
    let becomes = |expected: [bool; 3]| {
        for _ in 0..200 {
            if names() == expected {
                return true;
            }
            std::thread::park_timeout(a_moment);
        }
        false
    };
    assert!(becomes([true, false, false]));
    save("{Username: ann, Password: Passw0rd!}, {Username: ben, Password: Passw0rd!}");
    assert!(becomes([true, true, false]));
    // What has a mistake changes nothing, and the next save is looked at again.
    save("{Username: cat, Password: Passw0rd!}, {Username: dan, Password: short}");
    for _ in 0..20 {
        assert_eq!(names(), [true, true, false]);
        std::thread::park_timeout(a_moment);
    }
    save("{Username: cat, Password: Passw0rd!}");
    assert!(becomes([true, true, true]));
}

/// A signal in the middle of a load ends the server at once, and leaves the data folder as it was.
#[cfg(unix)]
#[test]
fn a_signal_ends_a_start_and_leaves_nothing_of_it() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let data = folder.0.join("data");
    let data = data.to_str().unwrap();
    let fixture = |name: &str, users: &str| {
        let file = folder.0.join(name);
        let pool = format!(
            "UserPools: [{{PoolName: shop, UserPoolId: us-east-1_Shop00001, Users: [{users}]}}]"
        );
        std::fs::write(&file, pool).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let few = fixture("few.yaml", "{Username: ann, Password: Passw0rd!}");
    let many = "{Username: 'ben{n}', Count: 100000, Passwordless: true}";
    let many = fixture("many.yaml", many);
    let exported = || {
        let binary = env!("CARGO_BIN_EXE_mocknito");
        let export = mocknito(&["exec", "--data", data, "--", binary, "export"]).output();
        String::from_utf8(export.unwrap().stdout).unwrap()
    };
    let load = mocknito(&["exec", "--data", data, "--fixtures", &few, "--", "true"]).output();
    assert!(load.unwrap().status.success());
    let before = exported();
    assert!(before.contains("ann"), "{before}");

    for signal in ["-TERM", "-INT"] {
        let serve = ["serve", "--port", "0", "--data", data, "--fixtures", &many];
        let mut server = mocknito(&serve)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // What is written before the commit goes into the log that SQLite keeps.
        let written = || {
            let log = std::fs::metadata(format!("{data}/mocknito.db-wal"));
            log.map_or(0, |log| log.len())
        };
        while written() < 4 << 20 {
            assert!(server.try_wait().unwrap().is_none());
            std::thread::park_timeout(Duration::from_millis(10));
        }
        let asked = Instant::now();
        let pid = server.id().to_string();
        let killed = Command::new("kill").args([signal, &pid]).status();
        assert!(killed.unwrap().success());
        let output = server.wait_with_output().unwrap();
        assert!(asked.elapsed() < Duration::from_secs(10), "{signal}");
        assert_eq!(output.status.code(), Some(0), "{signal}");
        assert!(output.stdout.is_empty(), "it never said that it is ready");
        assert_eq!(exported(), before, "{signal}");
    }
}

/// All or nothing goes for an import, too, whose client or whose server ends in the middle.
#[cfg(unix)]
#[test]
fn an_import_that_nobody_waits_for_is_taken_away_again() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let (data, file) = (folder.0.join("data"), folder.0.join("many.yaml"));
    let users = "{Username: 'ben{n}', Count: 40000, Passwordless: true}";
    std::fs::write(
        &file,
        format!("UserPools: [{{PoolName: many, Users: [{users}]}}]"),
    )
    .unwrap();
    let mut serve = mocknito(&["serve", "--port", "0", "--log-format", "json", "--data"])
        .arg(&data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut said = BufReader::new(serve.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let url = ready["url"].as_str().unwrap();
    let is_there = || {
        let pools = post(
            url,
            "AWSCognitoIdentityProviderService.ListUserPools",
            "{\"MaxResults\": 60}",
        );
        pools.contains("\"many\"")
    };
    let becomes = |expected: bool| {
        let began = Instant::now();
        while is_there() != expected {
            assert!(began.elapsed() < Duration::from_secs(60), "{expected}");
            std::thread::park_timeout(Duration::from_millis(20));
        }
    };
    let import = || {
        let import = mocknito(&["import", "--url", url, file.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        becomes(true);
        import
    };
    let mut client = import();
    client.kill().unwrap();
    client.wait().unwrap();
    becomes(false);

    let mut client = import();
    let asked = Instant::now();
    let pid = serve.id().to_string();
    let killed = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(killed.unwrap().success());
    assert_eq!(serve.wait().unwrap().code(), Some(0));
    assert!(
        asked.elapsed() < Duration::from_secs(8),
        "{:?}",
        asked.elapsed()
    );
    assert!(!client.wait().unwrap().success());
    let binary = env!("CARGO_BIN_EXE_mocknito");
    let export = mocknito(&["exec", "--data"])
        .arg(&data)
        .args(["--", binary, "export"])
        .output();
    let exported = String::from_utf8(export.unwrap().stdout).unwrap();
    assert!(exported.contains("UserPools: []"), "{exported}");
}

/// Not even what is read of a standard input that nobody closes is waited for.
#[cfg(unix)]
#[test]
fn a_signal_ends_the_reading_of_fixtures() {
    let mut server = mocknito(&["serve", "--ephemeral", "--port", "0", "--fixtures", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = server.stdin.take().unwrap();
    // More than a pipe holds: when it is taken the signals are listened for.
    input.write_all(&vec![b' '; 1 << 20]).unwrap();
    let pid = server.id().to_string();
    let killed = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(killed.unwrap().success());
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

/// A row of a table that is mended is tried again, though nobody saves the fixture.
#[test]
fn a_table_that_a_fixture_names_is_watched_too() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let (file, table) = (folder.0.join("shop.yaml"), folder.0.join("staff.csv"));
    let pool = "UserPools: [{PoolName: shop, UserPoolId: us-east-1_Shop00001, \
                AutoVerifiedAttributes: [email]";
    std::fs::write(&file, format!("{pool}}}]")).unwrap();
    let header = "name,given_name,family_name,middle_name,nickname,preferred_username,profile,\
                  picture,website,email,email_verified,gender,birthdate,zoneinfo,locale,\
                  phone_number,phone_number_verified,address,updated_at,cognito:mfa_enabled,\
                  cognito:username";
    let row = |email: &str| format!("{header}\n,,,,,,,,,{email},true,,,,,,false,,,false,ann\n");
    std::fs::write(&table, row("nonsense")).unwrap();
    let server = Running::start(&["--fixtures", file.to_str().unwrap(), "--watch"]);
    let job = "ImportJobs: [{JobName: staff, File: staff.csv}]";
    std::fs::write(&file, format!("{pool}, {job}}}]")).unwrap();
    let has_ann = || server.said(&["users", "list"]).contains("ann");
    for _ in 0..20 {
        assert!(!has_ann());
        std::thread::park_timeout(Duration::from_millis(200));
    }
    std::fs::write(&table, row("ann@example.com")).unwrap();
    let mut looks = 0..100;
    assert!(looks.any(|_| {
        std::thread::park_timeout(Duration::from_millis(200));
        has_ann()
    }));
}

#[test]
fn fixtures_have_a_schema() {
    let output = mocknito(&["schema"]).output().unwrap();
    assert!(output.status.success());
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
}

#[test]
fn the_greeting_tells_what_the_store_has() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let data = folder.0.join("data");
    let greeted = |pool: &str, mode: &str| {
        let file = folder.0.join("shop.yaml");
        std::fs::write(&file, pool).unwrap();
        let mut serve = mocknito(&["serve", "--port", "0", "--exit-with-parent"]);
        serve
            .args(["--fixtures-mode", mode, "--fixtures"])
            .arg(&file);
        let output = serve.arg("--data").arg(&data).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let pool = |name: &str| {
        format!(
            "UserPools: [{{PoolName: {name}, UserPoolId: us-east-1_Shop00001, Users: \
             [{{Username: ann, Password: Passw0rd!}}]}}]"
        )
    };
    let first = greeted(&pool("shop"), "keep");
    assert!(first.contains("us-east-1_Shop00001  shop\n"), "{first}");
    assert!(first.contains("1 user, 0 app clients"), "{first}");
    let kept = greeted(&pool("store"), "keep");
    assert!(kept.contains("us-east-1_Shop00001  shop\n"), "{kept}");
    let set = greeted(&pool("store"), "update");
    assert!(set.contains("us-east-1_Shop00001  store\n"), "{set}");
}

#[cfg(unix)]
#[test]
fn the_state_is_exported_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |file: &std::path::Path| {
        let permissions = std::fs::metadata(file).unwrap().permissions();
        permissions.mode() & 0o777
    };
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let at_exit = folder.0.join("exit.yaml");
    let words = ["--demo", "--export-on-exit", at_exit.to_str().unwrap()];
    let mut server = Running::start(&words);
    let printed = server.said(&["export"]);
    assert!(
        printed.starts_with("# ") && printed.contains("PoolName"),
        "{printed}"
    );
    let file = folder.0.join("state.yaml");
    std::fs::write(&file, "of before, and for everybody").unwrap();
    server.said(&["export", "--output", file.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim_end(), printed);
    assert_eq!(mode(&file), 0o600);
    let refused = server.refused(&["export", "--user-pool-id", "us-east-1_Nobody"]);
    assert!(
        refused.contains("us-east-1_Nobody does not exist"),
        "{refused}"
    );
    let one = server.said(&["export", "--user-pool-id", "us-east-1_Mocknito1"]);
    assert!(!one.contains("IdentityPools:"), "{one}");

    // Standard input ends, and the server with it.
    drop(server.input.take());
    assert!(server.child.wait().unwrap().success());
    assert_eq!(
        std::fs::read_to_string(&at_exit).unwrap().trim_end(),
        printed
    );
    assert_eq!(mode(&at_exit), 0o600);
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 2);

    // Another one goes on from there, and is told to stop.
    let again = folder.0.join("again.yaml");
    let words = [
        "--fixtures",
        at_exit.to_str().unwrap(),
        "--export-on-exit",
        again.to_str().unwrap(),
    ];
    let mut server = Running::start(&words);
    assert_eq!(server.said(&["export"]), printed);
    let process = server.child.id().to_string();
    let told = std::process::Command::new("kill").arg(process).status();
    assert!(told.unwrap().success());
    assert!(server.child.wait().unwrap().success());
    assert_eq!(std::fs::read_to_string(&again).unwrap().trim_end(), printed);
}

#[test]
fn fixtures_are_checked_without_a_server() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let good = folder.0.join("good.yaml");
    std::fs::write(
        &good,
        "UserPools: [{PoolName: '${MOCKNITO_NOWHERE:-shop}', Users: [{Count: 3, Username: 'u{n}', \
         Password: Passw0rd!}]}]",
    )
    .unwrap();
    let bad = folder.0.join("bad.yaml");
    std::fs::write(&bad, "UserPools:\n- PoolName: a\n  Usres: []\n  Tier: x\n").unwrap();
    let weak = folder.0.join("weak.json");
    let weak_user = r#"{"UserPools": [{"PoolName": "a", "Users": [
        {"Username": "u", "Password": "weak-one"}]}]}"#;
    std::fs::write(&weak, weak_user).unwrap();
    let check = |words: &[&std::path::Path], json: bool| {
        let mut command = mocknito(&["check"]);
        command.args(words);
        if json {
            command.arg("--json");
        }
        let output = command.output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(errors, "");
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (code, said) = check(&[&good], false);
    assert_eq!(said, format!("{}: 1 user pool, 3 users\n", good.display()));
    assert_eq!(code, Some(0));
    let (code, said) = check(&[&bad, &good], false);
    let lines: Vec<&str> = said.lines().collect();
    let at = bad.display();
    assert!(
        lines[0].starts_with(&format!("{at}:3:3: UserPools[0] (a).Usres: unknown key")),
        "{said}"
    );
    assert!(lines[0].ends_with("; did you mean `Users`?"), "{said}");
    assert!(
        lines[1].starts_with(&format!("{at}:4:3: UserPools[0] (a).Tier: ")),
        "{said}"
    );
    assert_eq!((code, lines.len()), (Some(1), 2), "{said}");
    let (code, said) = check(&[&weak], true);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(code, Some(1));
    assert_eq!(said["errors"][0]["line"], 2);
    assert_eq!(said["errors"][0]["column"], 9);
    assert_eq!(said["errors"][0]["path"], "UserPools[0].Users[0] (u)");
    let message = said["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("InvalidPasswordException: "),
        "{message}"
    );
    let (code, said) = check(&[&folder.0.join("none.yaml")], false);
    assert!(said.contains("none.yaml: cannot be read: "), "{said}");
    assert_eq!(code, Some(1));
}

#[test]
fn variables_are_filled_in_where_the_file_is_and_not_at_the_server() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let file = folder.0.join("a.yaml");
    let yaml = "UserPools: [{UserPoolId: us-east-1_Variable1, PoolName: '${MOCKNITO_TEST_NAME}', \
                Groups: [{GroupName: g, Description: 'costs $${x}'}]}]";
    std::fs::write(&file, yaml).unwrap();
    let server = Running::start(&[]);
    let import = |name: Option<&str>, words: &[&str]| {
        let mut import = mocknito(&["import"]);
        import.arg(&file).args(words);
        if let Some(name) = name {
            import.env("MOCKNITO_TEST_NAME", name);
        }
        let output = import.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        (output.status.success(), said, errors)
    };
    let there = ["--url", server.url()];
    let (taken, _, errors) = import(None, &there);
    assert!(!taken);
    assert!(
        errors.contains("the variable MOCKNITO_TEST_NAME is not set"),
        "{errors}"
    );
    let (taken, said, errors) = import(Some("shop"), &there);
    assert!(taken, "{errors}");
    assert!(said.contains("us-east-1_Variable1  shop"), "{said}");
    // What is printed is a fixture that means the same.
    let (_, said, errors) = import(Some("shop"), &["--print"]);
    assert!(said.contains("\"PoolName\": \"shop\""), "{said}{errors}");
    assert!(said.contains("costs $${x}"), "{said}");
}

#[test]
fn standard_input_has_a_limit() {
    let mut check = mocknito(&["check", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = check.stdin.take().unwrap();
    let piece = vec![b' '; 1 << 20];
    let mut sent = 0;
    // Whoever has read enough reads no more.
    while sent <= 300 && input.write_all(&piece).is_ok() {
        sent += 1;
    }
    drop(input);
    let output = check.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "standard input: is larger than 256 MB\n"
    );
    assert!((256..300).contains(&sent), "{sent}");
}
