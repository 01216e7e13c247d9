//! What can be said on the command line; plain data, nothing is looked at yet.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use super::generate_args::Generate;
pub use super::users_args::{UsersCommand, UsersImport};

/// SQL over Microsoft Entra ID sign-in logs: exports in, a Parquet lake out.
///
/// Exit codes: 0 all good, 1 failed, 2 usage, 3 done with rejects.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read sign-in exports into a lake
    Ingest(Ingest),
    /// Ask a question in SQL
    Sql(Sql),
    /// List, show and run saved questions
    #[command(subcommand)]
    Query(Query),
    /// Look after a lake
    #[command(subcommand)]
    Lake(LakeCommand),
    /// Tell a lake who people are: department, job, roles
    #[command(subcommand)]
    Users(UsersCommand),
    /// Explain an AADSTS code
    Code(Code),
    /// Tell what happened in one sign-in, or list one person's last ones
    Explain(Explain),
    /// Make a believable export with known answers
    Generate(Generate),
    /// Show it all on the shipped sample
    Demo,
    /// Print the columns of the lake's tables
    Schema(Schema),
}

#[derive(Debug, clap::Args)]
pub struct Lake {
    /// Folder of the lake
    #[arg(
        long,
        value_name = "DIR",
        env = "AUTHLAKE_LAKE",
        default_value = "./lake"
    )]
    pub lake: PathBuf,
    /// Your own settings [default: authlake.toml in the lake, else in the working folder]
    #[arg(long, value_name = "FILE", env = "AUTHLAKE_CONFIG")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Wait {
    /// Seconds to wait for another process that writes to the lake
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    pub wait: f64,
}

