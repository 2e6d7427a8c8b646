//! What an input must satisfy → static tables for the validator (`src/wire/validate.rs`). What only
//! answers contain has a table, too, without constraints: it says which members are sensitive.

use crate::model::{Model, Shape};
use crate::names;
use crate::patterns::Patterns;

pub fn render(model: &Model, patterns: &Patterns) -> String {
    let mut body = String::new();
    for name in model.inputs.union(&model.outputs) {
        let shape = model.shape(name);
        let checked = model.inputs.contains(name).then_some(patterns);
        body += &format!(
            "pub(super) static {}: Shape = {};\n",
            names::constant(name),
            table(name, shape, checked)
        );
    }
    let uses_patterns = if body.contains("patterns::") {
        "use crate::wire::generated::patterns;\n"
    } else {
        ""
    };
    format!(
        "//! Every shape that a request or an answer can contain, with the constraints of requests.\n\n{uses_patterns}use crate::wire::shape::{{Member, Shape}};\n\n{body}"
    )
}

fn table(name: &str, shape: &Shape, checked: Option<&Patterns>) -> String {
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
    if shape.sensitive {
        out += ".sensitive()";
    }
    let Some(patterns) = checked else {
        return out;
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
    out
}
