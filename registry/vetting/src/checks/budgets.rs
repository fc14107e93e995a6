//! Budgets of the code: what a host's compiler and loader meet is far below what the format allows.
//!
//! The inspection has refused what no host would load; these are the figures of a well-built module with room to spare.

use crate::rule::{Rule, shown};
use toolcrib_contract::finding::Finding;
use toolcrib_contract::limits;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::words;
use wasmparser::{Operator, Parser, Payload, TypeRef};

const RULE: Rule = Rule {
    check: "budgets",
    why: (
        "每台主机的编译时间和内存都随之增长；格式本身允许的是这里的百倍",
        "Compile time and memory of every host grow with them; the format itself allows a hundred times more",
    ),
};

/// Local variables of one function: register allocation grows faster than their number.
const LOCALS: u32 = 5_000;
/// Bytes of one function's body.
const BODY_BYTES: usize = 512 << 10;
/// Blocks inside one another; a `match` over many cases makes some hundreds.
const NESTING: u32 = 1_000;
/// Types of one core module, and of the component.
const TYPES: u32 = 5_000;
/// Globals of one core module.
const GLOBALS: u32 = 1_000;
/// Imports and exports of one core module.
const NAMES: u32 = 1_000;
/// Data segments of one core module, and their bytes over all modules.
const SEGMENTS: u32 = 10_000;
const DATA_BYTES: usize = 3 << 20;
/// Aliases, instances and canonical functions of the component.
const COMPONENT_ITEMS: u32 = 2_000;
/// Findings of one component.
const FINDINGS: usize = 20;

/// What was counted over the whole component.
#[derive(Default)]
struct Sum {
    data_bytes: usize,
    items: u32,
    types: u32,
    functions: u32,
    found: Vec<Finding>,
}

impl Sum {
    fn most(&mut self, place: &str, have: u64, limit: u64, of: (&str, &str)) {
        if have > limit && self.found.len() < FINDINGS {
            let of = Words::from(of);
            let fix = (
                "拆分它，或使用更小的依赖；请用 `cargo toolcrib build` 构建",
                "Split it, or use smaller dependencies; build with `cargo toolcrib build`",
            );
            self.found.push(RULE.error(
                place,
                words!("有 {have} {of}，最多允许 {limit}", "{have} {of}, at most {limit} are allowed"; of),
                fix,
            ));
        }
    }
}

/// Walks all sections and all code once.
pub(crate) fn check(component: &[u8]) -> Vec<Finding> {
    let mut sum = Sum::default();
    // What cannot be read is told by the inspection, which reads everything before this.
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        section(&payload, &mut sum);
    }
    let (data, items, types) = (sum.data_bytes as u64, u64::from(sum.items), u64::from(sum.types));
    sum.most("data", data, DATA_BYTES as u64, ("字节数据段", "bytes of data segments"));
    sum.most("component", items, COMPONENT_ITEMS.into(), ("个别名、实例和函数", "aliases, instances and functions"));
    sum.most("component", types, TYPES.into(), ("个类型", "types"));
    sum.found
}

