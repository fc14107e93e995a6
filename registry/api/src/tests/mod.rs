//! Promises of the API, through its router, on a real catalog and with the real checks.

mod component;
mod document;
mod factors;
mod hosts;
mod marketplace;
mod plant;
mod publishing;
mod robots;
mod scopes;
mod shelf;
mod signing_in;
mod trusted;
mod world;
