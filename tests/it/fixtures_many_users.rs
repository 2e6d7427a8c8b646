//! Fixtures with more users than one transaction makes: all of them are there, in their order and
//! with everything, and a fault in the last of them leaves nothing.

use mocknito::config::FixturesMode;
use mocknito::fixtures::{FixtureSource, Fixtures, ImportSettings};
use serde_json::json;

use crate::support::{Server, claims, fixtures};

const POOL: &str = "us-east-1_Many00001";
const CLIENT: &str = "manyclient0000000000000000";

/// A pool with so many users, each in three lines from line 8 on, and what stands behind them.
fn fixture(users: usize, more: &str) -> String {
    let mut yaml = format!(
        "UserPools:\n- PoolName: many\n  UserPoolId: {POOL}\n  \
         UsernameConfiguration: {{CaseSensitive: false}}\n  AliasAttributes: [email]\n  \
         Clients: [{{ClientName: app, ClientId: {CLIENT}, \
         ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH]}}]\n  Users:\n"
    );
    for n in 1..=users {
        let password = match n % 4 {
            0 => format!("TemporaryPassword: Passw0rd-{n}"),
            1 => "Passwordless: true".to_owned(),
            _ => format!("Password: Passw0rd-{n}"),
        };
        yaml.push_str(&format!(
            "  - Username: user{n}\n    {password}\n    \
             UserAttributes: {{email: user{n}@example.com, email_verified: true}}\n"
        ));
    }
    yaml.push_str(more);
    yaml.push_str("  Groups: [{GroupName: staff}]\n");
    yaml
}

async fn load(server: &Server, yaml: String) -> Result<(), String> {
    let source = FixtureSource::Text {
        name: "many.yaml".to_owned(),
        text: yaml,
    };
    let fixtures = Fixtures::of(false, vec![source], &ImportSettings::default());
    let fixtures = fixtures.map_err(|broken| broken.to_string())?;
    let loaded = fixtures.load(&server.app).await;
    loaded.map(|_| ()).map_err(|broken| broken.to_string())
}

async fn names(server: &Server) -> Vec<String> {
    let mut names = Vec::new();
    let mut asked = json!({ "UserPoolId": POOL, "Limit": 60 });
    loop {
        let page = server.ok("ListUsers", asked.clone()).await;
        let users = page["Users"].as_array().unwrap().iter();
        names.extend(users.map(|user| user["Username"].as_str().unwrap().to_owned()));
        match &page["PaginationToken"] {
            serde_json::Value::Null => return names,
            token => asked["PaginationToken"] = token.clone(),
        }
    }
}

