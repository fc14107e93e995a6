//! The binary: it alone touches the real environment, clock and randomness.

use cargo_toolcrib::Surroundings;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use toolcrib_contract::types::Instant;
use toolcrib_contract::world::{Chance, Clock};

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else takes as a parameter")]
    fn now(&self) -> Instant {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant(i64::try_from(since.as_micros()).unwrap_or(i64::MAX).clamp(Instant::MIN.0, Instant::MAX.0))
    }
}

struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness no key may be made: better none than a guessable one.
        getrandom::fill(bytes).expect("the system gives random bytes");
    }
}

#[expect(clippy::disallowed_methods, reason = "the binary reads the environment, the library does not")]
fn main() -> ExitCode {
    let password = std::env::var("TOOLCRIB_PASSWORD").ok();
    let program = std::env::current_exe().unwrap_or_else(|_| "cargo-toolcrib".into());
    let surroundings = Surroundings { program, password, clock: Arc::new(SystemClock), chance: Arc::new(SystemChance) };
    cargo_toolcrib::main(std::env::args_os(), surroundings)
}
