//! The pages of a city's programme, drawn with sample data: for the city, its assessors and auditors, firms and providers.

use super::{ID, parse};
use crate::pages::city::{
    assess, budget, cases, coverage, create, factory, home, ledger, levels, looks, people, projects, providers,
    publicity, queue, rules, services,
};
use crate::pages::enterprise::{audits, enrol, forecast, programme as mine};
use crate::pages::identified::{act as standing, one as identified, own};
use crate::pages::project::{Sides, act, evidence, filing, one};
use crate::pages::sent::Sent;
use crate::pages::trade::{contract, make, offer, offers};
use maud::Markup;
use serde_json::{Value as Json, json};
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;
use toolcrib_registry_client::wire::{
    AssessmentsMade, Contract, Coverage, Forecast, Identification, Offer, Programme, Project, ProjectRow, ProjectState,
    Segment,
};
use toolcrib_ui::form::FormText;
use toolcrib_ui::shell::Shell;

const AT: &str = "2026-11-23T08:00:00Z";
const HASH: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn refused(pairs: &[(&str, &str)]) -> Sent {
    let form = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let errors = pairs.iter().map(|(name, _)| InputError { pointer: format!("/{name}"), message: "<不对>".into() });
    Sent::refused(FormText::new(form), Problem::input(errors.collect()))
}

fn segments() -> Vec<Segment> {
    parse(json!([
        {"code": "33", "parent": null, "name": {"zh": "金属 <制品>", "en": "Metal products"}, "retired": false},
        {"code": "34", "parent": null, "name": {"zh": "通用设备", "en": "General machinery"}, "retired": false},
    ]))
}

fn rule_set() -> Json {
    json!({"document": "杭经信〔2026〕7号 <b>", "tracks": [{"track": "general", "rate_bp": 4_000, "caps_fen": [0, 30_000_000, 60_000_000, 100_000_000]}],
        "decline_bp": [0, 500], "categories": ["software", "cloud", "collection"], "excluded_funding": ["little-giant"], "excludes_dishonest": true,
        "min_level": 2, "min_gain": 1, "months_max": 12, "publicity_days": 7, "tranches_bp": [6_000, 4_000], "provider_cap_fen": null})
}

fn programme(funds: bool) -> Programme {
    let mut version = rule_set();
    let more = json!({"version": 2, "at": AT, "by": "li@city.example"});
    version.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let funds = funds.then(|| json!({"budget_fen": 10_000_000_000i64, "available_fen": 9_000_000_000i64, "committed_fen": 600_000_000, "accepted_fen": 100_000_000,
        "paid_fen": 250_000_000, "clawed_back_fen": 0, "service_accepted_fen": 0, "service_paid_fen": 50_000_000, "sme_share_bp": 8_333}));
    parse(
        json!({"id": ID, "authority": "yunhe", "authority_name": "云河市经信局 <b>", "name": "云河市试点 <b>", "document": "云政〔2026〕1号", "city_kind": "prefecture",
        "from": "2026-01-01", "until": "2027-12-31", "budget_fen": 10_000_000_000i64, "min_sme_share_bp": 8_000, "segments": ["33", "34"],
        "batches": [{"batch": 1, "from": "2026-01-01", "until": "2026-12-31", "budget_fen": 5_000_000_000i64}], "rules": version, "created_at": AT, "funds": funds}),
    )
}

fn row(state: ProjectState) -> ProjectRow {
    parse(
        json!({"id": ID, "programme": ID, "programme_name": "云河市试点", "uscc": "91330100799655058B", "name": "东湖 <冲压>", "district": "临江区", "segment": "33",
        "state": state, "since": AT, "batch": 1, "due": "2027-06-30", "level_before": 1, "level_after": null, "committed_fen": 30_000_000, "award_fen": 0, "paid_fen": 0}),
    )
}

fn coverage_rows() -> Vec<Coverage> {
    let row = |segment: &str, district: &str, firms: i64| json!({"segment": segment, "district": district, "firms": firms, "levels": [1, 2, firms, 1, 0], "levels_before": [firms, 3, 1, 0, 0], "accepted": 2, "award_fen": 3_000_000});
    parse(json!([row("33", "临江区", 4), row("33", "<江北区>", 31), row("34", "临江区", 9)]))
}

