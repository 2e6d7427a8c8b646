//! From the model's names to Rust's. Pure text, no model.

/// Words that must be written `r#word` as a field name.
const KEYWORDS: [&str; 13] = [
    "abstract", "as", "const", "enum", "final", "in", "loop", "match", "mod", "override", "ref",
    "type", "use",
];

/// The words of a model name, as written: `UserMFASettingList` → User, MFA, Setting, List;
/// `CallbackURLs` → Callback, URLs.
fn words(name: &str) -> Vec<String> {
    // The only word in either API whose capitals do not stand at word starts.
    let name = name.replace("OAuth", "Oauth");
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut current = String::new();
    for (i, &c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            words.extend(Some(std::mem::take(&mut current)).filter(|w| !w.is_empty()));
            continue;
        }
        let previous = i.checked_sub(1).map(|p| chars[p]);
        let next = chars.get(i + 1).copied();
        let after_lower = previous.is_some_and(|p| p.is_ascii_lowercase() || p.is_ascii_digit());
        // The last capital of a run starts the next word, unless the run is a plural such as URLs.
        let ends_acronym = previous.is_some_and(|p| p.is_ascii_uppercase())
            && next.is_some_and(|n| n.is_ascii_lowercase())
            && !plural_s(&chars, i + 1);
        if c.is_ascii_uppercase() && (after_lower || ends_acronym) && !current.is_empty() {
            words.push(std::mem::take(&mut current));
        }
        current.push(c);
    }
    words.extend(Some(current).filter(|w| !w.is_empty()));
    words
}

/// Whether the character at `i` is the `s` of an acronym's plural: it ends the name or a capital
/// follows.
fn plural_s(chars: &[char], i: usize) -> bool {
    chars.get(i) == Some(&'s') && chars.get(i + 1).is_none_or(|c| c.is_ascii_uppercase())
}

/// `UserMFASettingList` → `user_mfa_setting_list`.
pub fn snake(name: &str) -> String {
    words(name).join("_").to_ascii_lowercase()
}

/// `ClientIdType` → `CLIENT_ID_TYPE`.
pub fn constant(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

/// A field's identifier: like [`snake`], with keywords made raw.
pub fn field(name: &str) -> String {
    let snake = snake(name);
    if KEYWORDS.contains(&snake.as_str()) {
        format!("r#{snake}")
    } else {
        snake
    }
}

/// An enum value's variant: `USER_SRP_AUTH` → `UserSrpAuth`, `verified_email` → `VerifiedEmail`,
/// `SignInWithApple` stays. Between two digits the underscore stays, as in `V1_0`: without it,
/// `V1_0` and `V10` would be one name.
pub fn variant(value: &str) -> String {
    let mut out = String::new();
    for word in value
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty())
    {
        let digits_meet = out.ends_with(|c: char| c.is_ascii_digit())
            && word.starts_with(|c: char| c.is_ascii_digit());
        if digits_meet {
            out.push('_');
        }
        if word.chars().any(|c| c.is_ascii_lowercase()) {
            out.push_str(&capitalised(word));
        } else {
            out.push_str(&capitalised(&word.to_ascii_lowercase()));
        }
    }
    out
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + chars.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acronyms_stay_together_in_field_names() {
        for (name, expected) in [
            ("AuthFlow", "auth_flow"),
            ("CSS", "css"),
            ("CSSVersion", "css_version"),
            ("UserMFASettingList", "user_mfa_setting_list"),
            ("MFAOptions", "mfa_options"),
            ("CallbackURLs", "callback_urls"),
            ("LogoutURLs", "logout_urls"),
            ("DefaultRedirectURI", "default_redirect_uri"),
            ("SMSMfaSettings", "sms_mfa_settings"),
            (
                "AllowedOAuthFlowsUserPoolClient",
                "allowed_oauth_flows_user_pool_client",
            ),
            ("OpenIdConnectProviderARNs", "open_id_connect_provider_arns"),
            ("AWSAccountId", "aws_account_id"),
            ("BlockedIPRangeList", "blocked_ip_range_list"),
            ("KMSKeyID", "kms_key_id"),
            ("S3Bucket", "s3_bucket"),
            (
                "PrimaryRoute53HealthCheckId",
                "primary_route53_health_check_id",
            ),
            ("headerName", "header_name"),
            ("WebAuthnRelyingPartyId", "web_authn_relying_party_id"),
            ("AccessTokenValidity", "access_token_validity"),
        ] {
            assert_eq!(snake(name), expected);
        }
    }

    #[test]
    fn keywords_become_raw_identifiers() {
        assert_eq!(field("Type"), "r#type");
        assert_eq!(field("Types"), "types");
    }

    #[test]
    fn enum_values_become_pascal_case_variants() {
        for (value, expected) in [
            ("USER_SRP_AUTH", "UserSrpAuth"),
            ("verified_email", "VerifiedEmail"),
            ("userNotification", "UserNotification"),
            ("SignInWithApple", "SignInWithApple"),
            ("N_A", "NA"),
            ("SAML2", "Saml2"),
            ("V1_0", "V1_0"),
            ("TLS_V1_2_2021", "TlsV1_2_2021"),
            ("PBKDF2_SHA256", "Pbkdf2Sha256"),
        ] {
            assert_eq!(variant(value), expected);
        }
    }
}
