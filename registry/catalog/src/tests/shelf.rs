//! Finding modules, what they cost, how they are used and what tenants think of them.

use super::world::{START, World, approve, manifest};
use crate::*;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::types::{Date, Instant};
use toolcrib_trust::Standing;

on_each_engine!(
    modules_are_found_by_words_in_both_languages,
    what_is_hidden_is_neither_found_nor_counted,
    a_segment_finds_everything_below_it_also_after_it_has_moved,
    what_names_no_segment_is_for_all_and_counts_in_each,
    the_order_is_the_visitors_choice_and_pages_follow_it,
    vocabularies_and_tags_are_bounded,
    pages_follow_each_other_without_a_gap_or_a_repetition,
    a_module_with_a_price_needs_a_plan_and_a_cap,
    hosts_are_told_when_a_trial_ends_and_once_a_month_when_a_cap_is_used_up,
    a_host_may_say_the_same_day_again_and_figures_only_rise,
    only_who_really_uses_a_module_rates_it_and_the_provider_answers_once,
    a_module_that_should_be_left_says_so_on_the_shelf,
    papers_are_shown_with_their_end_and_bounded_in_number,
    what_was_withdrawn_is_on_no_shelf_and_what_is_staged_waits_behind_the_version_of_everybody,
    what_a_factory_says_is_wrong_is_kept_settled_once_and_bounded,
);

const DAY_S: i64 = 86_400;

fn words(zh: &str, en: &str) -> Words {
    Words { zh: zh.into(), en: en.into() }
}

fn search(text: &str) -> Search {
    Search { words: text.into(), rows: 10, ..Search::default() }
}

fn plan(code: &str, kind: PlanKind, price_e4: i64, trial_days: u32) -> Plan {
    Plan { code: code.into(), kind, name: words("套餐", "Plan"), price_e4, trial_days, readings_months: None }
}

impl World {
    async fn found(&self, search: &Search) -> Vec<String> {
        let found = self.catalog.search(search).await.unwrap();
        assert!(found.total >= found.cards.len() as u64);
        found.cards.into_iter().map(|card| card.module).collect()
    }

    /// An approved module with a title of its own.
    pub async fn module(&self, name: &str, zh: &str, en: &str) {
        self.catalog.take_module(name, "acme", &self.provider, self.now).await.unwrap();
        let mut one = manifest(name, "1.0.0", &[], &[]);
        (one.title, one.summary) = (words(zh, en), words("按班次统计", "by shift"));
        self.publish(&one).await;
    }

    async fn subscribe_to(&self, tenant: &Tenant, module: &str) {
        let agreement = Agreement { module: module.into(), ..Agreement::default() };
        self.catalog.subscribe(&tenant.id, &agreement, &self.owner, self.now).await.unwrap();
    }

    fn line(&self, tenant: &Tenant, module: &str, days_ago: i64, calls: u64) -> UsageLine {
        let day = Date(self.now.0.div_euclid(DAY_S * 1_000_000) - days_ago).to_string();
        let (tenant, module) = (tenant.id.to_string(), module.to_owned());
        UsageLine { tenant, module, day, calls, faults: 0, rows_written: calls, cpu_us: calls * 10 }
    }

    async fn report(&self, lines: &[UsageLine]) -> Vec<(usize, String)> {
        self.catalog.ensure_host("host", &"a".repeat(64), START).await.unwrap();
        self.catalog.report_usage("host", lines, self.now).await.unwrap()
    }
}

