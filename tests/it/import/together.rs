//! Several templates, and several things that are wrong with one: all that can be found is told at
//! once, and what is of which stack.

use std::fs;

use mocknito::fixtures::{FixtureSource, Fixtures, ImportSettings, translate};
use serde_json::{Value, json};

use super::{text, with};
use crate::support::Folder;

/// What is wrong, a line each.
fn wrong(sources: Vec<FixtureSource>, settings: &ImportSettings) -> Vec<String> {
    let read = Fixtures::of(false, sources, settings);
    let told = read.err().map(|broken| broken.to_string());
    let told = told.unwrap_or_default();
    told.lines().map(str::to_owned).collect()
}

fn files(files: &[(&str, &str)]) -> (Folder, Vec<FixtureSource>) {
    let folder = Folder::new();
    let mut sources = Vec::new();
    for (name, text) in files {
        let path = folder.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        if name.ends_with(".yaml") {
            sources.push(FixtureSource::Path(path));
        }
    }
    (folder, sources)
}

#[test]
fn what_is_wrong_with_values_and_names_is_told_together() {
    let template = "\
Parameters: {Name: {Type: String}}
Resources:
  Pool: {Type: AWS::Cognito::UserPool, Properties: {UserPoolName: !GetAtt Nope.Arn}}
  Pool2:
    Type: AWS::Cognito::UserPool
    Properties:
      UserPoolName: !Ref Nada
      UserPoolTier: !Ref Name
  Pool3: {Type: AWS::Cognito::UserPool, Properties: {Worse: 1, Worst: 2}}
  Client: {Type: AWS::Cognito::UserPoolClient, Properties: {UserPoolId: !Ref Pool}}
  Group: {Type: AWS::Cognito::UserPoolGroup, Properties: {UserPoolId: !Ref Pool3, Bad: 1}}
  Group2: {Type: AWS::Cognito::UserPoolGroup, Properties: {GroupName: !Ref Name}}
";
    let told = wrong(vec![text("t.yaml", template)], &with(&[]));
    let unresolved = |name: &str| {
        format!(
            "Template format error: Unresolved resource dependencies [{name}] in the Resources \
             block of the template"
        )
    };
    let invalid = |resource: &str, what: &str| {
        format!(
            "Properties validation failed for resource {resource} with message: [#: {what} is not \
             permitted]"
        )
    };
    let expected = [
        "t.yaml:1:1: Parameters: Parameters: [Name] must have values (--parameter Name=…)"
            .to_owned(),
        format!(
            "t.yaml:3:53: Resources.Pool.Properties.UserPoolName.Fn::GetAtt: {}",
            unresolved("Nope")
        ),
        format!(
            "t.yaml:7:7: Resources.Pool2.Properties.UserPoolName.Ref: {}",
            unresolved("Nada")
        ),
        format!(
            "t.yaml:9:54: Resources.Pool3.Properties.Worse: {}",
            invalid("Pool3", "extraneous key [Worse]")
        ),
        format!(
            "t.yaml:9:64: Resources.Pool3.Properties.Worst: {}",
            invalid("Pool3", "extraneous key [Worst]")
        ),
        format!(
            "t.yaml:11:83: Resources.Group.Properties.Bad: {}",
            invalid("Group", "extraneous key [Bad]")
        ),
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_is_wrong_with_the_form_is_told_together_and_of_each_template() {
    let first = "\
Parameters: {Stage: {Type: Text}, Other: {Default: a}}
Colours: {}
Resources:
  Pool: {Type: AWS::Cognito::UserPool, Colour: red, DependsOn: [Nobody]}
";
    let second = "Resources: {Pool: {Properties: {}}, Other: {}} # AWS::\n";
    let told = wrong(
        vec![text("a.yaml", first), text("b.yaml", second)],
        &with(&[]),
    );
    let starts = [
        "a.yaml:1:22: Parameters.Stage.Type: Template format error: Unrecognized parameter type: \
         Text",
        "a.yaml:1:35: Parameters.Other: Template format error: Every Parameters object must \
         contain a Type member.",
        "a.yaml:2:1: Colours: Invalid template property or properties [Colours]",
        "a.yaml:4:40: Resources.Pool.Colour: Invalid template resource property 'Colour'",
        "a.yaml:4:53: Resources.Pool.DependsOn: Template format error: Unresolved resource \
         dependencies [Nobody]",
        "b.yaml:1:13: Resources.Pool: Template format error: [/Resources/Pool] Every Resources",
        "b.yaml:1:37: Resources.Other: Template format error: [/Resources/Other] Every Resources",
    ];
    assert_eq!(told.len(), starts.len(), "{told:#?}");
    for (line, start) in told.iter().zip(starts) {
        assert!(line.starts_with(start), "{start}\n{line}");
    }
}

#[test]
fn each_part_of_a_list_is_held_against_its_declaration() {
    let template = |declared: &str| {
        format!(
            "Parameters: {{P: {{{declared}}}}}\n\
             Resources: {{Pool: {{Type: AWS::Cognito::UserPool, Properties: \
             {{AliasAttributes: !Ref P}}}}}}\n"
        )
    };
    let list = "Type: CommaDelimitedList, AllowedValues: [email, phone_number], Default: ";
    let told = |declared: &str, parameters: &[(&str, &str)]| {
        let source = vec![text("t.yaml", &template(declared))];
        wrong(source, &with(parameters)).join("\n")
    };
    assert_eq!(told(&format!("{list}'email,phone_number'"), &[]), "");
    let refused = told(&format!("{list}'email,fax'"), &[]);
    assert!(
        refused.ends_with("Parameters.P: Parameter 'P' must be one of AllowedValues"),
        "{refused}"
    );
    // What Systems Manager holds is a list where the declaration says so.
    let stored = "Type: 'AWS::SSM::Parameter::Value<CommaDelimitedList>', Default: /app/aliases";
    assert_eq!(told(stored, &[("P", "email, phone_number")]), "");
}

#[test]
fn a_pool_s_id_that_two_stacks_have_is_told_with_both() {
    let pool = "Resources: {Pool: {Type: AWS::Cognito::UserPool}}\n";
    let (_folder, sources) = files(&[("one.yaml", pool), ("two.yaml", pool)]);
    let told = wrong(sources.clone(), &with(&[("Pool", "us-east-1_Fixed0001")]));
    let [line] = told.as_slice() else {
        panic!("{told:#?}");
    };
    assert!(
        line.ends_with(
            "two.yaml:1:13: Resources.Pool: us-east-1_Fixed0001 is given twice: Pool of the stack \
             one has it, too (--parameter two.Pool=… fixes this one's alone)"
        ),
        "{line}"
    );
    let apart = with(&[
        ("one.Pool", "us-east-1_Fixed0001"),
        ("two.Pool", "us-east-1_Fixed0002"),
    ]);
    assert_eq!(wrong(sources, &apart), Vec::<String>::new());
}

#[test]
fn outputs_lead_to_the_pages_that_are_here_and_tell_their_stack() {
    let template = |prefix: &str| {
        format!(
            "Resources:\n  Pool: {{Type: AWS::Cognito::UserPool}}\n  Domain: {{Type: \
             AWS::Cognito::UserPoolDomain, Properties: {{UserPoolId: !Ref Pool, Domain: \
             {prefix}}}}}\nOutputs:\n  Login: {{Value: !Sub \
             'https://${{Domain}}.auth.${{AWS::Region}}.amazoncognito.com/login?x=1'}}\n  \
             Host: {{Value: {prefix}.auth.us-east-1.amazoncognito.com}}\n  \
             Theirs: {{Value: https://other.auth.us-east-1.amazoncognito.com/}}\n"
        )
    };
    let (one, two) = (template("shop"), template("desk"));
    let (_folder, mut sources) = files(&[("one.yaml", one.as_str()), ("two.yaml", two.as_str())]);
    let told = |sources: Vec<FixtureSource>| {
        let fixtures = Fixtures::of(false, sources, &with(&[])).unwrap();
        fixtures.told_outputs("http://localhost:9339", false)
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        told(sources.clone()),
        [
            pair("one.Login", "http://shop.auth.localhost:9339/login?x=1"),
            pair("one.Host", "shop.auth.localhost:9339"),
            pair(
                "one.Theirs",
                "https://other.auth.us-east-1.amazoncognito.com/"
            ),
            pair("two.Login", "http://desk.auth.localhost:9339/login?x=1"),
            pair("two.Host", "desk.auth.localhost:9339"),
            pair(
                "two.Theirs",
                "https://other.auth.us-east-1.amazoncognito.com/"
            ),
        ]
    );
    sources.truncate(1);
    assert_eq!(told(sources)[0].0, "Login");
}

#[test]
fn functions_of_one_name_in_two_regions_are_two() {
    let template = |folder: &str| {
        format!(
            "Resources:\n  Pool: {{Type: AWS::Cognito::UserPool, Properties: {{LambdaConfig: \
             {{PreSignUp: !GetAtt Check.Arn}}}}}}\n  Check: {{Type: AWS::Serverless::Function, \
             Properties: {{FunctionName: check, Runtime: nodejs22.x, Handler: index.handler, \
             CodeUri: ./{folder}}}}}\n"
        )
    };
    let (one, two) = (template("a"), template("b"));
    let code = "export const handler = async (event) => event;\n";
    let (_folder, sources) = files(&[
        ("one.yaml", one.as_str()),
        ("two.yaml", two.as_str()),
        ("a/index.mjs", code),
        ("b/index.mjs", code),
    ]);
    let settings = with(&[("two.AWS::Region", "eu-west-1")]);
    let (documents, _) = translate(sources.clone(), &settings).unwrap();
    let document = &documents[0].1;
    let functions = document["Functions"].as_object().unwrap();
    let names: Vec<&String> = functions.keys().collect();
    let elsewhere = "arn:aws:lambda:eu-west-1:123456789012:function:check";
    assert_eq!(names, ["check", elsewhere]);
    let ends = |name: &str, end: &str| functions[name].as_str().unwrap().ends_with(end);
    assert!(ends("check", "/a/index.mjs#handler"), "{functions:?}");
    assert!(ends(elsewhere, "/b/index.mjs#handler"), "{functions:?}");
    let called = |pool: usize| &document["UserPools"][pool]["LambdaConfig"]["PreSignUp"];
    assert_eq!(
        (called(0), called(1)),
        (
            &json!("arn:aws:lambda:us-east-1:123456789012:function:check"),
            &json!(elsewhere)
        )
    );
    // In one Region they cannot both be.
    let told = wrong(sources, &with(&[]));
    assert!(told[0].contains("check already exists"), "{told:?}");
}

#[test]
fn what_is_printed_keeps_the_order_of_the_file() {
    let template = "Resources:\n  Pool: {Type: AWS::Cognito::UserPool}\n  Web:\n    \
        Type: AWS::Cognito::UserPoolClient\n    Properties:\n      UserPoolId: !Ref Pool\n      \
        ClientName: web\n      EnableTokenRevocation: true\n      RefreshTokenValidity: 5\n";
    let (documents, _) = translate(vec![text("t.yaml", template)], &with(&[])).unwrap();
    let client: &Value = &documents[0].1["UserPools"][0]["Clients"][0];
    let names: Vec<&String> = client.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "ClientName",
            "EnableTokenRevocation",
            "RefreshTokenValidity",
            "ClientId"
        ]
    );
}

#[test]
fn of_very_many_resources_that_nothing_is_made_of_one_is_told() {
    let resources: Vec<Value> = (0..5_000)
        .map(|number| {
            json!({ "address": format!("aws_cognito_terms.t[{number}]"), "mode": "managed",
                    "type": "aws_cognito_terms", "values": {} })
        })
        .collect();
    let state = json!({ "format_version": "1.0",
                        "values": { "root_module": { "resources": resources } } });
    let source = vec![text("state.json", &state.to_string())];
    let fixtures = Fixtures::of(false, source, &with(&[])).unwrap();
    let notes: Vec<&str> = fixtures.notes().collect();
    assert_eq!(
        notes,
        [
            "state.json: aws_cognito_terms.t[0] is not taken over, and neither are 4999 more of \
             its type"
        ]
    );
}
