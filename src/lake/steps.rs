//! Marks the instants between the steps of a commit, at each of which a kill must be harmless.
//!
//! Only unit tests look at them: they copy the lake at each and open the copy.

/// One step is done and the next is not begun.
#[cfg(not(test))]
pub(super) fn reached(_root: &std::path::Path) {}

#[cfg(test)]
pub(super) use watched::{reached, watch};

#[cfg(test)]
mod watched {
    use std::cell::RefCell;
    use std::path::Path;

    type Watcher = Box<dyn FnMut(&Path)>;

    thread_local! {
        static WATCHER: RefCell<Option<Watcher>> = const { RefCell::new(None) };
    }

    pub(in crate::lake) fn reached(root: &Path) {
        WATCHER.with(|watcher| {
            if let Some(watcher) = watcher.borrow_mut().as_mut() {
                watcher(root);
            }
        });
    }

    /// Tells every step of this thread from now on; `None` ends it.
    pub(in crate::lake) fn watch(watcher: Option<Watcher>) {
        WATCHER.with(|place| *place.borrow_mut() = watcher);
    }
}
