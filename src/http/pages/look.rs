//! How the pages of one client look and what they offer: from the pool's domain, its styles, terms
//! and identity providers.
//!
//! Read from the store once and kept until any setting changes. Not here: what may be set
//! (`domain::appearance`, `domain::branding`, `domain::terms`), the style sheet itself
//! (`stylesheet.rs`).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::stylesheet::{self, Background};
use crate::app::Ctx;
use crate::domain::appearance::{ALL_CLIENTS, Appearance};
use crate::domain::identity_providers::OWN_DIRECTORY;
use crate::error::Result;
use crate::store::{Client, Kept, Pool};
use crate::wire::user_pools::{
    AssetCategoryType, AssetExtensionType, AssetType, ColorSchemeModeType,
    ManagedLoginBrandingType, TermsType,
};

/// What every page of a client needs to know beside its texts.
#[derive(Default)]
pub struct Look {
    /// The domain is one of managed login and the client has no style: the service shows no pages
    /// then.
    pub is_unavailable: bool,
    /// What the style adds to our own sheet, and where it is served.
    pub stylesheet: Option<String>,
    pub stylesheet_url: Option<String>,
    /// `light` or `dark`, when the style does not leave it to the browser.
    pub scheme: Option<&'static str>,
    pub compact: bool,
    pub logo: Option<Picture>,
    pub logo_place: &'static str,
    pub favicon: Option<String>,
    pub header: Option<Bar>,
    pub footer: Option<Bar>,
    pub federated_first: bool,
    /// Whether users of the pool's own directory may sign in here.
    pub local: bool,
    pub providers: Vec<Provider>,
    /// The links of the terms documents, by name and language.
    pub terms: BTreeMap<String, BTreeMap<String, String>>,
    /// Images that the sheet and the pages show, by id.
    pub images: BTreeMap<String, Image>,
}

/// An image with another one for dark pages.
pub struct Picture {
    pub src: String,
    pub dark: Option<String>,
}

/// The bar above or below the page.
pub struct Bar {
    pub place: &'static str,
    pub logo: Option<Picture>,
}

/// An identity provider to sign in with.
pub struct Provider {
    pub name: String,
    pub label: String,
    pub icon: Option<String>,
}

/// An image as it is served.
#[derive(Clone)]
pub struct Image {
    pub media_type: &'static str,
    pub bytes: Arc<[u8]>,
}

impl Look {
    /// The client's look, from memory when it was asked for before.
    pub async fn of(ctx: &Ctx, pool: &Pool, client: &Client) -> Result<Arc<Self>> {
        ctx.store()
            .remember(&client.id, async || load(ctx, pool, client).await)
            .await
    }
}

async fn load(ctx: &Ctx, pool: &Pool, client: &Client) -> Result<Look> {
    let mut read = ctx.store().read().await?;
    let domains = read.domains().of_pool(&pool.id).await?;
    let mut documents = read.documents();
    let branding: Option<Kept<ManagedLoginBrandingType>> =
        documents.of_client(&client.id).await?.into_iter().next();
    let mut appearance = documents.find::<Appearance>(&pool.id, &client.id).await?;
    if appearance.is_none() {
        appearance = documents.find(&pool.id, ALL_CLIENTS).await?;
    }
    let terms: Vec<Kept<TermsType>> = documents.of_client(&client.id).await?;
    let existing = read.identity_providers().names(&pool.id).await?;
    drop(read);

    // A pool without a domain has no pages on AWS; here it shows whichever look it has.
    let version = domains
        .iter()
        .filter_map(|domain| domain.settings.managed_login_version)
        .max();
    let base = format!("/_mocknito/pages/{}", client.id);
    let mut look = match (branding, appearance) {
        (Some(style), _) if version != Some(1) => managed(&base, &style),
        (None, _) if version == Some(2) => Look {
            is_unavailable: true,
            ..Look::default()
        },
        (_, Some(kept)) => classic(&base, kept),
        _ => Look::default(),
    };
    let supported = client
        .settings
        .supported_identity_providers
        .as_deref()
        .unwrap_or_default();
    // (unsure) A client that names no provider at all signs in with the pool's own directory.
    look.local = supported.is_empty() || supported.iter().any(|name| name == OWN_DIRECTORY);
    look.providers = supported
        .iter()
        .filter(|name| existing.contains(name))
        .map(|name| provider(&look, &base, name))
        .collect();
    look.terms = terms
        .into_iter()
        .filter_map(|kept| Some((kept.document.terms_name?, kept.document.links?)))
        .collect();
    Ok(look)
}

