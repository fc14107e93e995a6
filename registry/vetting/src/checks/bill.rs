//! The bill of materials: there and readable, no package with a known vulnerability, every licence allowed.

use super::licence;
use crate::knowledge::{Advisories, Kind};
use crate::rule::{Rule, shown};
use crate::sbom::{self, Kind as Use, LICENCES, SECTION, Sbom};
use toolcrib_contract::evidence::Dependency;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::words;
use wasmparser::{Parser, Payload};

const SBOM: Rule = Rule {
    check: "sbom",
    why: (
        "某个软件包被发现有漏洞时，市场必须知道哪些模块包含它",
        "When a package turns out to be vulnerable, the marketplace must know which modules contain it",
    ),
};
const ADVISORY: Rule = Rule {
    check: "advisories",
    why: ("已公开的漏洞，攻击者也知道", "What is known to be vulnerable is known to attackers too"),
};
const LICENCE: Rule = Rule {
    check: "dependency-licences",
    why: (
        "运行模块就是运行它的依赖；无论模块自身的条款如何，依赖的条款也必须允许",
        "Who runs the module runs its dependencies; their terms must allow that, whatever the module's own terms are",
    ),
};

/// Licences of dependencies that need no person's judgement: permissive, or copyleft of single files.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "MulanPSL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// What the sections of the component itself say; none: there is no bill of materials.
///
/// # Errors
/// There is one, and it is not understood.
pub(crate) fn read(component: &[u8]) -> Result<Option<Sbom>, Box<Finding>> {
    let (mut packages, mut licences, mut count) = (None, None, 0);
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            // The linker of cargo-auditable puts it into the core module, our own build at the end of the component.
            Payload::CustomSection(section) if section.name() == SECTION => {
                packages = Some(section.data());
                count += 1;
            }
            Payload::CustomSection(section) if depth == 0 && section.name() == LICENCES => {
                licences = Some(section.data());
            }
            _ => {}
        }
    }
    let refuse = |what: Words| {
        let fix = (
            "请用 `cargo toolcrib build` 构建，它会写入物料清单",
            "Build it with `cargo toolcrib build`, which writes it",
        );
        Box::new(SBOM.error(format!("custom section {}", shown(SECTION)), what, fix))
    };
    if count > 1 {
        return Err(refuse(words!("有 {count} 份软件物料清单", "There are {count} bills of materials")));
    }
    packages
        .map(|packages| Sbom::read(packages, licences))
        .transpose()
        .map_err(|error| refuse(words!("无法理解软件物料清单：{error}", "{error}")))
}

/// A component without one.
pub(crate) fn missing() -> Finding {
    let what = (
        "没有软件物料清单，无从知道它由什么组成",
        "There is no bill of materials, so nothing is known of what it is made of",
    );
    SBOM.warning(
        "",
        what,
        (
            "请用 `cargo toolcrib build` 或 cargo-auditable 构建",
            "Build it with `cargo toolcrib build`, or with cargo-auditable",
        ),
    )
}

/// The packages with what is known against them.
pub(crate) fn dependencies(sbom: &Sbom, advisories: Option<&Advisories>) -> Vec<Dependency> {
    let against = |package: &sbom::Package| -> Vec<String> {
        let known = advisories.into_iter().flat_map(|all| all.against(&package.name, &package.version));
        known.map(|advisory| advisory.id.clone()).collect()
    };
    let others = sbom.packages.iter().filter(|package| !package.root);
    let dependency = |package: &sbom::Package| Dependency {
        name: package.name.clone(),
        version: package.version.clone(),
        build: package.kind == Use::Build,
        licence: sbom.licence(package).unwrap_or_default().to_owned(),
        advisories: against(package),
    };
    others.map(dependency).collect()
}

/// Advisories against what the component is made of. What only ran while it was built is a note.
pub(crate) fn advisories(sbom: &Sbom, all: &Advisories) -> Vec<Finding> {
    let mut found = Vec::new();
    for package in sbom.packages.iter().filter(|package| !package.root) {
        for advisory in all.against(&package.name, &package.version) {
            let place = format!("dependency {}", shown(&format!("{} {}", package.name, package.version)));
            let (id, title) = (shown(&advisory.id), shown(&advisory.title));
            let fix = (
                "用 `cargo update` 更新，重新构建并提交新版本",
                "Update it with `cargo update`, build and submit a new version",
            );
            found.push(match (&advisory.kind, package.kind) {
                (_, Use::Build) => ADVISORY.note(
                    place,
                    words!("{id}：{title}；它只在构建时使用", "{id}: {title}; it is used for building only"),
                    fix,
                ),
                (Kind::Informational(word), _) => ADVISORY.note(
                    place,
                    words!("{id}（{}）：{title}", "{id}, {}: {title}", shown(word)),
                    ("请计划替换它", "Plan to replace it"),
                ),
                (Kind::Vulnerability, _) => ADVISORY.warning(place, words!("{id}：{title}", "{id}: {title}"), fix),
            });
        }
    }
    found
}

