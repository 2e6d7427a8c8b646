//! Encrypted assertions: for the pool's certificate, by every method that is taken, and the one
//! answer to everything that is wrong with one.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_256, DecryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPublicEncryptingKey,
    PrivateDecryptingKey,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mocknito::keys;
use serde_json::{Value, json};

use super::saml::{Answer, KEY, OTHER_KEY, come_back, world};
use super::{Federated, told};
use crate::support::{Server, claims};

const CBC_128: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
const CBC_256: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
const GCM_128: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
const GCM_256: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
const OAEP: &str = "<xenc:EncryptionMethod \
    Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p\"/>";

/// How an assertion is encrypted. The tests' pools decrypt with the key of their access tokens.
struct Encryption {
    key: &'static [u8],
    method: &'static str,
    transport: &'static str,
    oaep: &'static OaepAlgorithm,
    /// The key beside the data, not in it.
    is_beside: bool,
}

impl Default for Encryption {
    fn default() -> Self {
        Self {
            key: KEY,
            method: GCM_256,
            transport: OAEP,
            oaep: &OAEP_SHA1_MGF1SHA1,
            is_beside: false,
        }
    }
}

impl Encryption {
    fn data(&self, key: &[u8], plain: &str) -> Vec<u8> {
        let mut text = plain.as_bytes().to_vec();
        let gcm = |algorithm, mut text: Vec<u8>| {
            let sealing = LessSafeKey::new(UnboundKey::new(algorithm, key).unwrap());
            let nonce = Nonce::assume_unique_for_key([7; 12]);
            sealing
                .seal_in_place_append_tag(nonce, Aad::empty(), &mut text)
                .unwrap();
            [[7; 12].as_slice(), &text].concat()
        };
        let algorithm = match self.method {
            GCM_128 => return gcm(&AES_128_GCM, text),
            GCM_256 => return gcm(&AES_256_GCM, text),
            CBC_128 => &AES_128,
            _ => &AES_256,
        };
        let sealing = UnboundCipherKey::new(algorithm, key).unwrap();
        let sealing = PaddedBlockEncryptingKey::cbc_pkcs7(sealing).unwrap();
        let context = sealing.encrypt(&mut text).unwrap();
        let DecryptionContext::Iv128(vector) = context else {
            panic!("another vector");
        };
        [vector.as_ref().as_slice(), &text].concat()
    }

    /// An `EncryptedAssertion` with this text in it.
    fn around(&self, plain: &str) -> String {
        let length = if self.method.contains("128") { 16 } else { 32 };
        let key = vec![9; length];
        let data = STANDARD.encode(self.data(&key, plain));
        let public = PrivateDecryptingKey::from_pkcs8(self.key)
            .unwrap()
            .public_key();
        let public = OaepPublicEncryptingKey::new(public).unwrap();
        let mut wrapped = vec![0; public.ciphertext_size()];
        let wrapped = public.encrypt(self.oaep, &key, &mut wrapped, None).unwrap();
        let key = format!(
            "<xenc:EncryptedKey xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\">{}\
             <xenc:CipherData><xenc:CipherValue>\n{}\n</xenc:CipherValue></xenc:CipherData>\
             </xenc:EncryptedKey>",
            self.transport,
            STANDARD.encode(wrapped)
        );
        let info = |key: &str| {
            format!(
                "<ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{key}</ds:KeyInfo>"
            )
        };
        let (inside, beside) = if self.is_beside {
            (String::new(), key)
        } else {
            (info(&key), String::new())
        };
        format!(
            "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
             <xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" \
             Type=\"http://www.w3.org/2001/04/xmlenc#Element\">\
             <xenc:EncryptionMethod Algorithm=\"{}\"/>{inside}<xenc:CipherData>\
             <xenc:CipherValue>{data}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>\
             {beside}</saml:EncryptedAssertion>",
            self.method
        )
    }
}

/// The assertion alone, signed.
fn assertion(answer: &Answer) -> String {
    let template = keys::template(&answer.id);
    keys::fill_in(answer.key, &answer.assertion(&template)).unwrap()
}

async fn required<'s>(server: &'s Server) -> Federated<'s> {
    let details = json!({ "EncryptedResponses": "true" });
    world(server, "https://idp.test/sso", details).await
}

fn refused(reason: &str) -> String {
    format!("invalid_request: Error in SAML response processing: {reason}")
}

