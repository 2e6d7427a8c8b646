//! The people at a pretend identity provider: the claims that each kind of provider makes about
//! somebody with this e-mail address and name.
//!
//! Names and formats of the claims are those of the real providers. Not here: how they get into
//! tokens (`flows::federate::pretend`).

use serde_json::{Map, Value, json};

use super::federation::Claims;
use crate::wire::user_pools::IdentityProviderTypeType as Kind;

/// The claim that holds a person's id at this kind of provider.
pub fn subject_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Facebook => "id",
        Kind::LoginWithAmazon => "user_id",
        Kind::Saml => super::federation::SAML_SUBJECT,
        Kind::Google | Kind::SignInWithApple | Kind::Oidc => "sub",
    }
}

/// An id in the format of this kind of provider, made from these bytes.
pub fn subject(kind: Kind, email: &str, bytes: [u8; 32]) -> String {
    let digits = |length: usize| {
        let digits = bytes.iter().take(length).map(|byte| b'0' + byte % 10);
        let mut digits: Vec<u8> = digits.collect();
        // Ids are numbers and do not begin with a zero.
        if digits.first() == Some(&b'0') {
            digits[0] = b'1';
        }
        digits.into_iter().map(char::from).collect::<String>()
    };
    let letters = |length: usize| {
        const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        bytes
            .iter()
            .cycle()
            .take(length)
            .map(|byte| char::from(BASE32[usize::from(byte & 31)]))
            .collect::<String>()
    };
    let hex = |from: usize, length: usize| hex::encode(&bytes[from..from + length]);
    match kind {
        Kind::Google => digits(21),
        Kind::Facebook => digits(17),
        Kind::LoginWithAmazon => format!("amzn1.account.{}", letters(28)),
        Kind::SignInWithApple => format!("00{}.{}.{}", &digits(4), hex(4, 16), &digits(4)),
        Kind::Oidc => hex(0, 16),
        Kind::Saml => email.to_owned(),
    }
}

/// All claims about the person. `more` are the tester's own claims, which win.
pub fn claims(kind: Kind, subject: &str, email: &str, name: &str, more: Claims) -> Claims {
    let (given, family) = match name.rsplit_once(' ') {
        Some((given, family)) => (given, family),
        None => (name, ""),
    };
    let said = match kind {
        Kind::Google | Kind::Oidc => json!({
            "sub": subject,
            "email": email,
            "email_verified": true,
            "name": name,
            "given_name": given,
            "family_name": family,
        }),
        Kind::Facebook => json!({
            "id": subject,
            "email": email,
            "name": name,
            "first_name": given,
            "last_name": family,
        }),
        Kind::LoginWithAmazon => json!({ "user_id": subject, "email": email, "name": name }),
        // Apple writes its flags as text.
        Kind::SignInWithApple => json!({
            "sub": subject,
            "email": email,
            "email_verified": "true",
            "is_private_email": "false",
            "firstName": given,
            "lastName": family,
        }),
        Kind::Saml => json!({
            "NameID": subject,
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": email,
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": name,
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname": given,
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname": family,
        }),
    };
    let Value::Object(said) = said else {
        return more;
    };
    let mut claims: Map<String, Value> =
        said.into_iter().filter(|(_, value)| value != "").collect();
    claims.extend(more);
    claims.insert(subject_name(kind).to_owned(), subject.into());
    claims
}

/// Claims that every ID token has; testers cannot set them.
pub const OF_THE_TOKEN: [&str; 8] = ["iss", "aud", "azp", "exp", "nbf", "iat", "nonce", "at_hash"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_forms_of_the_real_ones() {
        let id = |kind| subject(kind, "a@b.c", [0x1e; 32]);
        assert_eq!(id(Kind::Google), "1".to_owned() + &"0".repeat(20));
        assert_eq!(id(Kind::Facebook).len(), 17);
        assert!(id(Kind::LoginWithAmazon).starts_with("amzn1.account."));
        assert_eq!(id(Kind::SignInWithApple).len(), 6 + 1 + 32 + 1 + 4);
        assert_eq!(id(Kind::Saml), "a@b.c");
    }

    #[test]
    fn a_testers_claims_win_but_for_the_id() {
        let more = json!({ "email_verified": false, "sub": "other", "department": "x" });
        let more = more.as_object().unwrap().clone();
        let claims = claims(Kind::Oidc, "1", "a@b.c", "Ann Lee", more);
        assert_eq!(
            Value::Object(claims),
            json!({ "sub": "1", "email": "a@b.c", "email_verified": false, "name": "Ann Lee", "given_name": "Ann",
                    "family_name": "Lee", "department": "x" })
        );
    }
}
