//! Folders of other tools: the back end of an Amplify project, what the Serverless Framework has
//! packaged, and fixtures that lie beside such things.

use std::path::Path;

use mocknito::fixtures::{FixtureSource, Fixtures};
use serde_json::{Value, json};

use super::{load, with};
use crate::support::{Folder, Server};

/// Writes files into a folder of its own.
fn folder(files: &[(&str, String)]) -> Folder {
    let folder = Folder::new();
    for (name, text) in files {
        let file = folder.0.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    folder
}

fn source(path: &Path) -> Vec<FixtureSource> {
    vec![FixtureSource::Path(path.to_owned())]
}

const OWN: &str = "UserPools:\n  - PoolName: mine\n";

/// A template as Amplify's first generation writes one: what it needs, its root gives it.
fn auth_template() -> String {
    let parameters = [
        "env",
        "userPoolName",
        "authRoleArn",
        "functionshopSignUpArn",
    ];
    let parameters = parameters.map(|name| (name.to_owned(), json!({ "Type": "String" })));
    let parameters: serde_json::Map<String, Value> = parameters.into_iter().collect();
    let name = json!({ "Fn::Join": ["-", [{ "Ref": "userPoolName" }, { "Ref": "env" }]] });
    let pool = json!({
        "UserPoolName": name,
        "LambdaConfig": { "PreSignUp": { "Ref": "functionshopSignUpArn" } },
    });
    let client = json!({ "UserPoolId": { "Ref": "UserPool" }, "ClientName": "web" });
    let identities = json!({
        "AllowUnauthenticatedIdentities": true,
        "IdentityPoolName": "shop",
        "CognitoIdentityProviders": [{
            "ClientId": { "Ref": "UserPoolClientWeb" },
            "ProviderName": { "Fn::GetAtt": ["UserPool", "ProviderName"] },
        }],
    });
    let roles = json!({
        "IdentityPoolId": { "Ref": "IdentityPool" },
        "Roles": { "authenticated": { "Ref": "authRoleArn" } },
    });
    let resource = |kind: &str, properties: Value| json!({ "Type": format!("AWS::Cognito::{kind}"), "Properties": properties });
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": parameters,
        "Resources": {
            "UserPool": resource("UserPool", pool),
            "UserPoolClientWeb": resource("UserPoolClient", client),
            "IdentityPool": resource("IdentityPool", identities),
            "Roles": resource("IdentityPoolRoleAttachment", roles),
        },
        "Outputs": { "UserPoolId": { "Value": { "Ref": "UserPool" } } },
    })
    .to_string()
}

fn groups_template() -> String {
    let group = json!({
        "Type": "AWS::Cognito::UserPoolGroup",
        "Properties": { "GroupName": "Admins", "UserPoolId": { "Ref": "authshopUserPoolId" } },
    });
    json!({
        "Parameters": { "authshopUserPoolId": { "Type": "String" } },
        "Resources": { "Admins": group },
        "AWSTemplateFormatVersion": "2010-09-09",
    })
    .to_string()
}

fn function_template() -> String {
    let name = json!({ "Fn::Join": ["-", ["shopSignUp", { "Ref": "env" }]] });
    let function = json!({
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": name,
            "Handler": "index.handler",
            "Runtime": "nodejs20.x",
            "Role": "arn:aws:iam::123456789012:role/any",
            "Code": { "S3Bucket": { "Ref": "deploymentBucketName" }, "S3Key": { "Ref": "s3Key" } },
        },
    });
    let parameters = ["env", "deploymentBucketName", "s3Key"];
    let parameters = parameters.map(|name| (name.to_owned(), json!({ "Type": "String" })));
    let parameters: serde_json::Map<String, Value> = parameters.into_iter().collect();
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": parameters,
        "Resources": { "LambdaFunction": function },
        "Outputs": { "Arn": { "Value": { "Fn::GetAtt": ["LambdaFunction", "Arn"] } } },
    })
    .to_string()
}

