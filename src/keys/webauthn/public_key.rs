//! A passkey's public key: as an authenticator tells it (COSE, RFC 9052 §7), as it is kept, and
//! what it has signed.

use aws_lc_rs::rsa::{PublicEncryptingKey, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use minicbor::Decoder;
use minicbor::data::Type;

/// The COSE numbers of the algorithms a passkey may sign with: ES256 and RS256.
pub const ALGORITHMS: [i32; 2] = [ES256, RS256];
const ES256: i32 = -7;
const RS256: i32 = -257;

/// COSE's numbers of key types and of the curve.
const EC2: u8 = 2;
const RSA: u8 = 3;
const P_256: u8 = 1;

/// How many bytes each coordinate of a point on P-256 has.
const COORDINATE: usize = 32;

/// The longest modulus, in bytes, that aws-lc verifies with.
const LONGEST_MODULUS: usize = 1024;

/// The first byte of a key that is kept. The numbers between are of algorithms that nobody is
/// offered.
const KEPT_P_256: u8 = 1;
const KEPT_RSA: u8 = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasskeyPublicKey {
    /// A point, compressed.
    P256 { x: [u8; COORDINATE], y_is_odd: bool },
    /// The modulus begins with no zero.
    Rsa { modulus: Vec<u8>, exponent: u32 },
}

impl PasskeyPublicKey {
    /// Reads a COSE key and leaves the reader behind it. None for what is no key of one of the
    /// [`ALGORITHMS`].
    pub fn from_cose(reader: &mut Decoder<'_>) -> Option<Self> {
        let parameters = Parameters::read(reader)?;
        let key = match (parameters.key_type?, parameters.algorithm?) {
            (EC2, ES256) => parameters.p256()?,
            (RSA, RS256) => parameters.rsa()?,
            _ => return None,
        };
        key.is_valid().then_some(key)
    }

    /// The public key of a private one on P-256, as PKCS #8 has it: how a browser's virtual
    /// authenticator tells its credentials.
    pub fn of_private(pkcs8: &[u8]) -> Option<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8).ok()?;
        // Behind one byte that says so, both coordinates.
        let point = pair.public_key().as_ref().get(1..)?;
        let (x, y) = point.split_at_checked(COORDINATE)?;
        Self::point(x, y)
    }

    fn point(x: &[u8], y: &[u8]) -> Option<Self> {
        let y: [u8; COORDINATE] = y.try_into().ok()?;
        Some(Self::P256 {
            x: x.try_into().ok()?,
            y_is_odd: y[COORDINATE - 1] & 1 == 1,
        })
    }

    /// COSE's number of the algorithm that the key signs with.
    pub fn algorithm(&self) -> i32 {
        match self {
            Self::P256 { .. } => ES256,
            Self::Rsa { .. } => RS256,
        }
    }

    /// As a store and an export keep it: the first byte tells the kind. Stores have had this form
    /// since passkeys exist here; its last two bytes stood for extensions that nobody asks for.
    pub fn to_kept(&self) -> Vec<u8> {
        match self {
            Self::P256 { x, y_is_odd } => {
                [[KEPT_P_256].as_slice(), x, &[u8::from(*y_is_odd), 0, 0]].concat()
            }
            Self::Rsa { modulus, exponent } => {
                // from_kept and from_cose take no longer one than two bytes can say.
                let length = u16::try_from(modulus.len()).unwrap_or(u16::MAX);
                [
                    [KEPT_RSA].as_slice(),
                    &length.to_le_bytes(),
                    modulus,
                    &exponent.to_le_bytes(),
                    &[0, 0],
                ]
                .concat()
            }
        }
    }

    pub fn from_kept(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let (key, rest) = match *kind {
            KEPT_P_256 => {
                let (x, rest) = rest.split_first_chunk()?;
                let (y_is_odd, rest) = rest.split_first()?;
                let y_is_odd = match y_is_odd {
                    0 => false,
                    1 => true,
                    _ => return None,
                };
                (Self::P256 { x: *x, y_is_odd }, rest)
            }
            KEPT_RSA => {
                let (length, rest) = rest.split_first_chunk()?;
                let length = usize::from(u16::from_le_bytes(*length));
                let (modulus, rest) = rest.split_at_checked(length)?;
                let (exponent, rest) = rest.split_first_chunk()?;
                let modulus = modulus.to_vec();
                let exponent = u32::from_le_bytes(*exponent);
                (Self::Rsa { modulus, exponent }, rest)
            }
            _ => return None,
        };
        // credProtect's policy, and what hmac-secret answered.
        let is_whole = matches!(rest, [0..=3, 0] | [0..=3, 1, 0 | 1]);
        (is_whole && key.is_valid()).then_some(key)
    }

    /// Whether the private key that belongs to it has signed the message.
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::P256 { x, y_is_odd } => {
                let point = compressed(x, *y_is_odd);
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
                key.verify(message, signature).is_ok()
            }
            Self::Rsa { modulus, exponent } => {
                let key = components(modulus, *exponent);
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                    .is_ok()
            }
        }
    }

    /// Whether aws-lc could verify with it.
    fn is_valid(&self) -> bool {
        match self {
            Self::P256 { x, y_is_odd } => {
                let point = compressed(x, *y_is_odd);
                ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).is_ok()
            }
            Self::Rsa { modulus, exponent } => {
                let key: Result<PublicEncryptingKey, _> = components(modulus, *exponent).try_into();
                modulus.len() <= LONGEST_MODULUS
                    && modulus.first() != Some(&0)
                    && modulus.last().is_some_and(|low| low % 2 == 1)
                    && *exponent >= 3
                    && exponent % 2 == 1
                    && key.is_ok()
            }
        }
    }
}

