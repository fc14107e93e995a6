//! Judges a component without running any of it: form, size, features, and that it asks only for our world.
//!
//! What passes here may still be refused by vetting, which compares the imports with the manifest and its consent.

mod walk;

use crate::config::{FEATURES, MEMORIES, TABLES};
use crate::engine::hex;
use crate::world::{EXPORTS, PACKAGE, TYPES, VERSION, functions};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::package::unseal;
use toolcrib_contract::words;
use walk::{PAGE_BYTES, Walk};
use wasmtime::wasmparser::component_types::ComponentEntityType;
use wasmtime::wasmparser::types::Types;
use wasmtime::wasmparser::{Validator, WasmFeatures};

/// A function that a component imports from one of our interfaces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// Without package and version: `records`.
    pub interface: String,
    pub function: String,
}

/// What a component is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// `sha256:<hex>` of all bytes.
    pub digest: String,
    pub bytes: usize,
    /// In order, each once.
    pub imports: Vec<Import>,
    /// Names; exactly `describe` and `handle`.
    pub exports: Vec<String>,
    /// What the custom section [`toolcrib_contract::package::SECTION`] holds, unpacked; as it is when it is damaged.
    pub package: Option<Vec<u8>>,
    pub core_modules: u32,
    /// Functions with a body, all core modules together.
    pub functions: u32,
    pub memory_bytes_initial: u64,
    pub table_elements_initial: u64,
}

impl Inspection {
    /// Our interfaces of which it imports a function: what it can possibly do.
    pub fn interfaces(&self) -> BTreeSet<&str> {
        self.imports.iter().map(|import| import.interface.as_str()).collect()
    }
}

/// One thing wrong with a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectError {
    /// Stable, kebab case.
    pub code: &'static str,
    /// What is wrong.
    pub what: Words,
    /// What to do.
    pub fix: Words,
}

impl std::fmt::Display for InspectError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}); {}", self.what.en, self.code, self.fix.en)
    }
}

const BUILD: (&str, &str) = ("请用 `cargo toolcrib build` 构建模块", "build the module with `cargo toolcrib build`");

fn wrong(code: &'static str, what: impl Into<Words>, fix: impl Into<Words>) -> InspectError {
    InspectError { code, what: what.into(), fix: fix.into() }
}

/// Inspects a component. No code runs.
///
/// # Errors
/// Everything wrong with it at once; only a file that is no component at all gives a single error.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, Vec<InspectError>> {
    form(bytes).map_err(|error| vec![error])?;
    let walk = walk::walk(bytes).map_err(|error| vec![unreadable(&error)])?;
    let mut errors = Vec::new();
    let types = valid(bytes, &mut errors);
    let imports = imports(&walk, types.as_ref(), &mut errors);
    exports(&walk, &mut errors);
    sizes(&walk, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let counts = walk.instantiated();
    Ok(Inspection {
        digest: format!("sha256:{}", hex(&Sha256::digest(bytes))),
        bytes: bytes.len(),
        imports: imports.into_iter().collect(),
        exports: walk.exports.iter().map(|(name, _)| name.clone()).collect(),
        package: walk.packages.into_iter().next().map(|content| match unseal(&content) {
            Some(json) => json.into_owned(),
            None => content,
        }),
        core_modules: walk.modules.len() as u32,
        functions: walk.modules.iter().map(|module| module.functions).sum(),
        memory_bytes_initial: counts.memory_pages.saturating_mul(PAGE_BYTES),
        table_elements_initial: counts.table_elements,
    })
}

