//! Structures → plain structs. What a client sends is only made of JSON, what it gets only becomes
//! JSON, both as `wire::json` does it.

use std::collections::BTreeSet;

use crate::model::{Model, Shape};
use crate::{Result, names};

pub fn render(model: &Model) -> Result<String> {
    let mut body = String::new();
    for (name, shape) in model.structures() {
        body += &structure(model, name, shape)?;
    }
    let mut out = String::from(
        "//! The structures of this API, under the model's names. Optional members are `Option`; an answer's members all are.\n\n",
    );
    if body.contains("BTreeMap<") {
        out += "use std::collections::BTreeMap;\n\n";
    }
    out += "use super::enums::*;\nuse crate::wire::json::members;\n";
    let scalars: Vec<&str> = ["Blob", "Sensitive", "Timestamp"]
        .into_iter()
        .filter(|s| mentions(&body, s))
        .collect();
    out += &format!("use crate::wire::scalars::{{{}}};\n\n", scalars.join(", "));
    Ok(out + &body)
}

fn mentions(body: &str, word: &str) -> bool {
    body.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .any(|w| w == word)
}

fn structure(model: &Model, name: &str, shape: &Shape) -> Result<String> {
    let (input, output) = (model.inputs.contains(name), model.outputs.contains(name));
    let mut derives = vec!["Debug"];
    // What an operation is called with and answers passes through once.
    let passes = name.ends_with("Request") || name.ends_with("Response");
    if !passes || model.stored.contains(name) {
        derives.extend(["Clone", "PartialEq"]);
    }
    if !input || has_default(model, name) {
        derives.push("Default");
    }
    let read = input || model.stored.contains(name);

    let mut fields = String::new();
    let mut members = String::new();
    let mut seen = BTreeSet::new();
    for (member, member_shape) in shape.members() {
        let plain = names::snake(member);
        if !seen.insert(plain.clone()) {
            return Err(format!(
                "{}: two members of {name} become the field {plain}",
                model.service.model
            ));
        }
        let required = input && shape.is_always_there(member);
        let mut rust = rust_type(model, member_shape);
        if !required {
            rust = format!("Option<{rust}>");
        }
        let field = names::field(member);
        fields += &format!("pub {field}: {rust},\n");
        members += &format!("        {member:?} => {field},\n");
    }
    let ways = [(read, "FromJson"), (output, "ToJson")];
    let ways = ways
        .iter()
        .filter(|(wanted, _)| *wanted)
        .map(|(_, way)| *way);
    let ways = ways.collect::<Vec<_>>().join(" + ");
    Ok(format!(
        "#[derive({})]\npub struct {name} {{\n{fields}}}\n\n\
         members! {{\n    {name}: {ways} {{\n{members}    }}\n}}\n\n",
        derives.join(", ")
    ))
}

/// Whether `Default` can be derived: an enum has none, so neither has an input that requires one.
fn has_default(model: &Model, name: &str) -> bool {
    let shape = model.shape(name);
    match shape.kind.as_str() {
        "structure" => {
            shape.document
                || shape.members().all(|(member, inner)| {
                    !shape.is_always_there(member) || has_default(model, inner)
                })
        }
        "string" => shape.values.is_empty(),
        _ => true,
    }
}

/// The Rust type of a shape. Sensitive ones are wrapped, also inside lists and maps.
pub fn rust_type(model: &Model, name: &str) -> String {
    let shape = model.shape(name);
    let inner = |reference: &Option<crate::model::Reference>| {
        reference
            .as_ref()
            .map_or_else(String::new, |r| rust_type(model, &r.shape))
    };
    let rust = match shape.kind.as_str() {
        "string" if shape.values.is_empty() => "String".to_owned(),
        "structure" if shape.document => "serde_json::Value".to_owned(),
        "string" | "structure" => name.to_owned(),
        "integer" => "i32".to_owned(),
        "long" => "i64".to_owned(),
        "double" => "f64".to_owned(),
        "boolean" => "bool".to_owned(),
        "timestamp" => "Timestamp".to_owned(),
        "blob" => "Blob".to_owned(),
        "list" => format!("Vec<{}>", inner(&shape.member)),
        // Keys stay text, also where the model gives them an enum: a map is asked by name.
        "map" => format!("BTreeMap<String, {}>", inner(&shape.value)),
        other => unreachable_kind(name, other),
    };
    if shape.sensitive {
        format!("Sensitive<{rust}>")
    } else {
        rust
    }
}

/// A kind that this generator has never seen becomes text that does not compile, with its name in
/// it.
fn unreachable_kind(shape: &str, kind: &str) -> String {
    format!("UnknownKind_{kind}_of_{shape}")
}