fn section(payload: &Payload<'_>, sum: &mut Sum) {
    let module = "core module";
    match payload {
        Payload::TypeSection(section) => sum.most(module, section.count().into(), TYPES.into(), ("个类型", "types")),
        Payload::GlobalSection(section) => {
            sum.most(module, section.count().into(), GLOBALS.into(), ("个全局变量", "globals"))
        }
        Payload::ImportSection(section) => {
            sum.most(module, section.count().into(), NAMES.into(), ("个引入", "imports"));
            for import in section.clone().into_imports().map_while(Result::ok) {
                if let TypeRef::Memory(memory) = import.ty {
                    memory_bounds("imported memory", memory.maximum, sum);
                }
            }
        }
        Payload::ExportSection(section) => {
            sum.most(module, section.count().into(), NAMES.into(), ("个导出", "exports"))
        }
        Payload::MemorySection(section) => {
            for memory in section.clone().into_iter().map_while(Result::ok) {
                memory_bounds("memory", memory.maximum, sum);
            }
        }
        Payload::TableSection(section) => {
            for table in section.clone().into_iter().map_while(Result::ok) {
                let most = limits::TABLE_ELEMENTS as u64;
                sum.most(
                    "table",
                    table.ty.maximum.unwrap_or(0),
                    most,
                    ("个元素作为声明的上限", "elements as its declared maximum"),
                );
            }
        }
        Payload::DataSection(section) => {
            sum.most(module, section.count().into(), SEGMENTS.into(), ("个数据段", "data segments"));
            let data = section.clone().into_iter().map_while(Result::ok);
            sum.data_bytes += data.map(|data| data.data.len()).sum::<usize>();
        }
        Payload::CodeSectionEntry(body) => {
            sum.functions += 1;
            code(body, sum);
        }
        Payload::ComponentTypeSection(section) => sum.types = sum.types.saturating_add(section.count()),
        Payload::CoreTypeSection(section) => sum.types = sum.types.saturating_add(section.count()),
        Payload::ComponentAliasSection(section) => sum.items = sum.items.saturating_add(section.count()),
        Payload::ComponentCanonicalSection(section) => sum.items = sum.items.saturating_add(section.count()),
        Payload::ComponentInstanceSection(section) => sum.items = sum.items.saturating_add(section.count()),
        _ => {}
    }
}

fn memory_bounds(place: &str, maximum: Option<u64>, sum: &mut Sum) {
    let most = (limits::MEMORY_BYTES >> 16) as u64;
    sum.most(place, maximum.unwrap_or(0), most, ("页作为声明的上限", "pages as its declared maximum"));
}

fn code(body: &wasmparser::FunctionBody<'_>, sum: &mut Sum) {
    let place = format!("function {}", shown(&(sum.functions - 1).to_string()));
    sum.most(&place, body.as_bytes().len() as u64, BODY_BYTES as u64, ("字节代码", "bytes of code"));
    let locals = body.get_locals_reader().map_or(0, |reader| {
        let groups = reader.into_iter().map_while(Result::ok);
        groups.fold(0u64, |all, (count, _)| all.saturating_add(count.into()))
    });
    sum.most(&place, locals, LOCALS.into(), ("个局部变量", "local variables"));
    let Ok(operators) = body.get_operators_reader() else { return };
    let (mut depth, mut deepest) = (0u32, 0u32);
    for operator in operators.into_iter().map_while(Result::ok) {
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            Operator::End => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    sum.most(&place, deepest.into(), NESTING.into(), ("层嵌套块", "blocks inside one another"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(module: &str) -> Vec<String> {
        let component = wat::parse_str(format!("(component (core module {module}))")).unwrap();
        check(&component).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn each_budget_is_met_and_then_passed() {
        let locals = |count: u32| format!("(func (local {}))", "i32 ".repeat(count as usize));
        let nested = |depth: u32| {
            let (open, close) = ("(block ".repeat(depth as usize), ")".repeat(depth as usize));
            format!("(func {open}{close})")
        };
        let globals = |count: u32| "(global i32 (i32.const 0))".repeat(count as usize);
        let max = limits::MEMORY_BYTES >> 16;
        for (good, bad, what) in [
            (locals(LOCALS), locals(LOCALS + 1), "5001 local variables"),
            (nested(NESTING), nested(NESTING + 1), "1001 blocks"),
            (globals(GLOBALS), globals(GLOBALS + 1), "1001 globals"),
            (format!("(memory 1 {max})"), format!("(memory 1 {})", max + 1), "1025 pages"),
            ("(table 1 9 funcref)".into(), "(table 1 20001 funcref)".into(), "20001 elements"),
        ] {
            assert_eq!(told(&good), [""; 0], "{what}");
            let told = told(&bad);
            assert!(told.len() == 1 && told[0].starts_with(what), "{told:?}");
        }
        let long = format!("(func {})", "(drop (i64.const -1000000000000))".repeat(80_000));
        assert!(told(&long)[0].contains("bytes of code"));
        let data = format!("(memory 64) (data (i32.const 0) \"{}\")", "x".repeat(DATA_BYTES + 1));
        assert!(told(&data)[0].contains("bytes of data"));
    }
}
