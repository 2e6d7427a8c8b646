//! Pools and what is in them, as templates say it: ids, Regions, factors, secrets.

use std::fs;

use mocknito::fixtures::{FixtureSource, Fixtures, translate};
use serde_json::{Value, json};

use super::{load, output, text, with};
use crate::operations::identity_pools::IdentityPoolCalls;
use crate::support::{Folder, Server};

/// What the fixture of a template is, in our own form.
fn document(template: &str, parameters: &[(&str, &str)]) -> Value {
    let translated = translate(vec![text("t.yaml", template)], &with(parameters));
    translated.unwrap_or_else(|error| panic!("{error}")).0[0]
        .1
        .clone()
}

fn notes(template: &str) -> String {
    let read = Fixtures::of(false, vec![text("t.yaml", template)], &with(&[]));
    let fixtures = read.unwrap_or_else(|error| panic!("{error}"));
    fixtures.notes().collect::<Vec<_>>().join("\n")
}

fn why(template: &str) -> String {
    let read = Fixtures::of(false, vec![text("t.yaml", template)], &with(&[]));
    read.err()
        .map_or_else(String::new, |error| error.to_string())
}

#[tokio::test]
async fn a_fixed_id_brings_its_region() {
    let template = "Resources: {Pool: {Type: AWS::Cognito::UserPool}}\n\
        Outputs: {Name: {Value: !GetAtt Pool.ProviderName}, Arn: {Value: !GetAtt Pool.Arn}}\n";
    for id in ["us-west-2_Example01", "local_4X4LqdCU"] {
        let server = Server::start().await;
        let (fixtures, loaded) = load(
            &server,
            vec![text("t.yaml", template)],
            &with(&[("Pool", id)]),
        )
        .await
        .unwrap();
        assert_eq!(loaded.pools[0].id, id);
        let region = id.split('_').next().unwrap();
        let name = format!("cognito-idp.{region}.amazonaws.com/{id}");
        assert_eq!(output(&fixtures, "Name"), name);
        let arn = format!("arn:aws:cognito-idp:{region}:123456789012:userpool/{id}");
        assert_eq!(output(&fixtures, "Arn"), arn);
    }
}

#[tokio::test]
async fn a_cdk_app_goes_where_its_environment_says() {
    let folder = Folder::new();
    fs::create_dir_all(&folder.0).unwrap();
    let template = json!({
        "Resources": {
            "Users": { "Type": "AWS::Cognito::UserPool" },
            "App": { "Type": "AWS::Cognito::UserPoolClient", "Properties":
                { "UserPoolId": { "Ref": "Users" } } },
            "Guests": { "Type": "AWS::Cognito::IdentityPool", "Properties": {
                "AllowUnauthenticatedIdentities": true,
                "CognitoIdentityProviders": [{
                    "ClientId": { "Ref": "App" },
                    // As CDK writes it: the Region is known.
                    "ProviderName": { "Fn::Join": ["", [
                        "cognito-idp.eu-west-1.amazonaws.com/", { "Ref": "Users" }
                    ]] },
                }],
            } },
        },
        "Outputs": { "Guests": { "Value": { "Ref": "Guests" } },
            "Region": { "Value": { "Ref": "AWS::Region" } } },
    });
    let manifest = json!({ "version": "39.0.0", "artifacts": { "Shop": {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111122223333/eu-west-1",
        "properties": { "templateFile": "Shop.template.json" },
    } } });
    let put = |name: &str, value: &Value| {
        fs::write(folder.0.join(name), value.to_string()).unwrap();
    };
    put("manifest.json", &manifest);
    put("Shop.template.json", &template);
    put("cdk.out", &json!({ "version": "39.0.0" }));
    let server = Server::start().await;
    let source = || vec![FixtureSource::Path(folder.0.clone())];
    let (fixtures, loaded) = load(&server, source(), &with(&[])).await.unwrap();
    let pool = &loaded.pools[0].id;
    assert!(pool.starts_with("eu-west-1_"), "{pool}");
    assert_eq!(output(&fixtures, "Region"), "eu-west-1");
    let guests = json!({ "IdentityPoolId": output(&fixtures, "Guests") });
    let described = server.gives("DescribeIdentityPool", guests).await;
    let name = format!("cognito-idp.eu-west-1.amazonaws.com/{pool}");
    assert_eq!(
        described["CognitoIdentityProviders"][0]["ProviderName"],
        name
    );
    // ARNs have the app's account, and the server has another.
    let told = "the stack Shop is of account 111122223333";
    assert!(fixtures.notes().any(|note| note.contains(told)));
    // Whoever says the Region, means it.
    let settings = with(&[("AWS::Region", "us-east-2")]);
    let (documents, _) = translate(source(), &settings).unwrap();
    let pool = &documents[0].1["UserPools"][0]["UserPoolId"];
    assert!(pool.as_str().unwrap().starts_with("us-east-2_"), "{pool}");
}

