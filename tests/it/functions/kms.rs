//! Decrypt as AWS KMS has it, for the codes of custom senders.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::Server;

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

async fn kms(server: &Server, operation: &str, input: Value) -> (u16, Value) {
    let request = Request::post("/")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("TrentService.{operation}"))
        .body(Body::from(input.to_string()))
        .unwrap();
    let reply = server.send(request).await;
    assert_eq!(reply.headers["content-type"], "application/x-amz-json-1.1");
    (reply.status.as_u16(), reply.json())
}

#[tokio::test]
async fn a_data_key_is_given_to_who_knows_its_context_and_names_its_key() {
    let server = Server::start().await;
    let context = BTreeMap::from([("userpool-id".to_owned(), "us-east-1_Pool".to_owned())]);
    let sealed = {
        let mut rng = server.app.random.generator();
        server
            .app
            .keys
            .kms
            .encrypt(KEY, &context, b"data key", &mut rng)
    };
    let input = json!({ "CiphertextBlob": STANDARD.encode(&sealed), "EncryptionContext": context, "KeyId": KEY });
    let (status, answer) = kms(&server, "Decrypt", input.clone()).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["KeyId"], KEY);
    assert_eq!(answer["Plaintext"], STANDARD.encode("data key"));
    assert_eq!(answer["EncryptionAlgorithm"], "SYMMETRIC_DEFAULT");

    let refused = |member: &'static str, value: Value| {
        let (mut input, server) = (input.clone(), &server);
        input[member] = value;
        async move {
            let (status, answer) = kms(server, "Decrypt", input).await;
            assert_eq!(status, 400, "{answer}");
            answer["__type"].as_str().unwrap().to_owned()
        }
    };
    let mut altered = sealed.clone();
    *altered.last_mut().unwrap() ^= 1;
    assert_eq!(
        refused("EncryptionContext", json!({})).await,
        "InvalidCiphertextException"
    );
    assert_eq!(
        refused("CiphertextBlob", json!(STANDARD.encode(altered))).await,
        "InvalidCiphertextException"
    );
    assert_eq!(
        refused("CiphertextBlob", json!("")).await,
        "InvalidCiphertextException"
    );
    assert_eq!(
        refused(
            "KeyId",
            json!("arn:aws:kms:us-east-1:123456789012:key/another")
        )
        .await,
        "IncorrectKeyException"
    );
    assert_eq!(
        refused("EncryptionAlgorithm", json!("RSAES_OAEP_SHA_1")).await,
        "InvalidKeyUsageException"
    );
    assert_eq!(
        refused("CiphertextBlob", json!(1)).await,
        "SerializationException"
    );
}

#[tokio::test]
async fn nothing_else_of_kms_is_served() {
    let server = Server::start().await;
    let (status, answer) = kms(&server, "CreateKey", json!({})).await;
    assert_eq!(
        (status, &answer["__type"]),
        (400, &json!("UnknownOperationException"))
    );
}