/// As SEC 1 §2.3.3 writes a point without its second coordinate.
fn compressed(x: &[u8; COORDINATE], y_is_odd: bool) -> Vec<u8> {
    [[2 + u8::from(y_is_odd)].as_slice(), x].concat()
}

fn components(modulus: &[u8], exponent: u32) -> PublicKeyComponents<Vec<u8>> {
    let exponent = exponent.to_be_bytes();
    let zeros = exponent.iter().take_while(|byte| **byte == 0).count();
    PublicKeyComponents {
        n: modulus.to_vec(),
        e: exponent[zeros..].to_vec(),
    }
}

/// A COSE key's parameters, each of them once. What -1, -2 and -3 mean depends on the type.
#[derive(Default)]
struct Parameters<'b> {
    key_type: Option<u8>,
    algorithm: Option<i32>,
    curve: Option<u8>,
    /// Of -1, -2 and -3.
    bytes: [Option<&'b [u8]>; 3],
}

impl<'b> Parameters<'b> {
    fn read(reader: &mut Decoder<'b>) -> Option<Self> {
        let mut read = Self::default();
        // None is a map without a length, which CTAP2 forbids.
        for _ in 0..reader.map().ok()?? {
            let label = reader.i32().ok()?;
            let is_second = match label {
                1 => read.key_type.replace(reader.u8().ok()?).is_some(),
                3 => read.algorithm.replace(reader.i32().ok()?).is_some(),
                -1 if reader.datatype().ok()? == Type::U8 => {
                    read.curve.replace(reader.u8().ok()?).is_some()
                }
                -3..=-1 => {
                    let place = read.bytes.get_mut(usize::try_from(-1 - label).ok()?)?;
                    place.replace(reader.bytes().ok()?).is_some()
                }
                _ => return None,
            };
            if is_second {
                return None;
            }
        }
        Some(read)
    }

