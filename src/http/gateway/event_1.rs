//! The event in payload format 1.0: of all REST APIs, and of HTTP APIs that ask for it.

use axum::http::header;
use serde_json::{Map, Value, json};

use super::event::{
    EventSource, body_text, epoch, grouped, header_values, media_type, object, or_null,
    query_pairs, request_time,
};
use super::ids;
use crate::domain::api_routes::decode;
use crate::domain::apis::ApiType;
use crate::flows::authorizers::Context;

/// Members of `identity` that only callers with credentials of AWS fill.
const OF_CREDENTIALS: [&str; 8] = [
    "cognitoIdentityPoolId",
    "accountId",
    "cognitoIdentityId",
    "caller",
    "principalOrgId",
    "accessKey",
    "cognitoAuthenticationType",
    "cognitoAuthenticationProvider",
];

pub fn event(source: &EventSource<'_>) -> Value {
    let request = source.request;
    let api = request.api;
    let is_rest = api.kind == ApiType::Rest;
    let headers = header_values(&request.forwarded_headers(), title_case);
    let query = grouped(query_pairs(request.query()));
    let last = |values: &Vec<String>| values.last().cloned().unwrap_or_default();
    let headers_once = headers.iter().map(|(name, values)| (name, last(values)));
    let query_once = query.iter().map(|(name, values)| (name, last(values)));
    let resource = source.found.route.path.to_string();
    let is_binary = is_binary(source);

    let mut event = Map::new();
    let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
    if !is_rest {
        put("version", "1.0".into());
    }
    put("resource", resource.as_str().into());
    put("path", path(source).into());
    put("httpMethod", request.method().into());
    put("headers", object(headers_once));
    put(
        "multiValueHeaders",
        object(headers.iter().map(|(n, v)| (n, v.clone()))),
    );
    put("queryStringParameters", or_null(object(query_once)));
    put(
        "multiValueQueryStringParameters",
        or_null(object(query.iter().map(|(n, v)| (n, v.clone())))),
    );
    put("requestContext", request_context(source, &resource));
    let parameters = source.path_parameters();
    put(
        "pathParameters",
        or_null(object(parameters.iter().map(|(n, v)| (n, v.as_str())))),
    );
    let variables = api.stage_variables.iter();
    put(
        "stageVariables",
        or_null(object(variables.map(|(n, v)| (n, v.as_str())))),
    );
    let body = match source.body {
        [] => Value::Null,
        body => body_text(body, is_binary).into(),
    };
    put("body", body);
    put(
        "isBase64Encoded",
        (is_binary && !source.body.is_empty()).into(),
    );
    Value::Object(event)
}

/// A REST API's paths are as they were sent and have no stage; an HTTP API's are decoded, with the
/// stage where it is a segment.
fn path(source: &EventSource<'_>) -> String {
    let request = source.request;
    let path = request.address.path.as_str();
    match request.api.kind {
        ApiType::Rest => {
            let stage = path.strip_prefix('/').unwrap_or(path);
            let rest = stage.find('/').map_or("/", |at| &stage[at..]);
            rest.to_owned()
        }
        _ => decode(path),
    }
}

