//! Every flag and variable, one doc line each: what `mocknito serve --help` prints.
//!
//! Not here: what is made of them (`cli::serve`), and the few flags of the other verbs, which stand
//! in those verbs' files.

use std::path::PathBuf;

use url::Url;

use crate::access;
use crate::throttle::ThrottleRule;
use crate::wire::Sensitive;

/// What `mocknito serve` may be told.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeArgs {
    /// Address to listen on; 0.0.0.0 opens the server to the network
    #[arg(
        long,
        env = "MOCKNITO_HOST",
        hide_env = true,
        value_name = "ADDRESS",
        default_value = "127.0.0.1"
    )]
    pub host: String,
    /// Port to listen on; 0 takes any free one; several are separated by commas (9339,443), and
    /// addresses that the server makes have the first
    #[arg(
        long = "port",
        env = "MOCKNITO_PORT",
        hide_env = true,
        value_name = "PORT",
        value_delimiter = ',',
        default_value = "9339"
    )]
    pub ports: Vec<u16>,
    /// File to write the port to once the server is ready, for programs that start it with --port 0
    #[arg(long, env = "MOCKNITO_PORT_FILE", hide_env = true, value_name = "FILE")]
    pub port_file: Option<PathBuf>,
    /// Folder that keeps everything, made when it is not there [default: ./.mocknito]
    #[arg(long, env = "MOCKNITO_DATA", hide_env = true, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Keep nothing: the store lives in memory and ends with the process
    #[arg(long, env = "MOCKNITO_EPHEMERAL", hide_env = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub ephemeral: bool,
    /// Pools, clients and users to start with: a YAML or JSON file, a folder of them, a URL, or -
    /// for standard input. Also CloudFormation templates, a cdk.out, amplify_outputs.json,
    /// aws-exports.js, a .cognito folder, what the AWS CLI or terraform show -json printed. May be
    /// repeated (in the variable: separated by commas)
    #[arg(
        long,
        env = "MOCKNITO_FIXTURES",
        hide_env = true,
        value_name = "PATH",
        value_delimiter = ','
    )]
    pub fixtures: Vec<PathBuf>,
    /// What becomes of what is there already: keep leaves it and tells what is otherwise, update
    /// sets what the fixtures say, replace makes the pools that they name anew. A load that fails
    /// leaves everything as it was [default: keep]
    #[arg(
        long,
        env = "MOCKNITO_FIXTURES_MODE",
        hide_possible_values = true,
        hide_env = true,
        value_name = "keep|update|replace"
    )]
    pub fixtures_mode: Option<FixturesMode>,
    /// Load a fixture again when its file is saved, as --fixtures-mode says, or else by update:
    /// what changed is told in the log, and a file with a mistake changes nothing
    #[arg(long, env = "MOCKNITO_WATCH", hide_env = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub watch: bool,
    /// A fixture itself, where no file can be: in a variable of a container
    #[arg(
        long,
        env = "MOCKNITO_FIXTURES_YAML",
        hide_env = true,
        value_name = "TEXT"
    )]
    pub fixtures_yaml: Option<String>,
    /// A parameter of a template: NAME=VALUE. NAME may also be AWS::StackName, another stack's
    /// export, a {{resolve:…}}, a resource (its id) or RESOURCE.ATTRIBUTE; may be repeated (in
    /// the variable MOCKNITO_PARAMETERS: a line each, since lists have commas)
    #[arg(
        long = "parameter",
        env = "MOCKNITO_PARAMETERS",
        hide_env = true,
        value_name = "NAME=VALUE",
        value_delimiter = '\n',
        value_parser = template_parameter
    )]
    pub parameters: Vec<TemplateParameter>,
    /// Password of users whom a fixture of another kind brings without one
    #[arg(
        long,
        env = "MOCKNITO_IMPORT_PASSWORD",
        hide_env = true,
        hide_env_values = true,
        value_name = "PASSWORD"
    )]
    pub import_password: Option<String>,
    /// Start with the demo pool: the users alice, bob and carol to play with
    #[arg(long, env = "MOCKNITO_DEMO", hide_env = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub demo: bool,
    /// Region of requests that are not signed for one
    #[arg(
        long,
        env = "MOCKNITO_REGION",
        hide_env = true,
        value_name = "REGION",
        default_value = "us-east-1",
        value_parser = region
    )]
    pub region: String,
    /// Account number in ARNs
    #[arg(
        long,
        env = "MOCKNITO_ACCOUNT_ID",
        hide_env = true,
        value_name = "NUMBER",
        default_value = "123456789012",
        value_parser = account_id
    )]
    pub account_id: String,
    /// How clients reach the server; issuers and discovery begin with it. auto: by whatever host
    /// and port a request was sent to, such as the mapped port of a container [default:
    /// http://localhost:PORT]
    #[arg(
        long,
        env = "MOCKNITO_PUBLIC_URL",
        hide_env = true,
        value_name = "URL|auto",
        value_parser = public_url
    )]
    pub public_url: Option<PublicUrl>,
    /// Issuer that tokens name: local is {public-url}/{pool id}; aws is
    /// https://cognito-idp.{region}.amazonaws.com/{pool id}
    #[arg(
        long,
        env = "MOCKNITO_ISSUER",
        hide_possible_values = true,
        hide_env = true,
        value_name = "ISSUER",
        default_value = "local"
    )]
    pub issuer: Issuer,
    /// Origin whose web pages may use what is for programs only (administration, /_mocknito/), such
    /// as https://admin.example.com; pages of this machine may in any case; may be repeated (in the
    /// variable MOCKNITO_ALLOW_ORIGINS: separated by commas)
    #[arg(
        long = "allow-origin",
        env = "MOCKNITO_ALLOW_ORIGINS",
        hide_env = true,
        value_name = "ORIGIN",
        value_delimiter = ',',
        value_parser = origin
    )]
    pub allow_origins: Vec<String>,
    /// Further host name that leads here, such as cognito.corp or *.svc.cluster.local; may be
    /// repeated (in the variable MOCKNITO_ALLOW_HOSTS: separated by commas)
    #[arg(
        long = "allow-host",
        env = "MOCKNITO_ALLOW_HOSTS",
        hide_env = true,
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = host_name
    )]
    pub allow_hosts: Vec<String>,
    /// Keep a history of all users and groups, for point-in-time recovery; each change is then
    /// written twice
    #[arg(long, env = "MOCKNITO_POINT_IN_TIME_RECOVERY", hide_env = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub point_in_time_recovery: bool,
    /// Make the same ids, codes and keys in every run; for tests only, since everybody can compute
    /// them
    #[arg(long, env = "MOCKNITO_SEED", hide_env = true, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Write into this file, when the server stops, which operations, flows, challenges, triggers,
    /// endpoints and refusals were used: JSON, as at /_mocknito/coverage
    #[arg(long, env = "MOCKNITO_COVERAGE", hide_env = true, value_name = "FILE")]
    pub coverage: Option<PathBuf>,
    /// Write everything that the server has into this file when it stops, as a fixture: secrets
    /// included, and readable for its owner only
    #[arg(
        long,
        env = "MOCKNITO_EXPORT_ON_EXIT",
        hide_env = true,
        value_name = "FILE"
    )]
    pub export_on_exit: Option<PathBuf>,
    /// Make every code this one, for suites that cannot read the inbox: six digits such as 123456;
    /// for tests only
    #[arg(long, env = "MOCKNITO_FIXED_CODE", hide_env = true, value_name = "CODE", value_parser = code)]
    pub fixed_code: Option<String>,
    /// Development strip on the hosted pages, with users to sign in as and the last code: on or off
    #[arg(
        long,
        env = "MOCKNITO_DEV_STRIP",
        hide_possible_values = true,
        hide_env = true,
        value_name = "ON|OFF",
        default_value = "on"
    )]
    pub dev_strip: Switch,
    /// Play the identity providers' part: auto for the social ones and for those at reserved
    /// addresses such as idp.example.com; on for all; off
    #[arg(
        long,
        env = "MOCKNITO_PRETEND_PROVIDERS",
        hide_possible_values = true,
        hide_env = true,
        value_name = "WHICH",
        default_value = "auto"
    )]
    pub pretend_providers: PretendProviders,
    /// File of passwords that threat protection finds to be compromised, one a line, beside those
    /// that are built in
    #[arg(
        long,
        env = "MOCKNITO_COMPROMISED_PASSWORDS",
        hide_env = true,
        value_name = "FILE"
    )]
    pub compromised_passwords: Option<PathBuf>,
    /// STS that makes the credentials of identity pools, asked with the identity's OpenID token
    /// (AssumeRoleWithWebIdentity): MinIO's, Ceph's, moto's; without it they are made here
    #[arg(long, env = "MOCKNITO_CREDENTIALS_FROM", hide_env = true, value_name = "URL", value_parser = base_url)]
    pub credentials_from: Option<String>,
    /// Answer TooManyRequestsException beyond a rate of requests: aws for AWS's default rates,
    /// CATEGORY=N for N requests per second of one category, such as UserAuthentication=5; may be
    /// repeated (in the variable MOCKNITO_THROTTLE: separated by commas)
    #[arg(
        long,
        env = "MOCKNITO_THROTTLE",
        hide_env = true,
        value_name = "aws|CATEGORY=N",
        value_delimiter = ','
    )]
    pub throttle: Vec<ThrottleRule>,
    /// Access key with which requests to guarded APIs may be signed (AWS_IAM), beside those of
    /// identity pools: KEY_ID=SECRET; may be repeated (in the variable: separated by commas)
    #[arg(
        long,
        env = "MOCKNITO_CREDENTIALS",
        hide_env = true,
        hide_env_values = true,
        value_name = "KEY_ID=SECRET",
        value_delimiter = ',',
        value_parser = listed_credentials
    )]
    pub credentials: Vec<ListedCredentials>,
    /// Hand e-mails to a mail catcher too (Mailpit, MailHog): smtp://HOST:PORT; they stay in the
    /// inbox in any case
    #[arg(long, env = "MOCKNITO_SMTP", hide_env = true, value_name = "URL", value_parser = smtp_server)]
    pub smtp: Option<SmtpServer>,
    /// Where a Lambda trigger's function is: NAME=TARGET, where NAME is the function's name or ARN,
    /// or POOL:TRIGGER, and TARGET is a URL or a handler file such as
    /// ./lambda/pre-token.mjs#handler; may be repeated (in the variable MOCKNITO_TRIGGERS:
    /// separated by commas)
    #[arg(
        long = "trigger",
        env = "MOCKNITO_TRIGGERS",
        hide_env = true,
        value_name = "NAME=TARGET",
        value_delimiter = ',',
        value_parser = trigger
    )]
    pub triggers: Vec<TriggerTarget>,
    /// Lambda endpoint that all other functions are called at, by their names: SAM local,
    /// LocalStack, an emulator
    #[arg(long, env = "MOCKNITO_LAMBDA_ENDPOINT", hide_env = true, value_name = "URL", value_parser = base_url)]
    pub lambda_endpoint: Option<String>,
    /// End when standard input closes: for a program that starts the server with a pipe there and
    /// wants it to end with itself, however it ends
    #[arg(long, env = "MOCKNITO_EXIT_WITH_PARENT", hide_env = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub exit_with_parent: bool,
    /// What the log tells: error, warn, info, debug, trace, or directives such as mocknito=debug
    #[arg(
        long,
        env = "MOCKNITO_LOG",
        hide_env = true,
        value_name = "LEVEL",
        default_value = "info"
    )]
    pub log: String,
    /// How the log is written: text, or json with one object per line; then standard output has one
    /// line of JSON, too, as soon as the server is ready
    #[arg(
        long,
        env = "MOCKNITO_LOG_FORMAT",
        hide_possible_values = true,
        hide_env = true,
        value_name = "FORMAT",
        default_value = "text"
    )]
    pub log_format: LogFormat,
}

