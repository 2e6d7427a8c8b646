//! The domains of pools.

use serde_json::{Value, json};

use crate::support::{Server, merge};

const CERTIFICATE: &str = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d";
const CHARACTERS: &str = r"InvalidParameterException: The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens. Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$";
const NO_SUCH: &str = "InvalidParameterException: No such domain or user pool exists.";

fn domain(pool: &str, name: &str) -> Value {
    json!({ "UserPoolId": pool, "Domain": name })
}

fn custom(pool: &str, name: &str) -> Value {
    let mut input = domain(pool, name);
    merge(
        &mut input,
        json!({ "CustomDomainConfig": { "CertificateArn": CERTIFICATE } }),
    );
    input
}

async fn described(server: &Server, name: &str) -> Value {
    let answer = server
        .ok("DescribeUserPoolDomain", json!({ "Domain": name }))
        .await;
    answer["DomainDescription"].clone()
}

#[tokio::test]
async fn a_prefix_is_described_and_shown_by_its_pool_until_it_is_deleted() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    assert_eq!(described(&server, "my-app").await, json!({}));

    let made = server
        .ok("CreateUserPoolDomain", domain(&pool, "my-app"))
        .await;
    assert_eq!(made, json!({ "ManagedLoginVersion": 1 }));
    let description = described(&server, "my-app").await;
    // Infrastructure tools read it and fail without one.
    let distribution = description["CloudFrontDistribution"].clone();
    assert!(
        distribution.as_str().unwrap().ends_with(".cloudfront.net"),
        "{distribution}"
    );
    assert_eq!(
        description,
        json!({
            "UserPoolId": pool,
            "AWSAccountId": "123456789012",
            "Domain": "my-app",
            "Version": "20260101000000",
            "Status": "ACTIVE",
            "S3Bucket": "aws-cognito-prod-us-east-1-assets",
            "CloudFrontDistribution": distribution,
            "CustomDomainConfig": {},
            "ManagedLoginVersion": 1,
        })
    );
    let in_pool = server
        .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(in_pool["UserPool"]["Domain"], "my-app");
    assert_eq!(in_pool["UserPool"]["CustomDomain"], Value::Null);

    server
        .ok("DeleteUserPoolDomain", domain(&pool, "my-app"))
        .await;
    assert_eq!(described(&server, "my-app").await, json!({}));
    let in_pool = server
        .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(in_pool["UserPool"]["Domain"], Value::Null);
}

#[tokio::test]
async fn a_custom_domain_has_a_distribution_and_may_stand_beside_a_prefix() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    server
        .ok("CreateUserPoolDomain", domain(&pool, "my-app"))
        .await;
    let made = server
        .ok("CreateUserPoolDomain", custom(&pool, "auth.example.com"))
        .await;
    let distribution = made["CloudFrontDomain"].as_str().unwrap();
    assert!(distribution.ends_with(".cloudfront.net"), "{distribution}");
    let description = described(&server, "auth.example.com").await;
    assert_eq!(description["CloudFrontDistribution"], distribution);
    assert_eq!(
        description["CustomDomainConfig"],
        json!({ "CertificateArn": CERTIFICATE })
    );
    assert_eq!(description["S3Bucket"], "aws-cognito-prod-us-east-1-assets");
    let in_pool = server
        .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(in_pool["UserPool"]["CustomDomain"], "auth.example.com");

    let renewed = CERTIFICATE.replace("0a1b2c3d", "renewed");
    let failover = json!({ "Failover": { "SecondaryRegion": "us-west-2", "PrimaryRoute53HealthCheckId": "check" } });
    let mut change = domain(&pool, "auth.example.com");
    merge(
        &mut change,
        json!({
            "ManagedLoginVersion": 2,
            "CustomDomainConfig": { "CertificateArn": renewed, "SecurityPolicy": "TLS_V1_2_2021" },
            "Routing": failover,
        }),
    );
    let changed = server.ok("UpdateUserPoolDomain", change).await;
    assert_eq!(
        changed,
        json!({ "ManagedLoginVersion": 2, "CloudFrontDomain": distribution, "Routing": failover })
    );
    let description = described(&server, "auth.example.com").await;
    assert_eq!(description["ManagedLoginVersion"], 2);
    assert_eq!(description["CustomDomainConfig"]["CertificateArn"], renewed);
    assert_eq!(description["Routing"], failover);
}

