//! `mocknito serve`: opens the store, loads fixtures, says where it is, and serves until it is told
//! to stop.

use std::future::{Pending, pending};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::time::MissedTickBehavior;

use super::greeting::Listening;
use super::watch::{self, ChangeOfFiles};
use super::{greeting, logging, variables};
use crate::access::Access;
use crate::app::{App, AuthorizerMemory, Risks, Settings};
use crate::boxed::{boxed, spawn};
use crate::clock::Clock;
use crate::config::{FixturesMode, Issuer, LogFormat, PublicUrl, ServeArgs, Switch};
use crate::domain::limits;
use crate::faults::Faults;
use crate::fixtures::{CurrentFixtures, FixtureSource, Fixtures, ImportSettings, export};
use crate::flows::{import, managed_secrets, point_in_time_recovery};
use crate::http;
use crate::http::listen::{self, Closing};
use crate::http::tls::Tls;
use crate::http_client::HttpClient;
use crate::ids;
use crate::journal::Journal;
use crate::keys::{CompromisedPasswords, Keys, Mint};
use crate::outbox::Outbox;
use crate::outbox::smtp::Relay;
use crate::random::Random;
use crate::store::{Location, Store};
use crate::threads;
use crate::throttle::{Throttle, ThrottleRule};
use crate::triggers::{Functions, Setup, TargetRule};

/// How often what has ended is swept out of the store.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// When keys are made ahead for copies of pools.
const KEYS_ARE_MADE_AFTER: Duration = Duration::from_secs(3);

/// Runs the server until it is told to stop.
pub(super) fn run(args: ServeArgs, command: &clap::Command) -> anyhow::Result<()> {
    logging::start(&args.log, args.log_format)?;
    variables::warn_of_unknown(command);
    runtime()?.block_on(async {
        let stop = ServerEnd {
            asked: stop_signal()?,
            left_alone: input_closed(args.exit_with_parent),
        };
        serve(args, Greeting::Spoken, stop, |_listening| {}).await
    })
}

/// Whether the start is told on standard output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Greeting {
    Spoken,
    Silent,
}

/// What ends a server.
pub(crate) struct ServerEnd<A, L> {
    /// Somebody asks it to end: at once, also while fixtures are read and loaded.
    asked: A,
    /// Nobody needs it any more. A start is brought to its end first: without an input
    /// `--exit-with-parent` is how to load fixtures and no more.
    left_alone: L,
}

impl<A: Future<Output = ()>> ServerEnd<A, Pending<()>> {
    pub fn when(asked: A) -> Self {
        Self {
            asked,
            left_alone: pending(),
        }
    }
}

/// What the server runs on.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    raise_open_files();
    // Half of the cores serve requests: the others have SQLite's threads and arithmetic to do, and
    // tasks that no second worker looks out for cost a fifth less.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads((cores / 2).max(1))
        // Look for new requests after every few steps, not every 61: a step may be a signature of
        // half a millisecond.
        .event_interval(4)
        .enable_all()
        .build()
        .context("no threads to run on")
}

/// Every connection is an open file, and the soft limit is often 1024, for programs that could not
/// handle more.
#[cfg(unix)]
fn raise_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

#[cfg(not(unix))]
fn raise_open_files() {}