fn contract_lines() -> Json {
    json!([{"line": 1, "category": "software", "description": "生产 <管理>", "quantity": 1, "list_fen": 20_000_000, "discount_fen": 2_000_000, "net_fen": 18_000_000, "module": ["oee", "0.2.0"]}])
}

/// A project as far as this state.
fn project(state: ProjectState) -> Project {
    let assessed = |number: i64, kind: &str, level: u8| {
        json!({"number": number, "kind": kind, "edition": "2024", "base": 2_550, "management": 1_500, "results": 700, "scenes": [9, 7, 2, 0], "starred": [6, 4, 1, 0],
            "snapshot_sha256": HASH, "level": level, "at": AT, "by": "zhang@expert.example"})
    };
    let on = json!([{"contract": "HT-1", "line": 1, "amount_fen": 18_000_000}]);
    parse(
        json!({"id": ID, "programme": ID, "programme_name": "云河市试点", "authority": "yunhe", "state": state, "due": "2027-06-30",
        "firm": {"uscc": "91330100799655058B", "name": "东湖 <冲压>", "district": "临江区", "segment": "33", "above_scale": true, "class": "specialised", "dishonest": false, "funded_by": ["x<y"], "org": "acme"},
        "filing": {"track": "general", "rules_version": 1, "batch": 1, "on": "2026-11-01", "plan": "装 <网关>", "sha256": HASH, "committed_fen": 7_200_000,
            "contracts": [{"number": "HT-1", "provider": "good-soft", "provider_name": "Good Soft <not>", "seller_uscc": "914403001922038216", "signed_on": "2026-10-30", "lines": contract_lines()}]},
        "assessments": [assessed(1, "onsite-before", 1), assessed(2, "onsite-after", 2)],
        "invoices": [{"id": ID, "number": "12345678", "seller_uscc": "914403001922038216", "buyer_uscc": "91330100799655058B", "issued_on": "2026-11-02", "lines": on, "file_sha256": HASH, "amount_fen": 18_000_000, "at": AT}],
        "payments": [{"id": ID, "invoice": ID, "payer_uscc": "91330100799655058B", "payee_uscc": "914403001922038216", "paid_on": "2026-11-03", "lines": on, "bank_slip_sha256": HASH, "amount_fen": 18_000_000, "at": AT}],
        "refunds": [{"contract": "HT-1", "line": 1, "why": "退 <货>", "at": AT, "by": "li@city.example"}],
        "acceptance": {"accepted": true, "experts": ["张工", "<王工>"], "in_real_use": true, "satisfaction": 95, "lines_refused": [["HT-1", 1]], "contracts_sha256": HASH, "why": "达到 <二级>", "level_before": 1, "level_after": 2, "at": AT, "by": "li@city.example"},
        "publicity": {"from": "2026-11-10", "until": "2026-11-16", "objections": [
            {"number": 1, "text": "设备 <不在>", "at": AT, "by": "x@y.example", "upheld": null, "answer": null},
            {"number": 2, "text": "b", "at": AT, "by": null, "upheld": false, "answer": "核实 <过>"}]},
        "award": {"base_fen": 18_000_000, "rate_bp": 4_000, "by_rate_fen": 7_200_000, "cap_fen": 30_000_000, "remaining_fen": 900_000_000, "amount_fen": 7_200_000,
            "tranches": [{"tranche": 1, "amount_fen": 4_320_000, "paid_on": "2026-11-20"}, {"tranche": 2, "amount_fen": 2_880_000, "paid_on": null}]},
        "claw_backs": [{"number": 1, "amount_fen": 100, "document": "云 <号>", "why": "停用", "at": AT, "by": "li@city.example", "recovered_on": null}],
        "steps": [{"number": 1, "act": "enrol", "before": null, "after": "enrolled", "at": AT, "by": "chen@acme.example", "why": ""},
            {"number": 2, "act": "strange", "before": "enrolled", "after": "withdrawn", "at": AT, "by": "chen@acme.example", "why": "资料 <齐>"}]}),
    )
}

