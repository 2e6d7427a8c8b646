//! Where a function is: what the operator's rules say of its ARN, its name, or the moment of a pool
//! at which it is called.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use super::call::{Call, Invoker};

/// The members of `LambdaConfig` that name a function, as rules name the moments of a pool.
const MOMENTS: [&str; 13] = [
    "PreSignUp",
    "CustomMessage",
    "PostConfirmation",
    "PreAuthentication",
    "PostAuthentication",
    "DefineAuthChallenge",
    "CreateAuthChallenge",
    "VerifyAuthChallengeResponse",
    "PreTokenGeneration",
    "UserMigration",
    "CustomSMSSender",
    "CustomEmailSender",
    "InboundFederation",
];

/// What an operator may say: this function, or this moment of a pool, is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRule {
    key: String,
    target: Target,
}

/// Where one function is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Url(String),
    File(Handler),
}

/// A function in a file of the operator's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Handler {
    pub file: PathBuf,
    /// What the file exports it as, when the operator says so.
    pub export: Option<String>,
    /// What it finds in its environment beside what all handlers find.
    pub environment: BTreeMap<String, String>,
}

impl TargetRule {
    /// Reads `key` (a function's name or ARN, or `pool:Moment`) and `target` (a URL, or a file that
    /// may be relative to `folder`).
    pub fn parse(key: &str, target: &str, folder: &Path) -> Result<Self, String> {
        Ok(Self {
            key: parse_key(key)?,
            target: Target::parse(target, folder)?,
        })
    }

    /// The same with variables for the handler's environment; a URL has none.
    #[must_use]
    pub fn with_environment(mut self, variables: BTreeMap<String, String>) -> Self {
        if let Target::File(handler) = &mut self.target {
            handler.environment = variables;
        }
        self
    }

    /// Two rules that say different things of the same function.
    pub fn contradicts(&self, other: &Self) -> bool {
        self.key == other.key && self.target != other.target
    }

    /// Whether the function is run here.
    pub fn is_file(&self) -> bool {
        matches!(self.target, Target::File(_))
    }

    pub fn key(&self) -> &str {
        &self.key
    }

    /// The target as a rule names it, its file from the root; and what its handler finds in its
    /// environment.
    pub fn written(&self) -> (String, Option<&BTreeMap<String, String>>) {
        match &self.target {
            Target::Url(url) => (url.clone(), None),
            Target::File(handler) => {
                let export = handler.export.as_ref();
                let export = export.map_or_else(String::new, |export| format!("#{export}"));
                let text = format!("{}{export}", handler.file.display());
                let environment = Some(&handler.environment);
                (text, environment.filter(|variables| !variables.is_empty()))
            }
        }
    }
}

fn parse_key(key: &str) -> Result<String, String> {
    let form = || {
        format!(
            "{key:?} is neither a function's name or ARN nor a pool's trigger such as \
             us-east-1_Example1:PreSignUp"
        )
    };
    if key.starts_with("arn:") {
        return function_name(key).map(|_| key.to_owned()).ok_or_else(form);
    }
    let (name, rest) = key
        .split_once(':')
        .map_or((key, None), |(name, rest)| (name, Some(rest)));
    // A pool's id begins with its Region, in which there are hyphens and no underscore; so does no
    // trigger's name.
    if let Some(moment) = rest
        && MOMENTS.contains(&moment)
    {
        return Ok(key.to_owned());
    }
    let is_name = |text: &str| {
        (1..=140).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'$'))
    };
    if is_name(name) && rest.is_none_or(is_name) {
        Ok(key.to_owned())
    } else {
        Err(form())
    }
}

impl Target {
    fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        if text.starts_with("http://") || text.starts_with("https://") {
            return match reqwest::Url::parse(text) {
                Ok(url) => Ok(Self::Url(url.into())),
                Err(error) => Err(format!("{text:?} is not a URL: {error}")),
            };
        }
        let (file, export) = match text.rsplit_once('#') {
            Some((file, export)) => (file, Some(export)),
            None => (text, None),
        };
        if export.is_some_and(|export| export.is_empty() || export.contains(['/', '\\'])) {
            return Err(format!(
                "{text:?}: after the # stands the name that the file exports"
            ));
        }
        if Runtime::of(Path::new(file)).is_none() {
            return Err(format!(
                "{text:?} is neither a URL nor a handler file (.js, .mjs, .cjs, .py)"
            ));
        }
        Ok(Self::File(Handler {
            file: folder.join(file.strip_prefix("./").unwrap_or(file)),
            export: export.map(str::to_owned),
            environment: BTreeMap::new(),
        }))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => f.write_str(url),
            Self::File(handler) => handler.fmt(f),
        }
    }
}

impl fmt::Display for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = if self.export.is_some() { "#" } else { "" };
        let export = self.export.as_deref().unwrap_or_default();
        write!(f, "{}{hash}{export}", self.file.display())
    }
}

/// What runs a handler file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Runtime {
    Node,
    /// Node, where it strips types.
    NodeTypes,
    Python,
}

