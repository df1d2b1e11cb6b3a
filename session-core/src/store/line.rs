//! Requests of one process that write to the same session go one after the other once they met.
//!
//! The store would let one of them win each time and send the others to try again; with many of them, some would lose for
//! ever. Requests of other processes are not in the line, so whose turn it is may still have to try more than once.

use std::collections::{HashMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use super::SessionId;

/// The lines before all sessions. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<HashMap<SessionId, Line>>>);

#[derive(Default)]
struct Line {
    /// Whose number is first has the turn.
    waiting: VecDeque<(u64, Option<Waker>)>,
    next: u64,
}

impl Lines {
    /// Takes the last place in a session's line.
    pub(crate) fn join(&self, id: SessionId) -> Place {
        let mut lines = self.lock();
        let line = lines.entry(id).or_default();
        let number = line.next;
        line.next += 1;
        line.waiting.push_back((number, None));
        drop(lines);
        Place { lines: self.clone(), id, number }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Line>> {
        // Every change leaves the lines whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a line, which goes when it is dropped.
pub(crate) struct Place {
    lines: Lines,
    id: SessionId,
    number: u64,
}

impl Place {
    /// Waits for the turn, or for the limit: who goes first may be waiting for a store that does not answer. Says whether it had to.
    pub(crate) async fn turn(&self, limit: impl Future<Output = ()>) -> bool {
        let mut limit = pin!(limit);
        let mut waited = false;
        poll_fn(|context| {
            let mut lines = self.lines.lock();
            let waiting = lines.get_mut(&self.id).map(|line| &mut line.waiting);
            let is_first =
                waiting.as_ref().is_none_or(|waiting| waiting.front().is_none_or(|(first, _)| *first == self.number));
            if is_first {
                return Poll::Ready(());
            }
            if let Some((_, waker)) = waiting.into_iter().flatten().find(|(number, _)| *number == self.number) {
                *waker = Some(context.waker().clone());
            }
            drop(lines);
            waited = true;
            limit.as_mut().poll(context)
        })
        .await;
        waited
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lines = self.lines.lock();
        let Some(line) = lines.get_mut(&self.id) else { return };
        line.waiting.retain(|(number, _)| *number != self.number);
        let next = line.waiting.front_mut().and_then(|(_, waker)| waker.take());
        if line.waiting.is_empty() {
            lines.remove(&self.id);
        }
        drop(lines);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::Pin;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Wake};

    use super::*;

    fn three() -> (Lines, Place, Place, Place) {
        let (lines, id) = (Lines::default(), SessionId::from_bytes([7; 16]));
        let (first, second, third) = (lines.join(id), lines.join(id), lines.join(id));
        (lines, first, second, third)
    }

    fn waits(future: Pin<&mut impl Future<Output = bool>>) -> bool {
        future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    #[test]
    fn the_next_one_goes_when_the_first_has_gone_whoever_left_in_between() {
        let (lines, first, second, third) = three();
        assert!(!waits(pin!(first.turn(pending()))));
        {
            let mut turn = pin!(third.turn(pending()));
            assert!(waits(turn.as_mut()));
            drop(second);
            assert!(waits(turn.as_mut()) && !waits(pin!(first.turn(pending()))));
            drop(first);
            assert!(!waits(turn));
        }
        drop(third);
        assert!(lines.lock().is_empty());
    }

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn whoever_leaves_wakes_the_next_one_and_nobody_else() {
        let (_lines, first, second, third) = three();
        let (of_second, of_third) = (Arc::new(Woken::default()), Arc::new(Woken::default()));
        let (mut second_turn, mut third_turn) = (pin!(second.turn(pending())), pin!(third.turn(pending())));
        for (turn, woken) in [(second_turn.as_mut(), &of_second), (third_turn.as_mut(), &of_third)] {
            assert!(turn.poll(&mut Context::from_waker(&woken.clone().into())).is_pending());
        }
        let are_woken = || [&of_second, &of_third].map(|woken| woken.0.load(Ordering::Relaxed));
        assert_eq!(are_woken(), [false, false]);
        drop(first);
        assert_eq!(are_woken(), [true, false]);
    }

    #[test]
    fn nobody_waits_longer_than_the_limit() {
        let (_lines, _first, second, _third) = three();
        assert!(!waits(pin!(second.turn(ready(())))));
    }
}