/// A project of Amplify's first generation, with what `amplify push` has left if it was.
fn amplify(was_pushed: bool) -> Folder {
    let parameters = json!({
        "userPoolName": "shop",
        "authRoleArn": { "Fn::GetAtt": ["AuthRole", "Arn"] },
    });
    let config = json!({
        "auth": {
            "shop": { "service": "Cognito", "dependsOn": [
                { "category": "function", "resourceName": "shopSignUp", "attributes": ["Arn"] },
            ] },
            "userPoolGroups": { "dependsOn": [
                { "category": "auth", "resourceName": "shop", "attributes": ["UserPoolId"] },
            ] },
        },
    });
    let handler = "exports.handler = async (event) => event;\n";
    let mut files = vec![
        ("package.json", "{}".to_owned()),
        ("amplify/backend/backend-config.json", config.to_string()),
        (
            "amplify/backend/auth/shop/build/shop-cloudformation-template.json",
            auth_template(),
        ),
        (
            "amplify/backend/auth/shop/build/parameters.json",
            parameters.to_string(),
        ),
        (
            "amplify/backend/auth/userPoolGroups/build/userPoolGroups-cloudformation-template.json",
            groups_template(),
        ),
        (
            "amplify/backend/function/shopSignUp/shopSignUp-cloudformation-template.json",
            function_template(),
        ),
        (
            "amplify/backend/function/shopSignUp/src/index.js",
            handler.to_owned(),
        ),
        (
            "amplify/backend/api/orders/build/orders-cloudformation-template.json",
            groups_template(),
        ),
        (
            "amplify/.config/local-env-info.json",
            json!({ "envName": "prod" }).to_string(),
        ),
    ];
    if was_pushed {
        let meta = json!({
            "providers": { "awscloudformation": {
                "StackName": "amplify-shop-prod-1", "Region": "eu-central-1",
            } },
            "auth": { "shop": { "output": {
                "UserPoolId": "eu-central-1_Pushed001",
                "AppClientIDWeb": "4pushedclient0000000000000",
                "IdentityPoolId": "eu-central-1:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
            } } },
        });
        files.push(("amplify/backend/amplify-meta.json", meta.to_string()));
    }
    folder(&files)
}

#[tokio::test]
async fn an_amplify_project_is_loaded_as_its_root_template_would_be() {
    let server = Server::start().await;
    let project = amplify(false);
    let (fixtures, loaded) = load(&server, source(&project.0), &with(&[])).await.unwrap();
    assert_eq!(loaded.pools.len(), 1);
    assert_eq!(loaded.pools[0].name, "shop-prod");
    let pool = json!({ "UserPoolId": loaded.pools[0].id });
    let described = server.ok("DescribeUserPool", pool.clone()).await;
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:shopSignUp-prod";
    assert_eq!(described["UserPool"]["LambdaConfig"]["PreSignUp"], arn);
    // The function runs from its folder.
    let rule = format!("{:?}", fixtures.functions());
    assert!(rule.contains("shopSignUp/src/index.js"), "{rule}");
    let groups = server.ok("ListGroups", pool).await;
    assert_eq!(groups["Groups"][0]["GroupName"], "Admins");
    let notes: Vec<&str> = fixtures.notes().collect();
    let left_out = notes.iter().find(|note| note.contains("api/orders"));
    assert!(left_out.is_some(), "{notes:?}");
    assert!(
        !notes.iter().any(|note| note.contains("package.json")),
        "{notes:?}"
    );
    // Its own files are no fixtures, and say what is to be named in their place.
    let own = project.0.join("amplify/backend/backend-config.json");
    let why = Fixtures::of(false, source(&own), &with(&[])).err();
    let why = why.map(|broken| broken.to_string()).unwrap_or_default();
    assert!(why.ends_with("load its folder amplify"), "{why}");
    // The folder amplify and the back end are the same.
    for inner in ["amplify", "amplify/backend"] {
        let again = Fixtures::of(false, source(&project.0.join(inner)), &with(&[]));
        let contents = again.map(|read| read.contents());
        let contents = contents.map_err(|error| error.to_string()).unwrap();
        assert_eq!(contents[0].counts[0], ("user pool", 1), "{inner}");
    }
}

#[tokio::test]
async fn what_was_pushed_keeps_its_ids() {
    let server = Server::start().await;
    let project = amplify(true);
    let (_, loaded) = load(&server, source(&project.0), &with(&[])).await.unwrap();
    assert_eq!(loaded.pools[0].id, "eu-central-1_Pushed001");
    assert_eq!(loaded.pools[0].clients[0].id, "4pushedclient0000000000000");
    assert_eq!(
        loaded.identity_pools[0].id,
        "eu-central-1:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
    );
    // Whoever says otherwise on the command line is heard.
    let other = with(&[("UserPool", "eu-central-1_Mine00001"), ("env", "test")]);
    let server = Server::start().await;
    let (_, loaded) = load(&server, source(&project.0), &other).await.unwrap();
    assert_eq!(loaded.pools[0].id, "eu-central-1_Mine00001");
    assert_eq!(loaded.pools[0].name, "shop-test");
}

#[tokio::test]
async fn a_template_of_amplify_takes_the_parameters_beside_it() {
    let server = Server::start().await;
    let own = "UserPools:\n  - { PoolName: mine, UserPoolId: us-east-1_Mine00001 }\n";
    let pool = json!({
        "Parameters": { "userPoolName": { "Type": "String" } },
        "Resources": { "UserPool": {
            "Type": "AWS::Cognito::UserPool",
            "Properties": { "UserPoolName": { "Ref": "userPoolName" } },
        } },
    });
    let folder = folder(&[
        ("auth-cloudformation-template.json", pool.to_string()),
        (
            "parameters.json",
            json!({ "userPoolName": "gen1" }).to_string(),
        ),
        ("own.yaml", own.to_owned()),
    ]);
    let (_, loaded) = load(&server, source(&folder.0), &with(&[])).await.unwrap();
    let names: Vec<&str> = loaded.pools.iter().map(|pool| pool.name.as_str()).collect();
    assert_eq!(names, ["gen1", "mine"]);
}