fn identification(state: &str) -> Identification {
    let dispute = |number: i64, upheld: Option<bool>| json!({"number": number, "against": 3, "said_by": "赵 <某>", "said_at": AT, "text": "没有 <案例>", "decided_by": upheld.map(|_| "李"), "decided_at": null, "upheld": upheld, "reason": upheld.map(|_| "查 <过>")});
    let expert = |scores: Json, total: Json| json!({"person": ID, "email": "zhang@expert.example", "name": "张 <工>", "scores": scores, "total": total, "comment": "行 <业>", "scored_at": null});
    parse(
        json!({"id": ID, "org": "good-soft", "org_name": "Good <Soft>", "city": "339900", "segment": "33", "kind": "product", "state": state, "stars": 4, "due": "2026-12-01",
        "valid_until": "2028-11-30", "open_disputes": 1, "applied_at": AT, "changed_at": AT, "statement": "做 <软件>",
        "documents": [{"title": "高新 <企业>", "issuer": "科技厅", "number": "GR1", "valid_until": null, "digest": format!("sha256:{HASH}"), "bytes": 100, "media_type": "application/pdf"}],
        "renews": null, "publicity_from": "2026-11-01", "publicity_until": "2026-11-07", "valid_from": null, "rectify_by": null, "may_contract": state == "active",
        "acts": ["publicise", "pass", "unheard <of>"], "score": "82.33",
        "experts": [expert(json!({"cases": 25, "technology": 26, "service": 17, "price": 15}), json!(83)), expert(json!(null), json!(null))],
        "steps": [{"number": 1, "at": AT, "by": "林 <涛>", "act": "apply", "before": null, "after": "applied", "reason": ""}, {"number": 2, "at": AT, "by": "x", "act": "new", "before": "applied", "after": "refused", "reason": "缺 <材料>"}],
        "objections": [dispute(1, None), dispute(2, Some(true))], "appeals": [dispute(3, Some(false))]}),
    )
}

fn split() -> Json {
    json!({"list_fen": 20_000_000, "net_fen": 18_000_000, "eligible_fen": 18_000_000, "firm_fen": 10_800_000, "provider_fen": 2_000_000, "programme_fen": 7_200_000, "rate_bp": 4_000, "cap_fen": 30_000_000, "capped": true})
}

fn offer_lines() -> Json {
    json!([{"line": 1, "category": "software", "description": "生产 <管理>", "quantity": 1, "list_fen": 20_000_000, "discount_fen": 2_000_000, "net_fen": 18_000_000, "module": "oee",
        "module_version": "0.2.0", "plan": "pro", "eligible": true, "programme_fen": 7_200_000, "firm_fen": 10_800_000},
        {"line": 2, "category": "<new>", "description": "培训", "quantity": 2, "list_fen": 0, "discount_fen": 0, "net_fen": 0, "module": null, "module_version": null, "plan": null, "eligible": false, "programme_fen": 0, "firm_fen": 0}])
}

fn version(number: u32) -> Json {
    let signature = json!({"side": "provider", "by": "林 <涛>", "at": AT});
    json!({"version": number, "lines": offer_lines(), "split": split(), "rule": 1, "track": "general", "batch": 1, "target_level": 2, "valid_until": "2026-12-31", "note": "含 <安装>", "digest": format!("sha256:{HASH}"), "made_by": "林", "made_at": AT, "signatures": [signature]})
}

fn offer_row(state: &str) -> Json {
    json!({"id": ID, "org": "good-soft", "org_name": "Good <Soft>", "firm": "acme", "firm_name": "Acme <冲压>", "title": "车间 <改造>", "programme": ID, "state": state, "version": 2, "valid_until": "2026-12-31",
        "list_fen": 20_000_000, "net_fen": 18_000_000, "programme_fen": 7_200_000, "signed_by_provider": true, "signed_by_firm": state == "signed", "contract": if state == "signed" { json!(ID) } else { json!(null) }, "changed_at": AT})
}

fn whole_offer(state: &str) -> Offer {
    let mut offer = offer_row(state);
    let more = json!({"city": "339900", "segment": "33", "replaces": null, "versions": [version(2), version(1)],
        "steps": [{"at": AT, "by": "林 <涛>", "act": "make", "version": 1, "reason": ""}, {"at": AT, "by": "林", "act": "odd", "version": 2, "reason": "降 <价>"}]});
    offer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    parse(offer)
}

