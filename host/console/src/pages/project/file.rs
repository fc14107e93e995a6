//! 一企一档: what is known of a firm.

use crate::pages::city::{code, segment};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Firm, Segment};
use toolcrib_ui::part;
use toolcrib_ui::shell::Shell;

/// The firm's own facts.
pub fn firm(shell: &Shell, firm: &Firm, segments: &[Segment]) -> Markup {
    let tr = shell.tr;
    let yes = |yes: bool| tr.t(if yes { "yes" } else { "no" });
    let funded =
        if firm.funded_by.is_empty() { tr.t("prog-none-word") } else { firm.funded_by.join(&tr.t("list-separator")) };
    let credit = if firm.dishonest { ("bad", "prog-dishonest") } else { ("ok", "prog-honest") };
    part::facts(&[
        (tr.t("prog-firm"), html! { (firm.name) }),
        (tr.t("prog-uscc"), html! { code { (firm.uscc) } }),
        (tr.t("prog-district"), html! { (firm.district) }),
        (tr.t("prog-segment"), html! { (segment(tr, segments, &firm.segment)) }),
        (tr.t("prog-above-scale"), html! { (yes(firm.above_scale)) }),
        (tr.t("prog-class"), html! { (tr.t(&format!("prog-class-{}", code(firm.class)))) }),
        (tr.t("prog-credit"), html! { (part::tag(credit.0, &tr.t(credit.1))) }),
        (tr.t("prog-funded-by"), html! { (funded) }),
    ])
}
