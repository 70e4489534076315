//! Panics that a search catches: an invariant is broken on one seed, and the others can be played all the same.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// What was said of the panic on this thread; nothing while none is caught here.
    static CAUGHT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Does the work, and gives back what a panic in it said.
///
/// # Errors
/// The panic's message, with its place where a hook has told it to [`note`].
pub(super) fn catch<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    CAUGHT.set(Some(String::new()));
    let done = catch_unwind(AssertUnwindSafe(work));
    let noted = CAUGHT.take().unwrap_or_default();
    done.map_err(|payload| {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_string());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        match noted.as_str() {
            "" => text.unwrap_or_else(|| "a panic without a message".to_string()),
            _ => noted,
        }
    })
}

/// To be called by a hook for panics: whether the one on this thread will be caught, so that nobody has to be told of it here.
pub fn note(panic: &str) -> bool {
    CAUGHT.with_borrow_mut(|caught| match caught {
        Some(text) => {
            panic.clone_into(text);
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_with_what_it_said() {
        assert_eq!(catch(|| 7), Ok(7));
        let caught = catch(|| assert!(std::hint::black_box(false), "units {}", 3));
        assert_eq!(caught, Err("units 3".to_string()));
        assert!(!note("nobody catches here any more"));
    }
}
