//! `mocknito doctor`: what on this machine is in the way, and what to do about it.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use anyhow::bail;

use super::client::{Client, Server};
use super::output::print;
use crate::store::folder_owner;

/// What `mocknito doctor` may be told.
#[derive(clap::Args)]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    server: Server,
}

/// What was found of one thing.
enum Finding {
    Good(String),
    /// Something that some will want does not work.
    Lacking(String),
    /// Nothing works so.
    Broken(String),
}

pub(super) fn run(args: &DoctorArgs) -> anyhow::Result<()> {
    let findings = [
        ("server", server(args)),
        ("data folder", folder(args.server.folder())),
        (
            "node",
            runs("node", "handler files in JavaScript need Node 20 or newer"),
        ),
        (
            "python3",
            runs(
                "python3",
                "handler files in Python need Python 3.9 or newer",
            ),
        ),
        ("certificates", root_certificates()),
        ("authority", authority(args)),
    ];
    let mut broken = false;
    for (name, finding) in findings {
        let (mark, text) = match finding {
            Finding::Good(text) => ("ok", text),
            Finding::Lacking(text) => ("--", text),
            Finding::Broken(text) => {
                broken = true;
                ("!!", text)
            }
        };
        print(&format!("{mark}  {name:<13} {text}"))?;
    }
    if broken {
        bail!("something is in the way");
    }
    Ok(())
}

/// Whether a server answers, or its port is free for one.
fn server(args: &DoctorArgs) -> Finding {
    let base = args.server.base();
    let answer = Client::new(&args.server).and_then(|client| client.get("/_mocknito/health"));
    let error = match answer {
        Ok(health) => {
            let version = health["version"]
                .as_str()
                .unwrap_or("of an unknown version");
            return Finding::Good(format!("Mocknito {version} answers at {base}"));
        }
        Err(error) => error,
    };
    let Some(port) = args.server.port_here() else {
        return Finding::Lacking(format!("{error}"));
    };
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_free) => Finding::Good(format!("none runs; port {port} is free")),
        Err(taken) => Finding::Broken(format!(
            "{error}, and port {port} cannot be had ({taken}): choose another with --port"
        )),
    }
}

fn folder(folder: &Path) -> Finding {
    let shown = folder.display();
    if !folder.exists() {
        return Finding::Good(format!("{shown} will be made by the first start"));
    }
    let probe = folder.join(".writable");
    match std::fs::write(&probe, "").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => match folder_owner(folder) {
            Some(owner) => Finding::Good(format!("{shown}, last had by {owner}")),
            None => Finding::Good(format!("{shown}, nobody's")),
        },
        Err(error) => Finding::Broken(format!("{shown} cannot be written to: {error}")),
    }
}

/// Whether a program is there, by its own word.
fn runs(program: &str, otherwise: &str) -> Finding {
    let said = Command::new(program).arg("--version").output();
    match said {
        Ok(said) if said.status.success() => {
            Finding::Good(String::from_utf8_lossy(&said.stdout).trim().to_owned())
        }
        _ => Finding::Lacking(format!("not found: {otherwise}")),
    }
}

/// Whether real identity providers can be reached by https.
fn root_certificates() -> Finding {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        return Finding::Lacking(
            "no root certificates: identity providers and functions cannot be reached by https \
             (install ca-certificates, or set SSL_CERT_FILE)"
                .to_owned(),
        );
    }
    Finding::Good(format!("{} root certificates", found.certs.len()))
}

/// Whether programs that trust what this machine trusts, trust the server's certificate.
fn authority(args: &DoctorArgs) -> Finding {
    let Ok(client) = Client::new(&args.server) else {
        return Finding::Lacking("not asked".to_owned());
    };
    let Ok(pem) = client.get_text("/_mocknito/ca.pem") else {
        return Finding::Lacking("not asked, since no server answers".to_owned());
    };
    let trusted = rustls_native_certs::load_native_certs().certs;
    let ours = super::trust::der(&pem);
    if ours.is_some_and(|ours| trusted.iter().any(|one| one.as_ref() == ours)) {
        return Finding::Good("this machine trusts the server's https".to_owned());
    }
    Finding::Lacking(
        "this machine does not trust the server's https: mocknito trust, or a client's own way"
            .to_owned(),
    )
}
