//! The API model as read from `src/wire/model/*.json`, with the overrides applied, and which shapes
//! are reachable from where. Not here: anything about Rust text.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{Result, Service};

/// One service's API.
pub struct Model {
    pub service: &'static Service,
    pub api_version: String,
    pub target_prefix: String,
    pub source: String,
    pub operations: BTreeMap<String, Operation>,
    pub shapes: BTreeMap<String, Shape>,
    /// Shapes that a request can contain.
    pub inputs: BTreeSet<String>,
    /// Shapes that an answer can contain.
    pub outputs: BTreeSet<String>,
    /// Shapes that the store keeps as JSON: they are read back, though no request contains them.
    pub stored: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    api_version: String,
    target_prefix: String,
    source: String,
    operations: BTreeMap<String, Operation>,
    shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
pub struct Operation {
    pub input: Option<String>,
    pub output: Option<String>,
    #[serde(default)]
    pub errors: Vec<String>,
    #[serde(default)]
    pub unsigned: bool,
}

/// A shape; members keep the model's order, which is that of the documentation. Unknown keys are
/// refused, so that a new kind of fact in a newer model is noticed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub members: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    pub required: Vec<String>,
    pub member: Option<Reference>,
    pub key: Option<Reference>,
    pub value: Option<Reference>,
    #[serde(default, rename = "enum")]
    pub values: Vec<String>,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub pattern: Option<String>,
    /// What is matched instead of `pattern`, which then only shows in messages.
    #[serde(skip)]
    pub match_pattern: Option<String>,
    /// Required members that may be missing where the shape is described.
    #[serde(skip)]
    pub may_lack: Vec<String>,
    #[serde(default)]
    pub sensitive: bool,
    #[serde(default)]
    pub exception: bool,
    #[serde(default)]
    pub fault: bool,
    #[serde(default)]
    pub document: bool,
    #[serde(default, rename = "box")]
    _boxed: bool,
    #[serde(default, rename = "deprecated")]
    _deprecated: bool,
}

#[derive(Deserialize)]
pub struct Reference {
    pub shape: String,
}

impl Shape {
    /// The members and the names of their shapes.
    pub fn members(&self) -> impl Iterator<Item = (&str, &str)> {
        self.members
            .iter()
            .map(|(name, member)| (name.as_str(), member["shape"].as_str().unwrap_or_default()))
    }

    pub fn is_required(&self, member: &str) -> bool {
        self.required.iter().any(|r| r == member)
    }

    /// Whether the member is there wherever the shape is, in answers too.
    pub fn is_always_there(&self, member: &str) -> bool {
        self.is_required(member) && !self.may_lack.iter().any(|name| name == member)
    }

    /// Puts the values in another order, which must name each of them once.
    fn reorder(&mut self, order: &[String], name: &str) -> Result<()> {
        let sorted = |values: &[String]| {
            let mut values = values.to_vec();
            values.sort();
            values
        };
        if sorted(order) != sorted(&self.values) {
            return Err(format!(
                "overrides.toml: enum_order of {name} does not have the model's values"
            ));
        }
        if order == self.values {
            return Err(format!(
                "overrides.toml: the order of {name} is the model's by now"
            ));
        }
        self.values = order.to_vec();
        Ok(())
    }

    fn references(&self) -> impl Iterator<Item = &str> {
        let inner = [&self.member, &self.key, &self.value]
            .into_iter()
            .flatten()
            .map(|r| r.shape.as_str());
        self.members().map(|(_, shape)| shape).chain(inner)
    }
}

impl Model {
    pub fn parse(text: &str, service: &'static Service, overrides: &Overrides) -> Result<Self> {
        let file: File =
            serde_json::from_str(text).map_err(|e| format!("{}.json: {e}", service.model))?;
        let mut model = Self {
            service,
            api_version: file.api_version,
            target_prefix: file.target_prefix,
            source: file.source,
            operations: file.operations,
            shapes: file.shapes,
            inputs: BTreeSet::new(),
            outputs: BTreeSet::new(),
            stored: BTreeSet::new(),
        };
        overrides.apply(&mut model)?;
        let inputs: Vec<String> = model
            .operations
            .values()
            .filter_map(|o| o.input.clone())
            .collect();
        let outputs: Vec<String> = model
            .operations
            .values()
            .filter_map(|o| o.output.clone())
            .collect();
        model.inputs = model.reachable(&inputs)?;
        model.outputs = model.reachable(&outputs)?;
        model.stored = model.reachable(&overrides.stored(service.model))?;
        Ok(model)
    }

    /// A shape that the model itself refers to; [`Model::parse`] has checked that all of them
    /// exist.
    pub fn shape(&self, name: &str) -> &Shape {
        &self.shapes[name]
    }

    /// The structures that become Rust structs: those a client can send or get, without the
    /// free-form documents.
    pub fn structures(&self) -> impl Iterator<Item = (&str, &Shape)> {
        self.used()
            .filter(|(_, s)| s.kind == "structure" && !s.document)
    }

    /// The strings with a fixed set of values.
    pub fn enums(&self) -> impl Iterator<Item = (&str, &Shape)> {
        self.used()
            .filter(|(_, s)| s.kind == "string" && !s.values.is_empty())
    }

