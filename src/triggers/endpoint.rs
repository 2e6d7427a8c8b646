//! Functions that are reached by HTTP: through the Lambda Invoke API of an emulator, or at a URL of
//! their own that takes the event and answers with it. One client for all, so that connections are
//! kept.

use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde_json::Value;

use super::call::{Call, Failure, LONGEST_ANSWER, Missed, answer_too_long};
use super::targets::{function_name, region};

/// The longest piece of a foreign answer that is repeated to a person.
const LONGEST_QUOTE: usize = 500;

#[derive(Debug)]
pub(super) struct FunctionEndpoints {
    lambda: Option<String>,
    /// Made by the first call: it reads the system's certificates.
    client: OnceLock<Client>,
}

/// An answer as it came.
struct LambdaResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl FunctionEndpoints {
    pub fn new(lambda: Option<String>) -> Self {
        Self {
            lambda,
            client: OnceLock::new(),
        }
    }

    pub fn has_lambda(&self) -> bool {
        self.lambda.is_some()
    }

    pub fn lambda(&self) -> Option<&str> {
        self.lambda.as_deref()
    }

    /// The Lambda endpoint's answer: the function is asked for by its name, and where that is not
    /// known, by its ARN.
    pub async fn invoke(&self, call: &Call<'_>, limit: Duration) -> Result<Value, Missed> {
        let (name, qualifier) = function_name(call.function).unwrap_or((call.function, None));
        let by_name = self.invoke_as(name, qualifier, call, limit).await;
        match by_name {
            Err(Missed {
                failure: Failure::NotReachable { why },
                ..
            }) if why == "ResourceNotFoundException" && name != call.function => {
                self.invoke_as(call.function, None, call, limit).await
            }
            other => other,
        }
    }

    async fn invoke_as(
        &self,
        function: &str,
        qualifier: Option<&str>,
        call: &Call<'_>,
        limit: Duration,
    ) -> Result<Value, Missed> {
        let url = invocations(self.lambda().unwrap_or_default(), function, qualifier)
            .map_err(unreachable)?;
        let request = self.client().map_err(unreachable)?.post(url);
        // Emulators read the Region out of the scope; none of them checks the signature.
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=test/20260101/{}/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature={:064}",
            region(call.function),
            0
        );
        let request = request
            .header(AUTHORIZATION, scope)
            .header("x-amz-date", "20260101T000000Z")
            .header("x-amz-invocation-type", "RequestResponse");
        send(request, call, limit).await
    }

    /// A URL's answer.
    pub async fn post(&self, url: &str, call: &Call<'_>, limit: Duration) -> Result<Value, Missed> {
        let request = self.client().map_err(unreachable)?.post(url);
        send(request, call, limit).await
    }

    fn client(&self) -> anyhow::Result<Client> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let client = Client::builder()
            // Where an event goes is the operator's to say and nobody else's.
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .context("no HTTP client")?;
        Ok(self.client.get_or_init(|| client).clone())
    }
}

/// `{endpoint}/2015-03-31/functions/{function}/invocations`, the function's name or ARN as one
/// segment.
fn invocations(endpoint: &str, function: &str, qualifier: Option<&str>) -> anyhow::Result<Url> {
    let mut url = Url::parse(endpoint)?;
    url.path_segments_mut()
        .map_err(|()| anyhow::anyhow!("{endpoint} is no base URL"))?
        .pop_if_empty()
        .extend(["2015-03-31", "functions", function, "invocations"]);
    if let Some(qualifier) = qualifier {
        url.query_pairs_mut().append_pair("Qualifier", qualifier);
    }
    // Some servers take an ARN's colons for separators of their own.
    let path = url.path().replace(':', "%3A");
    url.set_path(&path);
    Ok(url)
}

fn unreachable(error: anyhow::Error) -> Missed {
    Missed::not_reachable("ServiceException", format!("{error:#}"))
}

async fn send(request: RequestBuilder, call: &Call<'_>, limit: Duration) -> Result<Value, Missed> {
    let body = serde_json::to_vec(call.event).map_err(|error| unreachable(error.into()))?;
    let request = request
        .header(CONTENT_TYPE, "application/json")
        .header("x-amzn-requestid", call.request_id)
        .body(body);
    let answer = match tokio::time::timeout(limit, exchange(request)).await {
        Ok(answer) => read(answer?),
        Err(_elapsed) => Err(Missed::timed_out()),
    };
    // An error page may show what it was sent.
    let had_password = call.event.pointer("/request/password").is_some();
    answer.map_err(|missed| Missed {
        detail: missed.detail.filter(|_| !had_password),
        ..missed
    })
}

