//! Writes an export hour by hour: in the order of delivery, of the events, or newest first.
//!
//! Only the plans of rows not yet delivered are held, and a buffer for each file. What comes
//! newest first waits in a temporary file until everything is drawn.

use std::io::Write;
use std::path::Path;

use super::carries::Carries;
use super::desk::Desk;
use super::dice::Dice;
use super::draw::Schedule;
use super::export::{Exporter, Frames, Outlet, Packer, Spool};
use super::format::Layout;
use super::instant::SECOND;
use super::options::Options;
use super::plan::Plan;
use super::tally::{Tally, Written};
use super::tenant::World;
use super::truth::Truth;
use crate::error::{Error, Result};

/// Bytes rendered between two reports of progress.
const REPORT_BYTES: u64 = 1 << 20;
/// Rows of one such window come in no particular order, as in real blobs.
const WINDOW: i64 = 20 * SECOND;

/// Writes an export of one file to `out`, and returns what is true of it.
///
/// `signins_truth` receives one CSV line for each sign-in. `progress` is told the rows and bytes
/// rendered so far after each mebibyte. Errors: [`Error::Usage`] for options that cannot be, or a
/// format that is a folder; [`Error::Output`] if the writer fails.
pub fn generate(
    options: &Options,
    out: &mut dyn Write,
    signins_truth: Option<&mut dyn Write>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Truth> {
    if options.format.layout() == Layout::Folder {
        let name = options.format.name();
        return Err(Error::Usage(format!("{name} is a folder of files")));
    }
    write(
        options,
        false,
        |_| Outlet::one(out),
        signins_truth,
        progress,
    )
}

/// Writes an export as files of `folder`, which is made and must not hold anything; else as
/// [`generate`].
///
/// Errors: [`Error::Usage`] also for a format that is one file; [`Error::Io`] names a path.
pub fn generate_folder(
    options: &Options,
    folder: &Path,
    signins_truth: Option<&mut dyn Write>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Truth> {
    if options.format.layout() == Layout::File {
        let name = options.format.name();
        return Err(Error::Usage(format!("{name} is one file, not a folder")));
    }
    options.checked()?;
    std::fs::create_dir_all(folder).map_err(|e| Error::io("make folder", folder, e))?;
    let mut inside = std::fs::read_dir(folder).map_err(|e| Error::io("read", folder, e))?;
    if inside.next().is_some() {
        let shown = folder.display();
        return Err(Error::Usage(format!(
            "{shown} is not empty; an export needs a folder of its own"
        )));
    }
    let outlet = |names: &[String]| Outlet::folder(folder, names);
    write(options, true, outlet, signins_truth, progress)
}

fn write<'a>(
    options: &Options,
    folder: bool,
    outlet: impl FnOnce(&[String]) -> Outlet<'a>,
    mut signins_truth: Option<&mut dyn Write>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Truth> {
    let span = options.checked()?;
    let format = options.format;
    let world = World::new(options, span);
    let dice = Dice::new(options.seed, 2);
    let carries = Carries::of(format, folder);
    let tally = Tally::new(&world, carries, signins_truth.is_some());
    let mut desk = Desk::new(&world, dice, options.records, format.repeats(), tally);
    let mut schedule = Schedule::new(&mut desk);
    let exporter = Exporter::new(options, span, folder);
    let to = if format.newest_first() {
        To::Spool(Spool::new(exporter.part_count())?, outlet)
    } else {
        To::Packer(exporter.packer(None, outlet)?)
    };
    let mut sink = Sink::new(exporter, to, progress);
    for hour in 0..desk.hours() {
        schedule.draw(&mut desk, hour);
        sink.deliver(&desk.take(hour), &world)?;
        if let Some(ledger) = &mut signins_truth {
            ledger
                .write_all(&desk.tally.take_ledger())
                .map_err(Error::Output)?;
        }
    }
    let written = sink.finish()?;
    if let Some(ledger) = &mut signins_truth {
        ledger.flush().map_err(Error::Output)?;
    }
    Ok(desk.tally.into_truth(&world, format, written))
}

/// Where rendered pieces go at once.
enum To<'a, O> {
    Packer(Packer<'a>),
    /// To disk first; the outlet is opened in the end.
    Spool(Spool, O),
}

/// Renders plans and counts what was written.
struct Sink<'a, 'p, O> {
    exporter: Exporter,
    to: To<'a, O>,
    progress: &'p mut dyn FnMut(u64, u64),
    frames: Frames,
    written: Written,
    reported: u64,
}

impl<'a, 'p, O: FnOnce(&[String]) -> Outlet<'a>> Sink<'a, 'p, O> {
    fn new(exporter: Exporter, to: To<'a, O>, progress: &'p mut dyn FnMut(u64, u64)) -> Self {
        Self {
            exporter,
            to,
            progress,
            frames: Frames::default(),
            written: Written::default(),
            reported: 0,
        }
    }

    fn deliver(&mut self, plans: &[Plan], world: &World) -> Result<()> {
        let repeats = self.exporter.repeats();
        let mut order: Vec<_> = plans
            .iter()
            .enumerate()
            .map(|(i, plan)| match repeats {
                true => (plan.delivered / WINDOW, plan.id, plan.delivered, i),
                false => (plan.created, plan.id, plan.delivered, i),
            })
            .collect();
        order.sort_unstable();
        if let To::Spool(spool, _) = &mut self.to {
            spool.hour();
            order.reverse();
        }
        for (.., i) in order {
            self.put(&plans[i], world)?;
        }
        Ok(())
    }

    fn put(&mut self, plan: &Plan, world: &World) -> Result<()> {
        self.frames.clear();
        self.exporter.render(plan, world, &mut self.frames);
        self.written.rows += 1;
        self.written.detail_rows += self.frames.len() as u64 - 1;
        self.written.bytes += self.frames.bytes.len() as u64;
        match &mut self.to {
            To::Spool(spool, _) => spool.put(&self.frames)?,
            To::Packer(packer) => {
                for (part, piece) in self.frames.iter() {
                    packer.put(part, piece)?;
                }
            }
        }
        if self.written.bytes - self.reported >= REPORT_BYTES {
            self.reported = self.written.bytes;
            (self.progress)(self.written.rows, self.written.bytes);
        }
        Ok(())
    }

    fn finish(self) -> Result<Written> {
        let packer = match self.to {
            To::Packer(packer) => packer,
            To::Spool(spool, outlet) => {
                let totals = spool.counts();
                let mut packer = self.exporter.packer(Some(&totals), outlet)?;
                spool.give(&mut |part, piece| packer.put(part, piece))?;
                packer
            }
        };
        let bytes = packer.finish()?;
        (self.progress)(self.written.rows, bytes);
        Ok(Written {
            bytes,
            ..self.written
        })
    }
}
