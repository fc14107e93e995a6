//! `GET` and `POST /identifications/{id}/do/{act}`: the form of one act, and the act.

use super::PATH;
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, line, lines, told};
use crate::visitor::Visitor;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_contract::problem::{NOT_FOUND, Problem};
use toolcrib_registry_client::wire::{
    Appeal, DecideDispute, GiveScore, Identification, Objection, Scores, TakeIdentificationStep,
};
use toolcrib_ui::form::FormText;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Steps of the city and of the provider, and the fields that their forms have.
const STEPS: [(&str, &[&str]); 13] = [
    ("review", &["experts"]),
    ("conclude", &[]),
    ("refuse", &["reason"]),
    ("publicise", &["days"]),
    ("publish", &["months"]),
    ("rate", &["stars", "reason"]),
    ("warn", &["reason"]),
    ("demand", &["until", "reason"]),
    ("restore", &["reason"]),
    ("suspend", &["reason"]),
    ("delist", &["reason"]),
    ("withdraw", &["reason"]),
    ("report", &["reason"]),
];
/// What an expert gives points for, with the most of each.
const SCORES: [(&str, u32); 4] = [("cases", 30), ("technology", 30), ("service", 20), ("price", 20)];

/// An act that has a form.
pub enum Act<'a> {
    Step(&'a str, &'static [&'static str]),
    Score,
    Object,
    Appeal,
    /// On the objection or appeal of this number.
    Decide(&'static str, i64),
}

impl<'a> Act<'a> {
    /// None for a name that no act has.
    pub fn named(name: &'a str) -> Option<Self> {
        if let Some((_, fields)) = STEPS.iter().find(|(step, _)| *step == name) {
            return Some(Self::Step(name, fields));
        }
        let number = |prefix: &str| name.strip_prefix(prefix).and_then(|number| number.parse().ok());
        match name {
            "score" => Some(Self::Score),
            "object" => Some(Self::Object),
            "appeal" => Some(Self::Appeal),
            _ => number("objections-")
                .map(|number| Self::Decide("objections", number))
                .or_else(|| number("appeals-").map(|number| Self::Decide("appeals", number))),
        }
    }
}

fn absent() -> Problem {
    NOT_FOUND.because("there is no such act")
}

pub async fn show(visitor: Visitor, Path((id, name)): Path<(String, String)>) -> Result<Response, Failure> {
    let act = Act::named(&name).ok_or_else(absent)?;
    let one = visitor.registry.identification(&id).await?;
    Ok(page(&visitor.shell, &one, &name, &act, &Sent::default()).into_response())
}

pub async fn run(
    Path((id, name)): Path<(String, String)>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Failure> {
    let act = Act::named(&name).ok_or_else(absent)?;
    match take(&visitor, &id, &act, &form).await? {
        Ok(()) => Ok(done(&format!("{PATH}/{id}"), "step-taken")),
        Err(problem) => {
            let (sent, one) = (Sent::refused(form, problem), visitor.registry.identification(&id).await?);
            Ok(sent.answer(page(&visitor.shell, &one, &name, &act, &sent)))
        }
    }
}

async fn take(visitor: &Visitor, id: &str, act: &Act<'_>, form: &FormText) -> Result<Result<(), Problem>, Failure> {
    let registry = &visitor.registry;
    Ok(match act {
        Act::Step(name, fields) => told(registry.step_identification(id, &step(name, fields, form)).await)?.map(drop),
        Act::Score => {
            let points = |name: &str| line(form, &format!("scores-{name}")).parse().unwrap_or(u32::MAX);
            let scores = Scores {
                cases: points("cases"),
                technology: points("technology"),
                service: points("service"),
                price: points("price"),
            };
            told(registry.score_identification(id, &GiveScore { scores, comment: lines(form, "comment") }).await)?
                .map(drop)
        }
        Act::Object => told(registry.object_to_provider(id, &Objection { text: lines(form, "text") }).await)?,
        Act::Appeal => {
            let one = registry.identification(id).await?;
            let against = one.steps.last().map_or(0, |step| step.number);
            told(registry.appeal(id, &Appeal { against, text: lines(form, "text") }).await)?.map(drop)
        }
        Act::Decide(what, number) => {
            let decision = DecideDispute { upheld: line(form, "upheld") == "yes", reason: lines(form, "reason") };
            let answer = match *what {
                "appeals" => registry.decide_appeal(id, *number, &decision).await,
                _ => registry.decide_objection(id, *number, &decision).await,
            };
            told(answer)?.map(drop)
        }
    })
}

/// The step as its form has it. What is no number becomes one that the registry refuses.
fn step(name: &str, fields: &[&str], form: &FormText) -> TakeIdentificationStep {
    let given = |field: &str| fields.contains(&field).then(|| line(form, field));
    let experts = given("experts").map(|_| lines(form, "experts")).unwrap_or_default();
    let experts = experts.split(['\n', ',', '，', ';', '；', ' ']).map(str::trim).filter(|email| !email.is_empty());
    TakeIdentificationStep {
        act: name.to_owned(),
        reason: if fields.contains(&"reason") { lines(form, "reason") } else { String::new() },
        experts: experts.map(str::to_owned).collect(),
        days: given("days").map(|days| days.parse().unwrap_or(0)),
        months: given("months").map(|months| months.parse().unwrap_or(0)),
        stars: given("stars").map(|stars| stars.parse().unwrap_or(0)),
        until: given("until"),
    }
}

/// The page of one act.
pub fn page(shell: &Shell, one: &Identification, name: &str, act: &Act<'_>, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let (back, key) = (
        format!("{PATH}/{}", one.row.id),
        match act {
            Act::Decide(..) => "prog-decide".to_owned(),
            _ => format!("prog-act-{name}"),
        },
    );
    let title = tr.t(&key);
    let fields = match act {
        Act::Step(_, fields) => html! { @for field in *fields { (field_of(shell, sent, field)) } },
        Act::Score => scores(shell, sent),
        Act::Object | Act::Appeal => area(shell, sent, "text", "prog-text"),
        Act::Decide(what, number) => decide(shell, sent, one, what, *number),
    };
    let body = html! {
        (part::crumbs(tr, &[(&back, &one.row.org_name)]))
        (sent.above(tr))
        @if let Some(help) = tr.maybe(&format!("{key}-help")) { (part::lead(&help)) }
        (shell.post(&format!("{back}/do/{name}"), html! {
            (fields)
            (part::buttons(&[part::button(&title, Press::Main), part::link(&back, &tr.t("prog-back"), Press::Plain)]))
        }))
    };
    shell.page(&title, body)
}

fn area(shell: &Shell, sent: &Sent, name: &str, label: &str) -> Markup {
    sent.field(name, &shell.tr.t(label), "", "").required().area(4)
}

fn field_of(shell: &Shell, sent: &Sent, field: &str) -> Markup {
    let tr = shell.tr;
    let help = tr.maybe(&format!("prog-field-{field}-help")).unwrap_or_default();
    let label = tr.t(&format!("prog-field-{field}"));
    let initial = match field {
        "days" => "7",
        "months" => "24",
        _ => "",
    };
    let filled = sent.field(field, &label, &help, initial).required();
    match field {
        "reason" | "experts" => filled.area(4),
        "until" => filled.line("date"),
        "stars" => {
            let stars: Vec<_> = (1..=5).map(|stars| (stars.to_string(), "★".repeat(stars))).collect();
            filled.select(&stars)
        }
        _ => filled.line("number"),
    }
}

fn scores(shell: &Shell, sent: &Sent) -> Markup {
    let tr = shell.tr;
    html! {
        @for (name, most) in SCORES {
            @let field = format!("scores-{name}");
            @let help = tr.with("prog-score-most", &[("most", &most.to_string())]);
            (sent.field(&field, &tr.t(&format!("prog-score-{name}")), &help, "").required().line("number"))
        }
        (sent.field("comment", &tr.t("prog-comment"), "", "").area(3))
    }
}

fn decide(shell: &Shell, sent: &Sent, one: &Identification, what: &str, number: i64) -> Markup {
    let tr = shell.tr;
    let disputes = if what == "appeals" { &one.appeals } else { &one.objections };
    let text = disputes.iter().find(|dispute| dispute.number == number).map(|dispute| dispute.text.as_str());
    let options = [("no".to_owned(), tr.t("prog-dismissed")), ("yes".to_owned(), tr.t("prog-upheld"))];
    let label = tr.t("prog-decision");
    html! {
        @if let Some(text) = text { (part::prose(text)) }
        (sent.field("upheld", &label, "", "no").select(&options))
        (area(shell, sent, "reason", "prog-field-reason"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_the_fields_of_its_form_and_no_others() {
        let pairs = [("experts", "a@x.cn, b@x.cn\r\nc@x.cn"), ("days", "many"), ("reason", "so"), ("stars", "5")];
        let form = FormText::new(pairs.map(|(name, value)| (name.into(), value.into())).to_vec());
        let of = |name: &str| match Act::named(name) {
            Some(Act::Step(name, fields)) => step(name, fields, &form),
            _ => panic!("{name}"),
        };
        let review = of("review");
        assert_eq!(review.experts, ["a@x.cn", "b@x.cn", "c@x.cn"]);
        assert!(review.reason.is_empty() && review.days.is_none() && review.stars.is_none());
        assert_eq!(of("publicise").days, Some(0), "what is no number is refused by the registry");
        assert_eq!((of("rate").stars, of("rate").reason.as_str()), (Some(5), "so"));
        assert!(Act::named("objections-x").is_none() && Act::named("nothing").is_none());
        assert!(matches!(Act::named("appeals-7"), Some(Act::Decide("appeals", 7))));
    }
}
