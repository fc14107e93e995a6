//! Imports: what the component can possibly do is no more than what its manifest declares, and not much less.

use crate::rule::{Rule, shown};
use std::collections::BTreeSet;
use toolcrib_contract::Manifest;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::manifest::{HandlerKind, RequestKind, Words};
use toolcrib_contract::words;

const UNDECLARED: Rule = Rule {
    check: "undeclared-import",
    why: (
        "企业同意的是所声明的内容；代码不得做得更多",
        "Tenants consent to what is declared; the code must not be able to do more",
    ),
};
const UNUSED: Rule = Rule {
    check: "unused-declaration",
    why: (
        "向企业申请了代码用不到的东西；这会损害信任和同意",
        "Tenants are asked for something the code cannot use; that costs trust and consent",
    ),
};

/// `interfaces`: the imported interfaces of our world, by their short names.
pub(crate) fn check(manifest: &Manifest, interfaces: &BTreeSet<String>) -> Vec<Finding> {
    let timers = manifest.handlers.iter().any(|handler| handler.kind == HandlerKind::Timer);
    let connects = manifest.handlers.iter().any(|handler| handler.kind == HandlerKind::Connector);
    let listens = manifest.handlers.iter().any(|handler| handler.kind.signal().is_some());
    let request = |kind: fn(&RequestKind) -> bool| manifest.requests.iter().any(|request| kind(&request.kind));
    let outbound = request(|kind| matches!(kind, RequestKind::Outbound { .. }));
    let readings = request(|kind| matches!(kind, RequestKind::Readings { .. }));
    // Interface; whether something allows it; whether something only makes sense with it; what that is.
    let table = [
        ("records", !manifest.records.is_empty(), !manifest.records.is_empty(), ("记录", "a record")),
        (
            "shared",
            !manifest.reads.is_empty(),
            !manifest.reads.is_empty(),
            ("共享记录的读取", "a read of a shared record"),
        ),
        ("events", !manifest.events.is_empty(), !manifest.events.is_empty(), ("事件", "an event")),
        ("timers", timers || connects, timers, ("定时器处理程序", "a timer handler")),
        ("effects", outbound, outbound && !connects, ("对外请求", "an outbound request")),
        ("connect", connects && outbound, connects, ("带对外请求的连接器", "a connector with an outbound request")),
        ("operations", !manifest.calls.is_empty(), !manifest.calls.is_empty(), ("调用", "a call")),
        ("readings", readings || listens, readings && !listens, ("读数请求", "a readings request")),
    ];
    let mut found = Vec::new();
    for (interface, allowed, expected, declaration) in table {
        let (declaration, bare) = (Words::from(declaration), bare(declaration));
        let imported = interfaces.contains(interface);
        if imported && !allowed {
            let what = words!(
                "代码引入了 {}，而清单没有声明{bare}",
                "The code imports {} and the manifest declares no {bare}", shown(interface); bare
            );
            found.push(UNDECLARED.error(
                format!("import {interface}"),
                what,
                words!(
                    "请在 module! 中声明{declaration}，或删除使用它的代码",
                    "Declare {declaration} in module!, or remove the code that uses it"; declaration
                ),
            ));
        }
        if expected && !imported {
            let what = words!(
                "清单声明了{declaration}，而代码没有引入 {}",
                "The manifest declares {declaration} and the code does not import {}", shown(interface); declaration
            );
            found.push(UNUSED.warning(
                format!("import {interface}"),
                what,
                ("删除声明，或使用它", "Remove the declaration, or use it"),
            ));
        }
    }
    found
}

/// Without its article.
fn bare((zh, en): (&str, &str)) -> Words {
    (zh, en.split_once(' ').map_or(en, |(_, rest)| rest)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use toolcrib_contract::finding::Severity::{self, Error, Warning};
    use toolcrib_contract::manifest::Request;

    fn found(manifest: &Manifest, interfaces: &[&str]) -> Vec<(Severity, String)> {
        let interfaces = interfaces.iter().map(|name| (*name).to_owned()).collect();
        check(manifest, &interfaces).into_iter().map(|finding| (finding.severity, finding.place)).collect()
    }

    #[test]
    fn imports_are_declared_and_declarations_imported() {
        let manifest = example::manifest();
        assert_eq!(found(&manifest, &["records", "events", "log"]), []);
        for import in ["shared", "timers", "effects", "operations", "readings"] {
            assert_eq!(found(&manifest, &["records", "events", import]), [(Error, format!("import {import}"))]);
        }
        assert_eq!(found(&manifest, &["records"]), [(Warning, "import events".to_owned())]);

        let mut asking = manifest.clone();
        let kind = RequestKind::Outbound { host: "erp.example.com".into() };
        asking.requests.push(Request { kind, reason: example::words(), optional: false });
        assert_eq!(found(&asking, &["records", "events", "effects"]), []);
        assert_eq!(found(&asking, &["records", "events"]), [(Warning, "import effects".to_owned())]);

        let mut connecting = manifest.clone();
        connecting.handlers[1].kind = HandlerKind::Connector;
        let connected = [(Error, "import connect".to_owned())];
        assert_eq!(found(&manifest, &["records", "events", "connect"]), connected);
        assert_eq!(found(&asking, &["records", "events", "effects", "connect"]), connected);
        assert_eq!(found(&connecting, &["records", "events", "connect"]), connected, "it asks for no host");
        connecting.requests = asking.requests.clone();
        assert_eq!(found(&connecting, &["records", "events", "connect"]), []);
        assert_eq!(found(&connecting, &["records", "events", "timers"]), [(Warning, "import connect".to_owned())]);

        let mut woken = manifest;
        woken.handlers[1].kind = HandlerKind::OnWindow { signal: "good".into() };
        assert_eq!(found(&woken, &["records", "events", "readings"]), []);
        assert_eq!(found(&woken, &["records", "events"]), []);
    }
}
