//! The texts of messages: the pool's templates or the service's own words, with the placeholders
//! filled in. Also how addresses are masked in answers.
//!
//! Not here: when and where to a message is sent (`flows::deliver`), where it ends up (`outbox`).

use std::sync::LazyLock;

use regex::Regex;

use crate::error::{Error, Result};
use crate::store::Pool;
use crate::wire::user_pools::{
    DefaultEmailOptionType, DeliveryMediumType, MessageTemplateType, VerifiedAttributeType,
};

/// Where the code or the temporary password stands in a template.
pub const CODE: &str = "{####}";
/// Where the user name stands in a template.
pub const USERNAME: &str = "{username}";

const INVITATION: &str = "Your username is {username} and temporary password is {####}. ";
const INVITATION_SUBJECT: &str = "Your temporary password";
const VERIFICATION: &str = "Your confirmation code is {####}";
const VERIFICATION_SUBJECT: &str = "Your verification code";
const AUTHENTICATION: &str = "Your authentication code is {####}. ";
const AUTHENTICATION_SUBJECT: &str = "Your authentication code";
const CONFIRMATION_LINK: &str =
    "Please click the link below to verify your email address. {##Verify Email##} ";
const CONFIRMATION_LINK_SUBJECT: &str = "Your verification link";
/// What stands around the words of the link in a template.
const LINK: (&str, &str) = ("{##", "##}");

/// The longest texts that a function may write.
const LONGEST_SMS: usize = 140;
const LONGEST_EMAIL: usize = 20_000;
const LONGEST_SUBJECT: usize = 140;

/// The characters that a text may have: no control characters and no unusual white space.
static PLAIN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\A[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\x0B\f\r ]*\z").ok());

/// A message, ready to be sent. Only e-mails have a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub subject: Option<String>,
    pub body: String,
}

/// The medium for an address of this kind.
pub fn medium(attribute: VerifiedAttributeType) -> DeliveryMediumType {
    match attribute {
        VerifiedAttributeType::Email => DeliveryMediumType::Email,
        VerifiedAttributeType::PhoneNumber => DeliveryMediumType::Sms,
    }
}

/// The invitation of a user whom an administrator created: user name and temporary password.
pub fn invitation(pool: &Pool, medium: DeliveryMediumType, username: &str, password: &str) -> Text {
    let template = pool
        .settings
        .admin_create_user_config
        .as_ref()
        .and_then(|config| config.invite_message_template.as_ref());
    let chosen = |member: fn(&MessageTemplateType) -> Option<&String>| template.and_then(member);
    match medium {
        DeliveryMediumType::Sms => Text {
            subject: None,
            body: fill(
                chosen(|template| template.sms_message.as_ref()),
                INVITATION,
                username,
                password,
            ),
        },
        DeliveryMediumType::Email => Text {
            subject: Some(fill(
                chosen(|template| template.email_subject.as_ref()),
                INVITATION_SUBJECT,
                username,
                password,
            )),
            body: fill(
                chosen(|template| template.email_message.as_ref()),
                INVITATION,
                username,
                password,
            ),
        },
    }
}

/// The message with a code that verifies an address: the pool's template, its older members, or the
/// service's words.
pub fn verification(pool: &Pool, medium: DeliveryMediumType, username: &str, code: &str) -> Text {
    let settings = &pool.settings;
    let template = settings.verification_message_template.as_ref();
    match medium {
        DeliveryMediumType::Sms => Text {
            subject: None,
            body: fill(
                template
                    .and_then(|template| template.sms_message.as_ref())
                    .or(settings.sms_verification_message.as_ref()),
                VERIFICATION,
                username,
                code,
            ),
        },
        DeliveryMediumType::Email => Text {
            subject: Some(fill(
                template
                    .and_then(|template| template.email_subject.as_ref())
                    .or(settings.email_verification_subject.as_ref()),
                VERIFICATION_SUBJECT,
                username,
                code,
            )),
            body: fill(
                template
                    .and_then(|template| template.email_message.as_ref())
                    .or(settings.email_verification_message.as_ref()),
                VERIFICATION,
                username,
                code,
            ),
        },
    }
}

/// The message with a code to sign in with, as first or second factor: the templates that
/// SetUserPoolMfaConfig stores, or (unsure) the service's words.
pub fn authentication(pool: &Pool, medium: DeliveryMediumType, username: &str, code: &str) -> Text {
    match medium {
        DeliveryMediumType::Sms => Text {
            subject: None,
            body: fill(
                pool.settings.sms_authentication_message.as_ref(),
                AUTHENTICATION,
                username,
                code,
            ),
        },
        DeliveryMediumType::Email => {
            let template = pool.factors.email.as_ref();
            Text {
                subject: Some(fill(
                    template.and_then(|template| template.subject.as_ref()),
                    AUTHENTICATION_SUBJECT,
                    username,
                    code,
                )),
                body: fill(
                    template.and_then(|template| template.message.as_ref()),
                    AUTHENTICATION,
                    username,
                    code,
                ),
            }
        }
    }
}

