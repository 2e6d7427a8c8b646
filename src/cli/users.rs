//! `mocknito users`: looking at users and making them, by the calls that any AWS client makes.

use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Server, ServerClient};
use super::output::{cell, harmless, items, print, print_json, table};

/// What `mocknito users` may be told.
#[derive(clap::Args)]
pub(super) struct UsersArgs {
    #[command(subcommand)]
    action: UsersAction,
}

#[derive(Subcommand)]
enum UsersAction {
    /// Lists users
    List {
        /// As ListUsers takes it: 'email ^= "al"', 'status = "CONFIRMED"'
        #[arg(long, value_name = "FILTER")]
        filter: Option<String>,
        #[command(flatten)]
        scope: PoolScope,
    },
    /// Shows one user
    Show {
        /// Username, or an alias of the user
        name: String,
        #[command(flatten)]
        scope: PoolScope,
    },
    /// Makes a user who can sign in at once
    Create {
        /// Username
        name: String,
        /// The user's password
        #[arg(long)]
        password: String,
        /// The user must replace it at the first sign-in
        #[arg(long)]
        temporary: bool,
        /// An attribute, such as email=alice@example.com; may be repeated
        #[arg(long = "attribute", value_name = "NAME=VALUE", value_parser = name_and_value)]
        attributes: Vec<(String, String)>,
        /// A group that the user joins; may be repeated
        #[arg(long = "group", value_name = "GROUP")]
        groups: Vec<String>,
        #[command(flatten)]
        scope: PoolScope,
    },
    /// Deletes a user
    Delete {
        /// Username, or an alias of the user
        name: String,
        #[command(flatten)]
        scope: PoolScope,
    },
    /// Gives a user a password
    SetPassword {
        /// Username, or an alias of the user
        name: String,
        /// The new password
        #[arg(long)]
        password: String,
        /// The user must replace it at the next sign-in
        #[arg(long)]
        temporary: bool,
        #[command(flatten)]
        scope: PoolScope,
    },
    /// Prints an access token for a user; mocknito token has more to choose from
    Token {
        /// Username, or an alias of the user
        name: String,
        /// App client that the token is for; needed where the pool has several
        #[arg(long, value_name = "ID")]
        client_id: Option<String>,
        #[command(flatten)]
        scope: PoolScope,
    },
}

/// Which pool, at which server, and for whom to print.
#[derive(clap::Args)]
struct PoolScope {
    /// User pool; needed where there are several
    #[arg(long, value_name = "ID")]
    user_pool_id: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

/// A pool at a server.
struct ChosenPool {
    client: ServerClient,
    id: String,
    region: String,
    json: bool,
}

pub(super) fn run(args: &UsersArgs) -> anyhow::Result<()> {
    match &args.action {
        UsersAction::List { filter, scope } => ChosenPool::of(scope)?.list(filter.as_deref()),
        UsersAction::Show { name, scope } => ChosenPool::of(scope)?.show(name),
        UsersAction::Create {
            name,
            password,
            temporary,
            attributes,
            groups,
            scope,
        } => {
            let pool = ChosenPool::of(scope)?;
            pool.create(name, attributes)?;
            // Nothing is left half made.
            let finished = pool
                .set_password(name, password, *temporary)
                .and_then(|()| pool.join(name, groups));
            if let Err(error) = finished {
                pool.call("AdminDeleteUser", json!({ "Username": name }))?;
                return Err(error);
            }
            pool.show(name)
        }
        UsersAction::Delete { name, scope } => {
            let pool = ChosenPool::of(scope)?;
            pool.call("AdminDeleteUser", json!({ "Username": name }))?;
            pool.say(&format!("deleted {}", harmless(name)))
        }
        UsersAction::SetPassword {
            name,
            password,
            temporary,
            scope,
        } => {
            let pool = ChosenPool::of(scope)?;
            pool.set_password(name, password, *temporary)?;
            pool.say(&format!("{} has a new password", harmless(name)))
        }
        UsersAction::Token {
            name,
            client_id,
            scope,
        } => ChosenPool::of(scope)?.token(name, client_id.as_deref()),
    }
}

impl ChosenPool {
    fn of(scope: &PoolScope) -> anyhow::Result<Self> {
        let client = ServerClient::new(&scope.server)?;
        let id = match &scope.user_pool_id {
            Some(id) => id.clone(),
            None => only_pool(&client)?,
        };
        // As in every pool's id: eu-west-1_AbCdEfGhI.
        let Some((region, _)) = id.split_once('_') else {
            bail!("{id} is no user pool's id, which looks like us-east-1_AbCdEfGhI");
        };
        let region = region.to_owned();
        Ok(Self {
            client,
            id,
            region,
            json: scope.json,
        })
    }

    fn call(&self, operation: &str, mut input: Value) -> anyhow::Result<Value> {
        input["UserPoolId"] = json!(self.id);
        self.client.call(&self.region, operation, &input)
    }

    fn say(&self, text: &str) -> anyhow::Result<()> {
        if self.json { print("{}") } else { print(text) }
    }

