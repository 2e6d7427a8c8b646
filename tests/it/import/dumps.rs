//! Dumps of real pools and of cognito-local that do not agree with themselves: what is missing in
//! them comes as a note or as a fault with its line, and what they know comes along.

use mocknito::fixtures::{FixtureSource, ImportSettings};
use serde_json::{Value, json};

use super::{data, load, with};
use crate::support::{Folder, Server};

const POOL: &str = "us-east-1_Example01";

/// A folder with these files.
fn folder(files: &[(&str, Value)]) -> Folder {
    let folder = Folder::new();
    for (name, document) in files {
        let path = folder.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, serde_json::to_string_pretty(document).unwrap()).unwrap();
    }
    folder
}

fn in_it(folder: &Folder) -> Vec<FixtureSource> {
    vec![FixtureSource::Path(folder.0.clone())]
}

/// The notes of a load that succeeds.
async fn notes(server: &Server, folder: &Folder, settings: &ImportSettings) -> Vec<String> {
    let (fixtures, _) = load(server, in_it(folder), settings).await.unwrap();
    fixtures.notes().map(str::to_owned).collect()
}

/// What is wrong with a folder, without its path.
async fn why(folder: &Folder) -> String {
    let server = Server::start().await;
    let refused = load(&server, in_it(folder), &with(&[])).await.err();
    let told = refused.map(|broken| broken.to_string());
    let path = format!("{}/", folder.0.display());
    told.unwrap_or_default().replace(&path, "")
}

fn described(schema: Value) -> Value {
    json!({ "UserPool": { "Id": POOL, "Name": "p", "SchemaAttributes": schema,
                          "CreationDate": 1_700_000_000.25,
                          "LastModifiedDate": "2024-02-03T04:05:06.500000+01:00" } })
}

fn attributes(attributes: &[(&str, &str)]) -> Value {
    let list = attributes.iter();
    list.map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect()
}

#[tokio::test]
async fn attributes_that_no_schema_lists_are_added_and_told() {
    let server = Server::start().await;
    let flag = json!({ "Name": "dev:custom:flag", "AttributeDataType": "String",
                       "DeveloperOnlyAttribute": true, "Mutable": true, "Required": false,
                       "StringAttributeConstraints": {} });
    let user = attributes(&[
        ("custom:x", "1"),
        ("dev:custom:y", "2"),
        ("dev:custom:flag", "3"),
    ]);
    let client = json!({ "UserPoolClient": { "ClientId": "exampleclient", "ClientName": "c",
                                             "UserPoolId": POOL, "ReadAttributes": ["custom:z"] } });
    let folder = folder(&[
        ("describe-user-pool.json", described(json!([flag]))),
        ("client-1.json", client),
        (
            "list-users.json",
            json!({ "Users": [{ "Username": "ada", "Attributes": user }] }),
        ),
    ]);
    let notes = notes(&server, &folder, &with(&[])).await;
    for line in [
        "us-east-1_Example01: its schema does not list custom:x, which user ada has: it is added \
         as text",
        "us-east-1_Example01: its schema does not list dev:custom:y, which user ada has: it is \
         added as text",
        "us-east-1_Example01: its schema does not list custom:z, which client exampleclient has: \
         it is added as text",
    ] {
        assert!(notes.iter().any(|note| note == line), "{line}: {notes:?}");
    }
    assert!(!notes.iter().any(|note| note.contains("flag")), "{notes:?}");
    let pool = server
        .ok("DescribeUserPool", json!({ "UserPoolId": POOL }))
        .await;
    let schema = pool["UserPool"]["SchemaAttributes"].as_array().unwrap();
    let found = |name: &str| schema.iter().find(|one| one["Name"] == name).unwrap();
    assert_eq!(found("dev:custom:flag")["DeveloperOnlyAttribute"], true);
    assert_eq!(found("dev:custom:y")["DeveloperOnlyAttribute"], true);
    assert_eq!(found("custom:x")["DeveloperOnlyAttribute"], false);
    let asked = json!({ "UserPoolId": POOL, "Username": "ada" });
    let there = server.ok("AdminGetUser", asked).await["UserAttributes"].clone();
    for (name, value) in [
        ("custom:x", "1"),
        ("dev:custom:y", "2"),
        ("dev:custom:flag", "3"),
    ] {
        let attribute = json!({ "Name": name, "Value": value });
        assert!(there.as_array().unwrap().contains(&attribute), "{there}");
    }
}

