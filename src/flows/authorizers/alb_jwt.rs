//! A load balancer's action `jwt-validation`: programs with a token, which the balancer verifies
//! and passes on as it is.
//!
//! Not here: its action `authenticate-cognito`, which signs people in (`http::gateway`).

use axum::http::{StatusCode, header};
use serde_json::Value;

use super::issuers::{self, Algorithms};
use super::jwt::{PresentedJwt, check_begin, check_expiry, texts, told};
use super::presented::Presented;
use super::refusal::{Checked, RefusalKind, Stop, TokenRefusal, listed, refuse};
use super::rules::AlbJwtRule;
use super::verdict::{Allowed, Context, Denied};
use crate::app::Ctx;
use crate::domain::apis::{AdditionalClaim, ClaimFormat};
use crate::domain::federation::Claims;
use crate::domain::load_balancers::own_page;
use crate::error::Result;

pub(super) async fn check(
    ctx: &Ctx,
    rule: &AlbJwtRule,
    presented: &Presented<'_>,
) -> Result<Result<Allowed, Denied>> {
    match verified(ctx, rule, presented).await {
        Ok(claims) => Ok(Ok(Allowed::holder(claims, Context::Nothing))),
        Err(Stop::Refused(refusal)) => Ok(Err(denied(refusal))),
        Err(Stop::Failed(error)) => Err(error),
    }
}

async fn verified(ctx: &Ctx, rule: &AlbJwtRule, presented: &Presented<'_>) -> Checked<Claims> {
    let given = presented.token(&header::AUTHORIZATION)?;
    if !given.is_bearer {
        let reason = "the token stands alone in the header authorization, where a load balancer \
                      expects Bearer before it";
        return refuse(RefusalKind::Missing, reason);
    }
    let jwt = PresentedJwt::read(given.token, "a JWT")?;
    let trusted = match &rule.jwks_endpoint {
        Some(keys) => issuers::check_by_keys(ctx, &jwt, &rule.issuer, keys).await?,
        None => issuers::check_any(ctx, &jwt, &rule.issuer, Algorithms::Rs256).await?,
    };
    check_expiry(&jwt.claims, ctx.now)?;
    check_begin(&jwt.claims, ctx.now, trusted.clock_skew())?;
    for claim in &rule.additional_claims {
        check_claim(claim, &jwt.claims)?;
    }
    Ok(jwt.claims)
}

/// (unsure) One of the values is enough, also where the claim has several.
fn check_claim(expected: &AdditionalClaim, claims: &Claims) -> Checked<()> {
    let AdditionalClaim {
        name,
        format,
        values,
    } = expected;
    let had: Vec<String> = match (format, claims.get(name)) {
        (ClaimFormat::SingleString, Some(Value::String(text))) => vec![text.clone()],
        (ClaimFormat::SpaceSeparatedValues, Some(Value::String(text))) => {
            text.split_whitespace().map(str::to_owned).collect()
        }
        (ClaimFormat::StringArray, Some(Value::Array(_))) => texts(claims, name),
        (_, None) => {
            let reason = format!("the token has no claim {name}");
            return refuse(RefusalKind::Claim, reason);
        }
        (format, Some(_)) => {
            let reason = format!(
                "the token's claim {name} has not the form {}",
                format.as_str()
            );
            return refuse(RefusalKind::Claim, reason);
        }
    };
    if had.iter().any(|one| values.contains(one)) {
        return Ok(());
    }
    let reason = format!(
        "the token's claim {name} is {}, where one of {} is expected",
        told(&listed(&had)),
        listed(values)
    );
    refuse(RefusalKind::Claim, reason)
}

/// (unsure) The page is the load balancer's own of other refusals; that an issuer whose keys cannot
/// be had is 500 follows from its other actions.
fn denied(refusal: TokenRefusal) -> Denied {
    let TokenRefusal { kind, reason } = refusal;
    let (status, title) = match kind {
        RefusalKind::Configuration | RefusalKind::Discovery | RefusalKind::Keys => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            (status, "500 Internal Server Error")
        }
        _ => (StatusCode::UNAUTHORIZED, "401 Authorization Required"),
    };
    let denied = Denied::new(status, own_page(title), reason)
        .with("content-type", "text/html")
        .with("server", "awselb/2.0");
    if status == StatusCode::UNAUTHORIZED {
        return denied.with("www-authenticate", "Bearer");
    }
    denied
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_has_its_form_and_one_of_the_values() {
        let passes = |format, value: Value| {
            let expected = AdditionalClaim {
                name: "c".to_owned(),
                format,
                values: vec!["a".to_owned(), "b".to_owned()],
            };
            let claims = json!({ "c": value, "d": "a" });
            check_claim(&expected, claims.as_object().unwrap()).is_ok()
        };
        let single = ClaimFormat::SingleString;
        assert!(passes(single, json!("a")) && passes(single, json!("b")));
        for wrong in [
            json!("c"),
            json!("a b"),
            json!(["a"]),
            json!(null),
            json!(1),
        ] {
            assert!(!passes(single, wrong));
        }
        let spaces = ClaimFormat::SpaceSeparatedValues;
        assert!(passes(spaces, json!("x b")) && !passes(spaces, json!("xb")));
        assert!(!passes(spaces, json!(["a"])));
        let array = ClaimFormat::StringArray;
        assert!(passes(array, json!(["x", "a"])) && !passes(array, json!("a")));
        assert!(!passes(array, json!([])));
    }
}
