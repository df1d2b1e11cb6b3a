//! The look into the store that a request takes once, whoever waits for it.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use actix_web::rt::time::timeout;
use session_core::{Error, Loaded, Transaction};

use super::Slot;
use crate::boxed::Boxed;

/// The one look into the store that a request takes.
#[derive(Default)]
pub(super) struct Load {
    /// Under way, where it was begun.
    answer: Option<Boxed<'static, Result<Loaded, Error>>>,
    /// It failed, and is not tried again in this request.
    pub(super) failed: Option<Error>,
    /// Made when somebody waits: most requests wait for nothing.
    everybody: Option<Arc<Everybody>>,
}

/// All who wait for the store's answer, woken together: whoever polled last may never poll again.
#[derive(Default)]
struct Everybody(Mutex<Vec<Waker>>);

impl Everybody {
    fn add(&self, waker: &Waker) {
        let mut wakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(waker.clone());
        }
    }
}

impl Wake for Everybody {
    fn wake(self: Arc<Self>) {
        let wakers = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// Somebody's wait until there can be views of a slot's session.
pub(crate) struct Wait {
    slot: Rc<Slot>,
    is_counted: bool,
}

impl Wait {
    pub(crate) fn new(slot: Rc<Slot>) -> Self {
        Self { slot, is_counted: false }
    }

    pub(crate) fn slot(&self) -> &Rc<Slot> {
        &self.slot
    }
}

impl Future for Wait {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let loaded = self.slot.poll_loaded(context);
        if loaded.is_pending() && !std::mem::replace(&mut self.is_counted, true) {
            self.slot.begin_waiting();
        } else if loaded.is_ready() && std::mem::take(&mut self.is_counted) {
            self.slot.stop_waiting();
        }
        loaded
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if self.is_counted {
            self.slot.stop_waiting();
        }
    }
}

impl Slot {
    /// Many may wait: whoever is woken first drives the look into the store for all.
    fn poll_loaded(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if let Some(error) = &self.loading.borrow().failed {
            return Poll::Ready(Err(error.clone()));
        }
        let begun = self.loading.borrow_mut().answer.take();
        let mut answer = if let Some(answer) = begun {
            answer
        } else {
            let Some(mut load) = self.look(Transaction::load).flatten() else { return Poll::Ready(Ok(())) };
            // A store in memory answers at once, and needs neither a timer nor somebody to be woken.
            if let Poll::Ready(loaded) = load.as_mut().poll(context) {
                return Poll::Ready(self.take_answer(loaded));
            }
            let limit = self.engine.store_timeout();
            Box::pin(async move { timeout(limit, load).await.unwrap_or_else(|_| Err(Error::timed_out())) })
        };
        let everybody = Arc::clone(self.loading.borrow_mut().everybody.get_or_insert_default());
        everybody.add(context.waker());
        let waker = Waker::from(Arc::clone(&everybody));
        let Poll::Ready(loaded) = answer.as_mut().poll(&mut Context::from_waker(&waker)) else {
            self.loading.borrow_mut().answer = Some(answer);
            return Poll::Pending;
        };
        let loaded = self.take_answer(loaded);
        everybody.wake();
        Poll::Ready(loaded)
    }

    /// Gives the transaction what the store said, or keeps why it did not.
    fn take_answer(&self, loaded: Result<Loaded, Error>) -> Result<(), Error> {
        let loaded = loaded.map(|loaded| {
            self.with(|transaction| transaction.loaded(loaded));
        });
        self.loading.borrow_mut().failed = loaded.clone().err();
        loaded
    }

    /// One more waits.
    fn begin_waiting(&self) {
        self.waiting.set(self.waiting.get() + 1);
    }

    /// One who waited goes away: another one must go on with the look into the store, or nobody.
    fn stop_waiting(&self) {
        self.waiting.set(self.waiting.get().saturating_sub(1));
        if self.waiting.get() == 0 {
            self.give_up_loading();
        }
    }

    /// Lets go of what the store was asked, with the connection that it may hold. Who still waits asks anew.
    pub(super) fn give_up_loading(&self) {
        let given_up = self.loading.borrow_mut().answer.take();
        let everybody = self.loading.borrow().everybody.clone().filter(|_| given_up.is_some());
        drop(given_up);
        everybody.into_iter().for_each(Wake::wake);
    }
}
