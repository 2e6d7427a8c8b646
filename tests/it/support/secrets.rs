//! Remembers every secret that goes through a test's server, by the names under which secrets
//! travel, so that its journal can be searched for all of them when the test is over.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use mocknito::app::App;
use mocknito::journal::JournalFilter;
use serde_json::{Value, json};

/// Members, parameters and cookies that are secrets, at whatever door.
const NAMES: &[&str] = &[
    "AccessToken",
    "ActorToken",
    "ClientSecret",
    "ClientSecretValue",
    "ConfirmationCode",
    "EMAIL_OTP_CODE",
    "FeedbackToken",
    "IdToken",
    "IssuedToken",
    "NEW_PASSWORD",
    "PASSWORD",
    "PASSWORD_CLAIM_SECRET_BLOCK",
    "PASSWORD_CLAIM_SIGNATURE",
    "Password",
    "PasswordVerifier",
    "PreviousPassword",
    "ProposedPassword",
    "REFRESH_TOKEN",
    "RefreshToken",
    "SECRET_BLOCK",
    "SECRET_HASH",
    "SMS_MFA_CODE",
    "SMS_OTP_CODE",
    "SOFTWARE_TOKEN_MFA_CODE",
    "SecretAccessKey",
    "SecretCode",
    "SecretHash",
    "SecretKey",
    "SecretString",
    "Session",
    "SessionToken",
    "SubjectToken",
    "TemporaryPassword",
    "Token",
    "UserCode",
    "WebIdentityToken",
    "_csrf",
    "access_token",
    "client_secret",
    "code",
    "code_verifier",
    "confirm_password",
    "id_token",
    "password",
    "private_key",
    "refresh_token",
    "registration_access_token",
    "token",
];

/// What is shorter may stand anywhere by chance.
const SHORTEST: usize = 8;

/// Every secret of a test. When the test is over, none of them may be in the journal.
pub struct Secrets {
    app: Arc<App>,
    seen: Mutex<HashSet<String>>,
    everywhere: AtomicBool,
}

impl Drop for Secrets {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.everywhere.load(Ordering::Relaxed) {
            self.check();
        }
    }
}

impl Secrets {
    pub fn of(app: &Arc<App>) -> Self {
        Self {
            app: app.clone(),
            seen: Mutex::default(),
            everywhere: AtomicBool::default(),
        }
    }

    /// For tests that put the same values everywhere, whatever they are.
    pub fn are_everywhere(&self) {
        self.everywhere.store(true, Ordering::Relaxed);
    }

    /// Of a body that was sent or answered: JSON or a form.
    pub fn note_body(&self, body: &[u8]) {
        match serde_json::from_slice(body) {
            Ok(document) => self.note_document(&document),
            Err(_) => self.note_parameters(body),
        }
    }

    /// Of an address.
    pub fn note_address(&self, address: &str) {
        for part in address.split(['?', '#']).skip(1) {
            self.note_parameters(part.as_bytes());
        }
    }

    fn note_parameters(&self, encoded: &[u8]) {
        for (name, value) in form_urlencoded::parse(encoded) {
            self.note(&name, &value);
        }
    }

    fn note_document(&self, document: &Value) {
        match document {
            Value::Object(map) => {
                for (name, value) in map {
                    match value {
                        Value::String(text) => self.note(name, text),
                        other => self.note_document(other),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|one| self.note_document(one)),
            _ => {}
        }
    }

    fn note(&self, name: &str, value: &str) {
        // Tests put other things there, too: names, addresses, `(withheld)`.
        let is_secret = value.len() >= SHORTEST
            && value.bytes().any(|byte| byte.is_ascii_digit())
            && !value.contains("://");
        if NAMES.contains(&name) && is_secret {
            self.seen.lock().unwrap().insert(value.to_owned());
        }
    }

    /// Searches the whole journal for all of them.
    fn check(&self) {
        let (entries, _) = self.app.journal.list(&JournalFilter::default(), usize::MAX);
        let secrets = self.seen.lock().unwrap();
        for entry in entries {
            let shown = json!(entry.shown(Vec::new())).to_string();
            for secret in secrets.iter() {
                let written = json!(secret).to_string();
                let written = written.trim_matches('"');
                assert!(
                    !shown.contains(written),
                    "the journal shows the secret {secret}: {shown}"
                );
            }
        }
    }
}