fn contract_row() -> Json {
    json!({"id": ID, "offer": ID, "org": "good-soft", "org_name": "Good <Soft>", "firm": "acme", "firm_name": "Acme <冲压>", "title": "车间 <改造>", "programme": ID, "city": "339900",
        "list_fen": 20_000_000, "net_fen": 18_000_000, "programme_fen": 7_200_000, "signed_at": AT, "project": null, "replaced_by": null, "hash": HASH})
}

fn whole_contract(intact: bool) -> Contract {
    let mut contract = contract_row();
    let notes = if intact { json!([]) } else { json!([{"at": AT, "state": "suspended", "reason": "投诉 <多>"}]) };
    let more = json!({"version": 2, "segment": "33", "rule": 1, "target_level": 2, "lines": offer_lines(), "split": split(), "signatures": [{"side": "firm", "by": "陈", "at": AT}], "intact": intact, "provider_notes": notes});
    contract.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    parse(contract)
}

fn kit() -> Json {
    json!({"id": ID, "title": "冲压 <样板>", "tenant": "acme", "firm": "Acme <冲压>", "sha256": HASH, "modules": ["oee", "plant"], "rows": 40, "published_at": AT, "withdrawn_at": null, "tenants": [], "segments": ["33"], "adopted": 3})
}

