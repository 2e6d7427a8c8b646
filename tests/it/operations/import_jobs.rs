//! User import: from the header to imported users, and everything that a file may have wrong with
//! it. What becomes of imported hashes of passwords is in `hashes.rs`.

mod hashes;

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use mocknito::flows::import;
use serde_json::{Value, json};

use crate::support::{Reply, Server, attribute};

const ROLE: &str = "arn:aws:iam::123456789012:role/import";
const HEADER: &str = "cognito:username,cognito:mfa_enabled,email,email_verified,phone_number,\
                      phone_number_verified,name,given_name,\
                      family_name,middle_name,nickname,preferred_username,profile,picture,website,\
                      gender,birthdate,zoneinfo,locale,address,updated_at";

fn row(name: &str) -> String {
    format!("{name},false,{name}@example.com,true,,false,,,,,,,,,,,,,,,")
}

fn file(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

async fn pool(server: &Server) -> String {
    server
        .pool(json!({ "AutoVerifiedAttributes": ["email"] }))
        .await
}

async fn create(server: &Server, pool: &str) -> Value {
    let input = json!({ "UserPoolId": pool, "JobName": "a job", "CloudWatchLogsRoleArn": ROLE });
    server.ok("CreateUserImportJob", input).await["UserImportJob"].clone()
}

fn named(pool: &str, job: &Value) -> Value {
    json!({ "UserPoolId": pool, "JobId": job["JobId"] })
}

async fn put(server: &Server, url: &str, body: impl Into<Body>) -> Reply {
    let path = url.strip_prefix("http://localhost:9339").unwrap();
    let request = Request::put(path)
        .header("x-amz-server-side-encryption", "aws:kms")
        .body(body.into())
        .unwrap();
    server.send(request).await
}

async fn upload(server: &Server, job: &Value, body: impl Into<Body>) -> StatusCode {
    put(server, job["PreSignedUrl"].as_str().unwrap(), body)
        .await
        .status
}

async fn describe(server: &Server, pool: &str, job: &Value) -> Value {
    server.ok("DescribeUserImportJob", named(pool, job)).await["UserImportJob"].clone()
}

/// The job once it has ended.
async fn ended(server: &Server, pool: &str, job: &Value) -> Value {
    for _ in 0..2_000 {
        let job = describe(server, pool, job).await;
        if job["CompletionDate"].is_number() {
            return job;
        }
        tokio::time::timeout(Duration::from_millis(10), std::future::pending::<()>())
            .await
            .unwrap_err();
    }
    panic!("the job does not end");
}

async fn log(server: &Server, job: &Value) -> String {
    let path = format!("/_mocknito/import/{}/log", job["JobId"].as_str().unwrap());
    let reply = server
        .send(Request::get(path).body(Body::empty()).unwrap())
        .await;
    assert_eq!(reply.headers["content-type"], "text/plain; charset=utf-8");
    String::from_utf8(reply.body).unwrap()
}

/// Imports a file from the beginning to the end.
async fn import(server: &Server, pool: &str, file: impl Into<Body>) -> Value {
    let job = create(server, pool).await;
    assert_eq!(upload(server, &job, file).await, StatusCode::OK);
    server.ok("StartUserImportJob", named(pool, &job)).await;
    ended(server, pool, &job).await
}

fn counts(job: &Value) -> [i64; 3] {
    ["ImportedUsers", "SkippedUsers", "FailedUsers"].map(|name| job[name].as_i64().unwrap())
}

async fn users(server: &Server, pool: &str) -> usize {
    server.ok("ListUsers", json!({ "UserPoolId": pool })).await["Users"]
        .as_array()
        .unwrap()
        .len()
}

#[tokio::test]
async fn the_header_has_the_pools_attributes() {
    let server = Server::start().await;
    let schema = json!([{ "Name": "shoe", "AttributeDataType": "Number" }]);
    let pool = server.pool(json!({ "Schema": schema })).await;
    let answer = server
        .ok("GetCSVHeader", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(answer["UserPoolId"], pool);
    let header: Vec<&str> = answer["CSVHeader"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_str().unwrap())
        .collect();
    assert_eq!(
        header.join(","),
        "name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,\
         website,email,email_verified,gender,birthdate,\
         zoneinfo,locale,phone_number,phone_number_verified,address,updated_at,custom:shoe,\
         cognito:mfa_enabled,cognito:username"
    );
}

#[tokio::test]
async fn a_job_imports_users_who_must_reset_their_passwords() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let job = create(&server, &pool).await;
    assert_eq!(job["Status"], "Created");
    assert_eq!(job["JobId"].as_str().unwrap().len(), "import-".len() + 10);
    assert_eq!(
        (&job["JobName"], &job["CloudWatchLogsRoleArn"]),
        (&json!("a job"), &json!(ROLE))
    );
    assert_eq!(counts(&job), [0, 0, 0]);

    assert_eq!(
        upload(&server, &job, file(&[row("alice"), row("bob")])).await,
        StatusCode::OK
    );
    let started = server.ok("StartUserImportJob", named(&pool, &job)).await;
    assert_eq!(started["UserImportJob"]["Status"], "Pending");
    assert!(started["UserImportJob"]["StartDate"].is_number());
    let done = ended(&server, &pool, &job).await;
    assert_eq!(done["Status"], "Succeeded");
    assert_eq!(
        done["CompletionMessage"],
        "Import Job Completed Successfully."
    );
    assert_eq!(counts(&done), [2, 0, 0]);

    let alice = server
        .ok(
            "AdminGetUser",
            json!({ "UserPoolId": pool, "Username": "alice" }),
        )
        .await;
    assert_eq!(alice["UserStatus"], "RESET_REQUIRED");
    assert_eq!(
        attribute(&alice["UserAttributes"], "email_verified").unwrap(),
        "true"
    );
    let client = server.client(&pool, json!({})).await;
    let sign_in = json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client["ClientId"],
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": "Passw0rd!" },
    });
    assert_eq!(
        server.refused("InitiateAuth", sign_in).await,
        "PasswordResetRequiredException: Password reset required for the user"
    );
    // And so for SRP, which has no password to go by.
    let client = server
        .client(
            &pool,
            json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"] }),
        )
        .await;
    let srp = json!({
        "AuthFlow": "USER_SRP_AUTH", "ClientId": client["ClientId"],
        "AuthParameters": { "USERNAME": "alice", "SRP_A": "abcdef" },
    });
    assert_eq!(
        server.call("InitiateAuth", srp).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn where_mfa_is_optional_a_row_can_switch_messages_on() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let sms =
        json!({ "SnsCallerArn": "arn:aws:iam::123456789012:role/sns", "ExternalId": "external" });
    let mfa = json!({
        "UserPoolId": pool, "MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": { "SmsConfiguration": sms },
    });
    server.ok("SetUserPoolMfaConfig", mfa).await;
    let with_phone = row("alice").replace("true,,false", "true,+15550100,true");
    let rows = [
        with_phone.replace("alice,false", "alice,true"),
        with_phone.replace("alice", "bob"),
        row("carol").replace("carol,false", "carol,true"),
    ];
    let done = import(&server, &pool, file(&rows)).await;
    assert_eq!(counts(&done), [2, 0, 1], "{}", log(&server, &done).await);
    for (name, factors) in [("alice", json!(["SMS_MFA"])), ("bob", Value::Null)] {
        let named = json!({ "UserPoolId": pool, "Username": name });
        let user = server.ok("AdminGetUser", named).await;
        assert_eq!(user["UserMFASettingList"], factors, "{name}");
    }
}

