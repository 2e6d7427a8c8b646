//! Decrypting an element of XML (W3C XML Encryption 1.1) that was encrypted for a pool's RSA key:
//! the key by RSA-OAEP, the element by AES.
//!
//! The primitives are aws-lc's; what is here reads the XML around them. What is not listed is
//! refused: RSA with PKCS #1 v1.5 (Bleichenbacher), triple DES, keys that are named or derived,
//! anything to be fetched. Not here: what was decrypted, and what may be said of a failure
//! (`flows::federate::saml_response`).

use anyhow::{Context as _, bail, ensure};
use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{self, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
    OaepAlgorithm, OaepPrivateDecryptingKey, PrivateDecryptingKey,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uppsala::{Document, NodeId};

const ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";
const ENCRYPTION_11: &str = "http://www.w3.org/2009/xmlenc11#";
const SIGNATURES: &str = "http://www.w3.org/2000/09/xmldsig#";

const BLOCK: usize = 16;

/// The text of an `EncryptedData` that was encrypted for this private key (PKCS#8).
pub fn decrypt_element(
    document: &Document<'_>,
    encrypted: NodeId,
    pkcs8: &[u8],
) -> anyhow::Result<String> {
    let reader = EncryptedXml { document };
    let key = reader.encrypted_key(encrypted)?;
    let key = unwrapped(reader.transport(key)?, &reader.cipher_value(key)?, pkcs8)?;
    let method = reader.method(encrypted)?;
    let plain = decrypted(method, &key, reader.cipher_value(encrypted)?)?;
    Ok(String::from_utf8(plain)?)
}

struct EncryptedXml<'d> {
    document: &'d Document<'d>,
}

impl<'d> EncryptedXml<'d> {
    fn child(&self, parent: NodeId, namespace: &str, name: &str) -> Option<NodeId> {
        self.document
            .first_child_element_by_name_ns(parent, namespace, name)
    }

    fn algorithm(&self, element: NodeId) -> anyhow::Result<&'d str> {
        self.document
            .get_attribute(element, "Algorithm")
            .context("a method without an algorithm")
    }

    fn method(&self, encrypted: NodeId) -> anyhow::Result<&'d str> {
        let method = self.child(encrypted, ENCRYPTION, "EncryptionMethod");
        self.algorithm(method.context("no EncryptionMethod")?)
    }

    fn cipher_value(&self, encrypted: NodeId) -> anyhow::Result<Vec<u8>> {
        let data = self.child(encrypted, ENCRYPTION, "CipherData");
        let value = data.and_then(|data| self.child(data, ENCRYPTION, "CipherValue"));
        let text = self
            .document
            .text_content_deep(value.context("no CipherValue")?);
        let compact: String = text.split_ascii_whitespace().collect();
        Ok(STANDARD.decode(compact)?)
    }

    /// The key of the data: inside its `KeyInfo`, or beside it (saml-core-2.0-os §6.2).
    fn encrypted_key(&self, encrypted: NodeId) -> anyhow::Result<NodeId> {
        let info = self.child(encrypted, SIGNATURES, "KeyInfo");
        let inside = info.and_then(|info| self.child(info, ENCRYPTION, "EncryptedKey"));
        let beside = || {
            let parent = self.document.parent(encrypted)?;
            self.child(parent, ENCRYPTION, "EncryptedKey")
        };
        inside.or_else(beside).context("no EncryptedKey")
    }

    /// How the key was encrypted. Both digests of OAEP are the same one: aws-lc has no others.
    fn transport(&self, key: NodeId) -> anyhow::Result<&'static OaepAlgorithm> {
        let method = self.child(key, ENCRYPTION, "EncryptionMethod");
        let method = method.context("no EncryptionMethod of the key")?;
        let digest = match self.child(method, SIGNATURES, "DigestMethod") {
            Some(digest) => self.algorithm(digest)?,
            None => "http://www.w3.org/2000/09/xmldsig#sha1",
        };
        let mask = match self.child(method, ENCRYPTION_11, "MGF") {
            Some(mask) => Some(self.algorithm(mask)?),
            None => None,
        };
        ensure!(
            self.child(method, ENCRYPTION, "OAEPparams").is_none(),
            "OAEPparams are not taken"
        );
        let by_sha1 = "http://www.w3.org/2009/xmlenc11#mgf1sha1";
        // XML Encryption 1.1 §5.5.2: the older name has the mask by SHA-1, whatever the digest.
        let mask = match self.algorithm(method)? {
            "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p" => by_sha1,
            "http://www.w3.org/2009/xmlenc11#rsa-oaep" => mask.unwrap_or(by_sha1),
            other => bail!("the key is encrypted by {other}"),
        };
        Ok(match (digest, mask) {
            ("http://www.w3.org/2000/09/xmldsig#sha1", mask) if mask == by_sha1 => {
                &OAEP_SHA1_MGF1SHA1
            }
            (
                "http://www.w3.org/2001/04/xmlenc#sha256",
                "http://www.w3.org/2009/xmlenc11#mgf1sha256",
            ) => &OAEP_SHA256_MGF1SHA256,
            (
                "http://www.w3.org/2001/04/xmldsig-more#sha384",
                "http://www.w3.org/2009/xmlenc11#mgf1sha384",
            ) => &OAEP_SHA384_MGF1SHA384,
            (
                "http://www.w3.org/2001/04/xmlenc#sha512",
                "http://www.w3.org/2009/xmlenc11#mgf1sha512",
            ) => &OAEP_SHA512_MGF1SHA512,
            _ => bail!("the key is encrypted with {digest} and {mask}"),
        })
    }
}