async fn exchange(request: RequestBuilder) -> Result<LambdaResponse, Missed> {
    let failed = |error: reqwest::Error| Missed {
        // A kept connection may have been closed by the other side just now.
        again: !error.is_connect(),
        ..unreachable(error.into())
    };
    let mut response = request.send().await.map_err(failed)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(Missed::raised(answer_too_long()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(LambdaResponse {
        status,
        headers,
        body,
    })
}

/// What an answer means. The Invoke API reports a function's own failure with status 200 and a
/// header; old runtime interface emulators do so without the header.
fn read(answer: LambdaResponse) -> Result<Value, Missed> {
    let document: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let text = |key: &str| document.as_ref()?.get(key)?.as_str();
    let has_failed = answer.headers.contains_key("x-amz-function-error");
    if answer.status.is_success() && !has_failed {
        let is_event = document
            .as_ref()
            .is_some_and(|d| d.get("request").is_some());
        return match (document, is_event) {
            (Some(document), false) => match error_message(&document) {
                Some(message) => Err(Missed::raised(message)),
                None => Ok(document),
            },
            (Some(document), true) => Ok(document),
            (None, _) => Err(Missed {
                detail: Some(format!("it answered {:?}", quote(&answer.body))),
                ..Missed::for_good(Failure::NotJson)
            }),
        };
    }
    if let Some(message) = text("errorMessage") {
        return Err(Missed::raised(message));
    }
    if has_failed {
        return Err(Missed::raised(quote(&answer.body)));
    }

    // The endpoint itself refuses, in one of AWS's three ways to name an error, or in none.
    let named = answer
        .headers
        .get("x-amzn-errortype")
        .and_then(|value| value.to_str().ok())
        .or_else(|| text("__type"))
        .or_else(|| text("Code"))
        .map(|name| name.split(':').next().unwrap_or(name))
        .map(|name| name.rsplit('#').next().unwrap_or(name))
        .filter(|name| name.ends_with("Exception"));
    let why = named.unwrap_or(match answer.status {
        StatusCode::NOT_FOUND => "ResourceNotFoundException",
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => "AccessDeniedException",
        StatusCode::TOO_MANY_REQUESTS => "TooManyRequestsException",
        _ => "ServiceException",
    });
    Err(Missed {
        again: answer.status == StatusCode::TOO_MANY_REQUESTS
            || answer.status == StatusCode::SERVICE_UNAVAILABLE,
        ..Missed::not_reachable(
            why,
            format!("it answered {} {:?}", answer.status, quote(&answer.body)),
        )
    })
}

/// The message in what a runtime makes of an exception.
fn error_message(document: &Value) -> Option<&str> {
    document.get("errorType")?.as_str()?;
    document.get("errorMessage")?.as_str()
}

fn quote(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.trim().chars().take(LONGEST_QUOTE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(
        status: u16,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> Result<Value, Failure> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let answer = LambdaResponse {
            status: StatusCode::from_u16(status).unwrap(),
            headers: map,
            body: body.as_bytes().to_vec(),
        };
        read(answer).map_err(|missed| missed.failure)
    }

    fn raised(message: &str) -> Result<Value, Failure> {
        Err(Failure::Raised {
            message: message.to_owned(),
        })
    }

    fn not_reachable(why: &str) -> Result<Value, Failure> {
        Err(Failure::NotReachable {
            why: why.to_owned(),
        })
    }

    #[test]
    fn an_arn_is_one_segment_of_the_path() {
        let url = |function, qualifier| {
            String::from(invocations("http://lambda:9001/", function, qualifier).unwrap())
        };
        assert_eq!(
            url("arn:aws:lambda:us-east-1:1:function:f", None),
            "http://lambda:9001/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af/invocations"
        );
        assert_eq!(
            url("f", Some("live")),
            "http://lambda:9001/2015-03-31/functions/f/invocations?Qualifier=live"
        );
    }

    #[test]
    fn a_functions_failure_is_told_from_an_answer_and_from_the_endpoints_own() {
        let failed = r#"{"errorMessage":"no","errorType":"Error","trace":[]}"#;
        let header = [("x-amz-function-error", "Unhandled")];
        assert_eq!(reading(200, &header, failed), raised("no"));
        assert_eq!(reading(200, &[], failed), raised("no"));
        assert_eq!(reading(500, &[], failed), raised("no"));
        assert_eq!(reading(200, &header, "boom"), raised("boom"));
        assert_eq!(reading(200, &[], "null"), Ok(Value::Null));
        assert_eq!(reading(200, &[], "<html>"), Err(Failure::NotJson));
        assert_eq!(reading(200, &[], ""), Err(Failure::NotJson));
        // An event that happens to have such members is an answer.
        let event = r#"{"request":{},"errorMessage":"x","errorType":"y"}"#;
        assert!(reading(200, &[], event).is_ok());

        let missing = [("x-amzn-errortype", "ResourceNotFoundException:http://…")];
        let missing = &[(missing[0].0, "ResourceNotFoundException:http://x")];
        assert_eq!(
            reading(404, missing, "{}"),
            not_reachable("ResourceNotFoundException")
        );
        assert_eq!(
            reading(
                400,
                &[],
                r#"{"__type":"com.amazonaws#InvalidRequestContentException"}"#
            ),
            not_reachable("InvalidRequestContentException")
        );
        assert_eq!(
            reading(429, &[], ""),
            not_reachable("TooManyRequestsException")
        );
        assert_eq!(
            reading(502, &[], "<html>"),
            not_reachable("ServiceException")
        );
        assert_eq!(reading(302, &[], ""), not_reachable("ServiceException"));
    }
}
