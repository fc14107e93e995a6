//! What this module does with `ledger`.

use toolcrib_sdk::contract::Encode;
use toolcrib_sdk::prelude::*;

/// An account, without its owner.
#[shared_record(module = "ledger", index(code), reason(zh = "读取余额", en = "To read balances"))]
pub struct Account {
    pub code: Text<40>,
    pub balance: i64,
}

/// Adds to a balance.
#[operation_of(module = "ledger", reason(zh = "记账", en = "To post payments"))]
pub fn post(code: Text<40>, amount: i64) -> i64;

/// Adds to a balance, also where nobody asked.
#[operation_of(module = "ledger", reason(zh = "收款", en = "To collect payments"))]
pub fn collect(code: Text<40>, amount: i64) -> i64;

/// Takes from a balance, which only people may ask for.
#[operation_of(module = "ledger", reason(zh = "扣款", en = "To see what happens"))]
pub fn seize(code: Text<40>, amount: i64) -> i64;

/// An operation that `ledger` does not have.
#[operation_of(module = "ledger", reason(zh = "试一试", en = "To see what happens"))]
pub fn missing() -> i64;

/// A payment that this module wrote.
#[record]
pub struct Payment {
    pub code: Text<40>,
    pub amount: i64,
    pub outcome: Text<40>,
}

/// A note that this module heard of.
#[record(index(text))]
pub struct Heard {
    pub text: Text<200>,
    pub amount: i64,
}

/// As `ledger` emits it, with the fields that matter here.
#[value]
pub struct Noted {
    pub text: Text<200>,
    pub amount: i64,
}

/// Keeps what it hears.
#[on(event = "ledger/noted")]
pub fn noted(ctx: &mut Command, event: Noted) -> Outcome<()> {
    ctx.insert(Heard { text: event.text, amount: event.amount }).map(drop)
}

/// What was heard, in order.
#[query]
pub fn heard(ctx: &Query) -> Outcome<Vec<Text<200>>> {
    Ok(ctx.all(Heard::by_id())?.into_iter().map(|row| row.value.text).collect())
}

/// A balance of `ledger`.
#[query]
pub fn peek(ctx: &Query, code: Text<40>) -> Outcome<Option<Row<Account>>> {
    ctx.first(Account::by_code().eq(&code))
}

/// What to do when the call is over.
#[value]
pub enum Then {
    /// Pass on what stopped it.
    Pass,
    /// Write down what stopped it, and go on.
    Carry,
    /// Trap, though it went well.
    Trap,
    /// Call an operation that does not exist, and write down what comes of it.
    Miss,
}

/// Writes a payment, calls `ledger`, and does what was asked with the answer.
#[command]
pub fn pay(ctx: &mut Command, code: Text<40>, amount: i64, then: Then) -> Outcome<i64> {
    let text = |text: &str| Text::new(text);
    let id = ctx.insert(Payment { code: code.clone(), amount, outcome: text("started")? })?;
    let called = if then == Then::Miss { ctx.call(missing {}) } else { ctx.call(post { code, amount }) };
    match (called, then) {
        (Ok(_), Then::Trap) => panic!("as asked"),
        (Ok(balance), _) => Ok(balance),
        (Err(stopped), Then::Carry | Then::Miss) => {
            let mut payment = ctx.get(id)?;
            payment.outcome = text(stopped.code())?;
            ctx.update(&mut payment)?;
            Ok(0)
        }
        (Err(stopped), _) => Err(stopped),
    }
}

/// All payments, in order.
#[query]
pub fn payments(ctx: &Query) -> Outcome<Vec<Row<Payment>>> {
    ctx.all(Payment::by_id())
}

/// Calls a command, which a query must not: past the SDK, whose types would not allow it.
#[query]
pub fn query_that_pays(_ctx: &Query, code: Text<40>) -> Outcome<()> {
    #[cfg(target_family = "wasm")]
    let called = toolcrib_sdk::bindings::toolcrib::module::operations::call(
        "ledger",
        "post",
        &post { code, amount: 1 }.to_bytes(),
    );
    #[cfg(not(target_family = "wasm"))]
    let called: Result<Vec<u8>, Vec<u8>> = Err(post { code, amount: 1 }.to_bytes());
    called.map(drop).map_err(|_| reject("refused", "The host refused"))
}
