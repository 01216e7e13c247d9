//! What can be said to `authlake users`.

use super::args::{Lake, Wait};

#[derive(Debug, clap::Subcommand)]
pub enum UsersCommand {
    /// Import people of the directory: users of Microsoft Graph as JSON, or a portal's CSV download
    ///
    /// Department, job title and directory roles then stand in table `users` and in the view
    /// `signins_with_users`. A later import replaces what an earlier one said of a person; who is not
    /// in it stays. Roles come with `GET /users?$expand=memberOf`.
    #[command(max_term_width = 100)]
    Import(UsersImport),
}

#[derive(Debug, clap::Args)]
pub struct UsersImport {
    /// Files, folders, globs, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub inputs: Vec<String>,
    #[command(flatten)]
    pub lake: Lake,
    /// Tenant of the directory [default: that of the lake, where it holds one]
    #[arg(long, value_name = "GUID")]
    pub tenant: Option<String>,
    /// Import nothing if anything is rejected
    #[arg(long)]
    pub strict: bool,
    #[command(flatten)]
    pub wait: Wait,
}
