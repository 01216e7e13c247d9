//! Work shared among threads: the first error ends it, and a panic becomes an error.

use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ScopedJoinHandle;

use crate::error::{Error, Result};

/// Runs `work` over `items` on at most `threads` threads.
pub(super) fn in_parallel<T: Send + Sync + Copy>(
    items: &[T],
    threads: usize,
    work: &(dyn Fn(T) -> Result<()> + Sync),
) -> Result<()> {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let worker = || {
            while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(e) = work(*item) {
                    next.store(items.len(), Ordering::Relaxed);
                    return Err(e);
                }
            }
            Ok(())
        };
        let count = threads.clamp(1, items.len().max(1));
        let workers: Vec<_> = (0..count).map(|_| scope.spawn(worker)).collect();
        // Every thread is waited for, so that none panics unheard.
        let ends: Vec<Result<()>> = workers.into_iter().map(join).collect();
        ends.into_iter().collect()
    })
}

/// What a thread came to; a panic is a bug of authlake, told with its message.
pub(super) fn join<T>(thread: ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|panic| Err(told(&*panic)))
}

fn told(panic: &(dyn Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    let text = text.unwrap_or("a thread ended without a word");
    Error::Internal(format!("a worker stopped: {text}"))
}

/// The value of a mutex; one that a panicking thread held is still whole for our uses.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the value out of a mutex that nobody shares any more.
pub(super) fn unlock<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_panics_come_back() {
        let done = AtomicUsize::new(0);
        let count = |_: i32| -> Result<()> {
            done.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        assert!(in_parallel(&[1, 2, 3], 2, &count).is_ok());
        assert_eq!(done.load(Ordering::Relaxed), 3);
        let fails = |i: i32| match i {
            2 => Err(Error::Internal("two".to_owned())),
            _ => Ok(()),
        };
        assert!(in_parallel(&[1, 2, 3], 2, &fails).is_err());
        let panics = |i: i32| -> Result<()> { panic!("at {i}") };
        let error = in_parallel(&[7], 1, &panics).expect_err("an error");
        assert!(error.to_string().contains("at 7"), "{error}");
    }
}
