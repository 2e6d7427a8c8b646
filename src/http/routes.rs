//! Every URL of the server, and what stands before each of them.
//!
//! Not here: what is answered. Each line names the handler. `tests/tidy` keeps it so that no other
//! file registers one.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, header};
use axum::middleware::Next;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};

use super::answers::{nothing_here, only_post, panicked, wrong_method};
use super::arrival::Arrival;
use super::erased::{any, around, around_with, delete, erased, get, post, put};
use super::faults as ordered_faults;
use super::gateway::alb::keys::public_key;
use super::listen::Closing;
use super::mocknito::{
    apis, authorize as for_proxies, clock, console, copies, coverage, credentials, demo, export,
    faults, fixtures, functions, guard, images, import, inbox, inspect, keys, log, metrics,
    openapi, pools, pretend, requests, reset, risk, server, snapshots, strip, tokens, totp, user,
};
use super::oauth::{
    authorize, idp_response, logout, register, revoke, saml_logout, saml_response, token, user_info,
};
use super::pages::handlers::{add_passkey, asked, back_to_login, sent};
use super::pages::{
    assets, challenge, confirm_user, feedback, message, passkeys, recover, sign_in, sign_up,
};
use super::record::{self, Recorder};
use super::state::ServerState;
use super::{address, arrival, aws, body, discovery, foreign_pages, gateway, headers};
use crate::app::App;
use crate::fixtures::CurrentFixtures;
use crate::journal::Door;
use crate::store::held;

/// Every URL. `fixtures` are loaded again by `/_mocknito/reset`; `closing` ends what waits when the
/// server stops.
pub fn router(
    app: Arc<App>,
    fixtures: impl Into<Arc<CurrentFixtures>>,
    closing: Closing,
) -> Router {
    let state = ServerState::new(app.clone(), fixtures.into(), closing);
    let arriving = Arrival::new(state.closing.clone());
    let router = for_programs(&app)
        .merge(for_browsers(&app))
        .nest("/_aws/cognito-idp", as_at_localstack(&app))
        .nest(
            "/_mocknito",
            mocknito(app.clone()).merge(guarded_apis(app.clone())),
        )
        .merge(console_home(app.clone()))
        // An API's host has nothing of all this.
        .layer(around_with(state.clone(), gateway::by_host))
        .layer(DefaultBodyLimit::max(body::LIMIT))
        .layer(around_with(arriving, arrival::watch_over))
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(state);
    let router = match app.settings.follows_host {
        true => router.layer(around_with(app, address::follow_host)),
        false => router,
    };
    if cfg!(debug_assertions) {
        let watch = |request: Request, next: Next| held::watch(next.run(request));
        return router.layer(around(watch));
    }
    router
}

/// What programs call, scripts of other sites among them: no cookie counts here.
fn for_programs(app: &Arc<App>) -> Router<ServerState> {
    // Both AWS APIs, and what of STS, KMS and Secrets Manager is served.
    let api = Router::new()
        .route("/", post(aws::call))
        .method_not_allowed_fallback(erased(wrong_method));
    // Whoever looks what is here.
    let about = Router::new()
        .route("/", get(server::root))
        .route("/favicon.ico", get(console::files::favicon));
    recorded(app, Door::Api, guarded(app, api))
        .merge(guarded(app, about))
        .merge(documents_and_tokens(app))
}

/// Pools' documents, and the endpoints of their domains that programs call.
fn documents_and_tokens(app: &Arc<App>) -> Router<ServerState> {
    let user_info = get(user_info::user_info).post(erased(user_info::user_info));
    let token = post(token::token).fallback(erased(only_post));
    // (unsure) As the token endpoint.
    let revoke = post(revoke::revoke).fallback(erased(only_post));
    let small = DefaultBodyLimit::max(register::LARGEST);
    let register_at_pool = post(register::register_at_pool)
        .fallback(erased(only_post))
        .layer(small);
    let register = post(register::register)
        .fallback(erased(only_post))
        .layer(small);
    let endpoints = Router::new()
        .route("/{pool}/.well-known/jwks.json", get(discovery::jwks))
        .route(
            "/{pool}/.well-known/openid-configuration",
            get(discovery::openid_configuration),
        )
        // The issuer of identity pools, by this server's name and by AWS's.
        .route(
            "/cognito-identity/.well-known/openid-configuration",
            get(discovery::openid_issuer),
        )
        .route(
            "/cognito-identity/.well-known/jwks_uri",
            get(discovery::openid_keys),
        )
        .route(
            "/.well-known/openid-configuration",
            get(discovery::aws_openid_issuer),
        )
        .route("/.well-known/jwks_uri", get(discovery::openid_keys))
        .route("/oauth2/token", token.clone())
        .route("/token", token)
        // Both spellings work on AWS, and the short ones that some packages have compiled in.
        .route("/oauth2/userInfo", user_info.clone())
        .route("/oauth2/userinfo", user_info.clone())
        .route("/userInfo", user_info)
        .route("/oauth2/revoke", revoke)
        .route("/oauth2/register", register)
        .route("/{pool}/oauth2/register", register_at_pool)
        .fallback(erased(nothing_here))
        .method_not_allowed_fallback(erased(wrong_method));
    recorded(app, Door::OAuth, guarded(app, endpoints))
}