#[tokio::test]
async fn rows_that_fail_are_counted_and_told_and_the_others_are_imported() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    server.user(&pool, "carol", &[]).await;
    let unverified = row("dave").replace("true", "false");
    let rows = [
        row("alice"),
        row("alice"),
        row("carol"),
        unverified,
        format!("{}\"", row("erin")),
        "\u{0}\u{1}junk".to_owned(),
        row("frank").replace("frank@", "frank"),
        String::new(),
        row("grace"),
    ];
    let job = import(&server, &pool, file(&rows)).await;
    assert_eq!(job["Status"], "Succeeded");
    assert_eq!(counts(&job), [2, 2, 4]);
    let log = log(&server, &job).await;
    let lines: Vec<&str> = log.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "Import Job Completed Successfully.",
            "Imported: 2, skipped: 2, failed: 4",
            "[SKIPPED] Line Number 3 - The user already exists.",
            "[SKIPPED] Line Number 4 - The user already exists.",
            "[FAILED] Line Number 5 - The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).",
            "[FAILED] Line Number 6 - A quotation mark is not closed or stands in the middle of a value.",
            "[FAILED] Line Number 7 - The row has 1 values, but the header has 21 columns.",
            "[FAILED] Line Number 8 - Invalid email address format.",
        ]
    );
    assert_eq!(users(&server, &pool).await, 3);
}