fn unwrapped(
    algorithm: &'static OaepAlgorithm,
    encrypted: &[u8],
    pkcs8: &[u8],
) -> anyhow::Result<Vec<u8>> {
    let key = OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(pkcs8)?)?;
    let mut plain = vec![0; key.min_output_size()];
    let length = key.decrypt(algorithm, encrypted, &mut plain, None)?.len();
    plain.truncate(length);
    Ok(plain)
}

/// XML Encryption 1.1 §5.2: the initialisation vector comes first.
fn decrypted(method: &str, key: &[u8], encrypted: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    match method {
        "http://www.w3.org/2009/xmlenc11#aes128-gcm" => gcm(&aead::AES_128_GCM, key, encrypted),
        "http://www.w3.org/2009/xmlenc11#aes192-gcm" => gcm(&aead::AES_192_GCM, key, encrypted),
        "http://www.w3.org/2009/xmlenc11#aes256-gcm" => gcm(&aead::AES_256_GCM, key, encrypted),
        "http://www.w3.org/2001/04/xmlenc#aes128-cbc" => cbc(&cipher::AES_128, key, encrypted),
        "http://www.w3.org/2001/04/xmlenc#aes192-cbc" => cbc(&cipher::AES_192, key, encrypted),
        "http://www.w3.org/2001/04/xmlenc#aes256-cbc" => cbc(&cipher::AES_256, key, encrypted),
        other => bail!("the element is encrypted by {other}"),
    }
}

fn gcm(
    algorithm: &'static aead::Algorithm,
    key: &[u8],
    mut encrypted: Vec<u8>,
) -> anyhow::Result<Vec<u8>> {
    ensure!(encrypted.len() > aead::NONCE_LEN, "too short");
    let mut rest = encrypted.split_off(aead::NONCE_LEN);
    let nonce = Nonce::try_assume_unique_for_key(&encrypted)?;
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key)?);
    let length = key.open_in_place(nonce, Aad::empty(), &mut rest)?.len();
    rest.truncate(length);
    Ok(rest)
}

/// The padding is any bytes, of which the last says how many there are.
fn cbc(
    algorithm: &'static cipher::Algorithm,
    key: &[u8],
    mut encrypted: Vec<u8>,
) -> anyhow::Result<Vec<u8>> {
    ensure!(
        encrypted.len() >= 2 * BLOCK && encrypted.len().is_multiple_of(BLOCK),
        "no whole blocks"
    );
    let mut rest = encrypted.split_off(BLOCK);
    let vector = FixedLength::<BLOCK>::try_from(encrypted.as_slice())?;
    let key = DecryptingKey::cbc(UnboundCipherKey::new(algorithm, key)?)?;
    let length = key
        .decrypt(&mut rest, DecryptionContext::Iv128(vector))?
        .len();
    let padding = usize::from(rest[length - 1]);
    ensure!((1..=BLOCK).contains(&padding), "bad padding");
    rest.truncate(length - padding);
    Ok(rest)
}
