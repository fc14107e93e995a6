//! Rust for the WIT world, generated.

#![allow(unsafe_code, missing_docs, clippy::all, reason = "generated from sdk/wit")]

wasmtime::component::bindgen!({
    path: "../../sdk/wit/v1",
    world: "module",
    imports: { default: trappable },
});
