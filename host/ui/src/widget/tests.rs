//! What people read in each widget.

use crate::gallery::sample::shell;
use crate::gallery::{self, page};
use crate::language::{Lang, Tr};
use toolcrib_contract::view::*;

/// One cell on a page of its own: everything from the cell on.
fn drawn(lang: Lang, cell: impl Into<Cell>, address: &[(&str, &str)]) -> String {
    let view = View { name: "x".into(), ..View::new(("页", "Page")).section(section().cell(12, cell)) };
    let manifest = gallery::manifest([gallery::views(), vec![view]].concat());
    let page = page(&shell(Tr::new(lang), "/t/acme/m/gallery/v/x"), &manifest, "x", address, None);
    page.split("id=\"live\"").nth(1).unwrap().split_once('>').unwrap().1.to_owned()
}

fn english(cell: impl Into<Cell>) -> String {
    drawn(Lang::En, cell, &[])
}

/// Text as it is read: without tags, white space as one blank.
fn read(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for char in html.chars() {
        match char {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            char if !inside => text.push(char),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn has(html: &str, parts: &[&str]) {
    let text = read(html);
    for part in parts {
        assert!(text.contains(part) || html.contains(part), "no `{part}` in: {text}\n{html}");
    }
}

fn hall() -> Source {
    Source::of("hall")
}

#[test]
fn a_figure_says_value_target_difference_and_how_bad_it_is() {
    let kpi = || {
        kpi(hall(), "oee")
            .format(percent(1))
            .target("target")
            .before("before", Better::Up)
            .tone(when("oee").less("0.8"), Tone::Warn)
    };
    has(
        &english(kpi()),
        &["74.8 %", "Target 80.0 %", "↑ 2.7 % against before", "aria-label=\"Attention\"", "class=\"tag ok\""],
    );
    has(&drawn(Lang::ZhCn, kpi(), &[]), &["74.8 %", "目标 80.0 %", "aria-label=\"注意\""]);
    has(&english(kpi().spark("trend")), &["<svg class=\"spark\"", "points=\"0.0,28.0 50.0,18.0 100.0,2.0\""]);
}

#[test]
fn a_gauge_stands_on_its_scale() {
    let gauge =
        gauge(hall(), "oee", 0, 1).format(percent(0)).band(amount("0.6"), Tone::Bad).band(1, Tone::Ok).target("target");
    has(
        &english(gauge),
        &["75 %", "width=\"74.79\"", "Target 80 %", "class=\"figure t-ok\"", "f-bad-soft", "0 % 100 %"],
    );
}

#[test]
fn progress_says_how_much_of_how_much_and_whether_that_is_enough() {
    let done = progress(hall(), "done", "planned").pace(700).format(plain().unit(("件", "pcs")));
    has(&english(done), &["62 %", "620.5 / 1,000 pcs", "Behind: 700 pcs by now", "width=\"62.1\""]);
    has(&english(progress(hall(), "done", "planned").pace(600)), &["On pace: 600 by now"]);
}

#[test]
fn a_time_series_is_told_in_words_and_as_a_table() {
    let series = [series("good", ("合格", "Good")).area(), series("scrap", ("报废", "Scrap")).points()];
    let chart = timeseries(Source::of("output"), "at", series).limit(limit(("目标", "Target"), 140, Tone::Ok));
    let html = english(chart.titled(("产量", "Output")));
    has(
        &html,
        &["Output: Good least 120, most 150, last 150; Scrap least 3, most 6, last 6", "Target 140", "08:00", "10:00"],
    );
    has(&html, &["Show as a table", "2026-11-23 09:00:00 134 –"]);
    assert!(html.contains("preserveAspectRatio=\"none\"") && !html.contains("style="), "{html}");
}

#[test]
fn a_pareto_chart_sorts_and_says_the_share_so_far() {
    let chart =
        bar(Source::of("losses"), "reason", [series("minutes", ("分钟", "Minutes"))]).pareto().format(minutes());
    let html = english(chart.titled(("停机", "Stops")));
    has(&html, &["Stops: 换模 47 min 30 s (47.5 %), 故障 34 min 30 s (82.0 %), 缺料 18 min (100.0 %)", "Share so far"]);
    has(&html, &["换模 47 min 30 s 47.5 % 故障 34 min 30 s 82.0 % 缺料 18 min 100.0 %"]);
    let both = [series("good", ("合格", "Good")), series("scrap", ("报废", "Scrap"))];
    let stacked = english(bar(Source::of("output"), "at", both).stacked());
    assert_eq!(stacked.matches("class=\"b0\"").count() + stacked.matches("class=\"b1\"").count(), 6, "{stacked}");
}

#[test]
fn a_strip_of_states_says_how_long_each_lasted_and_goes_on_until_now() {
    let strips = state_timeline(
        Source::of("spans"),
        ["equipment", "from", "until", "state"],
        [state("running", ("运行", "Running"), Tone::Ok), state("down", ("停机", "Stopped"), Tone::Bad)],
    );
    let html = english(strips.titled(("状态", "States")));
    has(&html, &["States, P-1: Running 3 h, Stopped 1 h", "States, P-2: Waiting 8 h", "until now", "class=\"f-bad\""]);
}

#[test]
fn lanes_are_called_as_where_the_page_is_chosen_and_stay_apart_by_their_codes() {
    // Two machines of one name.
    let strips = || state_timeline(Source::of("spans"), ["equipment", "from", "until", "state"], []);
    let plan = || gantt(Source::of("plan"), ["equipment", "from", "until", "card"]);
    let chosen = Param::new("equipment", ("设备", "Machine")).choices(pick(Source::of("named"), "equipment", "name"));
    let cells = section().cell(12, strips().titled(("状态", "States"))).cell(12, plan().titled(("排程", "Plan")));
    let view = View { name: "x".into(), ..View::new(("页", "Page")).param(chosen).section(cells) };
    let mut manifest = gallery::manifest(vec![view]);
    let mut named = manifest.handlers.last().unwrap().clone();
    named.name = "named".into();
    let toolcrib_contract::Type::List { of } = &mut named.output else { unreachable!() };
    let toolcrib_contract::Type::Struct { fields, .. } = &mut **of else { unreachable!() };
    fields.truncate(1);
    fields.push(toolcrib_contract::schema::Field { name: "name".into(), ..fields[0].clone() });
    manifest.handlers.push(named);
    let (shell, address) = (shell(Tr::new(Lang::ZhCn), "/"), crate::form::FormText::default());
    let scene = gallery::scene(&shell, &manifest, manifest.view("x").unwrap(), &address);
    let both = serde_json::json!([{"equipment": "P-1", "name": "冲床"}, {"equipment": "P-2", "name": "冲床"}]);
    for placed in scene.cells() {
        // Also a cell that is kept fresh by itself.
        let answered = scene.questions_of(&placed).into_iter().map(|question| {
            let told = if question.query == "named" { both.clone() } else { gallery::answer(&question.query) };
            (question, std::sync::Arc::new(Ok(told)))
        });
        let answers = crate::view::ask::Answers(answered.collect());
        let html = crate::widget::cell(&scene, &answers, &placed).into_string();
        for code in ["P-1", "P-2"] {
            assert!(html.contains(&format!("<span class=\"name\" title=\"{code}\">冲床</span>")), "{code}: {html}");
        }
    }
}

#[test]
fn a_plan_has_bars_a_line_at_now_and_a_table_with_its_buttons() {
    let moves = action(("改期", "Move"), Does::Form { operation: "add".to_owned(), arguments: Vec::new() });
    let plan = || {
        gantt(Source::of("plan"), ["equipment", "from", "until", "card"])
            .done("share")
            .tone(when("late").is("true"), Tone::Bad)
            .column(column("note"))
    };
    let html = english(plan().action(moves).titled(("排程", "Plan")));
    has(&html, &["Plan, P-1: WO-1001/10 2026-11-23 12:00:00 – 2026-11-23 15:00:00, 62 %; WO-1002/10", "class=\"now\""]);
    has(&html, &["■ WO-1002/10", "62 %", "等模具", "Move", "<details class=\"numbers\" open"]);
    assert_eq!(html.matches("<svg class=\"gantt-lane\"").count(), 2, "a job without a beginning is only in the table");
    assert!(html.contains("WO-1003/10") && !html.contains("style="), "{html}");
    assert!(!english(plan()).contains("numbers\" open"), "nothing to press: the table is folded");
}

#[test]
fn a_table_is_searched_sorted_and_summed_up_where_all_rows_are_there() {
    let machines = || table(hall(), [column("code"), column("good"), column("oee")]).total("good");
    let html = english(machines());
    has(&html, &["Total 1,560.5", "_sort.c1-1-1=good#c1-1-1", "csv?_table=machines"]);
    let rows = |address: &[(&str, &str)]| {
        let html = drawn(Lang::En, machines(), address);
        let first = html.find("P-1 &lt;b&gt;").unwrap_or(usize::MAX);
        (first < html.find("P-2").unwrap_or(usize::MAX), html)
    };
    let (first, html) = rows(&[("_sort.c1-1-1", "good")]);
    assert!(!first && html.contains("aria-sort=\"ascending\"") && html.contains("_sort.c1-1-1=-good"), "{html}");
    assert!(rows(&[("_sort.c1-1-1", "-good")]).0);
    assert!(rows(&[("_sort.c1-1-1", "oee")]).0, "what is absent comes last");
    assert!(rows(&[("_sort.c1-1-1", "-oee")]).0, "whichever way round");
    let (_, found) = rows(&[("_find.c1-1-1", "p-2")]);
    assert!(found.contains("Total 310") || read(&found).contains("Total 310"), "{found}");
    let paged = english(table(Source::of("jobs"), [column("card")]));
    assert!(!paged.contains("_sort.") && paged.contains("csv?_table=jobs"), "one page of many is not sorted: {paged}");
}

#[test]
fn every_widget_stands_what_nobody_hopes_for() {
    for lang in [Lang::ZhCn, Lang::En] {
        for (name, html) in gallery::states(&shell(Tr::new(lang), "/t/acme/m/gallery/v/board")) {
            assert!(!html.contains('⟦') && !html.contains("style="), "{name}: {html}");
            assert!(!html.contains("NaN") && !html.contains("\"inf"), "{name}: {html}");
            if name.ends_with("failed") && !name.contains("wall") {
                assert!(html.contains("role=\"alert\"") && html.contains("<h1>"), "{name}: the page lives: {html}");
            }
            assert!(html.len() < 600_000, "{name}: {}", html.len());
        }
    }
}

#[test]
fn a_board_has_a_clock_the_last_word_and_the_next_board() {
    use crate::view::board::{Turn, board};
    let (shell, manifest) = (shell(Tr::new(Lang::En), "/t/acme/board"), gallery::manifest(gallery::views()));
    let address = crate::form::FormText::new(Vec::new());
    let scene = gallery::scene(&shell, &manifest, manifest.view("wall").unwrap(), &address);
    let turn = Turn { place: 2, count: 3, next: "/t/acme/board?view=a.b&at=2".into(), seconds: 20 };
    let html = board(&scene, &crate::view::ask::Answers::default(), Some(&turn)).into_string();
    has(&html, &["data-clock=\"16:00:00\"", "data-heard", "data-kiosk=\"true\"", "data-seconds=\"20\"", "2 / 3"]);
    has(&html, &["<noscript><meta http-equiv=\"refresh\" content=\"20; url=/t/acme/board?view=a.b&amp;at=2\">"]);
    assert!(!html.contains("class=\"top\"") && !html.contains("<nav"), "nothing around it: {html}");
    let alone = board(&scene, &crate::view::ask::Answers::default(), None).into_string();
    assert!(!alone.contains("data-seconds") && !alone.contains("http-equiv"), "{alone}");
}

#[test]
fn a_page_of_cards_brings_the_size_of_its_paper() {
    let view = View { name: "x".into(), ..View::new(("卡", "Card")) };
    let card = print_card(Source::of("jobs"), (60, 40), [heading_piece("card"), code128("card")]);
    let manifest = gallery::manifest([gallery::views(), vec![view.section(section().cell(12, card))]].concat());
    let page = page(&shell(Tr::new(Lang::En), "/t/acme/m/gallery/v/x"), &manifest, "x", &[], None);
    assert!(page.contains("media=\"print\" href=\"/assets/page-60x40.css\""), "{page}");
}

#[test]
fn a_control_chart_marks_the_points_that_the_module_calls_wrong() {
    let chart =
        control_chart(Source::of("points"), "number", "value", "center").limits("lower", "upper").signal("signal");
    let html = english(chart.titled(("控制图", "Chart")));
    has(&html, &["Chart: 3 points, 1 out of control (3)", "■ 3 11.4 超出控制限", "Centre line", "Control limits"]);
    assert_eq!(html.split("class=\"wrong\" d=\"").nth(1).unwrap().split('"').next().unwrap().matches('M').count(), 1);
}

#[test]
fn a_table_shows_rows_with_their_buttons_and_turns_its_pages() {
    let add = Does::Run { operation: "add".into(), arguments: Vec::new() };
    let plus = action(("加一", "One more"), add.with("machine", row("code")).with("good", constant("1")));
    let columns =
        [column("code").opens("one").with("machine", row("code")), column("good").format(plain().unit(("件", "pcs")))];
    let html = english(table(hall(), columns).row_action(plus.shown_if(when("state").is("down"))));
    has(
        &html,
        &[
            "P-1 &lt;b&gt;",
            "1,250.5 pcs",
            "href=\"/t/acme/m/gallery/v/one?machine=P-2\"",
            "name=\"_operation\" value=\"add\"",
        ],
    );
    assert_eq!(html.matches("One more").count(), 1, "only where the machine is down");
    let jobs = || table(Source::of("jobs"), [column("card"), column("share").progress()]);
    let html = english(jobs());
    has(&html, &["Next page", "?_after.c1-1-1=WO-1001%2F20#c1-1-1", "62 %"]);
    assert!(!html.contains("First page"));
    has(&drawn(Lang::En, jobs(), &[("_after.c1-1-1", "WO-1001/10")]), &["First page"]);
}

#[test]
fn a_code_is_read_by_its_name_in_the_list_that_its_column_names() {
    let named = |names: Choices| column("equipment").named(names);
    let cards = || pick(Source::of("plan"), "equipment", "card");
    let html = english(table(Source::of("spans"), [named(cards())]));
    has(&html, &["title=\"P-1\">WO-1001/10 <small class=\"dim\">P-1</small>", "WO-1001/20 P-2"]);
    let lots = || pick(Source::of("lots"), "code", "unit");
    let unknown = english(table(Source::of("spans"), [named(lots())]));
    assert!(read(&unknown).contains("P-1") && !unknown.contains("<small"), "nobody knows it: {unknown}");
    let open = named(cards()).opens("one").with("machine", row("equipment"));
    has(&english(table(Source::of("spans"), [open])), &["machine=P-1\"><span title=\"P-1\">WO-1001/10"]);
    let tiles = andon(Source::of("spans"), "state", "state", []).show(named(cards()));
    has(&english(tiles), &["WO-1001/10 P-1"]);
    let search = [("_find.c1-1-1", "wo-1001/20")];
    let found = drawn(Lang::En, table(Source::of("spans"), [named(cards()), column("state")]), &search);
    assert!(found.contains("WO-1001/20") && !found.contains("WO-1001/10"), "it is found by what is read: {found}");
}

#[test]
fn names_that_are_refused_or_not_answered_leave_the_codes() {
    let names = pick(Source::of("plan"), "equipment", "card");
    let cells = section().cell(12, table(Source::of("spans"), [column("equipment").named(names)]));
    let view = View { name: "x".into(), ..View::new(("页", "Page")).section(cells) };
    let mut manifest = gallery::manifest(vec![view]);
    let (shell, address) = (shell(Tr::new(Lang::En), "/"), crate::form::FormText::default());
    let drawn = |manifest: &toolcrib_contract::Manifest, refused: bool| {
        let scene = gallery::scene(&shell, manifest, manifest.view("x").unwrap(), &address);
        let answered = scene.questions().into_iter().map(|question| {
            let refuses = refused && question.query == "plan";
            let told = if refuses {
                Err(toolcrib_contract::problem::REJECTED.because("Not yours"))
            } else {
                Ok(gallery::answer(&question.query))
            };
            (question, std::sync::Arc::new(told))
        });
        let answers = crate::view::ask::Answers(answered.collect());
        let html = crate::view::page::page(&scene, &answers).into_string();
        (answers.0.len(), html.contains("P-1"), html.contains("WO-1001/10"))
    };
    assert_eq!(drawn(&manifest, false), (2, true, true));
    assert_eq!(drawn(&manifest, true), (2, true, false));
    manifest.handlers.last_mut().unwrap().roles = vec!["owner".to_owned()];
    assert_eq!(drawn(&manifest, false), (1, true, false), "whoever may not ask is not asked for");
}

#[test]
fn codes_beyond_the_first_page_of_the_list_that_names_them_stay_codes() {
    // Two cards are on the first page of the list, and it says that there are more.
    let listed = gallery::answer("jobs");
    assert!(listed["next"].is_string() && listed["jobs"].as_array().unwrap().len() == 2);
    let names = pick(Source::of("jobs"), "card", "state");
    let cells = section().cell(12, table(Source::of("plan"), [column("card").named(names)]));
    let view = View { name: "x".into(), ..View::new(("页", "Page")).section(cells) };
    let manifest = gallery::manifest(vec![view]);
    let (shell, address) = (shell(Tr::new(Lang::En), "/"), crate::form::FormText::default());
    let scene = gallery::scene(&shell, &manifest, manifest.view("x").unwrap(), &address);
    let asked: Vec<_> = scene.questions().into_iter().map(|question| (question.query, question.input)).collect();
    assert_eq!(asked.iter().filter(|(query, _)| query == "jobs").count(), 1, "a list is asked for once: {asked:?}");
    let html = page(&shell, &manifest, "x", &[], None);
    assert!(html.contains("title=\"WO-1001/10\"") && html.contains("title=\"WO-1001/20\""), "{html}");
    assert!(html.contains("WO-1002/10") && !html.contains("title=\"WO-1002/10\""), "{html}");
}

#[test]
fn a_button_that_needs_something_stands_only_where_it_is() {
    let does = || Does::Form { operation: "add".to_owned(), arguments: Vec::new() };
    let dispute = |condition: Condition| action(("有异议", "Dispute"), does()).shown_if(condition);
    let jobs = |condition| english(table(Source::of("jobs"), [column("card")]).action(dispute(condition)));
    assert!(jobs(when("jobs").present()).contains("Dispute") && !jobs(when("jobs").absent()).contains("Dispute"));
    let hall = |condition| english(detail(hall(), [column("oee")]).action(dispute(condition)));
    assert!(hall(when("oee").present()).contains("Dispute") && !hall(when("plan").present()).contains("Dispute"));
}

#[test]
fn lanes_tiles_events_and_steps_say_what_state_things_are_in() {
    let lanes = [lane("waiting", ("等待", "Waiting")).limit(0), lane("running", ("在做", "Running"))];
    has(
        &english(kanban(Source::of("jobs"), "state", "card", lanes)),
        &["Waiting ■ 1 / 0 WO-1001/20", "Running 1 WO-1001/10"],
    );
    let only = [lane("running", ("在做", "Running"))];
    has(&english(kanban(Source::of("jobs"), "state", "card", only)), &["1 in no lane shown here"]);
    let tiles = andon(hall(), "code", "state", [state("down", ("停机", "Stopped"), Tone::Bad)]).since("since");
    has(&english(tiles), &["P-2 ■ Stopped 2 h", "a-bad"]);
    has(&english(feed(hall(), "since", "code").who("state")), &["2026-11-23 14:00:00 · Down P-2"]);
    let open = action(("完成", "Finish"), Does::open("board"));
    let html = english(steps(Source::of("jobs"), "card", "done").row_action(open));
    has(&html, &["1 / 2", "WO-1001/10 ✓ Done", "WO-1001/20 Next"]);
    assert_eq!(html.matches("Finish").count(), 1, "only the next step has buttons");
}

#[test]
fn a_tree_hangs_what_was_used_under_what_was_made() {
    let tree =
        tree(Source::of("lots"), "code", "into", "code").show(column("quantity").format(plain().unit_field("unit")));
    has(&english(tree), &["L-100 Quantity 500 件 L-060 Quantity 120.5 kg L-020 Quantity 5,000 kg"]);
}

#[test]
fn a_card_has_its_true_size_and_its_codes() {
    let pieces = [heading_piece("card"), text_piece("state").label(("状态", "State")), qr("card"), code128("card")];
    let html = english(print_card(Source::of("jobs"), (100, 60), pieces));
    has(&html, &["width=\"100mm\" height=\"60mm\"", "WO-1001/10", "State running", "class=\"dark\""]);
    assert_eq!(html.matches("<svg class=\"print-card\"").count(), 2);
}

#[test]
fn what_people_act_in_works_as_plain_forms() {
    let html = english(form("add").pick("machine", pick(hall(), "code", "code")).hidden("note", constant("表单")));
    has(&html, &["<option value=\"P-2\">P-2</option>", "name=\"note\" value=\"表单\"", "Send Add", "name=\"_token\""]);
    assert!(!html.contains("for=\"f-c1-1-1-note\""), "what is hidden has no field");
    let html = english(counter("add", "good", [1, 5, -1]).with("machine", constant("P-1")).typed());
    has(&html, &["+1", "+5", "-1", "name=\"machine\" value=\"P-1\"", "inputmode=\"numeric\""]);
    let html = english(scan(("扫码", "Scan a machine"), Does::open("one"), "machine"));
    has(&html, &["action=\"/t/acme/m/gallery/v/one\"", "Scan a machine", "autofocus"]);
}

#[test]
fn what_takes_something_away_is_asked_about() {
    let take =
        Does::Run { operation: "add".into(), arguments: Vec::new() }.with("machine", me()).with("good", constant("-1"));
    let html = english(heading(("说明", "About")).action(action(("删除", "Delete"), take).danger()));
    has(
        &html,
        &["Delete: are you sure?", "Yes, do it", "name=\"machine\" value=\"user:018f\"", "<details class=\"confirm\""],
    );
}

#[test]
fn words_between_widgets_are_plain_text() {
    has(&english(prose(("一", "First.\n\n- <b>\n- two"))), &["<p>First.</p>", "<li>&lt;b&gt;</li>", "<li>two</li>"]);
    let met = |test: Condition| english(alert(("停机", "Down"), Tone::Bad).shown_if(hall(), test));
    has(&met(when("oee").less("0.8")), &["■ Down"]);
    assert!(!met(when("oee").more("0.8")).contains("Down"));
    has(
        &english(detail(hall(), [column("oee").format(percent(2)), column("target").label(("目标", "Goal"))])),
        &["Oee 74.79 %", "Goal 0.8"],
    );
}

#[test]
fn a_cell_that_cannot_be_filled_is_one_red_card_and_the_page_lives() {
    let cells = section().cell(6, kpi(Source::of("broken"), "")).cell(6, kpi(hall(), "oee").format(percent(1)));
    let view = View { name: "x".into(), ..View::new(("页", "Page")).section(cells) };
    let manifest = gallery::manifest(vec![view]);
    let html = page(&shell(Tr::new(Lang::En), "/"), &manifest, "x", &[], None);
    has(&html, &["No shift is planned", "74.8 %", "aria-label=\"This part could not be filled\""]);
}

#[test]
fn a_widget_of_a_newer_host_says_its_fallback() {
    let unknown = Widget::Unknown(Unknown { number: 900, body: Default::default() });
    let view = View {
        name: "x".into(),
        ..View::new(("页", "Page")).section(section().cell(12, unknown.fallback(("旧", "See the list"))))
    };
    let manifest = gallery::manifest(vec![]);
    let (shell, address) = (shell(Tr::new(Lang::En), "/"), crate::form::FormText::default());
    let scene = gallery::scene(&shell, &manifest, &view, &address);
    has(&crate::view::page::page(&scene, &Default::default()).into_string(), &["See the list"]);
}

#[test]
fn what_fails_or_is_missing_for_one_reason_is_told_once() {
    let broken = || kpi(Source::of("broken"), "");
    let view =
        View::new(("页", "Page")).section(section().cell(4, broken()).cell(4, kpi(hall(), "oee")).cell(4, broken()));
    let manifest = gallery::manifest(vec![View { name: "x".into(), ..view }]);
    let page = page(&shell(Tr::new(Lang::En), "/"), &manifest, "x", &[], None);
    assert_eq!(page.matches("No shift is planned").count(), 1);
    assert!(page.contains("id=\"c1-1-3\" data-widget=\"kpi\" hidden"), "the other takes no room: {page}");
}

#[test]
fn a_workbook_tells_what_failed_once_and_in_the_readers_language() {
    use crate::view::ask::Answers;
    use crate::view::sheet::{self, Cell as Kept};
    let broken = || kpi(Source::of("broken"), "");
    let view = View::new(("页", "Page")).section(section().cell(6, broken()).cell(6, broken()));
    let manifest = gallery::manifest(vec![View { name: "x".into(), ..view }]);
    let (shell, address) = (shell(Tr::new(Lang::ZhCn), "/"), crate::form::FormText::default());
    let scene = gallery::scene(&shell, &manifest, manifest.view("x").unwrap(), &address);
    let refused = || std::sync::Arc::new(Err(toolcrib_contract::problem::REJECTED.because("No shift is planned")));
    let answers = Answers(scene.questions().into_iter().map(|question| (question, refused())).collect());
    let lines = sheet::of(&scene, &answers).lines;
    let [Kept::Text(told), Kept::Text(code)] = &lines[0][..] else { panic!("{lines:?}") };
    assert!(told.chars().all(|char| !char.is_ascii_alphabetic()) && code == "rejected", "{lines:?}");
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn a_view_that_lacks_its_parameter_says_which() {
    let view = View::new(("页", "Page"))
        .param(Param::new("machine", ("设备", "Machine")))
        .section(section().cell(12, table(Source::of("of").param("machine"), [column("code")])));
    let mut manifest = gallery::manifest(vec![View { name: "x".into(), ..view }]);
    let (mut of, hall) = (manifest.handlers[8].clone(), manifest.handlers[0].output.fields()[6].of.clone());
    of.kind = toolcrib_contract::manifest::HandlerKind::Query;
    (of.name, of.output) = ("of".into(), hall);
    let toolcrib_contract::Type::Struct { fields, .. } = &mut of.input else { unreachable!() };
    fields.truncate(1);
    manifest.handlers.push(of);
    has(&page(&shell(Tr::new(Lang::En), "/"), &manifest, "x", &[], None), &["Choose first: Machine"]);
}

#[test]
fn a_question_is_asked_once_however_many_cells_show_its_answer() {
    let manifest = gallery::manifest(gallery::views());
    let (shell, address) = (shell(Tr::new(Lang::En), "/"), crate::form::FormText::default());
    let asked = |view: &str| -> Vec<String> {
        let scene = gallery::scene(&shell, &manifest, manifest.view(view).unwrap(), &address);
        scene.questions().into_iter().map(|question| question.query).collect()
    };
    assert_eq!(asked("board"), ["broken", "hall", "losses", "output", "plan", "points", "spans"]);
    // Only the tab that is shown asks; its form asks what people choose from.
    assert_eq!(asked("work"), ["hall", "jobs"]);
}
