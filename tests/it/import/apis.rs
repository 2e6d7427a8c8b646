//! API Gateway's resources and SAM's events become APIs that the gateway here serves.

use mocknito::fixtures::{Fixtures, translate};
use serde_json::{Value, json};

use super::{data, load, text, with};
use crate::support::Server;

/// The APIs that the sources become.
fn apis(sources: Vec<mocknito::fixtures::FixtureSource>) -> Vec<Value> {
    let (documents, _) = translate(sources, &with(&[("Suffix", "x")])).unwrap();
    documents[0].1["Apis"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

#[tokio::test]
async fn cdk_s_apis_have_their_authorizers_and_routes() {
    let apis = apis(vec![data("cdk")]);
    let (documents, _) = translate(vec![data("cdk")], &with(&[])).unwrap();
    let document = &documents[0].1;
    let pool = &document["UserPools"][0]["UserPoolId"];
    let rest = &apis[0];
    assert_eq!(
        (&rest["Name"], &rest["Type"], &rest["Stage"]),
        (&json!("orders"), &json!("REST"), &json!("prod"))
    );
    let arn = format!(
        "arn:aws:cognito-idp:us-east-1:123456789012:userpool/{}",
        pool.as_str().unwrap()
    );
    let authorizer = &rest["Authorizers"][0];
    assert_eq!(
        (&authorizer["Name"], &authorizer["ProviderARNs"]),
        (&json!("pool"), &json!([arn]))
    );
    let routes = rest["Routes"].as_array().unwrap();
    let route = |key: &str| {
        routes
            .iter()
            .find(|route| route["Route"] == key)
            .cloned()
            .unwrap()
    };
    let order = route("GET /orders/{id}");
    assert_eq!(order["Authorizer"], "pool");
    assert_eq!(order["AuthorizationScopes"], json!(["orders/read"]));
    let function = "arn:aws:lambda:us-east-1:123456789012:function:Shop-Handler886CB40B";
    assert_eq!(order["Target"], function);
    assert_eq!(route("ANY /")["Target"], "http://localhost:3000/");

    let http = &apis[1];
    assert_eq!(
        (&http["Name"], &http["Type"]),
        (&json!("items"), &json!("HTTP"))
    );
    let jwt = &http["Authorizers"][0];
    // Whatever issuer the tokens here carry, the pool is meant.
    assert_eq!((&jwt["Type"], &jwt["Issuer"]), (&json!("JWT"), pool));
    let keys: Vec<&Value> = http["Routes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["Route"])
        .collect();
    assert_eq!(keys, ["GET /items", "ANY /{proxy+}"]);
    assert_eq!(http["Routes"][1]["Authorizer"], "AWS_IAM");
    assert_eq!(http["Routes"][0]["PayloadFormatVersion"], "2.0");

    // The fixture's own rules accept all of it, and outputs lead here.
    let server = Server::start().await;
    let (fixtures, _) = load(&server, vec![data("cdk")], &with(&[])).await.unwrap();
    assert_eq!(fixtures.apis().len(), 2);
    let local: Vec<&str> = fixtures
        .outputs()
        .filter_map(|output| output.local.as_deref())
        .collect();
    assert_eq!(local, ["/_mocknito/apis/orders/prod/"]);
    // CDK answers preflights by MOCK integrations, which are told.
    assert!(fixtures.notes().any(|note| note.contains(
        "the route OPTIONS /orders/{id} is left \
        out"
    )));
}

const SAM: &str = r"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { Runtime: nodejs22.x }
  Api: { Auth: { DefaultAuthorizer: Pool } }
Resources:
  Users: { Type: AWS::Cognito::UserPool }
  App: { Type: AWS::Cognito::UserPoolClient, Properties: { UserPoolId: !Ref Users } }
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: dev
      Auth:
        Authorizers:
          Pool:
            UserPoolArn: !GetAtt Users.Arn
            AuthorizationScopes: [orders/read]
            Identity: { Header: X-Token, ReauthorizeEvery: 0 }
          Custom: { FunctionArn: !GetAtt Handler.Arn }
  Http:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        Authorizers:
          Jwt:
            IdentitySource: $request.header.Authorization
            JwtConfiguration:
              issuer: !Sub https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/${Users}
              audience: [!Ref App]
  Handler:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Events:
        Get: { Type: Api, Properties: { RestApiId: !Ref Rest, Path: '/orders/{id}', Method: get } }
        Open:
          Type: Api
          Properties: { RestApiId: !Ref Rest, Path: /open, Method: any, Auth: { Authorizer: NONE } }
        Other:
          Type: Api
          Properties: { RestApiId: !Ref Rest, Path: /c, Method: get, Auth: { Authorizer: Custom } }
        Implied:
          Type: Api
          Properties: { Path: /x, Method: post, Auth: { Authorizer: AWS_IAM } }
        Item:
          Type: HttpApi
          Properties: { ApiId: !Ref Http, Path: /items, Method: GET, Auth: { Authorizer: Jwt } }
        All: { Type: HttpApi, Properties: { ApiId: !Ref Http } }
";

#[test]
fn sam_s_apis_say_who_may_call() {
    let apis = apis(vec![text("template.yaml", SAM)]);
    let named = |name: &str| {
        apis.iter()
            .find(|api| api["Name"] == name)
            .cloned()
            .unwrap()
    };
    let rest = named("rest");
    let authorizer = &rest["Authorizers"][0];
    assert_eq!(
        authorizer["IdentitySource"],
        "method.request.header.X-Token"
    );
    assert_eq!(authorizer["AuthorizerResultTtlInSeconds"], 0);
    let routes = rest["Routes"].as_array().unwrap();
    assert_eq!(routes[0]["Route"], "GET /orders/{id}");
    assert_eq!(routes[0]["Authorizer"], "Pool");
    assert_eq!(routes[0]["AuthorizationScopes"], json!(["orders/read"]));
    assert_eq!(routes[1]["Route"], "ANY /open");
    assert!(routes[1].get("Authorizer").is_none());
    // A route whose authorizer is not to be had is left out, not open.
    assert_eq!(routes.len(), 2);

    let implied = apis.iter().find(|api| api["Stage"] == "Prod").unwrap();
    assert_eq!(implied["Routes"][0]["Authorizer"], "AWS_IAM");
    let http = named("http");
    assert!(
        http["Authorizers"][0]["Issuer"]
            .as_str()
            .unwrap()
            .starts_with("us-east-1_")
    );
    assert_eq!(http["Routes"][0]["Authorizer"], "Jwt");
    assert_eq!(http["Routes"][1]["Route"], "$default");
    let read = Fixtures::of(false, vec![text("template.yaml", SAM)], &with(&[])).unwrap();
    assert_eq!(read.apis().len(), 3);
    let told: Vec<&str> = read.notes().collect();
    let left_out = "the route GET /c is left out: Lambda authorizers are not served here";
    assert!(told.iter().any(|note| note.contains(left_out)), "{told:?}");
}
