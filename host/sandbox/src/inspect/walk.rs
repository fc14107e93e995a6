//! Reads every section of a component once and counts.

use toolcrib_contract::package::SECTION;
use wasmtime::wasmparser::{ComponentExternalKind, Instance, Parser, Payload, Result};

/// Bytes of a page; custom page sizes are not among our features.
pub(super) const PAGE_BYTES: u64 = 64 << 10;

/// What one core module declares.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub functions: u32,
    pub memories: u64,
    pub memory_pages: u64,
    pub tables: u64,
    pub table_elements: u64,
}

/// What the core instances of the component have, all together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub instances: u64,
    pub memories: u64,
    pub memory_pages: u64,
    pub tables: u64,
    pub table_elements: u64,
}

/// A component, read.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Names of what the component imports.
    pub imports: Vec<String>,
    /// Names of what it exports, and whether that is a function.
    pub exports: Vec<(String, bool)>,
    pub modules: Vec<Counts>,
    /// Components inside it; counted, not looked into.
    pub components: u64,
    /// Contents of its own sections of our name.
    pub packages: Vec<Vec<u8>>,
    /// Which modules are instantiated, by their positions, as often as they are.
    instances: Vec<u32>,
}

impl Walk {
    /// Sums over the core instances: a module instantiated twice has its memory twice.
    pub fn instantiated(&self) -> Sum {
        let mut sum = Sum { instances: self.instances.len() as u64, ..Sum::default() };
        for module in &self.instances {
            let Some(counts) = self.modules.get(*module as usize) else { continue };
            sum.memories += counts.memories;
            sum.memory_pages = sum.memory_pages.saturating_add(counts.memory_pages);
            sum.tables += counts.tables;
            sum.table_elements = sum.table_elements.saturating_add(counts.table_elements);
        }
        sum
    }
}

/// What the sections being read belong to.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// The component itself.
    Outer,
    /// A core module of it.
    Module,
    /// Anything within a component inside it.
    Inner,
}

/// Reads all of it.
///
/// # Errors
/// The first byte that cannot be read.
pub(super) fn walk(bytes: &[u8]) -> Result<Walk> {
    let mut walk = Walk::default();
    let mut places = vec![Place::Outer];
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        let place = *places.last().unwrap_or(&Place::Outer);
        match &payload {
            Payload::End(_) => {
                places.pop();
            }
            Payload::ModuleSection { .. } if place == Place::Outer => {
                walk.modules.push(Counts::default());
                places.push(Place::Module);
            }
            Payload::ModuleSection { .. } => places.push(Place::Inner),
            Payload::ComponentSection { .. } => {
                walk.components += 1;
                places.push(Place::Inner);
            }
            _ => {}
        }
        match place {
            Place::Outer => outer(payload, &mut walk)?,
            Place::Module => {
                if let Some(counts) = walk.modules.last_mut() {
                    module(payload, counts)?;
                }
            }
            Place::Inner => {}
        }
    }
    Ok(walk)
}

fn outer(payload: Payload<'_>, walk: &mut Walk) -> Result<()> {
    match payload {
        Payload::ComponentImportSection(section) => {
            for import in section {
                walk.imports.push(import?.name.name.to_owned());
            }
        }
        Payload::ComponentExportSection(section) => {
            for export in section {
                let export = export?;
                walk.exports.push((export.name.name.to_owned(), export.kind == ComponentExternalKind::Func));
            }
        }
        Payload::InstanceSection(section) => {
            for instance in section {
                if let Instance::Instantiate { module_index, .. } = instance? {
                    walk.instances.push(module_index);
                }
            }
        }
        Payload::CustomSection(section) if section.name() == SECTION => walk.packages.push(section.data().to_vec()),
        _ => {}
    }
    Ok(())
}

fn module(payload: Payload<'_>, counts: &mut Counts) -> Result<()> {
    match payload {
        Payload::FunctionSection(section) => counts.functions += section.count(),
        Payload::MemorySection(section) => {
            for memory in section {
                counts.memories += 1;
                counts.memory_pages = counts.memory_pages.saturating_add(memory?.initial);
            }
        }
        Payload::TableSection(section) => {
            for table in section {
                counts.tables += 1;
                counts.table_elements = counts.table_elements.saturating_add(table?.ty.initial);
            }
        }
        _ => {}
    }
    Ok(())
}
