//! Boards to choose from, and how long each is shown when several take turns on a screen.

use crate::language::Tr;
use crate::part::icon::{Icon, icon};
use maud::{Markup, html};
use std::ops::RangeInclusive;

/// Seconds that a board may stay.
pub const SECONDS: RangeInclusive<u32> = 10..=60;
/// Seconds that it stays when nobody says.
pub const USUAL_SECONDS: u32 = 20;
/// The fields of the form, which are also those of the big screen's address.
pub const VIEW: &str = "view";
pub const STAY: &str = "seconds";

/// One board.
pub struct Board {
    /// What the field [`VIEW`] says of it.
    pub name: String,
    pub title: String,
    /// The module it belongs to.
    pub module: String,
    pub path: String,
}

/// The list, and a form that opens the chosen ones in turn at `action`. The address it leads to can be kept: the screen
/// needs nothing else.
pub fn playlist(tr: Tr, action: &str, boards: &[Board]) -> Markup {
    html! {
        form.playlist action=(action) {
            fieldset {
                legend { (tr.t("boards-choose")) }
                @for board in boards {
                    div.row {
                        label.check { input type="checkbox" name=(VIEW) value=(board.name) checked; span { (board.title) " " span.dim { (board.module) } } }
                        a.button href=(board.path) { (icon(Icon::Boards)) (tr.with("boards-open", &[("board", &board.title)])) }
                    }
                }
            }
            div.field {
                label for="f-seconds" { (tr.t("boards-seconds")) }
                input type="number" id="f-seconds" name=(STAY) value=(USUAL_SECONDS) min=(SECONDS.start()) max=(SECONDS.end()) step="1" required aria-describedby="h-seconds";
                p.help id="h-seconds" { (tr.with("boards-seconds-help", &[("least", &SECONDS.start().to_string()), ("most", &SECONDS.end().to_string())])) }
            }
            p.buttons { button.main { (tr.t("boards-start")) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;

    #[test]
    fn every_board_has_a_box_with_its_name_and_a_link_of_its_own() {
        let board = |name: &str, title: &str| Board {
            name: name.into(),
            title: title.into(),
            module: "设备".into(),
            path: format!("/t/acme/board?view={name}"),
        };
        let boards = [board("oee.wall", "车间大屏"), board("work-orders.wip_board", "在制看板")];
        let text = playlist(Tr::new(Lang::ZhCn), "/t/acme/board", &boards).into_string();
        assert_eq!(text.matches("type=\"checkbox\"").count(), 2);
        assert!(text.contains("<label for=\"f-seconds\">") && text.contains("min=\"10\" max=\"60\""), "{text}");
        assert!(text.contains("打开“在制看板”") && text.contains("action=\"/t/acme/board\""), "{text}");
    }
}