#[tokio::test]
async fn names_that_are_reserved_malformed_or_taken_are_refused() {
    let server = Server::start().await;
    let (pool, other) = (server.pool(json!({})).await, server.pool(json!({})).await);
    server
        .ok("CreateUserPoolDomain", domain(&pool, "taken"))
        .await;
    server
        .ok("CreateUserPoolDomain", custom(&pool, "auth.example.com"))
        .await;
    for (input, refusal) in [
        (
            domain(&other, "taken"),
            "InvalidParameterException: Domain already associated with another user pool.",
        ),
        (
            domain(&pool, "taken"),
            "InvalidParameterException: Domain already associated with another user pool.",
        ),
        (
            custom(&other, "auth.example.com"),
            "InvalidParameterException: Domain already associated with another user pool.",
        ),
        (
            domain(&other, "my-aws-app"),
            "InvalidParameterException: Domain cannot contain reserved word: aws",
        ),
        (
            domain(&other, "cognito"),
            "InvalidParameterException: Domain cannot contain reserved word: cognito",
        ),
        (domain(&other, "auth.example.org"), CHARACTERS),
        (
            custom(&other, "example.org"),
            "InvalidParameterException: Custom domain is not a valid subdomain: Was not able to resolve a DNS A record for the parent domain or domain parent is a top-level domain.",
        ),
        (
            domain("us-east-1_none", "free"),
            "ResourceNotFoundException: User pool us-east-1_none does not exist.",
        ),
    ] {
        let refused = server.refused("CreateUserPoolDomain", input).await;
        assert_eq!(refused, refusal);
    }
    for input in [domain(&pool, "second"), custom(&pool, "second.example.com")] {
        let refused = server.refused("CreateUserPoolDomain", input).await;
        assert_eq!(
            refused,
            "InvalidParameterException: User pool already has a domain configured."
        );
    }
    for name in ["Upper", "under_score", "-first", "last-", "a b"] {
        let refused = server
            .refused("CreateUserPoolDomain", domain(&other, name))
            .await;
        assert_eq!(refused, CHARACTERS, "{name}");
    }
}

#[tokio::test]
async fn a_prefix_is_one_pools_in_each_region() {
    let server = Server::start().await;
    let here = server.pool(json!({})).await;
    let made = server
        .call_in("eu-west-1", "CreateUserPool", json!({ "PoolName": "p" }))
        .await;
    let there = made.json()["UserPool"]["Id"].as_str().unwrap().to_owned();
    server
        .ok("CreateUserPoolDomain", domain(&here, "my-app"))
        .await;
    let again = server
        .call_in(
            "eu-west-1",
            "CreateUserPoolDomain",
            domain(&there, "my-app"),
        )
        .await;
    assert_eq!(again.status, 200);
    let owner = async |region: &str| {
        let input = json!({ "Domain": "my-app" });
        let reply = server
            .call_in(region, "DescribeUserPoolDomain", input)
            .await;
        reply.json()["DomainDescription"]["UserPoolId"].clone()
    };
    assert_eq!(owner("us-east-1").await, here.as_str());
    assert_eq!(owner("eu-west-1").await, there.as_str());
    assert_eq!(owner("ap-south-1").await, Value::Null);

    // A host name of one's own is nobody else's anywhere.
    server
        .ok("CreateUserPoolDomain", custom(&here, "auth.example.com"))
        .await;
    let taken = server
        .call_in(
            "eu-west-1",
            "CreateUserPoolDomain",
            custom(&there, "auth.example.com"),
        )
        .await;
    assert_eq!(
        crate::support::refusal(&taken),
        "InvalidParameterException: Domain already associated with another user pool."
    );

    // Each is deleted alone.
    server
        .ok("DeleteUserPoolDomain", domain(&here, "my-app"))
        .await;
    assert_eq!(owner("us-east-1").await, Value::Null);
    assert_eq!(owner("eu-west-1").await, there.as_str());
}

