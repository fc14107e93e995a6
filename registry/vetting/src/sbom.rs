//! The bill of materials: which packages a component was made of, in the section `.dep-v0` as cargo-auditable writes it
//! (JSON, compressed with zlib), and their licences in a section of ours, which that form has no place for.

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name of the section with the packages.
pub const SECTION: &str = ".dep-v0";
/// Name of the section with their licences: JSON, from an SPDX expression to `name version` of the packages under it.
pub const LICENCES: &str = "toolcrib:licences";
/// Bytes of the packages, unpacked.
pub const SBOM_BYTES: usize = 2 << 20;
/// Packages of one component.
pub const PACKAGES: usize = 2_000;

const COMPRESSION: u8 = 9;

/// Everything a component was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sbom {
    pub packages: Vec<Package>,
    #[serde(skip)]
    pub licences: Licences,
}

/// From an SPDX expression to `name version` of the packages under it.
pub type Licences = BTreeMap<String, Vec<String>>;

/// One package. Others may have written further fields; they are passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// `registry`, `local`, `git`, or what another tool wrote.
    pub source: String,
    #[serde(default, skip_serializing_if = "Kind::is_runtime")]
    pub kind: Kind,
    /// Positions of those it uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<usize>,
    /// The module itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub root: bool,
}

/// When a package is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Build,
    #[default]
    Runtime,
}

impl Kind {
    fn is_runtime(&self) -> bool {
        *self == Self::Runtime
    }
}

impl Sbom {
    /// Contents of the two sections.
    pub fn sections(&self) -> [(&'static str, Vec<u8>); 2] {
        let json = serde_json::to_vec(self).expect("plain data");
        let licences = serde_json::to_vec(&self.licences).expect("plain data");
        [(SECTION, compress_to_vec_zlib(&json, COMPRESSION)), (LICENCES, licences)]
    }

    /// Reads both sections; the licences may be absent.
    ///
    /// # Errors
    /// What is wrong with them, a sentence.
    pub fn read(packages: &[u8], licences: Option<&[u8]>) -> Result<Self, String> {
        let json = decompress_to_vec_zlib_with_limit(packages, SBOM_BYTES)
            .map_err(|error| format!("It is no zlib data of at most {SBOM_BYTES} bytes: {:?}", error.status))?;
        let mut sbom: Self = serde_json::from_slice(&json)
            .map_err(|error| format!("It is not in the form of cargo-auditable: {error}"))?;
        let count = sbom.packages.len();
        if count > PACKAGES {
            return Err(format!("It lists {count} packages, at most {PACKAGES} are allowed"));
        }
        if sbom.packages.iter().flat_map(|package| &package.dependencies).any(|at| *at >= count) {
            return Err("A package depends on one that is not listed".to_owned());
        }
        if sbom.packages.iter().filter(|package| package.root).count() != 1 {
            return Err("Not exactly one package is the module itself".to_owned());
        }
        if let Some(licences) = licences {
            let read = serde_json::from_slice(licences);
            sbom.licences = read.map_err(|error| format!("`{LICENCES}` is not understood: {error}"))?;
        }
        Ok(sbom)
    }

    /// The licence of a package; none: it is not told.
    pub fn licence(&self, package: &Package) -> Option<&str> {
        let id = format!("{} {}", package.name, package.version);
        self.licences.iter().find(|(_, packages)| packages.contains(&id)).map(|(licence, _)| licence.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[usize], root: bool) -> Package {
        let (version, source) = ("1.0.0".to_owned(), "local".to_owned());
        let dependencies = dependencies.to_vec();
        Package { name: name.into(), version, source, kind: Kind::Runtime, dependencies, root }
    }

    #[test]
    fn what_is_written_is_read_again_and_small() {
        let packages = vec![package("press", &[1], true), package("sdk", &[], false)];
        let licences = [("MIT".to_owned(), vec!["sdk 1.0.0".to_owned()])].into();
        let sbom = Sbom { packages, licences };
        let [(_, packed), (_, licences)] = sbom.sections();
        let read = Sbom::read(&packed, Some(&licences)).unwrap();
        assert_eq!(read, sbom);
        assert_eq!((read.licence(&read.packages[1]), read.licence(&read.packages[0])), (Some("MIT"), None));
        // As others write it: unknown fields, and the usual kind left out.
        let json = br#"{"packages":[{"name":"a","version":"1.0.0","source":"git","kind":"build"},
            {"name":"b","version":"1.0.0","source":"local","root":true,"later":1}],"format":1}"#;
        let other = Sbom::read(&compress_to_vec_zlib(json, 6), None).unwrap();
        assert_eq!((other.packages[0].kind, other.packages[1].kind), (Kind::Build, Kind::Runtime));
    }

    #[test]
    fn what_is_no_bill_of_materials_is_told() {
        let told = |sbom: Sbom| Sbom::read(&sbom.sections()[0].1, None).unwrap_err();
        let of = |packages: Vec<Package>| Sbom { packages, ..Sbom::default() };
        assert!(told(of(vec![package("a", &[3], true)])).contains("not listed"));
        assert!(told(of(vec![package("a", &[], false)])).contains("the module itself"));
        assert!(told(of(vec![package("a", &[], false); PACKAGES + 1])).contains("2001 packages"));
        assert!(Sbom::read(b"{}", None).unwrap_err().contains("zlib"));
        let bomb = compress_to_vec_zlib(&vec![b' '; SBOM_BYTES + 1], 9);
        assert!(bomb.len() < 10_000 && Sbom::read(&bomb, None).unwrap_err().contains("at most"));
    }
}