/// Whether a sign-up is confirmed by a link instead of a code: by e-mail only.
pub fn confirms_by_link(pool: &Pool, medium: DeliveryMediumType) -> bool {
    let template = pool.settings.verification_message_template.as_ref();
    let option = template.and_then(|template| template.default_email_option);
    medium == DeliveryMediumType::Email && option == Some(DefaultEmailOptionType::ConfirmWithLink)
}

/// The e-mail with the link that confirms a sign-up. The link's words are the template's.
pub fn confirmation_link(pool: &Pool, username: &str, link: &str) -> Text {
    let template = pool.settings.verification_message_template.as_ref();
    let subject = template.and_then(|template| template.email_subject_by_link.as_deref());
    let body = template.and_then(|template| template.email_message_by_link.as_deref());
    let body = body.unwrap_or(CONFIRMATION_LINK);
    let filled = fill_links(body, link, |text| text.replace(USERNAME, username));
    Text {
        subject: Some(
            subject
                .unwrap_or(CONFIRMATION_LINK_SUBJECT)
                .replace(USERNAME, username),
        ),
        body: filled,
    }
}

/// Fills in links, and then everything else.
fn fill_links(template: &str, link: &str, fill: impl Fn(&str) -> String) -> String {
    let mut parts = template.split(LINK.0);
    let mut filled = fill(parts.next().unwrap_or_default());
    for part in parts {
        match part.split_once(LINK.1) {
            Some((words, after)) => {
                let after = fill(after);
                filled.push_str(&format!("<a href=\"{link}\">{words}</a>{after}"));
            }
            None => filled.extend([LINK.0, part]),
        }
    }
    filled
}

/// Checks the subject that a function wrote.
pub fn check_custom_subject(subject: &str) -> Result<()> {
    check_length("emailSubject", subject, LONGEST_SUBJECT)
}

/// Checks the text that a function wrote: of bounded length, and with a place for the code, or for
/// the link where there may be one. An invitation must also name the user.
pub fn check_custom_body(
    medium: DeliveryMediumType,
    body: &str,
    names_user: bool,
    by_link: bool,
) -> Result<()> {
    let (member, limit) = match medium {
        DeliveryMediumType::Sms => ("smsMessage", LONGEST_SMS),
        DeliveryMediumType::Email => ("emailBody", LONGEST_EMAIL),
    };
    check_length(member, body, limit)?;
    let has_link = by_link && has_link(body);
    let is_plain = PLAIN.as_ref().is_some_and(|plain| plain.is_match(body));
    if !is_plain || !(has_link || body.contains(CODE)) {
        return Err(Error::CustomMessageWithoutCode {
            value: body.to_owned(),
            member: member.to_owned(),
        });
    }
    if names_user && !body.contains(USERNAME) {
        return Err(Error::FunctionOutput);
    }
    Ok(())
}

fn check_length(member: &str, text: &str, limit: usize) -> Result<()> {
    if text.chars().count() <= limit {
        return Ok(());
    }
    Err(Error::CustomMessageTooLong {
        value: text.to_owned(),
        member: member.to_owned(),
        limit,
    })
}

fn has_link(text: &str) -> bool {
    let mut parts = text.split(LINK.0);
    let _before = parts.next();
    parts.any(|part| part.contains(LINK.1))
}

/// Fills in a text that a function wrote: the code, the user name, and the link where there is one.
pub fn custom(template: &str, username: &str, code: &str, link: Option<&str>) -> String {
    let parts = template.split(CODE).map(|part| match link {
        Some(link) => fill_links(part, link, |text| text.replace(USERNAME, username)),
        None => part.replace(USERNAME, username),
    });
    parts.collect::<Vec<_>>().join(code)
}

/// Escapes a text for HTML.
pub fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Fills a template in. A value may look like a placeholder itself, so the template is split first
/// and values are never searched.
fn fill(template: Option<&String>, default: &str, username: &str, code: &str) -> String {
    let template = template.map_or(default, String::as_str);
    template
        .split(CODE)
        .map(|part| part.replace(USERNAME, username))
        .collect::<Vec<_>>()
        .join(code)
}

