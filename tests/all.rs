//! All tests that need more than one crate, in one binary.

mod browser;
mod bucket;
mod capacity;
mod chaos;
mod cluster;
mod dice;
mod factory;
mod forgetful;
mod guests;
mod mosquitto;
mod mqtt;
mod scenarios;
mod simulated;
mod tidy;
#[cfg(feature = "otel")]
mod traces;
mod vetting;
mod wait;
