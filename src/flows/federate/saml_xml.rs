//! What the pool and the pretend providers both write into SAML's XML.

use crate::store::IdentityProvider;

pub const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// The name by which the provider knows the pool.
pub fn entity_id(provider: &IdentityProvider) -> String {
    format!("urn:amazon:cognito:sp:{}", provider.pool_id)
}

/// Text for an attribute's value or an element's content.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // What XML 1.0 §2.2 has no place for.
            c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(escape("<a b=\"&\">\0"), "&lt;a b=&quot;&amp;&quot;&gt;");
    }
}
