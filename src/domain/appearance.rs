//! The look of the classic hosted UI: a style sheet of known classes and a logo.
//!
//! Not here: managed login's styles (`branding.rs`), the pages themselves.

use serde::{Deserialize, Serialize};

use super::domains::version;
use crate::error::{Error, Result};
use crate::store::{Kept, PoolDocument};
use crate::wire::user_pools::UICustomizationType;
use crate::wire::{Blob, Sensitive};

/// The client id that stands for all clients that have no look of their own.
pub const ALL_CLIENTS: &str = "ALL";

/// The largest logo, in bytes: "100 KB" in the documentation.
const LARGEST_IMAGE: usize = 100 * 1024;

/// The suffix of all customizable classes.
const CUSTOMIZABLE: &str = "-customizable";

/// The look of one client, or of all clients.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Appearance {
    pub css: Option<String>,
    pub image: Option<Blob>,
}

impl PoolDocument for Appearance {
    const KIND: &'static str = "ui_customization";
}

impl Appearance {
    /// Checks a request and takes over what it says. (unsure) What the request leaves out is
    /// removed.
    pub fn new(css: Option<String>, image: Option<Blob>) -> Result<Self> {
        let css = css.filter(|css| !css.trim().is_empty());
        let image = image.filter(|image| !image.0.is_empty());
        if let Some(css) = &css {
            check_css(css)?;
        }
        if let Some(image) = &image
            && (image.0.len() > LARGEST_IMAGE || media_type(&image.0).is_none())
        {
            return Err(Error::ImageFormat);
        }
        Ok(Self { css, image })
    }
}

/// The look as operations describe it; `image_url` is the logo's address.
pub fn described(kept: Kept<Appearance>, image_url: String) -> UICustomizationType {
    UICustomizationType {
        user_pool_id: Some(kept.pool_id),
        client_id: Some(Sensitive::new(kept.key)),
        image_url: kept.document.image.map(|_| image_url),
        css: kept.document.css,
        css_version: Some(version(kept.updated_at)),
        last_modified_date: Some(kept.updated_at),
        creation_date: Some(kept.created_at),
    }
}

/// The format of an image, found by its first bytes: PNG or JPEG.
pub fn media_type(image: &[u8]) -> Option<&'static str> {
    if image.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if image.starts_with(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else {
        None
    }
}

/// Plain rules for customizable classes: no statements that load or nest, nothing that could end
/// the style sheet.
fn check_css(css: &str) -> Result<()> {
    let css = without_comments(css).ok_or(Error::CssMalformed)?;
    if let Some(at) = css.find('@') {
        let name: String = css[at + 1..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect();
        return Err(Error::CssAtRule {
            rule: format!("@{name}"),
        });
    }
    let lower = css.to_ascii_lowercase();
    if css.contains(['<', '\\']) || lower.contains("javascript:") || lower.contains("expression(") {
        return Err(Error::CssMalformed);
    }
    let mut rest = css.as_str();
    while let Some((selectors, after)) = rest.split_once('{') {
        let (declarations, after) = after.split_once('}').ok_or(Error::CssMalformed)?;
        if declarations.contains('{') {
            return Err(Error::CssMalformed);
        }
        check_declarations(declarations)?;
        selectors.split(',').try_for_each(check_selector)?;
        rest = after;
    }
    if rest.trim().is_empty() {
        Ok(())
    } else {
        Err(Error::CssMalformed)
    }
}

fn without_comments(css: &str) -> Option<String> {
    let (mut kept, mut rest) = (String::new(), css);
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        kept.push(' ');
        rest = comment.split_once("*/")?.1;
    }
    kept.push_str(rest);
    Some(kept)
}

fn check_declarations(declarations: &str) -> Result<()> {
    let is_declaration = |text: &str| {
        text.split_once(':')
            .is_some_and(|(name, value)| !name.trim().is_empty() && !value.trim().is_empty())
    };
    let mut parts = declarations
        .split(';')
        .filter(|text| !text.trim().is_empty());
    if parts.all(is_declaration) {
        Ok(())
    } else {
        Err(Error::CssMalformed)
    }
}

/// One class, which may have a state: `.submitButton-customizable:hover`.
fn check_selector(selector: &str) -> Result<()> {
    let selector = selector.trim();
    let class = selector.split(':').next().unwrap_or_default();
    let name = class.strip_prefix('.').unwrap_or_default();
    let is_name = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if is_name && name.ends_with(CUSTOMIZABLE) {
        Ok(())
    } else {
        Err(Error::CssClass {
            selector: selector.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_for_customizable_classes_are_taken() {
        for css in [
            "",
            ".logo-customizable { max-width: 60%; max-height: 30% }",
            "/* the button */ .submitButton-customizable:hover { color: #fff; background-color: blue; }\n.label-customizable{font-weight:400}",
            ".a-customizable, .b-customizable { color: red; }",
        ] {
            assert!(check_css(css).is_ok(), "{css}");
        }
    }

    #[test]
    fn other_css_is_refused() {
        for css in [
            "@import url(https://example.com/x.css);",
            "@media print { .logo-customizable { color: red } }",
            "body { color: red }",
            ".logo { color: red }",
            ".logo-customizable div { color: red }",
            ".logo-customizable { color: red",
            ".logo-customizable { color }",
            ".logo-customizable { .label-customizable { color: red } }",
            ".logo-customizable { background: url(javascript:alert(1)) }",
            ".logo-customizable { color: red } </style><script>",
            "/* open",
            "not css",
        ] {
            assert!(check_css(css).is_err(), "{css}");
        }
    }

    #[test]
    fn a_logo_is_known_by_its_first_bytes() {
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\nrest"), Some("image/png"));
        assert_eq!(media_type(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(media_type(b"<svg/>"), None);
        let large = [b"\xff\xd8\xff".as_slice(), &vec![0; LARGEST_IMAGE]].concat();
        assert!(Appearance::new(None, Some(Blob(large))).is_err());
    }
}