    fn list(&self, filter: Option<&str>) -> anyhow::Result<()> {
        let mut users = Vec::new();
        let mut next = Value::Null;
        loop {
            let mut input = json!({ "Limit": 60 });
            if let Some(filter) = filter {
                input["Filter"] = json!(filter);
            }
            if !next.is_null() {
                input["PaginationToken"] = next;
            }
            let mut page = self.call("ListUsers", input)?;
            if let Value::Array(found) = page["Users"].take() {
                users.extend(found);
            }
            next = page["PaginationToken"].take();
            if next.is_null() {
                break;
            }
        }
        if self.json {
            return print_json(&Value::Array(users));
        }
        let rows: Vec<Vec<String>> = users
            .iter()
            .map(|user| {
                let address = attribute(user, "email").or_else(|| attribute(user, "phone_number"));
                vec![
                    cell(&user["Username"]),
                    status(user),
                    address.unwrap_or_default(),
                    attribute(user, "sub").unwrap_or_default(),
                ]
            })
            .collect();
        print(&table(&["NAME", "STATUS", "ADDRESS", "SUB"], &rows))
    }

    fn show(&self, name: &str) -> anyhow::Result<()> {
        let mut user = self.call("AdminGetUser", json!({ "Username": name }))?;
        let groups = self.call("AdminListGroupsForUser", json!({ "Username": name }))?;
        let groups: Vec<Value> = items(&groups["Groups"])
            .iter()
            .map(|group| group["GroupName"].clone())
            .collect();
        if self.json {
            user["Groups"] = Value::Array(groups);
            return print_json(&user);
        }
        let mut rows = vec![
            vec!["Username".to_owned(), cell(&user["Username"])],
            vec!["Status".to_owned(), status(&user)],
        ];
        let groups: Vec<String> = groups.iter().map(cell).collect();
        rows.push(vec!["Groups".to_owned(), groups.join(", ")]);
        let factors: Vec<String> = items(&user["UserMFASettingList"])
            .iter()
            .map(cell)
            .collect();
        rows.push(vec!["MFA".to_owned(), factors.join(", ")]);
        for attribute in items(&user["UserAttributes"]) {
            rows.push(vec![cell(&attribute["Name"]), cell(&attribute["Value"])]);
        }
        rows.retain(|row| !row[1].is_empty());
        print(&table(&["", self.id.as_str()], &rows))
    }

    fn create(&self, name: &str, attributes: &[(String, String)]) -> anyhow::Result<()> {
        let attributes: Vec<Value> = attributes
            .iter()
            .map(|(name, value)| json!({ "Name": name, "Value": value }))
            .collect();
        let input = json!({
            "Username": name,
            "MessageAction": "SUPPRESS",
            "UserAttributes": attributes,
        });
        self.call("AdminCreateUser", input).map(|_created| ())
    }

    fn set_password(&self, name: &str, password: &str, temporary: bool) -> anyhow::Result<()> {
        let input = json!({ "Username": name, "Password": password, "Permanent": !temporary });
        self.call("AdminSetUserPassword", input).map(|_set| ())
    }

    fn join(&self, name: &str, groups: &[String]) -> anyhow::Result<()> {
        for group in groups {
            let input = json!({ "Username": name, "GroupName": group });
            self.call("AdminAddUserToGroup", input)
                .with_context(|| format!("the group {}", harmless(group)))?;
        }
        Ok(())
    }

    fn token(&self, name: &str, client_id: Option<&str>) -> anyhow::Result<()> {
        let client_id = match client_id {
            Some(id) => id.to_owned(),
            None => self.only_client()?,
        };
        let request = json!({ "client_id": client_id, "username": name });
        let tokens = self.client.post("/_mocknito/tokens", &request)?;
        if self.json {
            return print_json(&tokens);
        }
        print(&cell(&tokens["AccessToken"]))
    }

    fn only_client(&self) -> anyhow::Result<String> {
        let found = self.call("ListUserPoolClients", json!({ "MaxResults": 60 }))?;
        let name = |client: &Value| {
            let (id, name) = (cell(&client["ClientId"]), cell(&client["ClientName"]));
            format!("{id} ({name})")
        };
        match items(&found["UserPoolClients"]) {
            [only] => Ok(cell(&only["ClientId"])),
            [] => bail!("{} has no app client", self.id),
            several => {
                let names: Vec<String> = several.iter().map(name).collect();
                bail!(
                    "choose an app client with --client-id: {}",
                    names.join(", ")
                )
            }
        }
    }
}

/// The id of the only user pool.
fn only_pool(client: &ServerClient) -> anyhow::Result<String> {
    let found = client.get("/_mocknito/pools")?;
    let id = |pool: &Value| cell(&pool["id"]);
    match items(&found["user_pools"]) {
        [only] => Ok(id(only)),
        [] => bail!("there is no user pool at {}", client.base()),
        several => {
            let ids: Vec<String> = several.iter().take(10).map(id).collect();
            let more = if several.len() > ids.len() {
                ", …"
            } else {
                ""
            };
            bail!(
                "choose a user pool with --user-pool-id: {}{more}",
                ids.join(", ")
            )
        }
    }
}

/// The user's status, and whether sign-ins are off.
fn status(user: &Value) -> String {
    let status = cell(&user["UserStatus"]);
    if user["Enabled"] == Value::Bool(false) {
        format!("{status}, disabled")
    } else {
        status
    }
}

fn attribute(user: &Value, name: &str) -> Option<String> {
    let found = items(&user["Attributes"])
        .iter()
        .find(|one| one["Name"] == name)?;
    Some(cell(&found["Value"]))
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("an attribute looks like email=alice@example.com".to_owned()),
    }
}