fn request_context(source: &EventSource<'_>, resource: &str) -> Value {
    let request = source.request;
    let (api, ctx) = (request.api, request.ctx);
    let is_rest = api.kind == ApiType::Rest;
    let mut context = Map::new();
    let mut put = |name: &str, value: Value| context.insert(name.to_owned(), value);
    let resource_id = match is_rest {
        true => ids::resource(resource).into(),
        false => Value::Null,
    };
    put("resourceId", resource_id);
    match source.allowed.map(|allowed| &allowed.context) {
        Some(Context::Authorizer(authorizer)) => {
            put("authorizer", Value::Object(flat(authorizer)));
        }
        // (unsure) HTTP APIs say null where nobody was asked.
        _ if !is_rest => {
            put("authorizer", Value::Null);
        }
        _ => {}
    }
    put("resourcePath", resource.into());
    put("httpMethod", request.method().into());
    put("extendedRequestId", request.extended_id.as_str().into());
    put("requestTime", request_time(ctx.now).into());
    put(
        "path",
        match is_rest {
            true => request.address.path.as_str().into(),
            false => decode(&request.address.path).into(),
        },
    );
    put("accountId", ctx.app.settings.account_id.as_str().into());
    put("protocol", request.protocol().into());
    put("stage", api.stage.as_str().into());
    put("domainPrefix", api.name.as_str().into());
    put("requestTimeEpoch", epoch(ctx.now).into());
    let id = match is_rest {
        true => ctx.request_id.as_str(),
        false => request.extended_id.as_str(),
    };
    put("requestId", id.into());
    put("identity", identity(source));
    put("domainName", request.domain_name().into());
    if is_rest {
        put("deploymentId", ids::resource(&api.name).into());
    }
    put("apiId", api.name.as_str().into());
    Value::Object(context)
}

/// In this form an HTTP API's claims stand where a REST API's do. (unsure)
fn flat(authorizer: &Map<String, Value>) -> Map<String, Value> {
    match authorizer.get("jwt") {
        Some(Value::Object(jwt)) => jwt.clone(),
        _ => authorizer.clone(),
    }
}

fn identity(source: &EventSource<'_>) -> Value {
    let request = source.request;
    let mut identity = Map::new();
    for name in OF_CREDENTIALS {
        identity.insert(name.to_owned(), Value::Null);
    }
    identity.insert("sourceIp".to_owned(), request.source_ip.to_string().into());
    identity.insert("userArn".to_owned(), Value::Null);
    identity.insert("userAgent".to_owned(), json!(request.user_agent()));
    identity.insert("user".to_owned(), Value::Null);
    if let Some(Context::Identity(members)) = source.allowed.map(|allowed| &allowed.context) {
        identity.extend(members.clone());
    }
    Value::Object(identity)
}

/// A REST API's owner says which bodies are binary; an HTTP API goes by the content type.
fn is_binary(source: &EventSource<'_>) -> bool {
    let headers = source.request.headers();
    let api = source.request.api;
    match api.kind {
        ApiType::Rest => {
            let kind = media_type(headers, header::CONTENT_TYPE);
            // (unsure) A body without a type is JSON to API Gateway.
            let kind = kind.as_deref().unwrap_or("application/json");
            is_among(&api.binary_media_types, kind)
        }
        _ => super::event_2::is_binary(headers),
    }
}

/// Whether a media type is one of these, of which `*/*` and `image/*` are many.
pub fn is_among(types: &[String], kind: &str) -> bool {
    types.iter().any(|known| {
        // In templates a slash is written `~1`.
        let known = known.replace("~1", "/");
        match known.strip_suffix("/*") {
            Some("*") => true,
            Some(main) => kind.split('/').next() == Some(main),
            None => known.eq_ignore_ascii_case(kind),
        }
    })
}

/// `X-Amzn-Trace-Id`: how clients of HTTP/1 spell names, and how handlers look for them. The
/// spelling itself does not reach us.
fn title_case(name: &str) -> String {
    let mut title = String::with_capacity(name.len());
    let mut begins = true;
    for c in name.chars() {
        title.push(if begins { c.to_ascii_uppercase() } else { c });
        begins = c == '-';
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_may_stand_for_many() {
        let types = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        assert!(is_among(&types(&["*/*"]), "text/plain"));
        assert!(is_among(&types(&["*~1*"]), "text/plain"));
        assert!(is_among(&types(&["image/*"]), "image/png"));
        assert!(is_among(
            &types(&["a/b", "application/pdf"]),
            "application/pdf"
        ));
        assert!(!is_among(&types(&["image/*"]), "imagex/png"));
        assert!(!is_among(&[], "image/png"));
    }

    #[test]
    fn names_are_spelt_as_handlers_look_for_them() {
        assert_eq!(title_case("x-amzn-trace-id"), "X-Amzn-Trace-Id");
        assert_eq!(title_case("authorization"), "Authorization");
    }
}
