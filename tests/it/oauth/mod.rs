//! The pool domain's endpoints, by the same file names as in `src/http/oauth`.

mod token;