#[tokio::test]
async fn a_verified_alias_that_somebody_has_fails_the_row() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "AutoVerifiedAttributes": ["email"], "AliasAttributes": ["email"] }))
        .await;
    let twin = row("bob").replace("bob@", "alice@");
    let job = import(&server, &pool, file(&[row("alice"), twin])).await;
    assert_eq!(counts(&job), [1, 0, 1]);
    assert!(
        log(&server, &job)
            .await
            .contains("Line Number 3 - An account with the given email already exists.")
    );
}

#[tokio::test]
async fn a_file_that_is_no_such_csv_fails_the_job() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let junk: Vec<u8> = (0..300_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let wrong_header = format!(
        "{}\n{}\n",
        HEADER.replace("nickname", "alias"),
        row("alice")
    );
    for file in [
        Vec::new(),
        junk,
        wrong_header.into_bytes(),
        b"\n\n\n".to_vec(),
    ] {
        let job = import(&server, &pool, file).await;
        assert_eq!(job["Status"], "Failed");
        assert_eq!(
            job["CompletionMessage"],
            "The CSV header must have each column that GetCSVHeader lists, once."
        );
        assert_eq!(counts(&job), [0, 0, 0]);
    }
    let job = import(&server, &pool, format!("{HEADER}\r\n")).await;
    assert_eq!(job["CompletionMessage"], "The CSV file has no users.");
    let job = import(
        &server,
        &pool,
        format!("{HEADER}\n{}", "x".repeat(1_000_000)),
    )
    .await;
    assert_eq!(
        job["CompletionMessage"],
        "Too many users have failed or been skipped during the import."
    );
    assert!(
        log(&server, &job)
            .await
            .contains("Line Number 2 - The row is longer than 16000 characters.")
    );
    assert_eq!(users(&server, &pool).await, 0);
}

#[tokio::test]
async fn lines_may_be_cut_by_the_pieces_of_the_file_anywhere() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let rows: Vec<String> = (0..6_000).map(|n| row(&format!("user-{n:05}"))).collect();
    let job = import(&server, &pool, file(&rows)).await;
    assert_eq!(counts(&job), [6_000, 0, 0]);
    let again = import(&server, &pool, file(&rows)).await;
    assert_eq!(again["Status"], "Failed");
    assert_eq!(counts(&again), [0, 6_000, 0]);
}

#[tokio::test]
async fn the_url_is_for_one_job_and_fifteen_minutes_and_100_mb() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let (one, other) = (create(&server, &pool).await, create(&server, &pool).await);
    let (url, id) = (
        one["PreSignedUrl"].as_str().unwrap(),
        one["JobId"].as_str().unwrap(),
    );
    let stolen = url.replace(id, other["JobId"].as_str().unwrap());
    assert_eq!(
        put(&server, &stolen, "x").await.status,
        StatusCode::FORBIDDEN
    );
    let longer = url.replace("expires=1", "expires=9");
    assert_eq!(
        put(&server, &longer, "x").await.status,
        StatusCode::FORBIDDEN
    );
    let bare = url.split('?').next().unwrap();
    assert_eq!(
        put(&server, bare, "x").await.status,
        StatusCode::BAD_REQUEST
    );

    let large = vec![b'a'; import::LARGEST_FILE + 1];
    assert_eq!(
        upload(&server, &one, large).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(
        server
            .refused("StartUserImportJob", named(&pool, &one))
            .await,
        format!(
            "PreconditionNotMetException: No csv file was uploaded for {}",
            one["JobId"].as_str().unwrap()
        )
    );
    server.advance(Duration::from_secs(15 * 60));
    assert_eq!(
        upload(&server, &one, file(&[row("alice")])).await,
        StatusCode::OK
    );
    server.advance(Duration::from_secs(1));
    let late = put(&server, url, "x").await;
    assert_eq!(
        (late.status, &late.json()["error"]),
        (StatusCode::FORBIDDEN, &json!("expired"))
    );
}

