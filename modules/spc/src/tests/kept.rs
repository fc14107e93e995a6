//! Charts that are kept: from the first readings to frozen limits, signals, calls; bad input and limits.

use super::data::{ORANGE_JUICE, PISTON_RINGS};
use super::{Json, agrees, json, module, number, points_of, subgroups};
use crate::charts::Characteristic;
use crate::intake::{ChartPoint, OutOfControl, RaisedSignal, WINDOW, add_subgroup, raise_call};
use crate::stages::FrozenLimits;
use crate::views::names::Equipment;
use std::time::Duration;
use toolcrib_sdk::prelude::*;
use toolcrib_sdk::testing::Module;

fn text<const N: u32>(text: &str) -> Text<N> {
    text.parse().unwrap()
}

fn run(module: &mut Module, handler: &str, input: Json) -> Json {
    module.json(handler, &input).unwrap_or_else(|stopped| panic!("{handler}: {stopped:?}"))
}

#[track_caller]
fn refused(module: &mut Module, handler: &str, input: Json) -> String {
    module.json(handler, &input).unwrap_err().code().to_owned()
}

fn measure(module: &mut Module, inspection: &str, equipment: Option<&str>, values: &[&str]) {
    let body = json!({"characteristic": "bore", "material": "RING", "equipment": equipment, "inspection": inspection,
        "at": module.now().to_string(), "unit": "mm", "values": values});
    module.event("inspection", "measured", &body).unwrap();
}

/// A chart of the first 25 piston rings, its limits frozen, and what calls the modules of andon got.
fn rings() -> Module {
    let mut module = module();
    module.answer(|call: raise_call| {
        assert_eq!((call.kind.as_str(), call.source.as_str()), ("quality", "bore"));
        Ok(())
    });
    module.act_as("li", "supervisor");
    let specification = json!({"lower": "73.95", "upper": "74.05", "target": "74"});
    run(
        &mut module,
        "create_chart",
        json!({"chart": "bore", "characteristic": "bore", "equipment": "lathe-1", "kind": "xbar_r", "specification": specification}),
    );
    run(&mut module, "import_subgroups", json!({"chart": "bore", "rows": &subgroups(PISTON_RINGS)[..25]}));
    module
}

#[test]
fn every_list_calls_its_machines_by_their_names() {
    let mut module = module();
    module.share(&Equipment { code: text("lathe-1"), name: text("一号车床") });
    assert_eq!(run(&mut module, "machine_names", json!({})), json!([{"equipment": "lathe-1", "name": "一号车床"}]));
    module.without("plant");
    assert_eq!(run(&mut module, "machine_names", json!({})), json!([]), "codes are names then");
    let views = [crate::views::charts_page(), crate::views::chart_page()];
    let cells =
        views.iter().flat_map(|view| &view.tabs).flat_map(|tab| &tab.sections).flat_map(|section| &section.cells);
    let columns = cells.flat_map(|cell| cell.widget.columns()).filter(|column| column.field == "equipment");
    assert_eq!(columns.map(|column| column.names.is_some()).collect::<Vec<_>>(), [true; 3]);
}

#[test]
fn piston_rings_go_through_both_phases() {
    let mut module = rings();
    assert_eq!(module.emitted::<OutOfControl>(), []);
    let of = run(&mut module, "capability", json!({"chart": "bore"}));
    agrees(number(&of, "/within/cpk/value"), "1.6632");
    let limits = run(&mut module, "freeze_limits", json!({"chart": "bore", "because": "First study"}));
    agrees(number(&limits, "/centre"), "74.00118");
    assert_eq!((&limits["by"], &limits["points"], &limits["stage"]), (&json!("user:li"), &json!(25), &json!(1)));
    module.act_as("wang", "operator");
    for (at, row) in subgroups(PISTON_RINGS)[25..].iter().enumerate() {
        module.advance(Duration::from_secs(3_600));
        let added = run(&mut module, "add_subgroup", json!({"chart": "bore", "readings": row["readings"]}));
        assert_eq!(added["points"], json!([at + 26]));
    }
    let view = run(&mut module, "control_chart", json!({"chart": "bore"}));
    assert_eq!((&view["stage"], view["analysis"]["points"].as_array().unwrap().len()), (&json!(1), 15));
    assert_eq!(points_of(&view["analysis"], "we1"), [37, 38, 39]);
    agrees(number(&view, "/analysis/points/0/upper"), "74.01430");
    let earlier = run(&mut module, "control_chart", json!({"chart": "bore", "stage": 0, "last": 3}));
    assert_eq!((&earlier["limits"], &earlier["analysis"]["points"][0]["number"]), (&json!(null), &json!(23)));
    let told = module.emitted::<OutOfControl>();
    let beyond: Vec<_> = told.iter().filter(|one| one.rule == "we1").map(|one| one.point).collect();
    assert_eq!(beyond, [37, 38, 39]);
    assert_eq!(told[0].equipment, Some(text("lathe-1")));
    assert_eq!(module.rows::<RaisedSignal>(), told.len());
    let listed = run(&mut module, "signals", json!({"chart": "bore"}));
    assert_eq!(listed["rows"][0]["point"], told.last().unwrap().point);
}

