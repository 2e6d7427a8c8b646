//! What an input must satisfy → static tables for the validator (`src/wire/validate.rs`).

use crate::model::{Model, Shape};
use crate::names;
use crate::patterns::Patterns;

pub fn render(model: &Model, patterns: &Patterns) -> String {
    let mut body = String::new();
    for name in &model.inputs {
        let shape = model.shape(name);
        body += &format!(
            "pub(super) static {}: Shape = {};\n",
            names::constant(name),
            table(name, shape, patterns)
        );
    }
    let uses_patterns = if body.contains("patterns::") {
        "use crate::wire::generated::patterns;\n"
    } else {
        ""
    };
    format!(
        "//! The constraints of every shape that a request can contain.\n\n{uses_patterns}use crate::wire::shape::{{Member, Shape}};\n\n{body}"
    )
}

fn table(name: &str, shape: &Shape, patterns: &Patterns) -> String {
    let inner = |r: &Option<crate::model::Reference>| {
        r.as_ref()
            .map_or_else(String::new, |r| format!("&{}", names::constant(&r.shape)))
    };
    let mut out = match shape.kind.as_str() {
        "list" => format!("Shape::list({name:?}, {})", inner(&shape.member)),
        "map" => format!(
            "Shape::map({name:?}, {}, {})",
            inner(&shape.key),
            inner(&shape.value)
        ),
        "structure" if shape.document => format!("Shape::document({name:?})"),
        "structure" => {
            let members: String = shape
                .members()
                .map(|(member, inner)| {
                    let kind = if shape.is_required(member) {
                        "required"
                    } else {
                        "optional"
                    };
                    format!("Member::{kind}({member:?}, &{}),", names::constant(inner))
                })
                .collect();
            format!("Shape::structure({name:?}, &[{members}])")
        }
        scalar => format!("Shape::{scalar}({name:?})"),
    };
    if let Some(min) = shape.min {
        out += &format!(".min({min})");
    }
    if let Some(max) = shape.max {
        out += &format!(".max({max})");
    }
    if let Some(pattern) = patterns.name_of(shape) {
        out += &format!(".pattern(&patterns::{pattern})");
    }
    if !shape.values.is_empty() {
        let values: Vec<String> = shape.values.iter().map(|v| format!("{v:?}")).collect();
        out += &format!(".values(&[{}])", values.join(", "));
    }
    if shape.sensitive {
        out += ".sensitive()";
    }
    out
}