/// Serves until something stops it; `tell` hears where as soon as everything is ready.
pub(crate) async fn serve<A: Future<Output = ()>, L: Future<Output = ()>>(
    args: ServeArgs,
    greeting: Greeting,
    stop: ServerEnd<A, L>,
    tell: impl FnOnce(Listening),
) -> anyhow::Result<()> {
    // Whatever can fail without a trace comes first.
    let code = CodeFolder::of(&args);
    let mut change = ChangeOfFiles::of(&args.fixtures);
    let mut asked = pin!(stop.asked);
    let fixtures = tokio::select! {
        read = read_fixtures(&args, &code.path) => read?,
        () = &mut asked => return Ok(()),
    };
    change.refer_to(fixtures.files());
    let mut listeners = Vec::new();
    for port in &args.ports {
        listeners.push(bind(&args.host, *port).await?);
    }
    let address = listeners
        .first()
        .context("no port to listen on")?
        .local_addr()?;
    let port = address.port();

    let functions = functions(&args, &fixtures, address)?;
    let app = Arc::new(build(&args, port, functions).await?);
    let mode = args.fixtures_mode.unwrap_or(FixturesMode::Keep);
    let loaded = tokio::select! {
        loaded = boxed(fixtures.load_as_one(&app, mode)) => Some(loaded),
        () = &mut asked => None,
    };
    let loaded = match loaded {
        Some(Ok(loaded)) => loaded,
        unfinished => {
            app.functions.stop();
            // Takes away what was written ahead of a commit that did not come.
            app.store.close().await;
            if let Some(Err(refused)) = unfinished {
                return Err(refused.into());
            }
            tracing::info!("stopped while the fixtures were loaded: nothing of them is there");
            return Ok(());
        }
    };
    for note in &loaded.notes {
        tracing::info!("{note}");
    }
    import::resume(&app)
        .await
        .map_err(|error| anyhow!("the imports that were running cannot go on: {error:?}"))?;
    point_in_time_recovery::resume(&app)
        .await
        .map_err(|error| anyhow!("the recoveries that were running cannot go on: {error:?}"))?;
    managed_secrets::rotate_due(&app)
        .await
        .map_err(|error| anyhow!("the managed client secrets cannot be rotated: {error:?}"))?;
    app.functions.warm_up();
    make_keys_ahead(app.clone());
    warn_of_idle_rules(&app, &args).await;
    let listening = Listening {
        url: app.settings.public_url.clone(),
        port,
    };
    if let Some(file) = &args.port_file {
        write_port(file, port)?;
    }
    match (greeting, args.log_format) {
        (Greeting::Silent, _) => {}
        (Greeting::Spoken, LogFormat::Json) => greeting::say_ready(&listening),
        (Greeting::Spoken, LogFormat::Text) => {
            greeting::greet(&app, &args, port, (&loaded, &fixtures)).await
        }
    }
    warn_of_open_doors(&args);
    tell(listening);

    let tls = Tls::new(app.clone());
    if matches!(app.store.location(), Location::Folder(folder) if folder.join("ca.pem").exists()) {
        // It is there; whether it is the store's is looked at beside the first requests, since
        // aws-lc's first random number takes some 30 ms.
        let app = app.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = Handle::current().block_on(publish_authority(&app)) {
                tracing::error!("{error:#}");
            }
        });
    } else {
        publish_authority(&app).await?;
    }
    let (closer, closing) = listen::closing();
    let sweeping = spawn(sweep(app.clone(), closing.clone()));
    let current: Arc<CurrentFixtures> = fixtures.into();
    let args = Arc::new(args);
    if args.watch {
        let watching = Watching {
            app: app.clone(),
            current: current.clone(),
            change,
            code: code.path.clone(),
        };
        watching.start(args.clone(), closing.clone());
    }
    let router = http::router(app.clone(), current.clone(), closing);
    let stopped = async {
        tokio::select! {
            () = asked => {}
            () = stop.left_alone => {}
        }
    };
    listen::serve(listeners, router, tls, closer, stopped).await;
    // A load that was given up takes away what it had made.
    let _nobody_loads = current.loading.lock().await;

    if let Some(file) = &args.export_on_exit {
        let written = export::write_file(&app, &current.get(), file).await;
        written.with_context(|| format!("cannot write {}", file.display()))?;
    }

    if let Some(file) = &args.coverage {
        write_coverage(&app, file)?;
    }
    // A sweep in the middle ends first; it takes milliseconds, and failing says so in the log.
    let _swept = sweeping.await;
    app.functions.stop();
    app.store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// What the run has used, for whoever looks afterwards.
