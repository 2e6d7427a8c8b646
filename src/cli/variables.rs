//! The variables `MOCKNITO_…` that nobody knows: said at the start, since a slip there is as good
//! as a slip in a flag.

use std::collections::BTreeSet;

use clap::Command;

/// How alike two names are at least, of 1, for one to be taken for a slip of the other.
const ALIKE: f64 = 0.8;

/// What is said to the packages for test suites, and may be there when they start a server.
const OF_PACKAGES: &str = "MOCKNITO_BINARY";

/// Logs a line for each variable that no flag has.
pub(super) fn warn_of_unknown(command: &Command) {
    let known = known(command);
    for (name, _value) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|name| name.starts_with("MOCKNITO_")) else {
            continue;
        };
        if known.contains(name) || name == OF_PACKAGES {
            continue;
        }
        match nearest(name, &known) {
            Some(meant) => tracing::warn!("{name} is not known: {meant} is"),
            None => tracing::warn!("{name} is not known: mocknito --help lists the flags"),
        }
    }
}

/// Those of all verbs.
fn known(command: &Command) -> BTreeSet<String> {
    let own = command
        .get_arguments()
        .filter_map(|argument| argument.get_env()?.to_str().map(str::to_owned));
    let below = command.get_subcommands().flat_map(known);
    own.chain(below).collect()
}

fn nearest<'k>(name: &str, known: &'k BTreeSet<String>) -> Option<&'k String> {
    known
        .iter()
        .map(|candidate| (strsim::jaro(name, candidate), candidate))
        .filter(|(alike, _)| *alike > ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_with_what_was_meant() {
        let known = BTreeSet::from(["MOCKNITO_FIXTURES", "MOCKNITO_PORT"].map(str::to_owned));
        let meant = |name| nearest(name, &known).map(String::as_str);
        assert_eq!(meant("MOCKNITO_PROT"), Some("MOCKNITO_PORT"));
        assert_eq!(meant("MOCKNITO_FIXTURE"), Some("MOCKNITO_FIXTURES"));
        assert_eq!(meant("MOCKNITO_SOMETHING_ELSE"), None);
    }
}