#[derive(Debug, clap::Args)]
pub struct Ingest {
    /// Files, folders, globs, or - for standard input; gzip, zstd, zip and UTF-16 are recognised
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<String>,
    #[command(flatten)]
    pub lake: Lake,
    /// Tenant of records that name none
    #[arg(long, value_name = "GUID")]
    pub tenant: Option<String>,
    /// Threads [default: one per core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// MiB of records held in memory at once; the process needs some 300 beside them
    #[arg(long, value_name = "MIB", default_value_t = 640)]
    pub memory: usize,
    /// Offset from UTC of times that a CSV file shows in a local time zone: +01:00
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    pub source_timezone: Option<String>,
    /// Which of the first two numbers of a date is the day [default: each file's dates decide]
    #[arg(long, value_name = "ORDER", value_parser = ["dmy", "mdy"])]
    pub date_order: Option<String>,
    /// GiB that one packed file may unpack to
    #[arg(long, value_name = "GIB", default_value_t = 256)]
    pub unpacked_max: u64,
    /// How many times its size a packed file may unpack to
    #[arg(long, value_name = "TIMES", default_value_t = 1000)]
    pub ratio_max: u64,
    /// Files that one archive may hold
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub members_max: usize,
    /// Hours of data beyond a challenge after which no answer is expected
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    pub settle: u32,
    /// Store nothing if anything is rejected; other log categories are no reject
    #[arg(long)]
    pub strict: bool,
    /// Store records alone; the next ingest without this makes the sign-ins of their days
    #[arg(long, value_name = "WHAT", value_parser = ["records"])]
    pub only: Option<String>,
    #[command(flatten)]
    pub wait: Wait,
    /// Read everything, say what is there, store nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the receipt as JSON on standard output
    #[arg(long, conflicts_with = "dry_run")]
    pub json: bool,
    /// Write the receipt as JSON to a file
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub receipt: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Limits {
    /// MiB that queries may hold before they spill to disk
    #[arg(long, value_name = "MIB", default_value_t = 2048)]
    pub memory: usize,
    /// Threads of a query [default: one per core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Seconds after which a query is stopped [default: none]
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<f64>,
}

#[derive(Debug, Clone, clap::Args)]
pub struct Output {
    /// table, csv, json, ndjson, markdown or parquet [default: table on a terminal, else csv]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Rows of a table; 0 shows all [default: 200 on a terminal]
    #[arg(long, value_name = "N")]
    pub rows: Option<usize>,
    /// Leave CSV cells that a spreadsheet would run as they are
    #[arg(long)]
    pub csv_raw: bool,
}

#[derive(Debug, clap::Args)]
pub struct Sql {
    /// The query; without it, standard input or a prompt
    #[arg(value_name = "QUERY")]
    pub query: Option<String>,
    /// Read the query from a file
    #[arg(short, long, value_name = "FILE", conflicts_with = "query")]
    pub file: Option<PathBuf>,
    /// Ask raw exports directly, without a lake
    #[arg(long, value_name = "EXPORT")]
    pub input: Vec<String>,
    #[command(flatten)]
    pub lake: Lake,
    #[command(flatten)]
    pub limits: Limits,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum Query {
    /// List the saved questions, or those in whose words all of some words stand
    List(QueryList),
    /// Show a question with its parameters, columns and SQL
    Show(QueryShow),
    /// Run a question, or every one of a folder
    Run(Box<QueryRun>),
    /// Look for faults in saved questions
    Check(QueryCheck),
}

#[derive(Debug, clap::Args)]
pub struct Queries {
    /// Your own folder of .sql files with the same header; they join the built-in ones
    #[arg(long, value_name = "DIR", env = "AUTHLAKE_QUERIES")]
    pub queries: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct QueryList {
    #[arg(value_name = "WORD")]
    pub words: Vec<String>,
    /// As JSON, with parameters and columns
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub queries: Queries,
}

#[derive(Debug, clap::Args)]
pub struct QueryShow {
    pub name: String,
    #[command(flatten)]
    pub queries: Queries,
}

#[derive(Debug, clap::Args)]
pub struct QueryRun {
    /// A question, or a folder such as mfa/ (all: /), which needs -o DIR
    pub name: String,
    /// A parameter, as name=value
    #[arg(short, long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Begin of the period: 7d or 12h back from the newest record, a date, a month (2026-03), a time
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// End of the period, exclusive
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Time zone of days, hours and times without one: Europe/Berlin [default: of authlake.toml, else UTC]
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
    /// Only this tenant
    #[arg(long, value_name = "GUID")]
    pub tenant: Option<String>,
    /// For rates: set another period beside, with the change: previous, 30d (right before), a
    /// month, a day, or FROM..UNTIL
    #[arg(long, value_name = "PERIOD")]
    pub compare: Option<String>,
    #[command(flatten)]
    pub queries: Queries,
    #[command(flatten)]
    pub lake: Lake,
    #[command(flatten)]
    pub limits: Limits,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, clap::Args)]
pub struct QueryCheck {
    /// Folder of .sql files [default: the built-in ones]
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum LakeCommand {
    /// Tell what a lake holds
    Info(LakeInfo),
    /// Check every file of a lake against its journal
    Verify(LakeVerify),
    /// Join the small files that ingests left, each day and table into one
    Compact(LakeCompact),
    /// Judge the places of all sign-ins anew, after `[location]` of the settings changed
    Rescore(LakeRescore),
    /// Take a person, or all before a day, out of a lake for good
    Forget(LakeForget),
}

#[derive(Debug, clap::Args)]
pub struct LakeCompact {
    #[command(flatten)]
    pub lake: Lake,
    #[command(flatten)]
    pub wait: Wait,
}

#[derive(Debug, clap::Args)]
pub struct LakeRescore {
    #[command(flatten)]
    pub lake: Lake,
    #[command(flatten)]
    pub wait: Wait,
}

#[derive(Debug, clap::Args)]
pub struct LakeForget {
    #[command(flatten)]
    pub what: Forgotten,
    #[command(flatten)]
    pub lake: Lake,
    /// Say what would go, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub wait: Wait,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Forgotten {
    /// Forget all events of earlier days (UTC)
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub before: Option<String>,
    /// Forget the person of this user id or user name, with every account that shares either
    #[arg(long, value_name = "ID")]
    pub user: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct LakeVerify {
    #[command(flatten)]
    pub lake: Lake,
}

#[derive(Debug, clap::Args)]
pub struct LakeInfo {
    #[command(flatten)]
    pub lake: Lake,
    /// How to say it
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"], default_value = "text")]
    pub format: String,
}

#[derive(Debug, clap::Args)]
pub struct Code {
    /// 50074, AADSTS50074, or a line of text with the code in front
    pub code: String,
    #[command(flatten)]
    pub lake: Lake,
}

#[derive(Debug, clap::Args)]
pub struct Explain {
    /// Any id of a sign-in (request, trace, correlation, session, token), or a pasted error message
    /// or error page; - reads it from standard input
    #[arg(value_name = "ID_OR_TEXT", conflicts_with = "user")]
    pub ids: Vec<String>,
    /// List the last sign-ins of one person: user name, user id, or display name
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// With --user: list background requests too
    #[arg(long, requires = "user")]
    pub silent: bool,
    /// Read a raw export instead of a lake; can be given several times
    #[arg(long, value_name = "EXPORT")]
    pub from: Vec<String>,
    #[command(flatten)]
    pub lake: Lake,
    /// Sign-ins at most [default: 5 told, 20 listed]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// text or json
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"], default_value = "text")]
    pub format: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct Schema {
    /// records, signins, policy_sets, users, or a table of Log Analytics [default: the first four]
    pub table: Option<String>,
    #[command(flatten)]
    pub output: Output,
}