/// Every page of the programme, by name.
pub fn pages(inside: &Shell) -> Vec<(&'static str, Markup)> {
    [
        city(inside),
        money(inside),
        people_of(inside),
        projects_of(inside),
        acts(inside),
        trade(inside),
        firm(inside),
        provider(inside),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn city(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let (none, segments, whole) = (Sent::default(), segments(), programme(true));
    let programmes = json!([{"id": ID, "authority": "yunhe", "authority_name": "云河", "name": "试点 <b>", "document": "云政 1", "from": "2026-01-01", "until": "2027-12-31", "budget_fen": 1}]);
    let place = |role: &str, programmes: Json| home::Place {
        org: parse(json!({"slug": "yunhe", "name": "云河 <市>", "kind": "authority", "city": "339900", "role": role})),
        decides: role == "official",
        programmes: parse(programmes),
    };
    let counts = parse::<Vec<_>>(json!([{"state": "enrolled", "projects": 3}, {"state": "delivered", "projects": 1}]));
    let page = |rows: Vec<ProjectRow>| parse(json!({"projects": rows, "counts": counts, "next": ID}));
    let list = |rows: Vec<ProjectRow>| projects::List {
        programme: programme(false),
        segments: segments.clone(),
        page: page(rows),
        asked: FormText::new(vec![("state".into(), "delivered".into()), ("district".into(), "<江>".into())]),
    };
    let paid = ProjectRow { paid_fen: 5, award_fen: 9, level_after: Some(2), ..row(ProjectState::Paid) };
    let award = json!([{"project": ID, "uscc": "91330100799655058B", "name": "东湖 <冲压>", "district": "临江区", "segment": "33", "level_after": 2, "award_fen": 7_200_000, "from": "2026-11-10", "until": "2026-11-16"}]);
    let waiting =
        [(ProjectState::Delivered, page(vec![row(ProjectState::Delivered)])), (ProjectState::Accepted, page(vec![]))];
    let rules = |decides| rules::Desk { programme: programme(false), versions: vec![programme(false).rules], decides };
    let new = |places: &[(&str, &str)]| create::Desk {
        places: places.iter().map(|(slug, name)| ((*slug).to_owned(), (*name).to_owned())).collect(),
        segments: segments.clone(),
    };
    vec![
        ("city", home::page(inside, &[place("official", programmes.clone()), place("auditor", json!([]))])),
        ("city budget", budget::page(inside, &whole, &counts)),
        ("city budget hidden", budget::page(inside, &programme(false), &[])),
        ("city projects", projects::page(inside, &list(vec![row(ProjectState::Delivered), paid]))),
        ("city projects none", projects::page(inside, &list(vec![]))),
        ("city queue", queue::page(inside, &whole, &waiting)),
        ("city queue empty", queue::page(inside, &whole, &[])),
        ("city publicity", publicity::page(inside, &whole, &segments, &parse::<Vec<_>>(award))),
        ("city publicity none", publicity::page(inside, &whole, &segments, &[])),
        ("city coverage", coverage::page(inside, &whole, &segments, &coverage_rows())),
        ("city coverage none", coverage::page(inside, &whole, &segments, &[])),
        ("city levels", levels::page(inside, &whole, &segments, &coverage_rows())),
        ("city levels none", levels::page(inside, &whole, &segments, &[])),
        ("city cases", cases::page(inside, &whole, &parse::<Vec<_>>(json!([kit()])), &[])),
        ("city cases none", cases::page(inside, &whole, &[], &[])),
        ("city rules", rules::page(inside, &rules(true), &none)),
        ("city rules refused", rules::page(inside, &rules(true), &refused(&[("document", "<b>"), ("tracks", "x")]))),
        ("city rules read", rules::page(inside, &rules(false), &none)),
        ("city new", create::page(inside, &new(&[("yunhe", "云河 <市>")]), &none)),
        (
            "city new refused",
            create::page(inside, &new(&[("yunhe", "云河")]), &refused(&[("budget_fen", "-1"), ("segments", "")])),
        ),
        ("city new for nobody", create::page(inside, &new(&[]), &none)),
    ]
}

fn money(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let none = Sent::default();
    let postings = json!([{"account": "available", "amount_fen": -7_200_000}, {"account": "service_paid", "amount_fen": 7_200_000}]);
    let entry = |project: Json| json!({"number": 1, "at": AT, "booked_on": "2026-11-23", "act": "file <x>", "project": project, "about": "东湖 <冲压>", "by": "li@city.example", "memo": "备 <注>", "postings": postings, "hash": HASH});
    let book = |full: bool| ledger::Book {
        programme: programme(true),
        page: parse(
            json!({"entries": if full { json!([entry(json!(ID)), entry(json!(null))]) } else { json!([]) }, "next": if full { json!(2) } else { json!(null) }}),
        ),
        balances: parse(postings.clone()),
        periods: if full {
            parse(
                json!([{"period": "2026-10", "closed_at": AT, "by": "li@city.example", "entry": 1, "hash": HASH, "balances": postings}]),
            )
        } else {
            vec![]
        },
        proof: full.then(|| parse(json!({"entries": 12, "hash": HASH}))),
        decides: full,
    };
    let service = |number: i64, paid: Json| json!({"number": number, "recipient_uscc": "914403001922038216", "recipient": "云 <平台>", "purpose": "诊 <断>", "document": "云 1", "amount_fen": 500, "awarded_at": AT, "paid_at": paid});
    let desk = |rows: Json, decides| services::Desk { programme: programme(true), services: parse(rows), decides };
    let mut rows = json!([service(1, json!(null)), service(2, json!(null)), service(3, json!("2026-11-20"))]);
    let demand = |number: i64, back: Json| json!({"number": number, "amount_fen": 100, "document": "云 <追>", "why": "虚 <报>", "at": AT, "by": "li@city.example", "recovered_on": back});
    rows[2]["claw_backs"] = json!([demand(1, json!("2026-11-22")), demand(2, json!(null))]);
    vec![
        ("city ledger", ledger::page(inside, &book(true), &none)),
        ("city ledger empty", ledger::page(inside, &book(false), &refused(&[("period", "<b>")]))),
        ("city ledger refused", ledger::page(inside, &book(true), &refused(&[("period", "<b>")]))),
        ("city services", services::page(inside, &desk(rows.clone(), true), &none)),
        ("city services read", services::page(inside, &desk(rows, false), &none)),
        ("city services refused", services::page(inside, &desk(json!([]), true), &refused(&[("amount_fen", "<b>")]))),
    ]
}

fn people_of(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let none = Sent::default();
    let org = parse(
        json!({"slug": "yunhe", "name": "云河 <市>", "kind": "authority", "city": "339900", "members": [{"id": ID, "email": "li@city.example", "name": "李 <某>", "role": "official"}]}),
    );
    let look =
        json!({"number": 9, "at": AT, "auditor": ID, "authority": "yunhe", "subject": "yunhe", "what": "/v1/<x>"});
    let project = json!({"number": 8, "at": AT, "auditor": ID, "authority": "yunhe", "subject": "yunhe",
        "what": format!("projects/{ID}/evidence")});
    let consent = |force: bool| json!({"tenant": "acme", "tenant_name": "Acme <冲压>", "authority": "yunhe", "authority_name": "云河 <市>", "agreed_by": "chen@acme.example", "agreed_at": AT, "until": AT, "in_force": force});
    let shown = |rows: Json, own| looks::Shown {
        looks: parse(rows),
        audited: if own { vec![] } else { parse(json!([consent(true)])) },
        names: Default::default(),
        own,
    };
    let subscriptions = parse::<Vec<_>>(
        json!([{"module": "oee", "version": "0.1.0", "digest": "sha256:0", "grants": [], "since": AT, "agreed_by": "li", "in_force": true}]),
    );
    let audits_of = |consents: Json| audits::Shown {
        tenant: "acme".into(),
        authorities: parse(json!([{"slug": "yunhe", "name": "云河 <市>", "city": "339900"}])),
        consents: parse(consents),
        looks: parse(json!([look])),
    };
    vec![
        ("city people", people::page(inside, &org, true, &none)),
        ("city people refused", people::page(inside, &org, true, &refused(&[("email", "<b>"), ("password", "x")]))),
        ("city people read", people::page(inside, &org, false, &none)),
        ("looks", looks::page(inside, &shown(json!([look, project]), false))),
        ("own looks none", looks::page(inside, &shown(json!([]), true))),
        ("audited factory", factory::page(inside, "acme", &subscriptions, &[])),
        ("audits", audits::page(inside, &audits_of(json!([consent(true), consent(false)])), &none)),
        ("audits refused", audits::page(inside, &audits_of(json!([])), &refused(&[("days", "<b>")]))),
    ]
}

fn shown(state: ProjectState, sides: Sides, page: bool) -> one::Shown {
    let item = |source: &str, told: Json| {
        json!({"id": ID, "key": if told.is_null() { "Z9" } else { "H2" }, "source": source, "name": "报 <告>", "media": "application/pdf", "bytes": 9, "sha256": HASH,
        "signer": null, "host": null, "told": told, "added_by": "chen@acme.example", "added_at": AT, "withdrawn_at": if source == "uploaded" { json!(AT) } else { json!(null) }, "also_in": 2, "also_in_projects": []})
    };
    let told = json!({"from": "2026-10-01", "until": "2026-10-31", "made_at": AT, "tenant": "acme", "machines": 6, "machine_days": 30, "modules": [{"module": "oee", "version": "0.2.0", "calls": 90, "days": 20, "people": 3}]});
    let doubts = json!([{"code": "file-used-elsewhere", "about": HASH, "what": "x"}, {"code": "new", "about": "y", "what": "Something <new>"}]);
    let evidence = parse(json!({"items": [item("generated", told), item("uploaded", json!(null))], "doubts": doubts}));
    one::Shown {
        project: project(state),
        segments: segments(),
        evidence: page.then_some(evidence),
        sides,
        back: ("/city".into(), "云河 <市>".into()),
        address: FormText::default(),
    }
}

/// On every side at once, so that every act has its button.
const EVERYBODY: Sides = Sides { official: true, assessor: true, firm: true, provider: true };

fn projects_of(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let draw = |state, sides, page| one::page(inside, &shown(state, sides, page));
    let waiting = assess::Waiting {
        programme: parse(
            json!({"id": ID, "authority": "yunhe", "authority_name": "云河", "name": "试点 <b>", "document": "云政 1", "from": "2026-01-01", "until": "2027-12-31", "budget_fen": 1}),
        ),
        firms: vec![row(ProjectState::Delivered)],
    };
    let made = parse(json!({"rows": [
        {"project": ID, "name": "东湖 <冲压>", "district": "西湖", "programme_name": "试点 <b>", "kind": "onsite-after", "level": 2, "at": AT},
        {"project": ID, "name": "东湖 <冲压>", "district": "西湖", "programme_name": "试点 <b>", "kind": "onsite-before", "level": 0, "at": AT},
    ], "next": "1.2.3"}));
    let reader = Sides::default();
    vec![
        ("project enrolled", draw(ProjectState::Enrolled, EVERYBODY, true)),
        ("project filed", draw(ProjectState::Filed, EVERYBODY, true)),
        ("project delivered", draw(ProjectState::Delivered, EVERYBODY, true)),
        ("project awarded", draw(ProjectState::Awarded, EVERYBODY, true)),
        ("project paid", draw(ProjectState::Paid, EVERYBODY, false)),
        ("project withdrawn", draw(ProjectState::Withdrawn, reader, false)),
        ("project rejected", draw(ProjectState::Rejected, reader, true)),
        ("assess", assess::page(inside, &[waiting], &[identification("reviewing").row], &made)),
        ("assess nothing", assess::page(inside, &[], &[], &AssessmentsMade { rows: vec![], next: None })),
    ]
}

fn acts(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let case = |state| act::Case {
        project: project(state),
        sides: EVERYBODY,
        offer: Some(filing::Offer { programme: programme(false), contracts: vec![whole_contract(true)] }),
        back: ("/city".into(), "云河 <市>".into()),
    };
    let none = Sent::default();
    let bad = refused(&[
        ("why", "<b>"),
        ("number", "<b>"),
        ("base", "x"),
        ("scenes", ""),
        ("contracts", ""),
        ("pledge", ""),
        ("lines", ""),
        ("satisfaction", ""),
    ]);
    let draw = |name: &'static str, sent: &Sent| act::page(inside, &case(ProjectState::Delivered), name, sent);
    let back = ("/city".to_owned(), "云河 <市>".to_owned());
    vec![
        ("project diagnose", draw("diagnose", &none)),
        ("project withdraw refused", draw("withdraw", &bad)),
        ("project assess", draw("assess", &none)),
        ("project assess refused", draw("assess", &bad)),
        ("project file", draw("file", &none)),
        ("project file refused", draw("file", &bad)),
        ("project invoice", draw("invoice", &none)),
        ("project invoice refused", draw("invoice", &bad)),
        ("project payment", draw("payment", &none)),
        ("project refund", draw("refund", &none)),
        ("project accept", draw("accept", &none)),
        ("project accept refused", draw("accept", &bad)),
        ("project pay", draw("pay", &none)),
        ("project claw-back", draw("claw-back", &none)),
        ("project recover", draw("recover", &none)),
        ("project object", draw("object", &none)),
        ("project answer", draw("answer-1", &none)),
        ("project evidence", evidence::page(inside, &project(ProjectState::Filed), &back, &none)),
        (
            "project evidence refused",
            evidence::page(inside, &project(ProjectState::Filed), &back, &refused(&[("key", "<b>")])),
        ),
    ]
}

fn trade(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let none = Sent::default();
    let seen = |state: &str, side, signs| offer::Shown { offer: whole_offer(state), side, signs };
    let list = |rows: Json, contracts: Json| {
        offers::page(
            inside,
            &parse(json!({"rows": rows, "next": ID})),
            &parse(json!({"rows": contracts, "next": null})),
        )
    };
    let desk = |preview: bool| make::Desk {
        orgs: vec![("good-soft".into(), "Good <Soft>".into()), ("other".into(), "Other".into())],
        programmes: vec![],
        segments: segments(),
        preview: preview.then(|| parse(version(1))),
    };
    let typed = FormText::new(vec![("version-lines-0-description".into(), "网关 <b>".into())]);
    let revised = FormText::new(vec![("from".into(), ID.into())]);
    vec![
        ("offers", list(json!([offer_row("open"), offer_row("signed")]), json!([contract_row()]))),
        ("offers none", list(json!([]), json!([]))),
        ("offer for the firm", offer::page(inside, &seen("open", "firm", true), &none)),
        (
            "offer for the provider",
            offer::page(inside, &seen("open", "provider", false), &refused(&[("reason", "<b>")])),
        ),
        ("offer signed", offer::page(inside, &seen("signed", "firm", true), &none)),
        ("offer for a reader", offer::page(inside, &seen("lapsed", "", false), &none)),
        ("offer new", make::page(inside, &desk(false), &typed, &none)),
        ("offer preview", make::page(inside, &desk(true), &typed, &none)),
        ("offer revised", make::page(inside, &desk(false), &revised, &refused(&[("version-lines-0-quantity", "0")]))),
        ("contract", contract::page(inside, &whole_contract(true))),
        ("contract with notes", contract::page(inside, &whole_contract(false))),
    ]
}

fn firm(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let none = Sent::default();
    let open = parse::<Vec<_>>(
        json!([{"id": "other", "authority": "yunhe", "authority_name": "云河 <市>", "name": "试点 <b>", "document": "云政 1", "from": "2026-01-01", "until": "2027-12-31", "budget_fen": 1}]),
    );
    let own = mine::Mine {
        firm: Some("acme".into()),
        projects: vec![row(ProjectState::Filed)],
        offers: vec![parse(offer_row("open"))],
        contracts: vec![parse(contract_row())],
        programmes: open.clone(),
    };
    let desk = |firms: Vec<(String, String)>| enrol::Desk { programme: programme(false), segments: segments(), firms };
    let firms = vec![("acme".to_owned(), "Acme <冲压>".to_owned())];
    vec![
        ("my programme", mine::page(inside, "acme", &own)),
        (
            "my programme as a worker",
            mine::page(inside, "acme", &mine::Mine { programmes: open, ..mine::Mine::default() }),
        ),
        ("my programme none", mine::page(inside, "acme", &mine::Mine::default())),
        ("enrol", enrol::page(inside, "acme", &desk(firms.clone()), &none)),
        ("enrol refused", enrol::page(inside, "acme", &desk(firms), &refused(&[("firm/uscc", "<b>"), ("pledge", "")]))),
        ("enrol for nobody", enrol::page(inside, "acme", &desk(vec![]), &none)),
        ("forecast", forecast::page(inside, "acme", &programme(false), &none, Some(&expected()))),
        ("forecast asks", forecast::page(inside, "acme", &programme(false), &none, None)),
        ("forecast refused", forecast::page(inside, "acme", &programme(false), &refused(&[("level", "<9>")]), None)),
    ]
}

fn expected() -> Forecast {
    let line = |category: &str, counts, programme: i64| json!({"category": category, "amount_fen": 15_000_000, "counts": counts, "programme_fen": programme, "firm_fen": 15_000_000 - programme});
    parse(json!({
        "rules_version": 2, "document": "杭 <细则>", "batch": 1, "rate_before_bp": 4_000, "rate_bp": 3_500, "eligible_fen": 15_000_000,
        "by_rate_fen": 5_250_000, "cap_fen": 30_000_000, "min_level": 2, "programme_fen": 5_250_000, "firm_fen": 24_750_000,
        "lines": [line("software", true, 5_250_000), line("other", false, 0)],
    }))
}

fn provider(inside: &Shell) -> Vec<(&'static str, Markup)> {
    let none = Sent::default();
    let seen = |state: &str, decides| identified::Shown {
        one: identification(state),
        segments: segments(),
        party: decides,
        owns: !decides,
        decides,
        address: FormText::default(),
    };
    let desk = |authorities: Json| own::Desk {
        orgs: vec![("good-soft".into(), "Good <Soft>".into()), ("other".into(), "Other".into())],
        rows: vec![identification("active").row],
        authorities: parse(authorities),
        segments: segments(),
    };
    let city = json!([{"slug": "yunhe", "name": "云河 <市>", "city": "339900"}]);
    let list = |rows: Json| providers::List {
        page: parse(json!({"rows": rows, "counts": [{"state": "active", "count": 3}], "next": ID})),
        segments: segments(),
        asked: FormText::new(vec![("city".into(), "339900".into()), ("state".into(), "active".into())]),
    };
    let one = identification("applied");
    let act = |name: &'static str, sent: &Sent| {
        standing::page(inside, &one, name, &standing::Act::named(name).unwrap(), sent)
    };
    vec![
        (
            "city providers",
            providers::page(inside, &list(json!([identification("active").row, identification("suspended").row]))),
        ),
        ("city providers none", providers::page(inside, &list(json!([])))),
        ("identification", identified::page(inside, &seen("publicity", true))),
        ("identification read", identified::page(inside, &seen("active", false))),
        ("identifications", own::page(inside, &desk(city.clone()), &none)),
        (
            "identifications refused",
            own::page(inside, &desk(city), &refused(&[("statement", "<b>"), ("documents", "")])),
        ),
        ("identifications nowhere", own::page(inside, &desk(json!([])), &none)),
        ("identification review", act("review", &none)),
        ("identification publicise", act("publicise", &none)),
        ("identification publish", act("publish", &none)),
        ("identification rate", act("rate", &none)),
        ("identification demand", act("demand", &refused(&[("reason", "<b>"), ("until", "x")]))),
        ("identification score", act("score", &none)),
        ("identification object", act("object", &none)),
        ("identification appeal", act("appeal", &none)),
        ("identification decide", act("objections-1", &none)),
    ]
}
