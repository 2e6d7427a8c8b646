//! API Gateway's resources and SAM's events become APIs that the gateway here serves.

use axum::http::Method;
use mocknito::fixtures::{Fixtures, ImportedOutput, OutputPlace, translate};
use mocknito::triggers::{Functions, Setup};
use serde_json::{Value, json};

use super::{data, load, text, with};
use crate::support::Server;

/// Where an output's API is here.
fn path_of(output: &ImportedOutput) -> Option<&str> {
    match &output.place {
        OutputPlace::Api(path) => Some(path),
        _ => None,
    }
}

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
    let local: Vec<&str> = fixtures.outputs().filter_map(path_of).collect();
    assert_eq!(local, ["/_mocknito/apis/orders/prod/"]);
    // CDK answers preflights by MOCK integrations, and so does the gateway here.
    let mock = &route("OPTIONS /orders/{id}")["Mock"];
    assert_eq!(mock["StatusCode"], 204);
    let origin = "method.response.header.Access-Control-Allow-Origin";
    assert_eq!(mock["ResponseParameters"][origin], "'*'");
    assert_eq!(order["Route"], "GET /orders/{id}");
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

/// What is told of a template.
fn notes(template: &str) -> String {
    let read = Fixtures::of(false, vec![text("t.yaml", template)], &with(&[]));
    let fixtures = read.unwrap_or_else(|error| panic!("{error}"));
    fixtures.notes().collect::<Vec<_>>().join("\n")
}

