//! Inspections and nonconformances as people read them: with the name of the material, where plant knows it.

use crate::characteristics::Code;
use crate::inspections::Inspection;
use crate::neighbours::Material;
use crate::nonconformances::Nonconformance;
use toolcrib_sdk::prelude::*;

/// An inspection with the name of what is inspected.
#[value]
pub struct Inspected {
    #[embed]
    pub inspection: Row<Inspection>,
    /// None where plant does not know the material.
    pub material_name: Option<Text<120>>,
}

/// A nonconformance with the name of what it is about.
#[value]
pub struct Reported {
    #[embed]
    pub nonconformance: Row<Nonconformance>,
    /// None where plant does not know the material.
    pub material_name: Option<Text<120>>,
}

/// Names that one list looks up once each.
#[derive(Default)]
pub struct Names(Known<Material>);

impl Names {
    fn material(&mut self, ctx: &Query, code: &Code) -> Outcome<Option<Text<120>>> {
        Ok(self.0.first(ctx, Material::by_code().eq(code))?.map(|known| known.name.clone()))
    }

    pub fn inspected(&mut self, ctx: &Query, inspection: Row<Inspection>) -> Outcome<Inspected> {
        Ok(Inspected { material_name: self.material(ctx, &inspection.material)?, inspection })
    }

    pub fn reported(&mut self, ctx: &Query, nonconformance: Row<Nonconformance>) -> Outcome<Reported> {
        Ok(Reported { material_name: self.material(ctx, &nonconformance.material)?, nonconformance })
    }
}
