//! What a page says when something is refused: the catalogue's errors as a banner, in the visitor's
//! language.
//!
//! English has the catalogue's own sentences. What has no translation is shown in English, too.

use super::language::Language;
use super::texts::Refusals;
use crate::error::Error;

/// A sentence above the form.
pub struct Banner {
    pub is_error: bool,
    pub text: String,
}

impl Banner {
    pub fn notice(text: impl Into<String>) -> Self {
        Self {
            is_error: false,
            text: text.into(),
        }
    }

    /// One of the pages' own refusals.
    pub fn refusal(text: impl Into<String>) -> Self {
        Self {
            is_error: true,
            text: text.into(),
        }
    }

    pub fn of(error: &Error, language: Language) -> Self {
        let translated = language
            .tongue()
            .refusals
            .as_ref()
            .and_then(|refusals| translate(error, refusals));
        Self::refusal(translated.map_or_else(|| error.message(), str::to_owned))
    }
}

fn translate(error: &Error, refusals: &Refusals) -> Option<&'static str> {
    Some(match error {
        Error::BadCredentials => refusals.bad_credentials,
        Error::UserDisabled => refusals.user_disabled,
        Error::PasswordAttemptsExceeded => refusals.too_many_tries,
        Error::PasswordResetRequired | Error::PasswordFoundCompromised => refusals.reset_required,
        Error::TemporaryPasswordExpired => refusals.temporary_password_expired,
        Error::CodeMismatch
        | Error::SignInCodeMismatch
        | Error::SoftwareTokenMismatch
        | Error::SoftwareTokenSetUpFailed => refusals.code_mismatch,
        Error::SoftwareTokenUsed => refusals.code_used,
        Error::CodeExpired => refusals.code_expired,
        Error::SessionInvalid | Error::SessionExpired | Error::SessionSpent => {
            refusals.session_ended
        }
        Error::SignUpUserExists => refusals.user_exists,
        Error::UsernameAttributeTaken { attribute } | Error::AliasTaken { attribute } => {
            match *attribute {
                "email" => refusals.email_exists,
                "phone_number" => refusals.phone_exists,
                _ => refusals.user_exists,
            }
        }
        Error::SignUpNotPermitted => refusals.sign_up_not_permitted,
        Error::PasswordTooShort => refusals.password_too_short,
        Error::PasswordNeedsUppercase => refusals.password_needs_uppercase,
        Error::PasswordNeedsLowercase => refusals.password_needs_lowercase,
        Error::PasswordNeedsNumber => refusals.password_needs_number,
        Error::PasswordNeedsSymbol => refusals.password_needs_symbol,
        Error::PasswordUsedBefore => refusals.password_used_before,
        Error::AttemptLimit => refusals.attempt_limit,
        Error::UserNotFound | Error::UsernameClientNotFound => refusals.user_not_found,
        Error::NoRecoveryAddress => refusals.no_recovery_address,
        Error::RecoveryByAdminOnly => refusals.recovery_by_admin,
        Error::PasswordNotResettable => refusals.not_resettable,
        Error::AlreadyConfirmed | Error::CannotConfirm { .. } => refusals.already_confirmed,
        Error::Internal(_) => refusals.something_wrong,
        _ => return None,
    })
}
