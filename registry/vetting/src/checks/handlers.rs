//! Handlers: each can be woken by what it says, with what it takes.

use crate::rule::{Rule, misnamed, shown};
use crate::walk::fits;
use toolcrib_contract::finding::Finding;
use toolcrib_contract::limits::{SILENT_MAX_S, SILENT_MIN_S};
use toolcrib_contract::manifest::{HandlerDef, HandlerKind, MODULE_ROLE, RequestKind};
use toolcrib_contract::schema::Schema;
use toolcrib_contract::signal::{Crossing, Level, Silence, StateChange, Window};
use toolcrib_contract::words;
use toolcrib_contract::{Manifest, ModuleName, Type};

const RULE: Rule = Rule {
    check: "handlers",
    why: (
        "不能调用的处理程序，或收到的输入与其读取的不一致，在每家企业都会失败",
        "A handler that cannot be called, or gets another input than it reads, fails in every tenant",
    ),
};

/// Roles of people in a tenant, and that of modules that nobody asked.
const ROLES: [&str; 6] = ["owner", "admin", "supervisor", "operator", "viewer", MODULE_ROLE];
/// Characters of a signal's kind and of an outbound host.
const SIGNAL_CHARS: usize = 64;
const HOST_CHARS: usize = 253;

pub(crate) fn check(manifest: &Manifest, others: &[Manifest]) -> Vec<Finding> {
    let mut found = Vec::new();
    if manifest.handlers.is_empty() {
        found.push(RULE.error(
            "",
            ("模块没有处理程序", "The module has no handlers"),
            ("在 module! 的 `handlers` 下至少列出一个操作", "List at least one operation under `handlers` in module!"),
        ));
    }
    for handler in &manifest.handlers {
        let place = format!("handler {}", shown(&handler.name));
        for role in handler.roles.iter().filter(|role| !ROLES.contains(&role.as_str())) {
            let what = words!("{} 不是企业中的角色", "{} is no role of a tenant", shown(role));
            found.push(RULE.error(&place, what, words!("可用的角色：{}", "Use some of {}", ROLES.join(", "))));
        }
        if handler.kind == HandlerKind::Connector && handler.roles.iter().any(|role| role == MODULE_ROLE) {
            let what = words!(
                "连接器上有角色 {}，而别的模块不能调用连接器",
                "The role {} on a connector, which no other module can call",
                shown(MODULE_ROLE)
            );
            found.push(RULE.error(&place, what, ("请删除该角色", "Remove the role")));
        }
        if !handler.is_operation() && !handler.roles.is_empty() {
            found.push(RULE.error(
                &place,
                ("在无人调用的处理程序上声明了角色", "Roles on a handler that no person calls"),
                ("请删除", "Remove them"),
            ));
        }
        found.extend(trigger(manifest, others, handler, &place));
    }
    for request in &manifest.requests {
        let (good, what, fix) = match &request.kind {
            RequestKind::Readings { signal } => (
                is_signal(signal),
                signal,
                ("请写信号的种类，例如 `temperature`", "Name the kind of signal, for example `temperature`"),
            ),
            RequestKind::Outbound { host } => (
                is_host(host),
                host,
                (
                    "请写主机，例如 erp.example.com 或 erp.example.com:8443",
                    "Name a host, for example erp.example.com or erp.example.com:8443",
                ),
            ),
        };
        if !good {
            found.push(RULE.error("requests", words!("{} 不能被授权", "{} cannot be granted", shown(what)), fix));
        }
    }
    found
}

fn trigger(manifest: &Manifest, others: &[Manifest], handler: &HandlerDef, place: &str) -> Option<Finding> {
    match &handler.kind {
        HandlerKind::Command | HandlerKind::Query | HandlerKind::Connector => None,
        HandlerKind::OnSignal { signal } => delivered(handler, signal, &StateChange::schema(), "StateChange", place),
        HandlerKind::OnWindow { signal } => delivered(handler, signal, &Window::schema(), "Window", place),
        HandlerKind::OnLevel { signal, level } => crossing(handler, signal, level, place),
        HandlerKind::OnSilence { signal, silent_s } if !(SILENT_MIN_S..=SILENT_MAX_S).contains(silent_s) => {
            let what = words!("{} 静默 {silent_s} 秒", "{} silent for {silent_s} seconds", shown(signal));
            let fix = words!("请选择 {} 到 {} 秒", "Choose {} to {} seconds", SILENT_MIN_S, SILENT_MAX_S);
            Some(RULE.error(place, what, fix))
        }
        HandlerKind::OnSilence { signal, .. } => delivered(handler, signal, &Silence::schema(), "Silence", place),
        HandlerKind::OnEvent { module, event } if module.is_empty() || *module == manifest.module => {
            let Some(def) = manifest.event(event) else {
                let what = words!(
                    "它等待事件 {}，而模块没有声明该事件",
                    "It waits for {}, an event that the module does not declare",
                    shown(event)
                );
                return Some(RULE.error(
                    place,
                    what,
                    ("请在 module! 的 `events` 下列出该事件", "List the event under `events` in module!"),
                ));
            };
            takes(handler, &def.body, place)
        }
        HandlerKind::OnEvent { module, event } => foreign_event(others, handler, module, event, place),
        HandlerKind::Timer => silent(handler, place),
    }
}

