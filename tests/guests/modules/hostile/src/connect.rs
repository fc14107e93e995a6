//! Connectors that do what they must not.

use toolcrib_sdk::prelude::*;

/// Asks any address; the status of the answer.
#[connector]
pub fn probe(ctx: &mut Connector, url: Text<400>) -> Outcome<i64> {
    Ok(ctx.fetch(Fetch::get(url.as_str()))?.status().into())
}

/// Asks without end.
#[connector]
pub fn storm(ctx: &mut Connector) -> Outcome<()> {
    loop {
        ctx.fetch(Fetch::get("https://hooks.example.com/storm"))?;
    }
}

/// Runs its own query without end.
#[connector]
pub fn run_storm(ctx: &mut Connector) -> Outcome<()> {
    loop {
        ctx.run(crate::junk {})?;
    }
}

/// Asks once, and then computes without end.
#[connector]
pub fn spin_after(ctx: &mut Connector) -> Outcome<()> {
    ctx.fetch(Fetch::get("https://hooks.example.com/spin"))?;
    loop {
        core::hint::black_box(());
    }
}

/// Writes, reads, emits, sets a timer or sends past the SDK.
#[connector]
pub fn write_anyway(ctx: &mut Connector, how: Text<20>) -> Outcome<()> {
    ctx.log("trying");
    raw::reach(how.as_str())
}

/// Runs something past the SDK.
#[connector]
pub fn run_any(ctx: &mut Connector, operation: Text<40>) -> Outcome<()> {
    ctx.log("trying");
    raw::run(operation.as_str())
}

#[cfg(target_family = "wasm")]
mod raw {
    use toolcrib_sdk::bindings::toolcrib::module as import;
    use toolcrib_sdk::prelude::*;

    pub fn reach(how: &str) -> Outcome<()> {
        let done = match how {
            "insert" => import::records::insert("junk", b"\x02\x01a", 1).is_ok(),
            "get" => import::records::get("junk", &[0; 16]).is_ok(),
            "emit" => import::events::emit("chained", b"\x02").is_ok(),
            "timer" => import::timers::set("woken", "k", 0, b"\x02").is_ok(),
            _ => import::timers::cancel("woken", "k").is_ok(),
        };
        if done { Ok(()) } else { Err(reject("refused", "The host refused")) }
    }

    pub fn run(operation: &str) -> Outcome<()> {
        import::connect::run(operation, b"").map(drop).map_err(|_| reject("refused", "The host refused"))
    }
}

#[cfg(not(target_family = "wasm"))]
mod raw {
    use toolcrib_sdk::prelude::*;

    pub fn reach(_: &str) -> Outcome<()> {
        Err(reject("native", "Only a component has imports"))
    }

    pub fn run(_: &str) -> Outcome<()> {
        Err(reject("native", "Only a component has imports"))
    }
}