#[tokio::test]
async fn both_engines_find_the_same_in_the_same_order() {
    if !super::engines::has_postgres() {
        return;
    }
    let (file, server) = (World::new(Engine::Sqlite).await, World::new(Engine::Postgres).await);
    let words = ["停机", "停机停机", "原因", "看板", "press", "pressing", "guard", "oee", "shift", "班次"];
    for world in [&file, &server] {
        // Texts of many lengths, and words that are frequent, rare, repeated and beginnings of others.
        for n in 0..24_usize {
            let text = |from: usize, many: usize| {
                (0..many).map(|at| words[(from * 7 + at * (from + 3)) % words.len()]).collect::<Vec<_>>().join(" ")
            };
            world.module(&format!("m{n}"), &text(n, n % 5 + 1), &text(n + 1, n % 7 + 1)).await;
        }
    }
    for text in
        ["停机", "停", "停机原因", "停停", "press", "pres", "oee press", "oee 停机", "班次 shift m1", "m", "acme 看板"]
    {
        let (a, b) =
            (file.catalog.search(&search(text)).await.unwrap(), server.catalog.search(&search(text)).await.unwrap());
        let names = |found: &Found| found.cards.iter().map(|card| card.module.clone()).collect::<Vec<_>>();
        assert_eq!(names(&a), names(&b), "{text}");
        assert_eq!((a.total, a.facets), (b.total, b.facets), "{text}");
    }
    assert!(file.found(&search("停机")).await.len() > 3 && file.found(&search("oee 停机")).await.len() > 1);
}

async fn modules_are_found_by_words_in_both_languages(engine: Engine) {
    let world = World::new(engine).await;
    world.module("stops", "停机原因看板", "Reasons for stops").await;
    world.module("press-guard", "冲床保护", "Press guard").await;
    for (text, modules) in [
        ("停机", vec!["stops"]),
        ("原因", vec!["stops"]),
        ("板", vec!["stops"]),
        ("机停", vec![]),
        ("停机 冲床", vec![]),
        ("PRESS", vec!["press-guard"]),
        ("ｇｕａｒｄ", vec!["press-guard"]),
        ("reas stop", vec!["stops"]),
        ("班次", vec!["press-guard", "stops"]),
        ("acme", vec!["press-guard", "stops"]),
        ("", vec!["press-guard", "stops"]),
        ("!?", vec![]),
        ("\" OR *", vec![]),
    ] {
        let mut found = world.found(&search(text)).await;
        found.sort();
        assert_eq!(found, modules, "{text}");
    }
    // A word in the name counts more than one in the summary.
    world.module("by", "其他", "Other").await;
    assert_eq!(world.found(&search("by")).await[0], "by");
}

async fn what_is_hidden_is_neither_found_nor_counted(engine: Engine) {
    let world = World::new(engine).await;
    world.module("stops", "停机", "Stops").await;
    world.catalog.take_module("secret", "acme", &world.provider, world.now).await.unwrap();
    world.submit(&manifest("secret", "1.0.0", &[], &[]), b"secret").await.unwrap();
    // Of a module that everybody sees, a version that nobody may see yet changes nothing.
    let mut next = manifest("stops", "2.0.0", &[], &[]);
    next.title = words("绝密", "Classified");
    world.submit(&next, b"next").await.unwrap();
    let all = world.catalog.search(&search("")).await.unwrap();
    assert_eq!((all.total, all.cards[0].version.as_str()), (1, "1.0.0"));
    let providers: Vec<_> = all.facets.iter().filter(|facet| facet.kind == "provider").collect();
    assert_eq!((providers.len(), providers[0].count), (1, 1));
    assert!(world.found(&search("secret")).await.is_empty() && world.found(&search("绝密")).await.is_empty());
}

