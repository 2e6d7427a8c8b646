//! The command line: one file per verb. `mocknito` alone serves.
//!
//! Not here: the server's flags (`config.rs`). Next: `serve.rs`.

mod check;
mod client;
mod clock;
mod completions;
mod doctor;
mod env;
mod exec;
mod export;
mod greeting;
mod healthcheck;
mod import;
mod inbox;
mod logging;
mod output;
mod reading;
mod requests;
mod schema;
mod serve;
mod state;
mod token;
mod trust;
mod users;
mod variables;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::ServeArgs;

// What a server in a test's own process is made of (`testing.rs`).
pub(crate) use env::variables as env_of;
pub(crate) use greeting::Listening;
pub(crate) use serve::{Greeting, ServerEnd, runtime, serve as serve_until};

/// Amazon Cognito on your own machine: one binary, one port, one SQLite store.
#[derive(Parser)]
#[command(
    name = "mocknito",
    version,
    args_conflicts_with_subcommands = true,
    max_term_width = 120,
    after_help = SERVE_HELP
)]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    serve: ServeArgs,
}

const SERVE_HELP: &str = "\
Every flag is also an environment variable: --public-url is MOCKNITO_PUBLIC_URL. The flag wins.

Try it:  mocknito --demo
It prints how to sign in with the AWS CLI. Any AWS client works once its endpoint URL is the \
server's; no credentials are needed.";

#[derive(Subcommand)]
enum Verb {
    /// Runs the server; so does mocknito without a verb
    #[command(after_help = SERVE_HELP)]
    Serve(Box<ServeArgs>),
    /// Exits with 0 when the server answers: for containers and scripts
    Healthcheck(healthcheck::HealthcheckArgs),
    /// Runs a command beside a server of its own, and ends with it
    Exec(Box<exec::ExecArgs>),
    /// Takes templates, other emulators' state and the like into the running server
    Import(Box<import::ImportArgs>),
    /// Says what is wrong with fixtures, or what is in them
    Check(Box<check::CheckArgs>),
    /// Writes everything that the running server has as a fixture, secrets included
    Export(export::ExportArgs),
    /// Prints a token for a user, minted by the running server without a password
    Token(token::TokenArgs),
    /// Lists, shows, makes and deletes users
    Users(users::UsersArgs),
    /// Shows the messages that would have been sent, or the code in the newest
    Inbox(inbox::InboxArgs),
    /// Shows what clients asked, and why they were refused
    Requests(requests::RequestsArgs),
    /// Shows the server's time, or moves it
    Clock(clock::ClockArgs),
    /// Puts everything, or a pool, back to the start
    Reset(state::ResetArgs),
    /// Saves the server's state, and goes back to it
    Snapshot(state::SnapshotArgs),
    /// Prints the JSON Schema of fixtures
    Schema(schema::SchemaArgs),
    /// Prints the variables that lead SDKs to the server
    Env(env::EnvArgs),
    /// Lets this machine trust the server's https
    Trust(trust::TrustArgs),
    /// Looks at what is in the way
    Doctor(doctor::DoctorArgs),
    /// Prints what a shell needs to complete the command line
    Completions(completions::CompletionsArgs),
    /// Prints the version
    Version(completions::VersionArgs),
}

/// Reads the command line and does what it says. What fails is returned and prints as one line.
pub fn run() -> anyhow::Result<ExitCode> {
    let mut command = Cli::command();
    let matches = command.get_matches_mut();
    let Cli { verb, mut serve } =
        Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match verb {
        None => {
            settle_store(&mut serve, &matches);
            serve::run(serve, &command)
        }
        Some(Verb::Serve(mut serve)) => {
            let matches = matches.subcommand_matches("serve").unwrap_or(&matches);
            settle_store(&mut serve, matches);
            serve::run(*serve, &command)
        }
        Some(Verb::Exec(args)) => {
            let matches = matches.subcommand_matches("exec").unwrap_or(&matches);
            return exec::run(*args, matches, &command);
        }
        Some(Verb::Check(args)) => return check::run(&args),
        Some(Verb::Healthcheck(args)) => healthcheck::run(&args),
        Some(Verb::Import(args)) => import::run(&args),
        Some(Verb::Export(args)) => export::run(&args),
        Some(Verb::Token(args)) => token::run(&args),
        Some(Verb::Users(args)) => users::run(&args),
        Some(Verb::Inbox(args)) => inbox::run(&args),
        Some(Verb::Requests(args)) => requests::run(&args),
        Some(Verb::Clock(args)) => clock::run(&args),
        Some(Verb::Reset(args)) => state::reset(&args),
        Some(Verb::Snapshot(args)) => state::snapshot(&args),
        Some(Verb::Schema(args)) => schema::run(&args),
        Some(Verb::Env(args)) => env::run(&args),
        Some(Verb::Trust(args)) => trust::run(&args),
        Some(Verb::Doctor(args)) => doctor::run(&args),
        Some(Verb::Completions(args)) => completions::completions(&args, Cli::command()),
        Some(Verb::Version(args)) => completions::version(&args),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// `--data` and `--ephemeral` exclude each other. But an image sets `MOCKNITO_DATA` for everybody,
/// so that `--ephemeral` and `MOCKNITO_EPHEMERAL` are stronger than the variable, and `--data` is
/// stronger than both variables.
fn settle_store(args: &mut ServeArgs, matches: &ArgMatches) {
    let typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
    match (typed("data"), typed("ephemeral")) {
        (true, true) => Cli::command()
            .error(
                clap::error::ErrorKind::ArgumentConflict,
                "--data keeps the store and --ephemeral does not: choose one",
            )
            .exit(),
        (true, false) => args.ephemeral = false,
        (false, _) if args.ephemeral => args.data = None,
        (false, _) => {
            args.data
                .get_or_insert_with(|| PathBuf::from("./.mocknito"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> (ServeArgs, ArgMatches) {
        let matches = Cli::command().get_matches_from(line.split(' '));
        let cli = Cli::from_arg_matches(&matches).unwrap();
        (cli.serve, matches)
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_store_is_a_folder_unless_it_is_ephemeral() {
        let (mut args, matches) = parse("mocknito");
        settle_store(&mut args, &matches);
        assert_eq!(args.data, Some(PathBuf::from("./.mocknito")));

        let (mut args, matches) = parse("mocknito --ephemeral");
        args.data = Some(PathBuf::from("/from/the/variable"));
        settle_store(&mut args, &matches);
        assert_eq!(args.data, None);

        let (mut args, matches) = parse("mocknito --data here");
        args.ephemeral = true;
        settle_store(&mut args, &matches);
        assert_eq!(
            (args.data, args.ephemeral),
            (Some(PathBuf::from("here")), false)
        );
    }
}
