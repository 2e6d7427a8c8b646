//! Asking a running server, for the verbs that do.
//!
//! Not here: what is asked (each verb's own file), the server's own way out (`http_client.rs`).

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::config;
use crate::store::folder_owner;

/// How long to wait for a connection, and then for each part of the answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where a server is that nothing else is said of.
const USUALLY: &str = "http://127.0.0.1:9339";
const USUAL_PORT: u16 = 9_339;

/// The running server. Whoever names none means the one that has the data folder, or else the one
/// at the usual port.
#[derive(clap::Args)]
#[command(next_help_heading = "The server that is asked")]
pub(super) struct Server {
    /// Its URL [default: that of the server with the data folder, or http://127.0.0.1:9339]
    #[arg(
        long,
        env = "MOCKNITO_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = config::base_url
    )]
    url: Option<String>,
    /// Its address, in place of a URL; 0.0.0.0 is asked on the loopback address
    #[arg(
        long,
        env = "MOCKNITO_HOST",
        hide_env_values = true,
        value_name = "ADDRESS"
    )]
    host: Option<String>,
    /// Its port, in place of a URL; of several, as the server takes them, the first
    #[arg(
        long = "port",
        env = "MOCKNITO_PORT",
        hide_env_values = true,
        value_name = "PORT",
        value_delimiter = ','
    )]
    ports: Vec<u16>,
    /// Its data folder
    #[arg(
        long,
        env = "MOCKNITO_DATA",
        hide_env_values = true,
        value_name = "FOLDER",
        default_value = "./.mocknito"
    )]
    data: PathBuf,
}

impl Server {
    /// Where it is: the URL without a last slash.
    pub fn base(&self) -> String {
        if let Some(url) = &self.url {
            return url.clone();
        }
        if self.host.is_none() && self.ports.is_empty() {
            return owner_of(&self.data).unwrap_or_else(|| USUALLY.to_owned());
        }
        let host = bracketed(reachable(self.host.as_deref().unwrap_or("127.0.0.1")));
        format!("http://{host}:{}", self.port())
    }

    /// The port on this machine where a server would be started, unless one elsewhere is meant.
    pub fn port_here(&self) -> Option<u16> {
        let elsewhere = self.url.is_some() || self.host.is_some();
        (!elsewhere).then(|| self.port())
    }

    fn port(&self) -> u16 {
        self.ports.first().copied().unwrap_or(USUAL_PORT)
    }

    /// Its data folder, if it is on this machine.
    pub fn folder(&self) -> &Path {
        &self.data
    }
}

/// The URL of the server that has this folder, or had it last.
fn owner_of(folder: &Path) -> Option<String> {
    let owner = folder_owner(folder)?;
    let (_process, url) = owner.split_once(" at ")?;
    Some(url.to_owned())
}

/// A path with the part of a query that was said.
pub(super) fn with_query(path: &str, asked: &[(&str, Option<&str>)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in asked {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    format!("{path}?{}", query.finish())
}

/// A server's answer.
pub(super) struct Answer {
    pub status: u16,
    pub body: String,
}

/// What `GET` of a path answers, whatever its status.
pub(super) fn ask(server: &Server, path: &str) -> anyhow::Result<Answer> {
    let client = ServerClient::new(server)?;
    client.send(client.request(Method::GET, path, None))
}

/// Several questions to one server.
pub(super) struct ServerClient {
    base: String,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl ServerClient {
    pub fn new(server: &Server) -> anyhow::Result<Self> {
        Self::patient(server, Duration::ZERO)
    }

    /// For questions that the server may hold for so long.
    pub fn patient(server: &Server, wait: Duration) -> anyhow::Result<Self> {
        let base = server.base();
        let mut http = reqwest::Client::builder()
            // The server is on this machine or in this network: no proxy has a part in it.
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(PATIENCE)
            .read_timeout(PATIENCE.saturating_add(wait));
        if base.starts_with("http://") {
            // Reading the machine's root certificates would take longer than the question.
            http = http.tls_certs_only([]);
        }
        Ok(Self {
            base,
            http: http.build()?,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
        })
    }

    /// Where the server is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What `GET` of a path below `/_mocknito/` answers.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.document(self.request(Method::GET, path, None))
    }

    /// As text.
    pub fn get_text(&self, path: &str) -> anyhow::Result<String> {
        let answer = self.send(self.request(Method::GET, path, None))?;
        refused(&answer)?;
        Ok(answer.body)
    }

    /// Hands on what `GET` of a path answers, as it comes. The inner error is that of whoever takes
    /// it.
    pub fn download(
        &self,
        path: &str,
        mut take: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> anyhow::Result<io::Result<()>> {
        let request = self.request(Method::GET, path, None);
        self.runtime.block_on(async {
            let sent = request.send().await;
            let mut response = sent.map_err(|error| self.unreachable(error))?;
            let status = response.status().as_u16();
            if status != 200 {
                let body = response.text().await.unwrap_or_default();
                refused(&Answer { status, body })?;
                bail!("the server answers with status {status}");
            }
            loop {
                let piece = response.chunk().await.map_err(|error| {
                    anyhow::Error::new(error.without_url()).context("the server's answer broke off")
                })?;
                let Some(piece) = piece else {
                    return Ok(Ok(()));
                };
                if let Err(error) = take(&piece) {
                    return Ok(Err(error));
                }
            }
        })
    }

    /// What `POST` of JSON answers.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.document(self.request(Method::POST, path, Some(body.to_string())))
    }

    /// What `DELETE` answers.
    pub fn delete(&self, path: &str) -> anyhow::Result<Value> {
        self.document(self.request(Method::DELETE, path, None))
    }

    /// Calls an operation of user pools in a Region, as any AWS client does.
    pub fn call(&self, region: &str, operation: &str, input: &Value) -> anyhow::Result<Value> {
        // Signatures are not checked; the Region is that of the credential scope.
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=mocknito/20260101/{region}/cognito-idp/aws4_request"
        );
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let request = self
            .request(Method::POST, "/", Some(input.to_string()))
            .header("x-amz-target", target)
            .header(AUTHORIZATION, scope)
            .header(
                CONTENT_TYPE,
                HeaderValue::from_static("application/x-amz-json-1.1"),
            );
        self.document(request)
    }

    fn request(&self, method: Method, path: &str, body: Option<String>) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(body),
            None => request,
        }
    }

    fn document(&self, request: RequestBuilder) -> anyhow::Result<Value> {
        let answer = self.send(request)?;
        refused(&answer)?;
        if answer.body.is_empty() {
            return Ok(json!({}));
        }
        serde_json::from_str(&answer.body).context("the server's answer is not JSON")
    }

    fn send(&self, request: RequestBuilder) -> anyhow::Result<Answer> {
        let sent = async {
            let response = request.send().await?;
            Ok(Answer {
                status: response.status().as_u16(),
                body: response.text().await?,
            })
        };
        self.runtime
            .block_on(sent)
            .map_err(|error| self.unreachable(error))
    }

    fn unreachable(&self, error: reqwest::Error) -> anyhow::Error {
        let server = self
            .base
            .split_once("://")
            .map_or(&*self.base, |(_, rest)| rest);
        let what = if error.is_connect() {
            format!("no server answers at {server}")
        } else if error.is_timeout() {
            format!("the server at {server} does not answer")
        } else {
            format!("what answers at {server} is no Mocknito")
        };
        anyhow::Error::new(error.without_url()).context(what)
    }
}

