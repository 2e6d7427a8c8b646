//! Import jobs in fixtures: users of a CSV file, imported once; rows that are refused; what an
//! export makes of a job; and files that a fixture may not name.

use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use mocknito::config::FixturesMode;
use mocknito::fixtures::{self, FixtureSource, Fixtures, ImportSettings, Loaded};
use serde_json::{Value, json};

use crate::export::{exported, loaded};
use crate::support::{Folder, Server, attribute};

const POOL: &str = "us-east-1_Import001";
const HEADER: &str = "cognito:username,cognito:mfa_enabled,email,email_verified,phone_number,\
                      phone_number_verified,name,given_name,\
                      family_name,middle_name,nickname,preferred_username,profile,picture,website,\
                      gender,birthdate,zoneinfo,locale,address,updated_at";

fn row(name: &str) -> String {
    format!("{name},false,{name}@example.com,true,,false,,,,,,,,,,,,,,,")
}

fn csv(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

/// A pool with this import job.
fn shop(job: &str) -> String {
    format!(
        "UserPools:\n  - UserPoolId: {POOL}\n    PoolName: shop\n    \
         AutoVerifiedAttributes: [email]\n    Users:\n      - Username: ann\n        \
         Password: Passw0rd!-ann\n    ImportJobs:\n      - {job}\n"
    )
}

const STAFF: &str = "{ JobName: staff, File: staff.csv }";

/// The same pool without a job.
fn plain() -> String {
    let text = shop(STAFF);
    text[..text.find("    ImportJobs").unwrap()].to_owned()
}

/// A folder with a fixture and a CSV file.
fn folder(fixture: &str, staff: &str) -> Folder {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::write(folder.0.join("shop.yaml"), fixture).unwrap();
    std::fs::write(folder.0.join("staff.csv"), staff).unwrap();
    folder
}

fn read(folder: &Folder) -> Result<Fixtures, String> {
    let source = FixtureSource::Path(folder.0.join("shop.yaml"));
    let read = Fixtures::of(false, vec![source], &ImportSettings::default());
    read.map_err(|broken| broken.to_string())
}

async fn load(server: &Server, folder: &Folder, mode: FixturesMode) -> Result<Loaded, String> {
    let loaded = read(folder)?.load_in_mode(&server.app, mode).await;
    loaded.map_err(|broken| broken.to_string())
}

async fn load_text(server: &Server, text: &str) -> Result<Vec<String>, String> {
    crate::support::fixtures::load(server, "shop.yaml", text, FixturesMode::Keep).await
}

async fn jobs(server: &Server) -> Vec<Value> {
    let input = json!({ "UserPoolId": POOL, "MaxResults": 10 });
    let listed = server.ok("ListUserImportJobs", input).await;
    listed["UserImportJobs"].as_array().unwrap().clone()
}

async fn names(server: &Server) -> Vec<String> {
    let listed = server.ok("ListUsers", json!({ "UserPoolId": POOL })).await;
    let users = listed["Users"].as_array().unwrap().iter();
    let mut names: Vec<String> = users
        .map(|user| user["Username"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_file_is_imported_by_a_job_and_once() {
    let server = Server::start().await;
    let folder = folder(&shop(STAFF), &csv(&[row("ben"), row("cat")]));
    for mode in [FixturesMode::Keep, FixturesMode::Keep, FixturesMode::Update] {
        let loaded = load(&server, &folder, mode).await.unwrap();
        assert_eq!(loaded.notes, [""; 0], "{mode:?}");
        assert_eq!(names(&server).await, ["ann", "ben", "cat"]);
        let jobs = jobs(&server).await;
        assert_eq!(jobs.len(), 1, "{jobs:?}");
        assert_eq!(jobs[0]["JobName"], "staff");
        assert_eq!(jobs[0]["Status"], "Succeeded");
        assert_eq!(jobs[0]["ImportedUsers"], 2);
        assert_eq!(
            jobs[0]["CloudWatchLogsRoleArn"],
            "arn:aws:iam::123456789012:role/service-role/Cognito-UserImport-Role"
        );
        // Another file of the same job is not looked at.
        std::fs::write(folder.0.join("staff.csv"), csv(&[row("dan")])).unwrap();
    }
    let ben = server.described_user(POOL, "ben").await;
    assert_eq!(ben["UserStatus"], "RESET_REQUIRED");
    assert_eq!(
        attribute(&ben["UserAttributes"], "email").as_deref(),
        Some("ben@example.com")
    );
    let replaced = load(&server, &folder, FixturesMode::Replace).await.unwrap();
    assert_eq!(replaced.notes, [format!("{POOL} is made anew")]);
    assert_eq!(names(&server).await, ["ann", "dan"]);
}

#[tokio::test]
async fn a_job_comes_to_a_pool_that_is_there_and_who_is_there_is_told() {
    let server = Server::start().await;
    load_text(&server, &plain()).await.unwrap();
    let folder = folder(&shop(STAFF), &csv(&[row("ann"), row("ben")]));
    let loaded = load(&server, &folder, FixturesMode::Update).await.unwrap();
    assert_eq!(
        loaded.notes,
        [
            format!("{POOL}, import job staff is new"),
            format!("{POOL}, import job staff: 1 rows are of users who are there already (line 2)"),
        ]
    );
    assert_eq!(names(&server).await, ["ann", "ben"]);
    // Where all of them are there the job fails by AWS's count, and the load does not.
    let text = csv(&[row("ann"), row("ben")]).replace('\n', "\n          ");
    let again = shop(&format!("JobName: again\n        Csv: |\n          {text}"));
    let notes = load_text(&server, &again).await.unwrap();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].ends_with("(line 2, 3)"), "{notes:?}");
    let jobs = jobs(&server).await;
    assert_eq!(jobs.len(), 2, "{jobs:?}");
    let again = jobs.iter().find(|job| job["JobName"] == "again").unwrap();
    assert_eq!(
        (&again["Status"], &again["SkippedUsers"]),
        (&json!("Failed"), &json!(2))
    );
}

#[tokio::test]
async fn refused_rows_are_told_with_their_lines_and_nothing_stays() {
    let bad = [
        row("ben"),
        row("cat").replace("true", "maybe"),
        row("dan"),
        "eve,false".to_owned(),
    ];
    let folder = folder(&shop(STAFF), &csv(&bad));
    for mode in [
        FixturesMode::Keep,
        FixturesMode::Update,
        FixturesMode::Replace,
    ] {
        for there in [false, true] {
            let server = Server::start().await;
            if there {
                load_text(&server, &plain()).await.unwrap();
            }
            let why = load(&server, &folder, mode).await.unwrap_err();
            let lines: Vec<&str> = why.lines().collect();
            assert_eq!(lines.len(), 2, "{why}");
            for (line, said) in lines.iter().zip([
                "staff.csv:3: The value of email_verified must be true or false.",
                "staff.csv:5: The row has 2 values, but the header has 21 columns.",
            ]) {
                assert!(
                    line.contains("shop.yaml:9:") && line.ends_with(said),
                    "{line}"
                );
                assert!(line.contains("ImportJobs[0] (staff).File: "), "{line}");
            }
            if there {
                assert_eq!(names(&server).await, ["ann"], "{mode:?}");
                assert_eq!(jobs(&server).await.len(), 0, "{mode:?}");
            } else {
                let pool = json!({ "UserPoolId": POOL });
                let gone = server.refused("DescribeUserPool", pool).await;
                assert!(gone.starts_with("ResourceNotFoundException"), "{gone}");
            }
        }
    }
}

#[tokio::test]
async fn what_fails_later_takes_the_imported_users_away_again() {
    let server = Server::start().await;
    load_text(&server, &plain()).await.unwrap();
    let second = "  - PoolName: other\n    Users:\n      - { Username: ben, Password: short }\n";
    let broken = format!("{}{second}", shop(STAFF));
    let folder = folder(&broken, &csv(&[row("ben"), row("cat")]));
    let why = load(&server, &folder, FixturesMode::Keep)
        .await
        .unwrap_err();
    assert!(why.contains("UserPools[1].Users[0] (ben)"), "{why}");
    assert_eq!(names(&server).await, ["ann"]);
    assert_eq!(jobs(&server).await.len(), 0);
}

#[tokio::test]
async fn a_file_that_is_wrong_as_a_whole_says_what() {
    let server = Server::start().await;
    let header = HEADER.replace("nickname,", "nick,").replace(",address", "");
    let text = format!("{header}\n{}", row("ben"));
    let folder = folder(&shop(STAFF), &text);
    let why = load(&server, &folder, FixturesMode::Keep)
        .await
        .unwrap_err();
    assert!(
        why.ends_with(
            "staff.csv:1: The CSV header must have each column that GetCSVHeader lists, once. \
             Missing: nickname, address. Not listed: nick."
        ),
        "{why}"
    );
    std::fs::write(folder.0.join("staff.csv"), format!("{HEADER}\n")).unwrap();
    let why = load(&server, &folder, FixturesMode::Keep)
        .await
        .unwrap_err();
    assert!(
        why.ends_with("staff.csv:1: The CSV file has no users."),
        "{why}"
    );
    let hashed = shop("{ JobName: staff, File: staff.csv, PasswordHashingAlgorithm: BCRYPT }");
    std::fs::write(folder.0.join("shop.yaml"), hashed).unwrap();
    let why = load(&server, &folder, FixturesMode::Keep)
        .await
        .unwrap_err();
    assert!(why.ends_with("Missing: password_hash."), "{why}");
    let unverified = shop(STAFF).replace("AutoVerifiedAttributes: [email]", "UserPoolTags: {}");
    std::fs::write(folder.0.join("shop.yaml"), unverified).unwrap();
    let why = load(&server, &folder, FixturesMode::Keep)
        .await
        .unwrap_err();
    assert!(
        why.contains("ImportJobs[0] (staff): PreconditionNotMetException: "),
        "{why}"
    );
}

#[tokio::test]
async fn a_check_finds_the_rows_of_every_job() {
    let server = Server::start().await;
    let two = format!("{STAFF}\n      - {{ JobName: more, File: more.csv }}");
    let folder = folder(&shop(&two), &csv(&[row("ben"), row("a b")]));
    std::fs::write(folder.0.join("more.csv"), csv(&["x".to_owned()])).unwrap();
    let why = read(&folder).unwrap().rehearse(&server.app).await;
    let why = why.unwrap_err().to_string();
    assert_eq!(why.lines().count(), 2, "{why}");
    assert!(why.contains("staff.csv:3: "), "{why}");
    assert!(why.contains("more.csv:2: "), "{why}");
}

#[tokio::test]
async fn a_file_is_in_the_fixtures_folder_or_refused() {
    let folder = folder(&shop(STAFF), &csv(&[row("ben")]));
    let outside = Folder::new();
    std::fs::create_dir_all(outside.0.join("inner")).unwrap();
    std::fs::write(outside.0.join("staff.csv"), "secret").unwrap();
    std::os::unix::fs::symlink(outside.0.join("staff.csv"), folder.0.join("link.csv")).unwrap();
    std::fs::create_dir(folder.0.join("empty.csv")).unwrap();
    let absolute = outside.0.join("staff.csv").display().to_string();
    for (named, said) in [
        ("missing.csv", "cannot be read: No such file"),
        ("empty.csv", "is no file"),
        ("link.csv", "leads out of the folder"),
        ("../shop.yaml", "cannot be read: No such file"),
        ("../../etc/passwd", ""),
        (absolute.as_str(), "leads out of the folder"),
    ] {
        let job = format!("{{ JobName: staff, File: {named} }}");
        std::fs::write(folder.0.join("shop.yaml"), shop(&job)).unwrap();
        let why = read(&folder).err().unwrap_or_default();
        assert!(why.contains("(staff).File: "), "{named}: {why}");
        assert!(why.contains(said), "{named}: {why}");
    }
}

#[tokio::test]
async fn who_sends_a_fixture_names_no_file_here() {
    let server = Server::start().await;
    let folder = folder(&shop(STAFF), &csv(&[row("ben")]));
    let there = folder.0.join("staff.csv");
    for file in [
        there.as_path(),
        Path::new("Cargo.toml"),
        Path::new("no-such-file"),
    ] {
        let text = shop(&format!("{{ JobName: staff, File: {} }}", file.display()));
        let (name, sent) = ("shop.yaml".to_owned(), text.clone());
        for source in [
            FixtureSource::Sent {
                name: name.clone(),
                text: sent.clone(),
            },
            FixtureSource::Fetched { name, text: sent },
        ] {
            let read = Fixtures::of(false, vec![source], &ImportSettings::default());
            let why = read.err().map(|broken| broken.to_string());
            let why = why.unwrap_or_default();
            // Whether the file is there is nobody's business.
            assert!(why.contains("reads no file of this machine"), "{why}");
        }
        let request = Request::post("/_mocknito/import").body(Body::from(text));
        let reply = server.send(request.unwrap()).await;
        assert_eq!(reply.status.as_u16(), 400);
    }
    // The command line takes the text along.
    let source = FixtureSource::Path(folder.0.join("shop.yaml"));
    let (documents, _) = fixtures::translate(vec![source], &ImportSettings::default()).unwrap();
    let job = &documents[0].1["UserPools"][0]["ImportJobs"][0];
    assert_eq!(job["File"], Value::Null);
    assert_eq!(job["Csv"], csv(&[row("ben")]));
    let text = documents[0].1.to_string();
    let request = Request::post("/_mocknito/import").body(Body::from(text));
    let reply = server.send(request.unwrap()).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.json());
    assert_eq!(names(&server).await, ["ann", "ben"]);
}

#[tokio::test]
async fn an_export_has_what_a_job_left_and_runs_nothing_again() {
    let server = Server::start().await;
    let folder = folder(&shop(STAFF), &csv(&[row("ann"), row("ben")]));
    load(&server, &folder, FixturesMode::Keep).await.unwrap();
    let waiting = json!({
        "UserPoolId": POOL, "JobName": "waiting",
        "CloudWatchLogsRoleArn": "arn:aws:iam::123456789012:role/import",
    });
    // The same name twice, as AWS allows it.
    for _ in 0..2 {
        server.ok("CreateUserImportJob", waiting.clone()).await;
    }
    let text = exported(&server).await;
    assert!(!text.contains("import jobs"), "{text}");
    let second = loaded(&text).await;
    assert_eq!(exported(&second).await, text);
    let without_url = |jobs: Vec<Value>| {
        jobs.into_iter().map(|mut job| {
            job["PreSignedUrl"] = Value::Null;
            job
        })
    };
    let before: Vec<Value> = without_url(jobs(&server).await).collect();
    let after: Vec<Value> = without_url(jobs(&second).await).collect();
    assert_eq!(before, after);
    let log = async |server: &Server| {
        let staff = before.iter().find(|job| job["JobName"] == "staff").unwrap();
        let path = format!("/_mocknito/import/{}/log", staff["JobId"].as_str().unwrap());
        String::from_utf8(server.get(&path).await.body).unwrap()
    };
    let told = log(&second).await;
    assert!(told.contains("[SKIPPED] Line Number 2 - "), "{told}");
    assert_eq!(told, log(&server).await);
    // The fixture that both came from finds its job there.
    load(&second, &folder, FixturesMode::Keep).await.unwrap();
    assert_eq!(exported(&second).await, text);
}

#[tokio::test]
async fn a_job_that_nobody_waits_for_any_more_goes_on() {
    let server = Server::start().await;
    load_text(&server, &plain()).await.unwrap();
    let rows: Vec<String> = (0..2_000).map(|n| row(&format!("user{n}"))).collect();
    let folder = folder(&shop(STAFF), &csv(&rows));
    let has_begun = async {
        loop {
            let jobs = jobs(&server).await;
            if jobs.first().is_some_and(|job| job["ImportedUsers"] != 0) {
                return jobs[0]["Status"].clone();
            }
            tokio::task::yield_now().await;
        }
    };
    // As when a client hangs up.
    tokio::select! {
        status = has_begun => assert_eq!(status, "InProgress"),
        _ = load(&server, &folder, FixturesMode::Keep) => panic!("it was not left alone"),
    }
    for _ in 0..2_000 {
        let jobs = jobs(&server).await;
        if jobs[0]["Status"] == "Succeeded" {
            assert_eq!(jobs[0]["ImportedUsers"], 2_000);
            assert_eq!(jobs[0]["SkippedUsers"], 0);
            return;
        }
        tokio::time::timeout(Duration::from_millis(10), std::future::pending::<()>())
            .await
            .unwrap_err();
    }
    panic!("the job does not end");
}

#[tokio::test]
async fn a_form_that_is_wrong_is_told_at_its_place() {
    let server = Server::start().await;
    for (job, said) in [
        (
            "{ JobName: a }",
            "ImportJobs[0] (a): give it a File or the Csv to import",
        ),
        (
            "{ JobName: a, File: a.csv, Csv: x }",
            "ImportJobs[0] (a): give it a File or the Csv to import",
        ),
        (
            "{ JobName: a, Csv: x, Status: Succeeded }",
            "ImportJobs[0] (a): give it a File or the Csv to import",
        ),
        (
            "{ JobName: a, Csv: x, ImportedUsers: 4 }",
            "ImportJobs[0] (a).ImportedUsers: is told of a job that ended",
        ),
        (
            "{ JobName: a, Csv: x, Fil: y }",
            "ImportJobs[0] (a).Fil: unknown key; known here: ",
        ),
        ("{ JobName: a, Csv: x, Fil: y }", "; did you mean `File`?"),
        (
            "{ JobName: a, Status: InProgress }",
            "ImportJobs[0] (a).Status: may be Created, Succeeded, Failed, Stopped",
        ),
        (
            "{ JobName: a, Status: Failed, FailedUsers: -1 }",
            "ImportJobs[0] (a).FailedUsers: must be a whole number",
        ),
        (
            "{ JobName: a, Csv: x, PasswordHashingAlgorithm: MD5 }",
            "ImportJobs[0] (a).PasswordHashingAlgorithm: InvalidParameterException: ",
        ),
        (
            "{ Csv: x }",
            "ImportJobs[0].JobName: InvalidParameterException: ",
        ),
        (
            "{ JobName: a, Csv: x }\n      - { JobName: a, Csv: y }",
            "ImportJobs[1] (a).JobName: a is given twice",
        ),
    ] {
        let why = load_text(&server, &shop(job)).await.unwrap_err();
        assert!(why.contains(said), "{said}\nis not in\n{why}");
    }
}
