//! Hashes of passwords that other directories made, as an import job brings them: reading one, and
//! checking a password against it.
//!
//! What a hash may cost is bounded, by the limits that AWS documents: whoever writes a CSV file
//! must not be able to make a sign-in take minutes, or gigabytes. Checking one still takes tens of
//! milliseconds, so it is done by `keys::crunch`. Not here: what replaces a hash
//! (`keys::passwords`), when (`flows::passwords`).

use std::num::NonZeroU32;

use argon2::{Algorithm, Argon2, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA256};
use base64::Engine;
use base64::alphabet::{self, Alphabet};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::wire::user_pools::PasswordHashingAlgorithmType;

/// bcrypt ignores what is beyond.
const BCRYPT_BYTES: usize = 72;
const BCRYPT_COSTS: (u32, u32) = (4, 12);
const MOST_SCRYPT_N: u64 = 65_536;
const MOST_SCRYPT_R: u32 = 8;
const MOST_SCRYPT_P: u32 = 1;
const MOST_ARGON2_KIB: u32 = 19_456;
const MOST_ARGON2_PASSES: u32 = 2;
const MOST_ARGON2_LANES: u32 = 1;
const MOST_PBKDF2_ROUNDS: u32 = 600_000;
/// Salts and results of the other algorithms, in bytes.
const MOST_SALT: usize = 128;
const RESULTS: (usize, usize) = (16, 128);

const BCRYPT_BASE64: GeneralPurpose = lenient(&alphabet::BCRYPT);
const STANDARD_BASE64: GeneralPurpose = lenient(&alphabet::STANDARD);

/// Padding is left out by all that make such hashes, and bcrypt's last characters have bits to
/// spare.
const fn lenient(alphabet: &Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config)
}

/// A hash that a password can be checked against.
pub struct ImportedHash {
    work: Work,
    salt: Vec<u8>,
    result: Vec<u8>,
}

enum Work {
    Bcrypt { cost: u32 },
    Scrypt(scrypt::Params),
    Argon2id(argon2::Params),
    Pbkdf2 { rounds: NonZeroU32 },
}

/// Why a text is no hash of the algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashFault {
    Malformed,
    /// It would take more time or memory than is allowed.
    TooCostly,
}

impl ImportedHash {
    /// Reads a hash of this algorithm.
    pub fn read(algorithm: PasswordHashingAlgorithmType, text: &str) -> Result<Self, HashFault> {
        use PasswordHashingAlgorithmType as Algorithm;
        match algorithm {
            Algorithm::Bcrypt => bcrypt_hash(text),
            Algorithm::Scrypt => scrypt_hash(text),
            Algorithm::Argon2id => argon2id(text),
            Algorithm::Pbkdf2Sha256 => pbkdf2_sha256(text),
        }
    }

    /// Reads a hash of whatever algorithm: each has a form of its own.
    pub fn read_any(text: &str) -> Option<Self> {
        use PasswordHashingAlgorithmType as Algorithm;
        [
            Algorithm::Bcrypt,
            Algorithm::Scrypt,
            Algorithm::Argon2id,
            Algorithm::Pbkdf2Sha256,
        ]
        .into_iter()
        .find_map(|algorithm| Self::read(algorithm, text).ok())
    }

    /// Whether it was made of this password. Takes long: see `keys::crunch`.
    pub fn is_of(&self, password: &str) -> bool {
        match &self.work {
            Work::Bcrypt { cost } => {
                let mut bytes = password.as_bytes().to_vec();
                bytes.push(0);
                bytes.truncate(BCRYPT_BYTES);
                let Ok(salt) = <[u8; 16]>::try_from(self.salt.as_slice()) else {
                    return false;
                };
                let made = bcrypt::bcrypt(*cost, salt, &bytes);
                verify_slices_are_equal(&made[..self.result.len()], &self.result).is_ok()
            }
            Work::Scrypt(params) => {
                let mut made = vec![0; self.result.len()];
                scrypt::scrypt(password.as_bytes(), &self.salt, params, &mut made).is_ok()
                    && verify_slices_are_equal(&made, &self.result).is_ok()
            }
            Work::Argon2id(params) => {
                let mut made = vec![0; self.result.len()];
                Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
                    .hash_password_into(password.as_bytes(), &self.salt, &mut made)
                    .is_ok()
                    && verify_slices_are_equal(&made, &self.result).is_ok()
            }
            Work::Pbkdf2 { rounds } => pbkdf2::verify(
                PBKDF2_HMAC_SHA256,
                *rounds,
                &self.salt,
                password.as_bytes(),
                &self.result,
            )
            .is_ok(),
        }
    }
}

