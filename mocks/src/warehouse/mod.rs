//! The warehouse emulator.
