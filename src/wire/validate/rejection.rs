//! What validation refuses a body with.

/// Why a body is refused; the texts are AWS's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// A member has the wrong JSON type.
    Serialization(String),
    /// Constraints are violated: `2 validation errors detected: …`.
    Validation(String),
}