async fn a_segment_finds_everything_below_it_also_after_it_has_moved(engine: Engine) {
    let world = World::new(engine).await;
    assert_eq!(world.catalog.segments().await.unwrap().len(), 31, "the divisions 13 to 43");
    let put = async |code: &str, parent: Option<&str>, retired| {
        world.catalog.put_segment(code, parent, &words(code, code), retired, &world.admin, world.now).await
    };
    put("3311", Some("33"), false).await.unwrap();
    world.module("stops", "停机", "Stops").await;
    let tags = |segment: &str| ModuleTags {
        segments: [segment.to_owned()].into(),
        problems: ["downtime".to_owned()].into(),
        equipment: ["press".to_owned()].into(),
    };
    world.catalog.set_module_tags("stops", &tags("3311"), &world.provider, world.now).await.unwrap();
    let within = |segment: &str| Search { segment: segment.into(), ..search("") };
    assert_eq!(world.found(&within("33")).await, ["stops"]);
    assert!(world.found(&within("34")).await.is_empty());
    assert_eq!(world.found(&search("冲床")).await, ["stops"], "the names of its tags are words, too");
    put("3311", Some("34"), false).await.unwrap();
    assert_eq!((world.found(&within("33")).await.len(), world.found(&within("34")).await.len()), (0, 1));
    let facets = world.catalog.search(&search("")).await.unwrap().facets;
    let kinds: Vec<_> = facets.iter().map(|facet| (facet.kind.as_str(), facet.code.as_str())).collect();
    assert_eq!(
        kinds,
        [
            ("equipment", "press"),
            ("kind", "records"),
            ("price", "free"),
            ("problem", "downtime"),
            ("provider", "acme"),
            ("segment", "3311"),
            ("segment", "34")
        ]
    );

    assert!(matches!(put("34", None, true).await, Err(CatalogError::WrongState(_))), "one below it is in use");
    assert!(put("34", Some("3311"), false).await.is_err(), "a circle");
    put("3311", Some("34"), true).await.unwrap();
    let again = world.catalog.set_module_tags("stops", &tags("3311"), &world.provider, world.now).await;
    assert!(again.is_ok(), "who has it keeps it");
    world.module("other", "其他", "Other").await;
    let new = world.catalog.set_module_tags("other", &tags("3311"), &world.provider, world.now).await;
    assert!(matches!(new, Err(CatalogError::Input(errors)) if errors[0].pointer == "/segments/0"));
    let mut parent = "33".to_owned();
    for at in 2..=SEGMENT_DEPTH {
        let code = format!("d{at}");
        put(&code, Some(&parent), false).await.unwrap();
        parent = code;
    }
    assert!(put("too-deep", Some(&parent), false).await.is_err());
}

async fn what_names_no_segment_is_for_all_and_counts_in_each(engine: Engine) {
    let world = World::new(engine).await;
    world.module("stops", "停机", "Stops").await;
    world.module("press-guard", "冲床", "Press guard").await;
    let tags = ModuleTags { segments: ["33".to_owned()].into(), ..ModuleTags::default() };
    world.catalog.set_module_tags("press-guard", &tags, &world.provider, world.now).await.unwrap();
    let within = |segment: &str| Search { segment: segment.into(), ..search("") };
    assert_eq!(world.found(&within("33")).await, ["press-guard", "stops"]);
    assert_eq!(world.found(&within("34")).await, ["stops"]);
    let facets = world.catalog.search(&search("")).await.unwrap().facets;
    let count = |code: &str| facets.iter().find(|facet| facet.kind == "segment" && facet.code == code).unwrap().count;
    assert_eq!((count(EVERY_SEGMENT), count("33")), (1, 2));
}

async fn the_order_is_the_visitors_choice_and_pages_follow_it(engine: Engine) {
    let world = World::new(engine).await;
    for name in ["a-one", "b-two", "c-three"] {
        world.module(name, "停机", "Stops").await;
    }
    for (name, price) in [("a-one", 300), ("b-two", 100), ("c-three", 200)] {
        let name_of = words("月付", "Monthly");
        let plan = Plan {
            code: "monthly".into(),
            kind: PlanKind::Monthly,
            name: name_of,
            price_e4: price,
            trial_days: 0,
            readings_months: None,
        };
        world.catalog.add_plan(name, &plan, &world.provider, world.now, &world.chance).await.unwrap();
    }
    let by = |order: Order| Search { order, ..search("") };
    assert_eq!(world.found(&by(Order::Cheapest)).await, ["b-two", "c-three", "a-one"]);
    let cards = world.catalog.search(&search("")).await.unwrap().cards;
    assert_eq!(cards.iter().map(|card| card.price_e4).collect::<Vec<_>>(), [300, 100, 200]);
    // Page by page in the same order.
    let (mut after, mut seen) = (String::new(), Vec::new());
    loop {
        let found = world.catalog.search(&Search { after, rows: 1, ..by(Order::Cheapest) }).await.unwrap();
        seen.extend(found.cards.into_iter().map(|card| card.module));
        let Some(next) = found.next else { break };
        after = next;
    }
    assert_eq!(seen, ["b-two", "c-three", "a-one"]);
    assert_eq!(Order::parse("random"), None);
    for order in [Order::Newest, Order::Rated] {
        assert_eq!(world.found(&by(order)).await.len(), 3);
    }
}

