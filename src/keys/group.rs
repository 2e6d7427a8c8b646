//! The group of SRP: the 3072-bit prime of RFC 3526 §4 with the generator 2, and powers in it.
//!
//! Elements and products are the big-number crate's. Squares are ours: four fifths of a power are
//! squares, and the crate computes them as products of equal factors, which takes a quarter longer.
//! Not here: the protocol (`srp.rs`).

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use crypto_bigint::modular::{ConstMontyForm, ConstMontyParams};
use crypto_bigint::{CtAssign, CtEq, U3072, const_monty_params};

const_monty_params!(
    Group,
    U3072,
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    "The 3072-bit group of RFC 3526 §4 (also RFC 5054), generator 2."
);

pub(super) type Element = ConstMontyForm<Group, { U3072::LIMBS }>;

/// N.
pub(super) fn modulus() -> &'static U3072 {
    Group::PARAMS.modulus().as_ref()
}

/// Bits of the exponent that are taken together.
const WINDOW: usize = 4;

/// base^exponent mod N, the exponent big-endian. Takes the same steps and reads the same memory
/// whatever the exponent is.
pub(super) fn power(base: &Element, exponent: &[u8; 32]) -> Element {
    let mut powers = [Element::ONE; 1 << WINDOW];
    for index in 1..powers.len() {
        powers[index] = if index % 2 == 0 {
            square(&powers[index / 2], 1)
        } else {
            powers[index - 1].mul(base)
        };
    }
    let mut power = Element::ONE;
    for byte in exponent {
        for window in [byte >> WINDOW, byte & ((1 << WINDOW) - 1)] {
            let factor = select_secretly(&powers, usize::from(window));
            power = square(&power, WINDOW).mul(&factor);
        }
    }
    power
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

/// Words of an element.
const WORDS: usize = 48;
type Words = [u64; WORDS];

/// element^(2^times): squares in Montgomery form (Montgomery, 1985), two rows of the schoolbook's
/// square at a time. No step depends on the element.
fn square(element: &Element, times: usize) -> Element {
    let mut words = words(element.as_montgomery());
    let modulus = words_of_modulus();
    for _ in 0..times {
        words = reduce(wide_square(&words), modulus);
    }
    let mut bytes = [0; WORDS * 8];
    for (eight, word) in bytes.chunks_exact_mut(8).zip(words) {
        eight.copy_from_slice(&word.to_le_bytes());
    }
    Element::from_montgomery(U3072::from_le_slice(&bytes))
}

fn words(number: &U3072) -> Words {
    let bytes: [u8; WORDS * 8] = number.to_le_bytes().into();
    let (eights, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|at| u64::from_le_bytes(eights[at]))
}

fn words_of_modulus() -> &'static Words {
    static MODULUS: LazyLock<Words> = LazyLock::new(|| words(modulus()));
    &MODULUS
}

/// a · b + c + d, which always fits into two words: the lower and the higher.
#[inline(always)]
fn multiply_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let sum = u128::from(a) * u128::from(b) + u128::from(c) + u128::from(d);
    (sum as u64, (sum >> 64) as u64)
}

#[inline(always)]
fn add(a: u64, b: u64, carry: u64) -> (u64, u64) {
    multiply_add(a, 1, b, carry)
}

/// a², not reduced: the products of different words once, doubled, and the squares of the words.
fn wide_square(a: &Words) -> [u64; 2 * WORDS] {
    let mut wide = [0; 2 * WORDS];
    for row in (0..WORDS - 2).step_by(2) {
        let (first, second) = (a[row], a[row + 1]);
        let mut carries = [0, 0];
        let at = 2 * row + 1;
        (wide[at], carries[0]) = multiply_add(first, a[row + 1], wide[at], 0);
        (wide[at + 1], carries[0]) = multiply_add(first, a[row + 2], wide[at + 1], carries[0]);
        let (ahead, behind) = (&a[row + 3..], &a[row + 2..]);
        for ((word, ahead), behind) in wide[at + 2..row + WORDS].iter_mut().zip(ahead).zip(behind) {
            let (sum, carry) = multiply_add(first, *ahead, *word, carries[0]);
            carries[0] = carry;
            (*word, carries[1]) = multiply_add(second, *behind, sum, carries[1]);
        }
        (wide[row + WORDS], wide[row + WORDS + 1]) =
            multiply_add(second, a[WORDS - 1], carries[0], carries[1]);
    }
    (wide[2 * WORDS - 3], wide[2 * WORDS - 2]) =
        multiply_add(a[WORDS - 2], a[WORDS - 1], wide[2 * WORDS - 3], 0);

    let (mut shifted_out, mut carry) = (0, 0);
    for (pair, word) in wide.as_chunks_mut::<2>().0.iter_mut().zip(a) {
        let (low, high) = multiply_add(*word, *word, 0, 0);
        let doubled = [pair[0] << 1 | shifted_out, pair[1] << 1 | pair[0] >> 63];
        shifted_out = pair[1] >> 63;
        (pair[0], carry) = add(doubled[0], low, carry);
        (pair[1], carry) = add(doubled[1], high, carry);
    }
    wide
}

