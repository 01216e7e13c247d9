//! What the functions of places and addresses share: arguments of several types, and values one by one.
//!
//! A single value stays a single value, so a rule can read it once for all rows.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::code_function::FunctionDoc;
use super::text_function::is_text;

/// What an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Text,
    Number,
    /// A number without a fraction.
    Integer,
    /// A time; one without a zone is UTC.
    Time,
    /// True or false.
    Flag,
}

impl Takes {
    fn words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Integer => "an integer",
            Self::Time => "a timestamp",
            Self::Flag => "a boolean",
        }
    }

    /// Whether values of a type are such, or nothing but nulls.
    fn fits(self, kind: &DataType) -> bool {
        kind.is_null()
            || match self {
                Self::Text => is_text(kind),
                Self::Number => kind.is_numeric(),
                Self::Integer => kind.is_integer(),
                Self::Time => matches!(kind, DataType::Timestamp(_, _)),
                Self::Flag => *kind == DataType::Boolean,
            }
    }

    /// Values in the one type that rules read: text, f64, i64, microseconds since 1970 as i64, or
    /// boolean.
    pub(super) fn read(self, values: &ArrayRef) -> Result<ArrayRef> {
        Ok(match (self, values.data_type()) {
            (Self::Text, _) => cast(values, &DataType::Utf8)?,
            (Self::Number, _) => cast(values, &DataType::Float64)?,
            (Self::Flag, _) => cast(values, &DataType::Boolean)?,
            (Self::Time, DataType::Timestamp(_, zone)) => {
                let fine = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
                cast(&cast(values, &fine)?, &DataType::Int64)?
            }
            (Self::Integer | Self::Time, _) => cast(values, &DataType::Int64)?,
        })
    }
}

/// Refuses arguments of another type than a function takes.
pub(super) fn check_types<'a>(
    name: &str,
    takes: &[Takes],
    kinds: impl IntoIterator<Item = &'a DataType>,
) -> Result<()> {
    for (place, (takes, kind)) in takes.iter().zip(kinds).enumerate() {
        if !takes.fits(kind) {
            let wanted = takes.words();
            return plan_err!("argument {} of {name} is {wanted}, not {kind}", place + 1);
        }
    }
    Ok(())
}

/// One argument: a value per row, or one for all rows.
#[derive(Debug)]
struct Argument {
    values: ArrayRef,
    single: bool,
}

/// The arguments of one call.
#[derive(Debug)]
pub(super) struct Arguments {
    arguments: Vec<Argument>,
    /// One where all arguments are single.
    rows: usize,
    single: bool,
}

impl Arguments {
    pub(super) fn read(takes: &[Takes], args: &ScalarFunctionArgs) -> Result<Self> {
        let read = |(takes, value): (&Takes, &ColumnarValue)| {
            let (values, single) = match value {
                ColumnarValue::Array(values) => (values.clone(), false),
                ColumnarValue::Scalar(value) => (value.to_array()?, true),
            };
            let values = takes.read(&values)?;
            Ok(Argument { values, single })
        };
        let arguments = takes.iter().zip(&args.args).map(read);
        let arguments: Vec<Argument> = arguments.collect::<Result<_>>()?;
        let single = arguments.iter().all(|argument| argument.single);
        let rows = if single { 1 } else { args.number_rows };
        Ok(Self {
            arguments,
            rows,
            single,
        })
    }

    /// The result of the call, of a value for each of its rows.
    pub(super) fn give(&self, values: ArrayRef) -> Result<ColumnarValue> {
        if self.single {
            return ScalarValue::try_from_array(&values, 0).map(ColumnarValue::Scalar);
        }
        Ok(ColumnarValue::Array(values))
    }

    /// How many arguments the call has.
    pub(super) fn count(&self) -> usize {
        self.arguments.len()
    }

    /// How many values the call gives.
    pub(super) fn rows(&self) -> std::ops::Range<usize> {
        0..self.rows
    }

    /// The text that an argument has for all rows.
    pub(super) fn single_text(&self, place: usize) -> Option<&str> {
        let (values, single) = self.at(place);
        let texts: &StringArray = values.as_string();
        (single && texts.is_valid(0)).then(|| texts.value(0))
    }

    fn at(&self, place: usize) -> (&ArrayRef, bool) {
        let argument = &self.arguments[place];
        (&argument.values, argument.single)
    }

    pub(super) fn text<'a>(&'a self, place: usize) -> impl Fn(usize) -> Option<&'a str> {
        let (values, single) = self.at(place);
        let texts: &StringArray = values.as_string();
        move |row| value_at(texts, single, row).map(|row| texts.value(row))
    }

    pub(super) fn number(&self, place: usize) -> impl Fn(usize) -> Option<f64> {
        let (values, single) = self.at(place);
        let numbers: &Float64Array = values.as_primitive();
        move |row| value_at(numbers, single, row).map(|row| numbers.value(row))
    }

    pub(super) fn flag(&self, place: usize) -> impl Fn(usize) -> Option<bool> {
        let (values, single) = self.at(place);
        let flags: &BooleanArray = values.as_boolean();
        move |row| value_at(flags, single, row).map(|row| flags.value(row))
    }

    /// Integers, and times in microseconds since 1970.
    pub(super) fn integer(&self, place: usize) -> impl Fn(usize) -> Option<i64> {
        let (values, single) = self.at(place);
        let numbers: &Int64Array = values.as_primitive();
        move |row| value_at(numbers, single, row).map(|row| numbers.value(row))
    }
}

/// Where the value of a row stands; `None` for null.
fn value_at(values: &dyn Array, single: bool, row: usize) -> Option<usize> {
    let at = if single { 0 } else { row };
    values.is_valid(at).then_some(at)
}

/// The definition that a function file holds.
#[derive(Debug, Clone)]
pub(super) struct RowFunction {
    pub(super) doc: FunctionDoc,
    pub(super) takes: &'static [Takes],
    pub(super) gives: DataType,
    /// A value per row of [`Arguments::rows`].
    pub(super) rule: fn(&Arguments) -> Result<ArrayRef>,
}

/// A function whose result hangs on its arguments alone.
#[derive(Debug)]
pub(super) struct OfRows {
    function: RowFunction,
    signature: Signature,
}

impl OfRows {
    pub(super) fn new(function: RowFunction) -> Self {
        let signature = Signature::any(function.takes.len(), Volatility::Immutable);
        Self {
            function,
            signature,
        }
    }
}

impl PartialEq for OfRows {
    fn eq(&self, other: &Self) -> bool {
        self.function.doc.name == other.function.doc.name
    }
}

impl Eq for OfRows {}

impl std::hash::Hash for OfRows {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.function.doc.name.hash(state);
    }
}

impl ScalarUDFImpl for OfRows {
    fn name(&self) -> &str {
        self.function.doc.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        check_types(self.function.doc.name, self.function.takes, kinds)?;
        Ok(self.function.gives.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arguments = Arguments::read(self.function.takes, &args)?;
        arguments.give((self.function.rule)(&arguments)?)
    }
}