#[test]
fn frozen_limits_change_by_command_alone_and_all_are_kept() {
    let mut module = rings();
    run(&mut module, "freeze_limits", json!({"chart": "bore"}));
    let before = run(&mut module, "control_chart", json!({"chart": "bore"}))["limits"].clone();
    for _ in 0..30 {
        module.advance(Duration::from_secs(60));
        run(&mut module, "add_subgroup", json!({"chart": "bore", "readings": ["75", "75.01", "75.02"]}));
    }
    assert_eq!(run(&mut module, "control_chart", json!({"chart": "bore"}))["limits"], before);
    run(&mut module, "freeze_limits", json!({"chart": "bore", "because": "New tool"}));
    run(&mut module, "freeze_limits", json!({"chart": "bore", "mean": 74.0, "sigma": 0.01, "because": "As designed"}));
    run(&mut module, "freeze_limits", json!({"chart": "bore", "stage": 0}));
    let history = run(&mut module, "limits", json!({"chart": "bore"}));
    let seen: Vec<_> = history["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["stage"].clone(), row["from_stage"].clone(), row["estimate"].clone()))
        .collect();
    let row = |stage: i64, from: i64, estimate: &str| (json!(stage), json!(from), json!(estimate));
    assert_eq!(seen, [row(4, 0, "range_mean"), row(3, 2, "known"), row(2, 1, "range_mean"), row(1, 0, "range_mean")]);
    assert_eq!(history["rows"][0]["centre"], before["centre"], "the same points give the same limits");
    assert_eq!(module.rows::<FrozenLimits>(), 4);
    assert_eq!(refused(&mut module, "freeze_limits", json!({"chart": "bore"})), "too-few-points");
    assert_eq!(refused(&mut module, "freeze_limits", json!({"chart": "bore", "mean": 1, "sigma": -1})), "bad-setup");
}

/// Orange juice in phases: excluded samples leave the limits and come back.
#[test]
fn an_excluded_point_leaves_the_limits_until_it_is_included() {
    let mut module = module();
    run(&mut module, "create_chart", json!({"chart": "juice", "characteristic": "leaking", "kind": "p"}));
    let rows: Vec<_> = ORANGE_JUICE.iter().map(|count| json!({"count": count, "size": "50"})).collect();
    run(&mut module, "import_subgroups", json!({"chart": "juice", "rows": rows}));
    let centre =
        |module: &mut Module| number(&run(module, "control_chart", json!({"chart": "juice"})), "/analysis/centre");
    agrees(centre(&mut module), "0.2313333");
    for point in [15, 23] {
        run(
            &mut module,
            "exclude_point",
            json!({"chart": "juice", "point": point, "because": "New batch of cardboard"}),
        );
    }
    let view = run(&mut module, "control_chart", json!({"chart": "juice"}));
    agrees(number(&view, "/analysis/points/0/lower"), "0.04070284");
    assert_eq!(view["analysis"]["points"][14]["excluded"], "New batch of cardboard");
    // Montgomery goes on: with the new limits sample 21 is out, and no cause is found.
    assert_eq!(points_of(&view["analysis"], "we1"), [21]);
    for point in [15, 23] {
        run(&mut module, "include_point", json!({"chart": "juice", "point": point}));
    }
    agrees(centre(&mut module), "0.2313333");
    assert_eq!(
        refused(&mut module, "exclude_point", json!({"chart": "juice", "point": 31, "because": "?"})),
        "unknown-point"
    );
    assert_eq!(
        refused(&mut module, "exclude_point", json!({"chart": "juice", "point": 3, "because": " "})),
        "reason-empty"
    );
    assert_eq!(refused(&mut module, "capability", json!({"chart": "juice"})), "counts-have-none");
}

#[test]
fn the_first_readings_make_a_chart_and_twenty_make_it_speak() {
    let mut module = module();
    module.without("oee");
    for at in 0..19 {
        module.advance(Duration::from_secs(60));
        measure(&mut module, &format!("I-{at}"), Some("press-1"), &["10.1", "10.2", "10.0"]);
    }
    module.advance(Duration::from_secs(60));
    measure(&mut module, "I-wild", Some("press-1"), &["20", "20.1", "20.2"]);
    let view = run(&mut module, "control_chart", json!({"chart": "bore@press-1"}));
    assert_eq!((&view["chart"]["kind"], &view["chart"]["equipment"]), (&json!("xbar_r"), &json!("press-1")));
    // Alone it works: nobody is called, everybody is told.
    let told = module.emitted::<OutOfControl>();
    assert_eq!((told[0].point, told[0].rule.as_str(), told[0].value), (20, "we1", 20.1));
    // The same inspection told again changes nothing.
    measure(&mut module, "I-wild", Some("press-1"), &["20", "20.1", "20.2"]);
    assert_eq!((module.rows::<ChartPoint>(), module.emitted::<OutOfControl>().len()), (20, told.len()));
}

/// Cp and Cpk of a chart that nobody set up.
#[test]
fn a_chart_takes_over_the_specification_of_the_inspection() {
    let mut module = module();
    let limit = |text: &str| Some(text.parse().unwrap());
    module.share(&Characteristic { code: text("bore"), lower: limit("9"), target: None, upper: limit("12") });
    measure(&mut module, "I-1", None, &["10", "11", "10"]);
    let of = run(&mut module, "capability", json!({"chart": "bore"}));
    agrees(number(&of, "/within/cp/value"), &format!("{:.9}", 3.0 / 6.0 * 1.6925687506));
    run(
        &mut module,
        "create_chart",
        json!({"chart": "own", "characteristic": "bore", "kind": "i_mr", "specification": {"upper": "12"}}),
    );
    let charts = run(&mut module, "charts", json!({}));
    assert_eq!((&charts["rows"][0]["lower"], &charts["rows"][1]["lower"]), (&json!("9.000000"), &json!(null)));
}

#[test]
fn readings_reach_every_chart_of_their_characteristic() {
    let mut module = module();
    for (chart, equipment, kind) in [("all", None, "i_mr"), ("one", Some("press-1"), "xbar_s"), ("counted", None, "c")]
    {
        run(
            &mut module,
            "create_chart",
            json!({"chart": chart, "characteristic": "bore", "equipment": equipment, "kind": kind}),
        );
    }
    measure(&mut module, "I-1", Some("press-1"), &["1", "2", "3"]);
    measure(&mut module, "I-2", Some("press-2"), &["4"]);
    let many: Vec<String> = (0..30).map(|at| at.to_string()).collect();
    measure(&mut module, "I-3", Some("press-1"), &many.iter().map(String::as_str).collect::<Vec<_>>());
    let sizes = |module: &mut Module, chart: &str| -> Vec<i64> {
        let view = run(module, "control_chart", json!({"chart": chart}));
        view["analysis"]["points"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|point| Some(point["size"].as_f64()? as i64))
            .collect()
    };
    assert_eq!(sizes(&mut module, "all"), [1; 34]);
    assert_eq!(sizes(&mut module, "one"), [3, 25, 5]);
    // Without a chart for it a machine of its own gets none: the one for all machines has it.
    measure(&mut module, "I-4", Some("press-9"), &[]);
    assert_eq!(module.rows::<crate::charts::Chart>(), 3);
}

#[test]
fn a_late_point_stands_where_it_belongs() {
    let mut module = module();
    run(
        &mut module,
        "create_chart",
        json!({"chart": "x", "characteristic": "x", "kind": "i_mr", "setup": {"mean": 10, "sigma": 1}}),
    );
    module.advance(Duration::from_secs(7_200));
    let at = |seconds: i64| module_time(seconds);
    for (seconds, value) in [(3_600, "10.5"), (60, "9.5"), (7_000, "14")] {
        run(&mut module, "add_subgroup", json!({"chart": "x", "readings": [value], "at": at(seconds)}));
    }
    let view = run(&mut module, "control_chart", json!({"chart": "x"}));
    let order: Vec<_> =
        view["analysis"]["points"].as_array().unwrap().iter().map(|point| point["number"].clone()).collect();
    assert_eq!(order, [2, 1, 3]);
    // Known parameters: judged from the first point on.
    assert_eq!(module.emitted::<OutOfControl>()[0].point, 3);
}

fn module_time(seconds: i64) -> String {
    module().now().plus_us(seconds * 1_000_000).to_string()
}

#[test]
fn a_failing_host_leaves_nothing_half_done() {
    let mut module = rings();
    run(&mut module, "freeze_limits", json!({"chart": "bore"}));
    let wild = add_subgroup {
        chart: text("bore"),
        readings: Some(vec!["75".parse().unwrap(), "75.1".parse().unwrap()]),
        count: None,
        size: None,
        at: None,
        source: None,
    };
    let added = module.fail_each_host_call(&wild, |module, outcome| {
        let (points, signals) = (module.rows::<ChartPoint>(), module.rows::<RaisedSignal>());
        assert_eq!((points, signals > 0), if outcome.is_ok() { (26, true) } else { (25, false) });
    });
    assert_eq!(added.unwrap().points, [26]);
}

#[test]
fn bad_input_is_told_and_loses_nothing() {
    let mut module = module();
    let create = |chart: &str, kind: &str, setup: Json, specification: Json| json!({"chart": chart, "characteristic": "x", "kind": kind, "setup": setup, "specification": specification});
    for (setup, specification, code) in [
        (json!({"width": 0}), json!(null), "bad-setup"),
        (json!({"lambda": 1.01}), json!(null), "bad-setup"),
        (json!({"sigma": -1}), json!(null), "bad-setup"),
        (json!({"h": 0}), json!(null), "bad-setup"),
        (json!({"mean": -1e300}), json!(null), "bad-setup"),
        (json!({"sigma": 1e-300}), json!(null), "bad-setup"),
        (json!({"base": 25}), json!(null), "base-in-chart"),
        (json!(null), json!({"lower": "2", "upper": "2"}), "bad-specification"),
        (json!(null), json!({"level": 1.0}), "bad-level"),
        (json!(null), json!({"degrees": 0}), "bad-level"),
        (json!(null), json!({"degrees": 1_000_001}), "bad-level"),
    ] {
        assert_eq!(refused(&mut module, "create_chart", create("x", "xbar_r", setup, specification)), code);
    }
    assert_eq!(refused(&mut module, "create_chart", create(" ", "xbar_r", json!(null), json!(null))), "code-empty");
    run(&mut module, "create_chart", create("x", "xbar_r", json!({"rules": ["nelson3", "we2"]}), json!(null)));
    run(&mut module, "create_chart", create("n", "np", json!(null), json!(null)));
    assert_eq!(refused(&mut module, "create_chart", create("x", "xbar_r", json!(null), json!(null))), "code-taken");
    let long: Vec<i64> = (0..26).collect();
    for (input, code) in [
        (json!({"chart": "?", "readings": [1]}), "unknown-chart"),
        (json!({"chart": "x"}), "bad-readings"),
        (json!({"chart": "x", "readings": []}), "bad-readings"),
        (json!({"chart": "x", "readings": long}), "bad-readings"),
        (json!({"chart": "x", "readings": [1], "count": 1}), "bad-readings"),
        (json!({"chart": "x", "readings": [1.5]}), "bad-input"),
        (json!({"chart": "x", "readings": [1], "at": "2026-01-05T00:00:01Z"}), "in-the-future"),
        (json!({"chart": "n", "count": -1, "size": "5"}), "bad-count"),
        (json!({"chart": "n", "count": 1, "size": "5", "readings": [1]}), "bad-count"),
        (json!({"chart": "n", "count": 6, "size": "5"}), "bad-size"),
        (json!({"chart": "n", "count": 1, "size": "5.5"}), "bad-size"),
        (json!({"chart": "n", "count": 1}), "bad-size"),
        (json!({"chart": "n", "count": 0, "size": "0"}), "bad-size"),
    ] {
        assert_eq!(refused(&mut module, "add_subgroup", input.clone()), code, "{input}");
    }
    // An import is all or nothing, and names the row.
    let rows = json!([{"readings": [1, 2]}, {"readings": [3, 4]}, {"count": 7}]);
    let stopped = module.json("import_subgroups", &json!({"chart": "x", "rows": rows})).unwrap_err();
    let rejection = stopped.rejection().expect("a rejection");
    assert_eq!((rejection.code.as_str(), rejection.field.as_deref()), ("bad-readings", Some("rows/2/readings")));
    assert_eq!(module.rows::<ChartPoint>(), 0);
    let shown = run(&mut module, "control_chart", json!({"chart": "x"}));
    assert_eq!((&shown["analysis"]["centre"], &shown["analysis"]["points"]), (&json!(null), &json!([])));
    run(&mut module, "change_chart", json!({"chart": "x", "specification": {"upper": "5"}}));
    assert_eq!(run(&mut module, "charts", json!({}))["rows"][1]["rules"], json!(null));
    module.act_as("viewer", "viewer");
    assert_eq!(refused(&mut module, "add_subgroup", json!({"chart": "x", "readings": [1]})), "not-allowed");
}

/// A count has no bound of its own: the sum of many is still a number.
#[test]
fn counts_too_large_to_add_are_charted() {
    let of = super::analyse("c", &[json!({"count": i64::MAX}), json!({"count": i64::MAX})], json!(null));
    super::near(number(&of, "/centre"), 2f64.powi(63), 1e-15);
    assert_eq!(of["signals"], json!([]));
}

/// A share lies from 0 to 1 and a rate is not negative: known ones neither, in a study, a chart, or frozen limits.
#[test]
fn a_known_share_or_rate_that_cannot_be_is_refused() {
    let mut module = module();
    module.act_as("li", "supervisor");
    for (kind, size, wrong, right) in [
        ("p", json!(9), 1.5, 1.0),
        ("np", json!(9), -0.1, 0.0),
        ("c", json!(null), -2.0, 0.0),
        ("u", json!(9), -2.0, 2.0),
    ] {
        let point = json!({"count": 3, "size": size});
        let study = |mean: f64| json!({"kind": kind, "subgroups": [point], "setup": {"mean": mean}});
        assert_eq!(refused(&mut module, "analyse_subgroups", study(wrong)), "bad-setup");
        run(&mut module, "analyse_subgroups", study(right));
        let create = |setup: Json| json!({"chart": kind, "characteristic": "x", "kind": kind, "setup": setup});
        assert_eq!(refused(&mut module, "create_chart", create(json!({"mean": wrong}))), "bad-setup");
        run(&mut module, "create_chart", create(json!(null)));
        let freeze = |mean: f64| json!({"chart": kind, "mean": mean});
        assert_eq!(refused(&mut module, "freeze_limits", freeze(wrong)), "bad-setup");
        run(&mut module, "freeze_limits", freeze(right));
    }
}

/// A single subgroup, a single reading, readings that do not vary: values where there are some, never nonsense.
#[test]
fn what_cannot_be_computed_has_no_value() {
    let of = |kind: &str, rows: &str| super::analyse(kind, &subgroups(rows), json!(null));
    let single = of("i_mr", "5");
    assert_eq!(
        (&single["centre"], &single["sigma"], &single["points"][0]["upper"]),
        (&json!(5.0), &json!(null), &json!(null))
    );
    let one = of("xbar_r", "1 2 3");
    assert_eq!((number(&one, "/centre"), one["points"][0]["second"].as_f64()), (2.0, Some(2.0)));
    assert!(one["points"][0]["upper"].is_number());
    let missing = of("xbar_r", "- -\n- -");
    assert_eq!((&missing["centre"], &missing["points"][1]["value"]), (&json!(null), &json!(null)));
    let flat = of("xbar_r", "3 3\n3 3\n4 4");
    assert_eq!((number(&flat, "/sigma"), number(&flat, "/points/0/upper")), (0.0, number(&flat, "/centre")));
    assert_eq!(points_of(&flat, "we1"), [1, 2, 3], "no spread, and none of them is on the centre");
    assert_eq!(points_of(&of("xbar_s", "3 3\n3 3"), "we1"), [0i64; 0]);
    let study = |rows: &str, specification: Json| {
        super::ask("study_capability", &json!({"subgroups": subgroups(rows), "specification": specification}))
    };
    let both = json!({"lower": "1", "upper": "9"});
    let flat = study("3 3\n3 3", both.clone());
    assert_eq!((&flat["within"], &flat["overall"], number(&flat, "/mean")), (&json!(null), &json!(null), 3.0));
    assert_eq!(study("3", both.clone())["overall"], json!(null));
    // Subgroups without any range: no σ within, and an overall one.
    let stairs = study("3 3\n4 4", both);
    assert_eq!((&stairs["within"], stairs["overall"]["cpk"]["value"].is_number()), (&json!(null), true));
    let none = super::ask("study_capability", &json!({"subgroups": [], "specification": {}}));
    assert_eq!((&none["readings"], &none["mean"]), (&json!(0), &json!(null)));
    let few =
        super::ask("capability_of", &json!({"readings": 1, "mean": 0, "sigma": 1, "specification": {"upper": "3"}}));
    assert_eq!(few, json!(null));
    for (readings, mean, sigma) in [(2, 0.0, 0.0), (2, 1e16, 1.0), (1_000_001, 0.0, 1.0), (-1, 0.0, 1.0)] {
        let input = json!({"readings": readings, "mean": mean, "sigma": sigma, "specification": {}});
        assert_eq!(refused(&mut module(), "capability_of", input), "bad-figures");
    }
}

/// Every point breaks several rules: the answer holds the latest thousand signals.
#[test]
fn a_thousand_points_out_of_control_fit_one_answer() {
    let rows: Vec<_> = (0..1_000).map(|_| json!({"readings": ["9", "9.5"]})).collect();
    let of = super::analyse("xbar_r", &rows, json!({"mean": 0, "sigma": 1}));
    let signals = of["signals"].as_array().unwrap();
    assert_eq!((signals.len(), &signals[999]["point"]), (1_000, &json!(1_000)));
    assert_eq!(of["points"].as_array().unwrap().len(), 1_000);
    let mut module = module();
    run(
        &mut module,
        "create_chart",
        json!({"chart": "x", "characteristic": "x", "kind": "xbar_r", "setup": {"mean": 0, "sigma": 1}}),
    );
    let added = run(&mut module, "import_subgroups", json!({"chart": "x", "rows": rows}));
    assert_eq!((added["signals"].as_array().unwrap().len(), module.rows::<RaisedSignal>()), (1_000, 100));
}

/// A chart shows its latest 1,000 points, however many it has.
#[test]
fn a_chart_of_more_points_than_the_window_shows_the_latest() {
    let mut module = module();
    run(
        &mut module,
        "create_chart",
        json!({"chart": "x", "characteristic": "x", "kind": "cusum", "setup": {"mean": 0, "sigma": 1}}),
    );
    for part in 0..3 {
        let rows: Vec<_> = (0..500).map(|at| json!({"readings": [(at + part) % 3 - 1]})).collect();
        run(&mut module, "import_subgroups", json!({"chart": "x", "rows": rows}));
    }
    let view = run(&mut module, "control_chart", json!({"chart": "x"}));
    let points = view["analysis"]["points"].as_array().unwrap();
    assert_eq!((points.len(), &points[0]["number"]), (WINDOW, &json!(501)));
    let rows = vec![json!({"readings": [1]}); 1_001];
    assert_eq!(refused(&mut module, "import_subgroups", json!({"chart": "x", "rows": rows})), "bad-input");
    // The most signals that one call raises are a hundred; the chart shows all.
    let before = module.rows::<RaisedSignal>();
    let rows = vec![json!({"readings": [9]}); 500];
    let added = run(&mut module, "import_subgroups", json!({"chart": "x", "rows": rows}));
    assert_eq!((added["signals"].as_array().unwrap().len(), module.rows::<RaisedSignal>() - before), (500, 100));
}
