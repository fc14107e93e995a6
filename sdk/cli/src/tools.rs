//! The children that commands start: this program again, with a hidden subcommand.

use std::path::PathBuf;
use toolcrib_sandbox::ChildCommand;
use toolcrib_vetting::Vetter;

/// Hidden subcommand that compiles one component; `toolcrib` has it too.
pub const COMPILE_CHILD: &str = "compile-child";
/// Hidden subcommand that vets one component; `toolcrib` has it too.
pub const VET_CHILD: &str = "vet-child";

/// Programs that end in the children's bodies.
#[derive(Clone, Debug)]
pub struct Tools {
    pub vet: ChildCommand,
    pub compile: ChildCommand,
}

impl Tools {
    /// A program with the two hidden subcommands: `cargo-toolcrib` or `toolcrib`.
    pub fn of(program: impl Into<PathBuf>) -> Self {
        let program = program.into();
        let child = |name: &str| ChildCommand { program: program.clone(), args: vec![name.into()] };
        Self { vet: child(VET_CHILD), compile: child(COMPILE_CHILD) }
    }

    pub fn vetter(&self) -> Vetter {
        Vetter::new(self.vet.clone(), self.compile.clone())
    }
}
