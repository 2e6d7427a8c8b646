//! The group of SRP: the 3072-bit prime of RFC 3526 §4 with the generator 2, and powers in it.
//!
//! All arithmetic is the big-number crate's. Ours are the tables by which powers of a base that
//! comes again take a third of the time (docs/decisions/0041). Not here: the protocol (`srp.rs`).

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use crypto_bigint::modular::{ConstMontyForm, ConstMontyParams};
use crypto_bigint::{CtAssign, CtEq, U256, U3072, const_monty_params};

const_monty_params!(
    Group,
    U3072,
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74\
     020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437\
     4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
     EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05\
     98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB\
     9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B\
     E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718\
     3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33\
     A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7\
     ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864\
     D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2\
     08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    "The 3072-bit group of RFC 3526 §4 (also RFC 5054), generator 2."
);

pub(super) type Element = ConstMontyForm<Group, { U3072::LIMBS }>;

/// N.
pub(super) fn modulus() -> &'static U3072 {
    Group::PARAMS.modulus().as_ref()
}

/// base^exponent mod N, the exponent big-endian. Takes the same steps and reads the same memory
/// whatever the exponent is.
pub(super) fn power(base: &Element, exponent: &[u8; 32]) -> Element {
    base.pow_bounded_exp(&U256::from_be_slice(exponent), U256::BITS)
}

/// The comb by which powers of one base are computed (Lim and Lee, 1994): the exponent is laid out
/// in `teeth` rows of `blocks * columns` bits, so that `columns` squarings and `blocks * columns`
/// products take the place of some 330.
struct Comb {
    teeth: usize,
    columns: usize,
    /// For each block, the products of the powers base^(2^(row · blocks · columns + block ·
    /// columns)) of every set of rows.
    blocks: Vec<Vec<Element>>,
}

impl Comb {
    fn new(base: &Element, teeth: usize, blocks: usize, columns: usize) -> Self {
        let row = blocks * columns;
        debug_assert!(teeth * row >= 256, "the rows hold the exponent");
        let mut powers = vec![*base; teeth];
        for at in 1..teeth {
            powers[at] = square(&powers[at - 1], row);
        }
        let mut comb = Vec::with_capacity(blocks);
        for block in 0..blocks {
            if block > 0 {
                for power in &mut powers {
                    *power = square(power, columns);
                }
            }
            let mut products = vec![Element::ONE; 1 << teeth];
            for set in 1..products.len() {
                // The set without its lowest row, times that row's power.
                products[set] =
                    products[set & (set - 1)].mul(&powers[set.trailing_zeros() as usize]);
            }
            comb.push(products);
        }
        Self {
            teeth,
            columns,
            blocks: comb,
        }
    }

    /// base^exponent mod N, the exponent big-endian. `select` gets a product by the set of its
    /// rows.
    fn power(&self, exponent: &[u8; 32], select: impl Fn(&[Element], usize) -> Element) -> Element {
        let bit = |at: usize| {
            let byte = 31_usize.checked_sub(at / 8);
            byte.map_or(0, |byte| usize::from(exponent[byte] >> (at % 8) & 1))
        };
        let row = self.blocks.len() * self.columns;
        let mut power = Element::ONE;
        for column in (0..self.columns).rev() {
            power = square(&power, 1);
            for (block, products) in self.blocks.iter().enumerate() {
                let at = block * self.columns + column;
                let set =
                    (0..self.teeth).fold(0, |set, tooth| set | bit(tooth * row + at) << tooth);
                power = power.mul(&select(products, set));
            }
        }
        power
    }
}

/// The element at `wanted`, after reading all of them.
fn select_secretly(elements: &[Element], wanted: usize) -> Element {
    let mut selected = elements[0];
    for (index, element) in elements.iter().enumerate() {
        selected.ct_assign(element, index.ct_eq(&wanted));
    }
    selected
}

/// Made at the first use, in some five milliseconds; 96 KB.
static GENERATOR: LazyLock<Comb> =
    LazyLock::new(|| Comb::new(&Element::new(&U3072::from(2_u8)), 6, 4, 11));

/// g^exponent mod N, the exponent big-endian. Takes the same steps and reads the same memory
/// whatever the exponent is.
pub(super) fn generator_power(exponent: &[u8; 32]) -> Element {
    GENERATOR.power(exponent, select_secretly)
}

/// Made at the first use, with some 2,000 products; 768 KB.
static GENERATOR_OF_MANY: LazyLock<Comb> =
    LazyLock::new(|| Comb::new(&Element::new(&U3072::from(2_u8)), 8, 8, 4));

/// g^exponent mod N, the exponent big-endian, in less than half the time of [`generator_power`].
/// Which memory is read depends on the exponent, so it is for exponents that follow from what a
/// file on this machine says in plain text.
pub(super) fn generator_power_of_many(exponent: &[u8; 32]) -> Element {
    GENERATOR_OF_MANY.power(exponent, |elements, wanted| elements[wanted])
}

/// The combs of verifiers that were asked for lately: who signs in once often does so again. To
/// make one and use it costs what an exponentiation without it does, to use it again less than
/// half.
static VERIFIERS: LazyLock<Mutex<HashMap<U3072, Arc<Comb>>>> = LazyLock::new(Mutex::default);

/// So many are kept, of 6 KB each.
const VERIFIERS_KEPT: usize = 256;

/// verifier^exponent mod N for an exponent that everybody knows: which memory is read depends on
/// it, but not on the verifier.
pub(super) fn power_of_verifier(verifier: &Element, exponent: &[u8; 32]) -> Element {
    let kept = || VERIFIERS.lock().unwrap_or_else(PoisonError::into_inner);
    let key = *verifier.as_montgomery();
    let known = kept().get(&key).cloned();
    let comb = known.unwrap_or_else(|| {
        let comb = Arc::new(Comb::new(verifier, 4, 1, 64));
        let mut kept = kept();
        if kept.len() >= VERIFIERS_KEPT {
            kept.clear();
        }
        kept.insert(key, comb.clone());
        comb
    });
    comb.power(exponent, |elements, wanted| elements[wanted])
}

/// element^(2^times).
fn square(element: &Element, times: usize) -> Element {
    (0..times).fold(*element, |power, _| power.square())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};

    use super::*;

    #[test]
    fn powers_are_plain_powers() {
        let mut exponents = vec![[0; 32], [0xff; 32], [0x80; 32], [0x01; 32]];
        for bit in (0..256).step_by(7).chain([255]) {
            let mut single = [0; 32];
            single[31 - bit / 8] = 1 << (bit % 8);
            exponents.push(single);
            exponents.push(digest(&SHA256, &single).as_ref().try_into().unwrap());
        }
        let base = power(&Element::new(&U3072::from(3_u8)), &[0xff; 32]);
        let generator = Element::new(&U3072::from(2_u8));
        for exponent in exponents {
            let plain = power(&base, &exponent);
            // The first makes what the others use.
            assert_eq!(power_of_verifier(&base, &exponent), plain, "{exponent:?}");
            let plain = power(&generator, &exponent);
            assert_eq!(generator_power(&exponent), plain, "{exponent:?}");
            assert_eq!(generator_power_of_many(&exponent), plain, "{exponent:?}");
        }
    }
}
