//! Lots as people read them: with the name of their material, where plant knows it.

use crate::lots::{Code, Lot};
use crate::plant::Material;
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
pub struct Names(Known<Material>);

impl Names {
    pub fn of(&mut self, ctx: &Query, material: &Code) -> Outcome<Name> {
        Ok(self.0.first(ctx, Material::by_code().eq(material))?.map(|known| known.name.clone()))
    }

    pub fn listed(&mut self, ctx: &Query, lot: Row<Lot>) -> Outcome<Listed> {
        Ok(Listed { material_name: self.of(ctx, &lot.material)?, lot })
    }
}
