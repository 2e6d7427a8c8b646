//! Operations → one marker type each (`op::SignUp`) and one enum of their names per service.

use crate::model::Model;
use crate::names;

pub fn render_markers(model: &Model) -> String {
    let mut out = String::from(
        "//! One type per operation, which ties its name to its types.\n\n\
         use super::{constraints, structures};\n\
         use crate::wire::generated::errors::ErrorCode;\n\
         use crate::wire::operation::",
    );
    let no_input = model.operations.values().any(|o| o.input.is_none());
    let no_output = model.operations.values().any(|o| o.output.is_none());
    let mut imports = Vec::new();
    if no_input {
        imports.push("NoInput");
    }
    if no_output {
        imports.push("NoOutput");
    }
    imports.push("Operation");
    out += &format!(
        "{{{}}};\nuse crate::wire::shape::Shape;\n\n",
        imports.join(", ")
    );
    for (name, operation) in &model.operations {
        let errors: String = operation
            .errors
            .iter()
            .map(|e| format!("ErrorCode::{e},"))
            .collect();
        let shape = operation.input.as_ref().map_or_else(
            || "NoInput::SHAPE".to_owned(),
            |i| format!("&constraints::{}", names::constant(i)),
        );
        let answer = operation.output.as_ref().map_or_else(
            || "NoOutput::SHAPE".to_owned(),
            |o| format!("&constraints::{}", names::constant(o)),
        );
        let input = operation
            .input
            .as_ref()
            .map_or_else(|| "NoInput".to_owned(), |i| format!("structures::{i}"));
        let output = operation
            .output
            .as_ref()
            .map_or_else(|| "NoOutput".to_owned(), |o| format!("structures::{o}"));
        out += &format!(
            "#[derive(Debug, Clone, Copy)]\npub struct {name};\n\nimpl Operation for {name} {{\n\
             const NAME: &'static str = {name:?};\n\
             const UNSIGNED: bool = {};\n\
             const ERRORS: &'static [ErrorCode] = &[{errors}];\n\
             const INPUT: &'static Shape = {shape};\n\
             const OUTPUT: &'static Shape = {answer};\n\
             type Input = {input};\n\
             type Output = {output};\n\
             const HAS_OUTPUT: bool = {};\n}}\n\n",
            operation.unsigned,
            operation.output.is_some()
        );
    }
    out
}

pub fn render_names(model: &Model) -> String {
    let declared: String = model
        .operations
        .keys()
        .map(|name| format!("{name},\n"))
        .collect();
    let all: String = model
        .operations
        .keys()
        .map(|name| format!("Self::{name},\n"))
        .collect();
    let facts: String = model
        .operations
        .keys()
        .map(|name| format!("Facts::of::<op::{name}>(),\n"))
        .collect();
    let decoders: String = model
        .operations
        .keys()
        .map(|name| format!("Self::{name} => decode::<op::{name}>(body),\n"))
        .collect();
    format!(
        "//! The operations by name, for what is decided at run time: dispatch, coverage, tests \
         that visit every operation.\n\n\
         use std::fmt;\n\n\
         use super::op;\n\
         use crate::wire::generated::errors::ErrorCode;\n\
         use crate::wire::operation::Facts;\n\
         use crate::wire::shape::Shape;\n\n\
         #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]\n\
         pub enum OperationName {{\n{declared}}}\n\n\
         /// In the order of the variants, which is that of the alphabet.\n\
         static FACTS: [Facts; {count}] = [\n{facts}];\n\n\
         impl OperationName {{\n\
         /// Every operation, in the order of the alphabet.\n\
         pub const ALL: &[Self] = &[\n{all}];\n\n\
         /// The name as it is written on the wire.\n\
         pub fn as_str(self) -> &'static str {{\nself.facts().name\n}}\n\n\
         /// The operation of that name, if there is one.\n\
         pub fn from_wire(text: &str) -> Option<Self> {{\n\
         let at = FACTS.binary_search_by(|facts| facts.name.cmp(text)).ok()?;\n\
         Self::ALL.get(at).copied()\n}}\n\n\
         /// The codes that the operation may answer with.\n\
         pub fn errors(self) -> &'static [ErrorCode] {{\nself.facts().errors\n}}\n\n\
         /// Whether the operation may be called without credentials.\n\
         pub fn unsigned(self) -> bool {{\nself.facts().unsigned\n}}\n\n\
         /// What its input must satisfy.\n\
         pub fn input(self) -> &'static Shape {{\nself.facts().input\n}}\n\n\
         /// Whether it answers with a document; the others answer with no bytes at all.\n\
         pub fn has_output(self) -> bool {{\nself.facts().has_output\n}}\n\n\
         pub fn facts(self) -> &'static Facts {{\n&FACTS[self as usize]\n}}\n\n\
         /// Decodes a body as this operation's input: for tests that visit every operation.\n\
         #[cfg(test)]\n\
         pub(crate) fn try_decode(self, body: &serde_json::Value) -> serde_json::Result<()> {{\n\
         fn decode<O: crate::wire::operation::Operation>(body: &serde_json::Value) -> \
         serde_json::Result<()> {{\n\
         <O::Input as crate::wire::FromJson>::from_json(body.clone()).map(drop)\n}}\n\
         match self {{\n{decoders}}}\n}}\n}}\n\n\
         impl fmt::Display for OperationName {{\n\
         fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{\nf.write_str(self.as_str())\n\
         }}\n}}\n",
        count = model.operations.len()
    )
}
