//! The console's kernel in a real browser: what it makes of trees, of what was typed, and of a live feed.

mod board;

use super::chromium::Page;
use super::opened;
use board::Board;
use serde_json::{Value, json};

const KERNEL: &str = include_str!("../../../host/ui/static/js/kernel.js");
/// Makes random trees, and says where the kernel does not make one like the other.
const TREES: &str = include_str!("trees.js");

/// An empty page with the kernel; none without a browser.
fn blank() -> Option<Page> {
    let page = opened()?;
    page.go("about:blank");
    page.value(KERNEL);
    page.value(TREES);
    Some(page)
}

#[test]
fn one_random_tree_becomes_the_other() {
    let Some(page) = blank() else { return };
    for from in (0..4_000).step_by(500) {
        let wrong = page.value(&format!("trees.unlike({from}, {})", from + 500));
        assert_eq!(wrong, json!([]), "seeds whose trees stayed apart, with both");
    }
    assert!(page.value("trees.nodes").as_u64() > Some(50_000), "the trees are too small to say anything");
}

#[test]
fn the_focus_and_what_was_typed_stay_wherever_their_field_moves() {
    let Some(page) = blank() else { return };
    let wrong = page.value("trees.restless(0, 400)");
    assert_eq!(wrong, json!([]), "seeds after which the field was another one, lost the focus or its text");
}

#[test]
fn what_people_opened_and_typed_is_not_the_servers_to_close() {
    let Some(page) = blank() else { return };
    let told = page.value(
        "(() => {
            document.body.replaceChildren();
            const tree = (html) => tc.parse(html).body;
            tc.morph(document.body, tree('<details id=d><summary>s</summary>1</details><input id=i value=a><textarea id=t>x</textarea>'));
            document.querySelector('details').open = true;
            document.querySelector('#i').value = 'typed';
            document.querySelector('#t').value = 'written';
            tc.morph(document.body, tree('<details id=d><summary>s</summary>2</details><input id=i value=b><textarea id=t>y</textarea>'));
            const { open, textContent } = document.querySelector('details');
            return [open, textContent, document.querySelector('#i').value, document.querySelector('#t').value];
        })()",
    );
    assert_eq!(told, json!([true, "s2", "typed", "written"]));
}

#[test]
fn a_patch_is_painted_within_a_fifth_of_a_second() {
    let Some(page) = opened() else { return };
    let board = Board::start();
    page.listen();
    page.go(&board.url());
    page.value(
        "self.times = [];
         document.addEventListener('tc:patch', ({ detail }) => requestAnimationFrame(() => setTimeout(() => times.push(performance.now() - detail.at))))",
    );
    for round in 0..20 {
        board.patch(round);
        page.wait(&format!("times.length > {round}"));
    }
    let mut times: Vec<f64> = page.value("times").as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    times.sort_by(f64::total_cmp);
    use std::io::Write;
    let _ = writeln!(
        std::io::stderr(),
        "A patch of {} rows to paint: {:.1} ms in the middle, {:.1} ms at most",
        board::ROWS,
        times[10],
        times[19]
    );
    assert_eq!(page.value("document.querySelectorAll('#part tr').length"), json!(board::ROWS));
    assert_eq!(page.value("document.querySelector('#part td:last-child').textContent"), json!("19"));
    // The middle of twenty: one busy moment of this machine is not the kernel's.
    assert!(times[10] <= 200.0, "{times:?}");
    assert_eq!(page.complaints(), [""; 0], "the policy holds");
}

#[test]
fn a_page_says_what_it_shows_when_it_comes_back_and_reloads_for_a_newer_build() {
    let Some(page) = opened() else { return };
    let board = Board::start();
    page.go(&board.url());
    board.wait_for_streams(1);
    board.patch(1);
    page.wait("document.querySelector('#part td:last-child')?.textContent === '1'");
    board.hang_up();
    board.wait_for_streams(2);
    assert_eq!(board.streams()[0], "_seen=00000000 ", "what the page was made with");
    assert!(board.streams()[1].ends_with(" 00000001"), "{:?}", board.streams());
    page.value("self.kept = 1; document.querySelector('#typed').value = 'half a sentence'");
    board.build("b");
    page.wait("document.querySelector('#part td:last-child')?.textContent === '1' && self.kept");
    page.value("document.querySelector('#typed').value = ''");
    board.beat();
    page.wait("self.kept === undefined && document.readyState === 'complete'");
}

#[test]
fn links_and_forms_change_the_page_in_place_and_lead_the_focus() {
    let Some(page) = opened() else { return };
    let board = Board::start();
    page.listen();
    page.go(&board.url());
    page.value("self.kept = 1; document.querySelector('#go').click()");
    page.wait("document.title === 'next' && self.kept && location.pathname === '/next'");
    assert_eq!(page.value("document.activeElement.tagName"), json!("H1"));
    page.value("document.querySelector('form').requestSubmit(document.querySelector('#send'))");
    page.wait("document.querySelector('[aria-invalid=true]') && self.kept");
    assert_eq!(page.value("document.activeElement.id"), json!("count"), "the first field that is wrong");
    assert_eq!(page.value("document.querySelector('#count').value"), json!("lots of"), "bad input loses nothing");
    page.value("history.back()");
    page.wait("document.title === 'board' && self.kept");
    page.value("document.querySelector('details summary').click()");
    page.wait("document.querySelector('dialog[open]')?.textContent.includes('Sure?')");
    assert_eq!(page.value("document.activeElement.textContent"), json!("Not now"));
    page.value("document.activeElement.click()");
    page.wait("!document.querySelector('dialog')");
    page.value("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true }))");
    page.wait("document.querySelector('dialog.palette [role=option]')?.textContent === 'Go on'");
    assert_eq!(page.complaints().into_iter().filter(|what| !what.contains("422")).collect::<Vec<_>>(), [""; 0]);
}
