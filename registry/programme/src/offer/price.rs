//! Lines with their prices: a module's from one of its plans, everything else's as the provider asks.

use super::NewLine;
use crate::contract_line::{Category, ContractLine, LINES, LineFault};
use crate::money::Fen;
use crate::refusal::{ProgrammeError, Result};
use sqlx::AnyConnection;
use std::collections::BTreeMap;
use toolcrib_catalog::{Catalog, CatalogError, Check, PlanKind, Viewer};
use toolcrib_contract::types::divide_half_even;

/// Versions of the modules that lines name: the newest that everybody may subscribe to. Read before a change opens, which
/// holds the only connection that writes.
pub(super) async fn versions(catalog: &Catalog, lines: &[NewLine]) -> Result<BTreeMap<String, String>> {
    let mut versions = BTreeMap::new();
    for module in lines.iter().take(LINES).filter_map(|line| line.module.as_ref()) {
        if versions.contains_key(module) {
            continue;
        }
        // One that is not there is told with the lines.
        match catalog.module(&Viewer::default(), module).await {
            Ok(found) => versions.extend(found.latest.map(|version| (module.clone(), version))),
            Err(CatalogError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(versions)
}

/// The lines of a contract, and the codes of the plans that they come from.
///
/// # Errors
/// Everything that is wrong with them.
pub(super) async fn priced(
    db: &mut AnyConnection,
    lines: &[NewLine],
    versions: &BTreeMap<String, String>,
) -> Result<(Vec<ContractLine>, Vec<Option<String>>)> {
    let mut check = Check::default();
    check.expect((1..=LINES).contains(&lines.len()), "/lines", format!("1 to {LINES} lines"));
    let mut made = Vec::new();
    for (at, line) in lines.iter().enumerate().take(LINES) {
        let pointer = |field: &str| format!("/lines/{at}/{field}");
        let category = Category::parse(&line.category);
        check.expect(category.is_some(), &pointer("category"), "one of the seven categories");
        let category = category.unwrap_or(Category::Other);
        let list = match (&line.module, &line.plan, line.unit_fen) {
            (Some(module), Some(plan), None) => {
                let fits = matches!(category, Category::Software | Category::Cloud);
                check.expect(fits, &pointer("category"), "a module is `software` or `cloud`");
                let known = versions.contains_key(module);
                check.expect(known, &pointer("module"), format!("there is no module `{module}` on the shelves"));
                let list = plan_price(db, module, plan, line.quantity).await?;
                let none = format!("`{module}` has no plan `{plan}`, or so much of it is beyond any price");
                check.expect(!known || list.is_some(), &pointer("plan"), none);
                list
            }
            (None, None, Some(unit)) => {
                let list = Fen::new(unit).and_then(|unit| unit.checked_mul(line.quantity));
                check.expect(list.is_some(), &pointer("unit_fen"), "an amount in whole fen, at least nought");
                list
            }
            _ => {
                let rule = "a module with one of its plans, or a price: one of the two";
                check.expect(false, &pointer("unit_fen"), rule);
                None
            }
        };
        let list = list.unwrap_or_default();
        let discount = Fen::new(line.discount_fen).filter(|discount| *discount <= list);
        check.expect(discount.is_some(), &pointer("discount_fen"), "nought to the list price of the line");
        let discount = discount.unwrap_or_default();
        let version = line.module.as_ref().and_then(|module| versions.get_key_value(module));
        let number = u32::try_from(at + 1).expect("lines are few");
        made.push(ContractLine {
            line: number,
            category,
            description: line.description.clone(),
            quantity: line.quantity,
            list,
            discount,
            net: list.saturating_sub(discount),
            module: version.map(|(module, version)| (module.clone(), version.clone())),
        });
    }
    check.done()?;
    ContractLine::check(&made).map_err(fault)?;
    Ok((made, lines.iter().map(|line| line.plan.clone()).collect()))
}

/// So much of a plan: months, or uses. None when there is no such plan to choose, or no such price.
async fn plan_price(db: &mut AnyConnection, module: &str, code: &str, quantity: u32) -> Result<Option<Fen>> {
    let row: Option<(PlanKind, i64)> =
        sqlx::query_as("SELECT kind, price_e4 FROM plan WHERE module = $1 AND code = $2 AND retired_us IS NULL")
            .bind(module)
            .bind(code)
            .fetch_optional(db)
            .await?;
    let price = |(kind, price_e4): (PlanKind, i64)| match kind {
        PlanKind::Free | PlanKind::Trial => Some(Fen::ZERO),
        PlanKind::Monthly | PlanKind::PerUse => {
            let fen = divide_half_even(i128::from(price_e4) * i128::from(quantity), 100)?;
            i64::try_from(fen).ok().and_then(Fen::new)
        }
    };
    Ok(row.and_then(price))
}

fn fault(fault: LineFault) -> ProgrammeError {
    let (at, field) = match &fault {
        LineFault::Count | LineFault::Sum => return ProgrammeError::input("/lines", fault.to_string()),
        LineFault::Number { at } | LineFault::Net { at } => (*at, "discount_fen"),
        LineFault::Description { at } => (*at, "description"),
        LineFault::Quantity { at } => (*at, "quantity"),
    };
    ProgrammeError::input(format!("/lines/{at}/{field}"), fault.to_string())
}
