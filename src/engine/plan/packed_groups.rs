//! Groups by two small keys as by one number.
//!
//! To look a group up by columns costs several times as much a row as by one number of 64 bits. Two
//! keys that fit, numbers of dictionaries or whole numbers of 32 bits, are put into one before they are
//! grouped, and taken apart after. Null has a place of its own, so every group stays what it was.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Int32Type, UInt32Type, UInt64Type};
use datafusion::common::{Column, Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    Aggregate, ColumnarValue, Expr, ExprSchemable, LogicalPlan, Projection, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The name of both keys as one; no column of the lake has it.
const PACKED: &str = "__packed_groups";

/// What a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    /// A number of a dictionary, less than `NUMBERS_MAX`.
    Number,
    Int32,
}

impl Key {
    /// The bits of a key and null.
    fn bits(self) -> u32 {
        match self {
            Self::Number => 31,
            Self::Int32 => 33,
        }
    }

    fn kind(self) -> DataType {
        match self {
            Self::Number => DataType::UInt32,
            Self::Int32 => DataType::Int32,
        }
    }
}

/// The aggregate over packed keys, where it has two that fit; which are numbers of a dictionary is
/// told for each.
pub(super) fn packed(node: Aggregate, are_numbers: &[bool]) -> Result<LogicalPlan> {
    let keys = node.group_expr.iter().zip(are_numbers);
    let keys = keys.map(|(key, is_number)| {
        let kind = key.get_type(node.input.schema())?;
        Ok(match kind {
            DataType::UInt32 if *is_number => Some(Key::Number),
            DataType::Int32 => Some(Key::Int32),
            _ => None,
        })
    });
    let keys: Vec<Option<Key>> = keys.collect::<Result<_>>()?;
    let pair = match keys.as_slice() {
        [Some(first), Some(second)] if first.bits() + second.bits() <= u64::BITS => {
            [*first, *second]
        }
        _ => return Ok(LogicalPlan::Aggregate(node)),
    };
    let names = node.schema.iter();
    let names = names.map(|(relation, field)| (relation.cloned(), field.name().clone()));
    let names: Vec<_> = names.collect();
    let pack = ScalarUDF::from(Function::new(pair, Part::Packed));
    let groups = vec![pack.call(node.group_expr).alias(PACKED)];
    let grouped = Aggregate::try_new(node.input, groups, node.aggr_expr)?;
    let parts = [Part::First, Part::Second].into_iter();
    let parts = parts.map(|part| {
        let key = Expr::Column(Column::new_unqualified(PACKED));
        ScalarUDF::from(Function::new(pair, part)).call(vec![key])
    });
    let values = grouped.schema.iter().skip(1);
    let values =
        values.map(|(relation, field)| Expr::Column(Column::new(relation.cloned(), field.name())));
    let places = names.into_iter().enumerate();
    let shown = parts
        .chain(values)
        .zip(places)
        .map(|(expr, (place, (relation, name)))| {
            if place < 2 {
                expr.alias_qualified(relation, name)
            } else {
                expr
            }
        });
    let shown = shown.collect();
    let input = Arc::new(LogicalPlan::Aggregate(grouped));
    Projection::try_new(shown, input).map(LogicalPlan::Projection)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Packed,
    First,
    Second,
}

/// Packs two keys, or gives one of them back.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    keys: [Key; 2],
    part: Part,
    signature: Signature,
}

impl Function {
    fn new(keys: [Key; 2], part: Part) -> Self {
        let kinds = match part {
            Part::Packed => keys.iter().map(|key| key.kind()).collect(),
            _ => vec![DataType::UInt64],
        };
        let signature = Signature::exact(kinds, Volatility::Immutable);
        Self {
            keys,
            part,
            signature,
        }
    }
}

