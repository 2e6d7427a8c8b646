//! `mocknito token`: a token for curl, without a sign-in.
//!
//! Not here: what the server makes of the question (`flows::mint`).

use anyhow::Context;
use serde_json::{Map, Value, json};

use super::client::{Server, ServerClient};
use super::output::{print, print_json};

const HELP: &str = "\
It is as if the user had signed in to the app client just now, or as if the client had asked for a \
token of its own: the token verifies, and works with GetUser and the rest.
With --claim or --defect it is one to test others with, and no key to anything here.
The server that has ./.mocknito is asked, or the one at the usual port, unless --url or --port \
names another.

Examples:
  curl -H \"$(mocknito token --client-id democlient0000000000000000 --username alice --header)\" ...
  mocknito token --client-id ... --username alice --expires-in=-1h
  mocknito token --client-id ... --username alice --defect alg_none
  mocknito token --client-id machine...";

/// What `mocknito token` may be told.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct TokenArgs {
    /// App client that the token is for
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// User that the token is for; without one it is the client's own
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Scope of the token, one of those that the client may have; may be given several times
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// How long the token lasts from now, such as 5m; -1h has expired
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    expires_in: Option<String>,
    /// Claim of the token that is printed, as JSON or text; null takes it away. May be given
    /// several times
    #[arg(long = "claim", value_name = "NAME=VALUE")]
    claims: Vec<String>,
    /// What is wrong with the token: signature, expired, not_yet_valid, issuer, audience, kid,
    /// alg_none, alg_hs256, token_use, other_pool or truncated
    #[arg(long, value_name = "DEFECT")]
    defect: Option<String>,
    #[command(flatten)]
    which: Which,
    /// Print it as an HTTP header: Authorization: Bearer ...
    #[arg(long, conflicts_with = "json")]
    header: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(clap::Args)]
#[group(multiple = false)]
struct Which {
    /// Print the access token (the default)
    #[arg(long)]
    access: bool,
    /// Print the ID token
    #[arg(long)]
    id: bool,
    /// Print the refresh token
    #[arg(long)]
    refresh: bool,
    /// Print all of them, as InitiateAuth answers
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &TokenArgs) -> anyhow::Result<()> {
    let document = ServerClient::new(&args.server)?.post("/_mocknito/tokens", &request(args)?)?;
    let member = match args.which {
        Which { json: true, .. } => return print_json(&document),
        Which { id: true, .. } => "IdToken",
        Which { refresh: true, .. } => "RefreshToken",
        Which { .. } => "AccessToken",
    };
    let token = document[member]
        .as_str()
        .with_context(|| format!("the server gave no {member}"))?;
    if args.header {
        print(&format!("Authorization: Bearer {token}"))
    } else {
        print(token)
    }
}

/// The question: what was not said is not in it.
fn request(args: &TokenArgs) -> anyhow::Result<Value> {
    let mut request = json!({ "client_id": args.client_id });
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            request[name] = value;
        }
    };
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    put("username", text(&args.username));
    put("expires_in", text(&args.expires_in));
    put("defect", text(&args.defect));
    let scopes = (!args.scopes.is_empty()).then(|| json!(args.scopes));
    put("scopes", scopes);
    put("claims", claims(args)?);
    Ok(request)
}

/// The claims, for the token that is printed, or for both where both are.
fn claims(args: &TokenArgs) -> anyhow::Result<Option<Value>> {
    if args.claims.is_empty() {
        return Ok(None);
    }
    let mut claims = Map::new();
    for claim in &args.claims {
        let (name, value) = claim
            .split_once('=')
            .with_context(|| format!("--claim {claim:?} has no =: write NAME=VALUE"))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        claims.insert(name.to_owned(), value);
    }
    let both = args.which.json && args.username.is_some();
    Ok(Some(match args.which {
        Which { id: true, .. } => json!({ "id": claims }),
        _ if both => json!({ "id": claims, "access": claims }),
        _ => json!({ "access": claims }),
    }))
}
