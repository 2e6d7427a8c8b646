//! Asking a running server, for the verbs that do.
//!
//! Not here: what is asked (`healthcheck.rs`, `import.rs`, `token.rs`), the server's own way out
//! (`web.rs`).

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;

/// How long to wait for a connection, and then for each part of the answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The running server.
#[derive(clap::Args)]
pub(super) struct Server {
    /// Address of the server; 0.0.0.0 is asked on the loopback address
    #[arg(
        long,
        env = "MOCKNITO_HOST",
        hide_env_values = true,
        value_name = "ADDRESS",
        default_value = "127.0.0.1"
    )]
    host: String,
    /// Port of the server
    #[arg(
        long,
        env = "MOCKNITO_PORT",
        hide_env_values = true,
        value_name = "PORT",
        default_value_t = 9339
    )]
    port: u16,
}

impl Server {
    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://{}:{}", bracketed(reachable(&self.host)), self.port)
    }
}

/// A server's answer.
pub(super) struct Answer {
    pub status: u16,
    pub body: String,
}

/// Sends a request and reads the answer. With a body it is a POST of JSON, else a GET.
pub(super) fn ask(server: &Server, path: &str, body: Option<&str>) -> anyhow::Result<Answer> {
    ask_at(&server.url(), path, body, PATIENCE)
}

/// The same of a server at a URL, which may take its time to answer.
pub(super) fn ask_at(
    base: &str,
    path: &str,
    body: Option<&str>,
    patience: Duration,
) -> anyhow::Result<Answer> {
    let server = base.split_once("://").map_or(base, |(_, server)| server);
    let url = format!("{base}{path}");
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(send(&url, body.map(str::to_owned), patience))
        .map_err(|error| {
            let what = if error.is_connect() {
                format!("no server answers at {server}")
            } else if error.is_timeout() {
                format!("the server at {server} does not answer")
            } else {
                format!("what answers at {server} is no Mocknito")
            };
            anyhow::Error::new(error.without_url()).context(what)
        })
}

async fn send(url: &str, body: Option<String>, patience: Duration) -> reqwest::Result<Answer> {
    // The server is on this machine or in this network: neither a proxy nor a root certificate has
    // a part in it.
    let mut client = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .connect_timeout(PATIENCE)
        .read_timeout(patience);
    if url.starts_with("http:") {
        client = client.tls_certs_only([]);
    }
    let client = client.build()?;
    let request = match body {
        Some(body) => client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .body(body),
        None => client.get(url),
    };
    let response = request.send().await?;
    Ok(Answer {
        status: response.status().as_u16(),
        body: response.text().await?,
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

    /// Answers one connection with these bytes.
    fn listener(answer: &'static str) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4_096]);
            stream.write_all(answer.as_bytes()).unwrap();
        });
        Server {
            host: "0.0.0.0".to_owned(),
            port,
        }
    }

    #[test]
    fn an_answer_has_a_status_and_a_body() {
        let server = listener("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}");
        let answer = ask(&server, "/", Some("{}")).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (404, "{}"));
    }

    #[test]
    fn who_does_not_answer_by_http_is_no_mocknito() {
        let server = listener("SSH-2.0-OpenSSH\r\n");
        let port = server.port;
        let error = ask(&server, "/", None).err().unwrap().to_string();
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
        let host = "127.0.0.1".to_owned();
        let error = ask(&Server { host, port }, "/", None)
            .err()
            .unwrap()
            .to_string();
        assert_eq!(error, format!("no server answers at 127.0.0.1:{port}"));
    }

    #[test]
    fn who_listens_everywhere_is_asked_on_the_loopback_address() {
        assert_eq!(reachable("0.0.0.0"), "127.0.0.1");
        assert_eq!(reachable("::"), "::1");
        assert_eq!(reachable("mocknito"), "mocknito");
        assert_eq!(bracketed("::1"), "[::1]");
    }
}
