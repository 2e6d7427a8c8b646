//! How fixtures are read: users of whom there are many, defaults, variables, what only the
//! operations refuse, and files that are too deep or explode.

use axum::http::{Method, StatusCode};
use mocknito::fixtures::ImportSettings;
use serde_json::{Value, json};

use crate::support::fixtures::{read, written};
use crate::support::{Server, attribute, claims};

const POOL: &str = "us-east-1_Reading01";

fn refused(name: &str, text: &str) -> String {
    let read = read(name, text);
    read.err()
        .map(|broken| broken.to_string())
        .unwrap_or_default()
}

const MANY: &str = "\
UserPools:
  - UserPoolId: us-east-1_Reading01
    PoolName: many
    GroupDefaults: { RoleArn: \"arn:aws:iam::123456789012:role/all\" }
    Groups: [{ GroupName: all }, { GroupName: first }]
    ClientDefaults: { ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH] }
    Clients: [{ ClientId: readingclient0000000000000, ClientName: web }]
    UserDefaults:
      Groups: [all]
      UserAttributes: { email_verified: true }
    Users:
      - Count: 12
        Username: user{n:03}
        Password: Passw0rd-{n}
        UserAttributes: { email: \"user{n}@example.com\" }
      - Username: alone
        Password: Passw0rd!
        Groups: [first]
        UserAttributes: { email_verified: null }
";

#[tokio::test]
async fn users_by_the_dozen_sign_in_each_with_a_password_of_its_own() {
    let server = Server::start().await;
    let fixtures = read("many.yaml", MANY).unwrap();
    fixtures.load(&server.app).await.unwrap();
    let sign_in = |name: &str, password: &str| {
        json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": "readingclient0000000000000",
            "AuthParameters": { "USERNAME": name, "PASSWORD": password },
        })
    };
    let signed_in = server
        .ok("InitiateAuth", sign_in("user012", "Passw0rd-12"))
        .await;
    let id = claims(&signed_in["AuthenticationResult"]["IdToken"]);
    assert_eq!(id["email"], "user12@example.com");
    assert_eq!(id["email_verified"], true);
    assert_eq!(id["cognito:groups"], json!(["all"]));
    assert_eq!(
        id["cognito:roles"],
        json!(["arn:aws:iam::123456789012:role/all"])
    );
    let alone = server
        .ok("InitiateAuth", sign_in("alone", "Passw0rd!"))
        .await;
    let alone = claims(&alone["AuthenticationResult"]["IdToken"]);
    assert_eq!(alone["cognito:groups"], json!(["first"]));
    let wrong = server
        .refused("InitiateAuth", sign_in("user011", "Passw0rd-12"))
        .await;
    assert!(wrong.starts_with("NotAuthorizedException"), "{wrong}");

    // Another server with the same file has the same subjects.
    let other = Server::start().await;
    fixtures.load(&other.app).await.unwrap();
    let asked = json!({ "UserPoolId": POOL, "Username": "user012" });
    let user = other.ok("AdminGetUser", asked).await;
    let sub = attribute(&user["UserAttributes"], "sub");
    assert_eq!(sub.as_deref(), id["sub"].as_str());
}

#[tokio::test]
async fn a_number_is_a_password_and_a_name_as_it_is_written() {
    let server = Server::start().await;
    let yaml = "
UserPools:
  - UserPoolId: us-east-1_Reading01
    PoolName: numbers
    Policies:
      PasswordPolicy:
        MinimumLength: '6'
        RequireUppercase: no
        RequireLowercase: Off
        RequireSymbols: \"false\"
    Clients:
      - ClientId: readingclient0000000000000
        ClientName: 1e3
        ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH]
    Users: [{ Username: 0123, Password: 012345678 }]
";
    let fixtures = read("numbers.yaml", yaml).unwrap();
    let loaded = fixtures.load(&server.app).await.unwrap();
    assert_eq!(loaded.pools[0].clients[0].name, "1e3");
    let sign_in = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": "readingclient0000000000000",
        "AuthParameters": { "USERNAME": "0123", "PASSWORD": "012345678" },
    });
    server.ok("InitiateAuth", sign_in).await;
}

