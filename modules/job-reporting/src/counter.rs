//! Output from the readings of a counter that only counts up and may begin anew.

use toolcrib_sdk::prelude::*;

/// What a counter showed before and after. With the size of its scale (10000 for four digits) it may have begun anew
/// once in between.
#[derive(Clone, Copy, Debug)]
pub struct Readings {
    pub start: i64,
    pub end: i64,
    pub modulus: Option<i64>,
}

impl Readings {
    /// How much was counted: `end - start`, or `end - start + modulus` when the counter began anew.
    ///
    /// # Errors
    /// `bad-modulus`, `bad-reading` outside the scale, `counter-went-back` without a scale.
    pub fn counted(self) -> Outcome<i64> {
        let Self { start, end, modulus } = self;
        let message = "Give the size of the counter's scale, for example 10000 for four digits";
        reject_if(modulus.is_some_and(|modulus| modulus < 2), "bad-modulus", message).field("counter_modulus")?;
        let inside = |reading| reading >= 0 && modulus.is_none_or(|modulus| reading < modulus);
        for (reading, field) in [(start, "counter_start"), (end, "counter_end")] {
            reject_if(!inside(reading), "bad-reading", "The counter cannot show this; read it again").field(field)?;
        }
        match modulus {
            _ if end >= start => Ok(end - start),
            Some(modulus) => Ok(modulus - (start - end)),
            None => {
                let message = "The end is below the start: swap them, or give the size of the counter's scale";
                Err(reject("counter-went-back", message).field("counter_end"))
            }
        }
    }
}