/// wide / 2^3072 mod N: adds multiples of N until the lower half is zero. N ends in 64 ones, so
/// that −1/N mod 2^64 is 1 and the word to be cleared is itself the multiple.
fn reduce(mut wide: [u64; 2 * WORDS], modulus: &Words) -> Words {
    let mut top = 0;
    for row in (0..WORDS).step_by(2) {
        let first = wide[row];
        // first + first · (2^64 − 1) leaves zero and carries `first`.
        let (second, mut carry) = multiply_add(first, modulus[1], wide[row + 1], first);
        let mut carries = [carry, second];
        let (ahead, behind) = (&modulus[2..], &modulus[1..]);
        for ((word, ahead), behind) in wide[row + 2..row + WORDS].iter_mut().zip(ahead).zip(behind)
        {
            let (sum, carry) = multiply_add(first, *ahead, *word, carries[0]);
            carries[0] = carry;
            (*word, carries[1]) = multiply_add(second, *behind, sum, carries[1]);
        }
        let at = row + WORDS;
        (wide[at], carry) = add(wide[at], carries[0], top);
        (wide[at], carries[1]) = multiply_add(second, modulus[WORDS - 1], wide[at], carries[1]);
        (wide[at + 1], top) = add(wide[at + 1], carries[1], carry);
    }
    let high = &wide[WORDS..];
    let (mut less, mut borrow) = ([0; WORDS], 0);
    for at in 0..WORDS {
        let (difference, one) = high[at].overflowing_sub(modulus[at]);
        let (difference, other) = difference.overflowing_sub(borrow);
        less[at] = difference;
        borrow = u64::from(one | other);
    }
    // What is below N already stays: all ones when the subtraction borrowed from nothing.
    let stays = 0_u64.wrapping_sub(borrow & (top ^ 1));
    std::array::from_fn(|at| high[at] & stays | less[at] & !stays)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use crypto_bigint::U256;

    use super::*;

    /// Elements that carry far, and ordinary ones.
    fn elements() -> Vec<Element> {
        let largest = modulus().wrapping_sub(&U3072::ONE);
        let mut elements = vec![Element::ZERO, Element::ONE, Element::new(&largest)];
        elements.extend((0..64).map(|shift| Element::new(&U3072::ONE.shl(shift * 48))));
        // Montgomery forms at the edges: what is squared is the form.
        for form in [
            U3072::ONE,
            largest,
            largest.shr(1),
            U3072::MAX.shr(64),
            U3072::MAX.shl(64),
        ] {
            elements.push(Element::from_montgomery(
                form.rem_vartime(Group::PARAMS.modulus().as_nz_ref()),
            ));
        }
        let mut ordinary = Element::new(&U3072::from(3_u8));
        for _ in 0..64 {
            ordinary = ordinary
                .mul(&ordinary)
                .mul(&Element::new(&U3072::from(5_u8)));
            elements.push(ordinary);
        }
        elements
    }

    #[test]
    fn squares_are_products_of_equal_factors() {
        assert_eq!(words_of_modulus()[0], u64::MAX);
        for element in elements() {
            assert_eq!(square(&element, 1), element.mul(&element), "{element:?}");
            let fourth = element.mul(&element).mul(&element.mul(&element));
            assert_eq!(square(&element, 2), fourth, "{element:?}");
        }
    }

    #[test]
    fn powers_are_plain_powers() {
        let mut exponents = vec![[0; 32], [0xff; 32], [0x80; 32], [0x01; 32]];
        for bit in (0..256).step_by(7).chain([255]) {
            let mut single = [0; 32];
            single[31 - bit / 8] = 1 << (bit % 8);
            exponents.push(single);
            exponents.push(digest(&SHA256, &single).as_ref().try_into().unwrap());
        }
        let base = Element::new(&U3072::from(3_u8)).pow_bounded_exp(&U256::MAX, U256::BITS);
        let generator = Element::new(&U3072::from(2_u8));
        for exponent in exponents {
            let number = U256::from_be_slice(&exponent);
            let plain = base.pow_bounded_exp(&number, U256::BITS);
            assert_eq!(power(&base, &exponent), plain, "{exponent:?}");
            // The first makes what the others use.
            assert_eq!(power_of_verifier(&base, &exponent), plain, "{exponent:?}");
            let plain = generator.pow_bounded_exp(&number, U256::BITS);
            assert_eq!(generator_power(&exponent), plain, "{exponent:?}");
        }
    }
}
