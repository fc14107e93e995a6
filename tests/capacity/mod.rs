//! A city on paper: factories, one host and its cores and disk in simulated time, from a seed. Who comes when is decided by
//! the runtime's own scheduler (`toolcrib_runtime::scheduling`): queues, turns, what gives way to commands. What a step takes
//! is a parameter, and comes from what was measured of the product: `figures`.
//!
//! - `host`: the events, and what a worker does with a turn. `parts`: cores and disk. `told`: what came of it.

pub mod figures;
pub mod host;
pub mod parts;
pub mod told;
