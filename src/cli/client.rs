//! A small HTTP client for asking a running server. It speaks just enough HTTP/1.1 (RFC 9112) for
//! Mocknito's own answers, so that the binary carries no other.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use anyhow::{Context, anyhow};

/// How long to wait for a connection, and then for each part of the answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The largest answer that is read.
const MOST: u64 = 1 << 20;

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

/// A server's answer.
pub(super) struct Answer {
    pub status: u16,
    pub body: String,
}

/// Sends a request and reads the answer. With a body it is a POST of JSON, else a GET.
pub(super) fn ask(server: &Server, path: &str, body: Option<&str>) -> anyhow::Result<Answer> {
    let (host, port) = (reachable(&server.host), server.port);
    let server = format!("{}:{port}", bracketed(host));
    let mut stream =
        connect(host, port).with_context(|| format!("no server answers at {server}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let (method, body) = body.map_or(("GET", ""), |body| ("POST", body));
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut answer = String::new();
    stream
        .write_all(request.as_bytes())
        .and_then(|()| stream.take(MOST).read_to_string(&mut answer))
        .with_context(|| format!("the server at {server} does not answer"))?;
    parse(&answer).ok_or_else(|| anyhow!("what answers at {server} is no Mocknito"))
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

fn connect(host: &str, port: u16) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some(Answer {
        status,
        body: body.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_status_and_a_body() {
        let answer = parse("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (404, "{}"));
        assert!(parse("SSH-2.0-OpenSSH\r\n\r\n").is_none());
    }

    #[test]
    fn who_listens_everywhere_is_asked_on_the_loopback_address() {
        assert_eq!(reachable("0.0.0.0"), "127.0.0.1");
        assert_eq!(reachable("::"), "::1");
        assert_eq!(reachable("mocknito"), "mocknito");
        assert_eq!(bracketed("::1"), "[::1]");
    }
}
