//! What the owner of a REST API has made of the gateway's own answers: `GatewayResponses`, and the
//! answers of `MOCK` integrations.
//!
//! Nothing is set unless the owner says so: without `DEFAULT_4XX` a browser's page sees no 401 but
//! a CORS error, as on AWS. Templates know `$context.…`, `$stageVariables.…` and
//! `$input.params(…)` of headers, query and path; the rest of Velocity is not served.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use super::arrived::ApiRequest;
use super::event::query_pairs;
use super::fault::OwnAnswer;
use super::headers::{set, text};
use crate::domain::apis::GatewayResponse;

/// The answer as the owner wants it.
pub fn shape(request: &ApiRequest<'_>, mut answer: OwnAnswer) -> OwnAnswer {
    let responses = &request.api.gateway_responses;
    let usual = if answer.status.is_server_error() {
        "DEFAULT_5XX"
    } else {
        "DEFAULT_4XX"
    };
    let kind = answer.response_type.unwrap_or(usual);
    let Some(response) = responses.get(kind).or_else(|| responses.get(usual)) else {
        return answer;
    };
    let values = TemplateValues {
        request,
        message: message(&answer.body),
        kind,
        status: response.status_code.unwrap_or(answer.status.as_u16()),
    };
    if let Some(status) = response
        .status_code
        .and_then(|s| StatusCode::from_u16(s).ok())
    {
        answer.status = status;
    }
    if let Some((content_type, template)) = template(request, response) {
        answer.body = values.fill(template);
        if let Ok(content_type) = HeaderValue::from_str(content_type) {
            answer
                .headers
                .retain(|(name, _)| *name != header::CONTENT_TYPE);
            answer.headers.push((header::CONTENT_TYPE, content_type));
        }
    }
    for (name, source) in &response.response_parameters {
        let name = name.strip_prefix("gatewayresponse.header.");
        let name = name.and_then(|name| name.parse::<HeaderName>().ok());
        let value = values.parameter(source);
        let value = value.and_then(|value| HeaderValue::from_str(&value).ok());
        if let (Some(name), Some(value)) = (name, value) {
            answer.headers.retain(|(known, _)| *known != name);
            answer.headers.push((name, value));
        }
    }
    answer
}

/// What a `MOCK` integration answers: nobody is asked.
pub fn mock(request: &ApiRequest<'_>, mock: &GatewayResponse) -> Response {
    let status = mock
        .status_code
        .and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::OK);
    let values = TemplateValues {
        request,
        message: None,
        kind: "",
        status: status.as_u16(),
    };
    let (content_type, body) = match template(request, mock) {
        Some((content_type, template)) => (content_type, values.fill(template)),
        None => ("application/json", String::new()),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    set(response.headers_mut(), header::CONTENT_TYPE, content_type);
    for (name, source) in &mock.response_parameters {
        let name = name.strip_prefix("method.response.header.");
        let name = name.and_then(|name| name.parse::<HeaderName>().ok());
        if let (Some(name), Some(value)) = (name, values.parameter(source)) {
            set(response.headers_mut(), name, &value);
        }
    }
    response
}

/// The template for what the client accepts, or the first.
fn template<'r>(
    request: &ApiRequest<'_>,
    response: &'r GatewayResponse,
) -> Option<(&'r str, &'r str)> {
    let templates = &response.response_templates;
    let accepted = text(request.headers(), header::ACCEPT).unwrap_or_default();
    let mut wanted = accepted
        .split(',')
        .map(|kind| kind.split(';').next().unwrap_or_default().trim());
    let wanted = wanted.find_map(|kind| templates.get_key_value(kind));
    let found = wanted
        .or_else(|| templates.get_key_value("application/json"))
        .or_else(|| templates.first());
    found.map(|(kind, template)| (kind.as_str(), template.as_str()))
}

fn message(body: &str) -> Option<String> {
    let document: Value = serde_json::from_str(body).ok()?;
    let message = document.get("message").or_else(|| document.get("Message"));
    message?.as_str().map(str::to_owned)
}