    fn used(&self) -> impl Iterator<Item = (&str, &Shape)> {
        self.shapes
            .iter()
            .filter(|(name, _)| self.inputs.contains(*name) || self.outputs.contains(*name))
            .map(|(name, shape)| (name.as_str(), shape))
    }

    fn reachable(&self, roots: &[String]) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        for root in roots {
            self.reach(root, &mut Vec::new(), &mut found)?;
        }
        Ok(found)
    }

    fn reach(
        &self,
        name: &str,
        above: &mut Vec<String>,
        found: &mut BTreeSet<String>,
    ) -> Result<()> {
        let shape = self
            .shapes
            .get(name)
            .ok_or_else(|| format!("{}: no shape {name}", self.service.model))?;
        if above.iter().any(|a| a == name) {
            // Neither API has one. The structs would need a Box and the validator a bound on its
            // depth.
            return Err(format!(
                "{}: {name} contains itself, which the generator cannot express",
                self.service.model
            ));
        }
        if !found.insert(name.to_owned()) {
            return Ok(());
        }
        above.push(name.to_owned());
        for inner in shape.references() {
            self.reach(inner, above, found)?;
        }
        above.pop();
        Ok(())
    }
}

/// `overrides.toml`: deviations from the model, each with its reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overrides {
    #[serde(default)]
    shape: Vec<ShapeOverride>,
    #[serde(default)]
    operation: Vec<OperationOverride>,
    /// Codes that no model lists.
    #[serde(default)]
    pub error: Vec<ExtraError>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShapeOverride {
    service: String,
    name: String,
    #[serde(default)]
    add_enum: Vec<String>,
    /// The values in the order in which messages list them.
    enum_order: Option<Vec<String>>,
    /// Takes the model's place, in messages too.
    pattern: Option<String>,
    match_pattern: Option<String>,
    #[serde(default)]
    may_lack: Vec<String>,
    #[serde(default)]
    stored: bool,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OperationOverride {
    service: String,
    name: String,
    unsigned: bool,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtraError {
    pub name: String,
    pub reason: String,
    /// The HTTP status, where it is not 400.
    pub status: Option<u16>,
}

impl Overrides {
    pub fn parse(text: &str) -> Result<Self> {
        let overrides: Self = toml::from_str(text).map_err(|e| format!("overrides.toml: {e}"))?;
        let reasons = overrides.shape.iter().map(|o| (&o.name, &o.reason));
        let reasons = reasons.chain(overrides.operation.iter().map(|o| (&o.name, &o.reason)));
        for (name, reason) in reasons.chain(overrides.error.iter().map(|o| (&o.name, &o.reason))) {
            if reason.trim().is_empty() {
                return Err(format!("overrides.toml: {name} has no reason"));
            }
        }
        Ok(overrides)
    }

    /// Refuses entries for a service that does not exist: they would never apply.
    pub fn check_services(&self, models: &[Model]) -> Result<()> {
        let named = self
            .shape
            .iter()
            .map(|o| &o.service)
            .chain(self.operation.iter().map(|o| &o.service));
        for service in named {
            if !models.iter().any(|m| m.service.model == service) {
                return Err(format!("overrides.toml: there is no service {service}"));
            }
        }
        Ok(())
    }

    fn stored(&self, service: &str) -> Vec<String> {
        self.shape
            .iter()
            .filter(|o| o.stored && o.service == service)
            .map(|o| o.name.clone())
            .collect()
    }

    fn apply(&self, model: &mut Model) -> Result<()> {
        let service = model.service.model;
        for o in self.shape.iter().filter(|o| o.service == service) {
            let unknown = || format!("overrides.toml: {service} has no shape {}", o.name);
            let shape = model.shapes.get_mut(&o.name).ok_or_else(unknown)?;
            for value in &o.add_enum {
                if shape.values.contains(value) {
                    return Err(format!(
                        "overrides.toml: {} of {} is in the model by now",
                        value, o.name
                    ));
                }
                shape.values.push(value.clone());
            }
            if let Some(order) = &o.enum_order {
                shape.reorder(order, &o.name)?;
            }
            let replaces = o.pattern.is_some() || o.match_pattern.is_some();
            if replaces && shape.pattern.is_none() {
                return Err(format!(
                    "overrides.toml: {} has no pattern to replace",
                    o.name
                ));
            }
            if o.pattern.is_some() {
                if shape.pattern == o.pattern {
                    return Err(format!(
                        "overrides.toml: the pattern of {} is in the model by now",
                        o.name
                    ));
                }
                shape.pattern.clone_from(&o.pattern);
            }
            shape.match_pattern.clone_from(&o.match_pattern);
            if let Some(member) = o.may_lack.iter().find(|member| !shape.is_required(member)) {
                return Err(format!(
                    "overrides.toml: {} does not require {member}",
                    o.name
                ));
            }
            shape.may_lack.clone_from(&o.may_lack);
        }
        for o in self.operation.iter().filter(|o| o.service == service) {
            let unknown = || format!("overrides.toml: {service} has no operation {}", o.name);
            let operation = model.operations.get_mut(&o.name).ok_or_else(unknown)?;
            if operation.unsigned == o.unsigned {
                return Err(format!(
                    "overrides.toml: unsigned of {} is in the model by now",
                    o.name
                ));
            }
            operation.unsigned = o.unsigned;
        }
        Ok(())
    }
}