/// An address as answers show it. Captured: `fixture@example.com` becomes `f***@e***`; of numbers
/// the last four digits stay. (unsure) There are as many stars as other digits.
pub fn mask(attribute: VerifiedAttributeType, value: &str) -> String {
    match attribute {
        VerifiedAttributeType::Email => {
            let (local, domain) = value.split_once('@').unwrap_or((value, ""));
            let first = |text: &str| text.chars().take(1).collect::<String>();
            format!("{}***@{}***", first(local), first(domain))
        }
        VerifiedAttributeType::PhoneNumber => {
            let digits = value.strip_prefix('+').unwrap_or(value);
            let hidden = digits.chars().count().saturating_sub(4);
            let shown: String = digits.chars().skip(hidden).collect();
            format!("+{}{shown}", "*".repeat(hidden))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::wire::user_pools::{
        AdminCreateUserConfigType, UserPoolType, VerificationMessageTemplateType,
    };

    fn pool(settings: UserPoolType) -> Pool {
        Pool {
            id: "eu-west-1_Pool".to_owned(),
            region: "eu-west-1".to_owned(),
            name: "pool".to_owned(),
            settings,
            factors: crate::store::MfaFactors::default(),
            token_sessions: None,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    fn text(subject: &str, body: &str) -> Text {
        Text {
            subject: (!subject.is_empty()).then(|| subject.to_owned()),
            body: body.to_owned(),
        }
    }

    const EMAIL: DeliveryMediumType = DeliveryMediumType::Email;
    const SMS: DeliveryMediumType = DeliveryMediumType::Sms;

    #[test]
    fn without_templates_the_services_own_words_are_sent() {
        let pool = pool(UserPoolType::default());
        let words = "Your username is al and temporary password is P1$. ";
        assert_eq!(
            invitation(&pool, EMAIL, "al", "P1$"),
            text("Your temporary password", words)
        );
        assert_eq!(invitation(&pool, SMS, "al", "P1$"), text("", words));
        assert_eq!(
            verification(&pool, EMAIL, "al", "123456"),
            text("Your verification code", "Your confirmation code is 123456")
        );
    }

    #[test]
    fn the_pools_templates_win_and_the_newer_ones_over_the_older() {
        let owned = |text: &str| Some(text.to_owned());
        let pool = pool(UserPoolType {
            admin_create_user_config: Some(AdminCreateUserConfigType {
                invite_message_template: Some(MessageTemplateType {
                    email_subject: owned("Hi {username}"),
                    email_message: owned("{####} is for {username}, {username}"),
                    sms_message: None,
                }),
                ..AdminCreateUserConfigType::default()
            }),
            verification_message_template: Some(VerificationMessageTemplateType {
                email_message: owned("new {####}"),
                ..VerificationMessageTemplateType::default()
            }),
            email_verification_message: owned("old {####}"),
            email_verification_subject: owned("old subject"),
            sms_verification_message: owned("sms {####}"),
            ..UserPoolType::default()
        });
        assert_eq!(
            invitation(&pool, EMAIL, "al", "{username}"),
            text("Hi al", "{username} is for al, al")
        );
        assert_eq!(
            verification(&pool, EMAIL, "al", "1"),
            text("old subject", "new 1")
        );
        assert_eq!(verification(&pool, SMS, "al", "1"), text("", "sms 1"));
    }

    #[test]
    fn a_link_is_sent_by_email_where_the_pool_says_so() {
        let with = |option, body: Option<&str>| {
            pool(UserPoolType {
                verification_message_template: Some(VerificationMessageTemplateType {
                    default_email_option: Some(option),
                    email_message_by_link: body.map(str::to_owned),
                    ..VerificationMessageTemplateType::default()
                }),
                ..UserPoolType::default()
            })
        };
        let by_link = with(DefaultEmailOptionType::ConfirmWithLink, None);
        assert!(confirms_by_link(&by_link, EMAIL) && !confirms_by_link(&by_link, SMS));
        assert!(!confirms_by_link(
            &with(DefaultEmailOptionType::ConfirmWithCode, None),
            EMAIL
        ));
        assert_eq!(
            confirmation_link(&by_link, "al", "http://h/?a=1&b=2"),
            text(
                "Your verification link",
                "Please click the link below to verify your email address. <a href=\"http://h/?a=1&b=2\">Verify Email</a> "
            )
        );
        let own = with(
            DefaultEmailOptionType::ConfirmWithLink,
            Some("Hi {username}, {##go##} or {##stay##}; {## is open"),
        );
        assert_eq!(
            confirmation_link(&own, "al", "L").body,
            "Hi al, <a href=\"L\">go</a> or <a href=\"L\">stay</a>; {## is open"
        );
    }

    #[test]
    fn addresses_are_masked_as_captured() {
        let email = |value| mask(VerifiedAttributeType::Email, value);
        assert_eq!(email("test@test.com"), "t***@t***");
        assert_eq!(email("fixture@example.com"), "f***@e***");
        let phone = |value| mask(VerifiedAttributeType::PhoneNumber, value);
        assert_eq!(phone("+12065559934"), "+*******9934");
        assert_eq!(phone("+123"), "+123");
    }

    #[test]
    fn markup_is_shown_as_text() {
        assert_eq!(
            escape_html("<a href='\"&'>"),
            "&lt;a href=&#39;&quot;&amp;&#39;&gt;"
        );
    }
}
