//! Decodes one piece of text as every format; every record has one fate, and rows are what is stored.

use std::sync::Arc;

use crate::decode::decoder::{Decoder, Fate, FileFacts, Reading};
use crate::decode::derived::DerivedIds;
use crate::decode::detect::{FORMATS, Form};
use crate::decode::survey::Survey;
use crate::decode::timestamp::{Clock, DateOrder};

/// Looks at the bytes as a record of every JSON format; the last one says how times are meant.
pub fn run(data: &[u8]) {
    let Some((flags, rest)) = data.split_last() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    for format in FORMATS {
        let Form::Json(reader) = format.form else {
            continue;
        };
        let facts = FileFacts {
            source_format: format.name,
            reading: Reading::Json(reader),
            ..facts(*flags)
        };
        decode(&mut Decoder::new(4), [text].into_iter(), &facts);
    }
}

/// Facts of a file as the bits of a number say.
pub fn facts(flags: u8) -> FileFacts {
    let order = [None, Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst)];
    FileFacts {
        tenant_id: (flags & 1 == 1).then(|| "t".to_owned()),
        clock: Clock {
            order: order[usize::from(flags >> 1 & 3) % 3],
            offset_s: if flags & 8 == 8 { -3600 } else { 0 },
        },
        derived: (flags & 16 == 16).then(|| Arc::new(DerivedIds::default())),
        ..FileFacts::default()
    }
}

/// Decodes pieces and holds the fates against the rows.
pub fn decode<'a>(decoder: &mut Decoder, pieces: impl Iterator<Item = &'a str>, facts: &FileFacts) {
    let (mut stored, mut survey) = (0, Survey::default());
    for piece in pieces {
        survey.note(piece, facts);
        let mut fates = 0;
        decoder.decode(piece, facts, &mut |fate, record| {
            fates += 1;
            stored += usize::from(fate == Fate::Stored);
            assert!(record.len() <= piece.len());
            if let Fate::Rejected(reason) = fate {
                assert!(!reason.is_empty() && reason.len() < 1000, "{reason}");
            }
        });
        assert!(fates <= piece.len() + 1);
    }
    survey.dates();
    survey.tenant();
    assert_eq!(decoder.rows(), stored);
    if stored > 0 {
        let batch = decoder.take_batch().expect("a batch");
        assert_eq!(batch.num_rows(), stored);
        for column in ["id", "source_format", "id_derived"] {
            if column != "id" {
                let column = batch.column_by_name(column).expect("a column");
                assert_eq!(column.null_count(), 0);
            }
        }
    }
    decoder.take_lists();
    assert!(decoder.take_unknown_keys().len() <= 1000);
}
