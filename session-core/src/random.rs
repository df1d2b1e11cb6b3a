//! Random bytes of the operating system.

use std::cell::RefCell;

/// The operating system gave no random numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoRandomness;

/// Bytes that nobody can guess: ids and tokens.
pub(crate) fn secret<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// How many bytes a thread asks for at once.
const STOCK: usize = 512;

/// Bytes that never come twice and that everybody may know: nonces and marks of writes. They come from a stock, since asking the
/// system for each takes longer than to encrypt a cookie.
///
/// A process that forks while it serves, which Rust's own library cannot do, would give out the same ones twice.
pub(crate) fn unique<const N: usize>() -> Result<[u8; N], NoRandomness> {
    thread_local!(static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });
    let from_stock = || {
        BYTES.try_with(|stock| {
            let mut stock = stock.borrow_mut();
            if stock.len() < N {
                // Where the system gives none, the stock stays empty.
                let more = secret::<STOCK>()?;
                stock.clear();
                stock.extend_from_slice(&more);
            }
            let rest = stock.len().saturating_sub(N);
            let taken = stock.last_chunk().copied();
            stock.truncate(rest);
            taken.ok_or(NoRandomness)
        })
    };
    // Where the thread ends, its stock is gone.
    from_stock().unwrap_or_else(|_| secret())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_bytes_come_twice_in_any_thread() {
        let many = || (0..1000).map(|_| unique::<12>().unwrap()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(many)).collect();
        let all: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).chain(many()).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        // Nor do parts of one in another.
        let parts: HashSet<[u8; 6]> = all.iter().flat_map(|bytes| bytes.as_chunks().0.to_vec()).collect();
        assert_eq!(parts.len(), 2 * all.len());
    }
}
