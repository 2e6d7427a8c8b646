//! What a load balancer is called, where its sign-ins end, and how its own pages look.
//!
//! Not here: what is configured of one (`apis.rs`), how it signs users in
//! (`flows::authenticate_cognito`).

use super::apis::Api;
use crate::keys::base64url_sha256;

/// Where the user pool sends browsers back to, at the load balancer's own host. The path never
/// reaches a target.
pub const IDP_RESPONSE: &str = "/oauth2/idpresponse";

/// The longest name of a load balancer.
const LONGEST_NAME: usize = 32;

/// The ARN by which the API's load balancer signs: the one that is given, or one that it has in
/// every run.
pub fn signer(api: &Api, region: &str, account: &str) -> String {
    api.load_balancer_arn
        .clone()
        .unwrap_or_else(|| arn(&api.name, region, account))
}

fn arn(name: &str, region: &str, account: &str) -> String {
    let id = hex::encode(&base64url_sha256(name).as_bytes()[..8]);
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(LONGEST_NAME)
        .collect();
    format!("arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{id}")
}

/// The HTML that it answers by itself, a few lines as nginx has them. The title begins with the
/// status: `404 Not Found`.
pub fn own_page(title: &str) -> String {
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n\
         <center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::arns::Arn;

    #[test]
    fn a_load_balancer_has_one_arn_in_every_run() {
        let derived = arn("my.orders", "us-east-1", "000000000000");
        let parsed = Arn::parse(&derived).expect("an ARN");
        assert_eq!(parsed.service, "elasticloadbalancing");
        let (name, id) = parsed
            .resource
            .strip_prefix("loadbalancer/app/")
            .and_then(|rest| rest.split_once('/'))
            .expect("a name and an id");
        assert_eq!((name, id.len()), ("my-orders", 16));
        assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(arn("my.orders", "us-east-1", "000000000000"), derived);
        assert_ne!(arn("my-orders", "us-east-1", "000000000000"), derived);
    }
}
