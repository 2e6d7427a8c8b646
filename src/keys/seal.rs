//! Sealing: what a client carries for us (challenge sessions, refresh tokens, page tokens) is
//! encrypted and authenticated with a key of the store and bound to its purpose and context.
//! Clients can neither read nor alter it, nor use it anywhere else.
//!
//! AES-256-GCM throughout, keys derived by HKDF-SHA256 (RFC 5869) from the store's master secret.
//! Encryption hides what is sealed but not how long it is; where that would tell who exists, it is
//! filled up to one width first (`docs/decisions/0080-one-width-for-what-is-sealed.md`).

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;

use crate::random::RequestRng;

/// What a sealed text is for. Each purpose has a key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The `Session` of a challenge.
    Session,
    /// The `SECRET_BLOCK` of an SRP challenge.
    SecretBlock,
    /// The secret of a software token, which never leaves the store.
    SoftwareToken,
    /// `NextToken` and `PaginationToken`.
    Page,
    /// What a form of the hosted pages carries to the next one.
    HostedPage,
    /// The cookies of a browser.
    Browser,
    /// The `state` that goes to an identity provider and comes back, and what the pretend providers
    /// hand out.
    Federation,
    /// `FeedbackToken`, by which a user says whether it was them.
    Feedback,
}

impl Purpose {
    /// How the plain text is filled up. None where its length tells nothing that the client does
    /// not know.
    fn fill(self) -> Option<Fill> {
        match self {
            // The longest first step of a sign-in has some 800 bytes. With two steps more a
            // `Session` is as long as the API lets one be, 2048 characters.
            Self::Session => Some(Fill {
                first: 1_024,
                step: 240,
            }),
            // SRP's numbers have 1,400 bytes; a user name has 128 characters of up to 4 bytes.
            Self::SecretBlock => Some(Fill {
                first: 2_560,
                step: 512,
            }),
            // A `Session`, and what the page shows.
            Self::HostedPage => Some(Fill {
                first: 3_072,
                step: 512,
            }),
            Self::SoftwareToken
            | Self::Page
            | Self::Browser
            | Self::Federation
            | Self::Feedback => None,
        }
    }
}

/// The widths that a plain text may have once it is filled up, in bytes: the first, and then one
/// step more each.
struct Fill {
    first: usize,
    step: usize,
}

/// Where the plain text ends and the filling begins (ISO/IEC 7816-4, zeros follow).
const END: u8 = 0x80;

impl Fill {
    fn width(&self, length: usize) -> usize {
        // One byte more, for the mark of its end.
        let beyond = (length + 1).saturating_sub(self.first);
        self.first + beyond.div_ceil(self.step) * self.step
    }

    fn add(&self, plain: &mut Vec<u8>) {
        let width = self.width(plain.len());
        plain.push(END);
        plain.resize(width, 0);
    }

    fn remove(plain: &mut Vec<u8>) -> Option<()> {
        let end = plain.iter().rposition(|byte| *byte != 0)?;
        (plain[end] == END).then(|| plain.truncate(end))
    }
}

/// Real sessions begin with these bytes (the envelope-encryption header that shows as `AYABe`), so
/// ours do.
const HEADER: [u8; 4] = [0x01, 0x80, 0x01, 0x78];

/// JWE's protected header, as Cognito's refresh tokens carry it.
const JWE_HEADER: &str = "eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ";

/// Length of the second part of a refresh token: that of an RSA-2048-encrypted key.
const KEY_SALT: usize = 256;
const TAG: usize = 16;

/// The store's sealing keys.
pub struct Sealer {
    session: LessSafeKey,
    secret_block: LessSafeKey,
    page: LessSafeKey,
    hosted_page: LessSafeKey,
    browser: LessSafeKey,
    software_token: LessSafeKey,
    federation: LessSafeKey,
    feedback: LessSafeKey,
    refresh: [u8; 32],
    password: hmac::Key,
    simulation: hmac::Key,
    upload: hmac::Key,
    device_group: hmac::Key,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    pub fn new(master: &[u8; 32]) -> Self {
        let prk = Salt::new(HKDF_SHA256, b"mocknito").extract(master);
        Self {
            session: aead_key(&derive(&prk, &[b"session"])),
            secret_block: aead_key(&derive(&prk, &[b"secret block"])),
            page: aead_key(&derive(&prk, &[b"page"])),
            hosted_page: aead_key(&derive(&prk, &[b"hosted page"])),
            browser: aead_key(&derive(&prk, &[b"browser"])),
            software_token: aead_key(&derive(&prk, &[b"software token"])),
            federation: aead_key(&derive(&prk, &[b"federation"])),
            feedback: aead_key(&derive(&prk, &[b"feedback"])),
            refresh: derive(&prk, &[b"refresh token"]),
            simulation: hmac::Key::new(hmac::HMAC_SHA256, &derive(&prk, &[b"simulated users"])),
            password: hmac::Key::new(hmac::HMAC_SHA256, &derive(&prk, &[b"password digest"])),
            upload: hmac::Key::new(hmac::HMAC_SHA256, &derive(&prk, &[b"upload"])),
            device_group: hmac::Key::new(hmac::HMAC_SHA256, &derive(&prk, &[b"device group"])),
        }
    }