fn write_coverage(app: &App, file: &Path) -> anyhow::Result<()> {
    let report = serde_json::to_string_pretty(&http::CoverageReport::of(app))?;
    std::fs::write(file, report).with_context(|| format!("cannot write {}", file.display()))
}

/// Keys for copies of pools lie ready soon after the start, which they must not slow down. A server
/// that lives for a moment makes none.
fn make_keys_ahead(app: Arc<App>) {
    spawn(async move {
        let mut soon = tokio::time::interval(KEYS_ARE_MADE_AFTER);
        // The first one comes at once.
        soon.tick().await;
        soon.tick().await;
        app.keys.make_ahead();
    });
}

/// Where code that stands in a template is put to be run; a folder of this run's own is removed
/// however the run ends.
struct CodeFolder {
    path: PathBuf,
    is_temporary: bool,
}

impl CodeFolder {
    fn of(args: &ServeArgs) -> Self {
        match &args.data {
            Some(data) => Self {
                path: data.join("code"),
                is_temporary: false,
            },
            None => {
                // In a folder that others write to, too, its name must not be guessed.
                let unknown = ids::uuid(&mut Random::new(None).generator());
                Self {
                    path: std::env::temp_dir().join(format!("mocknito-code-{unknown}")),
                    is_temporary: true,
                }
            }
        }
    }
}

impl Drop for CodeFolder {
    fn drop(&mut self) {
        if self.is_temporary {
            let _not_there = std::fs::remove_dir_all(&self.path);
        }
    }
}

async fn read_fixtures(args: &ServeArgs, code: &Path) -> anyhow::Result<Fixtures> {
    let mut sources = Vec::new();
    for place in &args.fixtures {
        if place.as_os_str() == "-" && args.exit_with_parent {
            bail!(
                "--fixtures - reads standard input, which --exit-with-parent watches: choose one"
            );
        }
        if place.as_os_str() == "-" && args.watch {
            bail!("--fixtures - can be read once only: --watch needs files");
        }
        sources.push(FixtureSource::open(place).await?);
    }
    if let Some(text) = args
        .fixtures_yaml
        .clone()
        .filter(|text| !text.trim().is_empty())
    {
        let name = "MOCKNITO_FIXTURES_YAML".to_owned();
        sources.push(FixtureSource::Text { name, text });
    }
    let parameters = args.parameters.iter();
    let settings = ImportSettings {
        region: args.region.clone(),
        account: args.account_id.clone(),
        parameters: parameters
            .map(|one| (one.name.clone(), one.value.clone()))
            .collect(),
        password: args.import_password.clone(),
        code_folder: Some(code.to_owned()),
    };
    let demo = args.demo;
    let read = threads::unwaited(move || Fixtures::of(demo, sources, &settings)).await;
    let fixtures = read.context("the fixtures could not be read")??;
    for note in fixtures.notes() {
        tracing::info!("{note}");
    }
    Ok(fixtures)
}

/// Loads the fixtures again whenever one of their files is saved.
struct Watching {
    app: Arc<App>,
    current: Arc<CurrentFixtures>,
    change: ChangeOfFiles,
    code: PathBuf,
}

impl Watching {
    fn start(self, args: Arc<ServeArgs>, closing: Closing) {
        if self.change.is_of_nothing() {
            tracing::warn!("--watch: no --fixtures names a file, so there is nothing to watch");
            return;
        }
        let mode = args.fixtures_mode.unwrap_or(FixturesMode::Update);
        spawn(async move {
            let read = || read_fixtures(&args, &self.code);
            watch::watch(self.app, self.current, self.change, mode, closing, read).await;
        });
    }
}

