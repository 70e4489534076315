//! `simulate --wire` as its users meet it: real time, real sockets, engines that are other processes.

mod command;
mod ends;
mod judged;
mod mistakes;
mod python;
mod setting;
