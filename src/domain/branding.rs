//! Managed login's styles: settings and images, or the service's own values.
//!
//! Not here: the classic hosted UI (`appearance.rs`), the pages themselves.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::store::{Kept, PoolDocument};
use crate::wire::user_pools::{AssetCategoryType, AssetType, ManagedLoginBrandingType};

/// The most styles of one pool.
pub const MOST: i64 = 20;

/// Managed login as it looks where nobody changed it. (unsure) Its members are those of the
/// documentation's example, without the components that no page here has.
const OWN_SETTINGS: &str = include_str!("managed_login.json");

impl PoolDocument for ManagedLoginBrandingType {
    const KIND: &'static str = "branding";
}

/// What a request says of a style.
#[derive(Debug, Default)]
pub struct RequestedBranding {
    pub use_cognito_provided_values: Option<bool>,
    pub settings: Option<Value>,
    pub assets: Option<Vec<AssetType>>,
}

impl RequestedBranding {
    /// The service's own values and other settings exclude each other; images go with both.
    fn check(&self) -> Result<()> {
        if self.use_cognito_provided_values == Some(true) && self.settings.is_some() {
            return Err(Error::BrandingBothKinds);
        }
        if !self.settings.as_ref().is_none_or(Value::is_object) {
            return Err(Error::BrandingSettingsNoObject);
        }
        let assets = self.assets.as_deref().unwrap_or_default();
        for (index, asset) in assets.iter().enumerate() {
            if assets[..index].iter().any(|other| same_place(asset, other)) {
                return Err(Error::BrandingAssetRepeats {
                    category: asset.category.as_str().to_owned(),
                    mode: asset.color_mode.as_str().to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// A new style. `id` makes ids for images that have none.
pub fn created(
    asked: RequestedBranding,
    id: &mut dyn FnMut() -> String,
) -> Result<ManagedLoginBrandingType> {
    asked.check()?;
    let plain = asked.use_cognito_provided_values == Some(true);
    if !plain && asked.settings.is_none() && asked.assets.is_none() {
        return Err(Error::BrandingNeitherKind);
    }
    Ok(ManagedLoginBrandingType {
        use_cognito_provided_values: Some(plain),
        settings: asked.settings,
        assets: merged_assets(None, asked.assets, id)?,
        ..ManagedLoginBrandingType::default()
    })
}

/// The style after an update: settings and images that the request does not name stay as they were.
pub fn updated(
    before: ManagedLoginBrandingType,
    asked: RequestedBranding,
    id: &mut dyn FnMut() -> String,
) -> Result<ManagedLoginBrandingType> {
    asked.check()?;
    if asked.use_cognito_provided_values == Some(true) {
        // (unsure) Back to the service's own values: images only stay beside new ones.
        let assets = match asked.assets {
            Some(assets) => merged_assets(before.assets, Some(assets), id)?,
            None => None,
        };
        return Ok(ManagedLoginBrandingType {
            use_cognito_provided_values: Some(true),
            settings: None,
            assets,
            ..before
        });
    }
    let has_own = asked.settings.is_some() || asked.assets.is_some();
    Ok(ManagedLoginBrandingType {
        use_cognito_provided_values: if has_own {
            Some(false)
        } else {
            asked
                .use_cognito_provided_values
                .or(before.use_cognito_provided_values)
        },
        settings: merged(before.settings, asked.settings),
        assets: merged_assets(before.assets, asked.assets, id)?,
        ..before
    })
}

/// The style as it is described.
pub fn described(kept: Kept<ManagedLoginBrandingType>) -> ManagedLoginBrandingType {
    ManagedLoginBrandingType {
        managed_login_branding_id: Some(kept.key),
        user_pool_id: Some(kept.pool_id),
        creation_date: Some(kept.created_at),
        last_modified_date: Some(kept.updated_at),
        ..kept.document
    }
}

/// The style with the service's own values wherever it has none, as `ReturnMergedResources` asks.
/// There are no images of the service's own to add.
pub fn completed(style: ManagedLoginBrandingType) -> Result<ManagedLoginBrandingType> {
    let own: Value = serde_json::from_str(OWN_SETTINGS)?;
    Ok(ManagedLoginBrandingType {
        settings: merged(Some(own), style.settings),
        ..style
    })
}

/// Merges objects member by member and replaces everything else.
fn merged(before: Option<Value>, asked: Option<Value>) -> Option<Value> {
    match (before, asked) {
        (before, None) => before,
        (Some(Value::Object(mut before)), Some(Value::Object(asked))) => {
            for (name, value) in asked {
                let old = before.remove(&name);
                if let Some(value) = merged(old, Some(value)) {
                    before.insert(name, value);
                }
            }
            Some(Value::Object(before))
        }
        (_, asked) => asked,
    }
}

/// An image replaces the one that is shown in the same place. An image that is named without its
/// bytes keeps the bytes it had.
fn merged_assets(
    before: Option<Vec<AssetType>>,
    asked: Option<Vec<AssetType>>,
    id: &mut dyn FnMut() -> String,
) -> Result<Option<Vec<AssetType>>> {
    let Some(asked) = asked else {
        return Ok(before);
    };
    let mut merged = before.unwrap_or_default();
    for mut asset in asked {
        let old = merged.iter().position(|other| same_place(&asset, other));
        let old = old.map(|index| merged.remove(index));
        if asset.bytes.as_ref().is_none_or(|bytes| bytes.0.is_empty()) {
            asset.bytes = old.as_ref().and_then(|old| old.bytes.clone());
        }
        if asset.bytes.is_none() {
            return Err(Error::BrandingAssetEmpty {
                category: asset.category.as_str().to_owned(),
            });
        }
        let kept_id = asset.resource_id.or(old.and_then(|old| old.resource_id));
        asset.resource_id = Some(kept_id.unwrap_or_else(&mut *id));
        merged.push(asset);
    }
    Ok(Some(merged))
}

/// Whether two images are shown in the same place. There can be one button image per identity
/// provider.
fn same_place(one: &AssetType, other: &AssetType) -> bool {
    let told_by_id = one.category == AssetCategoryType::IdpButtonIcon;
    one.category == other.category
        && one.color_mode == other.color_mode
        && (!told_by_id || one.resource_id == other.resource_id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_merged_member_by_member() {
        let before = json!({ "categories": { "form": { "location": "CENTER" }, "global": 1 } });
        let asked = json!({ "categories": { "form": { "location": "START", "x": [1] } } });
        assert_eq!(
            merged(Some(before), Some(asked)),
            Some(
                json!({ "categories": { "global": 1, "form": { "location": "START", "x": [1] } } })
            )
        );
    }
}
