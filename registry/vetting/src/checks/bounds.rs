//! Sizes: what a manifest declares stays inside the published limits, so that every later step is bounded.

use crate::rule::{Rule, shown};
use crate::walk;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::{HandlerKind, Words};
use toolcrib_contract::types::DECIMAL_COEF_MAX;
use toolcrib_contract::words;
use toolcrib_contract::{Manifest, Type, file, limits, view};

const RULE: Rule = Rule {
    check: "limits",
    why: (
        "限值是合同的一部分：超出后主机无法保持快速",
        "Limits are part of the contract: beyond them a host could not stay quick",
    ),
};

/// Lists of the manifest without a published limit of their own: events, reads, calls, requests.
const LIST: usize = 100;
/// Indexes of a record: each slows every write.
const INDEXES: usize = 16;
/// Characters of a declared text.
const TEXT_CHARS: u32 = 100_000;
/// Cases of an enum.
const CASES: usize = 200;
/// Characters of a doc comment.
const DOC_CHARS: usize = 2_000;

pub(crate) fn check(manifest: &Manifest) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut most = |place: String, have: usize, limit: usize, of: (&str, &str)| {
        let of = Words::from(of);
        if have > limit {
            found.push(RULE.error(
                place,
                words!("有 {have} {of}，最多允许 {limit}", "{have} {of}, at most {limit} are allowed"; of),
                ("把它变小，或拆分模块", "Make it smaller or split the module"),
            ));
        }
    };
    let whole = String::new;
    most(whole(), manifest.records.len(), limits::RECORDS, ("个记录", "records"));
    most(whole(), manifest.handlers.len(), limits::HANDLERS, ("个处理程序", "handlers"));
    most(whole(), manifest.events.len(), LIST, ("个事件", "events"));
    most(whole(), manifest.reads.len(), LIST, ("个读取", "reads"));
    most(whole(), manifest.calls.len(), LIST, ("个调用", "calls"));
    most(whole(), manifest.requests.len(), LIST, ("个请求", "requests"));
    for record in &manifest.records {
        let place = format!("record {}", shown(&record.name));
        most(place.clone(), record.fields.len(), limits::FIELDS, ("个字段", "fields"));
        most(place.clone(), record.indexes.len(), INDEXES, ("个索引", "indexes"));
        most(place, record.doc.chars().count(), DOC_CHARS, ("个帮助文字字符", "characters of help text"));
    }
    for read in &manifest.reads {
        let place = format!("read of {}", shown(&format!("{}/{}", read.module, read.record)));
        most(place.clone(), read.fields.len(), limits::FIELDS, ("个字段", "fields"));
        most(place, read.indexes.len(), INDEXES, ("个索引", "indexes"));
    }
    for handler in &manifest.handlers {
        most(
            format!("handler {}", shown(&handler.name)),
            handler.doc.chars().count(),
            DOC_CHARS,
            ("个帮助文字字符", "characters of help text"),
        );
    }
    found.extend(types(manifest));
    found.extend(files(manifest));
    let views = view::check::bounds(&manifest.views);
    found.extend(views.into_iter().map(|problem| RULE.error(problem.place, problem.what, problem.fix)));
    found
}

