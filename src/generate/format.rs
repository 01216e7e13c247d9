//! Names the export formats that can be written, and whether each is a file or a folder.
//!
//! What a format can tell of a sign-in, and so the truth of its export, is in `carries`.

use crate::error::{Error, Result};

/// An export format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Azure Monitor archive: one record a line, every category, late copies and second states.
    #[default]
    AzureMonitor,
    /// Event Hub bodies `{"records":[…]}`, one a line; the same rows as [`Self::AzureMonitor`].
    EventHub,
    /// Microsoft Graph beta pages of 1,000.
    Graph,
    /// Microsoft Graph v1.0 pages of 1,000: interactive sign-ins, fewer fields.
    GraphV1,
    /// The admin centre's JSON download: one array, or a folder with one file for each log.
    PortalJson,
    /// The admin centre's CSV download: a folder of six files.
    PortalCsv,
    /// Log Analytics "Export to CSV": table SigninLogs, or a folder with a file for each table.
    LogAnalyticsCsv,
    /// Log Analytics continuous export: JSON lines, mixed or in a file for each table.
    LogAnalyticsJson,
    /// Log Analytics query API answer: table SigninLogs, or a folder with a file for each table.
    LogAnalyticsTables,
    /// Purview audit search, CSV.
    UnifiedAuditCsv,
    /// One `AuditData` object a line, as the Management API delivers them.
    UnifiedAuditJson,
    /// Search-UnifiedAuditLog as a JSON array; `AuditData` is JSON in a string.
    UnifiedAuditSearch,
    /// Graph PowerShell: pretty-printed objects one after another, Pascal case.
    PowerShell,
    /// Microsoft-Extractor-Suite: pretty-printed arrays one after another.
    ExtractorSuite,
    /// Microsoft-Extractor-Suite with `-Output SOF-ELK`: one object a line.
    SofElk,
}

/// Where an export of a format goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One file.
    File,
    /// A folder of files.
    Folder,
    /// A file, or a folder of files, as is asked for.
    Either,
}

impl Format {
    /// Every format, in the order of the help.
    pub const ALL: [Self; 15] = [
        Self::AzureMonitor,
        Self::EventHub,
        Self::Graph,
        Self::GraphV1,
        Self::PortalJson,
        Self::PortalCsv,
        Self::LogAnalyticsCsv,
        Self::LogAnalyticsJson,
        Self::LogAnalyticsTables,
        Self::UnifiedAuditCsv,
        Self::UnifiedAuditJson,
        Self::UnifiedAuditSearch,
        Self::PowerShell,
        Self::ExtractorSuite,
        Self::SofElk,
    ];

    /// The name on the command line and in the truth.
    pub fn name(self) -> &'static str {
        match self {
            Self::AzureMonitor => "azure_monitor",
            Self::EventHub => "event_hub",
            Self::Graph => "graph",
            Self::GraphV1 => "graph_v1",
            Self::PortalJson => "portal_json",
            Self::PortalCsv => "portal_csv",
            Self::LogAnalyticsCsv => "log_analytics_csv",
            Self::LogAnalyticsJson => "log_analytics_json",
            Self::LogAnalyticsTables => "log_analytics_tables",
            Self::UnifiedAuditCsv => "unified_audit_csv",
            Self::UnifiedAuditJson => "unified_audit_json",
            Self::UnifiedAuditSearch => "unified_audit_search",
            Self::PowerShell => "powershell",
            Self::ExtractorSuite => "extractor_suite",
            Self::SofElk => "sof_elk",
        }
    }

    /// Finds a format by its name; the error lists them all.
    pub fn parse(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::Usage(format!("{name:?} is not an export format; known: {names}"))
        })
    }

    /// Whether an export is a file, a folder, or either.
    pub fn layout(self) -> Layout {
        match self {
            Self::PortalCsv => Layout::Folder,
            Self::Graph
            | Self::GraphV1
            | Self::PortalJson
            | Self::LogAnalyticsCsv
            | Self::LogAnalyticsJson
            | Self::LogAnalyticsTables
            | Self::ExtractorSuite => Layout::Either,
            _ => Layout::File,
        }
    }

    /// Whether rows come in the order of delivery, with late copies and second states; every
    /// other format holds each record once, as it stands in the end.
    pub(super) fn repeats(self) -> bool {
        matches!(self, Self::AzureMonitor | Self::EventHub)
    }

    /// Whether the newest record stands first, as a service that pages backwards gives them.
    pub(super) fn newest_first(self) -> bool {
        matches!(
            self,
            Self::Graph
                | Self::GraphV1
                | Self::PortalJson
                | Self::PortalCsv
                | Self::UnifiedAuditCsv
                | Self::UnifiedAuditSearch
                | Self::PowerShell
                | Self::ExtractorSuite
                | Self::SofElk
        )
    }
}

/// A generation of the header of the admin centre's CSV files of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PortalColumns {
    /// 44 columns, 2023.
    Of2023,
    /// 55 columns, 2024, every cell quoted.
    Of2024,
    /// 56 columns, 2025, without `Managed Identity type`.
    Of2025,
    /// 57 columns, December 2025.
    #[default]
    Newest,
}

impl PortalColumns {
    /// Finds a generation by its number of columns.
    pub fn parse(columns: u32) -> Result<Self> {
        match columns {
            44 => Ok(Self::Of2023),
            55 => Ok(Self::Of2024),
            56 => Ok(Self::Of2025),
            57 => Ok(Self::Newest),
            _ => Err(Error::Usage(format!(
                "the admin centre never wrote {columns} columns; known: 44, 55, 56, 57"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name_and_no_other() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.name()).expect("a name"), format);
        }
        let error = Format::parse("graph_v2")
            .expect_err("no such format")
            .to_string();
        for format in Format::ALL {
            assert!(error.contains(format.name()), "{error}");
        }
        assert!(PortalColumns::parse(54).is_err());
    }
}
