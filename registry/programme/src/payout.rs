//! What providers get of what the marketplace billed. An administrator notes that an invoice was paid; each of its lines is
//! then earned by the module's provider, less the marketplace's fee; a credit note after that takes back in the same
//! proportion. Once a month what was earned and is not yet paid out becomes a statement for the provider, due until an
//! administrator notes that it was paid.
//!
//! Whatever happens, payouts, what is not paid out yet, and fees add up to what was paid less what was credited after.
//!
//! - [`fee`]: the marketplace's part, by month. [`note`]: invoices paid. `earn`: lines earned and taken back.
//! - [`run`]: statements. [`list`]: what is shown.

mod earn;
mod fee;
mod list;
mod note;
mod run;
#[cfg(test)]
mod tests;

pub use fee::{FEE_PPM_MAX, Fee, fees, set_fee};
pub use list::{
    EARNINGS_LISTED, EarnedLine, EarnedMonth, EarnedOf, MONTHS_LISTED, PAYOUTS_LISTED, Payout, PayoutFilter, earned_of,
    months, of_payout, payout, payouts,
};
pub use note::{NewPaid, note_paid, note_paid_out};
pub use run::{PAID_OUT_AT_ONCE, PayoutRun, run};

pub(crate) use earn::take_back;
#[cfg(test)]
pub(crate) use list::statements;
