//! Lots as people read them: with the name of their material, where plant knows it.

use crate::lots::{Code, Lot};
use crate::plant;
use toolcrib_sdk::prelude::*;

/// What people call a material; none where plant does not know it.
pub type Name = Option<Text<120>>;

/// A lot with the name of what it is of.
#[value]
pub struct Listed {
    #[embed]
    pub lot: Row<Lot>,
    pub material_name: Name,
}

/// Names that one answer looks up once each.
#[derive(Default)]
pub struct Names(Memo<Code, Name>);

impl Names {
    pub fn of(&mut self, ctx: &Query, material: &Code) -> Outcome<Name> {
        self.0.get(material, || Ok(plant::material(ctx, material)?.map(|known| known.value.name))).cloned()
    }

    pub fn listed(&mut self, ctx: &Query, lot: Row<Lot>) -> Outcome<Listed> {
        Ok(Listed { material_name: self.of(ctx, &lot.material)?, lot })
    }
}
