//! Many users: exported piece by piece, loaded in batches, and quickly.

use std::fmt::Write as _;
use std::time::Instant;

use serde_json::json;

use super::{exported, load, loaded};
use crate::support::Server;

/// Salt and verifier of somebody, as good as anybody's.
async fn verifier() -> String {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    server.user(&pool, "alice", &[]).await;
    let text = exported(&server).await;
    let (_, rest) = text.split_once("PasswordVerifier:").unwrap();
    let value = |key: &str| {
        let (_, rest) = rest.split_once(&format!("{key}: ")).unwrap();
        rest.lines().next().unwrap().to_owned()
    };
    format!(
        "{{Salt: {}, Verifier: {}}}",
        value("Salt"),
        value("Verifier")
    )
}

#[tokio::test]
async fn a_few_thousand_users_come_and_go_in_their_order() {
    let verifier = verifier().await;
    let mut yaml = "UserPools:\n  - PoolName: p\n    UserPoolId: us-east-1_Many00001\n    \
                    Groups: [{GroupName: g}]\n    Users:\n"
        .to_owned();
    let many = 1_300;
    for number in 0..many {
        writeln!(
            yaml,
            "      - {{Username: user{number}, Groups: [g], PasswordVerifier: {verifier}, \
             UserAttributes: {{email: user{number}@example.com, email_verified: 'true'}}, \
             UserCreateDate: '2026-01-01T00:{:02}:{:02}Z'}}",
            number / 60 % 60,
            number % 60,
        )
        .unwrap();
    }
    let begun = Instant::now();
    let server = loaded(&yaml).await;
    let took = begun.elapsed();
    let text = exported(&server).await;
    assert_eq!(text.matches("- Username: user").count(), many);
    assert!(text.find("user7\n").unwrap() < text.find("user1200\n").unwrap());
    let again = loaded(&text).await;
    assert_eq!(exported(&again).await, text);
    // Everybody is there already.
    load(&again, &text).await.unwrap();
    assert_eq!(exported(&again).await, text);
    // For who measures: --nocapture.
    println!("{many} users were read and loaded in {took:?}");
}