async fn vocabularies_and_tags_are_bounded(engine: Engine) {
    let world = World::new(engine).await;
    world.module("stops", "停机", "Stops").await;
    for fill in [
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
         INSERT INTO segment (code, zh, en) SELECT 'n' || i, CAST(i AS TEXT), CAST(i AS TEXT) FROM n",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
         INSERT INTO tag (kind, code, zh, en) SELECT 'problem', 'n' || i, CAST(i AS TEXT), CAST(i AS TEXT) FROM n",
    ] {
        sqlx::query(fill).execute(&world.catalog.writer).await.unwrap();
    }
    let name = words("一", "one");
    let more = world.catalog.put_segment("one", None, &name, false, &world.admin, world.now).await;
    assert!(matches!(more, Err(CatalogError::Limit(_))));
    let more = world.catalog.put_tag(TagKind::Problem, "one", &name, false, &world.admin, world.now).await;
    assert!(matches!(more, Err(CatalogError::Limit(_))));
    let problems = (1..=MODULE_TAGS + 1).map(|at| format!("n{at}")).collect();
    let many = ModuleTags { problems, ..ModuleTags::default() };
    let more = world.catalog.set_module_tags("stops", &many, &world.provider, world.now).await;
    assert!(matches!(more, Err(CatalogError::Input(errors)) if errors[0].pointer == "/problems"));
    let found = world.catalog.search(&Search { rows: SHELF_ROWS + 1, ..search("") }).await;
    assert!(matches!(found, Err(CatalogError::Input(errors)) if errors[0].pointer == "/rows"));
}

async fn pages_follow_each_other_without_a_gap_or_a_repetition(engine: Engine) {
    let world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    for at in 0..7 {
        world.module(&format!("module-{at}"), "停机", "Stops").await;
    }
    world.subscribe_to(&tenant, "module-5").await;
    for text in ["", "停机"] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = world.catalog.search(&Search { rows: 3, after: after.clone(), ..search(text) }).await.unwrap();
            assert_eq!(page.total, 7);
            seen.extend(page.cards.into_iter().map(|card| card.module));
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        let expected = ["module-5", "module-0", "module-1", "module-2", "module-3", "module-4", "module-6"];
        assert_eq!(seen, expected, "{text}: more tenants first, then by name");
    }
    assert!(world.catalog.search(&Search { after: "x".into(), ..search("") }).await.is_err());
}

