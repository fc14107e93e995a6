//! The imports themselves, without the types that keep honest authors from mistakes. Natively there are none.

use toolcrib_sdk::prelude::*;

#[cfg(target_family = "wasm")]
mod host {
    use super::*;
    use toolcrib_sdk::bindings::toolcrib::module as import;

    fn refused(refusal: import::types::Refusal) -> Stopped {
        reject(&refusal.code, &refusal.message)
    }

    pub fn insert(record: &str, rows: &[u8], count: u32) -> Outcome<()> {
        import::records::insert(record, rows, count).map(drop).map_err(refused)
    }
    pub fn get(record: &str, id: &[u8]) -> Outcome<bool> {
        import::records::get(record, id).map(|row| row.is_some()).map_err(refused)
    }
    pub fn update(record: &str, id: &[u8], row: &[u8]) -> Outcome<()> {
        import::records::update(record, id, 0, row).map(drop).map_err(refused)
    }
    pub fn select(record: &str, select: &[u8]) -> Outcome<()> {
        import::records::select(record, select).map(drop).map_err(refused)
    }
    pub fn shared_get(module: &str, record: &str, id: &[u8]) -> Outcome<bool> {
        import::shared::get(module, record, id).map(|row| row.is_some()).map_err(refused)
    }
    pub fn emit(event: &str, body: &[u8]) -> Outcome<()> {
        import::events::emit(event, body).map_err(refused)
    }
    pub fn set_timer(timer: &str, due_us: i64) -> Outcome<()> {
        import::timers::set(timer, "forged", due_us, &[]).map_err(refused)
    }
}

#[cfg(not(target_family = "wasm"))]
mod host {
    use super::*;

    fn none<T>() -> Outcome<T> {
        Err(reject("native", "There is no host to attack here"))
    }

    pub fn insert(_: &str, _: &[u8], _: u32) -> Outcome<()> {
        none()
    }
    pub fn get(_: &str, _: &[u8]) -> Outcome<bool> {
        none()
    }
    pub fn update(_: &str, _: &[u8], _: &[u8]) -> Outcome<()> {
        none()
    }
    pub fn select(_: &str, _: &[u8]) -> Outcome<()> {
        none()
    }
    pub fn shared_get(_: &str, _: &str, _: &[u8]) -> Outcome<bool> {
        none()
    }
    pub fn emit(_: &str, _: &[u8]) -> Outcome<()> {
        none()
    }
    pub fn set_timer(_: &str, _: i64) -> Outcome<()> {
        none()
    }
}

pub use host::*;
