//! What the runtime promises to well-behaved modules, each test named by its promise.

mod atomic;
mod calls;
mod connectors;
mod consent;
mod crossings;
mod delivery;
mod effects;
mod exports;
mod files;
mod hosts;
mod idempotency;
mod imports;
mod isolation;
mod leaving;
mod limits;
mod machines;
mod open_files;
mod pausing;
mod queries;
mod read_only;
mod records;
mod timers;
mod trial;
mod views;
mod watched;
mod written_down;
