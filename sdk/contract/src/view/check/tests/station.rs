//! What the judgement says of views on terminals.

use super::*;

/// A terminal's view that fills `call` in, and counts.
fn terminal() -> View {
    let call = form("call").first(["machine"]).fold(("更多", "More"), ["note"]);
    let counted = form("count").hidden("machine", place()).pad("good", [1, 10]);
    View::new(("呼叫", "Call"))
        .station()
        .order(2)
        .param(Param::new("machine", ("设备", "Machine")).starts_as(place()))
        .section(section().cell(6, call.prefill("machine", param("machine"))).cell(6, counted))
        .scanned("EQ:*", "machine")
        .late(Late { operation: "tell".to_owned(), field: "at".to_owned() })
        .undo(
            Undo { operation: "tell".to_owned(), by: "untell".to_owned(), arguments: Vec::new() }
                .with("told", row("id")),
        )
}

fn judged(view: View) -> Vec<String> {
    let told = structure("told", vec![field("id", text())]);
    let mut manifest = manifest(vec![View { name: "call".to_owned(), ..view }]);
    let at = vec![field("at", option(Type::Instant)), field("when", Type::Instant)];
    manifest.handlers.push(handler("tell", HandlerKind::Command, at, told));
    manifest.handlers.push(handler("untell", HandlerKind::Command, vec![field("told", text())], Type::Unit));
    manifest.handlers.push(handler("snap", HandlerKind::Command, vec![field("photo", photo())], Type::Unit));
    let many = (0..=limits::STATION_FIELDS).map(|at| field(&format!("f{at}"), option(text()))).collect();
    manifest.handlers.push(handler("many", HandlerKind::Command, many, Type::Unit));
    check(&manifest).into_iter().map(|problem| format!("{}. {}", problem.what.en, problem.fix.en)).collect()
}

#[test]
fn a_terminal_used_rightly_is_let_through_and_survives_both_forms() {
    assert_eq!(judged(terminal()), Vec::<String>::new());
    let bytes = terminal().to_bytes();
    assert_eq!(View::from_bytes(&bytes), Ok(terminal()));
    let json = serde_json::to_string(&terminal()).unwrap();
    assert_eq!(serde_json::from_str::<View>(&json).unwrap(), terminal());
}

#[track_caller]
fn refused(view: View, what: &str) {
    let found = judged(view);
    assert!(found.iter().any(|found| found.contains(what)), "{what}: {found:?}");
}

#[test]
fn a_form_on_a_terminal_shows_six_inputs_and_no_more() {
    let whole = || View::new(("一", "One")).section(section().cell(12, form("many")));
    refused(whole().station(), "shows 7 inputs at once, at most 6 fit");
    assert_eq!(judged(whole()), Vec::<String>::new(), "a page has room");
    let few = form("many").first(["f0", "f6"]);
    assert_eq!(judged(View::new(("一", "One")).station().section(section().cell(12, few))), Vec::<String>::new());
    let hidden = form("many").hidden("f3", constant("x"));
    assert_eq!(judged(View::new(("一", "One")).station().section(section().cell(12, hidden))), Vec::<String>::new());
}

#[test]
fn a_form_on_a_terminal_needs_no_file() {
    let snap = || View::new(("一", "One")).section(section().cell(12, form("snap")));
    refused(snap().station(), "Terminals send no files, and the form needs one. Put the form on a page");
    assert_eq!(judged(snap()), Vec::<String>::new());
}

#[test]
fn a_button_on_a_terminal_leads_to_no_page_that_is_not_there() {
    let call = action(("呼叫", "Call"), Does::Form { operation: "call".to_owned(), arguments: Vec::new() });
    let view = View::new(("一", "One")).section(section().cell(12, heading(("一", "One")).action(call)));
    assert_eq!(judged(view.clone()), Vec::<String>::new());
    refused(view.station(), "terminals have no page for");
}

#[test]
fn what_names_nothing_is_refused() {
    refused(terminal().scanned("EQ:", "machine"), "is no pattern of a scan");
    refused(terminal().scanned("*-*", "machine"), "is no pattern of a scan");
    refused(terminal().scanned("*", "lot"), "A scan cannot fill `lot`");
    let undo =
        |operation: &str, by: &str| Undo { operation: operation.to_owned(), by: by.to_owned(), arguments: Vec::new() };
    refused(terminal().undo(undo("tell", "untell")), "undone in two ways");
    refused(terminal().undo(undo("call", "hall")), "runs the query `hall`");
    refused(terminal().undo(undo("call", "untell")), "`told` of undoing `call` is required");
    refused(terminal().undo(undo("call", "untell").with("told", row("id"))), "which is not there");
    let late = |field: &str| Late { operation: "tell".to_owned(), field: field.to_owned() };
    let mut view = terminal();
    view.lates = vec![late("when")];
    refused(view, "`when` cannot take the time");
    let with = |form: Form| View::new(("一", "One")).section(section().cell(12, form));
    refused(with(form("call").first(["lot"])), "`lot` is no input of the form");
    refused(with(form("call").first(["note"]).fold(("二", "Two"), ["note"])), "`note` has two places");
    refused(with(form("call").pad("note", [1])), "`note` has no digits");
    refused(with(form("count").pad("good", [0])), "adds nothing");
    let when = form("tell").prefill("when", place());
    refused(with(when), "A place cannot fill");
}

#[test]
fn ways_are_bounded() {
    let mut view = terminal();
    view.scans = vec![view.scans[0].clone(); limits::WIDGET_ITEMS + 1];
    refused(view, "25 scans, undos or late entries");
}
