//! Puts the pieces of an export into their containers: pages, arrays, bodies, rows of a table.
//!
//! One packer serves all parts of an export. What a container must say beforehand (whether another
//! page follows, how many results there are) comes from the counts of the spool.

use super::super::text::{push, push_number};
use super::outlet::Outlet;
use super::pretty::push_pretty;
use crate::error::Result;

/// Objects of a page of Microsoft Graph, and of a body of Event Hub at most.
const PAGE_RECORDS: u64 = 1_000;
const BODY_RECORDS: u64 = 100;
/// The most bytes of an Event Hub message.
const BODY_BYTES: usize = 256 * 1_024;
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// How the pieces of a part stand in their file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// One after another; each ends its own line.
    Bare,
    /// Event Hub bodies, one a line.
    Bodies,
    /// Pages of a Graph collection, of this version.
    Pages(&'static str),
    /// One compact array, or what stands between head and tail.
    Array,
    /// Pretty-printed objects in Pascal case.
    Objects,
    /// Pretty-printed arrays of a page each; a page of one record is a bare object.
    Arrays,
    /// One pretty-printed array of audit search results, numbered.
    Results,
}

impl Packing {
    fn page_records(self) -> u64 {
        match self {
            Self::Bodies => BODY_RECORDS,
            Self::Pages(_) | Self::Arrays => PAGE_RECORDS,
            _ => u64::MAX,
        }
    }
}

/// A part's file name, and what stands before and after all of its pieces.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) head: Vec<u8>,
    pub(super) tail: &'static str,
}

impl Part {
    /// A part with nothing before or after its pieces.
    pub(super) fn named(name: String) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }
}

/// How far a part is.
#[derive(Clone, Copy, Default)]
struct State {
    /// Pieces put so far, and pages opened.
    pieces: u64,
    pages: u64,
    /// Pieces and bytes of the open page.
    in_page: u64,
    page_bytes: usize,
    /// Pieces there will be, where that is known.
    total: Option<u64>,
}

/// Writes pieces to an outlet.
pub(in crate::generate) struct Packer<'a> {
    packing: Packing,
    parts: Vec<Part>,
    states: Vec<State>,
    outlet: Outlet<'a>,
    text: Vec<u8>,
}

impl<'a> Packer<'a> {
    /// Writes the heads of the parts; `totals` are the counts of their pieces.
    pub(super) fn new(
        packing: Packing,
        parts: Vec<Part>,
        totals: Option<&[u64]>,
        mut outlet: Outlet<'a>,
    ) -> Result<Self> {
        let mut states = vec![State::default(); parts.len()];
        for (i, part) in parts.iter().enumerate() {
            outlet.put(i, &part.head)?;
            states[i].total = totals.map(|totals| totals[i]);
        }
        Ok(Self {
            packing,
            parts,
            states,
            outlet,
            text: Vec::new(),
        })
    }

    /// Puts one piece.
    pub(in crate::generate) fn put(&mut self, part: u8, piece: &[u8]) -> Result<()> {
        let part = usize::from(part);
        if self.packing == Packing::Bare {
            return self.outlet.put(part, piece);
        }
        let state = self.states[part];
        let full = state.in_page == self.packing.page_records()
            || self.packing == Packing::Bodies && state.page_bytes + piece.len() + 8 > BODY_BYTES;
        if state.in_page > 0 && full {
            self.close(part)?;
        }
        if self.states[part].in_page == 0 {
            self.open(part)?;
        } else {
            self.between();
        }
        self.push_piece(part, piece);
        let state = &mut self.states[part];
        state.pieces += 1;
        state.in_page += 1;
        state.page_bytes += self.text.len();
        self.outlet.put(part, &self.text)?;
        self.text.clear();
        Ok(())
    }

    /// Ends every container, and returns the bytes written.
    pub(in crate::generate) fn finish(mut self) -> Result<u64> {
        for part in 0..self.parts.len() {
            let state = self.states[part];
            let empty = matches!(self.packing, Packing::Array | Packing::Pages(_));
            if state.in_page == 0 && state.pages == 0 && empty {
                self.open(part)?;
                self.outlet.put(part, &self.text)?;
                self.text.clear();
                self.close(part)?;
            } else if state.in_page > 0 {
                self.close(part)?;
            }
            self.outlet.put(part, self.parts[part].tail.as_bytes())?;
        }
        let bytes = self.outlet.bytes;
        self.outlet.finish()?;
        Ok(bytes)
    }