/// Keys from 1, null 0.
fn add(packed: &mut [u64], key: Key, values: &ArrayRef) {
    let bits = key.bits();
    let nulls = values.nulls();
    let is_known = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    let mut put = |row: usize, value: u64| {
        if let Some(packed) = packed.get_mut(row) {
            *packed = *packed << bits | if is_known(row) { value } else { 0 };
        }
    };
    match key {
        Key::Number => {
            let values = values.as_primitive::<UInt32Type>().values().iter();
            values
                .enumerate()
                .for_each(|(row, v)| put(row, u64::from(*v) + 1));
        }
        Key::Int32 => {
            let values = values.as_primitive::<Int32Type>().values().iter();
            let above = |v: i32| u64::from((v as u32) ^ (1 << 31)) + 1;
            values.enumerate().for_each(|(row, v)| put(row, above(*v)));
        }
    }
}

/// The values of keys from 1.
fn values(key: Key, keys: impl Iterator<Item = u64>) -> ArrayRef {
    let known = keys.map(|key| key.checked_sub(1));
    match key {
        Key::Number => Arc::new(known.map(|v| v.map(|v| v as u32)).collect::<UInt32Array>()),
        Key::Int32 => {
            let value = |v: u64| ((v as u32) ^ (1 << 31)) as i32;
            Arc::new(known.map(|v| v.map(value)).collect::<Int32Array>())
        }
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        match self.part {
            Part::Packed => "packed_groups",
            Part::First => "first_group",
            Part::Second => "second_group",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        let [first, second] = self.keys;
        Ok(match self.part {
            Part::Packed => DataType::UInt64,
            Part::First => first.kind(),
            Part::Second => second.kind(),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_one = args
            .args
            .iter()
            .all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if is_one { 1 } else { args.number_rows };
        let arrays = args.args.iter().map(|arg| arg.to_array(rows));
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let [first, second] = self.keys;
        let told: ArrayRef = match (self.part, arrays.as_slice()) {
            (Part::Packed, [of_first, of_second]) => {
                let mut packed = vec![0; rows];
                add(&mut packed, first, of_first);
                add(&mut packed, second, of_second);
                Arc::new(UInt64Array::from(packed))
            }
            (Part::First, [packed]) => {
                let packed = packed.as_primitive::<UInt64Type>().values().iter();
                values(first, packed.map(|key| key >> second.bits()))
            }
            (Part::Second, [packed]) => {
                let mask = (1 << second.bits()) - 1;
                let packed = packed.as_primitive::<UInt64Type>().values().iter();
                values(second, packed.map(|key| key & mask))
            }
            _ => return exec_err!("{} takes other keys", self.name()),
        };
        Ok(match is_one {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&told, 0)?),
            false => ColumnarValue::Array(told),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::columns::NUMBERS_MAX;

    #[test]
    fn keys_come_back_as_they_were() {
        let last = NUMBERS_MAX as u32 - 1;
        let numbers: ArrayRef = Arc::new(UInt32Array::from(vec![
            Some(0),
            None,
            Some(last),
            Some(7),
            None,
            Some(last),
        ]));
        let codes: ArrayRef = Arc::new(Int32Array::from(vec![
            Some(i32::MIN),
            Some(0),
            None,
            Some(-1),
            None,
            Some(i32::MAX),
        ]));
        for (keys, arrays) in [
            ([Key::Number, Key::Int32], [&numbers, &codes]),
            ([Key::Int32, Key::Number], [&codes, &numbers]),
            ([Key::Number, Key::Number], [&numbers, &numbers]),
        ] {
            let mut packed = vec![0; 6];
            add(&mut packed, keys[0], arrays[0]);
            add(&mut packed, keys[1], arrays[1]);
            let bits = keys[1].bits();
            let first = values(keys[0], packed.iter().map(|key| key >> bits));
            let second = values(keys[1], packed.iter().map(|key| key & ((1 << bits) - 1)));
            assert_eq!([&first, &second], arrays);
        }
    }
}
