//! Orders as people read them: with the name of what is made.

use crate::orders::Order;
use crate::others;
use toolcrib_sdk::prelude::*;

/// An order with the name of its material.
#[value]
pub struct Listed {
    #[embed]
    pub order: Row<Order>,
    /// Its code where plant does not know it.
    pub material_name: Text<120>,
}

pub fn listed(ctx: &Query, order: Row<Order>) -> Outcome<Listed> {
    Ok(Listed { material_name: others::material_name(ctx, &order.material)?, order })
}
