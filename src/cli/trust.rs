//! `mocknito trust`: has the operating system trust the authority that signs the server's
//! certificates, so that browsers and SDKs take its https.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::client::{Client, Server};
use super::output::print;

const HELP: &str = "\
Whoever can read the server's data folder can then make certificates that this machine trusts: \
prefer to let single programs trust it (README, HTTPS), and take it back with --remove.";

/// What `mocknito trust` may be told.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct TrustArgs {
    /// Take the trust back
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    server: Server,
}

/// Where a Linux distribution looks for authorities, and what reads them there.
const LINUX: [(&str, &str, &[&str]); 3] = [
    // Debian, Ubuntu, Alpine.
    (
        "/usr/local/share/ca-certificates",
        "update-ca-certificates",
        &[],
    ),
    // Fedora, RHEL.
    (
        "/etc/pki/ca-trust/source/anchors",
        "update-ca-trust",
        &["extract"],
    ),
    // Arch.
    (
        "/etc/ca-certificates/trust-source/anchors",
        "update-ca-trust",
        &["extract"],
    ),
];

/// The authority's name in stores that have names.
const NAME: &str = "mocknito";

pub(super) fn run(args: &TrustArgs) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    // To take it back, too: stores are asked by what the certificate is.
    let pem = client.get_text("/_mocknito/ca.pem")?;
    if der(&pem).is_none() {
        bail!("what the server calls its certificate is none");
    }
    let did = match std::env::consts::OS {
        "linux" => linux(&pem, args.remove)?,
        "macos" => macos(&pem, args.remove)?,
        "windows" => windows(&pem, args.remove)?,
        other => bail!("how {other} trusts an authority is not known here: see README, HTTPS"),
    };
    print(&did)?;
    if let Some(browsers) = browsers(&pem, args.remove)? {
        print(&browsers)?;
    }
    Ok(())
}

fn linux(pem: &str, remove: bool) -> anyhow::Result<String> {
    let Some((folder, program, arguments)) =
        LINUX.iter().find(|(folder, ..)| Path::new(folder).is_dir())
    else {
        bail!("this distribution's folder of authorities is not known here: see README, HTTPS");
    };
    let file = Path::new(folder).join(format!("{NAME}.crt"));
    let shown = file.display();
    if remove {
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(format!("{shown} is not there: nothing to take back"));
            }
            removed => removed.with_context(|| format!("cannot remove {shown} (try sudo)"))?,
        }
    } else {
        std::fs::write(&file, pem).with_context(|| format!("cannot write {shown} (try sudo)"))?;
    }
    run_program(Command::new(program).args(*arguments))?;
    Ok(if remove {
        format!("removed {shown} and ran {program}")
    } else {
        format!("wrote {shown} and ran {program}")
    })
}

fn macos(pem: &str, remove: bool) -> anyhow::Result<String> {
    let file = temporary(pem)?;
    let mut security = Command::new("security");
    if remove {
        security.arg("remove-trusted-cert").arg(&file);
    } else {
        let home = std::env::var_os("HOME").context("HOME is not set")?;
        let keychain = Path::new(&home).join("Library/Keychains/login.keychain-db");
        security
            .arg("add-trusted-cert")
            .arg("-k")
            .arg(keychain)
            .arg(&file);
    }
    let ran = run_program(&mut security);
    std::fs::remove_file(&file)?;
    ran?;
    Ok(said("the login keychain", remove))
}

fn windows(pem: &str, remove: bool) -> anyhow::Result<String> {
    let file = temporary(pem)?;
    let mut certutil = Command::new("certutil");
    if remove {
        certutil.args(["-user", "-delstore", "Root", "Mocknito"]);
    } else {
        certutil.args(["-user", "-addstore", "Root"]).arg(&file);
    }
    let ran = run_program(&mut certutil);
    std::fs::remove_file(&file)?;
    ran?;
    Ok(said("the user's root store", remove))
}

/// Chromium on Linux, and whoever else reads the user's NSS database.
fn browsers(pem: &str, remove: bool) -> anyhow::Result<Option<String>> {
    let Some(home) = std::env::var_os("HOME") else {
        return Ok(None);
    };
    let database = Path::new(&home).join(".pki/nssdb");
    if std::env::consts::OS != "linux" || !database.is_dir() {
        return Ok(None);
    }
    let shown = format!("sql:{}", database.display());
    let mut certutil = Command::new("certutil");
    certutil.args(["-d", &shown]);
    if remove {
        certutil.args(["-D", "-n", NAME]);
    } else {
        certutil
            .args(["-A", "-t", "C,,", "-n", NAME])
            .stdin(Stdio::piped());
    }
    let child = match certutil
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
    {
        Err(_not_installed) => {
            return Ok(Some(format!(
                "Chromium was not told: that takes certutil (Debian's libnss3-tools) for {shown}"
            )));
        }
        Ok(child) => child,
    };
    if let Some(mut input) = child.stdin.as_ref() {
        input.write_all(pem.as_bytes())?;
    }
    let ended = child.wait_with_output()?;
    if remove && !ended.status.success() {
        return Ok(None);
    }
    if !ended.status.success() {
        bail!(
            "certutil: {}",
            String::from_utf8_lossy(&ended.stderr).trim()
        );
    }
    Ok(Some(said(&shown, remove)))
}

fn said(place: &str, remove: bool) -> String {
    if remove {
        format!("took the authority out of {place}")
    } else {
        format!("added the authority to {place}")
    }
}

/// Runs a program; when it fails, says what it said.
fn run_program(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().display().to_string();
    let ended = command
        .output()
        .with_context(|| format!("{name} cannot be run"))?;
    if !ended.status.success() {
        bail!("{name}: {}", String::from_utf8_lossy(&ended.stderr).trim());
    }
    Ok(())
}

/// A file for a program that reads only files.
fn temporary(pem: &str) -> anyhow::Result<PathBuf> {
    let file = std::env::temp_dir().join(format!("{NAME}-ca-{}.pem", std::process::id()));
    std::fs::write(&file, pem).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

/// The certificate in a PEM document.
pub(super) fn der(pem: &str) -> Option<Vec<u8>> {
    let (_before, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _after) = rest.split_once("-----END CERTIFICATE-----")?;
    let text: String = body.split_whitespace().collect();
    STANDARD.decode(text).ok().filter(|der| !der.is_empty())
}
