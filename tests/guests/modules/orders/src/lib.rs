//! A module that fetches orders from another system: connectors, what they run, and what starts them.

#![cfg_attr(target_family = "wasm", no_main)]

use toolcrib_sdk::prelude::*;

/// Where the orders are.
const ORDERS: &str = "https://erp.example.com/orders";

/// An order of the other system, by its number.
#[record(unique(number))]
pub struct Order {
    pub number: Text<20>,
}

/// One row for each time that `tick` ran.
#[record]
pub struct Tick {
    pub label: Text<20>,
}

/// Somebody wants the orders now.
#[event]
pub struct Wanted {
    pub by: Text<40>,
}

/// Fetches all orders and stores those that are new; how many.
#[connector(roles("owner", "admin"))]
fn pull_orders(ctx: &mut Connector) -> Outcome<i64> {
    let answer = ctx.fetch(Fetch::get(ORDERS).header("accept", "text/plain"))?.success()?;
    let numbers = answer.text()?.lines().map(Text::new).collect::<Result<Vec<_>, _>>()?;
    ctx.run(store_orders { numbers })
}

/// Adds orders that are new; how many. Of people only an owner may.
#[command(roles("owner"))]
fn store_orders(ctx: &mut Command, numbers: Vec<Text<20>>) -> Outcome<i64> {
    let mut added = 0;
    for number in numbers {
        if ctx.first(Order::by_number().eq(&number))?.is_none() {
            ctx.insert(Order { number })?;
            added += 1;
        }
    }
    Ok(added)
}

/// Numbers of all orders.
#[query]
fn orders(ctx: &Query) -> Outcome<Vec<Text<20>>> {
    Ok(ctx.all(Order::by_number())?.into_iter().map(|order| order.number.clone()).collect())
}

/// Counts, then asks, then counts again under the answer's first word. Returns what a query saw of it.
#[connector]
fn count_and_ask(ctx: &mut Connector) -> Outcome<i64> {
    ctx.run(tick { label: Text::new("before")? })?;
    ctx.run(tick { label: Text::new("before")? })?;
    let answer = ctx.fetch(Fetch::post(ORDERS, "ready?"))?.success()?;
    let label = Text::new(answer.text()?.split(' ').next().unwrap_or_default())?;
    ctx.run(tick { label })?;
    ctx.run(ticks {})
}

/// Adds a row, however often it is called.
#[command]
fn tick(ctx: &mut Command, label: Text<20>) -> Outcome<()> {
    ctx.insert(Tick { label }).map(drop)
}

/// How many rows there are.
#[query]
fn ticks(ctx: &Query) -> Outcome<i64> {
    Ok(ctx.all(Tick::by_id())?.len() as i64)
}

/// Counts and asks at a time, and never again.
#[command]
fn schedule(ctx: &mut Command, key: Text<40>, due: Instant) -> Outcome<()> {
    ctx.set_timer(count_and_ask {}, key.as_str(), due)
}

/// Fetches the orders every ten minutes from now on.
#[command]
fn follow(ctx: &mut Command) -> Outcome<()> {
    let now = ctx.now();
    ctx.set_timer(every_ten_minutes {}, "erp", now)
}

#[timer]
fn every_ten_minutes(ctx: &mut Command) -> Outcome<()> {
    let now = ctx.now();
    ctx.set_timer(pull_orders {}, "erp", now)?;
    ctx.set_timer(every_ten_minutes {}, "erp", now.plus_us(600_000_000))
}

/// Tells that the orders are wanted.
#[command]
fn want(ctx: &mut Command, by: Text<40>) -> Outcome<()> {
    ctx.emit(Wanted { by })
}

/// An event starts a connector through a timer that is due at once.
#[on(event = "wanted")]
fn wanted(ctx: &mut Command, event: Wanted) -> Outcome<()> {
    let now = ctx.now();
    ctx.set_timer(pull_orders {}, event.by.as_str(), now)
}

module! {
    name: "orders",
    title: { zh: "订单", en: "Orders" },
    summary: { zh: "仅供测试", en: "For tests only" },
    records: [Order, Tick],
    events: [Wanted],
    handlers: [
        pull_orders, store_orders, orders, count_and_ask, tick, ticks,
        schedule, follow, every_ten_minutes, want, wanted,
    ],
    requests: [outbound("erp.example.com") { zh: "取订单", en: "To fetch orders" }],
}
