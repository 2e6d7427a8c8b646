//! What is refused, in AWS's words where AWS has some, with the place.

use mocknito::fixtures::Fixtures;
use serde_json::json;

use super::{data, load, text, with};
use crate::support::Server;

/// Why a template is refused.
fn why(template: &str) -> String {
    let read = Fixtures::of(false, vec![text("t.yaml", template)], &with(&[]));
    match read {
        Ok(_) => "nothing is wrong".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// A template of a pool and one more resource.
fn beside(resource: &str) -> String {
    format!("Resources:\n  Pool: {{Type: AWS::Cognito::UserPool}}\n  {resource}\n")
}

#[test]
fn references_lead_somewhere_and_not_in_a_circle() {
    let client = |value: &str| {
        beside(&format!(
            "Client: {{Type: AWS::Cognito::UserPoolClient, Properties: {{UserPoolId: !Ref Pool, \
             ClientName: {value}}}}}"
        ))
    };
    let at = "t.yaml:3:";
    let refused = why(&client("!Ref Nobody"));
    assert!(
        refused.starts_with(at)
            && refused.ends_with(
                "Template format error: Unresolved resource dependencies [Nobody] in the Resources \
         block of the template"
            ),
        "{refused}"
    );
    let refused = why(&client("!GetAtt Pool.Nothing"));
    assert!(
        refused.ends_with(
            "Template error: resource Pool does not support attribute type Nothing in Fn::GetAtt"
        ),
        "{refused}"
    );
    let refused = why(&client("!Frobnicate x"));
    assert!(
        refused.contains("unknown function Fn::Frobnicate"),
        "{refused}"
    );
    let circle = "Resources:\n\
        \x20 Pool: {Type: AWS::Cognito::UserPool}\n\
        \x20 A: {Type: AWS::Cognito::UserPoolGroup, \
        Properties: {UserPoolId: !Ref Pool, GroupName: !Ref B}}\n\
        \x20 B: {Type: AWS::Cognito::UserPoolGroup, \
        Properties: {UserPoolId: !Ref Pool, GroupName: !Ref A}}\n";
    let refused = why(circle);
    assert!(
        refused.contains("Circular dependency between resources: ["),
        "{refused}"
    );
    let circle = "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\n\
        Resources:\n  Pool: {Type: AWS::Cognito::UserPool, Condition: A}\n";
    assert!(
        why(circle).contains("Circular dependency"),
        "{}",
        why(circle)
    );
    // An export whose name waits for an export.
    let circle = "Resources:\n\
        \x20 Pool: {Type: AWS::Cognito::UserPool, \
        Properties: {UserPoolName: !ImportValue x}}\n\
        Outputs:\n  Out: {Value: a, Export: {Name: !ImportValue x}}\n";
    assert!(
        why(circle).contains("Circular dependency"),
        "{}",
        why(circle)
    );
}

#[test]
fn references_that_double_do_not_explode() {
    let mut template = "Resources:\n  Pool: {Type: AWS::Cognito::UserPool}\n".to_owned();
    for n in 0..50 {
        template.push_str(&format!(
            "  G{n}: {{Type: AWS::Cognito::UserPoolGroup, Properties: {{UserPoolId: !Ref Pool, \
             GroupName: !Sub '${{G{0}}}${{G{0}}}'}}}}\n",
            n + 1
        ));
    }
    template.push_str(
        "  G50: {Type: AWS::Cognito::UserPoolGroup, Properties: {UserPoolId: !Ref \
        Pool, GroupName: gg}}\n",
    );
    let refused = why(&template);
    assert!(refused.contains("longer than 1 MB"), "{refused}");
}

#[test]
fn what_cloudformation_refuses_is_refused_in_its_words() {
    let refused = why("AWSTemplateFormatVersion: 2010-09-09\nResources: {}\n");
    assert!(
        refused.ends_with("Template format error: At least one Resources member must be defined."),
        "{refused}"
    );
    let refused = why(&beside("X: {Properties: {}}"));
    assert!(
        refused.contains("Every Resources object must contain a Type member"),
        "{refused}"
    );
    let refused = why(&beside(
        "G: {Type: AWS::Cognito::UserPoolGroup, Properties: {UserPoolId: !Ref Pool, Colour: red}}",
    ));
    assert!(
        refused.ends_with(
            "Resources.G.Properties.Colour: Properties validation failed for resource G with \
         message: [#: extraneous key [Colour] is not permitted]"
        ),
        "{refused}"
    );
    let refused = why(&beside(
        "G: {Type: AWS::Cognito::UserPoolGroup, Properties: {GroupName: a}}",
    ));
    assert!(
        refused.ends_with("[#: required key [UserPoolId] not found]"),
        "{refused}"
    );
    let refused = why(
        "Parameters: {Name: {Type: String}}\nResources:\n  Pool: {Type: AWS::Cognito::UserPool, \
         Properties: {UserPoolName: !Ref Name}}\n",
    );
    assert!(
        refused.contains("Parameters: [Name] must have values"),
        "{refused}"
    );
    // What the API's model refuses has the template's place.
    let refused = why(
        "Resources:\n  Pool:\n    Type: AWS::Cognito::UserPool\n    Properties:\n      \
         Policies: {PasswordPolicy: {MinimumLength: '5'}}\n",
    );
    assert!(
        refused.starts_with(
            "t.yaml:5:35: Resources.Pool.Properties.Policies.PasswordPolicy.MinimumLength: \
             InvalidParameterException: 1 validation error"
        ),
        "{refused}"
    );
    let serverless = why("service: shop\nprovider: {name: aws}\nresources: {}\n");
    assert!(serverless.contains("serverless package"), "{serverless}");
}

#[test]
fn the_form_of_a_template_is_cloudformation_s() {
    let pool = "Resources: {Pool: {Type: AWS::Cognito::UserPool}}\n";
    for (template, expected) in [
        (
            format!("{pool}Resorces: {{}}\n"),
            "t.yaml:2:1: Resorces: Invalid template property or properties [Resorces]",
        ),
        (
            beside("Other-Pool: {Type: AWS::Cognito::UserPool}"),
            "t.yaml:3:3: Resources.Other-Pool: Template format error: Resource name Other-Pool is \
             non alphanumeric.",
        ),
        (
            beside("Other: {Type: AWS::Cognito::UserPool, Propertes: {}}"),
            "t.yaml:3:11: Resources.Other.Propertes: Invalid template resource property \
             'Propertes'",
        ),
        (
            beside("Other: {Type: AWS::Cognito::UserPool, DependsOn: [Pool, Nobody]}"),
            "t.yaml:3:11: Resources.Other.DependsOn: Template format error: Unresolved resource \
             dependencies [Nobody] in the Resources block of the template",
        ),
        (
            "Resources:\n  A: {Type: AWS::SNS::Topic, DependsOn: B}\n  \
             B: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub '${C.TopicName}-x'}}\n  \
             C: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref A}}\n  \
             D: {Type: AWS::SNS::Topic, DependsOn: A}\n"
                .to_owned(),
            "t.yaml:2:3: Resources.A: Circular dependency between resources: [A, B, C]",
        ),
    ] {
        let refused = why(&template);
        // Columns within a line of flow style are the parser's business.
        let without_column = |text: &str| {
            let mut parts: Vec<&str> = text.splitn(4, ':').collect();
            parts.remove(2);
            parts.join(":")
        };
        assert_eq!(
            without_column(&refused),
            without_column(expected),
            "{refused}"
        );
    }
    // Who may not be there, and what is not taken, closes no circle.
    let open = "Conditions: {Never: !Equals [a, b]}\nResources:\n  \
        A: {Type: AWS::SNS::Topic, DependsOn: B}\n  \
        B: {Type: AWS::SNS::Topic, Condition: Never, DependsOn: A}\n  \
        C: {Type: AWS::SNS::Topic, Properties: {TopicName: !If [Never, !Ref D, x]}}\n  \
        D: {Type: AWS::SNS::Topic, DependsOn: C}\n";
    assert_eq!(why(open), "nothing is wrong");
}

#[test]
fn sam_s_own_rules_hold() {
    let function = |trigger: &str| {
        beside(&format!(
            "F: {{Type: AWS::Serverless::Function, Properties: {{Events: {{E: {{Type: Cognito, \
             Properties: {trigger}}}}}}}}}"
        ))
    };
    for (trigger, expected) in [
        (
            "{UserPool: us-east-1_abc, Trigger: PreSignUp}",
            "must reference a Cognito UserPool in the same template",
        ),
        (
            "{UserPool: !Ref Pool, Trigger: {a: b}}",
            "Trigger must be a text or a list of texts",
        ),
        (
            "{UserPool: !Ref Pool, Trigger: [PreSignUp, PreSignUp]}",
            "Cognito trigger \"PreSignUp\" defined multiple times",
        ),
    ] {
        let refused = why(&function(trigger));
        assert!(refused.contains(expected), "{refused}");
    }
}

#[tokio::test]
async fn a_template_that_fails_in_the_middle_leaves_nothing() {
    let server = Server::start().await;
    // The client's provider is nobody's, which only the operation knows.
    let template = beside(
        "Client: {Type: AWS::Cognito::UserPoolClient, Properties: {UserPoolId: !Ref Pool, \
         SupportedIdentityProviders: [Nobody]}}",
    );
    let failed = load(&server, vec![text("t.yaml", &template)], &with(&[])).await;
    let refused = failed.err().unwrap().to_string();
    assert!(refused.starts_with("t.yaml:3:"), "{refused}");
    assert!(
        refused.contains("Resources.Client.Properties: InvalidParameterException"),
        "{refused}"
    );
    let pools = server
        .ok("ListUserPools", json!({ "MaxResults": 10 }))
        .await;
    assert_eq!(pools["UserPools"], json!([]));
}

#[tokio::test]
async fn what_failed_takes_away_what_it_added_to_a_pool_that_was_there() {
    let server = Server::demo().await;
    let pool = "us-east-1_Mocknito1";
    let list = json!({ "UserPoolId": pool });
    let before = (
        server.ok("ListUsers", list.clone()).await,
        server.ok("ListGroups", list.clone()).await,
    );
    let first = "UserPools: [{UserPoolId: us-east-1_Mocknito1, PoolName: demo, \
                 Groups: [{GroupName: new}], Users: [{Username: dora, Password: Passw0rd!}]}]";
    let second = "UserPools: [{PoolName: other, Users: [{Username: u, Password: short}]}]";
    let both = vec![text("a.yaml", first), text("b.yaml", second)];
    let failed = load(&server, both, &with(&[]))
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        failed.starts_with("b.yaml:1:39: UserPools[0].Users[0] (u)"),
        "{failed}"
    );
    let after = (
        server.ok("ListUsers", list.clone()).await,
        server.ok("ListGroups", list).await,
    );
    assert_eq!(before, after);
}

#[test]
fn nothing_leads_out_of_a_folder() {
    let base = std::env::temp_dir().join(format!("mocknito-links-{}", std::process::id()));
    let folder = base.join("fixtures");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(base.join("secret.yaml"), "UserPools: []").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(base.join("secret.yaml"), folder.join("a.yaml")).unwrap();
    let source = mocknito::fixtures::FixtureSource::Path(folder.clone());
    let refused = Fixtures::of(false, vec![source], &with(&[]));
    let refused = refused
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    std::fs::remove_dir_all(&base).unwrap();
    assert!(refused.contains("leads out of the folder"), "{refused}");
}

#[test]
fn a_nested_stack_outside_of_the_folder_is_not_followed() {
    let settings = with(&[]);
    let read = Fixtures::of(false, vec![data("nested/parent.yaml")], &settings).unwrap();
    let notes: Vec<&str> = read.notes().collect();
    assert!(
        notes
            .iter()
            .any(|note| note.contains("Resources.Outside: the nested stack is not loaded")),
        "{notes:?}"
    );
    let outputs: Vec<&str> = read.outputs().map(|output| output.value.as_str()).collect();
    assert_eq!(outputs, ["us-east-1_Nested1"]);
}

#[test]
fn what_a_file_says_does_not_steer_the_terminal() {
    let refused = why("Resources: {\"a\\e[2Jb\": {Type: AWS::Cognito::UserPoolGroup}}");
    assert!(refused.contains(r"a\u{1b}[2Jb"), "{refused}");
    assert!(!refused.contains('\u{1b}'), "{refused}");
}