#[test]
fn a_secret_that_a_provider_takes_is_the_client_s() {
    let template = "Resources:\n  \
        Staff: {Type: AWS::Cognito::UserPool}\n  \
        Bridge: {Type: AWS::Cognito::UserPoolClient, Properties: \
          {UserPoolId: !Ref Staff, GenerateSecret: true}}\n  \
        Shop: {Type: AWS::Cognito::UserPool}\n  \
        Provider: {Type: AWS::Cognito::UserPoolIdentityProvider, Properties: \
          {UserPoolId: !Ref Shop, ProviderName: Staff, ProviderType: OIDC, ProviderDetails: \
          {client_id: !Ref Bridge, client_secret: !GetAtt Bridge.ClientSecret}}}\n";
    let document = document(template, &[]);
    let secret = &document["UserPools"][0]["Clients"][0]["ClientSecret"];
    let provider = &document["UserPools"][1]["IdentityProviders"][0];
    assert!(secret.is_string());
    assert_eq!(*secret, provider["ProviderDetails"]["client_secret"]);
}

#[test]
fn a_client_without_a_secret_gets_none_from_who_asks_for_it() {
    let template = "Resources:\n  \
        Pool: {Type: AWS::Cognito::UserPool}\n  \
        App: {Type: AWS::Cognito::UserPoolClient, Properties: {UserPoolId: !Ref Pool}}\n\
        Outputs: {Secret: {Value: !GetAtt App.ClientSecret}}\n";
    let document = document(template, &[]);
    let client = &document["UserPools"][0]["Clients"][0];
    assert!(client.get("ClientSecret").is_none(), "{client}");
    let told = notes(template);
    assert!(
        told.contains("Attribute 'ClientSecret' does not exist"),
        "{told}"
    );
}

#[tokio::test]
async fn text_messages_stay_a_factor_beside_passkeys() {
    let sms = "MfaConfiguration: OPTIONAL, SmsAuthenticationMessage: 'Yours: {####}', \
        SmsConfiguration: {SnsCallerArn: 'arn:aws:iam::123456789012:role/sms', ExternalId: x}";
    let template = format!(
        "Resources: {{Pool: {{Type: AWS::Cognito::UserPool, Properties: {{{sms}, \
         WebAuthnRelyingPartyID: example.com, Policies: {{SignInPolicy: \
         {{AllowedFirstAuthFactors: [PASSWORD, WEB_AUTHN]}}}}}}}}}}\n"
    );
    let server = Server::start().await;
    let (_, loaded) = load(&server, vec![text("t.yaml", &template)], &with(&[]))
        .await
        .unwrap();
    let asked = json!({ "UserPoolId": loaded.pools[0].id });
    let mfa = server.ok("GetUserPoolMfaConfig", asked).await;
    assert_eq!(mfa["MfaConfiguration"], "OPTIONAL");
    let by_sms = &mfa["SmsMfaConfiguration"];
    assert_eq!(by_sms["SmsAuthenticationMessage"], "Yours: {####}");
    assert_eq!(
        mfa["WebAuthnConfiguration"]["RelyingPartyId"],
        "example.com"
    );

    // Messages switch no factor on beside those that the pool names.
    let pool = &document(
        &format!(
            "Resources: {{Pool: {{Type: AWS::Cognito::UserPool, Properties: {{{sms}, \
             EnabledMfas: [SOFTWARE_TOKEN_MFA], EmailAuthenticationMessage: '{{####}}'}}}}}}\n"
        ),
        &[],
    )["UserPools"][0];
    assert!(pool["MfaConfig"].get("EmailMfaConfiguration").is_none());
    assert!(pool["MfaConfig"].get("SmsMfaConfiguration").is_none());
    assert_eq!(pool["SmsAuthenticationMessage"], "Yours: {####}");
}

#[test]
fn a_number_is_a_user_s_name() {
    let template = "Resources:\n  \
        Pool: {Type: AWS::Cognito::UserPool}\n  \
        G: {Type: AWS::Cognito::UserPoolGroup, Properties: \
          {UserPoolId: !Ref Pool, GroupName: g}}\n  \
        U: {Type: AWS::Cognito::UserPoolUser, Properties: \
          {UserPoolId: !Ref Pool, Username: 1234}}\n  \
        A: {Type: AWS::Cognito::UserPoolUserToGroupAttachment, Properties: \
          {UserPoolId: !Ref Pool, Username: 1234, GroupName: g}}\n";
    let user = &document(template, &[])["UserPools"][0]["Users"][0];
    assert_eq!(user["Username"], "1234");
    assert_eq!(user["Groups"], json!(["g"]));
}

#[test]
fn a_nested_stack_that_is_elsewhere_is_told() {
    let template = "Resources:\n  \
        Pool: {Type: AWS::Cognito::UserPool, Properties: \
          {UserPoolName: !GetAtt N.Outputs.Name}}\n  \
        N: {Type: AWS::CloudFormation::Stack, Properties: \
          {TemplateURL: 'https://s3.amazonaws.com/b/n.yaml'}}\n";
    let told = notes(template);
    assert!(
        told.contains("Resources.N: the nested stack is not loaded"),
        "{told}"
    );
    assert!(
        told.contains("Outputs.Name of a AWS::CloudFormation::Stack is not known here"),
        "{told}"
    );
}

