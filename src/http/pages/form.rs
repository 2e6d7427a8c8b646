//! A submitted form, read strictly: its type must be right, and each field stands in it once.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, header};

/// A form's bytes, or why there are none.
pub type Body = Result<Bytes, BytesRejection>;

/// The fields of a form.
pub struct Form(HashMap<String, String>);

impl Form {
    /// What nobody has filled in yet.
    pub fn empty() -> Self {
        Self(HashMap::new())
    }

    /// None for what is no form of a page of ours.
    pub fn read(headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
            || std::str::from_utf8(body).is_err()
        {
            return None;
        }
        let mut fields = HashMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if fields
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return None;
            }
        }
        Some(Self(fields))
    }

    /// The field's value; an empty one is as good as none.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether the field was sent, filled in or not.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// What was typed, without the spaces around it, which nobody means: for names and codes, not
    /// for passwords.
    pub fn typed(&self, name: &str) -> Option<&str> {
        self.get(name)
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }

    /// The fields `group[name]` with a value, by name.
    pub fn group<'f>(&'f self, group: &str) -> Vec<(&'f str, &'f str)> {
        let mut found: Vec<_> = self
            .0
            .iter()
            .filter_map(|(field, value)| {
                let name = field.strip_prefix(group)?.strip_prefix('[')?;
                Some((name.strip_suffix(']')?, value.trim()))
            })
            .filter(|(_, value)| !value.is_empty())
            .collect();
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content_type: &str, body: &str) -> Option<Form> {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, content_type.parse().unwrap())]);
        Form::read(&headers, body.as_bytes())
    }

    #[test]
    fn a_form_is_read_and_what_is_none_is_not() {
        let form = "application/x-www-form-urlencoded; charset=UTF-8";
        let read_form = read(
            form,
            "a=1&b=+x+&c=&requiredAttributes[name]=N&requiredAttributes[x]=",
        )
        .unwrap();
        assert_eq!(read_form.get("b"), Some(" x "));
        assert_eq!(read_form.typed("b"), Some("x"));
        assert_eq!(read_form.get("c"), None);
        assert_eq!(read_form.group("requiredAttributes"), [("name", "N")]);
        assert!(read(form, "a=1&a=2").is_none());
        assert!(read("text/plain", "a=1").is_none());
        assert!(read("application/json", "{}").is_none());
    }
}
