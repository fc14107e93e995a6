//! The whole agent, against machines and servers made with other libraries than its own.

mod agent;
mod kill;
mod memory;
mod opcua;
mod site;
