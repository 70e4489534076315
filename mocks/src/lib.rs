#![doc = include_str!("../README.md")]

pub mod amazon;
pub mod core;
pub mod custom;
pub mod shopify;
pub mod tiktok_shop;
pub mod warehouse;
