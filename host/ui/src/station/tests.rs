//! What terminals show, read as text.

use super::*;
use crate::form::FormText;
use crate::gallery::sample;
use crate::language::{Lang, Tr};
use crate::shell::Shell;
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::{PIN_LOCKED, Problem};

fn shell(worker: Option<Worker>) -> Shell {
    let places = vec!["press-1".to_owned(), "press-2".to_owned()];
    let views = vec![("/t/acme/s/oee/call".to_owned(), "呼叫".to_owned())];
    let place = Some("press-1".to_owned());
    let name = "一号线".to_owned();
    let station = Station { name, place, places, worker, views, drawn: 7, idle_s: 600 };
    Shell { station: Some(station), ..sample::shell(Tr::new(Lang::ZhCn), "/t/acme/s/oee/call") }
}

fn wang() -> Worker {
    Worker { code: "W1".to_owned(), name: "王 <师傅>".to_owned() }
}

#[test]
fn the_bar_says_where_and_who_and_hides_what_the_script_says() {
    let shell = shell(Some(wang()));
    let text = bar(&shell, shell.station.as_ref().unwrap()).into_string();
    for told in ["一号线", "press-2", "王 &lt;师傅&gt;", "换人", "aria-current=\"page\"", "data-worker=\"W1\""]
    {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(text.contains("id=\"queue\" role=\"status\" hidden") && text.contains("data-most=\"200\""), "{text}");
    assert!(!text.contains('⟦'), "{text}");
}

#[test]
fn a_form_is_sealed_to_its_person_and_the_moment_it_was_drawn() {
    let (key, station) = (FormKey::new(&[1; 32]), shell(Some(wang())).station.unwrap());
    let text = station.proof(&key, "/t/acme/s/oee/call").into_string();
    let token = text.split("name=\"_token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(key.fits(&sealed("/t/acme/s/oee/call", "W1", "7"), token));
    for (path, who, drawn) in
        [("/t/acme/s/oee/x", "W1", "7"), ("/t/acme/s/oee/call", "W2", "7"), ("/t/acme/s/oee/call", "W1", "8")]
    {
        assert!(!key.fits(&sealed(path, who, drawn), token));
    }
}

#[test]
fn the_pages_before_anybody_is_there_are_whole_and_label_what_they_ask() {
    let shell = shell(None);
    let locked = PIN_LOCKED.because("5");
    let station = shell.station.clone().unwrap();
    for page in [pair(&shell, "AB12", None), sign_in(&shell, &station, "W1", Some(&locked)), scan(&shell, "", None)] {
        let text = page.into_string();
        assert!(!text.contains('⟦') && text.matches("<h1>").count() == 1, "{text}");
        for input in text.split("<input").skip(1).filter(|input| input.contains(" id=\"")) {
            let id = input.split(" id=\"").nth(1).unwrap().split('"').next().unwrap();
            assert!(text.contains(&format!("for=\"{id}\"")), "{id} has no label");
        }
    }
}

#[test]
fn a_screen_shows_its_code_large_and_asks_again_without_a_script_too() {
    let code =
        CodeShown { text: "AB12CD34".into(), address: "http://plant/screen/confirm".into(), until: String::new() };
    let text = screen(&Shell::guest(Tr::new(Lang::ZhCn), "/screen".into()), &code).into_string();
    assert!(text.contains("data-kiosk=\"true\"") && text.contains("AB12CD34</p>"), "{text}");
    assert!(text.contains("data-again=\"5\"") && text.contains("http-equiv=\"refresh\" content=\"5\""), "{text}");
    assert!(!text.contains('⟦') && !text.contains("<form"), "nothing is pressed there: {text}");
}

#[test]
fn a_terminal_offers_no_form_that_needs_a_file_and_says_where_to_send_one() {
    use crate::gallery;
    use toolcrib_contract::Type;
    use toolcrib_contract::view::{View, form, section};
    let photo = |optional: bool| {
        let add = section().cell(12, form("add"));
        let view = View { name: "x".into(), ..View::new(("页", "Page")).station().section(add) };
        let mut manifest = gallery::manifest(vec![view]);
        let hall = manifest.handlers[0].output.fields().iter().find(|field| field.name == "plan").unwrap().clone();
        let add = manifest.handlers.iter_mut().find(|def| def.name == "add").unwrap();
        let Type::Struct { fields, .. } = &mut add.input else { unreachable!() };
        let Type::Option { of } = hall.of.clone() else { unreachable!() };
        fields.push(toolcrib_contract::schema::Field { of: if optional { hall.of } else { *of }, ..hall });
        let (shell, address) = (shell(Some(wang())), FormText::default());
        let scene = gallery::scene(&shell, &manifest, manifest.view("x").unwrap(), &address);
        crate::view::page::page(&scene, &Default::default()).into_string()
    };
    let needed = photo(false);
    assert!(needed.contains("请在手机或电脑上登录后办理") && !needed.contains("class=\"press\""), "{needed}");
    let possible = photo(true);
    assert!(possible.contains("请改在手机或电脑上办理") && possible.contains("name=\"good\""), "{possible}");
    assert!(!possible.contains("type=\"file\"") && !possible.contains("multipart"), "{possible}");
}

#[test]
fn what_a_terminal_shows_is_the_same_whenever_it_was_drawn() {
    let (key, mut station) = (FormKey::new(&[1; 32]), shell(Some(wang())).station.unwrap());
    let path = "/t/acme/s/oee/call";
    let drawn = |station: &Station| format!("<form>{}<b>7</b></form>", station.proof(&key, path).0);
    let first = station.same_each_time(&key, path, &drawn(&station));
    station.drawn += 1;
    assert_eq!(first, station.same_each_time(&key, path, &drawn(&station)));
    assert_eq!(first, "<form><b>7</b></form>");
}

#[test]
fn an_administrators_lists_say_states_in_words_and_keep_secrets() {
    let shell = sample::shell(Tr::new(Lang::En), "/t/acme/terminals");
    let line =
        TerminalLine { id: "1".into(), name: "Line 1".into(), paired: Some("8:00".into()), ..TerminalLine::default() };
    let views = [("oee/call".to_owned(), "Call".to_owned())];
    let typed =
        FormText::new(vec![("name".to_owned(), "Line 2".to_owned()), ("shows".to_owned(), "oee/call".to_owned())]);
    let boards = vec![("oee/wall".to_owned(), "Hall".to_owned())];
    let floor = Floor { lines: vec![line.clone()], views: views.to_vec(), boards: boards.clone() };
    let text = terminals(&shell, &floor, &typed, None).into_string();
    assert!(
        text.contains("● Paired") && text.contains("value=\"oee/call\" checked") && text.contains("Line 2"),
        "{text}"
    );
    assert!(text.contains("value=\"oee/wall\">") && text.contains("id=\"screen-code\""), "{text}");
    let wrong = Problem::input(vec![InputError { pointer: "/shows".into(), message: "one at least".into() }]);
    let code =
        FormText::new(vec![("screen".to_owned(), "AB12CD34".to_owned()), ("name".to_owned(), "East".to_owned())]);
    let text = terminals(&shell, &floor, &code, Some(&wrong)).into_string();
    assert!(text.contains("value=\"AB12CD34\"") && text.matches("value=\"East\"").count() == 1, "{text}");
    assert_eq!(text.matches("one at least</p>").count(), 1, "{text}");
    let screen = TerminalLine { boards: vec!["Hall".into()], ..line.clone() };
    let text = terminal(&shell, &screen, &boards, &FormText::default(), None, None).into_string();
    assert!(!text.contains("name=\"places\"") && text.contains("id=\"screen-code\""), "a screen has no keys: {text}");
    let code =
        CodeShown { text: "AB12CD34".into(), address: "http://plant/pair?code=AB12CD34".into(), until: "8:10".into() };
    let text = terminal(&shell, &line, &views, &typed, None, Some(&code)).into_string();
    assert!(text.contains("role=\"img\"") && text.contains("AB12CD34"), "{text}");
    let typed = FormText::new(vec![("pin".to_owned(), "4711".to_owned()), ("badge".to_owned(), "0099".to_owned())]);
    let person = OperatorLine {
        code: "W1".into(),
        name: "Wang".into(),
        locked: Some("8:05".into()),
        active: true,
        ..OperatorLine::default()
    };
    let text = operators(&shell, std::slice::from_ref(&person), &typed, None, Some(2)).into_string();
    assert!(text.contains("▲ PIN locked until 8:05") && text.contains("2 saved."), "{text}");
    assert!(!text.contains("4711") && !text.contains("0099"), "a secret never comes back in a page");
    assert!(!operator(&shell, &person, &typed, None).into_string().contains('⟦'));
}
