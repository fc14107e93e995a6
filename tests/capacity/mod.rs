//! A city on paper: factories, hosts and a database, with their cores and disks, in simulated time, from a seed. Who comes
//! when is decided by the runtime's own scheduler (`toolcrib_runtime::scheduling`): queues, turns, what gives way to commands.
//! What a step takes is a parameter, and comes from what was measured of the product: `figures`.
//!
//! - `hosts`: who asks for what, and the events. `turns`: what a worker does with a turn. `inbox`: the same with readings.
//!   `cell`: how many factories hosts and a database take. `ways`: the way of a piece of work over cores, network, database and disk. `parts`: what is waited for. `told`: what
//!   came of it.

pub mod cell;
pub mod figures;
pub mod hosts;
mod inbox;
pub mod parts;
pub mod told;
mod turns;
mod ways;