async fn a_module_with_a_price_needs_a_plan_and_a_cap(engine: Engine) {
    let mut world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    world.module("stops", "停机", "Stops").await;
    let may_use = async |world: &World| world.catalog.may_use(&tenant.id, "stops", world.now).await;
    may_use(&world).await.unwrap();
    let add = async |world: &World, plan: Plan| {
        world.catalog.add_plan("stops", &plan, &world.provider, world.now, &world.chance).await
    };
    // A quarter of a fen per use.
    add(&world, plan("use", PlanKind::PerUse, 25, 0)).await.unwrap();
    add(&world, plan("month", PlanKind::Monthly, 299_050, 0)).await.unwrap();
    add(&world, plan("try", PlanKind::Trial, 0, 14)).await.unwrap();
    assert!(matches!(add(&world, plan("use", PlanKind::PerUse, 30, 0)).await, Err(CatalogError::NotUnique { .. })));
    for wrong in
        [plan("a1", PlanKind::Free, 1, 0), plan("a2", PlanKind::Monthly, 0, 0), plan("a3", PlanKind::Trial, 0, 91)]
    {
        assert!(matches!(add(&world, wrong).await, Err(CatalogError::Input(_))));
    }
    assert!(matches!(may_use(&world).await, Err(CatalogError::PlanNeeded(_))));
    assert_eq!(world.catalog.search(&search("")).await.unwrap().cards[0].prices, ["monthly", "per_use", "trial"]);
    let choose = async |world: &World, code: &str, cap_fen| {
        world.catalog.choose_plan(&tenant.id, "stops", code, cap_fen, &world.owner, world.now).await
    };
    assert!(choose(&world, "month", 2_990).await.is_err(), "below the price");
    assert_eq!(choose(&world, "month", 2_991).await.unwrap().used_fen, 2_990, "half to even");
    assert!(choose(&world, "try", 1).await.is_err());
    choose(&world, "try", 0).await.unwrap();
    may_use(&world).await.unwrap();
    world.pass_s(14 * DAY_S);
    assert!(matches!(may_use(&world).await, Err(CatalogError::PlanNeeded(_))), "the trial is over");
    assert!(matches!(choose(&world, "try", 0).await, Err(CatalogError::WrongState(_))), "one per tenant and module");

    choose(&world, "use", 10).await.unwrap();
    world.subscribe_to(&tenant, "stops").await;
    world.report(&[world.line(&tenant, "stops", 0, 37)]).await;
    may_use(&world).await.unwrap();
    world.report(&[world.line(&tenant, "stops", 0, 40)]).await;
    let chosen = world.catalog.chosen_plans(&tenant.id, world.now).await.unwrap().remove(0);
    assert_eq!((chosen.used, chosen.used_fen, chosen.is_over()), (40, 10, true));
    assert!(matches!(may_use(&world).await, Err(CatalogError::OverCap(_))));
    choose(&world, "use", 20).await.unwrap();
    may_use(&world).await.unwrap();
    // A plan that is retired is kept by who has it, and chosen by nobody.
    world.catalog.retire_plan("stops", "use", &world.provider, world.now).await.unwrap();
    may_use(&world).await.unwrap();
    assert!(matches!(choose(&world, "use", 20).await, Err(CatalogError::NotFound(_))));
    world.catalog.leave_plan(&tenant.id, "stops", &world.owner, world.now).await.unwrap();
    assert!(matches!(may_use(&world).await, Err(CatalogError::PlanNeeded(_))));
    for at in 0..PLANS - 2 {
        add(&world, plan(&format!("more-{at}"), PlanKind::Free, 0, 0)).await.unwrap();
    }
    assert!(matches!(add(&world, plan("last", PlanKind::Free, 0, 0)).await, Err(CatalogError::Limit(_))));
}

/// What hosts are told of the one subscription there is.
async fn told(world: &World) -> (u64, Option<ReadOnly>) {
    let all = world.catalog.entitlements(world.now).await.unwrap();
    let mut modules = all.tenants.into_iter().flat_map(|tenant| tenant.modules);
    (all.seq, modules.next().unwrap().read_only)
}

async fn hosts_are_told_when_a_trial_ends_and_once_a_month_when_a_cap_is_used_up(engine: Engine) {
    let mut world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    world.module("stops", "停机", "Stops").await;
    for plan in [plan("use", PlanKind::PerUse, 100, 0), plan("try", PlanKind::Trial, 0, 14)] {
        world.catalog.add_plan("stops", &plan, &world.provider, world.now, &world.chance).await.unwrap();
    }
    let choose = async |world: &World, code: &str, cap_fen| {
        world.catalog.choose_plan(&tenant.id, "stops", code, cap_fen, &world.owner, world.now).await.unwrap()
    };
    let ends = choose(&world, "try", 0).await.until.unwrap();
    world.subscribe_to(&tenant, "stops").await;
    let (seq, read_only) = told(&world).await;
    let after_trial = read_only.unwrap();
    assert_eq!((after_trial.because, after_trial.until), (ReadOnlyBecause::TrialEnded, None));
    assert_eq!(after_trial.from, ends.plus_us(TRIAL_GRACE_DAYS * DAY_S * 1_000_000));
    // A plan takes it away, and hosts hear of that.
    choose(&world, "use", 10).await;
    let (next, read_only) = told(&world).await;
    assert!(next > seq && read_only.is_none());
    world.report(&[world.line(&tenant, "stops", 0, 9)]).await;
    assert_eq!(told(&world).await, (next, None), "one fen is left");
    world.report(&[world.line(&tenant, "stops", 0, 10)]).await;
    let since = world.now;
    let (over, read_only) = told(&world).await;
    let over_cap = read_only.unwrap();
    assert_eq!((over > next, over_cap.because), (true, ReadOnlyBecause::OverCap));
    assert_eq!(over_cap.from, since.plus_us(CAP_GRACE_HOURS * 3_600_000_000));
    assert_eq!(over_cap.until, Some("2026-12-01T00:00:00Z".parse().unwrap()));
    world.pass_s(60);
    world.report(&[world.line(&tenant, "stops", 0, 12)]).await;
    assert_eq!(told(&world).await, (over, read_only), "it is said once, and since then");
    // A higher cap takes it away; the next month begins with nothing used.
    choose(&world, "use", 20).await;
    assert_eq!(told(&world).await.1, None);
    world.report(&[world.line(&tenant, "stops", 0, 20)]).await;
    assert!(told(&world).await.1.is_some());
    world.pass_s(10 * DAY_S);
    world.report(&[world.line(&tenant, "stops", 0, 20)]).await;
    assert_eq!(told(&world).await.1.unwrap().until, Some("2027-01-01T00:00:00Z".parse().unwrap()));
    // Found so late in a month that the grace outlasts it: nothing is held.
    choose(&world, "use", 30).await;
    world.pass_s("2026-12-31T12:00:00Z".parse::<Instant>().unwrap().since_us(world.now) / 1_000_000);
    world.report(&[world.line(&tenant, "stops", 0, 30)]).await;
    assert_eq!(told(&world).await.1, None);
    assert!(world.catalog.verify_audit().await.is_ok());
}

