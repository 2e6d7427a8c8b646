//! The relay: e-mails reach a mail catcher, and one that is down or refuses loses nothing.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use mocknito::config::SmtpServer;
use mocknito::outbox::Outbox;
use mocknito::outbox::smtp::Relay;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::support::Server;

/// A mail catcher: says `welcome` to who connects, and passes on what it is sent as mail.
async fn catcher(
    welcome: &'static [&'static str],
) -> (SmtpServer, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let server = SmtpServer {
        host: "127.0.0.1".to_owned(),
        port: listener.local_addr().unwrap().port(),
    };
    let (caught, mails) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut welcomes = welcome.iter().chain(std::iter::repeat(&"220 hello"));
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (reader, mut writer) = stream.into_split();
            let mut lines = BufReader::new(reader).lines();
            let first = welcomes.next().unwrap();
            writer
                .write_all(format!("{first}\r\n").as_bytes())
                .await
                .unwrap();
            let mut mail: Option<String> = None;
            while let Ok(Some(line)) = lines.next_line().await {
                let answer = match &mut mail {
                    Some(_) if line == "." => {
                        caught.send(mail.take().unwrap()).unwrap();
                        "250 taken"
                    }
                    Some(text) => {
                        text.push_str(&line);
                        text.push('\n');
                        continue;
                    }
                    None if line == "DATA" => {
                        mail = Some(String::new());
                        "354 go on"
                    }
                    None => "250 fine",
                };
                if writer
                    .write_all(format!("{answer}\r\n").as_bytes())
                    .await
                    .is_err()
                {
                    break;
                }
            }
        }
    });
    (server, mails)
}

async fn next(mails: &mut mpsc::UnboundedReceiver<String>) -> String {
    tokio::time::timeout(Duration::from_secs(20), mails.recv())
        .await
        .expect("a mail arrives")
        .unwrap()
}

async fn invite(
    server: &Server,
    pool: &str,
    name: &str,
    attribute: &str,
    value: &str,
    medium: &str,
) {
    let input = json!({
        "UserPoolId": pool, "Username": name, "DesiredDeliveryMediums": [medium],
        "UserAttributes": [{ "Name": attribute, "Value": value }],
    });
    server.ok("AdminCreateUser", input).await;
}

async fn inbox(server: &Server) -> Vec<Value> {
    let request = Request::get("/_mocknito/inbox")
        .body(Body::empty())
        .unwrap();
    server.send(request).await.json()["messages"]
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn an_e_mail_reaches_the_catcher_and_an_sms_does_not() {
    let (catcher, mut mails) = catcher(&[]).await;
    let server = Server::sending_to(Outbox::with_relay(Relay::start(&catcher))).await;
    let pool = server.pool(json!({})).await;
    invite(
        &server,
        &pool,
        "carol",
        "phone_number",
        "+12065550100",
        "SMS",
    )
    .await;
    invite(
        &server,
        &pool,
        "alice",
        "email",
        "alice@example.com",
        "EMAIL",
    )
    .await;

    let mail = next(&mut mails).await;
    assert!(mail.contains("To: alice@example.com\n"), "{mail}");
    assert!(
        mail.contains("From: no-reply@verificationemail.com\n"),
        "{mail}"
    );
    assert!(
        mail.contains("Subject: Your temporary password\n"),
        "{mail}"
    );
    // The server's own time, which stands still here.
    assert!(
        mail.contains("Date: Thu, 01 Jan 2026 00:00:00 +0000\n"),
        "{mail}"
    );
    assert!(mail.contains("Your username is alice"), "{mail}");
    assert_eq!(inbox(&server).await.len(), 2);
    assert!(mails.try_recv().is_err(), "the SMS stays here");
}

#[tokio::test]
async fn a_catcher_that_is_busy_is_asked_again() {
    let (catcher, mut mails) = catcher(&["421 later"]).await;
    let server = Server::sending_to(Outbox::with_relay(Relay::start(&catcher))).await;
    let pool = server.pool(json!({})).await;
    invite(
        &server,
        &pool,
        "alice",
        "email",
        "alice@example.com",
        "EMAIL",
    )
    .await;
    assert!(next(&mut mails).await.contains("alice@example.com"));
}

#[tokio::test]
async fn a_catcher_that_refuses_for_good_does_not_hold_up_the_next_mail() {
    let (catcher, mut mails) = catcher(&["554 never"]).await;
    let server = Server::sending_to(Outbox::with_relay(Relay::start(&catcher))).await;
    let pool = server.pool(json!({})).await;
    invite(
        &server,
        &pool,
        "alice",
        "email",
        "alice@example.com",
        "EMAIL",
    )
    .await;
    invite(&server, &pool, "bob", "email", "bob@example.com", "EMAIL").await;
    assert!(next(&mut mails).await.contains("bob@example.com"));
}

#[tokio::test]
async fn nobody_waits_for_a_catcher_that_says_nothing() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let silent = SmtpServer {
        host: "127.0.0.1".to_owned(),
        port: listener.local_addr().unwrap().port(),
    };
    let server = Server::sending_to(Outbox::with_relay(Relay::start(&silent))).await;
    let pool = server.pool(json!({})).await;
    invite(
        &server,
        &pool,
        "alice",
        "email",
        "alice@example.com",
        "EMAIL",
    )
    .await;
    assert_eq!(inbox(&server).await[0]["to"], "alice@example.com");

    // The invitation is answered, and the relay's first attempt is still waiting for a welcome: one
    // that was given up would have hung up.
    let (stream, _) = listener.accept().await.unwrap();
    let (reader, mut writer) = stream.into_split();
    writer.write_all(b"220 hello\r\n").await.unwrap();
    let first = BufReader::new(reader).lines().next_line().await.unwrap();
    assert!(first.unwrap().starts_with("EHLO "));
}

#[tokio::test]
async fn a_catcher_that_is_down_loses_nothing() {
    // Taken and given back: nobody listens there.
    let port = TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let down = SmtpServer {
        host: "127.0.0.1".to_owned(),
        port,
    };
    let server = Server::sending_to(Outbox::with_relay(Relay::start(&down))).await;
    let pool = server.pool(json!({})).await;
    invite(
        &server,
        &pool,
        "alice",
        "email",
        "alice@example.com",
        "EMAIL",
    )
    .await;
    let messages = inbox(&server).await;
    assert_eq!(messages[0]["to"], "alice@example.com");
    assert!(messages[0]["code"].is_string());
}
