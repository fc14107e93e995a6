//! The bill of materials: what cargo resolved for the module, without what only its tests use.

use super::project::{Project, metadata};
use crate::trouble::Trouble;
use serde::Deserialize;
use std::collections::BTreeMap;
use toolcrib_vetting::sbom::{Kind, Package, Sbom};

#[derive(Deserialize)]
struct Resolved {
    packages: Vec<Described>,
    resolve: Graph,
}

#[derive(Deserialize)]
struct Described {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Graph {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
struct EdgeKind {
    /// None: a normal dependency.
    kind: Option<String>,
}

/// What the project is made of for the target of modules. May download what is missing.
///
/// # Errors
/// Cargo finds no set of versions, or cannot download.
pub(super) fn of(project: &Project) -> Result<Sbom, Trouble> {
    let args = ["--filter-platform", super::compiler::TARGET];
    let resolved: Resolved = metadata(&project.dir.join("Cargo.toml"), &args)?;
    let root = resolved.packages.iter().find(|package| package.name == project.package && package.source.is_none());
    let root = root.map(|package| package.id.clone()).unwrap_or_default();
    Ok(bill(&resolved, &root))
}

fn bill(resolved: &Resolved, root: &str) -> Sbom {
    let kinds = kinds(resolved, root);
    let mut used: Vec<_> =
        resolved.packages.iter().filter_map(|package| Some((package, *kinds.get(package.id.as_str())?))).collect();
    used.sort_by(|(a, _), (b, _)| (&a.name, &a.version, &a.id).cmp(&(&b.name, &b.version, &b.id)));
    let place: BTreeMap<_, _> = used.iter().enumerate().map(|(at, (package, _))| (package.id.as_str(), at)).collect();
    let mut sbom = Sbom::default();
    for (package, kind) in &used {
        let node = resolved.resolve.nodes.iter().find(|node| node.id == package.id);
        let uses = node.into_iter().flat_map(|node| &node.deps).filter(|edge| edge.kind().is_some());
        let mut dependencies: Vec<_> = uses.filter_map(|edge| place.get(edge.pkg.as_str()).copied()).collect();
        dependencies.sort_unstable();
        sbom.packages.push(Package {
            name: package.name.clone(),
            version: package.version.clone(),
            source: source(package.source.as_deref()),
            kind: *kind,
            dependencies,
            root: package.id == root,
        });
        if let Some(licence) = &package.license {
            let id = format!("{} {}", package.name, package.version);
            sbom.licences.entry(licence.clone()).or_default().push(id);
        }
    }
    sbom
}

/// How each package is used at most: at run time, or while building only. What nothing but tests use is left out.
fn kinds<'a>(resolved: &'a Resolved, root: &'a str) -> BTreeMap<&'a str, Kind> {
    let nodes: BTreeMap<_, _> = resolved.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let runs_in_compiler = |id: &str| {
        let package = resolved.packages.iter().find(|package| package.id == id);
        package.is_some_and(|package| {
            package.targets.iter().any(|target| target.kind.iter().any(|kind| kind == "proc-macro"))
        })
    };
    let mut kinds = BTreeMap::new();
    let mut open = vec![(root, Kind::Runtime)];
    while let Some((id, kind)) = open.pop() {
        if kinds.get(id).is_some_and(|known| *known >= kind) {
            continue;
        }
        kinds.insert(id, kind);
        for edge in nodes.get(id).into_iter().flat_map(|node| &node.deps) {
            let Some(used) = edge.kind() else { continue };
            let used = if runs_in_compiler(&edge.pkg) { Kind::Build } else { used };
            open.push((&edge.pkg, used.min(kind)));
        }
    }
    kinds
}

impl Edge {
    /// None: only tests use it.
    fn kind(&self) -> Option<Kind> {
        let kinds = self.dep_kinds.iter().filter_map(|kind| match kind.kind.as_deref() {
            None => Some(Kind::Runtime),
            Some("build") => Some(Kind::Build),
            Some(_) => None,
        });
        kinds.max()
    }
}

/// As cargo-auditable names kinds of sources: without addresses.
fn source(source: Option<&str>) -> String {
    let kind = source.map(|source| source.split('+').next().unwrap_or_default());
    match kind {
        None => "local",
        Some("git") => "git",
        Some(_) => "registry",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_as_it_is_used_at_most() {
        let json = r#"{"packages": [
            {"id": "m", "name": "module", "version": "1.0.0", "license": null, "source": null, "targets": []},
            {"id": "s", "name": "sdk", "version": "0.1.0", "license": "MIT", "source": null, "targets": []},
            {"id": "d", "name": "derive", "version": "2.0.0", "license": "MIT",
             "source": "git+https://example.com/derive", "targets": [{"kind": ["proc-macro"]}]},
            {"id": "q", "name": "quote", "version": "1.0.0", "license": "MIT", "source": "registry+x", "targets": []},
            {"id": "t", "name": "tests", "version": "1.0.0", "license": "MIT", "source": "registry+x", "targets": []}],
          "resolve": {"nodes": [
            {"id": "m", "deps": [{"pkg": "s", "dep_kinds": [{"kind": null}]}, {"pkg": "t", "dep_kinds": [{"kind": "dev"}]}]},
            {"id": "s", "deps": [{"pkg": "d", "dep_kinds": [{"kind": null}]}]},
            {"id": "d", "deps": [{"pkg": "q", "dep_kinds": [{"kind": null}]}]}]}}"#;
        let sbom = bill(&serde_json::from_str(json).unwrap(), "m");
        let told: Vec<_> = sbom
            .packages
            .iter()
            .map(|package| (package.name.as_str(), package.kind, package.source.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("derive", Kind::Build, "git"),
                ("module", Kind::Runtime, "local"),
                ("quote", Kind::Build, "registry"),
                ("sdk", Kind::Runtime, "local"),
            ]
        );
        assert!(sbom.packages[1].root && sbom.packages[1].dependencies == [3]);
        assert_eq!(sbom.licences["MIT"], ["derive 2.0.0", "quote 1.0.0", "sdk 0.1.0"]);
    }
}