fn types(manifest: &Manifest) -> Vec<Finding> {
    let mut found = Vec::new();
    walk::roots(manifest, |place, ty| {
        let depth = walk::depth(ty);
        if depth > limits::TYPE_DEPTH {
            let what = words!(
                "类型嵌套了 {depth} 层，最多允许 {} 层",
                "A type is nested {depth} deep, at most {} is allowed",
                limits::TYPE_DEPTH
            );
            found.push(RULE.error(
                place,
                what,
                ("把它展平，或把内层做成单独的记录", "Flatten it, or make the inner part a record of its own"),
            ));
        }
    });
    walk::types(manifest, |place, ty| {
        let wrong = match ty {
            Type::Text { max } if *max == 0 || *max > TEXT_CHARS => Some((
                words!("文本长度为 {max} 个字符", "A text of {max} characters"),
                words!("请声明 1 到 {TEXT_CHARS}", "Declare 1 to {TEXT_CHARS}"),
            )),
            Type::Decimal { scale } if u32::from(*scale) > DECIMAL_COEF_MAX.ilog10() => Some((
                words!("小数点后有 {scale} 位", "A decimal with {scale} digits after the point"),
                ("请声明最多 17 位", "Declare at most 17").into(),
            )),
            Type::File { accept, max_bytes } if accept.is_empty() || !(1..=limits::FILE_BYTES).contains(max_bytes) => {
                let fix = words!(
                    "请声明 1 到 {} 字节，并写明可接受的类型",
                    "Declare 1 to {} bytes, and what it may be",
                    limits::FILE_BYTES
                );
                Some((words!("文件大小为 {max_bytes} 字节", "A file of {max_bytes} bytes"), fix))
            }
            Type::Enum { cases, .. } if cases.is_empty() || cases.len() > CASES => Some((
                words!("枚举有 {} 种取值", "An enum with {} cases", cases.len()),
                words!("请声明 1 到 {CASES} 种", "Declare 1 to {CASES}"),
            )),
            Type::Struct { fields, .. } if fields.len() > limits::FIELDS => Some((
                words!("结构有 {} 个字段", "A structure with {} fields", fields.len()),
                words!("最多 {} 个", "At most {} fit", limits::FIELDS),
            )),
            _ => None,
        };
        if let Some((what, fix)) = wrong {
            found.push(RULE.error(place, what, fix));
        }
    });
    found
}

/// Files stand among the parameters of commands: there the host looks for them.
fn files(manifest: &Manifest) -> Vec<Finding> {
    let mut found = Vec::new();
    for handler in manifest.handlers.iter().filter(|handler| handler.is_operation()) {
        let (place, input) = (format!("handler {}, input", shown(&handler.name)), &handler.input);
        let (mut all, direct) = (0, file::inputs(input).count());
        walk::within(&place, input, 0, &mut |_, ty| all += usize::from(matches!(ty, Type::File { .. })));
        if all > direct || (all > 0 && handler.kind != HandlerKind::Command) {
            let what = ("文件放在了不接受文件的位置", "A file where none is taken");
            found.push(RULE.error(
                place,
                what,
                (
                    "把它作为命令的参数，不要放在列表或结构里",
                    "Make it a parameter of a command, not part of a list or structure",
                ),
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    fn one(change: impl FnOnce(&mut Manifest)) -> String {
        let mut manifest = example::manifest();
        change(&mut manifest);
        let found = check(&manifest);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].what.clone()
    }

    fn nested(levels: usize) -> Type {
        (1..levels).fold(Type::Int, |of, _| Type::List { of: Box::new(of) })
    }

    #[test]
    fn each_limit_of_the_manifest_is_met_and_then_passed() {
        let output = |ty: Type| move |manifest: &mut Manifest| manifest.handlers[0].output = ty;
        let good = |change: &dyn Fn(&mut Manifest)| {
            let mut manifest = example::manifest();
            change(&mut manifest);
            assert_eq!(check(&manifest), []);
        };
        good(&|manifest| manifest.handlers[0].output = nested(limits::TYPE_DEPTH));
        assert!(one(output(nested(limits::TYPE_DEPTH + 1))).contains("nested 9 deep"));
        good(&|manifest| manifest.records = vec![manifest.records[0].clone(); limits::RECORDS]);
        one(|manifest| manifest.records = vec![manifest.records[0].clone(); limits::RECORDS + 1]);
        good(&|manifest| manifest.handlers = vec![manifest.handlers[0].clone(); limits::HANDLERS]);
        one(|manifest| manifest.handlers = vec![manifest.handlers[0].clone(); limits::HANDLERS + 1]);
        good(&|manifest| manifest.records[0].fields = vec![example::field("a", Type::Int); limits::FIELDS]);
        one(|manifest| manifest.records[0].fields = vec![example::field("a", Type::Int); limits::FIELDS + 1]);
        let view = toolcrib_contract::view::View::new(("看板", "Board"));
        good(&|manifest| manifest.views = vec![view.clone(); limits::VIEWS]);
        one(|manifest| manifest.views = vec![view.clone(); limits::VIEWS + 1]);
        one(output(Type::Text { max: 0 }));
        one(output(Type::Decimal { scale: 18 }));
        one(output(Type::Enum { name: "kind".into(), cases: vec![] }));
    }
}