#[tokio::test]
async fn what_only_the_operations_refuse_is_told_at_once_with_its_line() {
    let server = Server::start().await;
    let yaml = "\
UserPools:
  - PoolName: strict
    Groups:
      - GroupName: staff
    Clients:
      - ClientName: web
        SupportedIdentityProviders: [Nobody]
    Users:
      - { Username: ada, Password: Passw0rd! }
      - Username: ben
        Password: weak-one
      - Count: 2
        Username: many{n}
        Password: Passw0rd!
        Groups: [nowhere]
IdentityPools:
  - { IdentityPoolName: x, CognitoIdentityProviders: [{ UserPool: strict, Client: web }] }
";
    let fixtures = read("strict.yaml", yaml).unwrap();
    let refusal = fixtures.clone().load(&server.app).await.unwrap_err();
    // A load that is meant ends at the first.
    assert_eq!(refusal.faults().len(), 1, "{refusal}");
    let counts = fixtures.contents()[0].counts;
    assert_eq!(
        counts[..4],
        [("user pool", 1), ("client", 1), ("group", 1), ("user", 4)]
    );
    drop(fixtures);
    let told = read("strict.yaml", yaml)
        .unwrap()
        .rehearse(&server.app)
        .await;
    let told = told.unwrap_err().to_string();
    let lines: Vec<&str> = told.lines().collect();
    let expected = [
        "strict.yaml:6:9: UserPools[0].Clients[0] (web): InvalidParameterException: ",
        "strict.yaml:10:9: UserPools[0].Users[1] (ben): InvalidPasswordException: ",
        "strict.yaml:12:9: UserPools[0].Users[2] (many{n}).Count[1]: ResourceNotFoundException: ",
        "strict.yaml:12:9: UserPools[0].Users[2] (many{n}).Count[2]: ResourceNotFoundException: ",
    ];
    assert_eq!(lines.len(), expected.len(), "{told}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}");
    }
}

#[tokio::test]
async fn a_file_that_is_sent_reads_no_environment() {
    let server = &Server::start().await;
    let send = async |body: String| {
        let reply = server
            .ask(Method::POST, "/_mocknito/import", &[], &body)
            .await;
        (reply.status, reply.json())
    };
    let text = "UserPools: [{PoolName: '${PATH}'}]";
    let files = json!({ "files": [{ "name": "a.yaml", "text": text }] });
    for body in [text.to_owned(), files.to_string()] {
        let (status, answer) = send(body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let message = answer["message"].as_str().unwrap_or_default();
        assert!(message.contains("this machine's environment"), "{message}");
        let path = std::env::var("PATH").unwrap_or_default();
        assert!(!message.contains(&path), "{message}");
    }
    // A literal one comes along.
    let (status, answer) = send("UserPools: [{PoolName: 'a$${PATH}'}]".to_owned()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    let message = answer["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("Value 'a${PATH}' at 'poolName'"),
        "{message}"
    );
}

#[test]
fn what_is_too_deep_is_refused_by_every_reader() {
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    for n in [127, 500, 100_000] {
        let lists = deep(n);
        for (name, text) in [
            ("a.yaml", format!("UserPools: {lists}")),
            ("a.json", format!("{{\"UserPools\": {lists}}}")),
            (
                "a.json",
                format!("{{\"auth\": {{\"user_pool_id\": {lists}}}, \"version\": \"1\"}}"),
            ),
            (
                "t.yaml",
                format!("Resources:\n  P: {{Type: AWS::Cognito::UserPool, X: {lists}}}"),
            ),
            (
                "aws-exports.js",
                format!("const awsmobile = {{ \"a\": {lists} }};"),
            ),
            (
                "a.yaml",
                format!("UserPools: {}", "{a: ".repeat(n) + &"}".repeat(n)),
            ),
        ] {
            let why = refused(name, &text);
            assert!(!why.is_empty() || name == "aws-exports.js", "{name} {n}");
        }
    }
}

#[test]
fn values_that_lead_ever_deeper_end_before_the_stack_does() {
    // Each is deep in itself, and asks for the next at its bottom.
    let mut template = "Resources:\n  Pool: {Type: AWS::Cognito::UserPool}\n".to_owned();
    for n in 0..55 {
        let open = "{\"Fn::Join\": [\"\", [".repeat(28);
        let close = "]]}".repeat(28);
        template.push_str(&format!(
            "  G{n}: {{Type: AWS::Cognito::UserPoolGroup, Properties: {{UserPoolId: !Ref Pool, \
             GroupName: {open}{{Ref: G{}}}{close}}}}}\n",
            n + 1
        ));
    }
    template.push_str(
        "  G55: {Type: AWS::Cognito::UserPoolGroup, Properties: {UserPoolId: !Ref Pool, \
         GroupName: g}}\n",
    );
    // The stack of a thread that requests are served on.
    let read = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || refused("t.yaml", &template));
    let why = read.unwrap().join().unwrap();
    assert!(
        why.contains("values are more than 200 deep in each other"),
        "{why}"
    );
}

#[test]
fn anchors_do_not_explode_in_a_fixture_either() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..9 {
        let list = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb.push_str(&format!("a{n}: &a{n} [{list}]\n"));
    }
    let why = refused("a.yaml", &bomb);
    assert!(why.contains("stand for over 1000000 values"), "{why}");
}