#[tokio::test]
async fn dates_statuses_and_the_older_second_factor_come_along() {
    let server = Server::start().await;
    let options = json!([{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }]);
    let phone = attributes(&[("phone_number", "+15555550100")]);
    let folder = folder(&[
        ("describe-user-pool.json", described(json!([]))),
        (
            "list-groups.json",
            json!({ "Groups": [
            { "GroupName": "g", "CreationDate": "2022-01-02T03:04:05Z",
              "LastModifiedDate": 1_700_000_001 },
        ] }),
        ),
        (
            "list-users.json",
            json!({ "Users": [
            { "Username": "ada", "Attributes": phone, "UserStatus": "CONFIRMED",
              "UserCreateDate": "2024-01-01T00:00:00.125000+00:00",
              "UserLastModifiedDate": 1_704_153_600.5, "MFAOptions": options },
            { "Username": "rob", "UserStatus": "RESET_REQUIRED", "MFAOptions": [{ "a": "b" }] },
            { "Username": "una", "UserStatus": "UNCONFIRMED", "MFAOptions": options },
        ] }),
        ),
    ]);
    let notes = notes(&server, &folder, &with(&[])).await;
    for left_out in [
        "MFAOptions of users other than codes by SMS are left out",
        "MFAOptions of users who have no phone_number are left out",
    ] {
        assert!(notes.iter().any(|note| note == left_out), "{notes:?}");
    }
    let named = |name: &str| json!({ "UserPoolId": POOL, "Username": name });
    let ada = server.ok("AdminGetUser", named("ada")).await;
    assert_eq!(ada["UserCreateDate"], 1_704_067_200.125);
    assert_eq!(ada["UserLastModifiedDate"], 1_704_153_600.5);
    assert_eq!(ada["MFAOptions"], options);
    for (name, status) in [("rob", "RESET_REQUIRED"), ("una", "UNCONFIRMED")] {
        let user = server.ok("AdminGetUser", named(name)).await;
        assert_eq!(user["UserStatus"], status);
    }
    let asked = json!({ "UserPoolId": POOL, "GroupName": "g" });
    let group = server.ok("GetGroup", asked).await["Group"].clone();
    assert_eq!(group["CreationDate"], 1_641_092_645);
    assert_eq!(group["LastModifiedDate"], 1_700_000_001);
    let pool = server
        .ok("DescribeUserPool", json!({ "UserPoolId": POOL }))
        .await;
    assert_eq!(pool["UserPool"]["CreationDate"], 1_700_000_000.25);
    assert_eq!(pool["UserPool"]["LastModifiedDate"], 1_706_929_506.5);
}

#[tokio::test]
async fn a_reset_user_with_a_password_has_still_to_reset_it() {
    let server = Server::start().await;
    let settings = ImportSettings {
        password: Some("Imported-1!".to_owned()),
        ..ImportSettings::default()
    };
    let client = json!({ "UserPoolClient": { "ClientId": "exampleclient", "ClientName": "c",
                                             "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"] } });
    let folder = folder(&[
        ("describe-user-pool.json", described(json!([]))),
        ("client-1.json", client),
        (
            "list-users.json",
            json!({ "Users": [
            { "Username": "rob", "UserStatus": "RESET_REQUIRED" },
        ] }),
        ),
    ]);
    notes(&server, &folder, &settings).await;
    let parameters = json!({ "USERNAME": "rob", "PASSWORD": "Imported-1!" });
    let sign_in = json!({ "ClientId": "exampleclient", "AuthFlow": "USER_PASSWORD_AUTH",
                          "AuthParameters": parameters });
    let refused = server.refused("InitiateAuth", sign_in).await;
    assert!(
        refused.contains("PasswordResetRequiredException"),
        "{refused}"
    );
}

