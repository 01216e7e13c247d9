//! Values that are text and not JSON, as in the cells of a CSV file.

use std::borrow::Cow;

use super::found::{Found, listed};
use super::lists::fill_step;
use super::raw::quoted;
use super::target::{StepField, Target, column_of, plain_cell, says_nothing};
use crate::signin::row::Cell;
use crate::signin::schema::Record;

impl<'de> Found<'de> {
    /// A value that is text and not JSON, as in the cell of a CSV file.
    pub(super) fn plain(&mut self, target: &Target, key: &'static str, text: Cow<'de, str>) {
        let list = text.starts_with('[');
        match target {
            Target::Ignore => {}
            Target::Steps if list => {
                listed(&mut self.steps, text);
            }
            Target::Policies if list => self.raw_policies(text),
            Target::EventTypes if list => {
                listed(&mut self.event_types, text);
            }
            Target::Json(column) if list || text.starts_with('{') => {
                if !says_nothing(&text) {
                    self.row.set(*column, Cell::Text(text));
                }
            }
            Target::Object(table) => self.object(table, key, text),
            Target::UserName => self.user_name_text(text),
            Target::Envelope(field) => {
                self.envelope.push((*field, Cow::Owned(quoted(&text))));
            }
            Target::Place => self.place(&text),
            Target::Status => self.status = Some(text),
            Target::StepField(field) => self.step_field(*field, key, text),
            Target::Audit => self.audit = Some(text),
            target => match (
                column_of(target),
                plain_cell(target, text.clone(), self.clock),
            ) {
                (Some(column), Some(cell)) if !matches!(target, Target::Json(_)) => {
                    self.set(column, key, cell);
                }
                _ => self.misfit(target, key, Cow::Owned(quoted(&text))),
            },
        }
    }

    /// `City, State, CC`, told apart from the right; parts may be empty, a city may hold commas.
    fn place(&mut self, text: &str) {
        let mut parts = text.rsplitn(3, ',').map(str::trim);
        for column in [Record::Country, Record::State, Record::City] {
            if let Some(part) = parts.next().filter(|p| !p.is_empty()) {
                self.row.set_text(column, part.to_owned());
            }
        }
    }

    fn step_field(&mut self, field: StepField, key: &'static str, text: Cow<'de, str>) {
        let step = self.step.get_or_insert_default();
        let fits = fill_step(step, field, text.clone(), self.clock);
        if !fits {
            self.extra.push((key.to_owned(), quoted(&text)));
        }
    }
}
