//! Lines of payslips as people read them, and the names of materials beside their codes, where plant knows them.

use super::names::Material;
use crate::ledger::{Line, LineKind};
use toolcrib_sdk::prelude::*;

/// One line of a payslip.
#[value(from(Line))]
pub struct PayRow {
    pub day: Date,
    pub kind: LineKind,
    /// A report, a day, a month, or the number of an entry.
    pub source: Text<64>,
    pub material: Option<Text<64>>,
    /// None where plant does not know it.
    #[own]
    pub material_name: Option<Text<120>>,
    pub operation: Option<Text<40>>,
    pub good: Option<Decimal<6>>,
    pub yuan: Option<Decimal<4>>,
    pub amount: Decimal<2>,
    pub because: Option<Text<200>>,
    /// The frozen month that this line corrects.
    pub corrects: Option<Text<7>>,
}

/// Names that one list looks up once each.
#[derive(Default)]
pub struct Names(Known<Material>);

impl Names {
    pub fn material(&mut self, ctx: &Query, code: &Text<64>) -> Outcome<Option<Text<120>>> {
        Ok(self.0.first(ctx, Material::by_code().eq(code))?.map(|known| known.name.clone()))
    }
}

/// Lines of one page.
pub fn pay_rows(ctx: &Query, lines: Vec<Row<Line>>) -> Outcome<Vec<PayRow>> {
    let mut names = Names::default();
    let told = |line: Row<Line>| {
        let material_name = match &line.material {
            Some(code) => names.material(ctx, code)?,
            None => None,
        };
        Ok(PayRow { material_name, ..line.value.into() })
    };
    lines.into_iter().map(told).collect()
}