impl Runtime {
    pub fn of(file: &Path) -> Option<Self> {
        Some(match file.extension()?.to_str()? {
            "js" | "mjs" | "cjs" => Self::Node,
            "ts" | "mts" | "cts" => Self::NodeTypes,
            "py" => Self::Python,
            _ => return None,
        })
    }
}

/// All rules.
#[derive(Debug, Default)]
pub(super) struct Targets {
    known: HashMap<String, Target>,
}

impl Targets {
    /// Of two rules for the same function the later counts.
    pub fn new(rules: Vec<TargetRule>) -> Self {
        let known = rules.into_iter().map(|rule| (rule.key, rule.target));
        Self {
            known: known.collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    pub fn handlers(&self) -> impl Iterator<Item = &Handler> {
        self.known.values().filter_map(|target| match target {
            Target::File(handler) => Some(handler),
            Target::Url(_) => None,
        })
    }

    /// What is said of the pool's moment goes before what is said of the ARN, the name with its
    /// qualifier, and the name.
    pub fn find(&self, call: &Call<'_>) -> Option<&Target> {
        if self.is_empty() {
            return None;
        }
        let find = |key: &str| self.known.get(key);
        let of_the_moment = match call.invoker {
            Invoker::Pool { pool_id, trigger } => find(&format!("{pool_id}:{trigger}")),
            Invoker::Api { .. } => None,
        };
        of_the_moment.or_else(|| find(call.function)).or_else(|| {
            let (name, qualifier) = function_name(call.function)?;
            qualifier
                .and_then(|qualifier| find(&format!("{name}:{qualifier}")))
                .or_else(|| find(name))
        })
    }
}

/// The name and the qualifier (version or alias) in a function's ARN.
pub fn function_name(arn: &str) -> Option<(&str, Option<&str>)> {
    let mut parts = arn.split(':').skip(6);
    let name = parts.next().filter(|name| !name.is_empty())?;
    Some((name, parts.next()))
}

/// The Region in a function's ARN.
pub(super) fn region(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::clock::Timestamp;

    fn rule(key: &str, target: &str) -> TargetRule {
        TargetRule::parse(key, target, Path::new("/fixtures")).unwrap()
    }

    fn found(targets: &Targets, arn: &str) -> Option<String> {
        let call = Call {
            invoker: Invoker::Pool {
                pool_id: "us-east-1_Pool",
                trigger: "PreSignUp",
            },
            function: arn,
            version: "1",
            request_id: "",
            now: Timestamp(0),
            event: &Value::Null,
        };
        targets.find(&call).map(ToString::to_string)
    }

    #[test]
    fn the_narrower_rule_counts() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:hook";
        let targets = |keys: &[&str]| {
            let rules = keys
                .iter()
                .map(|key| rule(key, &format!("./{}.py", key.len())));
            Targets::new(rules.collect())
        };
        let all = [
            arn,
            "hook",
            "us-east-1_Pool:PreSignUp",
            "us-east-1_Pool:UserMigration",
        ];
        assert_eq!(
            found(&targets(&all), arn).as_deref(),
            Some("/fixtures/24.py")
        );
        assert_eq!(
            found(&targets(&all[..2]), arn).as_deref(),
            Some("/fixtures/51.py")
        );
        assert_eq!(
            found(&targets(&all[1..2]), arn).as_deref(),
            Some("/fixtures/4.py")
        );
        assert_eq!(found(&targets(&all[3..]), arn), None);
        let alias = format!("{arn}:live");
        assert_eq!(
            found(&targets(&["hook", "hook:live"]), &alias).as_deref(),
            Some("/fixtures/9.py")
        );
        assert_eq!(
            found(&targets(&["hook"]), &alias).as_deref(),
            Some("/fixtures/4.py")
        );
        assert_eq!(found(&targets(&["hook:live"]), arn), None);
    }

    #[test]
    fn a_target_is_a_url_or_a_file_that_can_be_run() {
        let shown = |target| rule("hook", target).target.to_string();
        assert_eq!(
            shown("./lambda/a.mjs#handler"),
            "/fixtures/lambda/a.mjs#handler"
        );
        assert_eq!(shown("/opt/a.py"), "/opt/a.py");
        assert_eq!(shown("http://localhost:3000"), "http://localhost:3000/");
        for wrong in [
            "a.rb",
            "lambda",
            "a.mjs#",
            "a.mjs#../b",
            "http://",
            "",
            "ftp://x/a",
        ] {
            assert!(
                TargetRule::parse("hook", wrong, Path::new("")).is_err(),
                "{wrong}"
            );
        }
        for wrong in [
            "",
            "a b",
            "hook:",
            ":PreSignUp x",
            "arn:aws:lambda",
            "../x",
            "pool:PreSignup/",
        ] {
            assert!(
                TargetRule::parse(wrong, "a.py", Path::new("")).is_err(),
                "{wrong}"
            );
        }
    }
}