#[tokio::test]
async fn settings_that_do_not_fit_the_domain_are_refused() {
    let server = Server::start().await;
    let pool = server.pool(json!({ "UserPoolTier": "LITE" })).await;
    let with = |mut input: Value, more: Value| {
        merge(&mut input, more);
        input
    };
    let elsewhere = "InvalidParameterException: The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.";
    let failover = json!({ "Failover": { "SecondaryRegion": "us-west-2", "PrimaryRoute53HealthCheckId": "x" } });
    for (input, refusal) in [
        (
            with(
                domain(&pool, "auth.example.com"),
                json!({ "CustomDomainConfig": { "CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/a" } }),
            ),
            elsewhere,
        ),
        (
            with(domain(&pool, "a"), json!({ "ManagedLoginVersion": 2 })),
            "FeatureUnavailableInTierException: Managed login is not available in the feature plan of this user pool.",
        ),
        (
            with(domain(&pool, "a"), json!({ "Routing": failover })),
            "InvalidParameterException: Routing can only be set for custom domains.",
        ),
    ] {
        let refused = server.refused("CreateUserPoolDomain", input).await;
        assert_eq!(refused, refusal);
    }
    server.ok("CreateUserPoolDomain", domain(&pool, "a")).await;
    for (more, refusal) in [
        (
            json!({ "CustomDomainConfig": { "CertificateArn": CERTIFICATE } }),
            "InvalidParameterException: Cannot convert prefix domain to custom domain.",
        ),
        (
            json!({ "Routing": failover }),
            "InvalidParameterException: Routing can only be set for custom domains.",
        ),
    ] {
        let refused = server
            .refused("UpdateUserPoolDomain", with(domain(&pool, "a"), more))
            .await;
        assert_eq!(refused, refusal);
    }
}

#[tokio::test]
async fn a_version_of_the_pages_that_does_not_exist_is_ignored() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let at = |version: i32| {
        let mut input = domain(&pool, "my-app");
        merge(&mut input, json!({ "ManagedLoginVersion": version }));
        input
    };
    let made = server.ok("CreateUserPoolDomain", at(3)).await;
    assert_eq!(made["ManagedLoginVersion"], 1);
    server.ok("UpdateUserPoolDomain", at(2)).await;
    let kept = server.ok("UpdateUserPoolDomain", at(0)).await;
    assert_eq!(kept["ManagedLoginVersion"], 2);
}

#[tokio::test]
async fn a_custom_domain_does_not_become_a_prefix() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    server
        .ok("CreateUserPoolDomain", custom(&pool, "auth.example.com"))
        .await;
    let mut input = domain(&pool, "auth.example.com");
    merge(&mut input, json!({ "ManagedLoginVersion": 2 }));
    assert_eq!(
        server.refused("UpdateUserPoolDomain", input).await,
        "InvalidParameterException: Cannot convert custom domain to prefix domain."
    );
}

#[tokio::test]
async fn a_domain_is_changed_and_deleted_by_its_own_pool_only() {
    let server = Server::start().await;
    let (pool, other) = (server.pool(json!({})).await, server.pool(json!({})).await);
    server
        .ok("CreateUserPoolDomain", domain(&pool, "my-app"))
        .await;
    for input in [
        domain(&pool, "unknown"),
        domain(&other, "my-app"),
        domain("us-east-1_none", "my-app"),
    ] {
        assert_eq!(server.refused("DeleteUserPoolDomain", input).await, NO_SUCH);
    }
    for (input, refusal) in [
        (
            domain(&pool, "unknown"),
            "ResourceNotFoundException: User pool domain was not found.",
        ),
        (
            domain(&other, "my-app"),
            "InvalidParameterException: The domain is not configured for this user pool.",
        ),
    ] {
        assert_eq!(server.refused("UpdateUserPoolDomain", input).await, refusal);
    }
}

#[tokio::test]
async fn a_pool_with_a_domain_cannot_be_deleted() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let input = json!({ "UserPoolId": pool });
    let names = [domain(&pool, "my-app"), custom(&pool, "auth.example.com")];
    for name in &names {
        server.ok("CreateUserPoolDomain", name.clone()).await;
    }
    for name in ["my-app", "auth.example.com"] {
        assert_eq!(
            server.refused("DeleteUserPool", input.clone()).await,
            "InvalidParameterException: User pool cannot be deleted. It has a domain configured that should be deleted first."
        );
        server.ok("DeleteUserPoolDomain", domain(&pool, name)).await;
    }
    server.ok("DeleteUserPool", input).await;
}
