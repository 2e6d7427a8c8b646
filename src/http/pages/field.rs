//! The fields of forms: what the browser and its password manager are told of each.

use super::language::Language;
use super::texts::fill;
use crate::store::Pool;
use crate::wire::user_pools::{
    AliasAttributeType, AttributeDataType, SchemaAttributeType, UsernameAttributeType,
    VerifiedAttributeType,
};

/// One input with its label.
pub struct Field {
    pub name: String,
    pub label: String,
    pub kind: &'static str,
    pub autocomplete: &'static str,
    pub inputmode: Option<&'static str>,
    pub value: String,
    pub required: bool,
    pub readonly: bool,
    pub autofocus: bool,
    pub described_by: Option<&'static str>,
}

/// Forms name an attribute so, as the classic hosted UI does.
pub const ATTRIBUTES: &str = "requiredAttributes";

impl Field {
    fn new(name: &str, label: &str, kind: &'static str, autocomplete: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            kind,
            autocomplete,
            inputmode: None,
            value: String::new(),
            required: true,
            readonly: false,
            autofocus: false,
            described_by: None,
        }
    }

    /// By what users of this pool sign in.
    pub fn username(pool: &Pool, language: Language, value: &str) -> Self {
        let tongue = language.tongue();
        let (label, kind) = match pool.username_attributes() {
            [UsernameAttributeType::Email] => (tongue.attributes.email, "email"),
            [UsernameAttributeType::PhoneNumber] => (tongue.attributes.phone_number, "tel"),
            [] => (tongue.texts.username, "text"),
            _ => (tongue.texts.email_or_phone, "text"),
        };
        // What is shown to somebody who is asked for a password only need not be of the right form.
        Self {
            value: value.to_owned(),
            ..Self::new("username", label, kind, "username")
        }
    }

    /// The user name once more, for the reader and for password managers.
    pub fn known_username(language: Language, value: &str) -> Self {
        Self {
            value: value.to_owned(),
            readonly: true,
            required: false,
            ..Self::new(
                "username",
                language.tongue().texts.username,
                "text",
                "username",
            )
        }
    }

    pub fn password(language: Language) -> Self {
        let label = language.tongue().texts.password;
        Self::new("password", label, "password", "current-password")
    }

    /// A new password, with the pool's rules below it.
    pub fn new_password(label: &str) -> Self {
        Self {
            described_by: Some("rules"),
            ..Self::new("password", label, "password", "new-password")
        }
    }

    pub fn new_password_again(label: &str) -> Self {
        Self::new("confirm_password", label, "password", "new-password")
    }

    pub fn code(label: &str) -> Self {
        Self {
            inputmode: Some("numeric"),
            ..Self::new("code", label, "text", "one-time-code")
        }
    }

    pub fn text(name: &str, label: &str, required: bool) -> Self {
        Self {
            required,
            ..Self::new(name, label, "text", "off")
        }
    }

    pub fn email(name: &str, language: Language) -> Self {
        Self::new(name, language.tongue().attributes.email, "email", "email")
    }

    /// An attribute of the user.
    pub fn attribute(pool: &Pool, language: Language, name: &str, value: &str) -> Self {
        let (kind, autocomplete) = match name {
            "address" => ("text", "street-address"),
            "birthdate" => ("date", "bday"),
            "email" => ("email", "email"),
            "family_name" => ("text", "family-name"),
            "gender" => ("text", "sex"),
            "given_name" => ("text", "given-name"),
            "middle_name" => ("text", "additional-name"),
            "name" => ("text", "name"),
            "nickname" | "preferred_username" => ("text", "nickname"),
            "phone_number" => ("tel", "tel"),
            "picture" => ("url", "photo"),
            "profile" => ("url", "off"),
            "website" => ("url", "url"),
            _ => ("text", "off"),
        };
        let label = language.tongue().attributes.of(name);
        let label = label.unwrap_or_else(|| name.strip_prefix("custom:").unwrap_or(name));
        let is_number = pool.attribute(name).is_some_and(|attribute| {
            attribute.attribute_data_type == Some(AttributeDataType::Number)
        });
        Self {
            inputmode: is_number.then_some("numeric"),
            value: value.to_owned(),
            ..Self::new(&format!("{ATTRIBUTES}[{name}]"), label, kind, autocomplete)
        }
    }

    pub fn focused(self) -> Self {
        Self {
            autofocus: true,
            ..self
        }
    }

    pub fn optional(self) -> Self {
        Self {
            required: false,
            ..self
        }
    }

    /// Its id in the page, and its `data-testid`.
    pub fn id(&self) -> &str {
        self.name
            .strip_prefix(ATTRIBUTES)
            .and_then(|name| name.strip_prefix('['))
            .and_then(|name| name.strip_suffix(']'))
            .unwrap_or(&self.name)
    }

    /// Whether the pool's password rules stand below it.
    pub fn has_rules(&self) -> bool {
        self.described_by == Some("rules")
    }
}

/// The attributes that somebody who signs up is asked for, and whether each must be given: what the
/// pool requires, and the addresses that it verifies or that its users sign in with. `sub` and the
/// user name itself are not asked for.
pub fn sign_up_attributes(pool: &Pool) -> Vec<(&str, bool)> {
    let is_username = |name: &str| {
        pool.username_attributes().iter().any(|attribute| {
            // With both, either is the user name, and the other may be asked for as any attribute.
            pool.username_attributes().len() == 1 && attribute.as_str() == name
        })
    };
    let is_wanted = |attribute: &&SchemaAttributeType| {
        let name = attribute.name.as_deref().unwrap_or_default();
        let verified = match name {
            "email" => pool.auto_verifies(VerifiedAttributeType::Email),
            "phone_number" => pool.auto_verifies(VerifiedAttributeType::PhoneNumber),
            _ => false,
        };
        let alias = pool
            .alias_attributes()
            .iter()
            .any(|alias| *alias != AliasAttributeType::PreferredUsername && alias.as_str() == name);
        let asked = attribute.required == Some(true)
            || (pool.username_attributes().is_empty() && (verified || alias));
        asked && name != "sub" && name != "updated_at" && !is_username(name)
    };
    pool.schema()
        .iter()
        .filter(is_wanted)
        .filter_map(|attribute| {
            Some((attribute.name.as_deref()?, attribute.required == Some(true)))
        })
        .collect()
}

/// The pool's password policy, as sentences.
pub fn password_rules(pool: &Pool, language: Language) -> Vec<String> {
    let texts = &language.tongue().texts;
    let policy = pool.password_policy();
    let length = policy.minimum_length.unwrap_or(8);
    let mut rules = vec![fill(texts.rule_length, "count", &length.to_string())];
    for (asked, rule) in [
        (policy.require_lowercase, texts.rule_lowercase),
        (policy.require_uppercase, texts.rule_uppercase),
        (policy.require_numbers, texts.rule_number),
        (policy.require_symbols, texts.rule_symbol),
    ] {
        if asked == Some(true) {
            rules.push(rule.to_owned());
        }
    }
    rules
}
