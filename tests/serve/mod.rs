//! `simulate serve` as its users meet it: a process, real sockets, real time.

mod custom;
mod faults;
mod front;
mod lives;
mod own_shops;
mod past;
mod refused;
mod served;
mod served_calls;
mod strangers;
mod time;
mod webhooks;