#[test]
fn a_placeholder_can_stand_in_a_domain() {
    let template = "Resources:\n  \
        Pool: {Type: AWS::Cognito::UserPool}\n  \
        D: {Type: AWS::Cognito::UserPoolDomain, Properties: \
          {UserPoolId: !Ref Pool, Domain: '{{resolve:ssm:/shop/domain}}'}}\n";
    let domain = &document(template, &[])["UserPools"][0]["Domains"][0]["Domain"];
    let domain = domain.as_str().unwrap();
    assert!(!domain.is_empty() && !domain.contains("aws"), "{domain}");
    assert!(notes(template).contains("ssm:/shop/domain is not known here"));
}

#[test]
fn one_name_is_one_function_and_one_export() {
    let folder = Folder::new();
    fs::create_dir_all(&folder.0).unwrap();
    let template = |file: &str, source: &str| {
        fs::create_dir_all(folder.0.join(source)).unwrap();
        fs::write(folder.0.join(source).join("app.mjs"), source).unwrap();
        let template = format!(
            "Resources:\n  \
             Pool: {{Type: AWS::Cognito::UserPool, Properties: {{LambdaConfig: {{PreSignUp: \
             !GetAtt F.Arn}}}}}}\n  \
             F: {{Type: AWS::Serverless::Function, Properties: {{FunctionName: hook, \
             Runtime: nodejs22.x, Handler: app.handler, CodeUri: {source}}}}}\n"
        );
        let path = folder.0.join(file);
        fs::write(&path, template).unwrap();
        FixtureSource::Path(path)
    };
    let both = vec![template("dev.yaml", "one"), template("prod.yaml", "two")];
    let refused = Fixtures::of(false, both, &with(&[]))
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains("prod.yaml") && refused.contains("hook already exists"),
        "{refused}"
    );
    let same = vec![template("dev.yaml", "one"), template("prod.yaml", "one")];
    assert!(Fixtures::of(false, same, &with(&[])).is_ok());

    let exports = "Resources: {Pool: {Type: AWS::Cognito::UserPool, Properties: \
        {UserPoolName: !ImportValue name}}}\n\
        Outputs: {A: {Value: a, Export: {Name: name}}, B: {Value: b, Export: {Name: name}}}\n";
    let refused = why(exports);
    assert!(
        refused.contains("Export with name name is already exported by stack"),
        "{refused}"
    );
}

#[test]
fn parameters_without_a_value_are_named_together() {
    let template = "Parameters: {One: {Type: String}, Two: {Type: String}, \
        Three: {Type: String, Default: x}}\n\
        Resources: {Pool: {Type: AWS::Cognito::UserPool, Properties: {UserPoolName: !Ref One}}}\n";
    let refused = why(template);
    assert!(
        refused.contains("Parameters: [One, Two] must have values"),
        "{refused}"
    );
}

#[test]
fn parameters_are_what_they_are_declared_to_be() {
    let template = |declared: &str| {
        format!(
            "Parameters: {{P: {{{declared}}}}}\n\
             Resources: {{Pool: {{Type: AWS::Cognito::UserPool, Properties: \
             {{UserPoolName: !Ref P}}}}}}\n"
        )
    };
    for (declared, expected) in [
        (
            "Type: Number, Default: many",
            "Parameter 'P' must be a number",
        ),
        (
            "Type: Number, Default: 7, MaxValue: 6",
            "a number not greater than 6",
        ),
        (
            "Type: String, Default: Shop, AllowedPattern: '[a-z]+'",
            "must match pattern [a-z]+",
        ),
        (
            "Type: String, Default: shop, MaxLength: 3",
            "must contain at most 3 characters",
        ),
        (
            "Type: String, Default: '', MinLength: 1",
            "must contain at least 1 characters",
        ),
        (
            "Type: String, Default: c, AllowedValues: [a, b]",
            "must be one of AllowedValues",
        ),
        (
            "Type: String, Default: c, AllowedValues: [a], ConstraintDescription: only a",
            "Parameter P failed to satisfy constraint: only a",
        ),
        ("Type: Number, Default: 7, MaxValue: 7", ""),
        (
            "Type: String, Default: shop, AllowedPattern: '[a-z]+', MaxLength: '4'",
            "",
        ),
    ] {
        let refused = why(&template(declared));
        assert!(
            refused.contains(expected) && refused.is_empty() == expected.is_empty(),
            "{declared}: {refused}"
        );
    }
}

#[test]
fn the_name_of_a_parameter_is_told_when_it_stands_for_the_value() {
    let told = notes(
        "Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /shop/name}}\n\
         Resources: {Pool: {Type: AWS::Cognito::UserPool, Properties: \
         {UserPoolTags: {of: !Ref P}}}}\n",
    );
    assert!(
        told.contains("parameter /shop/name is not known here"),
        "{told}"
    );
}