    /// Pieces not yet put, if their number is known.
    fn left(&self, part: usize) -> u64 {
        let state = self.states[part];
        state.total.unwrap_or(0).saturating_sub(state.pieces)
    }

    /// Whether the open page holds one bare object instead of an array.
    fn lonely(&self, part: usize) -> bool {
        let state = self.states[part];
        let first = state.pieces - state.in_page;
        matches!(self.packing, Packing::Arrays | Packing::Results)
            && state.total.unwrap_or(0).saturating_sub(first) == 1
    }

    fn open(&mut self, part: usize) -> Result<()> {
        let page = self.states[part].pages;
        self.states[part].pages += 1;
        self.states[part].page_bytes = 0;
        let left = self.left(part);
        match self.packing {
            Packing::Bare | Packing::Objects => {}
            Packing::Bodies => push(&mut self.text, r#"{"records":["#),
            Packing::Array => self.text.push(b'['),
            Packing::Arrays | Packing::Results if self.lonely(part) => {}
            Packing::Arrays | Packing::Results => push(&mut self.text, "[\r\n"),
            Packing::Pages(version) => {
                if page > 0 {
                    let name = self.parts[part]
                        .name
                        .replace("00001", &format!("{:05}", page + 1));
                    self.outlet.turn(part, name)?;
                }
                push(
                    &mut self.text,
                    r#"{"@odata.context":"https://graph.microsoft.com/"#,
                );
                push(&mut self.text, version);
                push(&mut self.text, r#"/$metadata#auditLogs/signIns""#);
                if left > PAGE_RECORDS {
                    push(
                        &mut self.text,
                        r#","@odata.nextLink":"https://graph.microsoft.com/"#,
                    );
                    push(&mut self.text, version);
                    push(&mut self.text, r#"/auditLogs/signIns?$skiptoken="#);
                    let token = 0x9177_f2e3_532f_cd4c_u64.wrapping_mul(page + 1);
                    push(&mut self.text, &format!("{token:016x}_{}\"", page + 1));
                }
                push(&mut self.text, r#","value":["#);
            }
        }
        Ok(())
    }

    fn between(&mut self) {
        match self.packing {
            Packing::Bare | Packing::Objects => {}
            Packing::Arrays | Packing::Results => push(&mut self.text, ",\r\n"),
            _ => self.text.push(b','),
        }
    }

    fn push_piece(&mut self, part: usize, piece: &[u8]) {
        let lonely = self.lonely(part);
        let state = self.states[part];
        let indent = if lonely { 0 } else { 4 };
        match self.packing {
            Packing::Objects => {
                push_pretty(&mut self.text, piece, 0, true);
                push(&mut self.text, "\r\n");
            }
            Packing::Arrays => {
                self.text.resize(self.text.len() + indent, b' ');
                push_pretty(&mut self.text, piece, indent, false);
            }
            Packing::Results => {
                let open = piece.strip_suffix(b"}").unwrap_or(piece);
                let mut numbered = open.to_vec();
                push(&mut numbered, r#","ResultIndex":"#);
                push_number(&mut numbered, state.pieces + 1);
                push(&mut numbered, r#","ResultCount":"#);
                push_number(&mut numbered, state.total.unwrap_or(0));
                numbered.push(b'}');
                self.text.resize(self.text.len() + indent, b' ');
                push_pretty(&mut self.text, &numbered, indent, false);
            }
            _ => self.text.extend_from_slice(piece),
        }
    }

    fn close(&mut self, part: usize) -> Result<()> {
        let end = match self.packing {
            Packing::Bare | Packing::Objects => "",
            Packing::Bodies => "]}\n",
            Packing::Pages(_) => "]}\n",
            Packing::Array => "]",
            Packing::Arrays | Packing::Results if self.lonely(part) => "\r\n",
            Packing::Arrays | Packing::Results => "\r\n]\r\n",
        };
        self.states[part].in_page = 0;
        self.outlet.put(part, end.as_bytes())
    }
}

/// What a text file of Windows PowerShell begins with.
pub(super) fn byte_order_mark() -> Vec<u8> {
    BYTE_ORDER_MARK.as_bytes().to_vec()
}
