//! Strings with a fixed set of values → Rust enums.

use std::collections::BTreeSet;

use crate::model::Model;
use crate::{Result, names};

pub fn render(model: &Model) -> Result<String> {
    let mut out = String::from(
        "//! The strings of this API that have a fixed set of values.\n\nuse std::fmt;\n\nuse crate::wire::json::fixed_values;\n\n",
    );
    for (name, shape) in model.enums() {
        let variants: Vec<(String, &str)> = shape
            .values
            .iter()
            .map(|v| (names::variant(v), v.as_str()))
            .collect();
        let distinct: BTreeSet<&String> = variants.iter().map(|(variant, _)| variant).collect();
        if distinct.len() != variants.len() {
            return Err(format!(
                "{}: two values of {name} become the same variant",
                model.service.model
            ));
        }
        out += &render_one(name, &variants);
    }
    Ok(out)
}

/// The declaration and its text conversions; the error codes have the same form.
pub fn render_one(name: &str, variants: &[(String, &str)]) -> String {
    let declared: String = variants
        .iter()
        .map(|(variant, _)| format!("{variant},\n"))
        .collect();
    let to_text: String = variants
        .iter()
        .map(|(variant, value)| format!("Self::{variant} => {value:?},\n"))
        .collect();
    let from_text: String = variants
        .iter()
        .map(|(variant, value)| format!("{value:?} => Some(Self::{variant}),\n"))
        .collect();
    let all: String = variants
        .iter()
        .map(|(variant, _)| format!("Self::{variant},"))
        .collect();
    format!(
        "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]\n\
         pub enum {name} {{\n{declared}}}\n\n\
         impl {name} {{\n\
         /// Every value, in the model's order.\n\
         pub const ALL: &[Self] = &[{all}];\n\n\
         /// The value as it is written on the wire.\n\
         pub const fn as_str(self) -> &'static str {{\nmatch self {{\n{to_text}}}\n}}\n\n\
         /// The value that is written so, if there is one.\n\
         pub fn from_wire(text: &str) -> Option<Self> {{\nmatch text {{\n{from_text}_ => None,\n\
         }}\n}}\n\
         }}\n\n\
         impl fmt::Display for {name} {{\n\
         fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{\nf.write_str(self.as_str())\n\
         }}\n}}\n\n\
         fixed_values! {{ {name} }}\n\n"
    )
}
