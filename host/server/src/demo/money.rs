//! What the marketplace bills in the demo: prices of some modules, the marketplace's fee, months of invoices, most of them
//! paid, and what the providers get of them. Told on the staged clock, before the city's story begins.

use super::Stage;
use super::cast::{PROVIDERS, Provider, REVIEWER, SHOPS, Shop, WORKSHOP};
use super::city::today;
use super::shop;
use crate::say;
use anyhow::Context;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::types::{Date, Instant};
use toolcrib_contract::world::Clock;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{
    BillMonth, ChoosePlan, MakePayouts, NewPlatformFee, NotePaid, NotePaidOut, Plan, PlanKind,
};

const DAY_US: i64 = 86_400_000_000;
/// How long before the city's story this one begins: a month in which a plan is chosen, one that is billed with the fee,
/// one in which bills are paid, and a day of the next, whatever day it begins on.
pub const PROLOGUE_US: i64 = 96 * DAY_US;

/// Eight in a hundred, in millionths.
const FEE_PPM: u32 = 80_000;
const FREE: &str = "free";
const MONTH: &str = "month";

/// A module with a price: its provider, ¥ a month, the same in fen, and who pays it. Every module is to be had for nothing,
/// too.
struct Priced {
    provider: &'static Provider,
    module: &'static str,
    yuan: &'static str,
    fen: i64,
    buyers: &'static [&'static Shop],
}

const PRICED: [Priced; 3] = [
    Priced { provider: &PROVIDERS[0], module: "work-orders", yuan: "129", fen: 12_900, buyers: &[&WORKSHOP] },
    Priced { provider: &PROVIDERS[1], module: "oee", yuan: "1199", fen: 119_900, buyers: &[&WORKSHOP, &SHOPS[0]] },
    Priced { provider: &PROVIDERS[1], module: "spc", yuan: "149.5", fen: 14_950, buyers: &[&WORKSHOP] },
];

/// Plays it until then.
///
/// # Errors
/// The registry.
pub async fn play(stage: &mut Stage, until: Instant) -> anyhow::Result<()> {
    let started = std::time::Instant::now();
    let first = Date(stage.clock.now().0.div_euclid(DAY_US)).first_of_next_month();
    let admin = stage.sign_in(&REVIEWER).await?;
    let fee = NewPlatformFee { from_month: month(first), ppm: FEE_PPM };
    admin.set_platform_fee(&fee).await.context("the marketplace's fee")?;
    for priced in &PRICED {
        sell(stage, &admin, priced).await.with_context(|| format!("selling `{}`", priced.module))?;
    }
    let second = first.first_of_next_month();
    let admin = on(stage, second).await?;
    for over in [first.plus_days(-1), first] {
        bill(&admin, over).await?;
    }
    for (nth, invoice) in admin.platform_invoices("owed=true").await?.rows.iter().enumerate() {
        // One factory still owes its last month.
        if (invoice.tenant_slug.as_str(), &invoice.month) == (SHOPS[0].slug, &fee.from_month) {
            continue;
        }
        let (reference, amount_fen) = (format!("ICBC-{:06}", 3_120 + nth), invoice.owed_fen);
        let paid = NotePaid { paid_on: today(stage), reference, amount_fen };
        admin.note_paid(&invoice.id, &paid).await.context("noting a payment")?;
    }
    let third = second.first_of_next_month();
    let admin = on(stage, third).await?;
    bill(&admin, second).await?;
    let made = admin.make_payouts(&MakePayouts { month: month(second), after: None }).await.context("the payouts")?;
    // One was paid, the other is due.
    let paid = NotePaidOut { paid_on: today(stage), reference: "CMB-20260".to_owned() };
    admin.note_paid_out(made.made.first().context("nobody earned anything")?, &paid).await?;
    stage.clock.advance(until);
    say::done("Prices, a fee, bills of three months, payouts to both providers", started);
    Ok(())
}

/// `YYYY-MM`
fn month(day: Date) -> String {
    day.to_string()[..7].to_owned()
}

/// The administrator, signed in on the day after this one.
async fn on(stage: &mut Stage, day: Date) -> anyhow::Result<Client> {
    stage.clock.advance(Instant((day.0 + 1) * DAY_US));
    stage.sign_in(&REVIEWER).await
}

async fn bill(admin: &Client, day: Date) -> anyhow::Result<()> {
    let billed = admin.bill_month(&BillMonth { month: month(day), after: None }).await?;
    anyhow::ensure!(billed.failed.is_empty() && !billed.issued.is_empty(), "bills of {}: {billed:?}", month(day));
    Ok(())
}

/// The provider's plans, and the factories that chose the one that costs something.
async fn sell(stage: &mut Stage, admin: &Client, priced: &Priced) -> anyhow::Result<()> {
    let provider = stage.sign_in(&priced.provider.owner).await?;
    let plan = |code: &str, kind, zh: &str, en: &str, price: &str| Plan {
        code: code.to_owned(),
        kind,
        name: Words { zh: zh.to_owned(), en: en.to_owned() },
        price: price.to_owned(),
        trial_days: 0,
        readings_months: None,
    };
    for plan in [
        plan(FREE, PlanKind::Free, "基础版", "Basic", "0"),
        plan(MONTH, PlanKind::Monthly, "专业版", "Professional", priced.yuan),
    ] {
        provider.new_plan(priced.module, &plan).await?;
    }
    for shop in priced.buyers {
        shop::organisation(stage, admin, shop.slug, shop.name, &shop.owner, true).await?;
        let tenant = shop::its_id(&stage.sign_in(&shop.owner).await?, shop).await?;
        let chosen = ChoosePlan { plan: MONTH.to_owned(), cap_fen: priced.fen };
        // Signed in anew: the first token was made before the tenant.
        stage.sign_in(&shop.owner).await?.choose_plan(&tenant, priced.module, &chosen).await?;
    }
    Ok(())
}
