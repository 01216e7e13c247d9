//! Knows for each format which text a record becomes, in which container, in which file.

use super::super::format::Format;
use super::super::instant::{DAY, push_day};
use super::super::options::{Options, Span};
use super::super::plan::{Kind, Plan};
use super::super::policy::Dialect;
use super::super::record::push_record;
use super::super::tenant::World;
use super::super::text::push;
use super::graph::{Clock, push_sign_in};
use super::log_analytics::Container;
use super::pack::{Packing, Part};
use super::tables::{self, TABLES};
use super::{Frames, Outlet, Packer, audit, log_analytics, pack, portal};
use crate::error::Result;

/// Writes records as one format.
pub(in crate::generate) struct Exporter {
    options: Options,
    span: Span,
    folder: bool,
    scratch: Vec<u8>,
    row: portal::Row,
}

impl Exporter {
    /// An exporter to one writer, or to a `folder`.
    pub(in crate::generate) fn new(options: &Options, span: Span, folder: bool) -> Self {
        Self {
            options: options.clone(),
            span,
            folder,
            scratch: Vec::new(),
            row: portal::Row::default(),
        }
    }

    /// Whether rows come in the order of delivery.
    pub(in crate::generate) fn repeats(&self) -> bool {
        self.options.format.repeats()
    }

    /// Writes what a record becomes.
    pub(in crate::generate) fn render(&mut self, plan: &Plan, world: &World, frames: &mut Frames) {
        let format = self.options.format;
        if format == Format::PortalCsv {
            let columns = self.options.portal_columns;
            return portal::push_rows(frames, &mut self.row, plan, world, columns);
        }
        let out = &mut frames.bytes;
        let scratch = &mut self.scratch;
        scratch.clear();
        match format {
            Format::AzureMonitor => {
                push_record(out, plan, world);
                push(out, "\r\n");
            }
            Format::EventHub => push_record(out, plan, world),
            Format::Graph | Format::PortalJson | Format::ExtractorSuite => {
                push_sign_in(out, plan, world, Dialect::Beta, Clock::Service);
            }
            Format::SofElk => {
                push_sign_in(out, plan, world, Dialect::Beta, Clock::Service);
                push(out, "\r\n");
            }
            Format::PowerShell => push_sign_in(out, plan, world, Dialect::Beta, Clock::American),
            Format::GraphV1 => push_sign_in(out, plan, world, Dialect::V1, Clock::Service),
            Format::LogAnalyticsCsv | Format::LogAnalyticsJson | Format::LogAnalyticsTables => {
                log_analytics::push_row(out, plan, world, container(format), scratch);
            }
            Format::UnifiedAuditJson => {
                audit::push_data(out, plan, world);
                push(out, "\r\n");
            }
            Format::UnifiedAuditCsv => {
                audit::push_data(scratch, plan, world);
                audit::push_csv_row(out, plan, world, scratch);
            }
            Format::UnifiedAuditSearch => {
                audit::push_data(scratch, plan, world);
                audit::push_result(out, plan, world, scratch);
            }
            Format::PortalCsv => {}
        }
        frames.end(self.part(plan.kind));
    }

    /// A packer of this format's containers; `totals` are the pieces of each part, where known.
    pub(in crate::generate) fn packer<'a>(
        &self,
        totals: Option<&[u64]>,
        outlet: impl FnOnce(&[String]) -> Outlet<'a>,
    ) -> Result<Packer<'a>> {
        let parts = self.parts();
        let names: Vec<String> = parts.iter().map(|part| part.name.clone()).collect();
        let packing = match self.options.format {
            Format::EventHub => Packing::Bodies,
            Format::Graph => Packing::Pages("beta"),
            Format::GraphV1 => Packing::Pages("v1.0"),
            Format::PortalJson | Format::LogAnalyticsTables => Packing::Array,
            Format::PowerShell => Packing::Objects,
            Format::ExtractorSuite => Packing::Arrays,
            Format::UnifiedAuditSearch => Packing::Results,
            _ => Packing::Bare,
        };
        Packer::new(packing, parts, totals, outlet(&names))
    }

    /// How many parts an export has.
    pub(in crate::generate) fn part_count(&self) -> usize {
        self.parts().len()
    }

    fn part(&self, kind: Kind) -> u8 {
        match self.options.format {
            _ if !self.folder => 0,
            Format::ExtractorSuite => tables::part(kind).saturating_sub(1),
            Format::PortalJson
            | Format::LogAnalyticsCsv
            | Format::LogAnalyticsJson
            | Format::LogAnalyticsTables => tables::part(kind),
            _ => 0,
        }
    }

    fn parts(&self) -> Vec<Part> {
        let format = self.options.format;
        let mut parts: Vec<Part> = match format {
            Format::PortalCsv => {
                let columns = self.options.portal_columns;
                let named = portal::FILES.iter().enumerate().map(|(i, file)| Part {
                    name: self.dated(file, "csv"),
                    head: portal::header(i, columns),
                    ..Part::default()
                });
                named.collect()
            }
            Format::PortalJson => [0, 2, 4, 5]
                .map(|i| Part::named(self.dated(portal::FILES[i], "json")))
                .into(),
            Format::LogAnalyticsCsv | Format::LogAnalyticsJson | Format::LogAnalyticsTables => {
                TABLES
                    .iter()
                    .map(|table| table_part(table, format))
                    .collect()
            }
            Format::ExtractorSuite => [
                "interactiveUser-nonInteractiveUser",
                "servicePrincipal",
                "managedIdentity",
            ]
            .map(|types| Part::named(self.stamped(types)))
            .into(),
            Format::Graph | Format::GraphV1 => vec![Part::named("signIns_00001.json".into())],
            _ => vec![Part::default()],
        };
        if !self.folder {
            parts.truncate(1);
        }
        for part in &mut parts {
            match format {
                Format::PowerShell | Format::ExtractorSuite | Format::UnifiedAuditSearch => {
                    part.head = pack::byte_order_mark();
                }
                Format::UnifiedAuditCsv => push(&mut part.head, audit::HEADER),
                _ => {}
            }
        }
        parts
    }

    /// `file_<first day>_<last day>.extension`.
    fn dated(&self, file: &str, extension: &str) -> String {
        let mut days = Vec::new();
        push_day(&mut days, self.span.start);
        days.push(b'_');
        push_day(&mut days, self.span.end - DAY);
        format!("{file}_{}.{extension}", String::from_utf8_lossy(&days))
    }

    /// The name that the extractor gives at midnight after the last day.
    fn stamped(&self, types: &str) -> String {
        let mut day = Vec::new();
        push_day(&mut day, self.span.end);
        let day = String::from_utf8_lossy(&day).replace('-', "");
        format!("{day}000000-{types}-SignInLogs.json")
    }
}

fn container(format: Format) -> Container {
    match format {
        Format::LogAnalyticsCsv => Container::Csv,
        Format::LogAnalyticsTables => Container::Rows,
        _ => Container::Lines,
    }
}

fn table_part(table: &tables::Table, format: Format) -> Part {
    let (name, tail) = match format {
        Format::LogAnalyticsCsv => (format!("{}.csv", table.name), ""),
        Format::LogAnalyticsTables => (format!("{}.json", table.name), "}]}\n"),
        _ => (format!("am-{}.json", table.name), ""),
    };
    Part {
        name,
        head: log_analytics::head(table, container(format)),
        tail,
    }
}
