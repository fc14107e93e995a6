//! The module as a component: its imports, its exports, its heap.

mod allocator;
pub mod entry;
pub(crate) mod link;

#[doc(hidden)]
#[allow(unsafe_code, missing_docs, clippy::all, reason = "generated from sdk/wit")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit/v1",
        world: "module",
        pub_export_macro: true,
        export_macro_name: "export_module",
        default_bindings_module: "toolcrib_sdk::bindings",
    });
}
pub use bindings::export_module;
