//! The tiktok_shop emulator.
