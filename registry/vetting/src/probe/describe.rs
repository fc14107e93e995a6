//! Asks a component what it is, twice: the answers must agree byte for byte, and nothing may be asked of the host.

use crate::rule::{Rule, shown};
use crate::walk;
use toolcrib_contract::codec::Decode;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::host::{Failure, Fault, Host, HostError, fault};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::words;
use toolcrib_contract::{Manifest, limits};
use toolcrib_sandbox::{Engine, Limits, Native, SandboxError};

const DESCRIBE: Rule = Rule {
    check: "describe",
    why: (
        "同意、表和接口都由组件对自身的描述生成，那时还没有任何企业",
        "Consent, tables and interfaces are made from what the component says of itself, before any tenant exists",
    ),
};
const SAME: Rule = Rule {
    check: "describe-differs",
    why: (
        "同意的必须就是运行的；前后说法不一的组件不可信",
        "What was agreed to must be what runs; a component that changes its story cannot be trusted",
    ),
};

/// WebAssembly operations of one description: a manifest is constants laid end to end.
const FUEL: u64 = 100_000_000;

/// The manifest and what is wrong with it. No manifest: the findings say why.
///
/// # Errors
/// The component does not fit the world.
pub(super) fn describe(engine: &Engine, native: &Native) -> Result<(Option<Manifest>, Vec<Finding>), SandboxError> {
    let module = engine.load::<Nothing>(native)?;
    let limits = Limits { fuel: Some(FUEL), ..Limits::default() };
    let mut answers = Vec::new();
    let mut found = Vec::new();
    for _ in 0..2 {
        let (host, bytes, _) = module.describe_bytes(Nothing::default(), limits.clone());
        if let Some(import) = host.asked {
            let what =
                words!("描述自身时它向主机请求 `{import}`", "It asks the host for `{import}` while it is described");
            found.push(DESCRIBE.error(
                "describe",
                what,
                (
                    "模块是什么不得取决于它在哪里；请用常量",
                    "What a module is must not depend on where it is; use constants",
                ),
            ));
        }
        match bytes {
            Ok(bytes) => answers.push(bytes),
            Err(fault) => found.push(failed(&fault)),
        }
        if !found.is_empty() {
            return Ok((None, found));
        }
    }
    if answers[0] != answers[1] {
        found.push(SAME.error(
            "describe",
            ("第二次描述自身时结果不同", "It describes itself differently the second time"),
            ("请只用常量", "Use constants only"),
        ));
        return Ok((None, found));
    }
    match Manifest::from_bytes(&answers[0]) {
        Ok(manifest) => Ok(bounded(manifest)),
        Err(error) => {
            let what = words!("它没有返回清单：{error}", "It returns no manifest: {error}");
            Ok((
                None,
                vec![DESCRIBE.error(
                    "describe",
                    what,
                    (
                        "请用本 SDK 的 `toolcrib_sdk::module!` 声明模块",
                        "Declare the module with `toolcrib_sdk::module!` of this SDK",
                    ),
                )],
            ))
        }
    }
}

/// A manifest that can go on as JSON: not nested beyond what its readers follow.
fn bounded(manifest: Manifest) -> (Option<Manifest>, Vec<Finding>) {
    let mut found = Vec::new();
    walk::roots(&manifest, |place, ty| {
        let depth = walk::depth(ty);
        if depth > limits::TYPE_DEPTH {
            let what = words!(
                "类型嵌套了 {depth} 层，最多允许 {} 层",
                "A type is nested {depth} deep, at most {} is allowed",
                limits::TYPE_DEPTH
            );
            found.push(DESCRIBE.error(
                place,
                what,
                ("把它展平，或把内层做成单独的记录", "Flatten it, or make the inner part a record of its own"),
            ));
        }
    });
    found.truncate(20);
    if found.is_empty() { (Some(manifest), found) } else { (None, found) }
}

fn failed(fault: &Fault) -> Finding {
    let fix = match fault.code {
        fault::TIMEOUT => ("不要在模块启动或描述时做工作", "Do no work when the module starts or is described"),
        fault::LIMIT => ("在模块启动或描述时少预留内存", "Reserve less memory when the module starts or is described"),
        _ => ("请运行模块自己的测试；`describe` 不得失败", "Run the module's own tests; `describe` must not fail"),
    };
    DESCRIBE.error(
        "describe",
        words!("无法描述：{}（{}）", "It cannot be described: {} ({})", fault.detail, shown(fault.code)),
        fix,
    )
}

/// A host that has nothing and remembers what it was asked first.
#[derive(Default)]
struct Nothing {
    asked: Option<&'static str>,
}

impl Nothing {
    fn refuse<T>(&mut self, import: &'static str) -> Result<T, HostError> {
        self.asked.get_or_insert(import);
        Err(HostError::fault(fault::MALFORMED, format!("`{import}` was called outside a handler")))
    }
}

impl Host for Nothing {
    fn insert(&mut self, _: &str, _: &[u8], _: u32) -> Result<Vec<RawId>, HostError> {
        self.refuse("records.insert")
    }
    fn get(&mut self, _: &str, _: RawId) -> Result<Option<Vec<u8>>, HostError> {
        self.refuse("records.get")
    }
    fn update(&mut self, _: &str, _: RawId, _: u64, _: &[u8]) -> Result<u64, HostError> {
        self.refuse("records.update")
    }
    fn delete(&mut self, _: &str, _: RawId, _: u64) -> Result<(), HostError> {
        self.refuse("records.delete")
    }
    fn select(&mut self, _: &str, _: &[u8]) -> Result<Vec<u8>, HostError> {
        self.refuse("records.select")
    }
    fn shared_get(&mut self, _: &str, _: &str, _: RawId) -> Result<Option<Vec<u8>>, HostError> {
        self.refuse("shared.get")
    }
    fn shared_select(&mut self, _: &str, _: &str, _: &[u8]) -> Result<Vec<u8>, HostError> {
        self.refuse("shared.select")
    }
    fn emit(&mut self, _: &str, _: &[u8]) -> Result<(), HostError> {
        self.refuse("events.emit")
    }
    fn set_timer(&mut self, _: &str, _: &str, _: Instant, _: &[u8]) -> Result<(), HostError> {
        self.refuse("timers.set")
    }
    fn cancel_timer(&mut self, _: &str, _: &str) -> Result<bool, HostError> {
        self.refuse("timers.cancel")
    }
    fn send_effect(&mut self, _: &str, _: &str, _: &[u8]) -> Result<RawId, HostError> {
        self.refuse("effects.send")
    }
    fn call(&mut self, _: &str, _: &str, _: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        self.refuse("operations.call")
    }
    fn fetch(&mut self, _: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        self.refuse("connect.fetch")
    }
    fn run(&mut self, _: &str, _: &[u8]) -> Result<Result<Vec<u8>, Failure>, HostError> {
        self.refuse("connect.run")
    }
    fn samples(&mut self, _: &str, _: Instant, _: Instant, _: u32) -> Result<Vec<u8>, HostError> {
        self.refuse("readings.samples")
    }
    fn log(&mut self, _: u8, _: &str) {
        self.asked.get_or_insert("log.write");
    }
}