/// These routes for programs and for scripts of other sites. A page that is refused reads nothing,
/// not even CORS headers.
fn guarded(app: &Arc<App>, router: Router<ServerState>) -> Router<ServerState> {
    let keep_out = around_with(app.clone(), foreign_pages::keep_out);
    let strike = around_with(app.clone(), ordered_faults::strike);
    router.layer(strike).layer(cors()).layer(keep_out)
}

/// Where LocalStack has what is at a pool's domain: `/_aws/cognito-idp/login`,
/// `/_aws/cognito-idp/oauth2/token`.
fn as_at_localstack(app: &Arc<App>) -> Router<ServerState> {
    documents_and_tokens(app).merge(for_browsers(app))
}

/// These routes, every request of which the journal keeps.
fn recorded(app: &Arc<App>, door: Door, router: Router<ServerState>) -> Router<ServerState> {
    let recorder = Recorder::new(app, door);
    router.layer(around_with(recorder, record::record))
}

/// Where browsers are sent. No CORS: a script of another site has no business here. The service
/// takes some paths in more than one spelling.
fn for_browsers(app: &Arc<App>) -> Router<ServerState> {
    let authorize = get(authorize::authorize).post(erased(authorize::authorize_by_form));
    let confirm =
        get(confirm_user::confirm_user).post(erased(sent!("ConfirmUser", sign_up::post_confirm)));
    let forgot = get(asked!("ForgotPasswordPage", recover::get))
        .post(erased(sent!("ForgotPasswordPage", recover::post)));
    let reset = get(asked!("ResetPasswordPage", recover::get_reset))
        .post(erased(sent!("ResetPasswordPage", recover::post_reset)));
    let change = get(back_to_login).post(erased(sent!("ChangePasswordPage", challenge::post)));
    let endpoints = Router::new()
        .route("/oauth2/authorize", authorize.clone())
        .route("/authorize", authorize)
        .route(
            "/oauth2/idpresponse",
            get(idp_response::idp_response).post(erased(idp_response::by_form)),
        )
        .route("/saml2/idpresponse", post(saml_response::saml_response))
        .route("/saml2/logout", post(saml_logout::saml_logout))
        .route("/logout", get(logout::logout));
    let pages = Router::new()
        .route(
            "/login",
            get(asked!("Login", sign_in::get)).post(erased(sent!("Login", sign_in::post))),
        )
        .route(
            "/signup",
            get(asked!("SignUpPage", sign_up::get))
                .post(erased(sent!("SignUpPage", sign_up::post))),
        )
        .route("/confirmUser", confirm)
        .route(
            "/confirmuser",
            post(sent!("ConfirmUser", sign_up::post_confirm)),
        )
        .route(
            "/resendcode",
            get(back_to_login).post(erased(sent!("ResendCode", sign_up::post_resend))),
        )
        .route(
            "/mfa",
            get(back_to_login).post(erased(sent!("Mfa", challenge::post))),
        )
        .route("/forgotPassword", forgot.clone())
        .route("/forgotpassword", forgot)
        .route("/confirmForgotPassword", reset.clone())
        .route("/confirmforgotPassword", reset.clone())
        .route("/confirmforgotpassword", reset)
        .route("/changePassword", change.clone())
        .route("/changepassword", change)
        .route(
            "/passkeys/add",
            get(add_passkey).post(erased(sent!("AddPasskeyPage", passkeys::post))),
        )
        .route("/feedback", get(feedback::feedback))
        .route("/error", get(message::error));
    let drawn = |router: Router<ServerState>| {
        let strike = around_with(app.clone(), ordered_faults::strike);
        let draw = around_with(app.clone(), message::draw);
        router.layer(strike).layer(draw)
    };
    recorded(app, Door::OAuth, drawn(endpoints)).merge(recorded(app, Door::Pages, drawn(pages)))
}

/// Where the console begins. A nested router has no address that ends in a slash.
fn console_home(app: Arc<App>) -> Router<ServerState> {
    Router::new()
        .route("/_mocknito/", get(server::home))
        .layer(around_with(app, guard::no_foreign_pages))
        .layer(around(headers::no_sniffing))
        .layer(around(log::log))
}

