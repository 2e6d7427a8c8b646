//! Where a code goes: to which of a user's addresses, and which address is shown for somebody who
//! does not exist. Not here: sending (`flows::deliver`).

use super::usernames::{self, looks_like_email, looks_like_phone_number};
use crate::store::{Attributes, Pool};
use crate::wire::user_pools::{RecoveryOptionNameType, VerifiedAttributeType};

/// An address or a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    pub attribute: VerifiedAttributeType,
    pub address: String,
}

/// The phone number comes first wherever both would do.
const ORDER: [VerifiedAttributeType; 2] = [
    VerifiedAttributeType::PhoneNumber,
    VerifiedAttributeType::Email,
];

/// Where the code of a sign-up goes: to what the pool verifies automatically and the user has
/// given, the number first. (unsure) In a capture with both it went to the address; that pool's
/// settings are not known.
pub fn of_sign_up(pool: &Pool, attributes: &Attributes) -> Option<Destination> {
    ORDER
        .into_iter()
        .filter(|attribute| pool.auto_verifies(*attribute))
        .find_map(|attribute| held(attributes, attribute))
}

/// The ways in which users of the pool may reset a forgotten password, in order; None when only an
/// administrator can. Without a setting the number comes before the address.
pub fn recovery_order(pool: &Pool) -> Option<Vec<VerifiedAttributeType>> {
    let mechanisms = pool
        .settings
        .account_recovery_setting
        .as_ref()
        .and_then(|setting| setting.recovery_mechanisms.as_deref())
        .unwrap_or_default();
    if mechanisms.is_empty() {
        return Some(ORDER.to_vec());
    }
    let mut sorted: Vec<_> = mechanisms.iter().collect();
    sorted.sort_by_key(|one| one.priority);
    sorted
        .into_iter()
        .map(|one| match one.name {
            RecoveryOptionNameType::VerifiedEmail => Some(VerifiedAttributeType::Email),
            RecoveryOptionNameType::VerifiedPhoneNumber => Some(VerifiedAttributeType::PhoneNumber),
            RecoveryOptionNameType::AdminOnly => None,
        })
        .collect()
}

/// Where the code for a forgotten password goes: to the first of these that the user has verified.
pub fn of_recovery(
    order: &[VerifiedAttributeType],
    attributes: &Attributes,
) -> Option<Destination> {
    order
        .iter()
        .filter(|attribute| attribute.is_verified(attributes))
        .find_map(|attribute| held(attributes, *attribute))
}

/// The media by which a user who does not exist seems to be reached, in order: of those by which
/// the pool lets a password be reset the ones that its users have verified, as far as the pool's
/// settings tell.
pub fn simulated_recovery_order(
    pool: &Pool,
    order: &[VerifiedAttributeType],
) -> Vec<VerifiedAttributeType> {
    let likely: [fn(&Pool, VerifiedAttributeType) -> bool; 3] = [
        |pool, attribute| pool.auto_verifies(attribute),
        is_a_name,
        // Nobody is sent an SMS by a pool that cannot send any.
        |pool, attribute| {
            attribute == VerifiedAttributeType::Email || pool.settings.sms_configuration.is_some()
        },
    ];
    for is_likely in likely {
        let found = order.iter().copied().filter(|way| is_likely(pool, *way));
        let found: Vec<_> = found.collect();
        if !found.is_empty() {
            return found;
        }
    }
    order.to_vec()
}

/// Whether users of the pool are called by it.
fn is_a_name(pool: &Pool, attribute: VerifiedAttributeType) -> bool {
    match attribute {
        VerifiedAttributeType::Email => usernames::has_email(pool),
        VerifiedAttributeType::PhoneNumber => usernames::has_phone_number(pool),
    }
}

/// Where a code for an unknown user name would go: to the name itself if it is an address, or else
/// to something made up that is always the same. `noise` is derived from the name.
pub fn simulated(order: &[VerifiedAttributeType], typed: &str, noise: [u8; 16]) -> Destination {
    let may = |attribute| order.contains(&attribute);
    let typed_as = if looks_like_email(typed) && may(VerifiedAttributeType::Email) {
        Some(VerifiedAttributeType::Email)
    } else if looks_like_phone_number(typed) && may(VerifiedAttributeType::PhoneNumber) {
        Some(VerifiedAttributeType::PhoneNumber)
    } else {
        None
    };
    if let Some(attribute) = typed_as {
        return Destination {
            attribute,
            address: typed.to_owned(),
        };
    }
    let attribute = order
        .first()
        .copied()
        .unwrap_or(VerifiedAttributeType::Email);
    let letter = |at: usize| char::from(b'a' + noise[at] % 26);
    let address = match attribute {
        VerifiedAttributeType::Email => format!("{}@{}", letter(0), letter(1)),
        VerifiedAttributeType::PhoneNumber => {
            let digits: String = noise
                .iter()
                .take(11)
                .map(|byte| char::from(b'0' + byte % 10))
                .collect();
            format!("+{digits}")
        }
    };
    Destination { attribute, address }
}

/// The media of a simulated message: those that the pool verifies automatically, or else e-mail.
pub fn simulated_order(pool: &Pool) -> Vec<VerifiedAttributeType> {
    let verified: Vec<_> = ORDER
        .into_iter()
        .filter(|attribute| pool.auto_verifies(*attribute))
        .collect();
    if verified.is_empty() {
        vec![VerifiedAttributeType::Email]
    } else {
        verified
    }
}

/// Marks the destination of a redeemed code as verified, unless the user has changed it since.
pub fn mark_verified(attributes: &mut Attributes, address: Option<&String>) {
    let Some(address) = address else { return };
    for attribute in ORDER {
        if attributes.get(attribute.as_str()) == Some(address) {
            attributes.insert(attribute.flag().to_owned(), "true".to_owned());
        }
    }
}

fn held(attributes: &Attributes, attribute: VerifiedAttributeType) -> Option<Destination> {
    attributes
        .get(attribute.as_str())
        .filter(|address| !address.is_empty())
        .map(|address| Destination {
            attribute,
            address: address.clone(),
        })
}