#[test]
fn a_template_s_short_tag_fixes_the_id_behind_the_region() {
    let template = "Resources:\n  Pool: {Type: AWS::Cognito::UserPool, Properties: \
                    {UserPoolTags: {_custom_id_: Abc123}}}\nOutputs: {Id: {Value: !Ref Pool}}\n";
    let fixtures = read("t.yaml", template).unwrap();
    let id = fixtures.outputs().next().map(|output| output.value.clone());
    assert_eq!(id.as_deref(), Some("us-east-1_Abc123"));
}

#[test]
fn what_terraform_sets_for_an_identity_pool_comes_along() {
    let id = "us-east-1:5b0c6f3e-0f0a-4d0b-8c5d-1c2f3a4b5c6d";
    let resource = |kind: &str, values: Value| {
        let kind = format!("aws_cognito_{kind}");
        json!({ "address": format!("{kind}.a"), "mode": "managed", "type": kind, "values": values })
    };
    let state = |pool: &str| {
        json!({ "format_version": "1.0", "values": { "root_module": { "resources": [
            resource("identity_pool", json!({ "id": id, "identity_pool_name": "a" })),
            resource("identity_pool_provider_principal_tag", json!({
                "identity_pool_id": pool, "identity_provider_name": "accounts.google.com",
                "use_defaults": true, "principal_tags": {},
            })),
            resource("identity_pool_roles_attachment", json!({
                "identity_pool_id": pool, "roles": { "authenticated": "arn:aws:iam::1:role/a" },
                "role_mapping": [{
                    "identity_provider": "accounts.google.com", "type": "Rules",
                    "ambiguous_role_resolution": "Deny",
                    "mapping_rule": [{ "claim": "sub", "match_type": "Equals", "value": "x",
                                       "role_arn": "arn:aws:iam::123456789012:role/x" }],
                }],
            })),
        ] } } })
    };
    let translated = |pool: &str| {
        let source = written("state.json", &state(pool).to_string());
        let settings = ImportSettings::default();
        mocknito::fixtures::translate(vec![source], &settings)
            .map_err(|broken| broken.to_string())
            .unwrap()
    };
    let (documents, _) = translated(id);
    let pool = &documents[0].1["IdentityPools"][0];
    let google = "accounts.google.com";
    assert_eq!(
        pool["PrincipalTagAttributeMaps"][google]["UseDefaults"],
        true
    );
    let rules = &pool["RoleMappings"][google]["RulesConfiguration"]["Rules"];
    assert_eq!(rules[0]["RoleARN"], "arn:aws:iam::123456789012:role/x");
    let (_, fixtures) = translated("us-east-1:none");
    let notes: Vec<&str> = fixtures.notes().collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(
        notes[0].contains("is not taken over: its identity pool is not there"),
        "{notes:?}"
    );
}