async fn a_host_may_say_the_same_day_again_and_figures_only_rise(engine: Engine) {
    let mut world = World::new(engine).await;
    let (tenant, other) = (world.tenant("press-shop").await, world.tenant("paint-shop").await);
    world.module("stops", "停机", "Stops").await;
    world.subscribe_to(&tenant, "stops").await;
    world.pass_s(2 * DAY_S);
    let today = world.line(&tenant, "stops", 0, 10);
    for calls in [10, 12, 12, 5] {
        assert!(world.report(&[UsageLine { calls, ..today.clone() }]).await.is_empty());
    }
    world.report(&[world.line(&tenant, "stops", 1, 3)]).await;
    let rows = world.catalog.module_usage("stops", "2026-11-01", "2026-11-30").await.unwrap();
    let figures: Vec<_> = rows.iter().map(|row| (row.day.as_str(), row.calls, row.tenants)).collect();
    assert_eq!(figures, [("2026-11-26", 12, 1), ("2026-11-25", 3, 1)]);
    assert_eq!(world.catalog.real_use(&tenant.id, "stops").await.unwrap(), (15, 2));
    let bad = [
        world.line(&other, "stops", 0, 1),
        world.line(&tenant, "other", 0, 1),
        world.line(&tenant, "stops", 3, 1),
        world.line(&tenant, "stops", USAGE_DAYS + 1, 1),
        world.line(&tenant, "stops", -2, 1),
        UsageLine { day: "2026-11-6".into(), ..today.clone() },
        UsageLine { faults: 11, ..today.clone() },
        UsageLine { calls: USAGE_MAX + 1, ..today.clone() },
    ];
    let refused = world.report(&bad).await;
    assert_eq!(refused.len(), bad.len(), "{refused:?}");
    let many = world.catalog.report_usage("host", &vec![today; USAGE_LINES + 1], world.now).await;
    assert!(matches!(many, Err(CatalogError::Input(_))));
    assert!(world.catalog.module_usage("stops", "2025-01-01", "2026-11-30").await.is_err());
    assert!(world.catalog.module_usage("stops", "2026-11-30", "2026-11-01").await.is_err());
}

