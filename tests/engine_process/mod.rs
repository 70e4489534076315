//! `simulate engine` as its users meet it: a process beside `simulate serve`, killed without warning, with tables that a
//! person can query.

mod crashes;
mod database;
mod outside;
mod place;
mod tables;