/// `$2b$<cost>$` and 53 characters. The letters name revisions that treat passwords alike; `x` and
/// `y` come from PHP, whose `x` differed for letters beyond ASCII: such a password is not found.
fn bcrypt_hash(text: &str) -> Result<ImportedHash, HashFault> {
    let ["", "2" | "2a" | "2b" | "2x" | "2y", cost, rest] = text.split('$').collect::<Vec<_>>()[..]
    else {
        return Err(HashFault::Malformed);
    };
    let cost = number::<u32>(cost)?;
    let (salt, result) = rest.split_at_checked(22).ok_or(HashFault::Malformed)?;
    let (salt, result) = (
        decode(&BCRYPT_BASE64, salt)?,
        decode(&BCRYPT_BASE64, result)?,
    );
    if salt.len() != 16 || result.len() != 23 || cost < BCRYPT_COSTS.0 || cost > 31 {
        return Err(HashFault::Malformed);
    }
    if cost > BCRYPT_COSTS.1 {
        return Err(HashFault::TooCostly);
    }
    Ok(ImportedHash {
        work: Work::Bcrypt { cost },
        salt,
        result,
    })
}

/// `<N>$<r>$<p>$<salt>$<hash>`, both in hexadecimal digits.
fn scrypt_hash(text: &str) -> Result<ImportedHash, HashFault> {
    let [n, r, p, salt, result] = text.split('$').collect::<Vec<_>>()[..] else {
        return Err(HashFault::Malformed);
    };
    let (n, r, p) = (number::<u64>(n)?, number::<u32>(r)?, number::<u32>(p)?);
    if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
        return Err(HashFault::Malformed);
    }
    if n > MOST_SCRYPT_N || r > MOST_SCRYPT_R || p > MOST_SCRYPT_P {
        return Err(HashFault::TooCostly);
    }
    let log_n = u8::try_from(n.ilog2()).map_err(|_| HashFault::Malformed)?;
    let params = scrypt::Params::new(log_n, r, p).map_err(|_| HashFault::Malformed)?;
    let salt = hex::decode(salt).map_err(|_| HashFault::Malformed)?;
    let result = hex::decode(result).map_err(|_| HashFault::Malformed)?;
    sized(ImportedHash {
        work: Work::Scrypt(params),
        salt,
        result,
    })
}

/// `$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>`.
fn argon2id(text: &str) -> Result<ImportedHash, HashFault> {
    let ["", "argon2id", "v=19", costs, salt, result] = text.split('$').collect::<Vec<_>>()[..]
    else {
        return Err(HashFault::Malformed);
    };
    let [memory, passes, lanes] = costs.split(',').collect::<Vec<_>>()[..] else {
        return Err(HashFault::Malformed);
    };
    let cost = |text: &str, name: &str| {
        let value = text.strip_prefix(name).ok_or(HashFault::Malformed)?;
        number::<u32>(value)
    };
    let (memory, passes, lanes) = (cost(memory, "m=")?, cost(passes, "t=")?, cost(lanes, "p=")?);
    if memory > MOST_ARGON2_KIB || passes > MOST_ARGON2_PASSES || lanes > MOST_ARGON2_LANES {
        return Err(HashFault::TooCostly);
    }
    let salt = decode(&STANDARD_BASE64, salt)?;
    let result = decode(&STANDARD_BASE64, result)?;
    let params = argon2::Params::new(memory, passes, lanes, Some(result.len()))
        .map_err(|_| HashFault::Malformed)?;
    if salt.len() < argon2::MIN_SALT_LEN {
        return Err(HashFault::Malformed);
    }
    sized(ImportedHash {
        work: Work::Argon2id(params),
        salt,
        result,
    })
}