async fn only_who_really_uses_a_module_rates_it_and_the_provider_answers_once(engine: Engine) {
    let mut world = World::new(engine).await;
    let tenant = world.tenant("press-shop").await;
    world.module("stops", "停机", "Stops").await;
    world.subscribe_to(&tenant, "stops").await;
    let rate = async |world: &World, stars, by: &PersonId| {
        let opinion = Opinion { stars, text: "好用".into() };
        world.catalog.rate(&tenant.id, "stops", &opinion, by, world.now, &world.chance).await
    };
    world.pass_s(3 * DAY_S);
    for days_ago in 0..RATING_DAYS - 1 {
        world.report(&[world.line(&tenant, "stops", days_ago as i64, RATING_CALLS)]).await;
    }
    assert!(matches!(rate(&world, 5, &world.owner).await, Err(CatalogError::WrongState(_))), "too few days");
    world.report(&[world.line(&tenant, "stops", 2, 1)]).await;
    assert!(matches!(rate(&world, 6, &world.owner).await, Err(CatalogError::Input(_))));
    assert!(matches!(rate(&world, 5, &world.provider).await, Err(CatalogError::OwnOrganisation)));
    rate(&world, 5, &world.owner).await.unwrap();
    rate(&world, 3, &world.owner).await.unwrap();
    let card = world.catalog.search(&search("")).await.unwrap().cards.remove(0);
    assert_eq!((card.ratings, card.stars), (1, 3), "one per tenant and module");
    let rating = world.catalog.ratings("stops").await.unwrap().remove(0);
    let answer =
        async |text: &str| world.catalog.answer_rating("stops", &rating.id, text, &world.provider, world.now).await;
    assert!(answer("").await.is_err() && answer(&"x".repeat(RATING_CHARS + 1)).await.is_err());
    answer("谢谢").await.unwrap();
    assert!(matches!(answer("再谢").await, Err(CatalogError::WrongState(_))));
    assert!(matches!(rate(&world, 1, &world.owner).await, Err(CatalogError::WrongState(_))));
}

async fn a_module_that_should_be_left_says_so_on_the_shelf(engine: Engine) {
    let world = World::new(engine).await;
    world.module("stops", "停机", "Stops").await;
    world.module("stops-2", "停机二", "Stops two").await;
    let say = async |successor: Option<&str>| {
        world.catalog.deprecate("stops", &words("请迁移", "Move on"), successor, &world.provider, world.now).await
    };
    for wrong in ["stops", "absent", "oee"] {
        assert!(say(Some(wrong)).await.is_err(), "{wrong}");
    }
    say(Some("stops-2")).await.unwrap();
    let card =
        world.catalog.search(&search("停机")).await.unwrap().cards.into_iter().find(|card| card.module == "stops");
    assert_eq!(card.map(|card| (card.deprecated, card.successor)), Some((true, Some("stops-2".into()))));
    world.catalog.undeprecate("stops", &world.provider, world.now).await.unwrap();
    assert!(!world.catalog.search(&search("")).await.unwrap().cards[0].deprecated);
    assert!(world.catalog.undeprecate("stops", &world.provider, world.now).await.is_err());
}

async fn papers_are_shown_with_their_end_and_bounded_in_number(engine: Engine) {
    let world = World::new(engine).await;
    let paper = |valid_until: &str| Qualification {
        id: String::new(),
        title: "小快轻准服务商".into(),
        issuer: "工信局".into(),
        number: "No. 7".into(),
        valid_until: valid_until.into(),
        digest: toolcrib_trust::digest::of(b"scan"),
    };
    let add = async |paper: &Qualification| {
        world.catalog.add_qualification("acme", paper, &world.provider, world.now, &world.chance).await
    };
    let kept = add(&paper("2026-11-24")).await.unwrap();
    assert!(!kept.has_expired(START), "the last day is a good day");
    assert!(kept.has_expired(Instant(START.0 + DAY_S * 1_000_000)));
    for wrong in [paper("2026-02-30"), Qualification { digest: "sha256:x".into(), ..paper("2026-12-01") }] {
        assert!(matches!(add(&wrong).await, Err(CatalogError::Input(_))));
    }
    world.catalog.set_about("acme", &words("我们", "We"), &world.provider, world.now).await.unwrap();
    let long = words(&"x".repeat(ABOUT_CHARS + 1), "");
    assert!(world.catalog.set_about("acme", &long, &world.provider, world.now).await.is_err());
    let page = world.catalog.provider_page("acme").await.unwrap();
    assert_eq!((page.about.en.as_str(), page.qualifications), ("We", vec![kept.clone()]));
    assert!(world.catalog.provider_page("red-star").await.is_err(), "an SME has no such page");
    world.catalog.remove_qualification("acme", &kept.id, &world.provider, world.now).await.unwrap();
    for _ in 0..QUALIFICATIONS {
        add(&paper("2027-01-01")).await.unwrap();
    }
    assert!(matches!(add(&paper("2027-01-01")).await, Err(CatalogError::Limit(_))));
}