/// Whether the bytes are a component at all.
fn form(bytes: &[u8]) -> Result<(), InspectError> {
    let max = limits::COMPONENT_BYTES;
    if bytes.len() > max {
        let fix = (
            "去掉不需要的内容，并用 `opt-level = \"s\"` 和 `strip` 构建",
            "leave out what is not needed, and build with `opt-level = \"s\"` and `strip`",
        );
        return Err(wrong(
            "too-large",
            words!(
                "文件有 {} 字节；组件最多 {max} 字节",
                "the file has {} bytes; a component has at most {max}",
                bytes.len()
            ),
            fix,
        ));
    }
    if wasmtime::Engine::detect_precompiled(bytes).is_some() {
        return Err(wrong(
            "precompiled",
            ("文件是本机代码", "the file is native code"),
            ("请发送组件本身；只有主机才编译", "send the component itself; only hosts compile"),
        ));
    }
    match bytes {
        [b'\0', b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => Ok(()),
        [b'\0', b'a', b's', b'm', 1, 0, 0, 0, ..] => {
            Err(wrong("core-module", ("文件是核心模块，不是组件", "the file is a core module, not a component"), BUILD))
        }
        [] => Err(wrong("empty", ("文件是空的", "the file is empty"), BUILD)),
        [b'\0', b'a', b's', b'm', ..] if bytes.len() >= 8 => Err(wrong(
            "other-binary-format",
            ("文件是这里不认识的 WebAssembly 版本", "the file is WebAssembly of a version that is not known here"),
            BUILD,
        )),
        [b'\0', b'a', b's', b'm', ..] => Err(wrong(
            "truncated",
            ("文件在前八个字节之内就结束了", "the file ends inside its first eight bytes"),
            ("请发送完整的文件", "send the whole file"),
        )),
        _ if std::str::from_utf8(bytes).is_ok_and(|text| text.trim_start().starts_with('(')) => Err(wrong(
            "text",
            ("文件是 WebAssembly 文本", "the file is WebAssembly text"),
            ("请发送二进制形式", "send the binary form"),
        )),
        _ => Err(wrong("not-wasm", ("文件不是 WebAssembly", "the file is not WebAssembly"), BUILD)),
    }
}

fn unreadable(error: &wasmtime::wasmparser::Error) -> InspectError {
    let what = words!("第 {} 字节：{}", "byte {}: {}", error.offset(), error.message());
    if error.message().contains("unexpected end") {
        return wrong("truncated", what, ("请发送完整的文件", "send the whole file"));
    }
    wrong("malformed", what, BUILD)
}

/// Validates with our features. The types come from a second try with all features, so that the imports can be judged
/// in the same pass.
fn valid(bytes: &[u8], errors: &mut Vec<InspectError>) -> Option<Types> {
    match Validator::new_with_features(FEATURES).validate_all(bytes) {
        Ok(types) => Some(types),
        Err(error) => {
            let what = words!("第 {} 字节：{}", "byte {}: {}", error.offset(), error.message());
            let every = Validator::new_with_features(WasmFeatures::all()).validate_all(bytes);
            errors.push(match every {
                Ok(_) => wrong(
                    "feature",
                    what,
                    (
                        "请以 Rust 目标 `wasm32-unknown-unknown` 构建，不启用额外的目标特性",
                        "build for the Rust target `wasm32-unknown-unknown` without extra target features",
                    ),
                ),
                Err(_) => wrong("invalid", what, BUILD),
            });
            every.ok()
        }
    }
}

fn imports(walk: &Walk, types: Option<&Types>, errors: &mut Vec<InspectError>) -> BTreeSet<Import> {
    let mut found = BTreeSet::new();
    for name in &walk.imports {
        let item = types.and_then(|types| types.component_item_for_import(name)).map(|item| item.ty);
        if TYPES.contains(&name.as_str()) && matches!(item, Some(ComponentEntityType::Type { .. })) {
            continue;
        }
        let known = match interface(name) {
            Ok(known) => known,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let Some(types) = types else { continue };
        let Some(ComponentEntityType::Instance(instance)) = item else {
            errors.push(wrong(
                "unknown-import",
                words!(
                    "`{name}` 是作为接口以外的东西引入的",
                    "`{name}` is imported as something else than an interface"
                ),
                BUILD,
            ));
            continue;
        };
        for (function, item) in &types[instance].exports {
            match item.ty {
                ComponentEntityType::Type { .. } => {}
                ComponentEntityType::Func(_) if known.1.contains(&function.as_str()) => {
                    found.insert(Import { interface: known.0.to_owned(), function: function.clone() });
                }
                _ => errors.push(wrong(
                    "unknown-import",
                    words!("`{name}` 没有函数 `{function}`", "`{name}` has no function `{function}`"),
                    newer(),
                )),
            }
        }
    }
    found
}

/// The interface of ours that an import names, with its functions.
fn interface(name: &str) -> Result<(&str, &'static [&'static str]), InspectError> {
    let unknown = |fix: Words| {
        wrong(
            "unknown-import",
            words!("引入了 `{name}`；没有主机提供它", "`{name}` is imported; no host offers it"),
            fix,
        )
    };
    let path = name.split_once('/').filter(|(package, _)| *package == PACKAGE);
    let Some((_, path)) = path else {
        let wasi = (
            "请以 `wasm32-unknown-unknown` 构建，不要用 WASI；`cargo toolcrib build` 就是这样做的",
            "build for `wasm32-unknown-unknown`, not for WASI; `cargo toolcrib build` does",
        );
        return Err(unknown(if name.starts_with("wasi:") { wasi.into() } else { BUILD.into() }));
    };
    let (interface, version) = path.split_once('@').unwrap_or((path, ""));
    if version != VERSION {
        return Err(wrong(
            "other-version",
            words!("引入了 `{name}`；本主机使用的是 {VERSION}", "`{name}` is imported; this host speaks {VERSION}"),
            newer(),
        ));
    }
    functions(interface).map(|functions| (interface, functions)).ok_or_else(|| unknown(newer()))
}

fn newer() -> Words {
    words!("请用 `{PACKAGE}@{VERSION}` 的 SDK 构建", "build with the SDK for `{PACKAGE}@{VERSION}`")
}

fn exports(walk: &Walk, errors: &mut Vec<InspectError>) {
    for name in EXPORTS {
        if !walk.exports.iter().any(|(known, function)| known == name && *function) {
            errors.push(wrong(
                "missing-export",
                words!("没有导出函数 `{name}`", "the function `{name}` is not exported"),
                ("请用 `toolcrib_sdk::module!` 声明模块", "declare the module with `toolcrib_sdk::module!`"),
            ));
        }
    }
    for (name, _) in walk.exports.iter().filter(|(name, _)| !EXPORTS.contains(&name.as_str())) {
        errors.push(wrong(
            "unknown-export",
            words!("导出了 `{name}`", "`{name}` is exported"),
            ("请只导出 `describe` 和 `handle`", "export `describe` and `handle` only"),
        ));
    }
}

fn sizes(walk: &Walk, errors: &mut Vec<InspectError>) {
    let mut most = |code, found: u64, max: u64, what: (&str, &str), fix: (&str, &str)| {
        if found > max {
            let what = Words::from(what);
            errors.push(wrong(
                code,
                words!("有 {found} {what}；最多 {max}", "{found} {what}; at most {max}"; what),
                fix,
            ));
        }
    };
    let counts = walk.instantiated();
    let functions = walk.modules.iter().map(|module| u64::from(module.functions)).sum();
    most(
        "functions",
        functions,
        limits::FUNCTIONS.into(),
        ("个函数", "functions"),
        ("拆分模块，或使用更小的依赖", "split the module, or use smaller dependencies"),
    );
    most("nested-components", walk.components, 0, ("个组件内的组件", "components inside the component"), BUILD);
    most(
        "core-instances",
        counts.instances,
        crate::config::CORE_INSTANCES.into(),
        ("个核心实例", "core instances"),
        BUILD,
    );
    most(
        "memories",
        counts.memories,
        MEMORIES.into(),
        ("个线性内存", "linear memories"),
        ("请只用一个线性内存", "use one linear memory"),
    );
    most("tables", counts.tables, TABLES.into(), ("个表", "tables"), BUILD);
    let memory = counts.memory_pages.saturating_mul(PAGE_BYTES);
    most(
        "memory",
        memory,
        limits::MEMORY_BYTES as u64,
        ("字节初始内存", "bytes of initial memory"),
        ("请少预留静态内存", "reserve less static memory"),
    );
    most(
        "table-elements",
        counts.table_elements,
        limits::TABLE_ELEMENTS as u64,
        ("个表元素", "table elements"),
        ("请少用函数指针", "use fewer function pointers"),
    );
    most(
        "packages",
        walk.packages.len() as u64,
        1,
        ("个 `toolcrib:package` 段", "`toolcrib:package` sections"),
        ("请只保留一个", "keep one"),
    );
    let package = walk.packages.iter().map(|package| package.len() as u64).max().unwrap_or(0);
    most(
        "package",
        package,
        toolcrib_contract::package::PACKAGE_BYTES as u64,
        ("字节的包", "bytes of package"),
        ("请缩短上架信息和场景", "shorten listing and scenarios"),
    );
}
