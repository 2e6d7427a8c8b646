//! What an operation is: a name tied to its types and facts. The 164 implementations are generated;
//! what they do is in `operations/`.

use super::generated::errors::ErrorCode;
use super::json::{FromJson, ToJson, members};
use super::shape::Shape;

/// One operation of either API, as a type: `user_pools::op::SignUp`.
pub trait Operation {
    /// Its name, as it stands behind the dot in `X-Amz-Target`.
    const NAME: &'static str;
    /// Whether it may be called without credentials.
    const UNSIGNED: bool;
    /// The codes it may answer with.
    const ERRORS: &'static [ErrorCode];
    /// What a request must satisfy before it is decoded.
    const INPUT: &'static Shape;
    /// What its answer is made of.
    const OUTPUT: &'static Shape;
    /// The request.
    type Input: FromJson + Send;
    /// The answer.
    type Output: ToJson + Send;
    /// Whether the answer is a document. The others answer with zero bytes, and their `Output` is
    /// [`NoOutput`].
    const HAS_OUTPUT: bool;
}

/// The request of an operation that takes none: any object will do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoInput {}

members! {
    NoInput: FromJson {}
}

impl NoInput {
    /// It asks for an object, and for nothing in it.
    pub const SHAPE: &'static Shape = &Shape::structure("Unit", &[]);
}

/// The answer of an operation that gives none: zero bytes on the wire, not `{}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoOutput {}

members! {
    NoOutput: ToJson {}
}

impl NoOutput {
    /// It has no members.
    pub const SHAPE: &'static Shape = NoInput::SHAPE;
}

/// An operation's constants as a value, for where the operation is only known at run time.
#[derive(Debug)]
pub struct Facts {
    /// [`Operation::NAME`]
    pub name: &'static str,
    /// [`Operation::UNSIGNED`]
    pub unsigned: bool,
    /// [`Operation::ERRORS`]
    pub errors: &'static [ErrorCode],
    /// [`Operation::INPUT`]
    pub input: &'static Shape,
    /// [`Operation::OUTPUT`]
    pub output: &'static Shape,
    /// [`Operation::HAS_OUTPUT`]
    pub has_output: bool,
}

impl Facts {
    /// The constants of one operation.
    pub const fn of<O: Operation>() -> Self {
        Self {
            name: O::NAME,
            unsigned: O::UNSIGNED,
            errors: O::ERRORS,
            input: O::INPUT,
            output: O::OUTPUT,
            has_output: O::HAS_OUTPUT,
        }
    }
}
