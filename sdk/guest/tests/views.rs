//! Views of a module: described by plain functions, judged when the module is tested.

use toolcrib_sdk::prelude::*;
use toolcrib_sdk::view::*;

#[value]
struct Machine {
    code: Text<64>,
    good: i64,
}

#[query]
fn machines(ctx: &Query, hall: Option<Text<20>>) -> Outcome<Vec<Machine>> {
    let _ = (ctx, hall);
    Ok(vec![])
}

#[command]
fn count(ctx: &mut Command, machine: Text<64>, good: i64) -> Outcome<()> {
    let _ = (ctx, machine, good);
    Ok(())
}

mod good {
    use super::*;

    fn board() -> View {
        let plus =
            action(("加一", "One more"), run::<count>().with("machine", row("code")).with("good", constant("1")));
        let rows = table(source::<machines>().param("hall"), [column("code"), column("good")]).row_action(plus);
        let one = Param::new("hall", ("车间", "Hall"));
        View::new(("看板", "Board")).param(one).section(section().cell(12, rows))
    }

    module! {
        name: "line",
        title: { zh: "产线", en: "Line" },
        summary: { zh: "产线", en: "Line" },
        handlers: [machines, count],
        views: [board],
    }
}

mod short {
    use super::*;

    const LEVELS: [StateWords; 2] = [("0", ("少", "Few"), Tone::Bad), ("9", ("多", "Many"), Tone::Ok)];

    fn board() -> View {
        let mut shown = columns(&["code"]);
        shown.push(states("good", &LEVELS));
        let plus = run::<count>().with("good", constant("1")).with("machine", row("code"));
        View::new(("看板", "Board"))
            .whole(table(source::<machines>(), shown).row_action(action(("加一", "More"), plus)))
    }

    fn long() -> View {
        let good =
            column("good").state(state("0", ("少", "Few"), Tone::Bad)).state(state("9", ("多", "Many"), Tone::Ok));
        let plus = from_row(run::<count>().with("good", constant("1")), &[]).with("machine", row("code"));
        let rows = table(source::<machines>(), [column("code"), good]).row_action(action(("加一", "More"), plus));
        View::new(("看板", "Board")).section(section().cell(12, rows))
    }

    module! {
        name: "line",
        title: { zh: "产线", en: "Line" },
        summary: { zh: "产线", en: "Line" },
        handlers: [machines, count],
        views: [board, long],
    }

    #[test]
    fn what_is_said_in_short_is_the_same_view() {
        let module = module();
        let [short, long] = ["board", "long"].map(|name| module.manifest().view(name).unwrap().tabs.clone());
        assert_eq!(short, long);
        let by_hand = run::<count>().with("machine", row("machine")).with("good", row("good"));
        assert_eq!(from_row(run::<count>(), &["machine", "good"]), by_hand);
    }
}

mod bad {
    use super::*;

    fn board() -> View {
        View::new(("看板", "Board")).section(section().cell(12, table(source::<machines>(), [column("colour")])))
    }

    module! {
        name: "line",
        title: { zh: "产线", en: "Line" },
        summary: { zh: "产线", en: "Line" },
        handlers: [machines],
        views: [board],
    }
}

#[test]
fn a_view_is_called_as_its_function_is() {
    let module = good::module();
    let view = module.manifest().view("board").unwrap();
    assert_eq!((view.title.zh.as_str(), view.params[0].name.as_str()), ("看板", "hall"));
}

#[test]
#[should_panic(
    expected = "the views of `line` cannot be drawn:\nview `board`, tab 1, section 1, cell 1 (table): Its column is \
                           `colour`, which is not there. There are: code, good."
)]
fn a_field_that_no_query_answers_is_told_when_the_module_is_tested() {
    bad::module();
}
