//! Writes answers where the user wants them, in the format asked for.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
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

/// Rows to be written.
pub enum Rows {
    /// Of a query that runs.
    Running(Answer),
    /// That are there.
    Ready(Option<RecordBatch>, SchemaRef),
}

impl From<Answer> for Rows {
    fn from(answer: Answer) -> Self {
        Self::Running(answer)
    }
}

impl From<RecordBatch> for Rows {
    fn from(batch: RecordBatch) -> Self {
        let schema = batch.schema();
        Self::Ready(Some(batch), schema)
    }
}

impl Rows {
    fn schema(&self) -> SchemaRef {
        match self {
            Self::Running(answer) => answer.schema(),
            Self::Ready(_, schema) => schema.clone(),
        }
    }

    /// The next batch, or an error at once on Ctrl-C.
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        match self {
            Self::Running(answer) => tokio::select! {
                batch = answer.next() => batch.transpose(),
                _ = tokio::signal::ctrl_c() => Err(Error::Limit("stopped".to_owned())),
            },
            Self::Ready(batch, _) => Ok(batch.take()),
        }
    }
}

/// Whether the answer is to be a page of Markdown.
pub fn is_markdown(args: &args::Output) -> bool {
    let format = args.format.as_deref().and_then(Format::parse);
    format == Some(Format::Markdown)
}

/// Writes rows to their end; a note of what was cut goes to standard error. How many there were.
pub async fn write(rows: impl Into<Rows>, args: &args::Output) -> Result<u64> {
    write_below("", rows, args).await
}

/// As [`write`], with a text above.
pub async fn write_below(above: &str, rows: impl Into<Rows>, args: &args::Output) -> Result<u64> {
    let mut rows = rows.into();
    let mut out = writer(args)?;
    let format = match kind(args)? {
        Kind::Shown(format) => format,
        Kind::Parquet => return write_parquet(out, rows, args).await,
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
    out.write_all(above.as_bytes()).map_err(Error::Output)?;
    let mut presenter = presenter(format, out, &options);
    presenter.begin(&rows.schema())?;
    let mut count = 0;
    while let Some(batch) = rows.next().await? {
        count += batch.num_rows() as u64;
        presenter.batch(&batch)?;
    }
    if let Some(note) = presenter.end()?.note() {
        eprintln!("{note}");
    }
    Ok(count)
}

async fn write_parquet(
    out: Box<dyn Write + Send>,
    mut rows: Rows,
    args: &args::Output,
) -> Result<u64> {
    if args.output.is_none() && terminal::out_is_terminal() {
        return Err(Error::Usage("Parquet needs -o FILE".to_owned()));
    }
    let mut writer = ResultWriter::new(out, rows.schema())?;
    let mut count = 0;
    while let Some(batch) = rows.next().await? {
        count += batch.num_rows() as u64;
        writer.write(&batch)?;
    }
    writer.close()?;
    Ok(count)
}

/// Writes a text and a line break to standard output.
pub fn text(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").map_err(Error::Output)
}
