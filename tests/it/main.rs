//! Integration tests: one binary, each test with a server of its own in this process, a database in memory, a clock that stands still and
//! a fixed seed. They speak the wire, so that handlers can be rewritten freely.

mod doors;
mod inbox_page;
mod operations;
mod smtp;
mod support;
mod validation;