/// Where a function is, as the operator says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerTarget {
    pub name: String,
    pub target: String,
}

/// An access key that the operator lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCredentials {
    pub access_key_id: String,
    pub secret_access_key: Sensitive<String>,
}

/// A mail catcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpServer {
    pub host: String,
    pub port: u16,
}

/// How clients reach the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicUrl {
    /// By the host that a request was sent to, if no stranger can have made it up.
    Auto,
    /// By this URL, whatever a request was sent to.
    At(String),
}

/// Which issuer tokens name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Issuer {
    /// {public-url}/{pool id}: agrees with the discovery document that this server serves; of
    /// identity pools {public-url}/cognito-identity
    Local,
    /// https://cognito-idp.{region}.amazonaws.com/{pool id}: for verifiers that compute the issuer
    /// from the pool id
    Aws,
}

/// What a load of fixtures does with what is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FixturesMode {
    /// It stays as it is, and what is otherwise is told
    Keep,
    /// What the fixtures say is set, what else is there stays
    Update,
    /// The pools that the fixtures name are made anew
    Replace,
}

/// Something that is there or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
    /// It is there
    On,
    /// It is not
    Off,
}

/// Whose part as identity provider the server plays itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PretendProviders {
    /// Google, Facebook, Amazon and Apple unless they have endpoints of their own, and providers at
    /// addresses that nobody can have
    Auto,
    /// Every provider's
    On,
    /// Nobody's
    Off,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// A line to read
    Text,
    /// A JSON object per line
    Json,
}

