//! What the functions of a template give.

use mocknito::fixtures::{Fixtures, ImportSettings};

use super::{text, with};

/// What an expression in YAML gives, in a template with a few things to refer to; or what is told
/// of it.
fn value(expression: &str) -> String {
    told(expression, &with(&[]))
}

fn told(expression: &str, settings: &ImportSettings) -> String {
    let template = format!(
        "Parameters:\n  \
           Name: {{Type: String, Default: shop}}\n  \
           Number: {{Type: Number, Default: 012}}\n  \
           List: {{Type: CommaDelimitedList, Default: 'a, b ,c'}}\n  \
           Ssm: {{Type: 'AWS::SSM::Parameter::Value<String>', Default: /some/name}}\n\
         Mappings: {{M: {{k: {{v: mapped}}}}}}\n\
         Conditions:\n  \
           Yes: !Equals [!Ref Name, shop]\n  \
           No: !And [!Condition Yes, !Not [!Condition Yes]]\n\
         Resources:\n  \
           Pool: {{Type: AWS::Cognito::UserPool}}\n  \
           Client: {{Type: AWS::Cognito::UserPoolClient, \
             Properties: {{UserPoolId: !Ref Pool}}}}\n  \
           Gone: {{Type: AWS::Cognito::UserPoolGroup, Condition: No, Properties: \
             {{UserPoolId: !Ref Pool}}}}\n  \
           Role: {{Type: AWS::IAM::Role}}\n  \
           Key: {{Type: AWS::KMS::Key}}\n  \
           Site: {{Type: AWS::CloudFront::Distribution}}\n  \
           F: {{Type: AWS::Lambda::Function, Properties: {{FunctionName: hook}}}}\n  \
           V: {{Type: AWS::Lambda::Version, Properties: {{FunctionName: !GetAtt F.Arn}}}}\n  \
           W: {{Type: AWS::Lambda::Version, Properties: {{FunctionName: !Ref F}}}}\n  \
           S: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: !Ref Pool}}}}\n  \
           Bucket: {{Type: AWS::S3::Bucket, Properties: {{BucketName: files}}}}\n  \
           Queue: {{Type: AWS::SQS::Queue, Properties: {{QueueName: jobs}}}}\n  \
           Table: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: orders}}}}\n  \
           Topic: {{Type: AWS::SNS::Topic, Properties: {{TopicName: news}}}}\n\
         Outputs:\n  Out: {{Value: {expression}}}\n"
    );
    let read = Fixtures::of(false, vec![text("t.yaml", &template)], settings);
    let fixtures = read.unwrap_or_else(|error| panic!("{error}"));
    match fixtures.outputs().next() {
        Some(output) => output.value.clone(),
        None => fixtures.notes().collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn functions_give_what_they_give_on_aws() {
    for (expression, expected) in [
        ("!Sub ''", ""),
        (
            "!Sub '${Name}-${!Literal}-${AWS::Region}'",
            "shop-${Literal}-us-east-1",
        ),
        ("!Sub ['${x}/${Name}', {x: !Ref Number}]", "012/shop"),
        (
            "!Sub 'https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/x'",
            "https://cognito-idp.us-east-1.amazonaws.com/x",
        ),
        ("!Join ['-', [a, !Ref Name, 3]]", "a-shop-3"),
        ("!Join ['+', !Ref List]", "a+b+c"),
        ("!Select [1, !Ref List]", "b"),
        ("!Select ['2', !Split ['/', a/b/c]]", "c"),
        ("!FindInMap [M, k, v]", "mapped"),
        (
            "!FindInMap [M, k, nothing, {DefaultValue: !Ref Name}]",
            "shop",
        ),
        ("!If [Yes, !Ref Name, !Ref Gone]", "shop"),
        ("!If [No, a, b]", "b"),
        ("!Join ['', [a, !If [No, b, !Ref AWS::NoValue], c]]", "ac"),
        ("!Base64 shop", "c2hvcA=="),
        ("!Ref Ssm", "/some/name"),
        ("!Select [1, !GetAZs '']", "us-east-1b"),
        ("{Fn::Length: !Ref List}", "3"),
        ("{Fn::ToJsonString: {a: !Ref Name}}", "{\"a\":\"shop\"}"),
        (
            "!GetAtt Role.Arn",
            "arn:aws:iam::123456789012:role/stack-Role",
        ),
        (
            "!GetAtt F.Arn",
            "arn:aws:lambda:us-east-1:123456789012:function:hook",
        ),
        (
            "!Ref V",
            "arn:aws:lambda:us-east-1:123456789012:function:hook:1",
        ),
        (
            "!Ref W",
            "arn:aws:lambda:us-east-1:123456789012:function:hook:1",
        ),
        ("!GetAtt Bucket.Arn", "arn:aws:s3:::files"),
        (
            "!GetAtt Bucket.RegionalDomainName",
            "files.s3.us-east-1.amazonaws.com",
        ),
        (
            "!Ref Queue",
            "https://sqs.us-east-1.amazonaws.com/123456789012/jobs",
        ),
        (
            "!GetAtt Queue.Arn",
            "arn:aws:sqs:us-east-1:123456789012:jobs",
        ),
        (
            "!GetAtt Table.Arn",
            "arn:aws:dynamodb:us-east-1:123456789012:table/orders",
        ),
        ("!GetAtt Topic.TopicName", "news"),
        ("!Ref AWS::StackName", "stack"),
        ("!Ref AWS::Partition", "aws"),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn what_is_none_of_ours_has_the_right_shape() {
    let site = value("!GetAtt Site.DomainName");
    assert!(
        site.starts_with('d') && site.ends_with(".cloudfront.net"),
        "{site}"
    );
    assert_eq!(site, value("!GetAtt Site.DomainName"));
    let key = value("!GetAtt Key.Arn");
    assert!(
        key.starts_with("arn:aws:kms:us-east-1:123456789012:key/"),
        "{key}"
    );
    let stack = value("!Ref AWS::StackId");
    assert!(
        stack.starts_with("arn:aws:cloudformation:us-east-1:123456789012:stack/stack/"),
        "{stack}"
    );
    let issuer = value("!GetAtt Pool.ProviderURL");
    assert_eq!(
        issuer,
        format!(
            "https://cognito-idp.us-east-1.amazonaws.com/{}",
            value("!Ref Pool")
        )
    );
}

#[test]
fn a_parameter_of_the_template_has_the_value_that_stands_there() {
    assert_eq!(value("!GetAtt S.Value"), value("!Ref Pool"));
}

#[test]
fn everything_can_be_said_otherwise() {
    let settings = with(&[
        ("Name", "other"),
        ("AWS::Region", "eu-west-1"),
        ("Pool", "eu-west-1_Mine"),
        ("Client.ClientSecret", "mysecretmysecretmysecret"),
        ("Role.Arn", "arn:aws:iam::1:role/mine"),
        ("ssm:/a", "resolved"),
        ("an-export", "exported"),
    ]);
    for (expression, expected) in [
        ("!Ref Name", "other"),
        ("!Sub '${AWS::Region} ${Pool}'", "eu-west-1 eu-west-1_Mine"),
        ("!GetAtt Client.ClientSecret", "mysecretmysecretmysecret"),
        ("!GetAtt Role.Arn", "arn:aws:iam::1:role/mine"),
        ("'x{{resolve:ssm:/a}}y'", "xresolvedy"),
        ("!ImportValue an-export", "exported"),
    ] {
        assert_eq!(told(expression, &settings), expected, "{expression}");
    }
    let nobody = with(&[("Nam", "x")]);
    let read = Fixtures::of(
        false,
        vec![text(
            "t.yaml",
            "Resources: {Pool: {Type: AWS::Cognito::UserPool}}",
        )],
        &nobody,
    );
    let notes: Vec<String> = read.unwrap().notes().map(str::to_owned).collect();
    assert_eq!(notes, ["--parameter Nam=…: no template asks for Nam"]);
}

#[test]
fn an_output_that_cannot_be_had_is_told_and_stops_nothing() {
    let told = value("!Ref Gone");
    assert!(
        told.contains(
            "Unresolved resource dependencies [Gone] in the Outputs block of the \
            template"
        ),
        "{told}"
    );
    assert!(value("!Select [7, !Ref List]").contains("nonexistent value at index 7"));
    assert!(value("!Select [3, [only]]").contains("nonexistent value at index 3"));
    assert!(value("!Join ['-', abc]").contains("must be a list"));
    assert!(value("!GetAtt Pool.Id").contains("does not support attribute type Id"));
    assert!(value("!FindInMap [M, k, w]").contains("Unable to get mapping for M::k::w"));
    assert!(value("!If [Maybe, a, b]").contains("Unresolved condition dependency Maybe"));
}
