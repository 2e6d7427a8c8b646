//! `mocknito doctor`: what on this machine is in the way, and what to do about it.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use anyhow::bail;
use rustls_native_certs::{CertificateResult, load_native_certs};

use super::client::{Server, ServerClient};
use super::output::print;
use crate::store::folder_owner;

/// What `mocknito doctor` may be told.
#[derive(clap::Args)]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    server: Server,
}

/// What was found of one thing.
enum Diagnosis {
    Good(String),
    /// Something that some will want does not work.
    Lacking(String),
    /// Nothing works so.
    Broken(String),
}

pub(super) fn run(args: &DoctorArgs) -> anyhow::Result<()> {
    let trusted = load_native_certs();
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
        ("certificates", root_certificates(&trusted)),
        ("authority", authority(args, &trusted)),
    ];
    let mut broken = false;
    for (name, finding) in findings {
        let (mark, text) = match finding {
            Diagnosis::Good(text) => ("ok", text),
            Diagnosis::Lacking(text) => ("--", text),
            Diagnosis::Broken(text) => {
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
fn server(args: &DoctorArgs) -> Diagnosis {
    let base = args.server.base();
    let answer = ServerClient::new(&args.server).and_then(|client| client.get("/_mocknito/health"));
    let error = match answer {
        Ok(health) => {
            let version = health["version"]
                .as_str()
                .unwrap_or("of an unknown version");
            return Diagnosis::Good(format!("Mocknito {version} answers at {base}"));
        }
        Err(error) => error,
    };
    let Some(port) = args.server.port_here() else {
        return Diagnosis::Lacking(format!("{error}"));
    };
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_free) => Diagnosis::Good(format!("none runs; port {port} is free")),
        Err(taken) => Diagnosis::Broken(format!(
            "{error}, and port {port} cannot be had ({taken}): choose another with --port"
        )),
    }
}

fn folder(folder: &Path) -> Diagnosis {
    let shown = folder.display();
    if !folder.exists() {
        return Diagnosis::Good(format!("{shown} will be made by the first start"));
    }
    let probe = folder.join(".writable");
    match std::fs::write(&probe, "").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => match folder_owner(folder) {
            Some(owner) => Diagnosis::Good(format!("{shown}, last had by {owner}")),
            None => Diagnosis::Good(format!("{shown}, nobody's")),
        },
        Err(error) => Diagnosis::Broken(format!("{shown} cannot be written to: {error}")),
    }
}

/// Whether a program is there, by its own word.
fn runs(program: &str, otherwise: &str) -> Diagnosis {
    let said = Command::new(program).arg("--version").output();
    match said {
        Ok(said) if said.status.success() => {
            Diagnosis::Good(String::from_utf8_lossy(&said.stdout).trim().to_owned())
        }
        _ => Diagnosis::Lacking(format!("not found: {otherwise}")),
    }
}

/// Whether real identity providers can be reached by https.
fn root_certificates(trusted: &CertificateResult) -> Diagnosis {
    if trusted.certs.is_empty() {
        return Diagnosis::Lacking(
            "no root certificates: identity providers and functions cannot be reached by https \
             (install ca-certificates, or set SSL_CERT_FILE)"
                .to_owned(),
        );
    }
    Diagnosis::Good(format!("{} root certificates", trusted.certs.len()))
}

/// Whether programs that trust what this machine trusts, trust the server's certificate.
fn authority(args: &DoctorArgs, trusted: &CertificateResult) -> Diagnosis {
    let Ok(client) = ServerClient::new(&args.server) else {
        return Diagnosis::Lacking("not asked".to_owned());
    };
    let Ok(pem) = client.get_text("/_mocknito/ca.pem") else {
        return Diagnosis::Lacking("not asked, since no server answers".to_owned());
    };
    let ours = super::trust::der(&pem);
    if ours.is_some_and(|ours| trusted.certs.iter().any(|one| one.as_ref() == ours)) {
        return Diagnosis::Good("this machine trusts the server's https".to_owned());
    }
    Diagnosis::Lacking(
        "this machine does not trust the server's https: mocknito trust, or a client's own way"
            .to_owned(),
    )
}