    /// Seals `plain` for `purpose`, as base64url text; it opens only with the same `context`.
    pub fn seal(
        &self,
        purpose: Purpose,
        context: &str,
        plain: &[u8],
        rng: &mut RequestRng,
    ) -> String {
        encode(&self.seal_bytes(purpose, context, plain, rng))
    }

    /// The plain text, or None for anything that this store did not seal for this purpose and
    /// context.
    pub fn open(&self, purpose: Purpose, context: &str, sealed: &str) -> Option<Vec<u8>> {
        self.open_bytes(purpose, context, &URL_SAFE_NO_PAD.decode(sealed).ok()?)
    }

    /// As [`Sealer::seal`], but as bytes.
    pub fn seal_bytes(
        &self,
        purpose: Purpose,
        context: &str,
        plain: &[u8],
        rng: &mut RequestRng,
    ) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        let mut body = plain.to_vec();
        if let Some(fill) = purpose.fill() {
            fill.add(&mut body);
        }
        encrypt(self.key(purpose), nonce, context.as_bytes(), &mut body);
        [HEADER.as_slice(), &nonce, &body].concat()
    }

    /// As [`Sealer::open`], from bytes.
    pub fn open_bytes(&self, purpose: Purpose, context: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let body = sealed.strip_prefix(HEADER.as_slice())?;
        let (nonce, body) = body.split_first_chunk::<NONCE_LEN>()?;
        let mut plain = decrypt(self.key(purpose), *nonce, context.as_bytes(), body.to_vec())?;
        if purpose.fill().is_some() {
            Fill::remove(&mut plain)?;
        }
        Some(plain)
    }

    /// Seals `plain` in the shape of Cognito's refresh tokens: a five-part JWE. The second part,
    /// where Cognito has the wrapped key, is the salt from which this token's own key is derived,
    /// so that no part can be altered.
    pub fn seal_refresh_token(&self, plain: &[u8], rng: &mut RequestRng) -> String {
        let mut salt = [0; KEY_SALT];
        rng.fill_bytes(&mut salt);
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        let mut body = plain.to_vec();
        encrypt(
            &self.refresh_key(&salt),
            nonce,
            JWE_HEADER.as_bytes(),
            &mut body,
        );
        let (text, tag) = body.split_at(body.len() - TAG);
        [
            JWE_HEADER.to_owned(),
            encode(&salt),
            encode(&nonce),
            encode(text),
            encode(tag),
        ]
        .join(".")
    }

    /// What a refresh token holds, or None for anything that this store did not seal.
    pub fn open_refresh_token(&self, token: &str) -> Option<Vec<u8>> {
        let parts: Vec<&str> = token.split('.').collect();
        let [JWE_HEADER, salt, nonce, text, tag] = parts[..] else {
            return None;
        };
        let salt = URL_SAFE_NO_PAD
            .decode(salt)
            .ok()
            .filter(|salt| salt.len() == KEY_SALT)?;
        let nonce: [u8; NONCE_LEN] = URL_SAFE_NO_PAD.decode(nonce).ok()?.try_into().ok()?;
        let mut body = URL_SAFE_NO_PAD.decode(text).ok()?;
        body.extend_from_slice(
            &URL_SAFE_NO_PAD
                .decode(tag)
                .ok()
                .filter(|tag| tag.len() == TAG)?,
        );
        decrypt(&self.refresh_key(&salt), nonce, JWE_HEADER.as_bytes(), body)
    }

    /// The `DeviceGroupKey` of a user's devices: `-` and eight characters, always the same for one
    /// user. It is a name, not a secret.
    pub fn device_group_key(&self, sub: &str) -> String {
        let tag = hmac::sign(&self.device_group, sub.as_bytes());
        format!("-{}", encode(&tag.as_ref()[..6]))
    }

    /// Signs the permission to upload a job's file until this instant.
    pub fn sign_upload(&self, job: &str, expires: i64) -> String {
        encode(hmac::sign(&self.upload, upload(job, expires).as_bytes()).as_ref())
    }

    /// Whether this store signed that permission.
    pub fn is_upload_signed(&self, job: &str, expires: i64, signature: &str) -> bool {
        URL_SAFE_NO_PAD.decode(signature).is_ok_and(|signature| {
            hmac::verify(&self.upload, upload(job, expires).as_bytes(), &signature).is_ok()
        })
    }

    /// The key that turns SRP's x into the digest a password is compared with.
    pub(super) fn password_key(&self) -> &hmac::Key {
        &self.password
    }

    /// The key from which the salts and verifiers of users who do not exist are derived.
    pub(super) fn simulation_key(&self) -> &hmac::Key {
        &self.simulation
    }

    fn refresh_key(&self, salt: &[u8]) -> LessSafeKey {
        let prk = Salt::new(HKDF_SHA256, salt).extract(&self.refresh);
        aead_key(&derive(&prk, &[b"refresh token"]))
    }

    fn key(&self, purpose: Purpose) -> &LessSafeKey {
        match purpose {
            Purpose::Session => &self.session,
            Purpose::SecretBlock => &self.secret_block,
            Purpose::Page => &self.page,
            Purpose::HostedPage => &self.hosted_page,
            Purpose::Browser => &self.browser,
            Purpose::SoftwareToken => &self.software_token,
            Purpose::Federation => &self.federation,
            Purpose::Feedback => &self.feedback,
        }
    }
}

