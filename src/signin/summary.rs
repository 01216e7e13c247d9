//! Makes rows of `signins` from a batch of `records`: folds, decides, and takes who, where, what.
//!
//! In: one batch with all columns of `records`. Out: one batch of `signins`, sorted by user name,
//! service principal, start and id, as the lake holds them; their location risk is null, as it rests
//! on the days before (see `location`).
//! Never: reads files or knows days beyond the range it is given.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, ListBuilder, StringArray,
    StringBuilder, TimestampMicrosecondArray, UInt32Array,
};
use arrow::compute::take;
use arrow::datatypes::{Int32Type, Int64Type, Schema, SchemaRef, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;

use super::aadsts::{CodeTable, Kind};
use super::batch::{TextReader, steps_at};
use super::coded::{CODED_SCHEMA, typed};
use super::columns::null_column;
use super::coverage::{Coverage, legacy_authentication, not_evaluated};
use super::fold::{Event, fold, is_blank_id, user_of};
use super::horizon::Horizon;
use super::location::SCORE_COLUMNS;
use super::mfa::{Decision, Evidence, decide};
use super::schema::{RECORDS, Record, SIGNINS, SIGNINS_SCHEMA, Signin};
use super::tables::Tables;
use crate::error::{Error, Result};

/// The columns of `records` that sign-ins are made from, their texts coded; a reader of Parquet skips
/// the rest.
pub static SUMMARY_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let read = [
        Record::Id,
        Record::CreatedAt,
        Record::ErrorCode,
        Record::FailureReason,
        Record::AdditionalDetails,
        Record::MfaAuthMethod,
        Record::AuthenticationDetails,
        Record::PolicySetId,
    ];
    let shown = |name: &str| SIGNINS.iter().any(|c| c.name == name);
    let wanted = RECORDS
        .iter()
        .enumerate()
        .filter(|(place, column)| read.iter().any(|r| *r as usize == *place) || shown(column.name));
    let fields: Vec<_> = wanted
        .map(|(place, _)| CODED_SCHEMA.field(place).clone())
        .collect();
    Arc::new(Schema::new(fields))
});

/// What a summary needs beside the records.
pub struct Context<'a> {
    pub tables: &'a Tables,
    pub horizon: &'a Horizon,
    /// How far data must reach beyond an unanswered challenge, in microseconds.
    pub settle_us: i64,
    pub ingest_id: &'a str,
    /// Names of the policies of a set whose result is failure.
    pub failed_policies: &'a dyn Fn(i64) -> Vec<String>,
    /// Whether a set has a policy whose result is success or failure.
    pub enforced: &'a dyn Fn(i64) -> bool,
}

/// The sign-ins of a batch, texts coded where those of `records` are, and what the reader of a receipt
/// wants to know of them.
pub struct Summary {
    pub signins: RecordBatch,
    /// Sign-ins that still wait for an answer.
    pub pending: u64,
    /// Sign-ins begun only because an older one was full.
    pub capped: u64,
}

/// One sign-in: the places of its records, and the decision.
struct Made {
    group: Vec<usize>,
    decision: Decision,
}

/// The columns of a batch of `records`, with a reader of each for its texts.
struct Columns<'a> {
    batch: &'a RecordBatch,
    texts: Vec<TextReader<'a>>,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Self {
        Self {
            batch,
            texts: batch.columns().iter().map(TextReader::of).collect(),
        }
    }

    fn column(&self, column: Record) -> &'a ArrayRef {
        self.batch.column(column as usize)
    }

    /// The text of a row, where it has one.
    fn known(&self, column: Record, i: usize) -> Option<&'a str> {
        self.texts[column as usize].at(i)
    }

    fn text(&self, column: Record, i: usize) -> &'a str {
        self.known(column, i).unwrap_or_default()
    }

    fn int(&self, column: Record, i: usize) -> Option<i64> {
        let array = self.column(column);
        if array.is_null(i) {
            return None;
        }
        match array.as_primitive_opt::<Int32Type>() {
            Some(a) => Some(i64::from(a.value(i))),
            None => array.as_primitive_opt::<Int64Type>().map(|a| a.value(i)),
        }
    }

    fn created_at(&self, i: usize) -> i64 {
        let times = self.column(Record::CreatedAt);
        times.as_primitive::<TimestampMicrosecondType>().value(i)
    }

    fn event(&self, i: usize, codes: &CodeTable) -> Event<'a> {
        let code = self.int(Record::ErrorCode, i);
        Event {
            id: self.text(Record::Id, i),
            tenant_id: self.text(Record::TenantId, i),
            user: user_of(
                self.text(Record::UserId, i),
                self.text(Record::UserPrincipalName, i),
            ),
            event_type: self.text(Record::EventType, i),
            created_at: self.created_at(i),
            kind: code.map_or(Kind::Unknown, |c| codes.kind(c as i32)),
            original_request_id: self.text(Record::OriginalRequestId, i),
            correlation_id: self.text(Record::CorrelationId, i),
            session_id: self.text(Record::SessionId, i),
            device_id: self.text(Record::DeviceId, i),
            ip_address: self.text(Record::IpAddress, i),
            user_agent: self.text(Record::UserAgent, i),
            asn: self.int(Record::AutonomousSystemNumber, i),
        }
    }

    fn evidence(&self, i: usize) -> Evidence<'a> {
        Evidence {
            created_at: self.created_at(i),
            error_code: self.int(Record::ErrorCode, i).map(|c| c as i32),
            additional_details: self.text(Record::AdditionalDetails, i),
            failure_reason: self.text(Record::FailureReason, i),
            authentication_requirement: self.text(Record::AuthenticationRequirement, i),
            mfa_auth_method: self.text(Record::MfaAuthMethod, i),
            steps: steps_at(self.column(Record::AuthenticationDetails), i),
        }
    }
}