fn delivered(handler: &HandlerDef, signal: &str, input: &Type, name: &str, place: &str) -> Option<Finding> {
    if !is_signal(signal) {
        let what = words!("{} 不是信号种类", "{} is no kind of signal", shown(signal));
        return Some(RULE.error(
            place,
            what,
            (
                "请用 1 到 64 个字母、数字、`_` 或 `-`，例如 `state`",
                "Use 1 to 64 letters, digits, `_` or `-`, for example `state`",
            ),
        ));
    }
    if handler.input.same_shape(input) {
        return silent(handler, place);
    }
    Some(RULE.error(
        place,
        words!("其输入不是 {name}", "Its input is no {name}"),
        words!("请接收 {name}，即主机交付的形式", "Take a {name}, as the host delivers it"),
    ))
}

fn crossing(handler: &HandlerDef, signal: &str, level: &Level, place: &str) -> Option<Finding> {
    match level.band() {
        Ok(_) => delivered(handler, signal, &Crossing::schema(), "Crossing", place),
        Err(why) => {
            let what = words!(
                "其限值 {0} 不合理：限值须为十进制数，返回值须在限值处或其另一侧，持续时间最多 86400 秒",
                "Its limit {} makes no sense: {why}",
                shown(&level.to_string())
            );
            Some(RULE.error(
                place,
                what,
                (
                    "请写 #[on(signal = \"temperature\", above = 80, back = 75, for_s = 30)]",
                    "Write #[on(signal = \"temperature\", above = 80, back = 75, for_s = 30)]",
                ),
            ))
        }
    }
}

fn takes(handler: &HandlerDef, body: &Type, place: &str) -> Option<Finding> {
    if handler.input.same_shape(body) {
        return silent(handler, place);
    }
    Some(RULE.error(
        place,
        ("其输入不是该事件的内容", "Its input is not the event's body"),
        ("请接收该事件的结构", "Take the struct of the event"),
    ))
}

/// Nobody reads what these return.
fn silent(handler: &HandlerDef, place: &str) -> Option<Finding> {
    (handler.output != Type::Unit).then(|| {
        RULE.warning(
            place,
            ("它返回一个没有人读取的值", "It returns a value that nobody reads"),
            ("请返回 Outcome<()>", "Return Outcome<()>"),
        )
    })
}

fn foreign_event(others: &[Manifest], handler: &HandlerDef, module: &str, event: &str, place: &str) -> Option<Finding> {
    let (name, listed) = (
        shown(&format!("{module}/{event}")),
        ("请与发出该事件的模块的清单比对", "Compare with the manifest of the module that emits it"),
    );
    if let Err(error) = module.parse::<ModuleName>() {
        return Some(RULE.error(
            place,
            misnamed(module, &error),
            ("请写 #[on(event = \"module/event\")]", "Write #[on(event = \"module/event\")]"),
        ));
    }
    let Some(owner) = others.iter().find(|other| other.module == module) else {
        let what = words!(
            "这里不了解 {}，因此无法比对 {name}",
            "Nothing is known of {}, so {name} cannot be compared",
            shown(module)
        );
        return Some(RULE.warning(
            place,
            what,
            (
                "先发布那个模块，或用 --with 把它交给检查程序",
                "Publish that module first, or give it to the check with --with",
            ),
        ));
    };
    match owner.event(event) {
        None => Some(RULE.error(place, words!("没有事件 {name}", "There is no event {name}"), listed)),
        Some(def) if fits(&def.body, &handler.input) => silent(handler, place),
        Some(_) => Some(RULE.error(
            place,
            words!("其输入与 {name} 的内容不符", "Its input does not fit the body of {name}"),
            listed,
        )),
    }
}

