//! Handler files: one set of workers for each, found when the server starts. What a file needs to
//! run is checked then, so that a missing runtime or file is known before the first sign-in.

#[cfg(unix)]
use std::collections::{BTreeMap, HashMap};
#[cfg(unix)]
use std::path::PathBuf;
#[cfg(unix)]
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use serde_json::Value;

use super::call::{Call, Missed};
use super::targets::Handler;
#[cfg(unix)]
use super::workers::Workers;
use crate::boxed::spawn;

/// All handler files of the operator.
#[derive(Debug, Default)]
pub(super) struct Handlers {
    #[cfg(unix)]
    known: HashMap<(PathBuf, BTreeMap<String, String>), Arc<Workers>>,
}

#[cfg(unix)]
impl Handlers {
    /// Finds the files and what runs them.
    pub fn new<'h>(
        handlers: impl Iterator<Item = &'h Handler>,
        endpoint: &str,
        region: &str,
    ) -> anyhow::Result<Self> {
        let (mut known, mut runtimes) = (HashMap::new(), runtime::Runtimes::default());
        for handler in handlers {
            if !handler.file.is_file() {
                bail!("the handler file {} is not there", handler.file.display());
            }
            let Some(runtime) = super::targets::Runtime::of(&handler.file) else {
                bail!("nothing is known to run {}", handler.file.display());
            };
            runtimes
                .check(runtime)
                .map_err(|why| anyhow::anyhow!("{}: {why}", handler.file.display()))?;
            let workers = Workers::new(handler, runtime, endpoint, region);
            let key = (handler.file.clone(), handler.environment.clone());
            known.insert(key, Arc::new(workers));
        }
        Ok(Self { known })
    }

    pub fn warm_up(&self) {
        for workers in self.known.values() {
            let workers = workers.clone();
            spawn(async move { workers.warm_up().await });
        }
    }

    pub fn stop(&self) {
        for workers in self.known.values() {
            workers.stop();
        }
    }

    pub async fn invoke(
        &self,
        handler: &Handler,
        call: &Call<'_>,
        limit: Duration,
    ) -> Result<Value, Missed> {
        let key = (handler.file.clone(), handler.environment.clone());
        match self.known.get(&key) {
            Some(workers) => {
                let export = handler.export.as_deref();
                workers.invoke(export, call, limit).await
            }
            None => Err(Missed::not_reachable("ServiceException", handler)),
        }
    }
}

#[cfg(not(unix))]
impl Handlers {
    pub fn new<'h>(
        mut handlers: impl Iterator<Item = &'h Handler>,
        _endpoint: &str,
        _region: &str,
    ) -> anyhow::Result<Self> {
        if let Some(handler) = handlers.next() {
            bail!(
                "{handler}: handler files are not supported on this system; let a URL or a \
                 Lambda endpoint serve the function"
            );
        }
        Ok(Self {})
    }

    pub fn warm_up(&self) {}

    pub fn stop(&self) {}

    pub async fn invoke(
        &self,
        handler: &Handler,
        _call: &Call<'_>,
        _limit: Duration,
    ) -> Result<Value, Missed> {
        Err(Missed::not_reachable("ServiceException", handler))
    }
}

#[cfg(unix)]
mod runtime {
    use std::collections::HashMap;
    use std::process::{Command, Stdio};

    use crate::triggers::targets::Runtime;

    /// What was asked already.
    #[derive(Default)]
    pub struct Runtimes {
        known: HashMap<Runtime, Result<(), String>>,
    }

    impl Runtimes {
        /// Whether this machine runs such files.
        pub fn check(&mut self, runtime: Runtime) -> Result<(), String> {
            let known = self.known.entry(runtime).or_insert_with(|| ask(runtime));
            known.clone()
        }
    }

    fn ask(runtime: Runtime) -> Result<(), String> {
        match runtime {
            Runtime::Node => {
                output("node", &["--version"]).and_then(|version| new_enough(&version))
            }
            Runtime::NodeTypes => {
                let question = "process.features.typescript ? 'yes' : process.version";
                let answer = output("node", &["--print", question])?;
                if answer == "yes" {
                    return Ok(());
                }
                Err(format!(
                    "TypeScript runs only where node strips types, from 22.18 on, and this is \
                     {answer}; name the compiled .js or .mjs"
                ))
            }
            Runtime::Python => output("python3", &["--version"]).map(|_| ()),
        }
    }

    fn new_enough(version: &str) -> Result<(), String> {
        let major = version.trim_start_matches('v').split('.').next();
        match major.and_then(|major| major.parse::<u32>().ok()) {
            Some(major) if major < 18 => {
                Err(format!("node 18 or newer is needed, and this is {version}"))
            }
            _ => Ok(()),
        }
    }

    fn output(program: &str, arguments: &[&str]) -> Result<String, String> {
        let done = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("it needs {program}, which cannot be run: {error}"))?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr);
            return Err(format!(
                "it needs {program}, which does not work: {}",
                said.trim()
            ));
        }
        Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
    }
}