/// Licences of what is inside the component, one finding for each that needs a person.
pub(crate) fn licences(sbom: &Sbom) -> Vec<Finding> {
    let mut found = Vec::new();
    let inside = sbom.packages.iter().filter(|package| !package.root && package.kind == Use::Runtime);
    for package in inside {
        let place = format!("dependency {}", shown(&format!("{} {}", package.name, package.version)));
        let Some(text) = sbom.licence(package) else {
            let fix = (
                "请用 `cargo toolcrib build` 构建，并在该软件包的 Cargo.toml 中填写 `license`",
                "Build it with `cargo toolcrib build`, and give the package a `license` in its Cargo.toml",
            );
            found.push(LICENCE.warning(place, ("没有写明许可证", "Its licence is not told"), fix));
            continue;
        };
        // The older way to write a choice.
        let allowed = licence::allows(&text.replace('/', " OR "), |id| ALLOWED.contains(&id));
        if !allowed {
            let what = words!(
                "其许可证 {} 不属于无需人工判断的许可证",
                "Its licence {} is not among those that need no judgement",
                shown(text)
            );
            found.push(LICENCE.warning(
                place,
                what,
                ("替换它，或向审核员说明如何遵守其条款", "Replace it, or show the reviewer why its terms are kept"),
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sbom::Package;

    fn sbom(licence: &str, kind: Use) -> Sbom {
        let package = |name: &str, kind, root| {
            let (name, version, source) = (name.to_owned(), "1.0.0".to_owned(), "registry".to_owned());
            Package { name, version, source, kind, dependencies: Vec::new(), root }
        };
        let licences = [(licence.to_owned(), vec!["gear 1.0.0".to_owned()])].into();
        Sbom { packages: vec![package("press", Use::Runtime, true), package("gear", kind, false)], licences }
    }

    #[test]
    fn a_licence_is_allowed_when_a_choice_of_it_is() {
        for (licence, problems) in [
            ("MIT", 0),
            ("MIT/Apache-2.0", 0),
            ("GPL-3.0-only OR MIT", 0),
            ("GPL-3.0-only AND MIT", 1),
            ("Apache-2.0 WITH LLVM-exception", 0),
            ("GPL-3.0-only", 1),
            ("LicenseRef-Ours", 1),
            ("", 1),
            ("anything", 1),
        ] {
            assert_eq!(licences(&sbom(licence, Use::Runtime)).len(), problems, "{licence}");
        }
        assert_eq!(licences(&sbom("GPL-3.0-only", Use::Build)), []);
        assert_eq!(licences(&Sbom { licences: sbom::Licences::new(), ..sbom("MIT", Use::Runtime) }).len(), 1);
    }

    #[test]
    fn the_bill_is_found_in_the_component_or_in_its_core_module_and_only_once() {
        let escaped = |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| format!("{text}\\{byte:02x}"));
        let [(_, packages), (_, licences)] = sbom("MIT", Use::Runtime).sections();
        let (bill, terms) = (
            format!("(@custom \"{SECTION}\" \"{}\")", escaped(&packages)),
            format!("(@custom \"{LICENCES}\" \"{}\")", escaped(&licences)),
        );
        let read = |text: String| read(&wat::parse_str(text).unwrap());
        assert_eq!(read("(component)".into()), Ok(None));
        let own = read(format!("(component {bill} {terms})")).unwrap().unwrap();
        assert_eq!(own, sbom("MIT", Use::Runtime));
        let inner = read(format!("(component (core module {bill}) {terms})")).unwrap().unwrap();
        assert_eq!(inner, own);
        assert!(read(format!("(component {bill} (core module {bill}))")).unwrap_err().what.contains("2 bills"));
        assert_eq!(read(format!("(component (@custom \"{SECTION}\" \"x\"))")).unwrap_err().check, "sbom");
    }
}
