//! The amazon emulator.