#[tokio::test]
async fn only_a_created_job_takes_a_file_and_starts_and_only_one_at_a_time() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let job = create(&server, &pool).await;
    // The second file counts.
    assert_eq!(upload(&server, &job, "nothing").await, StatusCode::OK);
    let rows: Vec<String> = (0..1_000).map(|n| row(&format!("user-{n}"))).collect();
    assert_eq!(upload(&server, &job, file(&rows)).await, StatusCode::OK);
    let next = create(&server, &pool).await;
    assert_eq!(
        upload(&server, &next, file(&[row("alice")])).await,
        StatusCode::OK
    );

    server.ok("StartUserImportJob", named(&pool, &job)).await;
    assert_eq!(
        server
            .refused("StartUserImportJob", named(&pool, &next))
            .await,
        "PreconditionNotMetException: Another import job is in progress. Only one import job can be active at a time."
    );
    assert_eq!(upload(&server, &job, "late").await, StatusCode::CONFLICT);
    for (operation, input) in [
        ("DeleteUserPool", json!({ "UserPoolId": pool })),
        ("UpdateUserPool", json!({ "UserPoolId": pool })),
        (
            "AddCustomAttributes",
            json!({ "UserPoolId": pool, "CustomAttributes": [{ "Name": "a", "AttributeDataType": "String" }] }),
        ),
    ] {
        server
            .refuses_as(operation, input, "ImportRunsInPool")
            .await;
    }
    assert_eq!(counts(&ended(&server, &pool, &job).await), [1_000, 0, 0]);
    assert_eq!(
        server
            .refused("StartUserImportJob", named(&pool, &job))
            .await,
        "PreconditionNotMetException: The import job cannot be started. Current status is Succeeded"
    );
    assert_eq!(
        server
            .refused("StopUserImportJob", named(&pool, &job))
            .await,
        "PreconditionNotMetException: The import job cannot be stopped. Current status is Succeeded"
    );
    server.ok("StartUserImportJob", named(&pool, &next)).await;
    ended(&server, &pool, &next).await;
    server
        .ok("DeleteUserPool", json!({ "UserPoolId": pool }))
        .await;
}

#[tokio::test]
async fn a_stopped_job_stops_and_keeps_what_it_imported() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let job = create(&server, &pool).await;
    let rows: Vec<String> = (0..20_000).map(|n| row(&format!("user-{n}"))).collect();
    assert_eq!(upload(&server, &job, file(&rows)).await, StatusCode::OK);
    server.ok("StartUserImportJob", named(&pool, &job)).await;
    let stopping = server.ok("StopUserImportJob", named(&pool, &job)).await;
    assert_eq!(stopping["UserImportJob"]["Status"], "Stopping");
    let job = ended(&server, &pool, &job).await;
    assert_eq!(job["Status"], "Stopped");
    assert_eq!(
        job["CompletionMessage"],
        "The Import Job was stopped by the developer."
    );
    assert!(counts(&job)[0] < 20_000);
}

#[tokio::test]
async fn a_job_goes_on_where_it_was_when_the_server_died() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let job = create(&server, &pool).await;
    let rows: Vec<String> = (0..500).map(|n| row(&format!("user-{n}"))).collect();
    assert_eq!(upload(&server, &job, file(&rows)).await, StatusCode::OK);

    // As a server leaves it that dies after 100 rows: the users and how far it came, written
    // together.
    let id = job["JobId"].as_str().unwrap();
    let done = HEADER.len() + 1 + rows[..100].iter().map(|row| row.len() + 1).sum::<usize>();
    let mut write = server.app.store.write().await.unwrap();
    let mut stored = write.import_jobs().find(id).await.unwrap().unwrap();
    stored.status = mocknito::wire::user_pools::UserImportJobStatusType::InProgress;
    stored.imported = 100;
    stored.next_byte = i64::try_from(done).unwrap();
    stored.next_line = 102;
    write.import_jobs().update(&stored).await.unwrap();
    write.commit().await.unwrap();

    import::resume(&server.app).await.unwrap();
    let job = ended(&server, &pool, &job).await;
    assert_eq!(
        (&job["Status"], counts(&job)),
        (&json!("Succeeded"), [500, 0, 0])
    );
    let count = server
        .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(count["UserPool"]["EstimatedNumberOfUsers"], 400);
}