#[tokio::test]
async fn what_serverless_has_packaged_is_found_in_its_project() {
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "UserPool": {
                "Type": "AWS::Cognito::UserPool",
                "Properties": {
                    "UserPoolName": "orders",
                    "LambdaConfig": { "PreSignUp": { "Fn::GetAtt": ["SignUp", "Arn"] } },
                },
            },
            "SignUp": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "FunctionName": "sign-up",
                    "Handler": "src/sign-up.handler",
                    "Runtime": "nodejs20.x",
                    "Role": "arn:aws:iam::123456789012:role/any",
                    "Code": { "S3Bucket": "any", "S3Key": "serverless/orders.zip" },
                },
            },
        },
    });
    let state = json!({ "service": { "service": "orders" }, "package": {} });
    let created = json!({ "Resources": { "Bucket": { "Type": "AWS::S3::Bucket" } } });
    let packaged = |name: &str| format!(".serverless/{name}");
    let project = folder(&[
        (
            "serverless.yml",
            "service: orders\nprovider:\n  name: aws\n".to_owned(),
        ),
        (
            "src/sign-up.mjs",
            "export const handler = async (event) => event;\n".to_owned(),
        ),
        ("mine.yaml", OWN.to_owned()),
        ("compose.yaml", "services: {}\n".to_owned()),
        (
            &packaged("cloudformation-template-update-stack.json"),
            template.to_string(),
        ),
        (
            &packaged("cloudformation-template-create-stack.json"),
            created.to_string(),
        ),
        (&packaged("serverless-state.json"), state.to_string()),
    ]);
    let server = Server::start().await;
    let (fixtures, loaded) = load(&server, source(&project.0), &with(&[])).await.unwrap();
    let names: Vec<&str> = loaded.pools.iter().map(|pool| pool.name.as_str()).collect();
    assert_eq!(names, ["orders", "mine"]);
    let rule = format!("{:?}", fixtures.functions());
    assert!(rule.contains("src/sign-up.mjs"), "{rule}");
    let notes: Vec<&str> = fixtures.notes().collect();
    let told = notes
        .iter()
        .find(|note| note.contains("what is not: compose.yaml"));
    assert!(told.is_some(), "{notes:?}");
    for (inner, told) in [
        (".serverless/serverless-state.json", "keeps this for itself"),
        ("serverless.yml", "run `serverless package`"),
    ] {
        let why = Fixtures::of(false, source(&project.0.join(inner)), &with(&[])).err();
        let why = why.map(|broken| broken.to_string()).unwrap_or_default();
        assert!(why.contains(told), "{why}");
    }
    // The folder of the package itself has nothing else to tell.
    let server = Server::start().await;
    let package = project.0.join(".serverless");
    let (fixtures, loaded) = load(&server, source(&package), &with(&[])).await.unwrap();
    assert_eq!(loaded.pools[0].name, "orders");
    let notes: Vec<&str> = fixtures.notes().collect();
    assert!(
        !notes.iter().any(|note| note.contains("what is not")),
        "{notes:?}"
    );
}

#[tokio::test]
async fn fixtures_beside_the_state_of_another_tool_are_loaded_too() {
    let described = json!({ "UserPool": { "Id": "us-east-1_Dumped001", "Name": "dumped" } });
    let pool = json!({
        "Users": {}, "Groups": {},
        "Options": { "Id": "local_1", "Name": "local", "UsernameAttributes": [] },
    });
    let (listed, own) = (
        json!({ "UserPools": [{ "Id": "us-east-1_Dumped001", "Name": "dumped" }] }),
        json!({ "UserPools": [{ "PoolName": "mine" }] }),
    );
    let dumped = folder(&[
        ("aws/describe-user-pool.json", described.to_string()),
        ("list-user-pools.json", listed.to_string()),
        ("mine.json", own.to_string()),
        ("notes.yaml", "todo: [all]\n".to_owned()),
    ]);
    let local = folder(&[
        (
            ".cognito/db/clients.json",
            json!({ "Clients": {} }).to_string(),
        ),
        (".cognito/db/local_1.json", pool.to_string()),
        ("mine.yaml", OWN.to_owned()),
        ("notes.yaml", "todo: [all]\n".to_owned()),
        ("package.json", "{}".to_owned()),
    ]);
    for (place, first) in [(&dumped, "dumped"), (&local, "local")] {
        let server = Server::start().await;
        let (fixtures, loaded) = load(&server, source(&place.0), &with(&[])).await.unwrap();
        let names: Vec<&str> = loaded.pools.iter().map(|pool| pool.name.as_str()).collect();
        assert_eq!(names, [first, "mine"]);
        let notes: Vec<&str> = fixtures.notes().collect();
        let told = notes
            .iter()
            .find(|note| note.ends_with("what is not: notes.yaml"));
        assert!(told.is_some(), "{notes:?}");
    }
}