/// `$pbkdf2-sha256$<rounds>$<salt>$<hash>`, in Base64 with a full stop for the plus sign, as
/// passlib writes it.
fn pbkdf2_sha256(text: &str) -> Result<ImportedHash, HashFault> {
    let ["", "pbkdf2-sha256", rounds, salt, result] = text.split('$').collect::<Vec<_>>()[..]
    else {
        return Err(HashFault::Malformed);
    };
    let rounds = NonZeroU32::new(number(rounds)?).ok_or(HashFault::Malformed)?;
    if rounds.get() > MOST_PBKDF2_ROUNDS {
        return Err(HashFault::TooCostly);
    }
    let adapted = |text: &str| decode(&STANDARD_BASE64, &text.replace('.', "+"));
    let (salt, result) = (adapted(salt)?, adapted(result)?);
    sized(ImportedHash {
        work: Work::Pbkdf2 { rounds },
        salt,
        result,
    })
}

fn sized(hash: ImportedHash) -> Result<ImportedHash, HashFault> {
    let (least, most) = RESULTS;
    let fits = (least..=most).contains(&hash.result.len()) && hash.salt.len() <= MOST_SALT;
    if fits {
        Ok(hash)
    } else {
        Err(HashFault::Malformed)
    }
}

/// Digits only: no sign. What has too many of them for its type is beyond every limit.
fn number<N: std::str::FromStr>(text: &str) -> Result<N, HashFault> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(HashFault::Malformed);
    }
    text.parse().map_err(|_| HashFault::TooCostly)
}

