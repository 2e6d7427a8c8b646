//! What the pages say, in every language: one struct, one file per language, so that a text that is
//! missing somewhere does not compile.
//!
//! `{…}` stands for a value. Not here: which language a visitor gets (`language.rs`), which text an
//! error has (`refusals.rs`).

mod de;
mod en;
mod es;
mod fr;
mod ja;
mod pt_br;

pub(super) use de::DE;
pub(super) use en::EN;
pub(super) use es::ES;
pub(super) use fr::FR;
pub(super) use ja::JA;
pub(super) use pt_br::PT_BR;

macro_rules! texts {
    ($($group:ident { $($(#[$doc:meta])* $name:ident),+ $(,)? })+) => {
        $(
            pub struct $group {
                $($(#[$doc])* pub $name: &'static str,)+
            }

            #[cfg(test)]
            impl $group {
                fn all(&self) -> Vec<(&'static str, &'static str)> {
                    vec![$((stringify!($name), self.$name)),+]
                }
            }
        )+
    };
}

texts! {
    Texts {
        // ---- everywhere ----
        language,
        username,
        email_or_phone,
        password,
        next,
        send,
        back_to_sign_in,
        or,

        // ---- sign in ----
        sign_in_title,
        sign_in_intro,
        sign_in,
        forgot_password,
        new_user,
        create_account,
        /// `{provider}`
        continue_with,
        /// `{username}`
        signed_in_as,
        continue_here,
        not_you,

        // ---- sign up ----
        sign_up_title,
        sign_up_intro,
        sign_up,
        confirm_password,
        have_account,
        /// Before the list of links.
        terms_lead,
        terms_of_use,
        privacy_policy,
        password_rules,
        /// `{count}`
        rule_length,
        rule_uppercase,
        rule_lowercase,
        rule_number,
        rule_symbol,

        // ---- confirm a sign-up ----
        confirm_title,
        /// `{destination}`
        confirm_intro,
        confirm_intro_plain,
        code,
        confirm,
        no_code,
        resend,
        /// `{destination}`
        code_sent,
        confirmed,
        link_confirmed_title,
        link_confirmed,
        link_refused_title,

        // ---- whether a sign-in was the user's ----
        feedback_title,
        feedback_intro,

        // ---- forgotten password ----
        forgot_title,
        forgot_intro,
        reset_my_password,
        reset_title,
        /// `{destination}`
        reset_intro,
        new_password,
        confirm_new_password,
        change_password,
        password_changed,

        // ---- new password ----
        new_password_title,
        new_password_intro,

        // ---- second factors and codes ----
        code_title,
        /// `{destination}`
        sms_intro,
        /// `{destination}`
        email_intro,
        totp_title,
        totp_intro,
        choose_mfa_title,
        choose_mfa_intro,
        factor_sms,
        factor_email,
        factor_totp,
        factor_password,
        factor_passkey,
        choose_factor_title,
        choose_factor_intro,
        other_way,
        /// `{username}`
        password_intro,
        setup_choice_title,
        setup_choice_intro,
        setup_totp_title,
        setup_totp_scan,
        setup_totp_key,
        setup_totp_code,
        setup_totp_device,
        qr_code,
        setup_email_title,
        setup_email_intro,

        // ---- passkeys ----
        passkey_title,
        passkey_intro,
        use_passkey,
        passkey_failed,
        passkey_needs_script,
        passkey_add_title,
        passkey_add_intro,
        passkey_add,
        passkey_added,
        not_now,

        // ---- the end ----
        signed_out_title,
        signed_out_intro,
        error_title,
        error_intro,
        unavailable,

        // ---- refusals that are the pages' own ----
        form_expired,
        field_missing,
        passwords_differ,
        choose_one,
    }
    AttributeNames {
        address,
        birthdate,
        email,
        family_name,
        gender,
        given_name,
        locale,
        middle_name,
        name,
        nickname,
        phone_number,
        picture,
        preferred_username,
        profile,
        website,
        zoneinfo,
    }
    Refusals {
        bad_credentials,
        user_disabled,
        too_many_tries,
        reset_required,
        temporary_password_expired,
        code_mismatch,
        code_expired,
        code_used,
        session_ended,
        user_exists,
        email_exists,
        phone_exists,
        sign_up_not_permitted,
        password_too_short,
        password_needs_uppercase,
        password_needs_lowercase,
        password_needs_number,
        password_needs_symbol,
        password_used_before,
        attempt_limit,
        user_not_found,
        no_recovery_address,
        recovery_by_admin,
        not_resettable,
        already_confirmed,
        something_wrong,
    }
}

impl AttributeNames {
    /// What an attribute is called in a form; custom ones have no name but their own.
    pub fn of(&self, attribute: &str) -> Option<&'static str> {
        Some(match attribute {
            "address" => self.address,
            "birthdate" => self.birthdate,
            "email" => self.email,
            "family_name" => self.family_name,
            "gender" => self.gender,
            "given_name" => self.given_name,
            "locale" => self.locale,
            "middle_name" => self.middle_name,
            "name" => self.name,
            "nickname" => self.nickname,
            "phone_number" => self.phone_number,
            "picture" => self.picture,
            "preferred_username" => self.preferred_username,
            "profile" => self.profile,
            "website" => self.website,
            "zoneinfo" => self.zoneinfo,
            _ => return None,
        })
    }
}

/// All that is said in one language.
pub struct Tongue {
    pub texts: Texts,
    pub attributes: AttributeNames,
    /// None for English: the catalogue's own sentences are.
    pub refusals: Option<Refusals>,
}

/// The text with `{name}` replaced.
pub fn fill(text: &str, name: &str, value: &str) -> String {
    text.replace(&format!("{{{name}}}"), value)
}

#[cfg(test)]
mod tests {
    use super::super::language::Language;
    use super::*;

    fn placeholders(text: &str) -> Vec<&str> {
        let mut found: Vec<&str> = text
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn every_text_exists_in_every_language_with_the_same_values() {
        let english: Vec<_> = [EN.texts.all(), EN.attributes.all()].concat();
        for language in Language::ALL {
            let tongue = language.tongue();
            let texts = [tongue.texts.all(), tongue.attributes.all()].concat();
            for ((name, text), (_, english)) in texts.iter().zip(&english) {
                let place = format!("{name} in {}", language.code());
                assert!(!text.trim().is_empty(), "{place} is empty");
                assert_eq!(placeholders(text), placeholders(english), "{place}");
            }
        }
    }

    #[test]
    fn every_language_but_english_has_sentences_of_its_own() {
        let english = EN.texts.all();
        for language in Language::ALL {
            let tongue = language.tongue();
            let same = tongue
                .texts
                .all()
                .iter()
                .zip(&english)
                .filter(|(one, other)| one.1 == other.1)
                .count();
            match &tongue.refusals {
                None => assert_eq!(language, Language::English),
                Some(refusals) => {
                    assert!(same < 5, "{same} texts of {} are English", language.code());
                    for (name, text) in refusals.all() {
                        assert!(!text.is_empty(), "{name} in {}", language.code());
                    }
                }
            }
        }
    }
}
