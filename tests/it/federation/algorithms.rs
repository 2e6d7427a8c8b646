//! By which algorithms providers may sign ID tokens, and by which nobody may.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::issuer::{way_back, world};
use super::provider::Provider;
use super::{Browser, Federated, parameters, told};
use crate::support::{Reply, Server, claims};

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token with this header and a signature by this function.
fn signed(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let message = format!(
        "{}.{}",
        encode(header.to_string()),
        encode(claims.to_string())
    );
    let signature = encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// A sign-in whose ID token is made by this function of a good one's claims.
async fn come_back(
    world: &Federated<'_>,
    provider: &Provider,
    make: impl FnOnce(&Value) -> String,
) -> Reply {
    let mut browser = Browser::new(world.server);
    let asked = parameters(&world.begin(&mut browser).await);
    let token = make(&provider.claims(&asked["nonce"]));
    provider.plan(|plan| {
        plan.id_token = Some(token);
        plan.user_info = Some(json!({ "sub": "u-1" }));
    });
    browser.get(&way_back(&asked["state"])).await
}

struct Curve {
    alg: &'static str,
    crv: &'static str,
    signing: &'static EcdsaSigningAlgorithm,
}

const CURVES: [Curve; 3] = [
    Curve {
        alg: "ES256",
        crv: "P-256",
        signing: &ECDSA_P256_SHA256_FIXED_SIGNING,
    },
    Curve {
        alg: "ES384",
        crv: "P-384",
        signing: &ECDSA_P384_SHA384_FIXED_SIGNING,
    },
    Curve {
        alg: "ES512",
        crv: "P-521",
        signing: &ECDSA_P521_SHA512_FIXED_SIGNING,
    },
];

fn ec_jwk(pair: &EcdsaKeyPair, curve: &Curve) -> Value {
    let point = &pair.public_key().as_ref()[1..];
    let (x, y) = point.split_at(point.len() / 2);
    json!({
        "kty": "EC", "crv": curve.crv, "kid": "k", "use": "sig", "alg": curve.alg,
        "x": encode(x), "y": encode(y),
    })
}

#[tokio::test]
async fn elliptic_curves_of_three_sizes_sign() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider, json!({})).await;
    for curve in &CURVES {
        let pair = EcdsaKeyPair::generate(curve.signing).unwrap();
        let other = EcdsaKeyPair::generate(curve.signing).unwrap();
        let header = json!({ "alg": curve.alg, "kid": "k" });
        let by = |pair: &EcdsaKeyPair, message: &[u8]| {
            let signature = pair.sign(&SystemRandom::new(), message).unwrap();
            signature.as_ref().to_vec()
        };
        provider.plan(|plan| {
            let keys = json!({ "keys": [ec_jwk(&other, &CURVES[0]), ec_jwk(&pair, curve)] });
            plan.keys = Some(keys);
        });
        let good = |claims: &Value| signed(&header, claims, |message| by(&pair, message));
        let back = come_back(&world, &provider, good).await;
        let said = claims(&world.tokens(&back).await["id_token"]);
        assert_eq!(said["cognito:username"], "Corp_u-1", "{}", curve.alg);

        type Make<'m> = Box<dyn Fn(&Value) -> String + 'm>;
        let forgeries: [Make<'_>; 3] = [
            Box::new(|claims| {
                let stranger = EcdsaKeyPair::generate(curve.signing).unwrap();
                signed(&header, claims, |message| by(&stranger, message))
            }),
            Box::new(|claims| {
                let token = good(claims);
                let (head, _) = token.split_once('.').unwrap();
                let (_, signature) = token.rsplit_once('.').unwrap();
                let altered = claims.to_string().replace("u-1", "u-2");
                format!("{head}.{}.{signature}", encode(altered))
            }),
            // Of zeros alone (CVE-2022-21449).
            Box::new(|claims| signed(&header, claims, |message| vec![0; by(&pair, message).len()])),
        ];
        for forge in forgeries {
            let back = come_back(&world, &provider, forge).await;
            assert_eq!(
                told(&back),
                "invalid_request: Bad id_token: its signature is not the provider's",
                "{}",
                curve.alg
            );
        }
    }
}

