//! Accounts: indexes, revs, filters, and an operation for other modules.

use toolcrib_sdk::prelude::*;

/// Something with a balance. `owner` is shared like the rest, but nobody declares to read it.
#[record(shared, unique(code), index(kind, balance))]
#[derive(Clone, Debug)]
pub struct Account {
    pub code: Text<40>,
    pub kind: Text<20>,
    pub balance: i64,
    pub owner: Option<Text<4000>>,
}

/// A balance changed.
#[event]
pub struct Posted {
    pub code: Text<40>,
    pub balance: i64,
}

/// Adds an account.
#[command]
pub fn open(
    ctx: &mut Command,
    code: Text<40>,
    kind: Text<20>,
    balance: i64,
    owner: Option<Text<80>>,
) -> Outcome<Id<Account>> {
    let owner = owner.and_then(|owner| Text::new(owner.as_str()).ok());
    ctx.insert(Account { code, kind, balance, owner })
}

/// Sets a balance if the account is still as the caller saw it. Returns the new rev.
#[command]
pub fn set_balance(ctx: &mut Command, account: Id<Account>, rev: i64, balance: i64) -> Outcome<i64> {
    let mut account = ctx.get(account)?;
    account.expect_rev(rev)?;
    account.balance = balance;
    ctx.update(&mut account)?;
    Ok(account.rev as i64)
}

/// Deletes an account.
#[command(roles("admin", "owner"))]
pub fn close(ctx: &mut Command, account: Id<Account>) -> Outcome<()> {
    ctx.delete(account)
}

/// Adds to a balance and returns it. An amount of 13 is bad luck: it writes, and then traps.
#[command]
pub fn post(ctx: &mut Command, code: Text<40>, amount: i64) -> Outcome<i64> {
    let Some(mut account) = ctx.first(Account::by_code().eq(&code))? else {
        return Err(reject("no-such-account", "There is no such account").field("code"));
    };
    account.balance += amount;
    let balance = account.balance;
    ctx.update(&mut account)?;
    ctx.emit(Posted { code, balance })?;
    assert!(amount != 13, "thirteen");
    if balance < 0 {
        return Err(reject("overdrawn", "The balance would be negative").field("amount"));
    }
    Ok(balance)
}

fn add(ctx: &mut Command, code: &Text<40>, amount: i64) -> Outcome<i64> {
    let account = ctx.first(Account::by_code().eq(code))?;
    let mut account = account.ok_or_else(|| reject("no-such-account", "There is no such account").field("code"))?;
    account.balance += amount;
    ctx.update(&mut account)?;
    Ok(account.balance)
}

/// Adds to a balance: for administrators, and for modules that nobody asked.
#[command(roles("admin", "module"))]
pub fn collect(ctx: &mut Command, code: Text<40>, amount: i64) -> Outcome<i64> {
    add(ctx, &code, amount)
}

/// Takes from a balance: for administrators alone.
#[command(roles("admin"))]
pub fn seize(ctx: &mut Command, code: Text<40>, amount: i64) -> Outcome<i64> {
    add(ctx, &code, -amount)
}

/// Adds `rows` accounts of about 4 KB each.
#[command]
pub fn fill(ctx: &mut Command, prefix: Text<20>, rows: i64) -> Outcome<()> {
    let owner = Text::new("x".repeat(3_900)).ok();
    for row in 0..rows {
        let code = Text::new(format!("{}{row}", prefix.as_str()))?;
        ctx.insert(Account { code, kind: Text::new("filler")?, balance: row, owner: owner.clone() })?;
    }
    Ok(())
}

/// A page of accounts of one kind with a balance in a range, by balance.
#[query]
pub fn accounts(
    ctx: &Query,
    kind: Text<20>,
    from: Option<i64>,
    until: Option<i64>,
    descending: bool,
    limit: i64,
    after: Option<Cursor>,
) -> Outcome<Page<Account>> {
    let walk = Account::by_kind_balance().eq(&kind).from(from.unwrap_or(i64::MIN)).until(until.unwrap_or(i64::MAX));
    let walk = walk.limit(limit.clamp(0, 1_000) as u32).after(after);
    ctx.page(if descending { walk.descending() } else { walk })
}

/// The account of this code with everything the host keeps beside it.
#[query]
pub fn whole(ctx: &Query, code: Text<40>) -> Outcome<Option<Row<Account>>> {
    ctx.first(Account::by_code().eq(&code))
}
