//! Every error code of both APIs, and of AWS's front end → one enum.

use std::collections::BTreeMap;

use crate::model::{Model, Overrides};
use crate::{Result, enums};

pub fn render(models: &[Model], overrides: &Overrides) -> Result<String> {
    let mut codes: BTreeMap<&str, u16> = BTreeMap::new();
    for model in models {
        for (name, shape) in model.shapes.iter().filter(|(_, s)| s.exception) {
            codes.insert(name, if shape.fault { 500 } else { 400 });
        }
    }
    for extra in &overrides.error {
        codes
            .entry(&extra.name)
            .or_insert(extra.status.unwrap_or(400));
    }
    for (operation, facts) in models.iter().flat_map(|m| &m.operations) {
        if let Some(code) = facts
            .errors
            .iter()
            .find(|code| !codes.contains_key(code.as_str()))
        {
            return Err(format!("{operation} lists {code}, which is no exception"));
        }
    }

    let variants: Vec<(String, &str)> = codes
        .keys()
        .map(|name| ((*name).to_owned(), *name))
        .collect();
    let server: Vec<String> = codes
        .iter()
        .filter(|(_, s)| **s != 400)
        .map(|(name, status)| format!("Self::{name} => {status},\n"))
        .collect();
    Ok(format!(
        "//! The error codes of both APIs and of AWS's front end.\n\n\
         use std::fmt;\n\nuse crate::wire::json::fixed_values;\n\n\
         /// What `__type` says in an error answer.\n{}\
         impl ErrorCode {{\n\
         /// 400 for what the client did wrong, 500 for what the service did: this API knows no
         /// other.\n\
         pub const fn http_status(self) -> u16 {{\nmatch self {{\n{}_ => 400,\n}}\n}}\n}}\n",
        enums::render_one("ErrorCode", &variants),
        server.concat()
    ))
}
