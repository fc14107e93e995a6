//! `GET /t/{tenant}/boards`: the boards of the tenant's modules. `GET /t/{tenant}/board?view=…&view=…&seconds=…`: a big
//! screen that shows them in turn; all of them when the address names none. `GET /board`: the same for whoever only
//! knows the host's name.

use super::module::find;
use super::view::drawn;
use crate::failure::Failure;
use crate::routes::App;
use crate::visitor::{Member, Visitor};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use std::sync::Arc;
use toolcrib_contract::problem::NOT_FOUND;
use toolcrib_contract::view::{Place, View};
use toolcrib_runtime::Loaded;
use toolcrib_ui::form::{FormText, escape};
use toolcrib_ui::part;
use toolcrib_ui::part::playlist::{Board, SECONDS, STAY, USUAL_SECONDS, VIEW, playlist};
use toolcrib_ui::shell::Shell;
use toolcrib_ui::view::act::address;
use toolcrib_ui::view::board::{Turn, board};
use toolcrib_ui::view::page::opened_alone;

/// The field that says which of the chosen boards is shown, from 0.
const AT: &str = "at";
/// Boards that take turns on one screen.
const BOARDS: usize = 12;

/// A view that is a board, with its module.
type Found<'a> = (&'a Arc<Loaded>, &'a View);

/// The boards that somebody with this role can open, in the order of the modules.
fn all<'a>(modules: &'a [Arc<Loaded>], role: &'a str) -> Vec<Found<'a>> {
    let boards = modules.iter().flat_map(|loaded| {
        let mut views: Vec<_> =
            opened_alone(&loaded.manifest, role).filter(|view| view.place == Place::Board).collect();
        views.sort_by_key(|view| view.order);
        views.into_iter().map(move |view| (loaded, view))
    });
    boards.collect()
}

/// What an address calls a board.
fn name((loaded, view): &Found<'_>) -> String {
    format!("{}.{}", loaded.manifest.module, view.name)
}

fn modules(member: &Member) -> &[Arc<Loaded>] {
    member.view.as_ref().map_or(&[][..], |view| &view.modules)
}

pub async fn list(member: Member) -> Result<Markup, Failure> {
    let shell = member.shell();
    let path = screen(shell);
    let boards = all(modules(&member), &member.actor.role);
    let boards: Vec<_> = boards
        .iter()
        .map(|found| Board {
            name: name(found),
            title: shell.tr.words(&found.1.title).to_owned(),
            module: shell.tr.words(&found.0.manifest.title).to_owned(),
            path: format!("{path}?{VIEW}={}", escape(&name(found))),
        })
        .collect();
    Ok(page(shell, &boards))
}

fn screen(shell: &Shell) -> String {
    format!("{}/board", shell.tenant.as_ref().map(|tenant| tenant.path()).unwrap_or_default())
}

pub fn page(shell: &Shell, boards: &[Board]) -> Markup {
    let tr = shell.tr;
    let body = html! {
        p { (tr.t("boards-lead")) }
        @if boards.is_empty() { (part::empty(&tr.t("boards-none"))) }
        @else { (playlist(tr, &screen(shell), boards)) }
    };
    shell.page(&tr.t("boards-title"), body)
}

pub async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let asked: Vec<_> = pairs.iter().filter(|(key, _)| key == VIEW).map(|(_, name)| name.as_str()).collect();
    let boards = all(modules(&member), &member.actor.role);
    // A board that a module no longer has is left out: the screen goes on with the others.
    let chosen: Vec<_> = match asked.len() {
        0 => boards,
        _ => asked.iter().filter_map(|asked| boards.iter().find(|found| name(found) == **asked).copied()).collect(),
    };
    let chosen = &chosen[..chosen.len().min(BOARDS)];
    if chosen.is_empty() {
        return if asked.is_empty() {
            Ok(page(member.shell(), &[]).into_response())
        } else {
            Err(NOT_FOUND.because("none of these boards is there").into())
        };
    }
    let (at, turn) = turn(&pairs, chosen.len(), &screen(member.shell()), &chosen.iter().map(name).collect::<Vec<_>>());
    let (loaded, view) = chosen[at];
    let loaded = find(&member, &loaded.manifest.module)?;
    let nothing = FormText::default();
    let page =
        drawn(&app, &member, &loaded.manifest, view, &nothing, |scene, answers| board(scene, answers, turn.as_ref()));
    Ok(page.await.into_response())
}

/// Which of so many boards the address asks for, and its turn where they are several. `views`: those that the next
/// address must name.
pub fn turn(pairs: &[(String, String)], count: usize, path: &str, views: &[String]) -> (usize, Option<Turn>) {
    let number = |name: &str| pairs.iter().find(|(key, _)| key == name).and_then(|(_, text)| text.parse::<u32>().ok());
    let at = number(AT).map_or(0, |at| at as usize % count.max(1));
    let seconds = number(STAY).unwrap_or(USUAL_SECONDS).clamp(*SECONDS.start(), *SECONDS.end());
    let turn = (count > 1).then(|| {
        let views = views.iter().map(|view| (VIEW.to_owned(), view.clone()));
        let rest =
            [(STAY, seconds as usize), (AT, (at + 1) % count)].map(|(name, it)| (name.to_owned(), it.to_string()));
        Turn { place: at + 1, count, next: address(path, &views.chain(rest).collect::<Vec<_>>()), seconds }
    });
    (at, turn)
}

/// The first factory of whoever is signed in on the screen.
pub async fn any(visitor: Visitor) -> Result<Redirect, Failure> {
    let tenant = visitor.identity.me.tenants.first().ok_or_else(|| NOT_FOUND.because("no factory is known here"))?;
    Ok(Redirect::to(&format!("/t/{}/board", tenant.slug)))
}