#[tokio::test]
async fn four_hundred_and_fifty_users_are_there_and_sign_in() {
    let server = Server::start().await;
    let more = "  - Username: last\n    Password: Passw0rd-0\n    Groups: [staff]\n    \
                Enabled: true\n";
    load(&server, fixture(450, more)).await.unwrap();
    let mut found = names(&server).await;
    found.sort();
    let mut wanted: Vec<String> = (1..=450).map(|n| format!("user{n}")).collect();
    wanted.push("last".to_owned());
    wanted.sort();
    assert_eq!(found, wanted);

    let sign_in = |name: &str, password: &str| {
        json!({
            "ClientId": CLIENT,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": name, "PASSWORD": password },
        })
    };
    // By the name, by the alias, and as who has to choose a password.
    let answer = server
        .ok("InitiateAuth", sign_in("last", "Passw0rd-0"))
        .await;
    let id = claims(&answer["AuthenticationResult"]["IdToken"]);
    assert_eq!(id["cognito:groups"], json!(["staff"]));
    let by_alias = sign_in("user450@example.com", "Passw0rd-450");
    let answer = server.ok("InitiateAuth", by_alias).await;
    let id = claims(&answer["AuthenticationResult"]["IdToken"]);
    assert_eq!(id["cognito:username"], "user450");
    let temporary = server
        .ok("InitiateAuth", sign_in("user400", "Passw0rd-400"))
        .await;
    assert_eq!(temporary["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    server
        .refuses(
            "InitiateAuth",
            sign_in("user450", "Passw0rd-449"),
            "NotAuthorizedException: Incorrect username or password.",
        )
        .await;
    for (name, status) in [
        ("user1", "CONFIRMED"),
        ("user2", "CONFIRMED"),
        ("user4", "FORCE_CHANGE_PASSWORD"),
    ] {
        let asked = json!({ "UserPoolId": POOL, "Username": name });
        let user = server.ok("AdminGetUser", asked).await;
        assert_eq!(user["UserStatus"], status, "{name}");
    }
    // Again, nothing is new.
    load(&server, fixture(450, more)).await.unwrap();
    assert_eq!(names(&server).await.len(), 451);
}

#[tokio::test]
async fn a_fault_far_behind_is_told_at_its_line_and_leaves_nothing() {
    let at_line = 7 + 3 * 450 + 1;
    for (more, why) in [
        (
            "  - {Username: USER7, Password: Passw0rd-7}\n",
            "User account already exists",
        ),
        (
            "  - Username: taken\n    Password: Passw0rd-0\n    UserAttributes: {email: \
             USER9@example.com, email_verified: true}\n",
            "An account with the given email already exists.",
        ),
        (
            "  - {Username: weak, Password: short}\n",
            "Password did not conform with policy: Password not long enough",
        ),
        (
            "  - {Username: joins, Password: Passw0rd-0, Groups: [nobody]}\n",
            "Group not found.",
        ),
        (
            "  - {Username: lost, Password: Passw0rd-0, UserAttributes: {nickel: x}}\n",
            "Attribute does not exist in the schema",
        ),
    ] {
        let server = Server::start().await;
        let told = load(&server, fixture(450, more)).await.unwrap_err();
        let place = format!("many.yaml:{at_line}:");
        assert!(told.starts_with(&place), "{told}");
        assert!(told.contains(": UserPools[0].Users[450] ("), "{told}");
        assert!(told.contains(why), "{told}");
        let asked = json!({ "UserPoolId": POOL });
        let missing = "ResourceNotFoundException: User pool us-east-1_Many00001 does not exist.";
        server.refuses("DescribeUserPool", asked, missing).await;
    }
}

#[tokio::test]
async fn who_has_the_name_of_somebody_there_is_not_made_again() {
    let server = Server::start().await;
    load(&server, fixture(3, "")).await.unwrap();
    let before = json!({ "UserPoolId": POOL, "Username": "user2" });
    let sub = server.ok("AdminGetUser", before.clone()).await["UserAttributes"].clone();
    // New ones between those that are there, and one who wants what somebody has.
    load(&server, fixture(250, "")).await.unwrap();
    assert_eq!(names(&server).await.len(), 250);
    let now = server.ok("AdminGetUser", before).await["UserAttributes"].clone();
    assert_eq!(now, sub);
    let more = "  - Username: new\n    Password: Passw0rd-0\n    UserAttributes: {email: \
                user250@example.com, email_verified: true}\n";
    let told = load(&server, fixture(300, more)).await.unwrap_err();
    assert!(
        told.contains("An account with the given email already exists."),
        "{told}"
    );
    assert_eq!(
        names(&server).await.len(),
        250,
        "what the load had made is gone"
    );
}

/// Whoever is described twice in other words is no second user, and not passed over as being there
/// already: neither far behind, nor around somebody who is invited, nor in a pool that has the
/// first.
#[tokio::test]
async fn a_second_entry_of_one_user_is_refused_wherever_it_stands() {
    let password = |name: &str| format!("  - {{Username: {name}, Password: Passw0rd-0}}\n");
    let invited = |name: &str| {
        format!("  - {{Username: {name}, TemporaryPassword: Passw0rd-0, Invitation: {{}}}}\n")
    };
    let many: String = (10..2_300)
        .map(|n| format!("  - {{Username: more{n}, Passwordless: true}}\n"))
        .collect();
    for (more, last) in [
        (password("anna") + &many, password("ANNA")),
        (password("anna") + &invited("guest"), password("ANNA")),
        (password("anna"), invited("ANNA")),
        (invited("anna"), invited("ANNA")),
        (invited("anna"), password("ANNA")),
        // The first is there from before.
        (String::new(), password("USER2")),
        (String::new(), invited("USER2")),
    ] {
        for is_there in [false, true] {
            for mode in [FixturesMode::Keep, FixturesMode::Update] {
                let server = Server::start().await;
                if is_there {
                    load(&server, fixture(3, "")).await.unwrap();
                }
                let yaml = fixture(3, &(more.clone() + &last));
                let told = fixtures::load(&server, "many.yaml", &yaml, mode).await;
                let told = told.unwrap_err();
                let place = format!("many.yaml:{}:", 8 + 3 * 3 + more.lines().count());
                assert!(told.starts_with(&place), "{told}");
                assert!(told.contains("User account already exists"), "{told}");
                let left = match is_there {
                    true => names(&server).await.len(),
                    false => 3,
                };
                assert_eq!(left, 3, "what the load had made is gone");
            }
        }
    }
}

/// A name that is another's alias is no user yet.
#[tokio::test]
async fn somebody_elses_alias_is_not_taken_for_the_user_of_that_name() {
    let server = Server::start().await;
    let ann = "  - Username: ann\n    Password: Passw0rd-0\n    \
               UserAttributes: {preferred_username: boss}\n";
    let boss = "  - {Username: boss, Password: Passw0rd-0}\n";
    let preferred = |more: &str| {
        fixture(3, more).replace(
            "AliasAttributes: [email]",
            "AliasAttributes: [preferred_username]",
        )
    };
    load(&server, preferred(ann)).await.unwrap();
    for yaml in [format!("{boss}{ann}"), format!("{ann}{boss}")] {
        load(&server, preferred(&yaml)).await.unwrap();
        assert_eq!(names(&server).await.len(), 5);
    }
}

/// A pool that is deleted while its users come in is said to be gone, and nothing stays of them.
#[tokio::test]
async fn a_pool_that_is_deleted_meanwhile_is_said_to_be_gone() {
    let server = Server::start().await;
    load(&server, fixture(3, "")).await.unwrap();
    let yaml = fixture(4_000, "");
    let deleting = async {
        while names(&server).await.len() < 100 {
            tokio::task::yield_now().await;
        }
        let pool = json!({ "UserPoolId": POOL });
        server.ok("DeleteUserPool", pool).await;
    };
    let (told, ()) = tokio::join!(load(&server, yaml), deleting);
    let told = told.unwrap_err();
    assert!(
        told.contains("ResourceNotFoundException: User pool us-east-1_Many00001 does not exist."),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
}

/// Of the many who are as the file says nothing is told, of each of the others what differs.
#[tokio::test]
async fn who_differs_among_many_is_told() {
    let server = Server::start().await;
    let yaml = fixture(450, "");
    load(&server, yaml.clone()).await.unwrap();
    let again = fixtures::load(&server, "many.yaml", &yaml, FixturesMode::Keep).await;
    assert_eq!(again.unwrap(), [""; 0]);
    // Whom somebody has changed, and whom the file says otherwise by now.
    let disabled = json!({ "UserPoolId": POOL, "Username": "user201" });
    server.ok("AdminDisableUser", disabled).await;
    let password = json!({
        "UserPoolId": POOL, "Username": "user202", "Password": "An0ther-one", "Permanent": true,
    });
    server.ok("AdminSetUserPassword", password).await;
    let changed = json!({
        "UserPoolId": POOL, "Username": "user203",
        "UserAttributes": [{ "Name": "email", "Value": "new@example.com" }],
    });
    server.ok("AdminUpdateUserAttributes", changed).await;
    // Somebody who has chosen a password of their own is as the file wants it.
    let chosen = json!({
        "UserPoolId": POOL, "Username": "user204", "Password": "My-0wn-word", "Permanent": true,
    });
    server.ok("AdminSetUserPassword", chosen).await;
    let says = |name: &str, what: &str, yaml: &str| {
        let line = format!("  - Username: {name}\n");
        assert!(yaml.contains(&line));
        yaml.replace(&line, &format!("{line}    {what}\n"))
    };
    let yaml = says("user449", "Groups: [staff]", &yaml);
    let yaml = says("user450", "Enabled: false", &yaml);
    let yaml = says("user5", "UserStatus: CONFIRMED", &yaml);
    let told = fixtures::load(&server, "many.yaml", &yaml, FixturesMode::Keep).await;
    let mut told = told.unwrap();
    told.sort();
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    let of = |user: &str, what: &str| format!("{POOL}, user {user}: {what}");
    let expected = [
        of("user202", "Password differs from many.yaml"),
        of(
            "user203",
            "UserAttributes.email is new@example.com here, user203@example.com in many.yaml",
        ),
        of(
            "user203",
            "UserAttributes.email_verified is false here, true in many.yaml",
        ),
        of("user449", "Groups is [] here, [staff] in many.yaml"),
        of("user450", "Enabled is true here, false in many.yaml"),
    ];
    assert_eq!(told, expected);
}

/// A file that was loaded is loaded again whatever has become of its users' names: who has an
/// entry's `Sub` is meant by it, and nobody else is set to what it says.
#[tokio::test]
async fn who_was_renamed_is_still_the_one_whom_the_file_means() {
    const POOL: &str = "us-east-1_Moved0001";
    let pool = |users: &str| {
        format!(
            "UserPools:\n- PoolName: moved\n  UserPoolId: {POOL}\n  \
             UsernameAttributes: [email, phone_number]\n  Users:\n{users}"
        )
    };
    let by_sub = |name: &str, sub: u32, more: &str| {
        format!("  - {{Username: {name}, Sub: 00000000-0000-4000-8000-00000000000{sub}, {more}}}\n")
    };
    let moved = async |server: &Server, from: &str, attribute: &str, to: &str| {
        let input = json!({
            "UserPoolId": POOL, "Username": from,
            "UserAttributes": [
                { "Name": attribute, "Value": to },
                { "Name": format!("{attribute}_verified"), "Value": "true" },
            ],
        });
        server.ok("AdminUpdateUserAttributes", input).await;
    };
    let attribute = async |server: &Server, name: &str, attribute: &str| {
        let asked = json!({ "UserPoolId": POOL, "Username": name });
        let user = server.ok("AdminGetUser", asked).await;
        let list = user["UserAttributes"].as_array().unwrap().clone();
        let found = list.into_iter().find(|one| one["Name"] == attribute);
        found.map(|one| one["Value"].as_str().unwrap().to_owned())
    };
    // Kept, typed and invited users, and those of a Count.
    for more in [
        "Passwordless: true",
        "Password: Passw0rd-0",
        "TemporaryPassword: Passw0rd-0, Invitation: {}",
    ] {
        let server = Server::start().await;
        let file = pool(&(by_sub("a@x.io", 1, more) + &by_sub("b@x.io", 2, more)));
        let load = async |mode| fixtures::load(&server, "moved.yaml", &file, mode).await;
        load(FixturesMode::Keep).await.unwrap();
        moved(&server, "b@x.io", "email", "c@x.io").await;
        moved(&server, "a@x.io", "email", "b@x.io").await;
        let told = load(FixturesMode::Keep).await.unwrap();
        let line = |name: &str, is: &str| {
            format!("{POOL}, user {name}: UserAttributes.email is {is} here, {name} in moved.yaml")
        };
        let lines = [line("a@x.io", "b@x.io"), line("b@x.io", "c@x.io")];
        assert!(lines.iter().all(|line| told.contains(line)), "{told:#?}");
        load(FixturesMode::Update).await.unwrap();
        for (name, sub) in [("a@x.io", 1), ("b@x.io", 2)] {
            let sub = format!("00000000-0000-4000-8000-00000000000{sub}");
            assert_eq!(attribute(&server, name, "sub").await, Some(sub));
        }
        // A stranger who has the name by now is nobody's business.
        moved(&server, "a@x.io", "email", "z@x.io").await;
        let stranger = json!({ "UserPoolId": POOL, "Username": "a@x.io" });
        server.ok("AdminCreateUser", stranger).await;
        let said = format!("{more}, UserAttributes: {{nickname: an}}");
        let file = pool(&by_sub("a@x.io", 1, &said));
        let refused = fixtures::load(&server, "moved.yaml", &file, FixturesMode::Update).await;
        assert!(refused.is_err(), "the address is another's: {refused:?}");
        let told = fixtures::load(&server, "moved.yaml", &file, FixturesMode::Keep).await;
        let line = "UserAttributes.email is z@x.io here, a@x.io in moved.yaml";
        assert!(told.unwrap().iter().any(|told| told.ends_with(line)));
        assert_eq!(attribute(&server, "a@x.io", "nickname").await, None);
    }
    let server = Server::start().await;
    let count = pool("  - {Username: 'u{n}@x.io', Password: Passw0rd-0, Count: 3}\n");
    load(&server, count.clone()).await.unwrap();
    moved(&server, "u2@x.io", "email", "new@x.io").await;
    load(&server, count).await.unwrap();
    // Without a Sub the name says who it is, also where it has come to another.
    let server = Server::start().await;
    let plain = pool(
        "  - {Username: a@x.io, Password: Passw0rd-0, UserAttributes: {phone_number: \
         '+15551', phone_number_verified: true}}\n  - {Username: '+15552', Password: Passw0rd-0}\n",
    );
    load(&server, plain.clone()).await.unwrap();
    moved(&server, "+15552", "phone_number", "+15553").await;
    moved(&server, "a@x.io", "phone_number", "+15552").await;
    load(&server, plain).await.unwrap();
}

/// A user name is never another user's sub.
#[tokio::test]
async fn somebody_elses_sub_is_no_user_name() {
    let server = Server::start().await;
    load(&server, fixture(2, "")).await.unwrap();
    let asked = json!({ "UserPoolId": POOL, "Username": "user2" });
    let user = server.ok("AdminGetUser", asked).await;
    let attributes = user["UserAttributes"].as_array().unwrap();
    let sub = attributes.iter().find(|one| one["Name"] == "sub").unwrap();
    let more = format!(
        "  - {{Username: {}, Password: An0ther-one}}\n",
        sub["Value"].as_str().unwrap()
    );
    for mode in [FixturesMode::Keep, FixturesMode::Update] {
        let told = fixtures::load(&server, "many.yaml", &fixture(2, &more), mode).await;
        let told = told.unwrap_err();
        assert!(told.contains("User account already exists"), "{told}");
    }
}
