//! Readings of one signal as a Parquet file, for whoever analyses them elsewhere. Only with the feature `parquet`.
//!
//! Columns: `at` (microseconds, UTC), one each for what the value may be (`number`, `count`, `flag`, `word`; one of them is
//! there), and `quality` (`good`, `uncertain`, `bad`). Uncompressed, repeated words once.

use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{INTERNAL, Problem, TOO_LARGE};
use toolcrib_contract::signal::{Quality, Sample};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_runtime::{Runtime, Stored};

/// The media type.
pub const KIND: &str = "application/vnd.apache.parquet";
/// Readings of one file.
pub const ROWS: usize = 1_000_000;
/// Readings of one row group: as many as are read at once.
const GROUP: u32 = limits::READINGS as u32;

const SCHEMA: &str = "message readings {
    required int64 at (TIMESTAMP(MICROS,true));
    optional double number;
    optional int64 count;
    optional boolean flag;
    optional binary word (UTF8);
    required binary quality (UTF8);
}";

/// A file that grows.
struct File(SerializedFileWriter<Vec<u8>>);

impl File {
    fn new() -> Result<Self, ParquetError> {
        let properties = WriterProperties::builder().set_created_by("toolcrib".to_owned()).build();
        Ok(Self(SerializedFileWriter::new(Vec::new(), Arc::new(parse_message_type(SCHEMA)?), Arc::new(properties))?))
    }

    fn add(&mut self, readings: &[Stored]) -> Result<(), ParquetError> {
        let mut group = self.0.next_row_group()?;
        let all = |reading: &Stored| Some(reading.at.0);
        column::<Int64Type>(&mut group, readings, false, all)?;
        column::<DoubleType>(&mut group, readings, true, |reading| match reading.value {
            Sample::Number { value } => Some(value),
            _ => None,
        })?;
        column::<Int64Type>(&mut group, readings, true, |reading| match reading.value {
            Sample::Count { value } => Some(value),
            _ => None,
        })?;
        column::<BoolType>(&mut group, readings, true, |reading| match reading.value {
            Sample::Flag { value } => Some(value),
            _ => None,
        })?;
        column::<ByteArrayType>(&mut group, readings, true, |reading| match &reading.value {
            Sample::Word { value } => Some(ByteArray::from(value.as_str())),
            _ => None,
        })?;
        column::<ByteArrayType>(&mut group, readings, false, |reading| Some(ByteArray::from(word(reading.quality))))?;
        group.close().map(drop)
    }

    fn finish(self) -> Result<Vec<u8>, ParquetError> {
        self.0.into_inner()
    }
}

/// Writes the next column: values of those that have one, and who has.
fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    readings: &[Stored],
    is_optional: bool,
    value: impl Fn(&Stored) -> Option<T::T>,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("the schema has fewer columns".to_owned()));
    };
    let cells: Vec<_> = readings.iter().map(value).collect();
    let there: Vec<_> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let values: Vec<_> = cells.into_iter().flatten().collect();
    column.typed::<T>().write_batch(&values, is_optional.then_some(&there), None)?;
    column.close()
}

fn word(quality: Quality) -> &'static str {
    match quality {
        Quality::Good => "good",
        Quality::Uncertain => "uncertain",
        Quality::Bad => "bad",
    }
}

/// A signal's readings in `from..until`, as a file.
///
/// # Errors
/// `too-large` for more than [`ROWS`]; unknown tenant, or the disk.
pub async fn signal(
    runtime: &Runtime,
    tenant: RawId,
    signal: &str,
    from: Instant,
    until: Instant,
) -> Result<Vec<u8>, Problem> {
    let broken = |error: ParquetError| INTERNAL.because(error.to_string());
    let (mut file, mut next, mut rows) = (File::new().map_err(broken)?, from, 0);
    loop {
        let readings = runtime.stored(tenant, signal.to_owned(), next, until, GROUP).await?;
        rows += readings.len();
        if rows > ROWS {
            return Err(TOO_LARGE.because(format!("a file has at most {ROWS} readings; ask for less time at once")));
        }
        let Some(last) = readings.last() else { break };
        next = last.at.plus_us(1);
        file.add(&readings).map_err(broken)?;
        if readings.len() < GROUP as usize {
            break;
        }
    }
    file.finish().map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    #[test]
    fn a_file_is_read_back_value_for_value_by_its_own_library() {
        let values = [
            Sample::Number { value: 0.1 },
            Sample::Count { value: i64::MIN },
            Sample::Flag { value: true },
            Sample::Word { value: "冲床停机".to_owned() },
        ];
        let qualities = [Quality::Good, Quality::Uncertain, Quality::Bad, Quality::Good];
        let stored = |nth: usize| Stored {
            at: Instant(1_795_420_800_000_001 + nth as i64),
            value: values[nth % 4].clone(),
            quality: qualities[nth % 4],
        };
        let readings: Vec<_> = (0..10).map(stored).collect();
        let mut file = File::new().unwrap();
        readings.chunks(4).for_each(|group| file.add(group).unwrap());
        let reader = SerializedFileReader::new(bytes::Bytes::from(file.finish().unwrap())).unwrap();
        assert_eq!(reader.num_row_groups(), 3);
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), readings.len());
        for (row, reading) in rows.iter().zip(&readings) {
            assert_eq!(row.get_timestamp_micros(0).unwrap(), reading.at.0);
            let told = match &reading.value {
                Sample::Number { value } => row.get_double(1).unwrap() == *value,
                Sample::Count { value } => row.get_long(2).unwrap() == *value,
                Sample::Flag { value } => row.get_bool(3).unwrap() == *value,
                Sample::Word { value } => row.get_string(4).unwrap() == value,
            };
            assert!(told, "{row} {reading:?}");
            assert_eq!(row.get_string(5).unwrap(), word(reading.quality));
        }
    }
}