#[tokio::test]
async fn the_project_of_a_cdk_application_stands_for_what_it_has_synthesised() {
    let stack = json!({ "artifacts": { "Shop": {
        "type": "aws:cloudformation:stack",
        "properties": { "templateFile": "Shop.template.json" },
    } } });
    let template = json!({ "Resources": { "Pool": {
        "Type": "AWS::Cognito::UserPool", "Properties": { "UserPoolName": "shop" },
    } } });
    let version = json!({ "version": "48.0.0" }).to_string();
    let project = folder(&[
        ("cdk.json", json!({ "app": "node app.js" }).to_string()),
        ("package.json", "{}".to_owned()),
        ("jest.config.json", "{}".to_owned()),
        ("mine.yaml", OWN.to_owned()),
        ("cdk.out/cdk.out", version.clone()),
        ("cdk.out/manifest.json", stack.to_string()),
        ("cdk.out/tree.json", version),
        ("cdk.out/Shop.template.json", template.to_string()),
    ]);
    for (inner, expected, is_told) in [
        ("", &["shop", "mine"][..], true),
        ("cdk.out", &["shop"], false),
    ] {
        let server = Server::start().await;
        let place = source(&project.0.join(inner));
        let (fixtures, loaded) = load(&server, place, &with(&[])).await.unwrap();
        let names: Vec<&str> = loaded.pools.iter().map(|pool| pool.name.as_str()).collect();
        assert_eq!(names, expected);
        let notes: Vec<&str> = fixtures.notes().collect();
        let told = notes
            .iter()
            .any(|note| note.ends_with("what is not: jest.config.json"));
        assert_eq!(told, is_told, "{notes:?}");
    }
}

/// What every project has is nobody's mistake, and anything else is.
#[tokio::test]
async fn a_folder_of_fixtures_may_be_a_package() {
    let place = folder(&[
        ("package.json", "{}".to_owned()),
        ("mine.yaml", OWN.to_owned()),
    ]);
    let server = Server::start().await;
    let (_, loaded) = load(&server, source(&place.0), &with(&[])).await.unwrap();
    assert_eq!(loaded.pools[0].name, "mine");
    std::fs::write(place.0.join("other.json"), "{\"name\": \"a\"}").unwrap();
    let read = Fixtures::of(false, source(&place.0), &with(&[]));
    let why = read.err().map(|broken| broken.to_string()).unwrap();
    assert!(why.contains("other.json:1:2: name: unknown key"), "{why}");
}

/// Of other people's packages nothing is taken for the state of a tool.
#[tokio::test]
async fn node_modules_are_not_looked_into() {
    let described = json!({ "UserPool": { "Id": "us-east-1_Dumped001", "Name": "dumped" } });
    let place = folder(&[
        (
            "node_modules/a/describe-user-pool.json",
            described.to_string(),
        ),
        ("mine.yaml", OWN.to_owned()),
    ]);
    let server = Server::start().await;
    let (_, loaded) = load(&server, source(&place.0), &with(&[])).await.unwrap();
    let names: Vec<&str> = loaded.pools.iter().map(|pool| pool.name.as_str()).collect();
    assert_eq!(names, ["mine"]);
}

/// A link in the folder that somebody names leads to no file elsewhere.
#[cfg(unix)]
#[tokio::test]
async fn a_link_beside_a_tools_state_leads_nowhere() {
    let elsewhere = folder(&[("secret.yaml", OWN.to_owned())]);
    let described = json!({ "UserPool": { "Id": "us-east-1_Dumped001", "Name": "dumped" } });
    let place = folder(&[("aws/describe-user-pool.json", described.to_string())]);
    let link = place.0.join("mine.yaml");
    std::os::unix::fs::symlink(elsewhere.0.join("secret.yaml"), link).unwrap();
    let server = Server::start().await;
    let (fixtures, loaded) = load(&server, source(&place.0), &with(&[])).await.unwrap();
    let names: Vec<&str> = loaded.pools.iter().map(|pool| pool.name.as_str()).collect();
    assert_eq!(names, ["dumped"]);
    let notes: Vec<&str> = fixtures.notes().collect();
    assert!(
        notes
            .iter()
            .any(|note| note.ends_with("what is not: mine.yaml")),
        "{notes:?}"
    );
}