/// Whether this can be the name of an AWS Region; credential scopes are held against it too.
pub fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A Region that somebody types: credential scopes may have any name, but here it is a slip.
pub fn region(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('-').collect();
    let number = parts.last().is_some_and(|last| last.parse::<u8>().is_ok());
    if is_region(text) && parts.len() >= 3 && number {
        Ok(text.to_owned())
    } else {
        Err("a Region looks like us-east-1".to_owned())
    }
}

/// Plain SMTP only: what stands for more is refused and not ignored. Mail catchers listen on 1025.
fn smtp_server(text: &str) -> Result<SmtpServer, String> {
    let form = || "an SMTP server is given as smtp://localhost:1025".to_owned();
    let Some(rest) = text.strip_prefix("smtp://") else {
        return Err(if text.starts_with("smtps://") {
            "smtps is not supported: mail is relayed in clear, to a mail catcher".to_owned()
        } else {
            form()
        });
    };
    if rest.contains('@') {
        return Err("signing in is not supported: mail catchers need none".to_owned());
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| form())?),
        _ => (rest, 1025),
    };
    let host = host.trim_matches(['[', ']']);
    let odd = |c: char| c.is_whitespace() || c.is_control() || "/?#".contains(c);
    if host.is_empty() || port == 0 || host.contains(odd) {
        return Err(form());
    }
    Ok(SmtpServer {
        host: host.to_owned(),
        port,
    })
}

