//! Calls of other modules' operations: typed as the owner declares them.

use crate::rule::{Rule, misnamed, shown};
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::{HandlerDef, Words};
use toolcrib_contract::words;
use toolcrib_contract::{Manifest, ModuleName};

const RULE: Rule = Rule {
    check: "calls",
    why: (
        "类型与操作不一致的调用，在每家企业都会被拒绝",
        "A call whose types differ from the operation's is refused in every tenant",
    ),
};

pub(crate) fn check(manifest: &Manifest, others: &[Manifest]) -> Vec<Finding> {
    let mut found = Vec::new();
    for call in &manifest.calls {
        let place = format!("call of {}", shown(&format!("{}/{}", call.module, call.operation)));
        if let Err(error) = call.module.parse::<ModuleName>() {
            found.push(RULE.error(
                &place,
                misnamed(&call.module, &error),
                ("请改正 #[operation_of] 中的 `module`", "Correct `module` in #[operation_of]"),
            ));
            continue;
        }
        if call.module == manifest.module {
            found.push(RULE.error(
                &place,
                ("它通过主机调用自己", "It calls itself through the host"),
                ("请直接调用函数", "Call the function"),
            ));
            continue;
        }
        let Some(owner) = others.iter().find(|other| other.module == call.module) else {
            let what = words!(
                "这里不了解 {}，因此无法比对",
                "Nothing is known of {}, so this cannot be compared",
                shown(&call.module)
            );
            found.push(RULE.warning(
                &place,
                what,
                (
                    "先发布那个模块，或用 --with 把它交给检查程序",
                    "Publish that module first, or give it to the check with --with",
                ),
            ));
            continue;
        };
        match owner.handler(&call.operation).map(|(_, def)| def).filter(|def| def.is_transaction()) {
            None => found.push(RULE.error(&place, ("没有这样的操作", "There is no such operation"), operations(owner))),
            Some(def) => {
                if !def.input.same_shape(&call.input) {
                    found.push(RULE.error(
                        &place,
                        ("参数与该操作的不一致", "The parameters differ from the operation's"),
                        ("请按相同的顺序声明相同的名称和类型", "Declare the same names and types, in the same order"),
                    ));
                }
                if !def.output.same_shape(&call.output) {
                    found.push(RULE.error(
                        &place,
                        ("输出与该操作的不一致", "The output differs from the operation's"),
                        ("请声明相同的类型", "Declare the same type"),
                    ));
                }
            }
        }
    }
    found
}

fn operations(owner: &Manifest) -> Words {
    let names: Vec<_> =
        owner.handlers.iter().filter(|def| HandlerDef::is_transaction(def)).map(|def| def.name.as_str()).collect();
    words!("可用的操作有：{}", "Operations are {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use toolcrib_contract::Type;
    use toolcrib_contract::manifest::{CallDef, Words};

    #[test]
    fn a_call_has_the_types_of_the_operation() {
        let owner = example::manifest();
        let (_, add) = owner.handler("add").unwrap();
        let call = |operation: &str, output: Type| {
            let reason = Words { zh: "记录".into(), en: "To write it down".into() };
            let call = CallDef {
                module: "notes".into(),
                operation: operation.into(),
                input: add.input.clone(),
                output,
                reason,
            };
            let manifest = Manifest { calls: vec![call], ..example::manifest_named("board") };
            check(&manifest, std::slice::from_ref(&owner)).len()
        };
        assert_eq!(call("add", add.output.clone()), 0);
        assert_eq!(call("add", Type::Int), 1);
        assert_eq!(call("gone", add.output.clone()), 1);
    }
}
