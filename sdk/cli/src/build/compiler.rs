//! Runs cargo for `wasm32-unknown-unknown`, with a profile and flags that do not depend on who builds.

use super::project::{Project, no_cargo};
use crate::trouble::Trouble;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What modules are compiled for.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";
/// Bytes of the stack. A host resets the whole initial memory between calls: less is faster, and a handler that needs
/// more traps instead of overwriting its data, since the stack lies first.
const STACK_BYTES: u32 = 64 << 10;

/// The profile, given on the command line so that neither the module's nor its workspace's own profile changes it.
/// Function names stay (`names`): a fault then says where it happened; everything else is stripped.
const PROFILE: [&str; 8] = [
    "profile.module.inherits='release'",
    "profile.module.opt-level='s'",
    "profile.module.lto='fat'",
    "profile.module.codegen-units=1",
    "profile.module.panic='abort'",
    "profile.module.debug=false",
    "profile.module.strip='debuginfo'",
    "profile.module.overflow-checks=true",
];

/// A line of cargo's messages; other fields and kinds are passed over.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// The core module of the project.
///
/// # Errors
/// The target is not installed, or the compiler refuses the code; its own words stand on standard error.
pub(super) fn compile(project: &Project) -> Result<Vec<u8>, Trouble> {
    has_target()?;
    let mut command = Command::new("cargo");
    command.args(["build", "--lib", "--profile", "module", "--target", TARGET]);
    command.args(["--message-format", "json-render-diagnostics", "--package", &project.package, "--manifest-path"]);
    command.arg(project.dir.join("Cargo.toml"));
    for setting in PROFILE {
        command.args(["--config", setting]);
    }
    command.current_dir(&project.dir).env("CARGO_ENCODED_RUSTFLAGS", flags(project)?).stderr(Stdio::inherit());
    let output = command.output().map_err(|error| no_cargo(&error))?;
    if !output.status.success() {
        return Err(Trouble::new("The module does not compile", "correct what the compiler says above"));
    }
    let file = artifact(&output.stdout, &project.dir)
        .ok_or_else(|| Trouble::new("cargo built no WebAssembly file", "install a stable Rust of at least 1.95"))?;
    std::fs::read(&file)
        .map_err(|error| Trouble::new(format!("{} cannot be read: {error}", file.display()), "build again"))
}

fn artifact(messages: &[u8], dir: &Path) -> Option<PathBuf> {
    let messages =
        messages.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Message>(line).ok());
    let of_module = messages.filter(|message| {
        message.reason == "compiler-artifact"
            && message.manifest_path.parent().and_then(|path| path.canonicalize().ok()).as_deref() == Some(dir)
    });
    of_module.flat_map(|message| message.filenames).find(|path| path.extension().is_some_and(|ending| ending == "wasm"))
}

/// Whether the compiler has a standard library for the target.
fn has_target() -> Result<(), Trouble> {
    let libraries = rustc(&["--print", "target-libdir", "--target", TARGET])?;
    if Path::new(&libraries).is_dir() {
        return Ok(());
    }
    Err(Trouble::new(format!("The Rust target {TARGET} is not installed"), format!("run `rustup target add {TARGET}`")))
}

fn rustc(args: &[&str]) -> Result<String, Trouble> {
    let output = Command::new("rustc").args(args).output().map_err(|error| no_cargo(&error))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Flags of the compiler, separated as cargo wants them. Set in the environment they replace whatever the author or the
/// machine has set for other builds. Every package's folder gets a name that is the same on all machines.
fn flags(project: &Project) -> Result<String, Trouble> {
    let mut flags = vec!["-C".to_owned(), format!("link-arg=-zstack-size={STACK_BYTES}")];
    let mut hide = |path: &Path, name: &str| flags.push(format!("--remap-path-prefix={}={name}", path.display()));
    hide(Path::new(&rustc(&["--print", "sysroot"])?), "/rust");
    for (name, folder) in project.packages()? {
        hide(&folder, &format!("/{name}"));
    }
    Ok(flags.join("\x1f"))
}