fn trigger(text: &str) -> Result<TriggerTarget, String> {
    match text.split_once('=') {
        Some((name, target)) if !name.is_empty() && !target.is_empty() => Ok(TriggerTarget {
            name: name.trim().to_owned(),
            target: target.trim().to_owned(),
        }),
        _ => Err("write it as my-function=./lambda/handler.mjs or \
            my-function=http://localhost:3000/hook"
            .to_owned()),
    }
}

/// A parameter of a template. Values may be secrets, which `Debug` keeps to itself.
#[derive(Clone)]
pub struct TemplateParameter {
    pub name: String,
    pub value: String,
}

impl std::fmt::Debug for TemplateParameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}=…", self.name)
    }
}

/// Reads `NAME=VALUE`.
pub fn template_parameter(text: &str) -> Result<TemplateParameter, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok(TemplateParameter {
            name: name.trim().to_owned(),
            value: value.to_owned(),
        }),
        _ => Err("write it as Name=value".to_owned()),
    }
}

/// The sentence repeats nothing: what was given may be a secret.
fn listed_credentials(text: &str) -> Result<ListedCredentials, String> {
    match text.split_once('=') {
        Some((key, secret))
            if !secret.is_empty()
                && !key.is_empty()
                && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') =>
        {
            Ok(ListedCredentials {
                access_key_id: key.to_owned(),
                secret_access_key: Sensitive::new(secret.to_owned()),
            })
        }
        _ => Err("an access key is given as its id, = and its secret".to_owned()),
    }
}

/// Twelve digits.
pub fn account_id(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account number has 12 digits".to_owned())
    }
}

fn code(text: &str) -> Result<String, String> {
    if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("a code has six digits".to_owned())
    }
}