#[tokio::test]
async fn the_certificate_is_described_and_is_another_than_the_one_that_signs() {
    let server = Server::start().await;
    let world = required(&server).await;
    let named = json!({ "UserPoolId": world.pool, "ProviderName": "Corp" });
    let described = server.ok("DescribeIdentityProvider", named).await;
    let details = &described["IdentityProvider"]["ProviderDetails"];
    let certificate = STANDARD
        .decode(details["ActiveEncryptionCertificate"].as_str().unwrap())
        .unwrap();
    let modulus = |pkcs8: &[u8]| {
        let key = keys::SigningKey::from_pkcs8(pkcs8).unwrap();
        let jwk = serde_json::to_value(key.jwk()).unwrap();
        URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap()
    };
    let certifies = |certificate: &[u8], pkcs8: &[u8]| {
        let modulus = modulus(pkcs8);
        certificate
            .windows(modulus.len())
            .any(|part| part == modulus)
    };
    assert!(certifies(&certificate, KEY));
    let signing = server
        .ok("GetSigningCertificate", json!({ "UserPoolId": world.pool }))
        .await;
    let signing = STANDARD
        .decode(signing["Certificate"].as_str().unwrap())
        .unwrap();
    assert!(certifies(&signing, OTHER_KEY) && !certifies(&signing, KEY));
    let again = server
        .ok(
            "DescribeIdentityProvider",
            json!({ "UserPoolId": world.pool, "ProviderName": "Corp" }),
        )
        .await;
    assert_eq!(again["IdentityProvider"]["ProviderDetails"], *details);
}

#[tokio::test]
async fn an_encrypted_assertion_signs_in_by_every_method() {
    let server = Server::start().await;
    let world = required(&server).await;
    let sha256 = "<xenc:EncryptionMethod \
        Algorithm=\"http://www.w3.org/2009/xmlenc11#rsa-oaep\"><ds:DigestMethod \
        xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" \
        Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><e:MGF \
        xmlns:e=\"http://www.w3.org/2009/xmlenc11#\" \
        Algorithm=\"http://www.w3.org/2009/xmlenc11#mgf1sha256\"/></xenc:EncryptionMethod>";
    let with = |method| Encryption {
        method,
        ..Encryption::default()
    };
    for encryption in [
        with(GCM_128),
        with(GCM_256),
        with(CBC_128),
        with(CBC_256),
        Encryption {
            is_beside: true,
            ..Encryption::default()
        },
        Encryption {
            transport: sha256,
            oaep: &OAEP_SHA256_MGF1SHA256,
            ..Encryption::default()
        },
    ] {
        let make = |answer: &Answer| answer.around(&encryption.around(&assertion(answer)));
        let back = come_back(&world, make, |_| {}).await;
        let said = claims(&world.tokens(&back).await["id_token"]);
        assert_eq!(said["cognito:username"], "Corp_ann");
        assert_eq!(said["email"], "ann@example.com");
    }
    // The message may be signed in place of what is in it; and whoever need not encrypt may.
    let plain = super::saml::world(&server, "https://idp.test/sso", json!({})).await;
    for world in [&world, &plain] {
        let make = |answer: &Answer| {
            let encrypted = Encryption::default().around(&answer.assertion(""));
            let template = keys::template("_response");
            keys::fill_in(
                answer.key,
                &answer.around(&format!("{template}{encrypted}")),
            )
            .unwrap()
        };
        let back = come_back(world, make, |_| {}).await;
        world.tokens(&back).await;
    }
}

#[tokio::test]
async fn where_encryption_is_wanted_a_plain_assertion_is_refused() {
    let server = Server::start().await;
    let world = required(&server).await;
    let back = come_back(&world, Answer::signed, |_| {}).await;
    assert_eq!(told(&back), refused("its assertion is not encrypted"));
}

