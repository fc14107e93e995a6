//! A module with a connector, tested natively: the outside is what the test says it is.

use std::time::Duration;
use toolcrib_sdk::prelude::*;

const ORDERS: &str = "https://erp.example.com/orders";

#[record(unique(number))]
struct Order {
    number: Text<20>,
}

#[connector(roles("admin"))]
fn pull_orders(ctx: &mut Connector) -> Outcome<i64> {
    ctx.run(store_orders { numbers: vec![Text::new("first")?] })?;
    let answer = ctx.fetch(Fetch::get(ORDERS).header("accept", "text/plain"))?.success()?;
    let numbers = answer.text()?.lines().map(Text::new).collect::<Result<Vec<_>, _>>()?;
    ctx.run(store_orders { numbers })
}

#[command(roles("owner"))]
fn store_orders(ctx: &mut Command, numbers: Vec<Text<20>>) -> Outcome<i64> {
    let mut added = 0;
    for number in numbers {
        if number.as_str().is_empty() {
            return Err(reject("no-number", "An order has a number"));
        }
        if ctx.first(Order::by_number().eq(&number))?.is_none() {
            ctx.insert(Order { number })?;
            added += 1;
        }
    }
    Ok(added)
}

#[timer]
fn every_ten_minutes(ctx: &mut Command) -> Outcome<()> {
    let now = ctx.now();
    ctx.set_timer(pull_orders {}, "erp", now)?;
    ctx.set_timer(every_ten_minutes {}, "erp", now.plus_us(600_000_000))
}

#[connector]
fn probe(ctx: &mut Connector, url: Text<200>) -> Outcome<i64> {
    Ok(ctx.fetch(Fetch::get(url.as_str()))?.status().into())
}

module! {
    name: "orders",
    title: { zh: "订单", en: "Orders" },
    summary: { zh: "仅供测试", en: "For tests only" },
    records: [Order],
    handlers: [pull_orders, store_orders, every_ten_minutes, probe],
    requests: [outbound("erp.example.com") { zh: "取订单", en: "To fetch orders" }],
}

fn connected(body: &'static str) -> toolcrib_sdk::testing::Module {
    let mut orders = module();
    orders.serve("GET", ORDERS, move |request| {
        assert_eq!(request.headers[0].value, "text/plain");
        Answer::of(200, body)
    });
    orders
}

#[test]
fn what_is_fetched_is_stored_once() {
    let mut orders = connected("A-1\nA-2");
    assert_eq!(orders.run(pull_orders {}).unwrap(), 2);
    assert_eq!(orders.run(pull_orders {}).unwrap(), 0);
    assert_eq!((orders.rows::<Order>(), orders.requests().len()), (3, 2));
}

#[test]
fn a_connector_keeps_what_its_operations_wrote_before_it_failed() {
    let mut silent = module();
    let stopped = silent.run(pull_orders {}).unwrap_err();
    assert_eq!((stopped.code(), silent.rows::<Order>()), ("retry", 1));
    // An operation that fails leaves nothing of itself.
    let mut odd = connected("A-1\n\n");
    let stopped = odd.run(pull_orders {}).unwrap_err();
    assert_eq!((stopped.code(), odd.rows::<Order>()), ("no-number", 1));
}

#[test]
fn roles_are_those_of_people() {
    let mut orders = connected("A-1");
    orders.act_as("li", "operator");
    assert_eq!(orders.run(pull_orders {}).unwrap_err().code(), "not-allowed");
    orders.act_as("wang", "admin");
    assert_eq!(orders.run(pull_orders {}).unwrap(), 1, "the connector may run what only owners may");
}

#[test]
fn a_timer_fetches_every_ten_minutes() {
    let mut orders = connected("A-1");
    orders.run(every_ten_minutes {}).unwrap();
    orders.advance(Duration::from_secs(1_900));
    assert_eq!(orders.requests().len(), 4, "at once, and three times more");
}

#[test]
fn only_hosts_that_the_module_asks_for_are_reached() {
    let mut orders = connected("A-1");
    let mut reach = |url: &str| orders.run(probe { url: Text::new(url).unwrap() }).unwrap_err().code().to_owned();
    assert_eq!(reach("https://elsewhere.example/"), "not-consented");
    assert_eq!(reach("http://erp.example.com/orders"), "module-malformed");
    assert_eq!(orders.requests(), []);
}

#[test]
fn scenarios_script_the_outside() {
    toolcrib_sdk::testing::scenarios(&module(), "tests/connections");
}