#[tokio::test]
async fn jobs_are_listed_newest_first_and_expire_when_nobody_starts_them() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.insert(0, create(&server, &pool).await["JobId"].clone());
        server.advance(Duration::from_secs(60));
    }
    let newest = create(&server, &pool).await;
    ids.insert(0, newest["JobId"].clone());
    assert_eq!(upload(&server, &newest, "anything").await, StatusCode::OK);
    let mut listed = Vec::new();
    let mut input = json!({ "UserPoolId": pool, "MaxResults": 3 });
    loop {
        let page = server.ok("ListUserImportJobs", input.clone()).await;
        listed.extend(
            page["UserImportJobs"]
                .as_array()
                .unwrap()
                .iter()
                .map(|job| job["JobId"].clone()),
        );
        match &page["PaginationToken"] {
            Value::Null => break,
            token => input["PaginationToken"] = token.clone(),
        }
    }
    assert_eq!(listed, ids);

    server.advance(Duration::from_secs(24 * 3_600 + 1));
    let job = json!({ "JobId": ids[0] });
    assert_eq!(describe(&server, &pool, &job).await["Status"], "Expired");
    assert_eq!(
        server
            .refused("StartUserImportJob", named(&pool, &job))
            .await,
        "PreconditionNotMetException: The import job cannot be started. Current status is Expired"
    );

    // Its file goes in time.
    server.advance(Duration::from_secs(24 * 3_600));
    server.app.sweep().await.unwrap();
    let id = newest["JobId"].as_str().unwrap();
    let mut read = server.app.store.read().await.unwrap();
    let upload = read
        .import_jobs()
        .find(id)
        .await
        .unwrap()
        .unwrap()
        .upload
        .unwrap();
    assert_eq!(
        read.import_jobs().count_chunks(id, &upload).await.unwrap(),
        0
    );
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused_at_once() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let create =
        |role: &str| json!({ "UserPoolId": pool, "JobName": "a", "CloudWatchLogsRoleArn": role });
    assert_eq!(
        server
            .refused(
                "CreateUserImportJob",
                create("arn:aws:lambda:us-east-1:123456789012:function:f")
            )
            .await,
        "InvalidParameterException: Invalid ARN: arn:aws:lambda:us-east-1:123456789012:function:f"
    );
    let mut hashed = create(ROLE);
    hashed["PasswordHashingAlgorithm"] = json!("MD5");
    let refusal = server.refused("CreateUserImportJob", hashed).await;
    assert!(refusal.contains("passwordHashingAlgorithm"), "{refusal}");
    assert_eq!(
        server
            .refused(
                "DescribeUserImportJob",
                json!({ "UserPoolId": pool, "JobId": "import-none" })
            )
            .await,
        "ResourceNotFoundException: Import job import-none does not exist."
    );
    let elsewhere = server.pool(json!({})).await;
    let job = self::create(&server, &pool).await;
    for operation in [
        "DescribeUserImportJob",
        "StartUserImportJob",
        "StopUserImportJob",
    ] {
        let refusal = server.refused(operation, named(&elsewhere, &job)).await;
        assert!(
            refusal.starts_with("ResourceNotFoundException: Import job import-"),
            "{refusal}"
        );
    }

    // Documented: without auto-verified attributes the job does not start.
    let job = self::create(&server, &elsewhere).await;
    assert_eq!(
        upload(&server, &job, file(&[row("alice")])).await,
        StatusCode::OK
    );
    assert_eq!(
        server
            .refused("StartUserImportJob", named(&elsewhere, &job))
            .await,
        "PreconditionNotMetException: The user pool has no auto verified attributes."
    );
}