/// A URL that paths are put behind: without a last slash, a query and a fragment.
pub fn base_url(text: &str) -> Result<String, String> {
    const FORM: &str = "it must be a plain URL such as http://localhost:9339";
    if !(text.starts_with("http://") || text.starts_with("https://")) {
        return Err("it must begin with http:// or https://".to_owned());
    }
    let url = Url::parse(text).map_err(|error| format!("{FORM} ({error})"))?;
    let has_more = url.query().is_some() || url.fragment().is_some();
    let odd = |c: char| c.is_whitespace() || c == '@';
    if has_more || text.contains(odd) {
        return Err(FORM.to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn public_url(text: &str) -> Result<PublicUrl, String> {
    match text {
        "auto" => Ok(PublicUrl::Auto),
        url => base_url(url).map(PublicUrl::At),
    }
}

fn origin(text: &str) -> Result<String, String> {
    if access::is_origin(text) {
        Ok(text.to_owned())
    } else {
        Err("an origin looks like https://admin.example.com, without a path".to_owned())
    }
}

/// A name, or all names below one.
fn host_name(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("*.").unwrap_or(text);
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if is_name {
        Ok(text.to_owned())
    } else {
        Err("a host name looks like cognito.corp or *.svc.cluster.local, without a port".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_kept_without_its_last_slash() {
        assert_eq!(
            base_url("https://auth.example.test/").as_deref(),
            Ok("https://auth.example.test")
        );
        assert_eq!(public_url("auto"), Ok(PublicUrl::Auto));
        let fixed = PublicUrl::At("http://cognito:9339".to_owned());
        assert_eq!(public_url("http://cognito:9339/"), Ok(fixed));
        assert!(public_url("Auto").is_err());
        for wrong in [
            "localhost:9339",
            "http://",
            "http://:80",
            "ftp://x",
            "http://a b",
            "http://a?b",
        ] {
            assert!(base_url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn allowed_names_have_their_forms() {
        assert!(origin("https://admin.example.com").is_ok());
        for wrong in [
            "*",
            "null",
            "admin.example.com",
            "https://admin.example.com/",
        ] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
        assert!(host_name("cognito.corp").is_ok() && host_name("*.svc.cluster.local").is_ok());
        for wrong in [
            "",
            "*",
            "*.",
            "a.*.b",
            "cognito.corp:9339",
            "http://cognito.corp",
        ] {
            assert!(host_name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mail_catcher_is_a_host_and_a_port() {
        let server = |text| smtp_server(text).map(|server| (server.host, server.port));
        for (text, host, port) in [
            ("smtp://mailpit:1025", "mailpit", 1025),
            ("smtp://127.0.0.1:25/", "127.0.0.1", 25),
            ("smtp://[::1]:2525", "::1", 2525),
            ("smtp://[::1]", "::1", 1025),
            ("smtp://localhost", "localhost", 1025),
        ] {
            assert_eq!(server(text), Ok((host.to_owned(), port)));
        }
        for wrong in [
            "mailpit:1025",
            "smtps://mailpit:465",
            "smtp://",
            "smtp://:1025",
            "smtp://user:secret@mailpit:1025",
            "smtp://mailpit:0",
            "smtp://mailpit:x",
            "smtp://mail pit:25",
            "smtp://mailpit:25/path",
        ] {
            assert!(server(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_listed_key_is_never_printed_with_its_secret() {
        let listed = listed_credentials("AKIA1=s/e+c=").unwrap();
        assert_eq!(listed.access_key_id, "AKIA1");
        assert_eq!(listed.secret_access_key.expose(), "s/e+c=");
        assert!(!format!("{listed:?}").contains("s/e+c"));
        for wrong in ["", "AKIA1", "AKIA1=", "=s", "AKIA 1=s"] {
            assert!(listed_credentials(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn regions_and_account_numbers_have_their_forms() {
        assert!(region("eu-central-1").is_ok());
        for wrong in [
            "",
            "mars",
            "US-EAST-1",
            "us_east_1",
            "us-east",
            "a/b",
            &"a".repeat(33),
        ] {
            assert!(region(wrong).is_err(), "{wrong}");
        }
        assert!(account_id("000000000000").is_ok());
        assert!(account_id("12345678901x").is_err());
        assert!(code("012345").is_ok());
        assert!(code("12345").is_err() && code("12345a").is_err());
    }
}