/// Puts the certificate that TLS clients must trust into the data folder, where other containers
/// can mount it. The key stays in the store.
async fn publish_authority(app: &App) -> anyhow::Result<()> {
    let Location::Folder(folder) = app.store.location() else {
        return Ok(());
    };
    let authority = app
        .keys
        .authority(&app.store)
        .await
        .map_err(|error| anyhow!("{error:?}"))?;
    let (path, pem) = (folder.join("ca.pem"), authority.pem());
    if std::fs::read_to_string(&path).is_ok_and(|written| written == pem) {
        return Ok(());
    }
    std::fs::write(&path, pem).with_context(|| format!("cannot write {}", path.display()))
}

async fn bind(host: &str, port: u16) -> anyhow::Result<TcpListener> {
    let name = host.trim_matches(['[', ']']);
    TcpListener::bind((name, port))
        .await
        .map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => anyhow!(
                "port {port} on {host} is in use: stop what listens there, or choose another with \
             --port"
            ),
            _ => anyhow!("cannot listen on {host}, port {port}: {error}"),
        })
}

/// Puts everything together.
pub(super) async fn build(
    args: &ServeArgs,
    port: u16,
    functions: Functions,
) -> anyhow::Result<App> {
    let random = Random::new(args.seed);
    let location = match &args.data {
        Some(folder) => Location::Folder(folder.clone()),
        None => Location::Memory,
    };
    let clock = Arc::new(Clock::system());
    let rng = &mut random.generator();
    let store = if args.point_in_time_recovery {
        Store::open_with_history(location, rng, clock.clone()).await?
    } else {
        Store::open(location, rng).await?
    };
    let mint = args.seed.map_or(Mint::Random, Mint::Seeded);
    let keys = Keys::new(store.master_secret(), mint);
    let public_url = match &args.public_url {
        Some(PublicUrl::At(url)) => url.clone(),
        Some(PublicUrl::Auto) | None => format!("http://localhost:{port}"),
    };
    store
        .serves_at(&public_url)
        .context("cannot write to the data folder")?;
    Ok(App {
        access: Access::new(
            &public_url,
            args.issuer == Issuer::Aws,
            &args.allow_origins,
            &args.allow_hosts,
        ),
        settings: Settings {
            region: args.region.clone(),
            account_id: args.account_id.clone(),
            public_url,
            follows_host: args.public_url == Some(PublicUrl::Auto),
            issuer: args.issuer,
            fixed_code: args.fixed_code.clone(),
            dev_strip: args.dev_strip == Switch::On,
            pretend_providers: args.pretend_providers,
            credentials_from: args.credentials_from.clone(),
            listed_credentials: args.credentials.clone(),
        },
        risks: Risks::default(),
        faults: Faults::default(),
        throttle: throttle(args)?,
        compromised_passwords: match &args.compromised_passwords {
            None => CompromisedPasswords::default(),
            Some(file) => CompromisedPasswords::with_file(file).map_err(|error| {
                anyhow!("cannot read the passwords in {}: {error}", file.display())
            })?,
        },
        store,
        keys,
        clock,
        random,
        outbox: match &args.smtp {
            Some(server) => Outbox::with_relay(Relay::start(server)),
            None => Outbox::default(),
        },
        functions,
        journal: Journal::default(),
        http_client: HttpClient::default(),
        authorizers: AuthorizerMemory::default(),
    })
}

/// The rates that are asked for. A category must be one.
fn throttle(args: &ServeArgs) -> anyhow::Result<Throttle> {
    for rule in &args.throttle {
        if let ThrottleRule::Category { name, .. } = rule
            && limits::default_rate(name).is_none()
        {
            let known = limits::categories().collect::<Vec<_>>().join(", ");
            return Err(anyhow!(
                "--throttle: {name} is no category; known are {known}"
            ));
        }
    }
    Ok(Throttle::new(&args.throttle))
}