/// What somebody would see who calls the only API's route: its fixture.
fn routes(template: &str) -> Vec<String> {
    let apis = apis(vec![text("t.yaml", template)]);
    let routes = apis
        .iter()
        .flat_map(|api| api["Routes"].as_array().unwrap());
    routes
        .map(|route| route["Route"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_route_with_an_api_key_is_not_open() {
    let method = |name: &str, verb: &str, key: &str| {
        format!(
            "  {name}: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, \
             ResourceId: !GetAtt Api.RootResourceId, HttpMethod: {verb}, AuthorizationType: NONE, \
             ApiKeyRequired: {key}, Integration: {{Type: HTTP_PROXY, \
             Uri: 'http://localhost:3000/'}}}}}}\n"
        )
    };
    let template = format!(
        "Resources:\n  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: a}}}}\n{}{}",
        method("Open", "GET", "false"),
        method("Keyed", "POST", "'true'")
    );
    assert_eq!(routes(&template), ["GET /"]);
    let told = notes(&template);
    assert!(
        told.contains("the route POST / is left out: it needs an API key"),
        "{told}"
    );

    let sam = "Transform: AWS::Serverless-2016-10-31\nResources:\n  \
        Api: {Type: AWS::Serverless::Api, Properties: {StageName: dev, \
          Auth: {ApiKeyRequired: true, ResourcePolicy: {IpRangeWhitelist: [10.0.0.0/8]}}}}\n  \
        F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Events:\n        \
        Keyed: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /a, Method: get}}\n        \
        Open: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /b, Method: get, \
          Auth: {ApiKeyRequired: false}}}\n";
    assert_eq!(routes(sam), ["GET /b"]);
    let told = notes(sam);
    assert!(
        told.contains("the route GET /a is left out: it needs an API key"),
        "{told}"
    );
    assert!(
        told.contains("its resource policy is not applied"),
        "{told}"
    );
}

#[test]
fn what_cannot_be_served_is_left_out_alone() {
    let route = |name: &str, uri: &str| {
        format!(
            "  {name}I: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref Api, \
             IntegrationType: HTTP_PROXY, IntegrationUri: '{uri}', TimeoutInMillis: 5000}}}}\n  \
             {name}: {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref Api, \
             RouteKey: GET /{name}, Target: !Sub 'integrations/${{{name}I}}'}}}}\n"
        )
    };
    let stage = |name: &str| {
        format!(
            "  Stage{}: {{Type: AWS::ApiGatewayV2::Stage, Properties: {{ApiId: !Ref Api, \
             StageName: {name}, StageVariables: {{of: {name}}}}}}}\n",
            name.trim_start_matches('$')
        )
    };
    let template = format!(
        "Resources:\n  Api: {{Type: AWS::ApiGatewayV2::Api, Properties: {{Name: a, \
         ProtocolType: HTTP}}}}\n{}{}{}{}{}Outputs: {{Dev: {{Value: !Sub \
         'https://${{Api}}.execute-api.us-east-1.amazonaws.com/dev/'}}, Url: {{Value: \
         !GetAtt Api.ApiEndpoint}}}}\n",
        route("fine", "http://localhost:3000/x"),
        route("query", "http://localhost:3000/x?y=1"),
        route("host", "https://{host}/x"),
        stage("dev"),
        stage("$default"),
    );
    assert_eq!(routes(&template), ["GET /fine"]);
    let told = notes(&template);
    assert!(told.contains("the route GET /query is left out"), "{told}");
    assert!(told.contains("the route GET /host is left out"), "{told}");
    assert!(told.contains("its stage dev is not served here"), "{told}");
    let api = &apis(vec![text("t.yaml", &template)])[0];
    assert_eq!(api["Stage"], "$default");
    assert_eq!(api["StageVariables"], json!({ "of": "$default" }));
    assert_eq!(api["Routes"][0]["TimeoutInMillis"], 5_000);
    let read = Fixtures::of(false, vec![text("t.yaml", &template)], &with(&[])).unwrap();
    let local: Vec<Option<&str>> = read.outputs().map(path_of).collect();
    // Nothing answers at the address of a stage that is not served.
    assert_eq!(local, [None, Some("/_mocknito/apis/a/")]);
}

#[test]
fn sam_s_globals_and_settings_are_taken_over_or_told() {
    let template = "Transform: AWS::Serverless-2016-10-31\nGlobals:\n  \
        HttpApi: {CorsConfiguration: {AllowOrigins: ['https://shop.example']}}\n\
        Resources:\n  \
        Web: {Type: AWS::Serverless::HttpApi, Properties: {CorsConfiguration: \
          {AllowMethods: [GET]}}}\n  \
        Any: {Type: AWS::Serverless::Api, Properties: {StageName: dev, \
          GatewayResponses: {DEFAULT_4XX: {ResponseParameters: {Headers: \
          {Access-Control-Allow-Origin: \"'*'\"}}}}, BinaryMediaTypes: [image~1png], \
          DefinitionBody: {paths: {/old: {}}}}}\n  \
        F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Events:\n        \
        A: {Type: HttpApi, Properties: {ApiId: !Ref Web, Path: /a, Method: get, \
          TimeoutInMillis: 2000}}\n        \
        B: {Type: Api, Properties: {RestApiId: !Ref Any, Path: /b, Method: get}}\n        \
        C: {Type: Api, Properties: {RestApiId: !Ref Any, Path: /c, Method: get, \
          Auth: {Authorizer: Pol}}}\n        \
        D: {Type: Api, Properties: {RestApiId: !ImportValue of-another, Path: /d, \
          Method: get}}\n";
    let apis = apis(vec![text("t.yaml", template)]);
    let named = |name: &str| apis.iter().find(|api| api["Name"] == name).unwrap();
    let web = named("web");
    assert_eq!(
        web["CorsConfiguration"],
        json!({ "AllowOrigins": ["https://shop.example"], "AllowMethods": ["GET"] })
    );
    assert_eq!(web["Routes"][0]["TimeoutInMillis"], 2_000);
    let rest = named("any");
    let header = "gatewayresponse.header.Access-Control-Allow-Origin";
    let responses = &rest["GatewayResponses"]["DEFAULT_4XX"];
    assert_eq!(responses["ResponseParameters"][header], "'*'");
    assert_eq!(rest["BinaryMediaTypes"], json!(["image/png"]));
    let told = notes(template);
    assert!(
        told.contains("Any.Properties.DefinitionBody: nothing of it is taken over"),
        "{told}"
    );
    assert!(
        told.contains("the route GET /c is left out: the API has no authorizer Pol"),
        "{told}"
    );
    assert!(
        told.contains("its API is none of this template's"),
        "{told}"
    );

    let everywhere = template.replace("{AllowOrigins: ['https://shop.example']}", "true");
    let everywhere = everywhere.replace("{CorsConfiguration: {AllowMethods: [GET]}}", "{}");
    let apis = self::apis(vec![text("t.yaml", &everywhere)]);
    let web = apis.iter().find(|api| api["Name"] == "web").unwrap();
    assert_eq!(web["CorsConfiguration"], json!({ "AllowOrigins": ["*"] }));
}

#[test]
fn an_http_api_with_a_body_is_no_websocket() {
    let template = "Resources: {Api: {Type: AWS::ApiGatewayV2::Api, Properties: \
        {Body: {openapi: 3.0.1, paths: {}}}}}\n";
    let told = notes(template);
    assert!(
        told.contains("of an API's Body nothing is taken over"),
        "{told}"
    );
    assert!(!told.contains("WebSocket"), "{told}");
}

#[test]
fn mock_integrations_answer_what_the_template_says() {
    let method = |verb: &str, integration: &str| {
        format!(
            "  M{verb}: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, \
             ResourceId: !GetAtt Api.RootResourceId, HttpMethod: {verb}, AuthorizationType: NONE, \
             Integration: {{Type: MOCK, {integration}}}}}}}\n"
        )
    };
    let template = format!(
        "Resources:\n  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: a}}}}\n{}{}{}",
        method(
            "GET",
            "RequestTemplates: {application/json: '{\"statusCode\": 404}'}, IntegrationResponses: \
             [{StatusCode: '200'}, {StatusCode: '404', SelectionPattern: '404', \
             ResponseTemplates: {application/json: '{\"at\":\"$context.path\"}'}}]"
        ),
        method(
            "PUT",
            "IntegrationResponses: [{StatusCode: '200', ResponseTemplates: \
             {text/plain: '#set($a = 1) $a'}}]"
        ),
        method("POST", "IntegrationResponses: []"),
    );
    let api = &apis(vec![text("t.yaml", &template)])[0];
    let mock = &api["Routes"][0]["Mock"];
    assert_eq!(mock["StatusCode"], 404);
    assert_eq!(
        mock["ResponseTemplates"]["application/json"],
        "{\"at\":\"$context.path\"}"
    );
    assert!(api["Routes"][1]["Mock"].get("ResponseTemplates").is_none());
    assert_eq!(api["Routes"].as_array().unwrap().len(), 2);
    let told = notes(&template);
    assert!(
        told.contains("its template for text/plain is not taken over"),
        "{told}"
    );
    assert!(told.contains("the route POST / is left out"), "{told}");
}

#[tokio::test]
async fn sam_s_cors_gives_each_path_a_preflight() {
    let template = |auth: &str| {
        format!(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  \
             Users: {{Type: AWS::Cognito::UserPool}}\n  \
             Rest: {{Type: AWS::Serverless::Api, Properties: {{StageName: dev, \
             Cors: {{AllowOrigin: \"'https://shop.example'\", MaxAge: \"'600'\"}}, \
             Auth: {{DefaultAuthorizer: Pool{auth}, Authorizers: {{Pool: {{UserPoolArn: \
             !GetAtt Users.Arn}}}}}}}}}}\n  \
             F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Events:\n        \
             A: {{Type: Api, Properties: \
             {{RestApiId: !Ref Rest, Path: /a, Method: get}}}}\n        \
             B: {{Type: Api, Properties: {{RestApiId: !Ref Rest, Path: /a, Method: post}}}}\n"
        )
    };
    let host = [("host", "rest.execute-api.localhost")];
    for (auth, status) in [
        (", AddDefaultAuthorizerToCorsPreflight: false", 200),
        ("", 401),
    ] {
        let functions = |rules| {
            let setup = Setup {
                rules,
                ..Setup::default()
            };
            Functions::new(setup).unwrap()
        };
        let server = Server::with_fixture(&template(auth), functions).await;
        let reply = server.ask(Method::OPTIONS, "/dev/a", &host, "").await;
        assert_eq!(reply.status, status);
        if status == 200 {
            let header = |name: &str| reply.headers[name].to_str().unwrap();
            assert_eq!(
                header("access-control-allow-origin"),
                "https://shop.example"
            );
            assert_eq!(header("access-control-allow-methods"), "GET,OPTIONS,POST");
            assert_eq!(header("access-control-max-age"), "600");
        }
    }
}
