//! A request as a gateway sees it.

use std::net::{IpAddr, Ipv4Addr};

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Version, header};

use super::headers::{end_of_connection, set, text};
use super::ids;
use crate::app::Ctx;
use crate::domain::apis::Api;
use crate::http::hosts;
use crate::http::request_head::{ByTls, Peer};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// Where in the server an API's request came in.
#[derive(Debug, Clone)]
pub struct Address {
    /// What stands before the API's own paths: nothing at a host of its own.
    pub base: String,
    /// The API's own path, with its stage, as it was sent.
    pub path: String,
}

/// A request to an API. Its headers are those that a client may send.
pub struct ApiRequest<'a> {
    pub ctx: &'a Ctx,
    pub api: &'a Api,
    pub address: Address,
    pub parts: Parts,
    /// `x-amz-apigw-id`, `apigw-requestid`
    pub extended_id: String,
    pub by_tls: bool,
    /// Who is at the other end of the connection.
    pub source_ip: IpAddr,
}

impl<'a> ApiRequest<'a> {
    pub fn new(ctx: &'a Ctx, api: &'a Api, address: Address, parts: Parts) -> Self {
        let peer = parts.extensions.get::<Peer>().map(|Peer(address)| *address);
        Self {
            by_tls: parts.extensions.get::<ByTls>().is_some(),
            source_ip: peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            extended_id: ids::extended(ctx.bytes()),
            ctx,
            api,
            address,
            parts,
        }
    }

    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    pub fn method(&self) -> &str {
        self.parts.method.as_str()
    }

    pub fn query(&self) -> &str {
        self.parts.uri.query().unwrap_or_default()
    }

    pub fn user_agent(&self) -> Option<&str> {
        text(self.headers(), header::USER_AGENT)
    }

    /// The host that the client called, without its port.
    pub fn domain_name(&self) -> String {
        hosts::name(self.headers()).unwrap_or_default()
    }

    /// The port that the client called.
    pub fn port(&self) -> u16 {
        let usual = if self.by_tls { 443 } else { 80 };
        let authority = hosts::authority(self.headers());
        let port = authority.and_then(|authority| authority.rsplit_once(':'));
        port.and_then(|(_, port)| port.parse().ok())
            .unwrap_or(usual)
    }

    pub fn scheme(&self) -> &'static str {
        if self.by_tls { "https" } else { "http" }
    }

    pub fn protocol(&self) -> &'static str {
        match self.parts.version {
            Version::HTTP_10 => "HTTP/1.0",
            Version::HTTP_2 => "HTTP/2.0",
            _ => "HTTP/1.1",
        }
    }

    /// The client's headers as a target or a function gets them: without those of the connection,
    /// and with where they came from.
    pub fn forwarded_headers(&self) -> HeaderMap {
        let mut headers = self.headers().clone();
        end_of_connection(&mut headers);
        set(&mut headers, FORWARDED_FOR, &self.forwarded_for());
        set(&mut headers, FORWARDED_PROTO, self.scheme());
        set(&mut headers, FORWARDED_PORT, &self.port().to_string());
        if !headers.contains_key(TRACE_ID) {
            let id = ids::trace(self.ctx.now, self.ctx.bytes());
            set(&mut headers, TRACE_ID, &id);
        }
        headers
    }

    /// What the client says of whom it asks for, and the client.
    fn forwarded_for(&self) -> String {
        let said = self.headers().get_all(FORWARDED_FOR).iter();
        let said = said.filter_map(|value| value.to_str().ok());
        let mut all: Vec<String> = said
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect();
        all.push(self.source_ip.to_string());
        all.join(", ")
    }
}