/// The error in an answer, if it is one: `/_mocknito/`'s own, or AWS's.
fn refused(answer: &Answer) -> anyhow::Result<()> {
    if (200..300).contains(&answer.status) {
        return Ok(());
    }
    let document: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let text = |member: &str| document[member].as_str();
    let Some(error) = text("error").or_else(|| text("__type")) else {
        bail!("the server answers with status {}", answer.status);
    };
    Err(match text("message") {
        Some(message) => anyhow!("{error}: {message}"),
        None => anyhow!("{error}"),
    })
}

/// A server that listens on every address is reached by the loopback one.
fn reachable(host: &str) -> &str {
    match host.trim_matches(['[', ']']) {
        "0.0.0.0" => "127.0.0.1",
        "::" => "::1",
        host => host,
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    fn server(port: u16) -> Server {
        Server {
            url: None,
            host: Some("0.0.0.0".to_owned()),
            ports: vec![port],
            data: PathBuf::from("/nowhere"),
        }
    }

    /// Answers one connection with these bytes.
    fn listener(answer: &'static str) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4_096]);
            stream.write_all(answer.as_bytes()).unwrap();
        });
        server(port)
    }

    #[test]
    fn an_answer_has_a_status_and_a_body() {
        let server = listener("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}");
        let answer = ask(&server, "/").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (404, "{}"));
    }

    #[test]
    fn a_refusal_is_told_in_the_servers_words() {
        let refusal = |status, body: &str| {
            let body = body.to_owned();
            refused(&Answer { status, body })
                .err()
                .map(|error| error.to_string())
        };
        assert_eq!(refusal(200, "not looked at"), None);
        assert_eq!(
            refusal(
                400,
                r#"{"__type":"UserNotFoundException","message":"User does not exist."}"#
            ),
            Some("UserNotFoundException: User does not exist.".to_owned())
        );
        assert_eq!(
            refusal(403, r#"{"error":"forbidden_host","message":"No."}"#),
            Some("forbidden_host: No.".to_owned())
        );
        assert_eq!(
            refusal(502, "<html>"),
            Some("the server answers with status 502".to_owned())
        );
    }

    #[test]
    fn who_does_not_answer_by_http_is_no_mocknito() {
        let server = listener("SSH-2.0-OpenSSH\r\n");
        let port = server.port();
        let error = ask(&server, "/").err().unwrap().to_string();
        assert_eq!(
            error,
            format!("what answers at 127.0.0.1:{port} is no Mocknito")
        );
    }

    #[test]
    fn where_nobody_listens_nobody_answers() {
        // Bound and closed at once: nobody else is there now.
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let error = ask(&server(port), "/").err().unwrap().to_string();
        assert_eq!(error, format!("no server answers at 127.0.0.1:{port}"));
    }

    #[test]
    fn a_url_is_stronger_than_an_address_and_that_than_the_folder() {
        let mut server = server(1);
        server.url = Some("https://auth.example.test".to_owned());
        assert_eq!(server.base(), "https://auth.example.test");
        server.url = None;
        assert_eq!(server.base(), "http://127.0.0.1:1");
        (server.host, server.ports) = (None, Vec::new());
        assert_eq!(server.base(), USUALLY);
    }

    #[test]
    fn who_listens_everywhere_is_asked_on_the_loopback_address() {
        assert_eq!(reachable("0.0.0.0"), "127.0.0.1");
        assert_eq!(reachable("::"), "::1");
        assert_eq!(reachable("mocknito"), "mocknito");
        assert_eq!(bracketed("::1"), "[::1]");
    }
}
