//! What a test can do to the server below `/_mocknito/`, by theme. Not here: the clock (`clock`),
//! the inbox (`inbox`), functions (`functions`).

mod codes;
mod copies;
mod faults;
mod keys;
mod snapshots;
mod throttling;
mod tokens;