async fn what_was_withdrawn_is_on_no_shelf_and_what_is_staged_waits_behind_the_version_of_everybody(engine: Engine) {
    let world = World::new(engine).await;
    world.module("stops", "停机", "Stops").await;
    let stand = async |version: &str, standing: Standing| {
        let new = NewStanding { module: "stops", version, standing, reason: "because" };
        world.catalog.set_standing(new, &world.admin, world.now, &world.notary).await.unwrap();
    };
    let shown = async || {
        let found = world.catalog.search(&search("stops")).await.unwrap();
        found.cards.first().map(|card| card.version.clone())
    };
    let start = async |version: &str| {
        let staged = (&[1, MILLION][..], 60);
        world.catalog.start_rollout("stops", version, staged, &world.provider, world.now).await.unwrap();
    };
    let next = manifest("stops", "1.1.0", &[], &[]);
    let id = world.submit(&next, b"stops 1.1.0").await.unwrap();
    assert_eq!(world.check(&id, &next, b"stops 1.1.0", 0).await, State::Review);
    start("1.1.0").await;
    world.decide(&id, approve()).await.unwrap();
    assert_eq!(shown().await.as_deref(), Some("1.0.0"), "the next one is not everybody's yet");
    stand("1.0.0", Standing::Deprecated).await;
    assert_eq!(shown().await.as_deref(), Some("1.0.0"), "advised against is still offered");
    stand("1.0.0", Standing::Yanked).await;
    assert_eq!(shown().await.as_deref(), Some("1.1.0"), "there is no other");
    let module = world.catalog.module(&Viewer::default(), "stops").await.unwrap();
    assert_eq!(module.latest.as_deref(), Some("1.1.0"), "the page says the same");
    stand("1.1.0", Standing::Revoked).await;
    assert_eq!(shown().await, None);
    stand("1.0.0", Standing::Approved).await;
    assert_eq!(shown().await.as_deref(), Some("1.0.0"));
}

async fn what_a_factory_says_is_wrong_is_kept_settled_once_and_bounded(engine: Engine) {
    let world = World::new(engine).await;
    let (tenant, other) = (world.tenant("press-shop").await, world.tenant("bolt-shop").await);
    world.module("stops", "停机", "Stops").await;
    world.subscribe_to(&tenant, "stops").await;
    let complain = async |tenant: &Tenant, text: &str| {
        world.catalog.complain(&tenant.id, "stops", text, &world.owner, world.now).await
    };
    for bad in ["", " \n", "a\u{7}", &"x".repeat(COMPLAINT_CHARS + 1)] {
        assert!(matches!(complain(&tenant, bad).await, Err(CatalogError::Input(_))), "{bad}");
    }
    let first = complain(&tenant, "数量对不上\n昨天起").await.unwrap();
    complain(&other, "介绍与实际不符").await.unwrap();
    let open = world.catalog.open_complaints().await.unwrap();
    assert_eq!(
        open.iter().map(|one| (&*one.tenant, one.version.is_some())).collect::<Vec<_>>(),
        [("press-shop", true), ("bolt-shop", false)]
    );
    let settle = async |reason: &str| world.catalog.settle_complaint(first, reason, &world.reviewer, world.now).await;
    assert!(matches!(settle(" ").await, Err(CatalogError::Input(_))));
    settle("provider told").await.unwrap();
    assert!(matches!(settle("again").await, Err(CatalogError::NotFound(_))));
    assert_eq!(world.catalog.open_complaints().await.unwrap().len(), 1);
    for _ in 0..COMPLAINTS_OPEN {
        complain(&tenant, "又来了").await.unwrap();
    }
    assert!(matches!(complain(&tenant, "又来了").await, Err(CatalogError::TooMany(_))));
    complain(&other, "another factory's still fits").await.unwrap();
}
