//! All tests that need more than one crate, in one binary.

mod browser;
mod capacity;
mod chaos;
mod cluster;
mod factory;
mod forgetful;
mod guests;
mod mosquitto;
mod mqtt;
mod scenarios;
mod tidy;
mod vetting;
mod wait;
