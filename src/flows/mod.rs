//! (being built)
pub mod mint;
