//! A module with one of everything the console shows, what it answers, and the frame of its pages.

use crate::key::FormKey;
use crate::language::Tr;
use crate::names::Known;
use crate::part::icon::Icon;
use crate::rail::{Entry, Group};
use crate::shell::{Shell, TenantPlace};
use crate::zone::Zone;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use toolcrib_contract::Manifest;
use toolcrib_contract::wording::Wording;

const ID: &str = "018f0e6e-7b1c-7cc3-a1b2-0123456789ab";

/// A module with one of everything the console shows.
pub fn manifest() -> Manifest {
    let text = json!({"type": "text", "max": 64});
    let option = |of: Json| json!({"type": "option", "of": of});
    let field = |name: &str, of: Json| json!({"name": name, "of": of, "doc": ""});
    let structure = |name: &str, fields: Vec<Json>| json!({"type": "struct", "name": name, "fields": fields});
    let handler = |name: &str, kind: &str, roles: Json, input: Vec<Json>, output: Json| json!({"name": name, "doc": "What it does.", "kind": {"kind": kind}, "roles": roles, "input": structure("input", input), "output": output});
    let (stop_id, decimal) =
        (json!({"type": "id", "record": "stop"}), |scale: u8| json!({"type": "decimal", "scale": scale}));
    let state = json!({"type": "enum", "name": "state", "cases": ["running", "stopped", "off"]});
    let machine = structure(
        "machine",
        vec![
            field("equipment", text.clone()),
            field("state", state.clone()),
            field("since", option(json!({"type": "instant"}))),
            field("oee", option(decimal(6))),
            field("good", json!({"type": "int"})),
        ],
    );
    let stop = structure(
        "stop",
        vec![
            field("id", stop_id.clone()),
            field("rev", json!({"type": "int"})),
            field("created", json!({"type": "instant"})),
            field("updated", json!({"type": "instant"})),
            field("equipment", text.clone()),
            field("reason", option(text.clone())),
        ],
    );
    let page = structure(
        "page",
        vec![field("rows", json!({"type": "list", "of": stop})), field("next", option(text.clone()))],
    );
    let lines = json!({"type": "list", "of": structure("line", vec![field("code", text.clone()), field("on", json!({"type": "bool"}))])});
    let manifest = json!({
        "module": "oee", "version": "0.2.0", "sdk": "rust 0.1.0",
        "title": {"zh": "设备综合效率", "en": "OEE"}, "summary": {"zh": "停机自动记录", "en": "Stops recorded by themselves"},
        "records": [{"name": "stop", "doc": "", "shared": false, "fields": [], "indexes": []}],
        "reads": [{"module": "plant", "record": "equipment", "fields": [field("code", text.clone())], "indexes": [], "reason": {"zh": "显示设备名称", "en": "To show names"}}],
        "calls": [{"module": "plant", "operation": "move_lot", "input": {"type": "unit"}, "output": {"type": "unit"}, "reason": {"zh": "", "en": ""}}],
        "events": [],
        "handlers": [
            {"name": "state_changed", "doc": "", "kind": {"kind": "on_signal", "signal": "state"}, "roles": [], "input": {"type": "unit"}, "output": {"type": "unit"}},
            handler("overview", "query", json!([]), vec![], structure("overview", vec![field("machines", json!({"type": "list", "of": machine})), field("at", option(json!({"type": "date"})))])),
            handler("stops", "query", json!([]), vec![field("equipment", text.clone()), field("after", option(text.clone()))], page),
            handler("give_reason", "command", json!([]), vec![field("stop", stop_id), field("reason", text.clone())], json!({"type": "unit"})),
            handler("set_rate", "command", json!(["owner"]), vec![
                field("equipment", text), field("pieces_per_minute", decimal(3)), field("valid_from", option(json!({"type": "instant"}))),
                field("state", state), field("lines", lines), field("codes", json!({"type": "list", "of": {"type": "int"}})),
                field("day", option(json!({"type": "date"}))), field("sure", option(json!({"type": "bool"}))),
            ], json!({"type": "id", "record": "rate"})),
        ],
        "requests": [
            {"kind": {"kind": "outbound", "host": "erp.example.com:443"}, "reason": {"zh": "同步订单", "en": "To send orders"}, "optional": true},
        ],
    });
    serde_json::from_value(manifest).expect("a test draws it")
}

/// Its words, for most of what it has.
pub fn words() -> Wording {
    Wording::of(&[
        ("overview", "设备总览", "Overview"),
        ("machines", "设备", "Machines"),
        ("stops", "停机记录", "Stops"),
        ("give_reason", "填停机原因", "Give a reason"),
        ("give_reason?", "停机后五分钟内填写", "Within five minutes of the stop"),
        ("give_reason.reason?", "几个字就够", "A few words will do"),
        ("set_rate", "设定节拍", "Set the ideal speed"),
        ("equipment", "设备", "Machine"),
        ("reason", "原因", "Reason"),
        ("oee", "综合效率", "OEE"),
        ("good", "合格数", "Good pieces"),
        ("state", "状态", "State"),
        ("state.running", "运行", "Running"),
        ("state.stopped", "停机", "Stopped"),
        ("state.off", "关机", "Off"),
        ("pieces_per_minute", "每分钟件数", "Pieces a minute"),
        ("record:stop", "停机", "Stop"),
        ("!rate-not-positive", "节拍必须大于零", "An ideal speed is more than zero"),
    ])
}

/// An output of `overview`.
pub fn overview() -> Json {
    json!({"machines": [
        {"equipment": "冲床1", "state": "stopped", "since": "2026-11-23T08:00:00Z", "oee": "0.747937", "good": 891},
        {"equipment": "M2", "state": "off", "since": null, "oee": null, "good": 0},
    ], "at": "2026-11-23"})
}

/// An output of `stops`.
pub fn stops() -> Json {
    let row = json!({"id": ID, "rev": 3, "created": "2026-11-23T08:00:00Z", "updated": "2026-11-23T08:00:00Z", "equipment": "M1", "reason": null});
    json!({"rows": [row], "next": "0a1b"})
}

/// The frame of a page of a tenant in which that module runs.
pub fn shell(tr: Tr, back: &str) -> Shell {
    let oee = Known { name: "oee".into(), title: manifest().title, words: Arc::new(words()) };
    let tenant = TenantPlace { slug: "acme".into(), name: "Acme 冲压".into(), modules: vec![oee] };
    let rail = vec![Group {
        title: tr.t("rail-factories"),
        entries: vec![
            Entry::new("/t/acme", tr.t("nav-overview"), Icon::Home).alone(),
            Entry::module("/t/acme/m/oee", tr.words(&manifest().title)),
        ],
    }];
    Shell {
        tr,
        person: Some("李 <师傅>".into()),
        rail,
        back: back.into(),
        key: Some(FormKey::new(&[7; 32])),
        tenant: Some(tenant),
        station: None,
        zone: Zone::marketplace(),
        theme: None,
        list_is_stale: false,
        banner: None,
    }
}