#[tokio::test]
async fn the_clients_secret_signs_and_no_public_key_is_a_secret() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    // Whoever signs by secrets alone need not publish keys.
    provider.plan(|plan| {
        plan.discovery.as_object_mut().unwrap().remove("jwks_uri");
    });
    let world = world(&server, &provider, json!({})).await;
    let by_secret = |alg: &str, secret: &[u8], claims: &Value| {
        let algorithm = match alg {
            "HS256" => hmac::HMAC_SHA256,
            "HS384" => hmac::HMAC_SHA384,
            _ => hmac::HMAC_SHA512,
        };
        let key = hmac::Key::new(algorithm, secret);
        signed(&json!({ "alg": alg }), claims, |message| {
            hmac::sign(&key, message).as_ref().to_vec()
        })
    };
    for alg in ["HS256", "HS384", "HS512"] {
        let back = come_back(&world, &provider, |claims| {
            by_secret(alg, b"o-secret", claims)
        });
        world.tokens(&back.await).await;
        let wrong = come_back(&world, &provider, |claims| {
            by_secret(alg, b"another", claims)
        });
        assert_eq!(
            told(&wrong.await),
            "invalid_request: Bad id_token: its signature is not the provider's"
        );
    }
    // A secret that stands in the public set is none.
    let at = format!("{}/keys", provider.issuer);
    provider.plan(|plan| {
        plan.discovery["jwks_uri"] = json!(at);
        let oct = json!({ "kty": "oct", "k": encode("known to all"), "kid": "k", "alg": "HS256" });
        plan.keys = Some(json!({ "keys": [oct] }));
    });
    let wrong = come_back(&world, &provider, |claims| {
        by_secret("HS256", b"known to all", claims)
    });
    assert_eq!(
        told(&wrong.await),
        "invalid_request: Bad id_token: its signature is not the provider's"
    );
}

#[tokio::test]
async fn a_client_without_a_secret_takes_nothing_that_is_signed_by_one() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider, json!({ "client_secret": "" })).await;
    let back = come_back(&world, &provider, |claims| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"");
        signed(&json!({ "alg": "HS256" }), claims, |message| {
            hmac::sign(&key, message).as_ref().to_vec()
        })
    });
    assert_eq!(
        told(&back.await),
        "invalid_request: Bad id_token: its signature is not the provider's"
    );
}

#[tokio::test]
async fn what_is_not_on_the_list_is_refused_by_its_name() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let pair = Ed25519KeyPair::generate().unwrap();
    provider.plan(|plan| {
        let x = encode(pair.public_key().as_ref());
        let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "k" });
        plan.keys = Some(json!({ "keys": [key] }));
    });
    let world = world(&server, &provider, json!({})).await;
    let refusal = async |token: &dyn Fn(&Value) -> String| {
        let back = come_back(&world, &provider, token).await;
        told(&back)
    };
    for alg in ["EdDSA", "Ed25519", "none", "NONE", "ES256K", "HS1"] {
        let header = json!({ "alg": alg, "kid": "k" });
        let make = |claims: &Value| {
            signed(&header, claims, |message| {
                pair.sign(message).as_ref().into()
            })
        };
        let refused = refusal(&make);
        assert_eq!(
            refused.await,
            format!("invalid_request: Bad id_token: its algorithm {alg} is not accepted")
        );
    }
    // Encrypted for the client (RFC 7516): five parts.
    let header = encode(json!({ "alg": "RSA-OAEP", "enc": "A256GCM" }).to_string());
    assert_eq!(
        refusal(&|_| format!("{header}.a.b.c.d")).await,
        "invalid_request: Bad id_token: it is encrypted"
    );
    assert_eq!(
        refusal(&|_| format!("{header}.a.b.c")).await,
        "invalid_request: Bad id_token: it is malformed"
    );
}