/// What templates and parameters may name.
struct TemplateValues<'a> {
    request: &'a ApiRequest<'a>,
    message: Option<String>,
    kind: &'a str,
    status: u16,
}

impl TemplateValues<'_> {
    /// The value of a response parameter.
    fn parameter(&self, source: &str) -> Option<String> {
        let constant = source.strip_prefix('\'').and_then(|s| s.strip_suffix('\''));
        if let Some(constant) = constant {
            return Some(constant.to_owned());
        }
        if let Some(name) = source.strip_prefix("context.") {
            return self.context(name);
        }
        if let Some(name) = source.strip_prefix("stageVariables.") {
            return self.request.api.stage_variables.get(name).cloned();
        }
        let (place, name) = source.strip_prefix("method.request.")?.split_once('.')?;
        match place {
            "header" => self.header(name),
            "querystring" => self.query(name),
            _ => None,
        }
    }

    fn header(&self, name: &str) -> Option<String> {
        let name: HeaderName = name.parse().ok()?;
        text(self.request.headers(), name).map(str::to_owned)
    }

    fn query(&self, name: &str) -> Option<String> {
        let mut pairs = query_pairs(self.request.query()).into_iter();
        pairs.find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A member of `$context`.
    fn context(&self, name: &str) -> Option<String> {
        let request = self.request;
        Some(match name {
            "error.message" => self.message.clone()?,
            // Quoted, or null.
            "error.messageString" => Value::from(self.message.clone()).to_string(),
            "error.responseType" => self.kind.to_owned(),
            "status" => self.status.to_string(),
            "requestId" => request.ctx.request_id.clone(),
            "extendedRequestId" => request.extended_id.clone(),
            "accountId" => request.ctx.app.settings.account_id.clone(),
            "apiId" => request.api.name.clone(),
            "domainName" => request.domain_name(),
            "domainPrefix" => request.api.name.clone(),
            "httpMethod" => request.method().to_owned(),
            "identity.sourceIp" => request.source_ip.to_string(),
            "identity.userAgent" => request.user_agent()?.to_owned(),
            "path" => request.address.path.clone(),
            "protocol" => request.protocol().to_owned(),
            "requestTimeEpoch" => (request.ctx.now.0 / 1_000).to_string(),
            "stage" => request.api.stage.clone(),
            _ => return None,
        })
    }

    /// The template with its variables replaced; of what is not known nothing is left.
    fn fill(&self, template: &str) -> String {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once('$') {
            filled.push_str(before);
            let (value, after) = self.variable(behind);
            match value {
                Some(value) => filled.push_str(&value),
                None if after.len() == behind.len() => filled.push('$'),
                None => {}
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    /// The variable that begins here, and what follows it.
    fn variable<'t>(&self, text: &'t str) -> (Option<String>, &'t str) {
        let (inner, is_braced) = match text.strip_prefix('{') {
            Some(inner) => (inner, true),
            None => (text, false),
        };
        if let Some(call) = inner.strip_prefix("input.params(")
            && let Some((name, after)) = call.split_once(')')
        {
            let name = name.trim_matches(['\'', '"']);
            let value = self.header(name).or_else(|| self.query(name));
            let after = if is_braced {
                after.strip_prefix('}').unwrap_or(after)
            } else {
                after
            };
            return (Some(value.unwrap_or_default()), after);
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
        let end = inner.find(|c| !is_part(c)).unwrap_or(inner.len());
        let name = inner[..end].trim_end_matches('.');
        let mut after = &inner[name.len()..];
        if is_braced {
            after = after.strip_prefix('}').unwrap_or(after);
        }
        if let Some(name) = name.strip_prefix("context.") {
            return (self.context(name), after);
        }
        if let Some(name) = name.strip_prefix("stageVariables.") {
            return (self.request.api.stage_variables.get(name).cloned(), after);
        }
        (None, text)
    }
}