/// Where functions are, by the fixtures and, stronger, by the command line. Files and what runs
/// them must be there.
fn functions(
    args: &ServeArgs,
    fixtures: &Fixtures,
    address: SocketAddr,
) -> anyhow::Result<Functions> {
    let mut rules = fixtures.functions().to_vec();
    let here = std::env::current_dir().context("there is no present folder")?;
    for trigger in &args.triggers {
        let rule = TargetRule::parse(&trigger.name, &trigger.target, &here);
        rules.push(rule.map_err(|why| anyhow!("--trigger: {why}"))?);
    }
    // How handlers on this machine get here, whatever others call it.
    let own = match address.ip() {
        ip if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        _ => address,
    };
    Functions::new(Setup {
        rules,
        lambda_endpoint: args.lambda_endpoint.clone(),
        own_endpoint: format!("http://{own}"),
        region: args.region.clone(),
        ..Setup::default()
    })
}

/// A rule places a function and does not make a pool call it: whoever expects that shall hear of
/// it.
async fn warn_of_idle_rules(app: &App, args: &ServeArgs) {
    for trigger in &args.triggers {
        let Some((pool, moment)) = trigger.name.split_once(':') else {
            continue;
        };
        let Ok(pool) = app.store.pool(pool).await else {
            continue;
        };
        let config = serde_json::to_value(&pool.settings.lambda_config).unwrap_or_default();
        let has = |member: &str| config.get(member).is_some_and(|value| !value.is_null());
        if !has(moment) && !has(&format!("{moment}Config")) {
            tracing::warn!(
                "--trigger {}: the pool's LambdaConfig has no {moment}, so nothing calls this \
                 function",
                trigger.name
            );
        }
    }
}

/// Every [`SWEEP_EVERY`] of the machine's time, until the server stops: a moved clock makes no turn
/// come sooner.
async fn sweep(app: Arc<App>, mut closing: Closing) {
    let start = tokio::time::Instant::now() + SWEEP_EVERY;
    let mut turns = tokio::time::interval_at(start, SWEEP_EVERY);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            () = closing.wait() => return,
        }
        if let Err(error) = app.sweep().await {
            tracing::error!("the store could not be swept: {error:?}");
        }
        if let Err(error) = managed_secrets::rotate_due(&app).await {
            tracing::error!("managed client secrets could not be rotated: {error:?}");
        }
    }
}

/// Returns when somebody asks the process to end.
#[cfg(unix)]
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).context("cannot listen for signals");
    let (mut interrupt, mut terminate) = (
        listen(SignalKind::interrupt())?,
        listen(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
    })
}

#[cfg(not(unix))]
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler the process ends by itself.
        let _handled = tokio::signal::ctrl_c().await;
        tracing::info!("stopping");
    })
}

/// Returns when standard input closes, if that means that the parent has ended. What is written to
/// it does not matter.
async fn input_closed(with_parent: bool) {
    if !with_parent {
        return pending().await;
    }
    let read = threads::unwaited(|| io::copy(&mut io::stdin().lock(), &mut io::sink()));
    let _broken_or_closed = read.await;
    tracing::info!("standard input has closed: stopping");
}

/// Whole at once: whoever waits for the file reads all of it.
fn write_port(file: &Path, port: u16) -> anyhow::Result<()> {
    let write = || {
        let (mut unfinished, name) = export::create_beside(file, 0o644)?;
        let written = writeln!(unfinished, "{port}").and_then(|()| std::fs::rename(&name, file));
        if written.is_err() {
            let _not_there = std::fs::remove_file(&name);
        }
        written
    };
    write().with_context(|| format!("cannot write {}", file.display()))
}

fn warn_of_open_doors(args: &ServeArgs) {
    if !is_loopback(&args.host) {
        tracing::info!(
            "listening on {}: whoever can reach this address can use and administer the pools",
            args.host
        );
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::process::{Resource, getrlimit};

    #[test]
    fn as_many_files_may_be_open_as_the_machine_allows() {
        super::raise_open_files();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
