//! TLS on the port that also speaks HTTP: certificates for the names under which this server can be
//! meant, made when they are asked for.
//!
//! A name is one of ours when no stranger could own it (localhost, containers' names,
//! `*.localhost`, `*.test` …), when it is the host of `--public-url`, when it is the domain of a
//! pool, or with `--issuer aws` when it is AWS's own for an API that is served here. Others are
//! refused: the authority that signs is trusted by somebody. Not here: the
//! authority (`keys`), how connections are told apart (`listen.rs`).

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::crypto::aws_lc_rs::{self, Ticketer};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::{Acceptor, ProducesTickets, ResolvesServerCertUsingSni};
use tokio_rustls::server::TlsStream;

use super::hosts::{self, Host};
use crate::app::App;
use crate::clock::{Clock, Timestamp};
use crate::keys::Authority;

/// How long a client may take to agree on keys.
pub const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// For how many names certificates are kept.
const MOST_NAMES: usize = 256;

/// How long a certificate is used: well within its validity.
const RENEW_AFTER: Duration = Duration::from_secs(300 * 86_400);

/// The protocols, the better one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// TLS as this server speaks it.
pub struct Tls {
    app: Arc<App>,
    /// MintedConfig by the first who needs it: the first random number of aws-lc takes some 30 ms,
    /// for which the first plain request does not wait.
    ready: OnceCell<Ready>,
    made: Mutex<HashMap<String, MintedConfig>>,
}

/// What every handshake needs.
struct Ready {
    authority: Arc<Authority>,
    provider: Arc<CryptoProvider>,
    /// One for all names, so that clients resume what they began; its keys change by themselves and
    /// are kept nowhere.
    tickets: Arc<dyn ProducesTickets>,
    /// What clients are told whose name is not ours.
    refusing: Arc<ServerConfig>,
}

/// The certificate of a name, ready for use.
struct MintedConfig {
    config: Arc<ServerConfig>,
    at: Timestamp,
}

impl Ready {
    /// Makes the authority where there is none yet.
    async fn new(app: &App) -> anyhow::Result<Self> {
        let authority = app
            .keys
            .authority(&app.store)
            .await
            .map_err(|error| anyhow::anyhow!("the TLS authority cannot be made: {error:?}"))?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let refusing = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()));
        Ok(Self {
            authority,
            provider,
            tickets: Ticketer::new()?,
            refusing: Arc::new(refusing),
        })
    }
}

impl Tls {
    pub fn new(app: Arc<App>) -> Self {
        Self {
            app,
            ready: OnceCell::new(),
            made: Mutex::default(),
        }
    }

    async fn ready(&self) -> anyhow::Result<&Ready> {
        self.ready.get_or_try_init(|| Ready::new(&self.app)).await
    }

    /// Agrees on keys with a client.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let address = stream.local_addr()?.ip().to_canonical();
        let handshake = async {
            let begun = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
            let name = begun
                .client_hello()
                .server_name()
                .map(str::to_ascii_lowercase);
            let ready = self.ready().await.map_err(io::Error::other)?;
            let config = self.config(ready, name, address).await;
            let config = config.unwrap_or_else(|error| {
                tracing::error!("no certificate could be made: {error:#}");
                ready.refusing.clone()
            });
            begun.into_stream(config).await
        };
        tokio::time::timeout(HANDSHAKE_WITHIN, handshake)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    /// The certificate for a client that asked for this name, or for none since it called the
    /// address.
    async fn config(
        &self,
        ready: &Ready,
        name: Option<String>,
        address: IpAddr,
    ) -> anyhow::Result<Arc<ServerConfig>> {
        let now = Clock::machine_now();
        let key = name.clone().unwrap_or_else(|| address.to_string());
        if let Some(made) = self.kept(&key, now) {
            return Ok(made);
        }
        let public = self.app.access.public_host();
        let public = public.as_str();
        let leaf = match &name {
            Some(name) if !self.is_ours(name, public).await? => {
                tracing::debug!(name, "a TLS client asked for a name that is not ours");
                return Ok(ready.refusing.clone());
            }
            Some(name) => ready.authority.certify(&[name], &[], now)?,
            None => {
                let mut addresses = vec![
                    IpAddr::V4(Ipv4Addr::LOCALHOST),
                    IpAddr::V6(Ipv6Addr::LOCALHOST),
                ];
                let more = [Some(address), public.parse().ok()];
                for address in more.into_iter().flatten() {
                    if !addresses.contains(&address) {
                        addresses.push(address);
                    }
                }
                ready.authority.certify(&["localhost"], &addresses, now)?
            }
        };
        // The authority comes along, for those who know it by its key:
        // `chromium --ignore-certificate-errors-spki-list`.
        let chain = [leaf.certificate, ready.authority.certificate().to_vec()]
            .map(CertificateDer::from)
            .to_vec();
        let key_pair = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf.key));
        let mut config = ServerConfig::builder_with_provider(ready.provider.clone())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key_pair)?;
        config.alpn_protocols = PROTOCOLS.iter().map(|one| one.to_vec()).collect();
        config.ticketer = ready.tickets.clone();
        let config = Arc::new(config);
        self.keep(key, config.clone(), now);
        Ok(config)
    }

    async fn is_ours(&self, name: &str, public: &str) -> anyhow::Result<bool> {
        if is_local(name) || name.eq_ignore_ascii_case(public) || self.app.access.is_aws_api(name) {
            return Ok(true);
        }
        let owner = hosts::owner(&self.app, name)
            .await
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        Ok(matches!(owner, Host::Of(_)))
    }

    fn kept(&self, key: &str, now: Timestamp) -> Option<Arc<ServerConfig>> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(key)
            .filter(|made| now < made.at.plus(RENEW_AFTER))
            .map(|made| made.config.clone())
    }

    fn keep(&self, key: String, config: Arc<ServerConfig>, at: Timestamp) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever asks for many names makes the others wait for new certificates, and no more.
        if made.len() >= MOST_NAMES {
            made.clear();
        }
        made.insert(key, MintedConfig { config, at });
    }
}

/// Whether the name is one of a machine's or a local network's own, which the public DNS does not
/// have: containers' names, and what RFC 6761, RFC 6762 and ICANN keep for such names.
fn is_local(name: &str) -> bool {
    const RESERVED: [&str; 4] = ["internal", "local", "localhost", "test"];
    match name.rsplit_once('.') {
        None => !name.is_empty(),
        Some((_, last)) => RESERVED.iter().any(|name| last.eq_ignore_ascii_case(name)),
    }
}
