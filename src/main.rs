//! The binary: everything it does begins in `mocknito::cli`.

use std::process::ExitCode;

use mocknito::fixtures::FixtureError;

fn main() -> ExitCode {
    match mocknito::cli::run() {
        Ok(code) => code,
        Err(failure) => {
            // Of fixtures a line for each fault; of everything else one line, whatever the cause
            // has to say.
            let told = failure.downcast_ref::<FixtureError>();
            let told = told.map_or_else(
                || format!("{failure:#}").replace(['\r', '\n'], " "),
                FixtureError::to_string,
            );
            for line in told.lines() {
                eprintln!("mocknito: {line}");
            }
            ExitCode::FAILURE
        }
    }
}
