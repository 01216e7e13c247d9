//! Writes an export hour by hour, in the order of delivery.
//!
//! Only the plans of rows not yet delivered are held, and one buffer of `BUFFER_BYTES`.

use std::io::Write;

use super::desk::Desk;
use super::dice::Dice;
use super::draw::Schedule;
use super::instant::SECOND;
use super::options::Options;
use super::plan::Plan;
use super::record::push_record;
use super::tenant::World;
use super::truth::Truth;
use crate::error::{Error, Result};

/// Bytes rendered before they are handed to the writer.
const BUFFER_BYTES: usize = 1 << 20;
/// Rows of one such window come in no particular order, as in real blobs.
const WINDOW: i64 = 20 * SECOND;

/// Writes `options.records` distinct records as JSON lines to `out`, and returns what is true of them.
///
/// `signins_truth` receives one CSV line for each sign-in. `progress` is told the rows and bytes
/// written so far after each mebibyte.
pub fn generate(
    options: &Options,
    out: &mut dyn Write,
    mut signins_truth: Option<&mut dyn Write>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Truth> {
    let span = options.checked()?;
    let world = World::new(options, span);
    let dice = Dice::new(options.seed, 2);
    let mut desk = Desk::new(&world, dice, options.records, signins_truth.is_some());
    let mut schedule = Schedule::new(&mut desk);
    let mut sink = Sink::new(out, progress);
    for hour in 0..desk.hours() {
        schedule.draw(&mut desk, hour);
        sink.deliver(&desk.take(hour), &world)?;
        if let Some(ledger) = &mut signins_truth {
            ledger
                .write_all(&desk.tally.take_ledger())
                .map_err(Error::Output)?;
        }
    }
    let (rows, bytes) = sink.finish()?;
    if let Some(ledger) = &mut signins_truth {
        ledger.flush().map_err(Error::Output)?;
    }
    Ok(desk.tally.into_truth(&world, rows, bytes))
}

/// Renders plans and counts what was written.
struct Sink<'a> {
    out: &'a mut dyn Write,
    progress: &'a mut dyn FnMut(u64, u64),
    buffer: Vec<u8>,
    rows: u64,
    bytes: u64,
}

impl<'a> Sink<'a> {
    fn new(out: &'a mut dyn Write, progress: &'a mut dyn FnMut(u64, u64)) -> Self {
        Self {
            out,
            progress,
            buffer: Vec::with_capacity(BUFFER_BYTES + BUFFER_BYTES / 8),
            rows: 0,
            bytes: 0,
        }
    }

    fn deliver(&mut self, plans: &[Plan], world: &World) -> Result<()> {
        let mut order: Vec<_> = plans
            .iter()
            .enumerate()
            .map(|(i, plan)| (plan.delivered / WINDOW, plan.id, plan.delivered, i))
            .collect();
        order.sort_unstable();
        for (.., i) in order {
            push_record(&mut self.buffer, &plans[i], world);
            self.rows += 1;
            if self.buffer.len() >= BUFFER_BYTES {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.out.write_all(&self.buffer).map_err(Error::Output)?;
        self.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        (self.progress)(self.rows, self.bytes);
        Ok(())
    }

    fn finish(mut self) -> Result<(u64, u64)> {
        self.flush()?;
        self.out.flush().map_err(Error::Output)?;
        Ok((self.rows, self.bytes))
    }
}
