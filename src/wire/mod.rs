//! The AWS contract: what goes over the wire, and what AWS refuses before any business rule is
//! asked.
//!
//! Not here: HTTP (`http/aws.rs` finds the operation and writes the answer), what an operation does
//! (`operations/`), and the words of errors (`error.rs`); only the texts of model validation live
//! in `validate.rs`. This module imports nothing of the crate.
//!
//! Next: `operation.rs` says what an operation is; `generated/` holds all of them, written by
//! `tests/codegen` from `model/`.

pub mod generated;
mod json;
mod operation;
mod scalars;
mod shape;
pub mod sts;
mod tidy;
mod validate;

pub use generated::errors::ErrorCode;
pub use generated::{identity_pools, user_pools};
pub use json::{FromJson, ToJson};
pub use operation::{Facts, NoInput, NoOutput, Operation};
pub use scalars::{Blob, Sensitive, Timestamp};
pub use shape::{Kind, Member, Pattern, Shape};
pub use tidy::{drop_null_entries, unknown_members};
pub use validate::{Rejection, Violation, validate, violations};
