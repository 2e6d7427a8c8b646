//! `mocknito check`: says what is wrong with fixtures, everything at once, or what is in them.
//!
//! They are loaded into a store in memory, so that what only the operations refuse is found, too.
//! Not here: how fixtures are read (`crate::fixtures`).

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Command, FromArgMatches};
use serde_json::{Value, json};

use super::output::{print, print_json};
use super::reading::{self, ReadingArgs};
use super::serve;
use crate::config::ServeArgs;
use crate::fixtures::{FixtureContents, FixtureError, Fixtures};
use crate::triggers::{Functions, Setup};

const HELP: &str = "\
It takes what --fixtures takes: fixtures, CloudFormation templates, a cdk.out, \
amplify_outputs.json and the rest, URLs, and - for standard input. Several files are checked \
together, as a server would load them.
Each error is a line, FILE:LINE:COLUMN: what is wrong; the exit code is then 1.

Example:  mocknito check fixtures/*.yaml";

/// What `mocknito check` may be told.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct CheckArgs {
    /// Files, folders and URLs; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let (contents, notes) = match serve::runtime()?.block_on(check(args)) {
        Ok(checked) => checked,
        Err(failure) => {
            let broken = failure.downcast::<FixtureError>()?;
            return tell_faults(&broken, args.json).map(|()| ExitCode::FAILURE);
        }
    };
    if args.json {
        let files: Vec<Value> = contents.iter().map(described).collect();
        print_json(&json!({ "files": files, "errors": [], "notes": notes }))?;
        return Ok(ExitCode::SUCCESS);
    }
    for note in notes {
        eprintln!("{note}");
    }
    for file in &contents {
        print(&line(file))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What is in the files, and what to tell beside.
async fn check(args: &CheckArgs) -> anyhow::Result<(Vec<FixtureContents>, Vec<String>)> {
    let sources = reading::open(&args.files).await?;
    let fixtures = Fixtures::of(false, sources, &args.reading.settings())?;
    let contents = fixtures.contents();
    let notes: Vec<String> = fixtures.notes().map(str::to_owned).collect();
    let functions = Functions::new(Setup {
        rules: fixtures.functions().to_vec(),
        region: args.reading.region.clone(),
        ..Setup::default()
    })?;
    let server = server(args)?;
    let app = Arc::new(serve::build(&server, 9_339, functions).await?);
    let rehearsed = fixtures.rehearse(&app).await;
    app.store.close().await;
    if rehearsed.is_err() && !args.json {
        // What was made up may be what is refused.
        for note in &notes {
            eprintln!("{note}");
        }
    }
    rehearsed?;
    Ok((contents, notes))
}

/// A server as it is without flags and variables, its store in memory.
fn server(args: &CheckArgs) -> anyhow::Result<ServeArgs> {
    let command = ServeArgs::augment_args(Command::new("check"));
    let command = command.mut_args(|arg| arg.env(None::<&'static str>));
    let region = args.reading.region.as_str();
    let line = [
        "check",
        "--region",
        region,
        "--account-id",
        &args.reading.account_id,
    ];
    Ok(ServeArgs::from_arg_matches(
        &command.try_get_matches_from(line)?,
    )?)
}

fn tell_faults(broken: &FixtureError, as_json: bool) -> anyhow::Result<()> {
    if !as_json {
        return print(&broken.to_string());
    }
    let faults = broken.faults();
    let errors = faults.iter().map(|fault| {
        json!({
            "file": fault.file,
            "line": fault.line.map(|place| place.line),
            "column": fault.line.map(|place| place.column),
            "path": fault.path,
            "message": fault.message,
        })
    });
    let errors: Vec<Value> = errors.collect();
    print_json(&json!({ "files": [], "errors": errors, "notes": [] }))
}

fn described(file: &FixtureContents) -> Value {
    let mut described = json!({ "file": file.name });
    for (what, count) in file.counts {
        described[format!("{what}s").replace(' ', "_")] = json!(count);
    }
    described
}

/// `shop.yaml: 2 user pools, 3 clients, 14 users`
fn line(file: &FixtureContents) -> String {
    let there = file.counts.iter().filter(|(_, count)| *count > 0);
    let counted: Vec<String> = there
        .map(|(what, count)| {
            let plural = if *count == 1 { "" } else { "s" };
            format!("{count} {what}{plural}")
        })
        .collect();
    match counted.as_slice() {
        [] => format!("{}: nothing", file.name),
        counted => format!("{}: {}", file.name, counted.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_file_is_a_line() {
        let mut file = FixtureContents {
            name: "shop.yaml".to_owned(),
            counts: [
                ("user pool", 2),
                ("client", 1),
                ("group", 0),
                ("user", 14),
                ("import job", 0),
                ("identity pool", 0),
                ("API", 0),
            ],
        };
        assert_eq!(line(&file), "shop.yaml: 2 user pools, 1 client, 14 users");
        assert_eq!(described(&file)["user_pools"], 2);
        for (_, count) in &mut file.counts {
            *count = 0;
        }
        assert_eq!(line(&file), "shop.yaml: nothing");
    }
}
