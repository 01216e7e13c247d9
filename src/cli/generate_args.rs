//! What can be said to `authlake generate`.

use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Generate {
    /// What to write: azure_monitor, event_hub, graph, graph_v1, portal_json, portal_csv,
    /// log_analytics_csv, log_analytics_json, log_analytics_tables, unified_audit_csv,
    /// unified_audit_json, unified_audit_search, powershell, extractor_suite or sof_elk
    #[arg(long, value_name = "NAME", default_value = "azure_monitor")]
    pub format: String,
    /// Distinct records of the tenants; a format writes those that it can carry
    #[arg(long, default_value_t = 100_000)]
    pub records: u64,
    #[arg(long, default_value_t = 500)]
    pub users: u32,
    #[arg(long, default_value_t = 30)]
    pub days: u32,
    /// The same seed gives the same people, records and ids in every format
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// First day, UTC [default: 2026-01-05]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub start: Option<String>,
    /// Conditional Access policies of each user record
    #[arg(long, default_value_t = 9)]
    pub policies: u32,
    /// People travel, move house, use VPN exits and lose accounts to strangers; the truth says of
    /// each sign-in which it is
    #[arg(long)]
    pub movement: bool,
    /// A spike of failures, a broken policy, an outage and late text messages are planted
    #[arg(long)]
    pub incidents: bool,
    /// Columns of portal_csv: 44, 55, 56 or 57
    #[arg(long, value_name = "N", default_value_t = 57)]
    pub portal_columns: u32,
    /// File to write; a name that ends in .gz is compressed; - is standard output. portal_csv is a
    /// folder; graph, portal_json, log_analytics_* and extractor_suite are one if PATH ends in /
    #[arg(short, long, value_name = "PATH")]
    pub output: PathBuf,
    /// Write the planted truth as JSON
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
    /// Write one CSV line of truth per sign-in
    #[arg(long, value_name = "FILE")]
    pub truth_signins: Option<PathBuf>,
}