    fn p256(self) -> Option<PasskeyPublicKey> {
        let (Some(P_256), [None, Some(x), Some(y)]) = (self.curve, self.bytes) else {
            return None;
        };
        // The compressed form has forgotten y, so this is where it is compared with the curve.
        let point = [[4].as_slice(), x, y].concat();
        ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).ok()?;
        PasskeyPublicKey::point(x, y)
    }

    fn rsa(self) -> Option<PasskeyPublicKey> {
        let (None, [Some(modulus), Some(exponent), None]) = (self.curve, self.bytes) else {
            return None;
        };
        let mut wide = [0; 4];
        let zeros = wide.len().checked_sub(exponent.len())?;
        wide[zeros..].copy_from_slice(exponent);
        Some(PasskeyPublicKey::Rsa {
            modulus: modulus.to_vec(),
            exponent: u32::from_be_bytes(wide),
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;

    use super::*;

    fn pair() -> EcdsaKeyPair {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()
    }

    fn cose(x: &[u8], y: &[u8]) -> Vec<u8> {
        let head = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        [head.as_slice(), x, &[0x22, 0x58, 0x20], y].concat()
    }

    #[test]
    fn a_key_is_kept_and_verifies() {
        // Both parities.
        let mut seen = [false; 2];
        while seen.contains(&false) {
            let pair = pair();
            let (x, y) = pair.public_key().as_ref()[1..].split_at(COORDINATE);
            seen[usize::from(y[31] & 1)] = true;
            let cose = cose(x, y);
            let key = PasskeyPublicKey::from_cose(&mut Decoder::new(&cose)).unwrap();
            let kept = key.to_kept();
            assert_eq!(PasskeyPublicKey::from_kept(&kept), Some(key.clone()));
            let signature = pair.sign(&SystemRandom::new(), b"said").unwrap();
            assert!(key.has_signed(b"said", signature.as_ref()));
            assert!(!key.has_signed(b"not said", signature.as_ref()));
            let private = pair.to_pkcs8v1().unwrap();
            assert_eq!(
                PasskeyPublicKey::of_private(private.as_ref()),
                Some(key.clone())
            );
        }
    }

    #[test]
    fn what_was_kept_with_extensions_is_still_read() {
        let key = PasskeyPublicKey::of_private(pair().to_pkcs8v1().unwrap().as_ref()).unwrap();
        let mut kept = key.to_kept();
        kept.truncate(kept.len() - 2);
        for (rest, is_read) in [
            ([0, 0].as_slice(), true),
            (&[3, 1, 1], true),
            (&[0, 1, 0], true),
            (&[], false),
            (&[0], false),
            (&[4, 0], false),
            (&[0, 2], false),
            (&[0, 1], false),
            (&[0, 0, 0], false),
        ] {
            let bytes = [&kept, rest].concat();
            let read = PasskeyPublicKey::from_kept(&bytes);
            assert_eq!(read, is_read.then(|| key.clone()), "{rest:?}");
        }
        for end in 0..kept.len() {
            assert_eq!(PasskeyPublicKey::from_kept(&kept[..end]), None, "{end}");
        }
    }

    #[test]
    fn no_other_key_is_one() {
        let pair = pair();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(COORDINATE);
        let right = cose(x, y);
        let read = |bytes: &[u8]| PasskeyPublicKey::from_cose(&mut Decoder::new(bytes));
        assert!(read(&right).is_some());
        // Not on the curve.
        let mut off = y.to_vec();
        off[31] ^= 2;
        assert!(read(&cose(x, &off)).is_none());
        for (at, other) in [
            (0, 0xbf), // a map without a length
            (0, 0xa4), // without y
            (2, 0x03), // the type of RSA
            (4, 0x38), // another algorithm
            (6, 0x02), // P-384
            (7, 0x20), // -1 twice
            (9, 0x1f), // a shorter x
        ] {
            let mut wrong = right.clone();
            wrong[at] = other;
            assert!(read(&wrong).is_none(), "{at} {other}");
        }
        for end in 0..right.len() {
            assert!(read(&right[..end]).is_none(), "{end}");
        }
    }

    #[test]
    fn rsa_keys_have_a_length_and_an_exponent() {
        let rsa = |modulus: Vec<u8>, exponent| {
            let key = PasskeyPublicKey::Rsa { modulus, exponent };
            PasskeyPublicKey::from_kept(&key.to_kept())
        };
        let odd = |bytes: usize| [vec![0xc1], vec![0x55; bytes - 2], vec![0x57]].concat();
        assert!(rsa(odd(256), 65537).is_some());
        assert!(rsa(odd(255), 65537).is_none());
        assert!(rsa(odd(1025), 65537).is_none());
        assert!(rsa([vec![0], odd(256)].concat(), 65537).is_none());
        assert!(rsa(odd(256), 0).is_none());
        assert!(rsa(odd(256), 2).is_none());
        // Whoever signs by either of these needs no private key.
        assert!(rsa(odd(256), 1).is_none());
        assert!(rsa([vec![0xc1; 255], vec![0x56]].concat(), 65537).is_none());
    }
}