fn decode(engine: &GeneralPurpose, text: &str) -> Result<Vec<u8>, HashFault> {
    engine.decode(text).map_err(|_| HashFault::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use PasswordHashingAlgorithmType as Algorithm;

    const PASSWORD: &str = "correct horse battery";

    /// Made by Python's bcrypt, hashlib, argon2-cffi and passlib.
    const GOOD: &[(Algorithm, &str)] = &[
        (
            Algorithm::Bcrypt,
            "$2b$04$T24ED5QUcf7B5onpUegwGu/pzfjz8U5PTj.n9O.6kkmyD4CTCPfYi",
        ),
        (
            Algorithm::Bcrypt,
            "$2y$04$T24ED5QUcf7B5onpUegwGu/pzfjz8U5PTj.n9O.6kkmyD4CTCPfYi",
        ),
        (
            Algorithm::Scrypt,
            "16$8$1$000102030405060708090a0b0c0d0e0f$\
             7281dbe8b97372439e3876c31d1e891adf1589a27fa782e04f84dc3091d64542",
        ),
        (
            Algorithm::Argon2id,
            "$argon2id$v=19$m=64,t=1,p=1$90CYP/rqs/ofbLUzsHU5vw$\
             00pfc5nO1BxncBkOsi8qzhA/15l8mcYp31hxVUVrHeM",
        ),
        (
            Algorithm::Pbkdf2Sha256,
            "$pbkdf2-sha256$10$TYmx9v7/X2vNube2Vopxbg$\
             /gL1Ltd7OvREGOqWEBZAbKfSrJLxD4pRn9M1MwsVBHs",
        ),
    ];

    #[test]
    fn a_hash_is_of_its_password_alone() {
        for (algorithm, text) in GOOD {
            let hash = ImportedHash::read(*algorithm, text).ok().unwrap();
            assert!(hash.is_of(PASSWORD), "{text}");
            assert!(!hash.is_of("correct horse"), "{text}");
            assert!(ImportedHash::read_any(text).unwrap().is_of(PASSWORD));
        }
    }

    #[test]
    fn a_hash_is_of_its_algorithm_alone() {
        for (algorithm, text) in GOOD {
            for (other, _) in GOOD.iter().filter(|(other, _)| other != algorithm) {
                let read = ImportedHash::read(*other, text);
                assert_eq!(read.err(), Some(HashFault::Malformed), "{text}");
            }
        }
    }

    #[test]
    fn what_would_take_too_long_or_too_much_is_refused() {
        let salt = "0011223344556677";
        let hex = "00".repeat(32);
        let base64 = "AAAAAAAAAAAAAAAAAAAAAA";
        let bcrypt = |cost: &str| format!("$2b${cost}${base64}{}", "A".repeat(31));
        let scrypt = |costs: &str| format!("{costs}${salt}${hex}");
        let argon2 = |costs: &str| format!("$argon2id$v=19${costs}${base64}${base64}");
        let pbkdf2 = |rounds: &str| format!("$pbkdf2-sha256${rounds}${base64}${base64}");
        let read = |algorithm, text: String| ImportedHash::read(algorithm, &text).err();
        for (algorithm, text) in [
            (Algorithm::Bcrypt, bcrypt("12")),
            (Algorithm::Scrypt, scrypt("65536$8$1")),
            (Algorithm::Argon2id, argon2("m=19456,t=2,p=1")),
            (Algorithm::Pbkdf2Sha256, pbkdf2("600000")),
        ] {
            assert_eq!(read(algorithm, text.clone()), None, "{text}");
        }
        for (algorithm, text) in [
            (Algorithm::Bcrypt, bcrypt("13")),
            (Algorithm::Bcrypt, bcrypt("31")),
            (Algorithm::Scrypt, scrypt("131072$8$1")),
            (Algorithm::Scrypt, scrypt("18446744073709551616$8$1")),
            (Algorithm::Scrypt, scrypt("65536$9$1")),
            (Algorithm::Scrypt, scrypt("65536$8$2")),
            (Algorithm::Argon2id, argon2("m=19457,t=2,p=1")),
            (Algorithm::Argon2id, argon2("m=4294967296,t=2,p=1")),
            (Algorithm::Argon2id, argon2("m=19456,t=3,p=1")),
            (Algorithm::Argon2id, argon2("m=19456,t=2,p=2")),
            (Algorithm::Pbkdf2Sha256, pbkdf2("600001")),
            (Algorithm::Pbkdf2Sha256, pbkdf2("99999999999")),
        ] {
            assert_eq!(
                read(algorithm, text.clone()),
                Some(HashFault::TooCostly),
                "{text}"
            );
        }
        for (algorithm, text) in [
            (Algorithm::Bcrypt, bcrypt("03")),
            (Algorithm::Bcrypt, bcrypt("32")),
            (Algorithm::Bcrypt, bcrypt("+4")),
            (
                Algorithm::Bcrypt,
                format!("$1b$12${base64}{}", "A".repeat(31)),
            ),
            (
                Algorithm::Bcrypt,
                format!("$2b$12${base64}{}", "A".repeat(30)),
            ),
            (Algorithm::Bcrypt, format!("$2b$12${}", "\u{e4}".repeat(27))),
            (Algorithm::Scrypt, scrypt("65535$8$1")),
            (Algorithm::Scrypt, scrypt("1$8$1")),
            (Algorithm::Scrypt, scrypt("65536$0$1")),
            (Algorithm::Scrypt, scrypt("65536$8$0")),
            (Algorithm::Scrypt, format!("16$8$1${salt}$00")),
            (Algorithm::Scrypt, format!("16$8$1$xx${hex}")),
            (
                Algorithm::Scrypt,
                format!("16$8$1${}${hex}", "00".repeat(129)),
            ),
            (Algorithm::Argon2id, argon2("m=1,t=1,p=1")),
            (Algorithm::Argon2id, argon2("m=64,t=0,p=1")),
            (Algorithm::Argon2id, argon2("t=1,m=64,p=1")),
            (Algorithm::Argon2id, argon2("m=64,t=1")),
            (
                Algorithm::Argon2id,
                format!("$argon2i$v=19$m=64,t=1,p=1${base64}${base64}"),
            ),
            (
                Algorithm::Argon2id,
                format!("$argon2id$v=16$m=64,t=1,p=1${base64}${base64}"),
            ),
            (
                Algorithm::Argon2id,
                format!("$argon2id$v=19$m=64,t=1,p=1$AAAA${base64}"),
            ),
            (Algorithm::Pbkdf2Sha256, pbkdf2("0")),
            (Algorithm::Pbkdf2Sha256, pbkdf2("-1")),
            (
                Algorithm::Pbkdf2Sha256,
                format!("$pbkdf2-sha256$1${base64}$AAAA"),
            ),
            (Algorithm::Pbkdf2Sha256, String::new()),
        ] {
            assert_eq!(
                read(algorithm, text.clone()),
                Some(HashFault::Malformed),
                "{text}"
            );
        }
    }
}
