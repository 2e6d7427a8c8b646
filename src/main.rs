//! The binary: everything it does begins in `mocknito::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match mocknito::cli::run() {
        Ok(code) => code,
        Err(failure) => {
            // One line, whatever the cause has to say.
            let line = format!("{failure:#}").replace(['\r', '\n'], " ");
            eprintln!("mocknito: {line}");
            ExitCode::FAILURE
        }
    }
}
