//! The event in payload format 2.0: of HTTP APIs.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value, json};

use super::event::{
    EventSource, body_text, epoch, grouped, header_values, media_type, object, query_pairs,
    request_time,
};
use super::headers::text;
use crate::domain::api_routes::decode;
use crate::flows::authorizers::Context;

pub fn event(source: &EventSource<'_>) -> Value {
    let request = source.request;
    let api = request.api;
    let mut headers = request.forwarded_headers();
    let cookies = cookies(&headers);
    headers.remove(header::COOKIE);
    let headers = header_values(&headers, str::to_owned);
    let query = grouped(query_pairs(request.query()));
    let joined = |values: &Vec<String>| values.join(",");
    let path = decode(&request.address.path);

    let mut event = Map::new();
    let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
    put("version", "2.0".into());
    put("routeKey", source.found.route.key.as_str().into());
    put("rawPath", path.as_str().into());
    put("rawQueryString", request.query().into());
    if !cookies.is_empty() {
        put("cookies", cookies.into());
    }
    put(
        "headers",
        object(headers.iter().map(|(name, values)| (name, joined(values)))),
    );
    if !query.is_empty() {
        let once = query.iter().map(|(name, values)| (name, joined(values)));
        put("queryStringParameters", object(once));
    }
    put("requestContext", request_context(source, &path));
    let is_binary = is_binary(request.headers());
    if !source.body.is_empty() {
        put("body", body_text(source.body, is_binary).into());
    }
    let parameters = source.path_parameters();
    if !parameters.is_empty() {
        put(
            "pathParameters",
            object(parameters.iter().map(|(n, v)| (n, v.as_str()))),
        );
    }
    put(
        "isBase64Encoded",
        (is_binary && !source.body.is_empty()).into(),
    );
    if !api.stage_variables.is_empty() {
        let variables = api.stage_variables.iter();
        put(
            "stageVariables",
            object(variables.map(|(n, v)| (n, v.as_str()))),
        );
    }
    Value::Object(event)
}

fn request_context(source: &EventSource<'_>, path: &str) -> Value {
    let request = source.request;
    let (api, ctx) = (request.api, request.ctx);
    let mut context = Map::new();
    let mut put = |name: &str, value: Value| context.insert(name.to_owned(), value);
    put("accountId", ctx.app.settings.account_id.as_str().into());
    put("apiId", api.name.as_str().into());
    if let Some(Context::Authorizer(authorizer)) = source.allowed.map(|allowed| &allowed.context) {
        put("authorizer", Value::Object(authorizer.clone()));
    }
    put("domainName", request.domain_name().into());
    put("domainPrefix", api.name.as_str().into());
    put(
        "http",
        json!({
            "method": request.method(),
            "path": path,
            "protocol": request.protocol(),
            "sourceIp": request.source_ip.to_string(),
            "userAgent": request.user_agent().unwrap_or_default(),
        }),
    );
    put("requestId", request.extended_id.as_str().into());
    put("routeKey", source.found.route.key.as_str().into());
    put("stage", api.stage.as_str().into());
    put("time", request_time(ctx.now).into());
    put("timeEpoch", epoch(ctx.now).into());
    Value::Object(context)
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let all = text(headers, header::COOKIE).unwrap_or_default();
    let cookies = all.split(';').map(str::trim);
    cookies
        .filter(|cookie| !cookie.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether a body reaches functions as base64: all but text, JSON, XML and JavaScript, so that a
/// form does, too. (unsure) What has no type, and the types that end in `+json` and `+xml`.
pub fn is_binary(headers: &HeaderMap) -> bool {
    let Some(kind) = media_type(headers, header::CONTENT_TYPE) else {
        return false;
    };
    let is_text = kind.starts_with("text/")
        || matches!(
            kind.as_str(),
            "application/json" | "application/xml" | "application/javascript"
        )
        || kind.ends_with("+json")
        || kind.ends_with("+xml");
    !is_text
}