#[tokio::test]
async fn who_has_chosen_a_password_since_is_as_the_dump_wants_it() {
    let server = Server::start().await;
    let folder = folder(&[
        ("describe-user-pool.json", described(json!([]))),
        (
            "list-users.json",
            json!({ "Users": [
            { "Username": "ada" }, { "Username": "ben" },
            { "Username": "rob", "UserStatus": "RESET_REQUIRED" },
        ] }),
        ),
    ]);
    notes(&server, &folder, &with(&[])).await;
    let asked = json!({ "UserPoolId": POOL, "Username": "ben", "Password": "Chosen-1!",
                        "Permanent": true });
    server.ok("AdminSetUserPassword", asked).await;
    let (_, again) = load(&server, in_it(&folder), &with(&[])).await.unwrap();
    assert_eq!(again.notes, Vec::<String>::new());
    let named = |name: &str| json!({ "UserPoolId": POOL, "Username": name });
    for (name, status) in [("ada", "FORCE_CHANGE_PASSWORD"), ("ben", "CONFIRMED")] {
        let user = server.ok("AdminGetUser", named(name)).await;
        assert_eq!(user["UserStatus"], status);
    }
}

#[tokio::test]
async fn what_has_no_name_is_refused_with_its_line() {
    let nameless = folder(&[
        ("describe-user-pool.json", described(json!([]))),
        (
            "list-groups.json",
            json!({ "Groups": [{ "Description": "d" }] }),
        ),
        (
            "list-users.json",
            json!({ "Users": [
            { "Username": "ada" }, { "UserStatus": "CONFIRMED" },
        ] }),
        ),
    ]);
    let told = why(&nameless).await;
    let mut lines: Vec<&str> = told.lines().collect();
    lines.sort_unstable();
    let [group, user] = lines.as_slice() else {
        panic!("{told}");
    };
    assert!(
        group.starts_with("list-groups.json:3:5: Groups[0]"),
        "{told}"
    );
    assert!(group.contains("null at 'groupName' failed"), "{told}");
    assert!(user.starts_with("list-users.json:6:5: Users[1]"), "{told}");
    assert!(user.contains("null at 'username' failed"), "{told}");
}

#[tokio::test]
async fn what_an_operation_refuses_has_its_line_and_broken_json_has_one() {
    let user = json!({ "Username": "ada", "Attributes": attributes(&[("email", "x")]) });
    let refused = folder(&[
        ("describe-user-pool.json", described(json!([]))),
        (
            "list-users.json",
            json!({ "Users": [{ "Username": "ben" }, user] }),
        ),
    ]);
    let told = why(&refused).await;
    assert!(
        told.starts_with("list-users.json:6:5: Users[1] (ada): "),
        "{told}"
    );
    std::fs::write(
        refused.0.join("list-groups.json"),
        "{\n  \"Groups\": [,]\n}",
    )
    .unwrap();
    let told = why(&refused).await;
    assert_eq!(told, "list-groups.json:2:14: expected value");
}

#[tokio::test]
async fn members_who_are_not_there_and_folders_without_a_pool_are_told() {
    let server = Server::start().await;
    let folder = folder(&[
        ("a/describe-user-pool.json", described(json!([]))),
        (
            "a/list-groups.json",
            json!({ "Groups": [{ "GroupName": "g" }] }),
        ),
        (
            "a/list-users.json",
            json!({ "Users": [
            { "Username": "ada" }, { "Username": "Google_1", "UserStatus": "EXTERNAL_PROVIDER" },
        ] }),
        ),
        (
            "a/users-in-group-g.json",
            json!({ "Users": [
            { "Username": "Google_1" }, { "Username": "ada" }, { "Username": "ghost" },
        ] }),
        ),
        (
            "b/list-users.json",
            json!({ "Users": [{ "Username": "lost" }] }),
        ),
    ]);
    let notes = notes(&server, &folder, &with(&[])).await;
    let ghost = "us-east-1_Example01: there is no user ghost, who is in g";
    assert!(notes.iter().any(|note| note == ghost), "{notes:?}");
    assert!(
        !notes.iter().any(|note| note.contains("Google_1")),
        "{notes:?}"
    );
    let lost = "b/list-users.json: is left out: no file beside it describes a user pool";
    assert!(notes.iter().any(|note| note.ends_with(lost)), "{notes:?}");
    let asked = json!({ "UserPoolId": POOL, "GroupName": "g" });
    let members = server.ok("ListUsersInGroup", asked).await["Users"].clone();
    assert_eq!(members.as_array().unwrap().len(), 1);
    assert_eq!(members[0]["Username"], "ada");
}

