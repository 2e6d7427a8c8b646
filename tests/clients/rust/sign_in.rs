//! The AWS SDK for Rust against the real binary: signing in, reading the user, refreshing, and its
//! typed errors.

use std::env;
use std::process::Stdio;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::retry::RetryConfig;
use aws_sdk_cognitoidentityprovider::config::{Config, Credentials, Region};
use aws_sdk_cognitoidentityprovider::error::ProvideErrorMetadata;
use aws_sdk_cognitoidentityprovider::operation::RequestId;
use aws_sdk_cognitoidentityprovider::operation::initiate_auth::{
    InitiateAuthError, InitiateAuthOutput,
};
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, AuthFlowType, AuthenticationResultType, ChallengeNameType, UserStatusType,
};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const POOL: &str = "us-east-1_Mocknito1";
const CLIENT: &str = "democlient0000000000000000";
const PASSWORD: &str = "Passw0rd!";

/// A demo server, which ends with the test.
struct Server {
    _process: Child,
    cognito: Client,
}

async fn server() -> Server {
    let binary =
        env::var("MOCKNITO_BIN").unwrap_or_else(|_| "../../../target/debug/mocknito".into());
    let mut process = Command::new(&binary)
        .args([
            "serve",
            "--ephemeral",
            "--demo",
            "--log",
            "warn",
            "--port",
            "0",
        ])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("{binary}: {error}"));
    let endpoint = endpoint(&mut process).await;
    // The SDK, unmodified but for the endpoint.
    let config = Config::builder()
        .behavior_version_latest()
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Server {
        _process: process,
        cognito: Client::from_conf(config),
    }
}

/// Where it listens, by what it prints at its start. A port that is looked for beforehand may be
/// somebody else's by the time it is used.
async fn endpoint(process: &mut Child) -> String {
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let found = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some(endpoint) = line.trim().strip_prefix("Endpoint") {
                return endpoint.trim().replace("localhost", "127.0.0.1");
            }
        }
        panic!("the server ended before it was ready");
    };
    tokio::time::timeout(Duration::from_secs(20), found)
        .await
        .expect("the server does not answer")
}

impl Server {
    async fn sign_in(
        &self,
        username: &str,
        password: &str,
    ) -> Result<InitiateAuthOutput, InitiateAuthError> {
        self.cognito
            .initiate_auth()
            .client_id(CLIENT)
            .auth_flow(AuthFlowType::UserPasswordAuth)
            .auth_parameters("USERNAME", username)
            .auth_parameters("PASSWORD", password)
            .send()
            .await
            .map_err(|error| error.into_service_error())
    }

    async fn tokens(&self, username: &str) -> AuthenticationResultType {
        let answer = self.sign_in(username, PASSWORD).await.unwrap();
        answer.authentication_result.unwrap()
    }
}

fn value<'a>(attributes: &'a [AttributeType], name: &str) -> Option<&'a str> {
    attributes
        .iter()
        .find(|attribute| attribute.name() == name)?
        .value()
}

#[tokio::test]
async fn a_user_signs_in_and_reads_itself() {
    let server = server().await;
    let tokens = server.tokens("alice").await;
    assert_eq!(tokens.token_type(), Some("Bearer"));
    assert_eq!(tokens.expires_in(), 3600);
    let user = server
        .cognito
        .get_user()
        .access_token(tokens.access_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(user.username(), "alice");
    assert_eq!(
        value(user.user_attributes(), "email"),
        Some("alice@example.com")
    );
    assert_eq!(
        value(user.user_attributes(), "email_verified"),
        Some("true")
    );
}

#[tokio::test]
async fn tokens_are_refreshed_and_revoked() {
    let server = server().await;
    let tokens = server.tokens("bob").await;
    let refresh = || {
        server
            .cognito
            .get_tokens_from_refresh_token()
            .client_id(CLIENT)
            .refresh_token(tokens.refresh_token().unwrap())
            .send()
    };
    let refreshed = refresh().await.unwrap().authentication_result.unwrap();
    assert_ne!(refreshed.access_token(), tokens.access_token());
    assert_ne!(refreshed.id_token(), tokens.id_token());

    server
        .cognito
        .revoke_token()
        .client_id(CLIENT)
        .token(tokens.refresh_token().unwrap())
        .send()
        .await
        .unwrap();
    let error = refresh().await.unwrap_err().into_service_error();
    assert!(error.is_not_authorized_exception(), "{error:?}");
    assert_eq!(error.message(), Some("Refresh Token has been revoked"));
}

#[tokio::test]
async fn a_temporary_password_is_replaced() {
    let server = server().await;
    let challenge = server.sign_in("carol", "Temp0rary!").await.unwrap();
    assert_eq!(
        challenge.challenge_name(),
        Some(&ChallengeNameType::NewPasswordRequired)
    );
    let answer = server
        .cognito
        .respond_to_auth_challenge()
        .client_id(CLIENT)
        .challenge_name(ChallengeNameType::NewPasswordRequired)
        .session(challenge.session().unwrap())
        .challenge_responses("USERNAME", "carol")
        .challenge_responses("NEW_PASSWORD", "N3w-Passw0rd")
        .send()
        .await
        .unwrap();
    assert!(answer.authentication_result().unwrap().id_token().is_some());
    let user = server
        .cognito
        .admin_get_user()
        .user_pool_id(POOL)
        .username("carol")
        .send()
        .await
        .unwrap();
    assert_eq!(user.user_status(), Some(&UserStatusType::Confirmed));
    assert!(user.user_create_date().is_some());
}

#[tokio::test]
async fn errors_arrive_as_the_sdk_s_own_types() {
    let server = server().await;
    match server.sign_in("alice", "Wr0ng-Password").await {
        Err(InitiateAuthError::NotAuthorizedException(error)) => {
            assert_eq!(error.message(), Some("Incorrect username or password."));
            assert_eq!(error.meta().code(), Some("NotAuthorizedException"));
            assert!(error.request_id().is_some());
        }
        other => panic!("{other:?}"),
    }
    let cognito = &server.cognito;
    let nobody = cognito
        .admin_get_user()
        .user_pool_id(POOL)
        .username("nobody")
        .send()
        .await;
    assert!(
        nobody
            .unwrap_err()
            .into_service_error()
            .is_user_not_found_exception()
    );
    let nowhere = cognito
        .describe_user_pool()
        .user_pool_id("us-east-1_Nowhere00")
        .send()
        .await;
    assert!(
        nowhere
            .unwrap_err()
            .into_service_error()
            .is_resource_not_found_exception()
    );
    let taken = cognito
        .create_group()
        .user_pool_id(POOL)
        .group_name("users")
        .send()
        .await;
    assert!(
        taken
            .unwrap_err()
            .into_service_error()
            .is_group_exists_exception()
    );
}

#[tokio::test]
async fn the_sdk_s_paginators_reach_the_end() {
    let server = server().await;
    let mut pages = server
        .cognito
        .list_users()
        .user_pool_id(POOL)
        .limit(1)
        .into_paginator()
        .items()
        .send();
    let mut names = Vec::new();
    while let Some(user) = pages.next().await {
        names.push(user.unwrap().username.unwrap());
    }
    names.sort();
    assert_eq!(names, ["alice", "bob", "carol"]);
}
