//! XML that anybody may have written: parsed without a DTD, read without a namespace too many; and
//! text that becomes a part of some.
//!
//! Not here: SAML's own documents (`saml_metadata`, `flows::federate::saml`), signatures
//! (`keys::xml_signature`).

use uppsala::{Document, NodeId, Parser};

/// The most attributes of one element, and of all. The parser compares each with all others that it
/// could collide with: 50,000 in one element, which fit into a form, took it eleven seconds.
const MOST_OF_AN_ELEMENT: usize = 256;
const MOST_OF_ALL: usize = 20_000;

/// The most that may come of names, tags' and attributes', times declared namespaces: each name is
/// looked up among all that are in force. A thousand attribute values that declare two each make
/// some 18 million; what fits into a form made ten times as many, for eight seconds.
const MOST_LOOKUPS: usize = 32_000_000;

/// None when it is no XML, has a DTD, which could make the document mean anything, or has more
/// attributes or namespaces than anybody's documents.
pub fn parse(source: &str) -> Option<Document<'_>> {
    // No tag holds a bare `<`, so each lies within one piece, and each attribute has its `=`.
    let counts = source.split('<').map(|piece| piece.matches('=').count());
    let most = counts.clone().max().unwrap_or_default();
    let names = counts.clone().count();
    let attributes: usize = counts.sum();
    let lookups = (names + attributes) * source.matches("xmlns").count();
    if most > MOST_OF_AN_ELEMENT || attributes > MOST_OF_ALL || lookups > MOST_LOOKUPS {
        return None;
    }
    Parser::new().with_forbid_dtd(true).parse(source).ok()
}

/// The element's attribute of this name, which is in no namespace.
pub fn attribute<'d>(document: &'d Document, element: NodeId, name: &str) -> Option<&'d str> {
    let attributes = &document.element(element)?.attributes;
    let found = attributes.iter().find(|one| one.name.matches(None, name))?;
    Some(&found.value)
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

    #[test]
    fn a_document_with_a_dtd_is_none() {
        assert!(parse("<a><!-- <!DOCTYPE a> --></a>").is_some());
        for source in [
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
            "<a>",
        ] {
            assert!(parse(source).is_none(), "{source}");
        }
    }

    #[test]
    fn more_attributes_than_anybody_has_are_not_looked_at() {
        let with = |count: usize| {
            let attributes: String = (0..count).map(|n| format!(" a{n}=\"\"")).collect();
            format!("<a{attributes}/>")
        };
        assert!(parse(&with(MOST_OF_AN_ELEMENT)).is_some());
        assert!(parse(&with(MOST_OF_AN_ELEMENT + 1)).is_none());
        let many = |count: usize| format!("<a>{}</a>", with(200).repeat(count));
        assert!(parse(&many(MOST_OF_ALL / 200)).is_some());
        assert!(parse(&many(MOST_OF_ALL / 200 + 1)).is_none());
    }

    #[test]
    fn names_are_not_looked_up_among_more_namespaces_than_anybody_declares() {
        let nested = |depth: usize| {
            let declared = |tag: usize| -> String {
                (0..250)
                    .map(|n| format!(" xmlns:p{tag}x{n}=\"u\""))
                    .collect()
            };
            let opened: String = (0..depth)
                .map(|tag| format!("<a{}>", declared(tag)))
                .collect();
            opened + &"<p0x0:b/>".repeat(9_000) + &"</a>".repeat(depth)
        };
        assert!(parse(&nested(1)).is_some());
        assert!(parse(&nested(70)).is_none());
        // A thousand attribute values as providers write them.
        let value = "<s:V xmlns:xs=\"x\" xmlns:xsi=\"i\" xsi:type=\"xs:string\">v</s:V>";
        let values = format!("<r xmlns:s=\"s\">{}</r>", value.repeat(1_000));
        assert!(parse(&values).is_some());
    }

    #[test]
    fn attributes_of_other_namespaces_do_not_count() {
        let document = parse("<a xmlns:o=\"urn:o\" o:b=\"other\" b=\"own\"/>").unwrap();
        let root = document.document_element().unwrap();
        assert_eq!(attribute(&document, root, "b"), Some("own"));
        assert_eq!(attribute(&document, root, "c"), None);
    }
}