#[tokio::test]
async fn a_hand_written_db_of_cognito_local_loads_with_what_it_lacks() {
    let server = Server::start().await;
    let sub = "a8508fd1-0d2d-729c-a1f7-d7072c7f778f";
    let ada = json!({ "Username": sub, "Password": "x", "UserStatus": "CONFIRMED",
        "Attributes": attributes(&[("sub", sub), ("email", "a@example.com"), ("custom:role", "r")]),
        "UserCreateDate": "2022-01-02T03:04:05.000Z",
        "UserLastModifiedDate": "2023-01-02T03:04:05.000Z" });
    let bob = json!({ "Username": "bob", "UserStatus": "CONFIRMED", "Password": "y",
        "Attributes": attributes(&[("sub", "not-a-uuid"), ("email", "b@example.com")]) });
    let folder = folder(&[
        ("db/clients.json", json!({ "Clients": {} })),
        (
            "db/local_abc12345.json",
            json!({
                "Users": { sub: ada, "bob": bob, "cy": 5, "dee": { "Username": "dee" } },
                "Groups": { "g": { "GroupName": "g", "members": [sub, "ghost"],
                                   "CreationDate": "2022-01-02T03:04:05.000Z" } },
                "Options": { "Id": "local_abc12345", "Name": "p", "UsernameAttributes": ["email"] },
            }),
        ),
    ]);
    let notes = notes(&server, &folder, &with(&[])).await;
    for end in [
        "local_abc12345: its schema does not list custom:role, which user a@example.com has: it \
         is added as text",
        "bob gets a new sub: the one that it has is no UUID",
        "Users.cy is no user, and is left out",
        "local_abc12345: user dee is left out: users of this pool are named by addresses, and it \
         has none",
        "local_abc12345: there is no user ghost, who is in g",
    ] {
        assert!(
            notes.iter().any(|note| note.ends_with(end)),
            "{end}: {notes:?}"
        );
    }
    let pool = "local_abc12345";
    let asked = json!({ "UserPoolId": pool, "Username": "a@example.com" });
    let user = server.ok("AdminGetUser", asked).await;
    assert_eq!(user["UserCreateDate"], 1_641_092_645);
    assert_eq!(user["UserLastModifiedDate"], 1_672_628_645);
    let asked = json!({ "UserPoolId": pool, "GroupName": "g" });
    let group = server.ok("GetGroup", asked).await;
    assert_eq!(group["Group"]["CreationDate"], 1_641_092_645);
}

#[tokio::test]
async fn a_fault_in_a_db_of_cognito_local_has_its_line() {
    let bad = json!({ "Username": "ada", "Password": "x",
                      "Attributes": attributes(&[("email", "no address")]) });
    let folder = folder(&[
        ("db/clients.json", json!({ "Clients": {} })),
        (
            "db/local_abc12345.json",
            json!({
                "Users": { "ada": bad }, "Options": { "Id": "local_abc12345", "Name": "p" },
            }),
        ),
    ]);
    let told = why(&folder).await;
    assert!(
        told.starts_with("db/local_abc12345.json:3:5: Users.ada"),
        "{told}"
    );
}

#[tokio::test]
async fn what_a_real_cognito_local_wrote_keeps_its_dates() {
    let server = Server::start().await;
    load(&server, vec![data("cognito_local")], &with(&[]))
        .await
        .unwrap();
    let asked = json!({ "UserPoolId": "local_4X4LqdCU", "Username": "ada@example.com" });
    let user = server.ok("AdminGetUser", asked).await;
    assert_eq!(user["UserCreateDate"], 1_795_817_053.247);
}

#[tokio::test]
async fn of_hundreds_of_files_a_few_are_named() {
    let mut files = vec![("describe-user-pool.json".to_owned(), described(json!([])))];
    for number in 0..300 {
        let group = json!({ "Group": { "GroupName": format!("g{number}") } });
        files.push((format!("group-{number}.json"), group));
    }
    let files: Vec<(&str, Value)> = files
        .iter()
        .map(|(name, document)| (name.as_str(), document.clone()))
        .collect();
    let folder = folder(&files);
    let (documents, _) = mocknito::fixtures::translate(in_it(&folder), &with(&[])).unwrap();
    let name = &documents[0].0;
    assert!(name.ends_with("group-1.json and 298 more"), "{name}");
    assert_eq!(name.matches(".json").count(), 3, "{name}");
}
