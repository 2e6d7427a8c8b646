//! Integration tests: one binary, each test with a server of its own in this process, a database in
//! memory, a clock that stands still and a fixed seed. They speak the wire, so that handlers can be
//! rewritten freely.

mod access_token;
mod authorizers;
mod catalogue;
mod clock;
mod clock_back;
mod command_line;
mod connections;
mod console;
mod data_folder;
mod discovery;
mod doors;
mod export;
mod federation;
mod fixtures;
mod fixtures_import_jobs;
mod fixtures_many_users;
mod fixtures_modes;
mod foreign_pages;
mod functions;
mod fuzz;
mod gateway;
mod import;
mod inbox;
mod levers;
mod lists;
mod oauth;
mod openapi;
mod operations;
mod pages;
mod public_url;
mod reading;
mod released;
mod requests;
mod smtp;
mod store;
mod support;
mod testing;
mod tls;
mod triggers;
mod validation;
mod why;
mod wire;
