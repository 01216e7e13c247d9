//! Writes answers where the user wants them, in the format asked for.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use authlake::engine::Answer;
use authlake::lake::write::ResultWriter;
use authlake::present::{Format, Options, presenter};
use authlake::{Error, Result};

use super::{args, terminal};

/// Rows of a table on a terminal, unless told.
const TABLE_ROWS: usize = 200;

enum Kind {
    Shown(Format),
    Parquet,
}

fn kind(args: &args::Output) -> Result<Kind> {
    match args.format.as_deref() {
        Some("parquet") => Ok(Kind::Parquet),
        Some(name) => Format::parse(name).map(Kind::Shown).ok_or_else(|| {
            let names = Format::NAMES.join(", ");
            Error::Usage(format!("no format {name}; there are {names} and parquet"))
        }),
        None if args.output.is_none() && terminal::out_is_terminal() => {
            Ok(Kind::Shown(Format::Table))
        }
        None => Ok(Kind::Shown(Format::Csv)),
    }
}

fn writer(args: &args::Output) -> Result<Box<dyn Write + Send>> {
    match &args.output {
        Some(path) => {
            let file = File::create(path).map_err(|e| Error::io("create", path, e))?;
            Ok(Box::new(BufWriter::new(file)))
        }
        None => Ok(Box::new(BufWriter::new(io::stdout()))),
    }
}

/// Writes an answer to its end; a note of what was cut goes to standard error.
pub async fn write(mut answer: Answer, args: &args::Output) -> Result<()> {
    let mut out = writer(args)?;
    let format = match kind(args)? {
        Kind::Shown(format) => format,
        Kind::Parquet => {
            if args.output.is_none() && terminal::out_is_terminal() {
                return Err(Error::Usage("Parquet needs -o FILE".to_owned()));
            }
            let mut writer = ResultWriter::new(out, answer.schema())?;
            while let Some(batch) = next(&mut answer).await? {
                writer.write(&batch)?;
            }
            return writer.close();
        }
    };
    let on_terminal = args.output.is_none() && terminal::out_is_terminal();
    let rows_max = match args.rows {
        Some(0) => None,
        Some(rows) => Some(rows),
        None => on_terminal.then_some(TABLE_ROWS),
    };
    let options = Options {
        width_max: if on_terminal { terminal::width() } else { None },
        rows_max,
        spreadsheet_safe: !args.csv_raw,
    };
    if on_terminal && format != Format::Table {
        // The other formats are for programs and keep text as it is.
        out = Box::new(terminal::Plain::new(out));
    }
    let mut presenter = presenter(format, out, &options);
    presenter.begin(&answer.schema())?;
    while let Some(batch) = next(&mut answer).await? {
        presenter.batch(&batch)?;
    }
    if let Some(note) = presenter.end()?.note() {
        eprintln!("{note}");
    }
    Ok(())
}

/// The next batch, or an error at once on Ctrl-C.
async fn next(answer: &mut Answer) -> Result<Option<arrow::record_batch::RecordBatch>> {
    tokio::select! {
        batch = answer.next() => batch.transpose(),
        _ = tokio::signal::ctrl_c() => Err(Error::Limit("stopped".to_owned())),
    }
}

/// Writes a text and a line break to standard output.
pub fn text(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").map_err(Error::Output)
}