#[tokio::test]
async fn everything_that_is_wrong_with_an_encrypted_assertion_has_one_answer() {
    let server = Server::start().await;
    let world = required(&server).await;
    type Make = fn(&Answer) -> String;
    let in_cbc = |plain: &str| {
        let encryption = Encryption {
            method: CBC_256,
            ..Encryption::default()
        };
        encryption.around(plain)
    };
    /// The encrypted element with this done to the bytes of its data.
    fn bent(element: &str, bend: fn(&mut Vec<u8>)) -> String {
        let (head, data) = element.rsplit_once("<xenc:CipherValue>").unwrap();
        let (data, tail) = data.split_once("</xenc:CipherValue>").unwrap();
        let mut data = STANDARD.decode(data).unwrap();
        bend(&mut data);
        format!(
            "{head}<xenc:CipherValue>{}</xenc:CipherValue>{tail}",
            STANDARD.encode(data)
        )
    }
    let mut wrong: Vec<(&str, String)> = Vec::new();
    // Those that need no request of their own: what is inside does not count.
    let filler = "<a>some text that fills more than a few blocks of a cipher</a>";
    wrong.push((
        "bad padding",
        bent(&in_cbc(filler), |data| {
            let last = data.len() - 17;
            data[last] ^= 0xff;
        }),
    ));
    wrong.push((
        "good padding, other text",
        bent(&in_cbc(filler), |data| data[20] ^= 1),
    ));
    wrong.push(("cut", bent(&in_cbc(filler), |data| data.truncate(40))));
    wrong.push(("empty", bent(&in_cbc(filler), Vec::clear)));
    wrong.push(("no XML", in_cbc("no XML")));
    wrong.push(("a DTD", in_cbc("<!DOCTYPE a><a/>")));
    wrong.push(("not an assertion", in_cbc(filler)));
    wrong.push((
        "altered under GCM",
        bent(&Encryption::default().around(filler), |data| data[20] ^= 1),
    ));
    let other = Encryption {
        key: OTHER_KEY,
        ..Encryption::default()
    };
    wrong.push(("another's key", other.around(filler)));
    wrong.push((
        "an unknown method",
        in_cbc(filler).replace(CBC_256, "urn:rot13"),
    ));
    wrong.push((
        "RSA of 1998",
        in_cbc(filler).replace("#rsa-oaep-mgf1p", "#rsa-1_5"),
    ));
    wrong.push((
        "no key",
        in_cbc(filler).replace("xenc:EncryptedKey", "xenc:OtherKey"),
    ));
    wrong.push((
        "nothing at all",
        "<saml:EncryptedAssertion \
        xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>"
            .to_owned(),
    ));
    for (what, element) in wrong {
        let back = come_back(&world, |answer| answer.around(&element), |_| {}).await;
        assert_eq!(
            told(&back),
            refused("its assertion cannot be decrypted"),
            "{what}"
        );
    }
    let makes: [(&str, Make); 3] = [
        ("not signed", |answer| {
            answer.around(&Encryption::default().around(&answer.assertion("")))
        }),
        ("altered before it was encrypted", |answer| {
            let altered = assertion(answer).replace(">ann<", ">eve<");
            answer.around(&Encryption::default().around(&altered))
        }),
        ("signed by somebody else", |answer| {
            let template = keys::template(&answer.id);
            let signed = keys::fill_in(OTHER_KEY, &answer.assertion(&template)).unwrap();
            answer.around(&Encryption::default().around(&signed))
        }),
    ];
    for (what, make) in makes {
        let back = come_back(&world, make, |_| {}).await;
        assert_eq!(
            told(&back),
            refused("its assertion cannot be decrypted"),
            "{what}"
        );
    }
    let users = server
        .ok("ListUsers", json!({ "UserPoolId": world.pool }))
        .await;
    assert_eq!(users["Users"], json!([]));
}

#[tokio::test]
async fn what_an_assertion_must_say_it_must_say_encrypted_too() {
    let server = Server::start().await;
    let world = required(&server).await;
    type Bend = fn(&mut Answer);
    let bends: [(&str, Bend); 4] = [
        ("it is for another audience", |answer| {
            answer.audience = "urn:amazon:cognito:sp:us-east-1_Other".to_owned();
        }),
        ("its issuer is another one", |answer| {
            answer.issuer = "https://evil.test".to_owned()
        }),
        ("it is not valid now", |answer| {
            answer.begins = "2026-01-01T00:03:01Z".to_owned()
        }),
        ("its subject is not confirmed for this request", |answer| {
            answer.ends = "2025-12-31T23:57:00Z".to_owned();
        }),
    ];
    for (reason, bend) in bends {
        let make =
            |answer: &Answer| answer.around(&Encryption::default().around(&assertion(answer)));
        let back = come_back(&world, make, bend).await;
        assert_eq!(told(&back), refused(reason));
    }
    // Two of them, or one beside a plain one.
    let encrypted = |answer: &Answer| Encryption::default().around(&assertion(answer));
    let two = |answer: &Answer| answer.around(&encrypted(answer).repeat(2));
    let back = come_back(&world, two, |_| {}).await;
    assert_eq!(told(&back), refused("it must have one assertion"));
    let mixed = |answer: &Answer| {
        let signed = answer.signed();
        signed.replace(
            "</samlp:Response>",
            &format!("{}</samlp:Response>", encrypted(answer)),
        )
    };
    let back = come_back(&world, mixed, |_| {}).await;
    assert_eq!(told(&back), refused("it must have one assertion"));
    let nothing: Value = server
        .ok("ListUsers", json!({ "UserPoolId": world.pool }))
        .await;
    assert_eq!(nothing["Users"], json!([]));
}