/// The names that the social providers have in AWS's own words, and what people call them.
fn provider(look: &Look, base: &str, name: &str) -> Provider {
    let label = match name {
        "LoginWithAmazon" => "Amazon",
        "SignInWithApple" => "Apple",
        other => other,
    };
    let icon = format!("icon-{name}");
    Provider {
        name: name.to_owned(),
        label: label.to_owned(),
        icon: look
            .images
            .contains_key(&icon)
            .then(|| format!("{base}/images/{icon}")),
    }
}

/// The classic hosted UI: the style sheet of the known classes and the logo.
fn classic(base: &str, kept: Kept<Appearance>) -> Look {
    let version = kept.updated_at.0 / 1_000;
    let logo = kept.document.image.as_ref().map(|_| Picture {
        src: format!(
            "/_mocknito/images/{}/{}?v={version}",
            kept.pool_id, kept.key
        ),
        dark: None,
    });
    Look {
        stylesheet_url: kept
            .document
            .css
            .as_ref()
            .map(|_| format!("{base}/style.css?v={version}")),
        stylesheet: kept.document.css,
        logo,
        ..Look::default()
    }
}

/// Managed login: what of a style these pages have.
fn managed(base: &str, kept: &Kept<ManagedLoginBrandingType>) -> Look {
    let version = kept.updated_at.0 / 1_000;
    let nothing = Value::Null;
    let settings = kept.document.settings.as_ref().unwrap_or(&nothing);
    let assets = kept.document.assets.as_deref().unwrap_or_default();
    let scheme = match word(settings, "/categories/global/colorSchemeMode") {
        Some("LIGHT") => Some("light"),
        Some("DARK") => Some("dark"),
        _ => None,
    };
    let shown = ShownImages {
        base,
        version,
        assets,
        scheme,
    };
    let is_on = |path: &str, otherwise: bool| {
        settings
            .pointer(path)
            .and_then(Value::as_bool)
            .unwrap_or(otherwise)
    };
    let bar = |name: &str, logo: AssetCategoryType| {
        is_on(&format!("/categories/global/{name}/enabled"), false).then(|| Bar {
            place: place(word(settings, &format!("/components/{name}/logo/location"))),
            logo: is_on(&format!("/components/{name}/logo/enabled"), false)
                .then(|| shown.picture(logo))
                .flatten(),
        })
    };
    let mut backgrounds = Vec::new();
    for (path, category, selector) in [
        (
            "/components/pageBackground/image/enabled",
            AssetCategoryType::PageBackground,
            "body",
        ),
        (
            "/components/form/backgroundImage/enabled",
            AssetCategoryType::FormBackground,
            ".panel",
        ),
        (
            "/components/pageHeader/backgroundImage/enabled",
            AssetCategoryType::PageHeaderBackground,
            ".bar",
        ),
        (
            "/components/pageFooter/backgroundImage/enabled",
            AssetCategoryType::PageFooterBackground,
            ".bar.foot",
        ),
    ] {
        if is_on(path, false) {
            backgrounds.extend(shown.backgrounds(category, selector));
        }
    }
    Look {
        stylesheet: Some(stylesheet::of_settings(settings, &backgrounds)),
        stylesheet_url: Some(format!("{base}/style.css?v={version}")),
        scheme,
        compact: word(settings, "/categories/global/spacingDensity") == Some("COMPACT"),
        logo: is_on("/components/form/logo/enabled", false)
            .then(|| shown.picture(AssetCategoryType::FormLogo))
            .flatten(),
        logo_place: place(word(settings, "/components/form/logo/location")),
        favicon: [AssetCategoryType::FaviconSvg, AssetCategoryType::FaviconIco]
            .into_iter()
            .find_map(|category| shown.picture(category))
            .map(|picture| picture.src),
        header: bar("pageHeader", AssetCategoryType::PageHeaderLogo),
        footer: bar("pageFooter", AssetCategoryType::PageFooterLogo),
        federated_first: is_federated_first(settings),
        images: assets.iter().filter_map(image).collect(),
        ..Look::default()
    }
}