/// What Cognito does not have, below `/_mocknito`. No CORS either: a page that somebody happens to
/// visit must not steer the server.
fn mocknito(app: Arc<App>) -> Router<ServerState> {
    let sign_in_as = post(strip::sign_in_as).layer(around_with(app.clone(), message::draw));
    let guarded = Router::new()
        .route("/", get(server::lead_home))
        .route("/console/{file}", get(console::files::asset))
        .route("/pools", get(pools::list))
        .route("/users", get(console::pages::users))
        .route("/user", get(user::show))
        .route("/user/sessions/{id}", delete(user::end_session))
        .route("/user/passkeys/{id}", delete(user::delete_passkey))
        .route("/pool", get(console::pages::pool))
        .route("/identity-pools", get(console::pages::identity_pools))
        .route("/inbox", get(inbox::read).delete(erased(inbox::empty)))
        .route("/inbox/code", get(inbox::code))
        .route(
            "/requests",
            get(requests::list).delete(erased(requests::clear)),
        )
        .route(
            "/functions",
            get(functions::list).delete(erased(functions::clear)),
        )
        .route(
            "/coverage",
            get(coverage::read).delete(erased(coverage::clear)),
        )
        .route("/metrics", get(metrics::read))
        .route("/openapi.json", get(openapi::document))
        .route("/schema.json", get(openapi::fixture_schema))
        .route("/apis", get(apis::list))
        .route("/clock", get(clock::read).post(erased(clock::change)))
        .route("/reset", post(reset::reset))
        .route("/demo", post(demo::load))
        .route(
            "/tokens",
            get(console::pages::tokens).post(erased(tokens::mint_tokens)),
        )
        .route("/tokens/inspect", post(inspect::inspect))
        .route("/keys", post(keys::change))
        .route("/totp", get(totp::code))
        .route("/pools/{id}/copy", post(copies::copy))
        .route(
            "/faults",
            get(faults::list)
                .post(erased(faults::order))
                .delete(erased(faults::clear)),
        )
        .route("/faults/{id}", delete(faults::delete))
        .route(
            "/snapshots",
            get(snapshots::list).post(erased(snapshots::save)),
        )
        .route("/snapshots/{name}", delete(snapshots::delete))
        .route("/snapshots/{name}/restore", post(snapshots::restore))
        .route("/risk", post(risk::set_risk))
        .route("/credentials/{access_key_id}", get(credentials::whose))
        .route("/ca.pem", get(server::authority))
        .route("/import", post(fixtures::import))
        .route("/export", get(export::export))
        .route("/import/{job}", put(import::upload))
        .route("/import/{job}/log", get(import::log))
        .route("/pages/sign-in", sign_in_as)
        .nest("/providers/{pool}/{provider}", pretend_provider())
        .route("/providers.css", get(pretend::pages::stylesheet))
        .route("/providers.js", get(pretend::pages::script))
        .fallback(erased(console::pages::missing))
        .method_not_allowed_fallback(erased(console::pages::missing_by_get))
        .layer(around_with(app.clone(), guard::no_foreign_pages));
    // Asked by proxies, with whatever method and headers their clients came.
    let asked_by_proxies = Router::new()
        .route("/authorize", any(for_proxies::by_query))
        .route("/authorize/{*asked}", any(for_proxies::by_path))
        .layer(around_with(app.clone(), guard::proxies_or_no_foreign_pages));
    // What pages show to everybody.
    let public = Router::new()
        .route("/health", get(server::health))
        .route("/favicon.svg", get(console::files::favicon))
        .route("/alb/keys/{kid}", get(public_key))
        .route("/images/{pool}/{client}", get(images::logo))
        .route("/pages/{file}", get(assets::file))
        .route("/pages/signed-out", get(message::signed_out))
        .route("/pages/{client}/style.css", get(assets::style))
        .route("/pages/{client}/images/{image}", get(assets::image));
    public
        .merge(guarded)
        .merge(recorded(&app, Door::Gateway, asked_by_proxies))
        .layer(around(headers::no_sniffing))
        .layer(around(log::log))
}

/// APIs of fixtures by a path, for who cannot call them by their hosts. What they answer is theirs.
fn guarded_apis(app: Arc<App>) -> Router<ServerState> {
    Router::new()
        .route("/apis/{name}", any(gateway::by_path))
        .route("/apis/{name}/", any(gateway::by_path))
        .route("/apis/{name}/{*path}", any(gateway::by_path))
        .layer(around_with(app, guard::no_foreign_hosts))
}

/// An identity provider whose part is played here.
fn pretend_provider() -> Router<ServerState> {
    Router::new()
        .route(
            "/authorize",
            get(pretend::authorize).post(erased(pretend::answer)),
        )
        .route(
            "/token",
            get(pretend::token_by_query).post(erased(pretend::token)),
        )
        .route(
            "/userinfo",
            get(pretend::user_info).post(erased(pretend::user_info)),
        )
        .route("/jwks.json", get(pretend::keys))
        .route("/.well-known/openid-configuration", get(pretend::discovery))
}

/// As on AWS: any origin, no credentials, and whatever method and headers a preflight asks for.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::any())
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .max_age(Duration::from_secs(172_800))
        .expose_headers([
            HeaderName::from_static("x-amzn-requestid"),
            HeaderName::from_static("x-amzn-errortype"),
            HeaderName::from_static("x-amzn-errormessage"),
            header::DATE,
        ])
}
