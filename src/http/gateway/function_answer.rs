//! What a function's answer means to a gateway: a response, or none that it understands.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::arrived::ApiRequest;
use super::event::media_type;
use super::event_1::is_among;
use super::headers::end_of_connection;
use crate::domain::apis::{ApiType, PayloadFormat};

/// The members that a REST API knows. Any other makes the answer malformed.
const KNOWN: [&str; 5] = [
    "statusCode",
    "headers",
    "multiValueHeaders",
    "body",
    "isBase64Encoded",
];

/// The response that a function's answer stands for; or what is wrong with it.
pub fn read(
    request: &ApiRequest<'_>,
    format: PayloadFormat,
    answer: Value,
) -> Result<Response, String> {
    match (request.api.kind, format) {
        (ApiType::Rest, _) => rest(request, answer),
        (_, PayloadFormat::V1) => http_1(answer),
        (_, PayloadFormat::V2) => http_2(answer),
    }
}

/// No member is mandatory, and no other is known.
fn rest(request: &ApiRequest<'_>, answer: Value) -> Result<Response, String> {
    let answer = object(answer)?;
    if let Some(other) = answer.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return Err(format!("it has {other}, which API Gateway does not know"));
    }
    let mut headers = headers(&answer)?;
    multi_value_headers(&answer, &mut headers)?;
    headers
        .entry(header::CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/json"));
    // Base64 is decoded for who accepts one of the API's binary types first of all.
    let accepted = media_type(request.headers(), header::ACCEPT);
    let accepted = accepted.as_deref().unwrap_or("application/json");
    let is_wanted = is_among(&request.api.binary_media_types, accepted);
    let body = body(&answer, is_base64(&answer)? && is_wanted)?;
    remap(&mut headers);
    response(status(&answer)?.unwrap_or(StatusCode::OK), headers, body)
}

/// (unsure) As format 2.0, but for what is inferred there.
fn http_1(answer: Value) -> Result<Response, String> {
    let answer = object(answer)?;
    let status = status(&answer)?.ok_or("it has no statusCode")?;
    let mut headers = headers(&answer)?;
    multi_value_headers(&answer, &mut headers)?;
    explicit(&answer, status, headers)
}

fn http_2(answer: Value) -> Result<Response, String> {
    let inferred = |body: Vec<u8>| {
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        response(StatusCode::OK, headers, body)
    };
    let answer = match answer {
        Value::Object(answer) if answer.contains_key("statusCode") => answer,
        // What has no status is the body: a text as it is, and all else as JSON.
        Value::String(text) => return inferred(text.into_bytes()),
        other => return inferred(other.to_string().into_bytes()),
    };
    let status = status(&answer)?.ok_or("its statusCode is null")?;
    let mut headers = headers(&answer)?;
    match answer.get("cookies") {
        None | Some(Value::Null) => {}
        Some(Value::Array(cookies)) => {
            for cookie in cookies {
                let cookie = value("cookies", cookie)?;
                headers.append(header::SET_COOKIE, cookie);
            }
        }
        Some(_) => return Err("its cookies are no list".to_owned()),
    }
    explicit(&answer, status, headers)
}

/// An answer of an HTTP API's function that says its status.
fn explicit(
    answer: &Map<String, Value>,
    status: StatusCode,
    mut headers: HeaderMap,
) -> Result<Response, String> {
    headers
        .entry(header::CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("text/plain;charset=UTF-8"));
    let body = body(answer, is_base64(answer)?)?;
    response(status, headers, body)
}

fn object(answer: Value) -> Result<Map<String, Value>, String> {
    match answer {
        Value::Object(answer) => Ok(answer),
        _ => Err("it is no object with a statusCode and a body".to_owned()),
    }
}

/// A number, or text with one.
fn status(answer: &Map<String, Value>) -> Result<Option<StatusCode>, String> {
    let number = match answer.get("statusCode") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    number
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| (200..=599).contains(number))
        .and_then(|number| StatusCode::from_u16(number).ok())
        .map(Some)
        .ok_or_else(|| "its statusCode is no status of an answer".to_owned())
}

fn is_base64(answer: &Map<String, Value>) -> Result<bool, String> {
    match answer.get("isBase64Encoded") {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err("its isBase64Encoded is neither true nor false".to_owned()),
    }
}

fn body(answer: &Map<String, Value>, is_base64: bool) -> Result<Vec<u8>, String> {
    let text = match answer.get("body") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::String(text)) => text,
        Some(_) => return Err("its body is no text; JSON.stringify makes it one".to_owned()),
    };
    if !is_base64 {
        return Ok(text.clone().into_bytes());
    }
    let decoded = STANDARD.decode(text);
    decoded.map_err(|_| "its body is said to be base64, and is not".to_owned())
}

fn headers(answer: &Map<String, Value>) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    let given = match answer.get("headers") {
        None | Some(Value::Null) => return Ok(headers),
        Some(Value::Object(given)) => given,
        Some(_) => return Err("its headers are no mapping".to_owned()),
    };
    for (name, given) in given {
        headers.append(self::name(name)?, value(name, given)?);
    }
    Ok(headers)
}

/// Puts the lists beside the single values. A pair that both have is there once.
fn multi_value_headers(answer: &Map<String, Value>, headers: &mut HeaderMap) -> Result<(), String> {
    let lists = match answer.get("multiValueHeaders") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Object(lists)) => lists,
        Some(_) => return Err("its multiValueHeaders are no mapping".to_owned()),
    };
    for (name, list) in lists {
        let Value::Array(list) = list else {
            return Err(format!("its multiValueHeaders.{name} is no list"));
        };
        let header = self::name(name)?;
        for given in list {
            let value = value(name, given)?;
            if !headers.get_all(&header).iter().any(|known| *known == value) {
                headers.append(header.clone(), value);
            }
        }
    }
    Ok(())
}

fn name(name: &str) -> Result<HeaderName, String> {
    let parsed = name.parse::<HeaderName>();
    parsed.map_err(|_| format!("{name:?} is no header's name"))
}

/// Text, a number or a flag. A line break would begin another header: it is refused.
fn value(name: &str, given: &Value) -> Result<HeaderValue, String> {
    let text = match given {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => given.to_string(),
        _ => return Err(format!("its header {name} is no text")),
    };
    let value = HeaderValue::from_bytes(text.as_bytes());
    value.map_err(|_| format!("its header {name} holds what no header may"))
}

/// What a REST API says itself, or says nothing of, goes on under another name.
pub fn remap(headers: &mut HeaderMap) {
    const REMAPPED: [&str; 5] = [
        "authorization",
        "date",
        "server",
        "www-authenticate",
        "x-amzn-requestid",
    ];
    for name in REMAPPED {
        let values: Vec<_> = headers.get_all(name).iter().cloned().collect();
        headers.remove(name);
        let Ok(remapped) = format!("x-amzn-remapped-{name}").parse::<HeaderName>() else {
            continue;
        };
        for value in values {
            headers.append(remapped.clone(), value);
        }
    }
}

fn response(status: StatusCode, mut headers: HeaderMap, body: Vec<u8>) -> Result<Response, String> {
    end_of_connection(&mut headers);
    // It is as long as it is, whatever the function says.
    headers.remove(header::CONTENT_LENGTH);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
