//! The city's programme for the digital transformation of small manufacturers: who takes part, what is paid for, and
//! every fen of it. In the catalogue's database, a file or PostgreSQL: each statement is one text that both take.
//!
//! - `money`, `uscc`, `contract_line`, `days`: the shapes that all its parts use; `refusal`: the rules by number.
//! - `forecast`: what a firm can expect. Pure: `rules` (a version), `life` (a project's steps), `level`, `award`, `funds` (every move of money).
//! - `programme`, `enrolment`, `filing`, `assessment`, `invoice`, `payment`, `acceptance`, `publicity`, `tranche`,
//!   `service`, `service_back`: what happens, one file each, through `case` (a project inside a change).
//! - `ledger`, `periods`, `journal`: the books. `project`, `lists`: what is read, by `page`s.
//! - [`evidence`]: what proves a project, and its archive; [`kit`]: firms' set-up for others; `proof`: the word of hosts.
//! - [`identification`]: which providers a city lets take part; [`offer`] and [`contract`]: what they agree on with firms,
//!   with `split`, who pays what; [`billing`]: what the marketplace itself bills for modules; [`payout`]: what providers
//!   get of it.
//!
//! Rules and states are pure functions beside the statements that keep their outcome; a change, its audit line and its
//! bookings commit together. Deliberately absent: HTTP, the wire's types, time and chance of its own.

#![forbid(unsafe_code)]

pub mod billing;
mod calendar;
pub mod contract;
#[cfg(test)]
mod engines;
pub mod identification;
#[cfg(test)]
mod market;
pub mod offer;
pub mod payout;
mod split;
mod statement;
mod terms;
mod unique;

mod acceptance;
mod assessment;
mod award;
mod case;
mod contract_line;
mod days;
mod enrolment;
pub mod evidence;
mod filing;
mod forecast;
mod funds;
mod ids;
mod invoice;
mod invoice_number;
mod journal;
pub mod kit;
mod ledger;
mod level;
mod life;
mod lists;
mod maybe;
mod money;
mod page;
mod payment;
mod periods;
mod programme;
mod programmes;
mod project;
mod proof;
mod publicity;
mod refusal;
mod rules;
mod service;
mod service_back;
mod tranche;
mod uscc;

pub use acceptance::{ACCEPTANCE_EXPERTS, Verdict};
pub use assessment::{ASSESSMENTS, AssessmentKind};
pub use award::{Outcome, Spent, award, base, estimate};
pub use calendar::Month;
pub use case::WHY_CHARS;
pub use contract_line::{Category, ContractLine, DESCRIPTION_CHARS, LINES, LineFault};
pub use days::{month, plus_months, read as read_day, today};
pub use enrolment::{Class, Firm};
pub use filing::{CONTRACTS, FiledContract, Filing, PLAN_CHARS, SignedContract, hash as contracts_hash};
pub use forecast::{Forecast, ForecastLine, Intent};
pub use funds::{Account, Booking, Funds, Pot, PotKey};
pub use ids::{InvoiceId, PaymentId, ProgrammeId, ProjectId};
pub use invoice::{INVOICES, Invoice, NewInvoice, OnLine};
pub use invoice_number::normal as invoice_number;
pub use journal::JOURNAL_ENTRIES;
pub use ledger::{LEDGER_PAGE, LedgerEntry};
pub use level::{Measured, level};
pub use life::{Act, BESIDE, Side, State, TABLE, may, next};
pub use lists::{Coverage, Measurement, PROJECTS_PAGE, PROJECTS_PAGE_MAX, ProjectFilter, ProjectRow};
pub use money::{BASIS, BasisPoints, Fen};
pub use payment::{NewPayment, PAYMENTS, Payment, Refund};
pub use periods::{PERIODS_LISTED, Period};
pub use programme::{
    BATCHES, Batch, CityKind, NewProgramme, PROGRAMME_SEGMENTS, PROGRAMMES_PAGE, Programme, ProgrammeRow, Version,
};
pub use programmes::Programmes;
pub use project::{Acceptance, Assessment, Filed, Parties, Project, Step};
pub use proof::ProofError;
pub use publicity::{OBJECTION_CHARS, OBJECTIONS, OBJECTIONS_PER_PERSON, Objection, PUBLIC_AWARDS, PublicAward};
pub use refusal::ProgrammeError;
pub use rules::{LEVELS, MONTHS_MAX, PUBLICITY_DAYS_MAX, RuleSet, TRACKS, TRANCHES, Track, VERSIONS};
pub use service::{NewService, SERVICES, Service};
pub use service_back::Demand;
pub use split::{Split, SplitLine, Terms, largest_remainder, split};
pub use tranche::{CLAW_BACKS, ClawBack, Tranche, Transfer};
pub use uscc::{Uscc, UsccFault};

#[cfg(test)]
mod tests;