impl Columns<'_> {
    fn not_evaluated(&self, made: &Made, context: &Context<'_>) -> Option<bool> {
        let records = made.group.iter().map(|i| Coverage {
            status: self.text(Record::ConditionalAccessStatus, *i),
            enforced: self
                .int(Record::PolicySetId, *i)
                .is_some_and(context.enforced),
        });
        let decision = &made.decision;
        let reached = decision.outcome == "success" || decision.challenge_code.is_some();
        not_evaluated(records, reached)
    }
}

/// The sign-ins of a batch of `records` that began within `days` (microseconds, half open).
pub fn summarise(
    records: &RecordBatch,
    days: Range<i64>,
    context: &Context<'_>,
) -> Result<Summary> {
    let columns = Columns::of(records);
    let events: Vec<Event<'_>> = (0..records.num_rows())
        .map(|i| columns.event(i, &context.tables.codes))
        .collect();
    let folded = fold(&events);
    let mut made: Vec<Made> = folded
        .groups
        .into_iter()
        .filter(|group| days.contains(&events[group[0]].created_at))
        .map(|group| {
            let decision = decide_group(&columns, &events, &group, context);
            Made { group, decision }
        })
        .collect();
    made.sort_by_cached_key(|m| {
        let deciding = m.group[m.decision.deciding];
        let name = |column: Record| columns.known(column, deciding);
        (
            name(Record::UserPrincipalName),
            name(Record::ServicePrincipalId),
            events[m.group[0]].created_at,
            least_id(&events, &m.group),
        )
    });
    let pending = made
        .iter()
        .filter(|m| m.decision.mfa_outcome == "pending")
        .count() as u64;
    Ok(Summary {
        signins: table(records, &columns, &events, &made, context)?,
        pending,
        capped: folded.capped,
    })
}

fn least_id<'a>(events: &[Event<'a>], group: &[usize]) -> &'a str {
    group
        .iter()
        .map(|i| events[*i].id)
        .min()
        .unwrap_or_default()
}

