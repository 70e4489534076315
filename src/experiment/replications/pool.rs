//! Work on several threads whose results are taken in order, with a bounded number of them waiting.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What threads share.
struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    /// The next piece of work that nobody has begun.
    next: u64,
    /// Pieces whose results have been taken.
    taken: u64,
    ready: BTreeMap<u64, T>,
    stopped: bool,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<T>>) -> MutexGuard<'a, State<T>> {
        let waited = self.changed.wait(state);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }
}

/// A thread that panics would let the others wait for ever.
struct StopsOnPanic<'a, T>(&'a Shared<T>);

impl<T> Drop for StopsOnPanic<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

/// Results that may wait for each thread, for one that comes before them.
const WAITING_PER_THREAD: u64 = 8;

/// Does `count` pieces of work on `threads` threads and takes the results in their order on this one, until `take` breaks off.
/// What is under way then is finished and thrown away. No more than eight results a thread are ever kept.
pub fn in_order<T: Send, B>(
    count: u64,
    threads: usize,
    work: impl Fn(u64) -> T + Sync,
    mut take: impl FnMut(u64, T) -> ControlFlow<B>,
) -> Option<B> {
    let threads = threads.max(1);
    let window = WAITING_PER_THREAD * threads as u64;
    let shared = Shared {
        state: Mutex::new(State {
            next: 0,
            taken: 0,
            ready: BTreeMap::new(),
            stopped: false,
        }),
        changed: Condvar::new(),
    };
    let labour = || {
        let _guard = StopsOnPanic(&shared);
        loop {
            let mut state = shared.lock();
            while !state.stopped && state.next < count && state.next >= state.taken + window {
                state = shared.wait(state);
            }
            if state.stopped || state.next >= count {
                return;
            }
            let place = state.next;
            state.next += 1;
            drop(state);
            let result = work(place);
            shared.lock().ready.insert(place, result);
            shared.changed.notify_all();
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(labour);
        }
        let _guard = StopsOnPanic(&shared);
        for place in 0..count {
            let mut state = shared.lock();
            let result = loop {
                match state.ready.remove(&place) {
                    Some(result) => break result,
                    // A thread has panicked; the scope passes that on.
                    None if state.stopped => return None,
                    None => state = shared.wait(state),
                }
            };
            state.taken = place + 1;
            drop(state);
            shared.changed.notify_all();
            if let ControlFlow::Break(broken) = take(place, result) {
                shared.stop();
                return Some(broken);
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn results_come_in_order_and_few_wait() {
        let (begun, most_ahead) = (AtomicU64::new(0), AtomicU64::new(0));
        let taken = AtomicU64::new(0);
        let mut seen = Vec::new();
        let broken = in_order(
            500,
            3,
            |place| {
                let ahead = begun.fetch_add(1, Ordering::SeqCst) + 1 - taken.load(Ordering::SeqCst);
                most_ahead.fetch_max(ahead, Ordering::SeqCst);
                // Some take long, so that others would run away.
                (0..(place % 7) * 2_000).fold(place, |sum, it| sum ^ it) & 1 | place << 1
            },
            |place, result| {
                taken.fetch_add(1, Ordering::SeqCst);
                seen.push((place, result >> 1));
                match place {
                    321 => ControlFlow::Break("enough"),
                    _ => ControlFlow::Continue(()),
                }
            },
        );
        assert_eq!(broken, Some("enough"));
        assert_eq!(seen, (0..=321).map(|it| (it, it)).collect::<Vec<_>>());
        // One more than the window, since what is taken is counted a little later here.
        let most = most_ahead.into_inner();
        assert!(most <= 3 * WAITING_PER_THREAD + 1, "{most}");
        assert_eq!(in_order(0, 2, |it| it, |_, _| ControlFlow::Break(())), None);
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_is_passed_on() {
        in_order(
            9,
            2,
            |place| assert_ne!(place, 4, "planted"),
            |_, ()| ControlFlow::<()>::Continue(()),
        );
    }
}
