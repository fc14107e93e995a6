//! New rows of records that wait for the end of a turn.
//!
//! Only of records without a unique index: of a row that waits nobody can say yet whether its values are taken. Its fields
//! were checked when it came, so that the server has no reason to refuse it at the end.

use super::Value;
use super::waiting::{Bound, Kind, Part, Write};
use crate::column;
use crate::error::{Result, StoreError};
use crate::table::Plan;
use std::sync::Arc;
use toolcrib_contract::codec::Reader;
use toolcrib_contract::types::{Instant, RawId};

/// The rows of one table.
pub(super) struct Added {
    pub plan: Arc<Plan>,
    pub rows: Vec<NewRow>,
}

/// A row as it came.
pub(crate) struct NewRow {
    pub id: RawId,
    pub at: Instant,
    /// As the codec writes them, one after the other.
    pub fields: Vec<u8>,
}

impl Added {
    /// Adds what writes them to a statement.
    pub fn write(&self, to: &mut Write) -> Bound {
        let plan = &*self.plan;
        let names: String = plan.columns.iter().map(|column| format!(",c_{}", column.field)).collect();
        let names = format!("id,created_us,updated_us{names},rev");
        let kinds: Vec<_> = [Kind::Id, Kind::Int, Kind::Int].into_iter().chain(plan.columns.iter().map(kind)).collect();
        let part = Part { table: &plan.physical, names: &names, kinds: &kinds, rest: ",1", else_: "" };
        let rows: Vec<_> = self.rows.iter().map(|row| row.values(plan)).collect::<Result<_>>()?;
        to.insert(&part, rows.into_iter())
    }
}

impl NewRow {
    fn values(&self, plan: &Plan) -> Result<Vec<Value<'_>>> {
        let mut fields = Reader::new(&self.fields);
        let mut values = vec![(&self.id).into(), self.at.into(), self.at.into()];
        for column in &plan.columns {
            // It was read so before.
            values.push(column.decode(&mut fields).map_err(|error| StoreError::Internal(error.to_string()))?);
        }
        Ok(values)
    }
}

fn kind(column: &column::Column) -> Kind {
    match column.kind {
        column::Kind::Float => Kind::Real,
        column::Kind::Text { .. } => Kind::Text,
        column::Kind::Id => Kind::Id,
        _ => Kind::Int,
    }
}
