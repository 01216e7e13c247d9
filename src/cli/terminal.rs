//! What the terminal is like, and how progress is shown on it.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use authlake::ingest::Progress;
use authlake::present::plain;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::Notify;

/// Text that may hold what attackers wrote, made safe line by line.
pub fn safe(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(plain).collect();
    lines.join("\n")
}

/// Passes lines on to a terminal, with what could move its cursor or hide text made visible.
pub struct Plain<W: Write> {
    out: W,
    line: Vec<u8>,
}

impl<W: Write> Plain<W> {
    /// A writer in front of a terminal.
    pub fn new(out: W) -> Self {
        let line = Vec::new();
        Self { out, line }
    }

    fn pass(&mut self) -> std::io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.out
            .write_all(safe(&String::from_utf8_lossy(&line)).as_bytes())
    }
}

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for part in bytes.split_inclusive(|b| *b == b'\n') {
            let ended = part.ends_with(b"\n");
            self.line
                .extend_from_slice(part.strip_suffix(b"\n").unwrap_or(part));
            if ended {
                self.pass()?;
                self.out.write_all(b"\n")?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.pass()?;
        self.out.flush()
    }
}

/// Whether standard output is a terminal.
pub fn out_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Columns of the terminal, where there is one.
pub fn width() -> Option<usize> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns))
}

/// Says that a piece of work is done to those who watch it, at once.
#[derive(Default)]
pub struct Done {
    done: Mutex<bool>,
    changed: Condvar,
    notify: Notify,
}

impl Done {
    /// The work is done.
    pub fn set(&self) {
        *self.done.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
        self.notify.notify_one();
    }

    /// Waits so long, or until the work is done; whether it is.
    fn wait(&self, time: Duration) -> bool {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(done, time, |done| !*done);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Sets `stop` on Ctrl-C, until `done` says so. A second Ctrl-C ends the process at once, which a
/// lake survives.
pub fn stop_on_ctrl_c(stop: &AtomicBool, done: &Done) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    // Without a runtime Ctrl-C ends the process as it always would.
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        loop {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {
                    if stop.swap(true, Ordering::Relaxed) {
                        std::process::exit(i32::from(super::FAILED));
                    }
                    eprintln!("stopping; the lake stays as it was");
                }
                () = done.notify.notified() => return,
            }
        }
    });
}

/// Shows the progress of an ingest on a terminal until `done` says so; silent in a pipe.
pub fn watch(progress: &Progress, done: &Done) {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template(
        "{msg} {bar:24} {bytes}/{total_bytes} {bytes_per_sec} {eta} left",
    );
    if let Ok(style) = style {
        bar.set_style(style);
    }
    let began = std::time::Instant::now();
    let mut told = false;
    while !done.wait(Duration::from_millis(100)) {
        if let (Some(holder), false) = (progress.waits_for.get(), told) {
            bar.suspend(|| eprintln!("{holder}; waiting for it to end"));
            told = true;
        }
        let (rows, total) = (&progress.rows, &progress.bytes_total);
        let (rows, total) = (rows.load(Ordering::Relaxed), total.load(Ordering::Relaxed));
        let rate = rows as f64 / began.elapsed().as_secs_f64().max(0.001);
        let days = progress.days_total.load(Ordering::Relaxed);
        if days == 0 && total > 0 {
            bar.set_length(total);
            bar.set_position(progress.bytes_read.load(Ordering::Relaxed));
            bar.set_message(format!("{rows} records, {rate:.0}/s"));
        } else if total > 0 {
            let finished = progress.days_done.load(Ordering::Relaxed);
            bar.set_message(format!("{rows} records, writing day {finished} of {days}"));
        }
    }
    bar.finish_and_clear();
}

/// Shows how many rows and bytes are made, on a terminal; silent in a pipe.
pub fn counter() -> impl FnMut(u64, u64) {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{msg}, {bytes} {bytes_per_sec}") {
        bar.set_style(style);
    }
    let bar = Cleared(bar);
    move |rows, bytes| {
        bar.0.set_message(format!("{rows} records"));
        bar.0.set_position(bytes);
    }
}

/// A bar that is gone when its work ends, however it ends.
struct Cleared(ProgressBar);

impl Drop for Cleared {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Shows how many of all bytes are done, on a terminal until `done` says so; silent in a pipe.
pub fn bytes_done(total: &AtomicU64, bytes: &AtomicU64, done: &Done) {
    let bar = Cleared(ProgressBar::new(0));
    let style = "{bar:24} {bytes}/{total_bytes} {bytes_per_sec} {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.0.set_style(style);
    }
    while !done.wait(Duration::from_millis(100)) {
        bar.0.set_length(total.load(Ordering::Relaxed));
        bar.0.set_position(bytes.load(Ordering::Relaxed));
    }
}

/// Ends the watching whichever way the work ends.
pub struct Ends<'a>(pub &'a Done);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// Does work on a lake with its progress on a terminal, and says for whom it waits; the first Ctrl-C
/// stops it.
pub fn watched<T>(work: impl FnOnce(&Progress) -> T) -> T {
    let progress = Progress::default();
    let done = Done::default();
    std::thread::scope(|scope| {
        scope.spawn(|| watch(&progress, &done));
        scope.spawn(|| stop_on_ctrl_c(&progress.stop, &done));
        let _ends = Ends(&done);
        work(&progress)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_sees_what_would_move_its_cursor() {
        let mut out = Vec::new();
        let mut plain = Plain::new(&mut out);
        for part in ["a,\u{1b}[2", "Jb\r\nc\t", "d"] {
            plain.write_all(part.as_bytes()).expect("a write");
        }
        plain.flush().expect("a flush");
        let shown = String::from_utf8(out).expect("text");
        assert!(!shown.contains(['\u{1b}', '\r']), "{shown}");
        assert_eq!(shown.matches('\n').count(), 1, "{shown}");
    }
}
