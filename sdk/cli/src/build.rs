//! From a folder of Rust to a component that a host runs: the same bytes every time.
//!
//! `project` reads the folder, `compiler` runs cargo, `names` makes its functions' names readable, `package` gathers
//! listing, words and scenarios, `bill` what it is made of; here they become one file.

mod bill;
mod compiler;
mod names;
mod package;
mod project;

use crate::tools::Tools;
use crate::trouble::Trouble;
pub use project::Project;
pub(crate) use project::no_cargo;
use std::path::{Path, PathBuf};
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::Finding;
use wit_component::ComponentEncoder;

/// A built component.
#[derive(Clone, Debug)]
pub struct Built {
    pub bytes: Vec<u8>,
    pub manifest: Manifest,
    pub module: String,
    pub version: String,
    /// `sha256:<hex>` of the bytes.
    pub digest: String,
    /// Where it was written: `<target>/toolcrib/<module>-<version>.wasm`.
    pub path: PathBuf,
}

/// Builds the module in `dir`: a member of some workspace, or a folder of its own. Cargo's own words go to standard
/// error.
///
/// # Errors
/// The folder is no module, the compiler refuses it, or what came out cannot run on a host.
pub fn component(dir: &Path, tools: &Tools) -> Result<Built, Trouble> {
    let project = Project::read(dir)?;
    let package = package::gather(&project.dir)?;
    let core = compiler::compile(&project)?;
    let mut bytes = encode(&names::shorten(&core).unwrap_or(core))?;
    package::append(&mut bytes, &package);
    for (name, content) in bill::of(&project)?.sections() {
        package::append_section(&mut bytes, name, &content);
    }
    let inspection = toolcrib_sandbox::inspect(&bytes).map_err(|errors| {
        let list: Vec<_> = errors.iter().map(|error| format!("  {}: {}", error.what.en, error.fix.en)).collect();
        Trouble::new(format!("No host would run what was built:\n{}", list.join("\n")), "correct this and build again")
    })?;
    let manifest = tools.vetter().describe(&bytes).map_err(|findings| undescribed(&findings))?;
    package::known(&project.dir, &package.words, &manifest)?;
    let folder = project.target.join("toolcrib");
    let path = folder.join(format!("{}-{}.wasm", manifest.module, manifest.version));
    std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, &bytes)).map_err(|error| {
        Trouble::new(format!("{} cannot be written: {error}", path.display()), "free space or correct its permissions")
    })?;
    let (module, version) = (manifest.module.clone(), manifest.version.clone());
    Ok(Built { bytes, module, version, digest: inspection.digest, manifest, path })
}

/// Makes a component of a core module that was built with the SDK.
fn encode(core: &[u8]) -> Result<Vec<u8>, Trouble> {
    ComponentEncoder::default().validate(true).module(core).and_then(ComponentEncoder::encode).map_err(|error| {
        let next =
            "end src/lib.rs with one `module! { … }` of toolcrib-sdk, and use nothing that needs an operating system";
        Trouble::new(format!("The compiled code is no module: {error:#}"), next)
    })
}

fn undescribed(findings: &[Finding]) -> Trouble {
    let list: Vec<_> = findings.iter().map(|finding| format!("  {}: {}", finding.what, finding.fix)).collect();
    Trouble::new(format!("The module cannot say what it is:\n{}", list.join("\n")), "correct this and build again")
}
