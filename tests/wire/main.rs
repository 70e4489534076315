//! `simulate --wire` as its users meet it: real time, real sockets, engines that are other processes.

#[path = "../common/hang_up.rs"]
mod hang_up;

mod command;
mod ends;
mod judged;
mod mistakes;
mod python;
mod setting;