fn upload(job: &str, expires: i64) -> String {
    format!("{job} {expires}")
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn derive(prk: &Prk, info: &[&[u8]]) -> [u8; 32] {
    let mut key = [0; 32];
    prk.expand(info, HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut key))
        .expect("HKDF gives one block of output");
    key
}

pub(super) fn aead_key(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("AES-256 takes 32 bytes"))
}

pub(super) fn encrypt(key: &LessSafeKey, nonce: [u8; NONCE_LEN], aad: &[u8], body: &mut Vec<u8>) {
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), body)
        .expect("AES-GCM seals anything under 64 GiB");
}

pub(super) fn decrypt(
    key: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    aad: &[u8],
    mut body: Vec<u8>,
) -> Option<Vec<u8>> {
    let length = key
        .open_in_place(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(aad),
            &mut body,
        )
        .ok()?
        .len();
    body.truncate(length);
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn what_is_sealed_opens_only_for_its_purpose_and_context() {
        let (sealer, mut rng) = (Sealer::new(&[1; 32]), Random::new(Some(1)).generator());
        let sealed = sealer.seal(Purpose::Session, "pool", b"secret", &mut rng);
        assert!(sealed.starts_with("AYABe"));
        assert_eq!(
            sealer.open(Purpose::Session, "pool", &sealed).as_deref(),
            Some(b"secret".as_slice())
        );
        assert_eq!(sealer.open(Purpose::Session, "other", &sealed), None);
        assert_eq!(sealer.open(Purpose::Page, "pool", &sealed), None);
        assert_eq!(
            Sealer::new(&[2; 32]).open(Purpose::Session, "pool", &sealed),
            None
        );
    }

    #[test]
    fn what_could_tell_by_its_length_has_one_width() {
        let (sealer, mut rng) = (Sealer::new(&[1; 32]), Random::new(Some(1)).generator());
        let mut seal = |purpose, plain: &[u8]| {
            let sealed = sealer.seal(purpose, "", plain, &mut rng);
            assert_eq!(sealer.open(purpose, "", &sealed).as_deref(), Some(plain));
            sealed.len()
        };
        for (purpose, first) in [
            (Purpose::Session, 1_024),
            (Purpose::SecretBlock, 2_560),
            (Purpose::HostedPage, 3_072),
        ] {
            let width = seal(purpose, b"");
            // Whatever the text ends with.
            for plain in [&[0; 40][..], &[END; 40], &vec![b'x'; first - 1]] {
                assert_eq!(seal(purpose, plain), width, "{purpose:?}");
            }
            assert!(seal(purpose, &vec![b'x'; first]) > width);
        }
        assert_eq!(seal(Purpose::Session, &[0; 1_024 + 480 - 1]), 2_048);
        assert!(seal(Purpose::Page, b"1") < seal(Purpose::Page, b"12"));
    }

    #[test]
    fn no_byte_of_a_session_can_be_altered() {
        let (sealer, mut rng) = (Sealer::new(&[1; 32]), Random::new(Some(1)).generator());
        let sealed = URL_SAFE_NO_PAD
            .decode(sealer.seal(Purpose::Session, "", b"secret", &mut rng))
            .unwrap();
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(
                sealer.open(Purpose::Session, "", &encode(&altered)),
                None,
                "byte {at}"
            );
        }
    }

    #[test]
    fn no_part_of_a_refresh_token_can_be_altered_and_all_look_like_cognitos() {
        let (sealer, mut rng) = (Sealer::new(&[1; 32]), Random::new(Some(1)).generator());
        let token = sealer.seal_refresh_token(b"family", &mut rng);
        assert!(
            token.starts_with("eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ.")
        );
        assert_eq!(
            sealer.open_refresh_token(&token).as_deref(),
            Some(b"family".as_slice())
        );
        let parts: Vec<Vec<u8>> = token
            .split('.')
            .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap())
            .collect();
        assert_eq!(parts.len(), 5);
        for part in 0..5 {
            for at in 0..parts[part].len() {
                let mut altered = parts.clone();
                altered[part][at] ^= 1;
                let altered: Vec<String> = altered.iter().map(|part| encode(part)).collect();
                assert_eq!(
                    sealer.open_refresh_token(&altered.join(".")),
                    None,
                    "part {part} byte {at}"
                );
            }
        }
        for wrong in [
            "",
            ".",
            "....",
            &format!("{token}."),
            &token[..token.len() - 8],
        ] {
            assert_eq!(sealer.open_refresh_token(wrong), None);
        }
    }
}
