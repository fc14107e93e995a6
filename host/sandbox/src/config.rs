//! The engine's configuration: what a module may be made of, and how it is compiled.
//!
//! The same for hosts, vetting and the compiler child; native code of one runs in the other.

use crate::limits::MAX_FRAMES;
use std::num::NonZeroUsize;
use toolcrib_contract::limits;
use wasmtime::wasmparser::WasmFeatures;
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};

/// What the Rust target `wasm32-unknown-unknown` uses, and the component model. Nothing else: every proposal is code
/// that a hostile module could reach.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::COMPONENT_MODEL);

/// Core instances of one component: `wit-component` makes three.
pub(crate) const CORE_INSTANCES: u32 = 8;
/// Tables of one component: `wit-component` makes two.
pub(crate) const TABLES: u32 = 4;
/// Linear memories of one component.
pub(crate) const MEMORIES: u32 = 1;
/// Memory kept and reset by copying instead of by system calls that all threads queue for. Covers the whole initial
/// memory of a module built with the SDK (about 128 KiB); see [`pool`].
const MEMORY_KEPT_BYTES: usize = 512 << 10;
/// The same for tables.
const TABLE_KEPT_BYTES: usize = 64 << 10;

/// What compiled code depends on. No pool: the compiler child has little address space.
pub(crate) fn compiling(fuel: bool) -> Config {
    let mut config = Config::new();
    config
        .wasm_features(WasmFeatures::all().difference(FEATURES), false)
        .wasm_features(FEATURES, true)
        .concurrency_support(false)
        // Replays must agree bit for bit.
        .cranelift_nan_canonicalization(true)
        .epoch_interruption(true)
        .consume_fuel(fuel)
        .max_wasm_stack(limits::STACK_BYTES)
        .wasm_backtrace_max_frames(NonZeroUsize::new(MAX_FRAMES))
        // Registering it is quadratic in the number of modules; only native debuggers need it.
        .native_unwind_info(false);
    config
}

/// The same with a pool of instances.
///
/// `pagemap_scan` stays off: in 48.0.8 a dirty page that is swapped out at the moment of the scan is not reset, and the
/// next instance of that slot, another tenant's, could read it. Keeping the whole small memory resident avoids the
/// system calls that `pagemap_scan` was meant to avoid.
pub(crate) fn pooling(fuel: bool, instances: u32) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES))
        .total_memories(instances.saturating_mul(MEMORIES))
        .total_tables(instances.saturating_mul(TABLES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_tables_per_module(TABLES)
        .max_memory_size(limits::MEMORY_BYTES)
        .table_elements(limits::TABLE_ELEMENTS)
        .linear_memory_keep_resident(MEMORY_KEPT_BYTES)
        .table_keep_resident(TABLE_KEPT_BYTES)
        .pagemap_scan(wasmtime::Enabled::No);
    let mut config = compiling(fuel);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}
