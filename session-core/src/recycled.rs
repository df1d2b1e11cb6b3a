//! Buffers that one request is done with and the next one of the thread goes on with, so that reading and writing a session
//! seldom allocates.
//!
//! They are emptied, not wiped: like freed memory, they may hold parts of a session until they are written over. Keys never
//! pass through them.

use std::cell::RefCell;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::thread::LocalKey;

/// Most buffers of a kind that a thread keeps.
const MAX_KEPT: usize = 16;

/// Largest buffer that is kept, in bytes: for a session that fits into a cookie, with room to spare.
const MAX_BYTES: usize = 16 * 1024;

/// A text in a recycled buffer.
pub(crate) type Text = Recycled<String>;

/// A buffer that goes back to its thread's pool when it is dropped.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct Recycled<B: Buffer>(B);

/// What can be emptied and filled again.
pub(crate) trait Buffer: Default + 'static {
    fn pool() -> &'static LocalKey<RefCell<Vec<Self>>>;
    /// The bytes that it has room for.
    fn room(&self) -> usize;
    fn empty(&mut self);
}

impl<B: Buffer> Recycled<B> {
    /// A buffer that was not used before and has no room yet.
    pub(crate) const fn new(buffer: B) -> Self {
        Self(buffer)
    }

    /// An empty buffer, with what room it had when it was last used.
    pub(crate) fn take() -> Self {
        // Where the thread ends, the pool is gone.
        let kept = B::pool().try_with(|pool| pool.borrow_mut().pop());
        Self(kept.ok().flatten().unwrap_or_default())
    }

    /// The buffer itself, which does not come back.
    pub(crate) fn into_inner(mut self) -> B {
        std::mem::take(&mut self.0)
    }
}

impl Text {
    /// A copy of a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut copy = Self::take();
        copy.push_str(text);
        copy
    }

    /// A text of bytes, which `fill` appends. `None` where it fails or they are no UTF-8.
    pub(crate) fn of_bytes(fill: impl FnOnce(&mut Vec<u8>) -> Option<()>) -> Option<Self> {
        let mut bytes = Self::take().into_inner().into_bytes();
        fill(&mut bytes)?;
        String::from_utf8(bytes).ok().map(Self)
    }
}

impl<B: Buffer> Drop for Recycled<B> {
    fn drop(&mut self) {
        let room = self.0.room();
        if room == 0 || room > MAX_BYTES {
            return;
        }
        let mut buffer = std::mem::take(&mut self.0);
        buffer.empty();
        // Where the thread ends, the pool is gone, and so is the buffer.
        let _ = B::pool().try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if pool.len() < MAX_KEPT {
                pool.push(buffer);
            }
        });
    }
}

impl<B: Buffer> Deref for Recycled<B> {
    type Target = B;

    fn deref(&self) -> &B {
        &self.0
    }
}

impl<B: Buffer> DerefMut for Recycled<B> {
    fn deref_mut(&mut self) -> &mut B {
        &mut self.0
    }
}

impl<B: Buffer + Clone> Clone for Recycled<B> {
    fn clone(&self) -> Self {
        let mut copy = Self::take();
        copy.0.clone_from(&self.0);
        copy
    }
}

/// Nothing of what it holds.
impl<B: Buffer> fmt::Debug for Recycled<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recycled").finish_non_exhaustive()
    }
}

impl Buffer for String {
    fn pool() -> &'static LocalKey<RefCell<Vec<Self>>> {
        thread_local!(static POOL: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });
        &POOL
    }

    fn room(&self) -> usize {
        self.capacity()
    }

    fn empty(&mut self) {
        self.clear();
    }
}

/// Implements [`Buffer`] for a `Vec` of some type, with a pool of its own.
macro_rules! recycle {
    ($element:ty) => {
        impl $crate::recycled::Buffer for Vec<$element> {
            fn pool() -> &'static std::thread::LocalKey<std::cell::RefCell<Vec<Self>>> {
                thread_local!(static POOL: std::cell::RefCell<Vec<Vec<$element>>> = const { std::cell::RefCell::new(Vec::new()) });
                &POOL
            }

            fn room(&self) -> usize {
                self.capacity() * size_of::<$element>()
            }

            fn empty(&mut self) {
                self.clear();
            }
        }
    };
}

pub(crate) use recycle;

recycle!(u8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_empty_with_its_room_and_a_large_one_does_not() {
        std::thread::spawn(|| {
            let mut text = Text::take();
            text.push_str("secret");
            let room = text.capacity();
            drop(text);
            let again = Text::take();
            assert_eq!((again.as_str(), again.capacity()), ("", room));
            drop(Text::new("x".repeat(MAX_BYTES + 1)));
            assert_eq!(Text::take().capacity(), 0);
            drop(Text::new(String::with_capacity(MAX_BYTES)));
            assert_eq!(Text::take().capacity(), 16 * 1024);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_thread_keeps_few() {
        std::thread::spawn(|| {
            drop((0..100).map(|_| Text::new("x".into())).collect::<Vec<_>>());
            <String as Buffer>::pool().with(|pool| assert_eq!(pool.borrow().len(), MAX_KEPT));
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_clone_is_equal_and_apart() {
        let text = Text::new("a".into());
        let mut copy = text.clone();
        copy.push('b');
        assert_eq!((text.as_str(), copy.as_str()), ("a", "ab"));
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Text::new("secret".into())), "Recycled { .. }");
    }
}