fn word<'s>(settings: &'s Value, path: &str) -> Option<&'s str> {
    settings.pointer(path).and_then(Value::as_str)
}

fn place(location: Option<&str>) -> &'static str {
    match location {
        Some("START") => "start",
        Some("END") => "end",
        _ => "center",
    }
}

/// `authMethodOrder` is a list of groups of `{"type": "FEDERATED" | "USERNAME_PASSWORD"}`.
fn is_federated_first(settings: &Value) -> bool {
    let groups = settings.pointer("/categories/auth/authMethodOrder");
    let mut methods = groups
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|method| method.get("type").and_then(Value::as_str));
    methods.next() == Some("FEDERATED")
}

/// The style's images as a page shows them.
struct ShownImages<'a> {
    base: &'a str,
    version: i64,
    assets: &'a [AssetType],
    scheme: Option<&'static str>,
}

impl ShownImages<'_> {
    fn url(&self, asset: &AssetType) -> String {
        format!("{}/images/{}?v={}", self.base, id(asset), self.version)
    }

    /// The image for this mode; one that is for all modes counts for each.
    fn find(&self, category: AssetCategoryType, mode: ColorSchemeModeType) -> Option<&AssetType> {
        let of = |mode| {
            self.assets
                .iter()
                .find(|asset| asset.category == category && asset.color_mode == mode)
        };
        of(mode).or_else(|| of(ColorSchemeModeType::Dynamic))
    }

    /// The image for light pages, with the one for dark ones where the browser chooses.
    fn picture(&self, category: AssetCategoryType) -> Option<Picture> {
        let light = self.find(category, ColorSchemeModeType::Light);
        let dark = self.find(category, ColorSchemeModeType::Dark);
        let (src, dark) = match self.scheme {
            Some("dark") => (dark?, None),
            Some(_) => (light?, None),
            None => (light.or(dark)?, dark.filter(|_| light.is_some())),
        };
        Some(Picture {
            src: self.url(src),
            dark: dark.map(|dark| self.url(dark)),
        })
    }

    fn backgrounds(&self, category: AssetCategoryType, selector: &'static str) -> Vec<Background> {
        let Some(picture) = self.picture(category) else {
            return Vec::new();
        };
        let always = Background {
            selector,
            mode: None,
            url: picture.src,
        };
        let dark = picture.dark.map(|url| Background {
            selector,
            mode: Some("dark"),
            url,
        });
        std::iter::once(always).chain(dark).collect()
    }
}

/// How an image is called in URLs: by its place, or for a provider's icon by the provider.
fn id(asset: &AssetType) -> String {
    match (asset.category, &asset.resource_id) {
        (AssetCategoryType::IdpButtonIcon, Some(provider)) => format!("icon-{provider}"),
        (category, _) => format!("{}-{}", category.as_str(), asset.color_mode.as_str()),
    }
}

fn image(asset: &AssetType) -> Option<(String, Image)> {
    let media_type = match asset.extension {
        AssetExtensionType::Ico => "image/x-icon",
        AssetExtensionType::Jpeg => "image/jpeg",
        AssetExtensionType::Png => "image/png",
        AssetExtensionType::Svg => "image/svg+xml",
        AssetExtensionType::Webp => "image/webp",
    };
    let bytes: Arc<[u8]> = asset.bytes.as_ref()?.0.as_slice().into();
    Some((id(asset), Image { media_type, bytes }))
}
