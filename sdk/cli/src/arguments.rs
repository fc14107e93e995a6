//! What can be typed.

use crate::new::Template;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Modules for small manufacturers: write, test and publish them.
#[derive(Debug, Parser)]
#[command(name = "cargo-toolcrib", bin_name = "cargo toolcrib", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin a module in a new folder
    New {
        /// Its name in the marketplace: a-z, 0-9 and hyphens
        name: String,
        /// What it begins as
        #[arg(long, value_enum, default_value = "records")]
        template: Template,
        /// Folder of the crate toolcrib-sdk
        #[arg(long)]
        sdk: Option<PathBuf>,
    },
    /// Build a module into one file that hosts run
    Build {
        /// The module's folder
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Run everything that the marketplace checks
    Check {
        /// The module's folder
        #[arg(default_value = ".")]
        dir: PathBuf,
        #[command(flatten)]
        beside: Beside,
        #[command(flatten)]
        against: Against,
        /// Print the whole report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Run the module's own tests, then its scenarios in the sandbox
    Test {
        /// The module's folder
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Run one operation on a real database of this machine
    Try {
        /// The operation; without one, all are listed
        operation: Option<String>,
        /// Its parameters
        #[arg(default_value = "{}")]
        json: String,
        /// The module's folder
        #[arg(long, default_value = ".")]
        dir: PathBuf,
        #[command(flatten)]
        beside: Beside,
        /// Where the database lies, between trials too
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Make a signing key
    Keygen {
        /// The file to make
        #[arg(default_value = "toolcrib.key")]
        file: PathBuf,
    },
    /// List, rotate or revoke your organisation's signing keys at a marketplace
    Keys {
        #[command(flatten)]
        to: Marketplace,
        #[command(subcommand)]
        what: Keys,
    },
    /// Sign a module and submit it to a marketplace
    Publish {
        /// The module's folder
        #[arg(default_value = ".")]
        dir: PathBuf,
        #[command(flatten)]
        to: Marketplace,
    },
    /// Sign a module for the marketplace's page, where you upload it yourself
    Sign {
        /// The module's folder
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// Your signing key, made with keygen
        #[arg(long, default_value = "toolcrib.key")]
        key: PathBuf,
        /// Folder for the component and its statement
        #[arg(long, default_value = "signed")]
        out: PathBuf,
    },
    /// Prove that you hold a key, for the marketplace's page
    Prove {
        /// Slug of your organisation there
        org: String,
        /// Your signing key, made with keygen
        #[arg(long, default_value = "toolcrib.key")]
        key: PathBuf,
    },
    #[command(hide = true)]
    CompileChild,
    #[command(hide = true)]
    VetChild,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Those that are not revoked
    List,
    /// Register the next key; the present one (--key) signs for it
    Rotate {
        /// The next key, made with keygen
        next: PathBuf,
        /// Go on publishing with the present key, too
        #[arg(long)]
        keep: bool,
        /// When the next key ends, for example 2027-12-31T00:00:00Z
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
    /// Let a key count no more for anything approved from now on
    Revoke {
        /// Id of the key
        key_id: String,
    },
}

/// Modules beside the one at hand.
#[derive(Debug, Args)]
pub(crate) struct Beside {
    /// A built module that this one reads, calls or listens to; may be repeated
    #[arg(long = "with", value_name = "FILE.wasm")]
    pub with: Vec<PathBuf>,
}

/// What the component is compared with beyond the modules beside it.
#[derive(Debug, Args)]
pub(crate) struct Against {
    /// The last published component, to be compared with
    #[arg(long, value_name = "FILE.wasm")]
    pub previous: Option<PathBuf>,
    /// A checkout of an advisory database in the RustSec form, to look dependencies up in
    #[arg(long, value_name = "DIR")]
    pub advisories: Option<PathBuf>,
    /// A list of known-bad digests
    #[arg(long, value_name = "FILE")]
    pub known_bad: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Marketplace {
    /// Address of the marketplace, for example https://registry.example.com
    #[arg(long, value_name = "URL")]
    pub registry: String,
    /// Your signing key, made with keygen
    #[arg(long, default_value = "toolcrib.key")]
    pub key: PathBuf,
    /// Your organisation, when you belong to several
    #[arg(long)]
    pub org: Option<String>,
    /// Who you are there
    #[arg(long)]
    pub email: String,
    /// A file with your password; without one you are asked, or TOOLCRIB_PASSWORD is used
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_hang_together() {
        <Arguments as clap::CommandFactory>::command().debug_assert();
        let typed = ["cargo-toolcrib", "try", "count", "{\"a\":1}", "--with", "a.wasm", "--with", "b.wasm"];
        let Command::Try { operation, json, beside, .. } = Arguments::parse_from(typed).command else { panic!("try") };
        assert_eq!((operation.as_deref(), json.as_str(), beside.with.len()), (Some("count"), "{\"a\":1}", 2));
    }
}
