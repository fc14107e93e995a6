//! What officials decide: acceptance, payment of a part, demands back and their return, answers to objections.

use super::act::{ANSWER, area, file, line as asked};
use super::hash;
use super::spend::{choices, chosen};
use crate::guard::Uploaded;
use crate::pages::sent::{Sent, line, lines};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{
    Accept, AnswerObjection, ClawBack, NewClawBack, PayTranche, Project, Recover, Tranche,
};
use toolcrib_ui::form::FormText;
use toolcrib_ui::money::{read, yuan};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Field};
use toolcrib_ui::shell::Shell;

fn verdicts(shell: &Shell, yes: &str, no: &str) -> Vec<(String, String)> {
    vec![("yes".to_owned(), shell.tr.t(yes)), ("no".to_owned(), shell.tr.t(no))]
}

pub fn acceptance_fields(shell: &Shell, project: &Project, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let verdicts = verdicts(shell, "prog-state-accepted", "prog-state-rejected");
    let refused = |(value, text): (String, String)| {
        let field = Field { name: "lines_refused", label: &text, ..Field::default() };
        field.check(&value, sent.ticked("lines_refused", &value))
    };
    let hash = project.filing.as_ref().map(|filing| filing.sha256.as_str()).unwrap_or_default();
    html! {
        input type="hidden" name="contracts_sha256" value=(hash);
        (sent.field("verdict", &tr.t("prog-verdict"), "", "yes").select(&verdicts))
        (sent.field("experts", &tr.t("prog-experts"), &tr.t("prog-experts-help"), "").required().area(3))
        (sent.field("in_real_use", &tr.t("prog-real-use"), &tr.t("prog-real-use-help"), "").tick("yes", sent.ticked("in_real_use", "yes")))
        (asked(shell, sent, ("satisfaction", "prog-satisfaction", "number"), ""))
        (desk::ticks(&tr.t("prog-lines-refused"), &choices(project).into_iter().map(refused).collect::<Vec<_>>()))
        (area(shell, sent, "why", "prog-why"))
    }
}

pub fn acceptance(form: &FormText, project: &Project) -> Accept {
    let experts = lines(form, "experts");
    let experts = experts.split(['\n', ',', '，', '、', ';', '；']).map(str::trim).filter(|name| !name.is_empty());
    let seen = line(form, "contracts_sha256");
    let filed = || project.filing.as_ref().map(|filing| filing.sha256.clone()).unwrap_or_default();
    Accept {
        accepted: line(form, "verdict") == "yes",
        experts: experts.map(str::to_owned).collect(),
        in_real_use: !line(form, "in_real_use").is_empty(),
        satisfaction: line(form, "satisfaction").parse().unwrap_or(u8::MAX),
        lines_refused: form.all("lines_refused").map(chosen).collect(),
        // What the decider saw, not what stands there by now.
        contracts_sha256: if seen.is_empty() { filed() } else { seen },
        why: lines(form, "why"),
    }
}

/// The next part of the award that is not paid.
fn next_tranche(project: &Project) -> Option<&Tranche> {
    project.award.as_ref().and_then(|award| award.tranches.iter().find(|part| part.paid_on.is_none()))
}

pub fn tranche_fields(shell: &Shell, project: &Project, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let Some(next) = next_tranche(project) else { return part::empty(&tr.t("prog-all-paid")) };
    let (number, amount) = (next.tranche.to_string(), yuan(next.amount_fen));
    html! {
        input type="hidden" name="tranche" value=(number);
        p { strong { (tr.with("prog-tranche-title", &[("number", &number), ("amount", &amount)])) } }
        (asked(shell, sent, ("paid_on", "prog-paid-on", "date"), ""))
        (file(shell, sent, "bank_slip_sha256", "prog-bank-slip"))
    }
}

pub fn tranche(upload: &Uploaded, project: &Project) -> PayTranche {
    let typed = line(&upload.form, "tranche").parse().ok();
    PayTranche {
        tranche: typed.or_else(|| next_tranche(project).map(|part| part.tranche)).unwrap_or(0),
        paid_on: line(&upload.form, "paid_on"),
        bank_slip_sha256: hash(&upload.file("bank_slip_sha256")),
    }
}

pub fn claw_back_fields(shell: &Shell, sent: &Sent) -> Markup {
    html! {
        (asked(shell, sent, ("amount_fen", "prog-amount-yuan", "text"), ""))
        (asked(shell, sent, ("document", "prog-document", "text"), ""))
        (area(shell, sent, "why", "prog-why"))
    }
}

pub fn claw_back(form: &FormText) -> NewClawBack {
    NewClawBack {
        amount_fen: read(&line(form, "amount_fen")).unwrap_or(-1),
        document: line(form, "document"),
        why: lines(form, "why"),
    }
}

pub fn recover_fields(shell: &Shell, project: &Project, sent: &Sent) -> Markup {
    let open = project.claw_backs.iter().filter(|back| back.recovered_on.is_none());
    let choice =
        |back: &ClawBack| (back.number.to_string(), format!("{} · {}", back.number, yuan(back.claw_back.amount_fen)));
    let open: Vec<_> = open.map(choice).collect();
    html! {
        (sent.field("number", &shell.tr.t("prog-claw-back"), "", "").select(&open))
        (asked(shell, sent, ("paid_on", "prog-recovered-on", "date"), ""))
        (file(shell, sent, "bank_slip_sha256", "prog-bank-slip"))
    }
}

/// Number of the demand, and how it was returned.
pub fn recover(upload: &Uploaded) -> (i64, Recover) {
    let number = line(&upload.form, "number").parse().unwrap_or(0);
    let (paid_on, slip) = (line(&upload.form, "paid_on"), hash(&upload.file("bank_slip_sha256")));
    (number, Recover { paid_on, bank_slip_sha256: slip })
}

pub fn answer_fields(shell: &Shell, project: &Project, name: &str, sent: &Sent) -> Markup {
    let number: i64 = name.trim_start_matches(ANSWER).parse().unwrap_or(0);
    let objections = project.publicity.iter().flat_map(|publicity| &publicity.objections);
    let text = objections.into_iter().find(|objection| objection.number == number).map(|objection| &objection.text);
    let verdicts = verdicts(shell, "prog-upheld", "prog-dismissed");
    html! {
        @if let Some(text) = text { (part::prose(text)) }
        (sent.field("upheld", &shell.tr.t("prog-decision"), "", "no").select(&verdicts))
        (area(shell, sent, "why", "prog-why"))
    }
}

pub fn answer(form: &FormText) -> AnswerObjection {
    AnswerObjection { upheld: line(form, "upheld") == "yes", why: lines(form, "why") }
}
