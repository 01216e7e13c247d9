//! Lets work that runs side by side do one part of itself in order: each piece of work waits for its
//! turn, which comes when the piece before it has had its own.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::Result;

/// What is handed on from turn to turn.
pub(super) struct Turns<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    next: usize,
    /// A piece of work ended without having had its turn: no later one will come.
    broken: bool,
    shared: T,
}

impl<T> Turns<T> {
    pub(super) fn new(shared: T) -> Self {
        Self {
            state: Mutex::new(State {
                next: 0,
                broken: false,
                shared,
            }),
            changed: Condvar::new(),
        }
    }

    /// The place of a piece of work in the order, counted from 0. Every place must be asked for
    /// before the work begins, and those before it by work that runs already.
    pub(super) fn place(&self, at: usize) -> Place<'_, T> {
        Place {
            turns: self,
            at,
            done: false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One piece of work's place in the order.
pub(super) struct Place<'a, T> {
    turns: &'a Turns<T>,
    at: usize,
    done: bool,
}

impl<T> Place<'_, T> {
    /// Waits for the turn, and does in it what must be done in order. `None` where an earlier piece of
    /// work failed, whose error is the one to tell.
    pub(super) fn take<R>(mut self, work: impl FnOnce(&mut T) -> Result<R>) -> Result<Option<R>> {
        let mut state = self.turns.lock();
        while state.next != self.at && !state.broken {
            let waited = self.turns.changed.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        if state.broken {
            return Ok(None);
        }
        let result = work(&mut state.shared);
        if result.is_ok() {
            state.next += 1;
            self.done = true;
            self.turns.changed.notify_all();
        }
        drop(state);
        result.map(Some)
    }
}

impl<T> Drop for Place<'_, T> {
    fn drop(&mut self) {
        if !self.done {
            self.turns.lock().broken = true;
            self.turns.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::ingest::parallel::in_parallel;

    #[test]
    fn turns_come_in_order_whatever_runs_first() {
        let turns = Turns::new(Vec::new());
        let places: Vec<usize> = (0..50).collect();
        let work = |at: usize| {
            let place = turns.place(at);
            std::thread::yield_now();
            let taken = place.take(|order| {
                order.push(at);
                Ok(())
            })?;
            assert!(taken.is_some());
            Ok(())
        };
        in_parallel(&places, 4, &work).expect("all turns");
        let order = turns.state.into_inner().expect("the order").shared;
        assert_eq!(order, places);
    }

    #[test]
    fn work_that_fails_before_its_turn_or_in_it_leaves_nobody_waiting() {
        for fails_in_turn in [false, true] {
            let turns = Turns::new(());
            let work = |at: usize| {
                let place = turns.place(at);
                let failed = || Err(Error::Limit("broken".to_owned()));
                if at == 3 && !fails_in_turn {
                    return failed();
                }
                let taken = place.take(|_| if at == 3 { failed() } else { Ok(()) })?;
                assert_eq!(taken.is_some(), at < 3);
                Ok(())
            };
            let places: Vec<usize> = (0..20).collect();
            let error = in_parallel(&places, 4, &work).expect_err("an error");
            assert_eq!(error.to_string(), "broken");
        }
    }
}