fn decide_group(
    columns: &Columns<'_>,
    events: &[Event<'_>],
    group: &[usize],
    context: &Context<'_>,
) -> Decision {
    let evidence: Vec<Evidence<'_>> = group.iter().map(|i| columns.evidence(*i)).collect();
    let event = &events[group[0]];
    let settled = |at: i64| {
        let horizon = context.horizon;
        horizon.settles(event.tenant_id, event.event_type, at, context.settle_us)
    };
    decide(&evidence, event.event_type, context.tables, &settled)
}

fn table(
    records: &RecordBatch,
    columns: &Columns<'_>,
    events: &[Event<'_>],
    made: &[Made],
    context: &Context<'_>,
) -> Result<RecordBatch> {
    let deciding: UInt32Array = made
        .iter()
        .map(|m| Some(m.group[m.decision.deciding] as u32))
        .collect();
    let first = |m: &Made| events[m.group[0]].created_at;
    let last = |m: &Made| m.group.last().map_or(0, |i| events[*i].created_at);
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(SIGNINS.len());
    for column in Signin::ALL {
        let array: ArrayRef = match column {
            Signin::SigninId => texts(made, |m| Some(least_id(events, &m.group))),
            Signin::RecordIds => lists(made, |m| {
                m.group.iter().map(|i| events[*i].id.to_owned()).collect()
            }),
            Signin::StartedAt => times(made, first),
            Signin::EndedAt => times(made, last),
            Signin::DurationS => floats(made, |m| Some((last(m) - first(m)) as f64 / 1e6)),
            Signin::RecordCount => ints(made, |m| Some(m.group.len() as i32)),
            Signin::FinalFailureReason => {
                let reason = |m: &Made| {
                    let i = *m.group.iter().rfind(|i| {
                        columns.int(Record::ErrorCode, **i).map(|c| c as i32)
                            == m.decision.final_error_code
                    })?;
                    Some(columns.text(Record::FailureReason, i)).filter(|t| !t.is_empty())
                };
                texts(made, reason)
            }
            Signin::FailedPolicies => lists(made, |m| failed_policies(columns, events, m, context)),
            Signin::NotEvaluated => flags(made, |m| columns.not_evaluated(m, context)),
            Signin::LegacyAuthentication => flags(made, |m| {
                let i = m.group[m.decision.deciding];
                legacy_authentication(columns.text(Record::ClientAppUsed, i))
            }),
            Signin::IpCount => ints(made, |m| {
                let ips = m.group.iter().map(|i| events[*i].ip_address);
                let mut ips: Vec<&str> = ips.filter(|ip| !ip.is_empty()).collect();
                ips.sort_unstable();
                ips.dedup();
                Some(ips.len() as i32)
            }),
            Signin::IngestId => texts(made, |_| Some(context.ingest_id)),
            scored if SCORE_COLUMNS.contains(scored) => {
                null_column(&scored.column().kind.data_type(), made.len())
            }
            decided => match decision_column(*decided, made) {
                Some(array) => array,
                None => {
                    let name = decided.column().name;
                    let Some(place) = RECORDS.iter().position(|c| c.name == name) else {
                        return Err(Error::Internal(format!("no source for signins.{name}")));
                    };
                    take(records.column(place), &deciding, None)
                        .map_err(|e| Error::Internal(format!("signins.{name}: {e}")))?
                }
            },
        };
        arrays.push(array);
    }
    typed(&SIGNINS_SCHEMA, arrays).map_err(|e| Error::Internal(format!("signins: {e}")))
}

/// The failed policies of the deciding record, and of the rows it was split into because of many
/// policies: those of the same request that ended on the same code.
fn failed_policies(
    columns: &Columns<'_>,
    events: &[Event<'_>],
    made: &Made,
    context: &Context<'_>,
) -> Vec<String> {
    let deciding = made.group[made.decision.deciding];
    let code = |i: usize| columns.int(Record::ErrorCode, i);
    let request = |i: usize| events[i].original_request_id;
    let split = |i: usize| {
        let known = !is_blank_id(request(i)) && request(i) == request(deciding);
        code(i) == code(deciding) && (i == deciding || known)
    };
    let mut names: Vec<String> = Vec::new();
    for i in made.group.iter().copied().filter(|i| split(*i)) {
        let set = columns.int(Record::PolicySetId, i);
        for name in set.map(context.failed_policies).unwrap_or_default() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

fn decision_column(column: Signin, made: &[Made]) -> Option<ArrayRef> {
    let word = |f: fn(&Decision) -> &'static str| texts(made, move |m| Some(f(&m.decision)));
    Some(match column {
        Signin::Outcome => word(|d| d.outcome),
        Signin::PasswordCorrect => word(|d| d.password_correct),
        Signin::MfaOutcome => word(|d| d.mfa_outcome),
        Signin::DecidedBy => word(|d| d.decided_by),
        Signin::FinalErrorCode => ints(made, |m| m.decision.final_error_code),
        Signin::PasswordAttempts => ints(made, |m| Some(m.decision.password_attempts)),
        Signin::MfaPrompts => ints(made, |m| Some(m.decision.prompts)),
        Signin::ChallengeCode => ints(made, |m| m.decision.challenge_code),
        Signin::MfaFailureReason => texts(made, |m| m.decision.failure_reason.as_deref()),
        Signin::MfaSkipReason => texts(made, |m| m.decision.skip_reason.as_deref()),
        Signin::MfaMethod => texts(made, |m| m.decision.method.as_deref()),
        Signin::SecondsToMfa => floats(made, |m| m.decision.seconds_to_mfa),
        Signin::MfaRequired => flags(made, |m| m.decision.required),
        _ => return None,
    })
}

fn texts<'a>(made: &'a [Made], f: impl Fn(&'a Made) -> Option<&'a str>) -> ArrayRef {
    Arc::new(made.iter().map(f).collect::<StringArray>())
}

fn ints(made: &[Made], f: impl Fn(&Made) -> Option<i32>) -> ArrayRef {
    Arc::new(made.iter().map(f).collect::<Int32Array>())
}

fn flags(made: &[Made], f: impl Fn(&Made) -> Option<bool>) -> ArrayRef {
    Arc::new(made.iter().map(f).collect::<BooleanArray>())
}

fn floats(made: &[Made], f: impl Fn(&Made) -> Option<f64>) -> ArrayRef {
    Arc::new(made.iter().map(f).collect::<Float64Array>())
}

fn times(made: &[Made], f: impl Fn(&Made) -> i64) -> ArrayRef {
    let times: TimestampMicrosecondArray = made.iter().map(|m| Some(f(m))).collect();
    Arc::new(times.with_timezone("UTC"))
}

fn lists(made: &[Made], f: impl Fn(&Made) -> Vec<String>) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for m in made {
        let items: BTreeSet<(usize, String)> = f(m).into_iter().enumerate().collect();
        for (_, item) in &items {
            builder.values().append_value(item);
        }
        builder.append(!items.is_empty());
    }
    Arc::new(builder.finish())
}
