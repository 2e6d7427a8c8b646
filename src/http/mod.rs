//! stub
pub mod oauth;
pub mod log {
    pub fn request(_: &crate::app::Ctx, _: &str) {}
}
