//! The shopify emulator.