fn is_signal(signal: &str) -> bool {
    (1..=SIGNAL_CHARS).contains(&signal.len())
        && signal.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// A host name of two labels or more, with an optional port. Neither an address nor a local name: those would point
/// into the network of whoever runs the host.
fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or("");
    name.len() <= HOST_CHARS
        && name.contains('.')
        && name.split('.').all(label)
        && last.bytes().any(|byte| byte.is_ascii_lowercase())
        && !matches!(last, "local" | "localhost" | "internal" | "localdomain")
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn only_hosts_on_the_public_side_can_be_asked_for() {
        for good in ["erp.example.com", "erp.example.com:8443", "a-1.b2.cn"] {
            assert!(is_host(good), "{good}");
        }
        for bad in [
            "",
            "erp",
            "localhost",
            "127.0.0.1",
            "169.254.169.254",
            "10.0.0.1:80",
            "[::1]",
            "db.internal",
            "x.local",
            "ERP.example.com",
            "erp.example.com:0",
            "erp.example.com:080",
            "erp.example.com:99999",
            "a..b",
            "-a.com",
            "erp.example.com/x",
            "user@erp.example.com",
        ] {
            assert!(!is_host(bad), "{bad}");
        }
    }

    #[test]
    fn a_handler_takes_what_wakes_it() {
        let on = |kind: HandlerKind, input: Type| {
            let mut manifest = example::manifest();
            let handler = HandlerDef { kind, input, output: Type::Unit, ..manifest.handlers[0].clone() };
            manifest.handlers.push(HandlerDef { name: "woken".into(), ..handler });
            check(&manifest, &[example::manifest_named("memos")])
                .iter()
                .map(|finding| finding.severity)
                .collect::<Vec<_>>()
        };
        let body = example::manifest().events[0].body.clone();
        let event = |module: &str, event: &str| HandlerKind::OnEvent { module: module.into(), event: event.into() };
        use toolcrib_contract::finding::Severity::{Error, Warning};
        assert_eq!(on(HandlerKind::OnSignal { signal: "state".into() }, StateChange::schema()), []);
        assert_eq!(on(HandlerKind::OnSignal { signal: "m1.state".into() }, StateChange::schema()), [Error]);
        assert_eq!(on(HandlerKind::OnSignal { signal: "state".into() }, Window::schema()), [Error]);
        assert_eq!(on(HandlerKind::OnWindow { signal: "good".into() }, Window::schema()), []);
        let hot = |back: &str| {
            let level = Level { above: true, limit: "80".into(), back: back.into(), for_s: 30 };
            HandlerKind::OnLevel { signal: "temperature".into(), level }
        };
        assert_eq!(on(hot("75"), Crossing::schema()), []);
        assert_eq!(on(hot("75"), StateChange::schema()), [Error]);
        assert_eq!(on(hot("85"), Crossing::schema()), [Error]);
        let mute = |silent_s| HandlerKind::OnSilence { signal: "temperature".into(), silent_s };
        assert_eq!(on(mute(60), Silence::schema()), []);
        for silent_s in [SILENT_MIN_S, SILENT_MAX_S] {
            assert_eq!(on(mute(silent_s), Silence::schema()), []);
        }
        for silent_s in [SILENT_MIN_S - 1, SILENT_MAX_S + 1] {
            assert_eq!(on(mute(silent_s), Silence::schema()), [Error]);
        }
        assert_eq!(on(event("", "added"), body.clone()), []);
        assert_eq!(on(event("", "removed"), body.clone()), [Error]);
        assert_eq!(on(event("", "added"), Type::Int), [Error]);
        assert_eq!(on(event("memos", "added"), body.clone()), []);
        assert_eq!(on(event("memos", "removed"), body.clone()), [Error]);
        assert_eq!(on(event("others", "added"), body), [Warning]);
    }

    #[test]
    fn roles_are_those_of_a_tenant() {
        let mut manifest = example::manifest();
        manifest.handlers[0].roles = vec!["operator".into(), "root".into()];
        assert_eq!(check(&manifest, &[]).len(), 1);
        // What only other modules call is an operation, too; a connector cannot be one.
        manifest.handlers[0].roles = vec!["module".into()];
        assert_eq!(check(&manifest, &[]).len(), 0);
        manifest.handlers[0].kind = HandlerKind::Connector;
        assert_eq!(check(&manifest, &[]).len(), 1);
        manifest.handlers.clear();
        assert_eq!(check(&manifest, &[]).len(), 1);
    }
}
