//! The authlake program: maps the command's result to an exit code, nothing else.

mod cli;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` of mimalloc: milliseconds until freed memory goes back to the system.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

fn main() -> ExitCode {
    // An ingest asks again at once for what it freed; after the default of 10 ms the system would
    // have to zero it anew, which took a quarter of the time.
    // SAFETY: sets a number that the allocator reads; no memory is touched.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, 1_000) };
    ExitCode::from(cli::run())
}
