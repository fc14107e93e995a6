//! `cargo toolcrib new`: a small module that works, to be changed into another.

use crate::trouble::Trouble;
use std::path::{Path, PathBuf};
use toolcrib_contract::ModuleName;

/// What a new module begins as; each has a tutorial in `tutorials/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Template {
    /// Keeps records that people write and read.
    Records,
    /// Follows the signals of machines.
    Signals,
    /// Talks to another system.
    Connector,
}

/// A file of a template: where it goes, and its content.
type TemplateFile = (&'static str, &'static str);

macro_rules! template {
    ($folder:literal, $scenario:literal) => {
        [
            ("Cargo.toml", include_str!("../template/Cargo.toml.in")),
            (".gitignore", include_str!("../template/gitignore.in")),
            ("README.md", include_str!(concat!("../template/", $folder, "/README.md.in"))),
            ("toolcrib.toml", include_str!(concat!("../template/", $folder, "/toolcrib.toml.in"))),
            ("words.toml", include_str!(concat!("../template/", $folder, "/words.toml.in"))),
            ("src/lib.rs", include_str!(concat!("../template/", $folder, "/src/lib.rs.in"))),
            (
                concat!("scenarios/", $scenario),
                include_str!(concat!("../template/", $folder, "/scenarios/", $scenario, ".in")),
            ),
        ]
    };
}

impl Template {
    const fn files(self) -> [TemplateFile; 7] {
        match self {
            Self::Records => template!("records", "handover.json"),
            Self::Signals => template!("signals", "an-hour.json"),
            Self::Connector => template!("connector", "orders.json"),
        }
    }
}

/// Makes the folder `parent/name`. `sdk`: folder of the crate `toolcrib-sdk`; none: the one this program was built with.
///
/// # Errors
/// The name is none for a module, the folder exists already, there is no SDK, or the disk refuses.
pub fn module(parent: &Path, name: &str, template: Template, sdk: Option<&Path>) -> Result<PathBuf, Trouble> {
    if let Err(error) = name.parse::<ModuleName>() {
        return Err(Trouble::new(error.to_string(), "choose another name, for example `shift-remarks`"));
    }
    let sdk = sdk_folder(sdk)?;
    let folder = parent.join(name);
    std::fs::create_dir(&folder).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Trouble::new(format!("{} exists already", folder.display()), "choose another name, or remove the folder")
        }
        _ => Trouble::new(
            format!("{} cannot be made: {error}", folder.display()),
            "go to a folder that you may write to",
        ),
    })?;
    // As TOML writes texts: also a path with a quotation mark stays one.
    let path = toml::Value::from(sdk.to_string_lossy().into_owned()).to_string();
    let write = |name: &str, content: &str| {
        let file = folder.join(name);
        file.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&file, content))
    };
    let fill = |text: &str| text.replace("{{name}}", name).replace("{{sdk}}", &path).replace("{{title}}", &title(name));
    let written = template.files().iter().try_for_each(|(file, content)| write(file, &fill(content)));
    // The versions that the SDK itself is tested with; cargo drops those that the module does not use.
    let lock = sdk.ancestors().nth(2).and_then(|root| std::fs::read_to_string(root.join("Cargo.lock")).ok());
    let locked = lock.map_or(Ok(()), |lock| write("Cargo.lock", &lock));
    written.and(locked).map_err(|error| {
        Trouble::new(
            format!("{} cannot be written: {error}", folder.display()),
            "free space, remove the folder, and try again",
        )
    })?;
    Ok(folder)
}

/// The SDK's folder, checked.
fn sdk_folder(given: Option<&Path>) -> Result<PathBuf, Trouble> {
    let folder = given.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest"), Path::to_owned);
    let found = folder.canonicalize().ok().filter(|folder| folder.join("Cargo.toml").is_file());
    found.ok_or_else(|| {
        let what = format!("The SDK is not in {}", folder.display());
        Trouble::new(what, "name the folder of the crate toolcrib-sdk with --sdk")
    })
}

/// `shift-remarks` → `Shift remarks`.
fn title(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_folder_is_filled_and_never_overwritten() {
        let parent = tempfile::tempdir().unwrap();
        let folder = module(parent.path(), "shift-remarks", Template::Records, None).unwrap();
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        assert_eq!(manifest["package"]["name"].as_str(), Some("shift-remarks"));
        assert!(Path::new(manifest["dependencies"]["toolcrib-sdk"]["path"].as_str().unwrap()).is_absolute());
        assert!(std::fs::read_to_string(folder.join("src/lib.rs")).unwrap().contains("en: \"Shift remarks\""));
        assert!(
            module(parent.path(), "shift-remarks", Template::Records, None)
                .unwrap_err()
                .what
                .contains("exists already")
        );
    }

    #[test]
    fn a_bad_name_or_sdk_leaves_nothing_behind() {
        let parent = tempfile::tempdir().unwrap();
        for bad in ["", "Shift", "../x", "a/b", "a--b"] {
            assert!(module(parent.path(), bad, Template::Records, None).is_err(), "{bad}");
        }
        assert!(
            module(parent.path(), "good", Template::Signals, Some(parent.path())).unwrap_err().next.contains("--sdk")
        );
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
