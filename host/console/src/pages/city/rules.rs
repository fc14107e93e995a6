//! `GET` and `POST /city/{programme}/rules`: the rules by version, and the next version. Filed projects keep theirs.

use super::{PATH, code, decides, frame};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::sent::{Sent, done, line, told};
use crate::visitor::Visitor;
use axum::extract::{Path, Query};
use axum::response::Response;
use maud::{Markup, html};
use toolcrib_registry_client::wire::{Category, NewRules, Programme, Rules, Track};
use toolcrib_ui::form::FormText;
use toolcrib_ui::language::Tr;
use toolcrib_ui::money::{percent, read, read_percent, typed, yuan};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

/// Kinds of projects that the form has room for; the API takes eight.
const TRACKS: usize = 4;
/// All categories, in the order of the form.
const CATEGORIES: [Category; 7] = [
    Category::Software,
    Category::Cloud,
    Category::Collection,
    Category::Consulting,
    Category::Sensor,
    Category::Control,
    Category::Other,
];

/// A programme with every version of its rules, the newest first.
pub struct Desk {
    pub programme: Programme,
    pub versions: Vec<Rules>,
    pub decides: bool,
}

pub async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Markup, Failure> {
    let desk = load(&visitor, &id).await?;
    Ok(page(&visitor.shell, &desk, &Sent { form: FormText::new(pairs), problem: None }))
}

async fn load(visitor: &Visitor, id: &str) -> Result<Desk, Failure> {
    let (programme, versions) = tokio::join!(visitor.registry.programme(id), visitor.registry.rules(id));
    let programme = programme?;
    let decides = decides(visitor, &programme.authority);
    Ok(Desk { programme, versions: versions?, decides })
}

pub async fn add(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    match told(visitor.registry.new_rules(&id, &read_form(&form, "")).await)? {
        Ok(_) => Ok(done(&format!("{PATH}/{id}/rules"), "rules-added")),
        Err(problem) => {
            let (sent, desk) = (Sent::refused(form, problem), load(&visitor, &id).await?);
            Ok(sent.answer(page(&visitor.shell, &desk, &sent)))
        }
    }
}

/// Rules as the form has them; every field's name begins with `before`. What is no number becomes one that the registry
/// refuses at its field, so that all mistakes are told at once.
pub fn read_form(form: &FormText, before: &str) -> NewRules {
    let text = |name: &str| line(form, &format!("{before}{name}"));
    let list = |name: &str| -> Vec<String> {
        let text = text(name);
        let parts = text.split([',', '，', '、', ';', '；', ' ']).map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    let rates = |name: &str| list(name).iter().map(|part| read_percent(part).unwrap_or(u32::MAX)).collect();
    let tracks = (0..TRACKS).filter_map(|at| {
        let of = |field: &str| text(&format!("tracks-{at}-{field}"));
        let cap = |level: usize| read(&of(&format!("caps_fen-{level}"))).unwrap_or(-1);
        (!of("track").is_empty()).then(|| Track {
            track: of("track"),
            rate_bp: read_percent(&of("rate_bp")).unwrap_or(u32::MAX),
            caps_fen: [cap(0), cap(1), cap(2), cap(3)],
        })
    });
    let ticked = format!("{before}categories");
    NewRules {
        document: text("document"),
        tracks: tracks.collect(),
        decline_bp: rates("decline_bp"),
        categories: CATEGORIES
            .into_iter()
            .filter(|category| form.all(&ticked).any(|value| value == code(category)))
            .collect(),
        excluded_funding: list("excluded_funding"),
        excludes_dishonest: !text("excludes_dishonest").is_empty(),
        min_level: text("min_level").parse().unwrap_or(0),
        min_gain: text("min_gain").parse().unwrap_or(u8::MAX),
        months_max: text("months_max").parse().unwrap_or(0),
        publicity_days: text("publicity_days").parse().unwrap_or(0),
        tranches_bp: rates("tranches_bp"),
        provider_cap_fen: Some(text("provider_cap_fen"))
            .filter(|cap| !cap.is_empty())
            .map(|cap| read(&cap).unwrap_or(-1)),
    }
}

/// What stands in the form at first: the rules in force.
pub fn typed_form(rules: &NewRules, before: &str) -> FormText {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: String| pairs.push((format!("{before}{name}"), value));
    let rates = |rates: &[u32]| {
        rates.iter().map(|rate| percent(i64::from(*rate)).replace(' ', "")).collect::<Vec<_>>().join(", ")
    };
    put("document", rules.document.clone());
    for (at, track) in rules.tracks.iter().take(TRACKS).enumerate() {
        put(&format!("tracks-{at}-track"), track.track.clone());
        put(&format!("tracks-{at}-rate_bp"), percent(i64::from(track.rate_bp)));
        for (level, cap) in track.caps_fen.iter().enumerate() {
            put(&format!("tracks-{at}-caps_fen-{level}"), typed(*cap));
        }
    }
    put("decline_bp", rates(&rules.decline_bp));
    rules.categories.iter().for_each(|category| put("categories", code(category)));
    put("excluded_funding", rules.excluded_funding.join(", "));
    if rules.excludes_dishonest {
        put("excludes_dishonest", "yes".to_owned());
    }
    put("min_level", rules.min_level.to_string());
    put("min_gain", rules.min_gain.to_string());
    put("months_max", rules.months_max.to_string());
    put("publicity_days", rules.publicity_days.to_string());
    put("tranches_bp", rates(&rules.tranches_bp));
    put("provider_cap_fen", rules.provider_cap_fen.map(typed).unwrap_or_default());
    FormText::new(pairs)
}

pub fn page(shell: &Shell, desk: &Desk, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let here = format!("{PATH}/{}/rules", desk.programme.id);
    let initial = typed_form(&desk.programme.rules.rules, "");
    let body = html! {
        (sent.head(tr))
        @for rules in &desk.versions { (version(shell, rules, rules.version == desk.programme.rules.version)) }
        @if desk.decides {
            (part::card(&tr.t("prog-rules-new"), html! {
                (part::dim(&tr.t("prog-rules-new-help")))
                (shell.post(&here, html! {
                    (fields(shell, sent, &initial, ""))
                    (part::buttons(&[part::button(&tr.t("prog-rules-add"), Press::Main)]))
                }))
            }))
        }
    };
    frame(shell, &desk.programme, "/rules", &tr.t("prog-rules"), &body)
}

fn version(shell: &Shell, rules: &Rules, in_force: bool) -> Markup {
    let tr = shell.tr;
    let title = tr.with("prog-rules-title", &[("version", &rules.version.to_string())]);
    let body = html! {
        p { @if in_force { (part::tag("ok", &tr.t("prog-in-force"))) " " } (rules.by) " · " (shell.zone.show_text(&rules.at)) }
        (shown(shell, &rules.rules))
    };
    if in_force { part::card(&title, body) } else { desk::more(&title, body) }
}

/// Rules for people to read.
pub fn shown(shell: &Shell, rules: &NewRules) -> Markup {
    let tr = shell.tr;
    let join = |texts: Vec<String>| texts.join(&tr.t("list-separator"));
    let rates = |rates: &[u32]| join(rates.iter().map(|rate| percent(i64::from(*rate))).collect());
    let heads =
        ["prog-track", "prog-rate", "prog-cap-1", "prog-cap-2", "prog-cap-3", "prog-cap-4"].map(|key| tr.t(key));
    let track = |track: &Track| {
        let caps = track.caps_fen.iter().map(|cap| part::amount(yuan(*cap)));
        [html! { (track_name(tr, &track.track)) }, part::amount(percent(i64::from(track.rate_bp)))]
            .into_iter()
            .chain(caps)
            .collect()
    };
    let none = || tr.t("prog-none-word");
    let or_none = |text: String| if text.is_empty() { none() } else { text };
    let excluded = rules.excludes_dishonest.then(|| tr.t("prog-dishonest"));
    let excluded = join(excluded.into_iter().chain(rules.excluded_funding.iter().cloned()).collect());
    html! {
        (part::grid(&tr.t("prog-tracks"), &heads, &rules.tracks.iter().map(track).collect::<Vec<_>>()))
        (part::facts(&[
            (tr.t("prog-document"), html! { (rules.document) }),
            (tr.t("prog-categories"), html! { (join(rules.categories.iter().map(|category| category_name(shell, *category)).collect())) }),
            (tr.t("prog-decline"), html! { (or_none(rates(&rules.decline_bp))) }),
            (tr.t("prog-excluded"), html! { (or_none(excluded)) }),
            (tr.t("prog-min-level"), html! { (super::level(tr, Some(rules.min_level))) }),
            (tr.t("prog-min-gain"), html! { (rules.min_gain) }),
            (tr.t("prog-months-max"), html! { (rules.months_max) }),
            (tr.t("prog-publicity-days"), html! { (rules.publicity_days) }),
            (tr.t("prog-tranches"), html! { (rates(&rules.tranches_bp)) }),
            (tr.t("prog-provider-cap"), html! { (rules.provider_cap_fen.map_or_else(none, yuan)) }),
        ]))
    }
}

/// What people call a kind of project: cities name their own, two of them are known by every city.
pub fn track_name(tr: Tr, code: &str) -> String {
    tr.maybe(&format!("prog-track-named-{code}")).unwrap_or_else(|| code.to_owned())
}

pub fn category_name(shell: &Shell, category: Category) -> String {
    shell.tr.t(&format!("prog-category-{}", code(category)))
}

/// The fields of a version.
pub fn fields(shell: &Shell, sent: &Sent, initial: &FormText, before: &str) -> Markup {
    let tr = shell.tr;
    let text = |name: &str, label: &str, help: &str, required: bool, kind: &str| {
        let (name, label) = (format!("{before}{name}"), tr.t(label));
        let help = if help.is_empty() { String::new() } else { tr.t(help) };
        sent.field(&name, &label, &help, initial.get(&name).unwrap_or_default()).when(required).line(kind)
    };
    let (ticked, dishonest) = (format!("{before}categories"), format!("{before}excludes_dishonest"));
    let form = if sent.problem.is_some() { &sent.form } else { initial };
    let tick = |category: Category| {
        let (value, label) = (code(category), category_name(shell, category));
        let on = form.all(&ticked).any(|given| given == value);
        part::Field { name: &ticked, label: &label, ..part::Field::default() }.check(&value, on)
    };
    let label = tr.t("prog-excludes-dishonest");
    html! {
        (text("document", "prog-rules-document", "", true, "text"))
        @for at in 0..TRACKS { (track_fields(shell, sent, initial, &format!("{before}tracks-{at}-"), at)) }
        @if let Some(error) = sent.error(&format!("{before}tracks")) { (part::notice("bad", error)) }
        (desk::ticks(&tr.t("prog-categories"), &CATEGORIES.map(tick)))
        @if let Some(error) = sent.error(&ticked) { (part::notice("bad", error)) }
        (text("decline_bp", "prog-decline", "prog-decline-help", false, "text"))
        (text("tranches_bp", "prog-tranches", "prog-tranches-help", true, "text"))
        (text("min_level", "prog-min-level", "", true, "number"))
        (text("min_gain", "prog-min-gain", "", true, "number"))
        (text("months_max", "prog-months-max", "", true, "number"))
        (text("publicity_days", "prog-publicity-days", "", true, "number"))
        (text("provider_cap_fen", "prog-provider-cap", "prog-optional", false, "text"))
        (text("excluded_funding", "prog-excluded-funding", "prog-excluded-funding-help", false, "text"))
        (part::Field { name: &dishonest, label: &label, ..part::Field::default() }.check("yes", form.get(&dishonest).is_some()))
    }
}

/// One kind of project: its name, rate and caps. A name left empty leaves it out.
fn track_fields(shell: &Shell, sent: &Sent, initial: &FormText, before: &str, at: usize) -> Markup {
    let tr = shell.tr;
    let field = |name: &str, label: &str| {
        let (name, label) = (format!("{before}{name}"), tr.t(label));
        sent.field(&name, &label, "", initial.get(&name).unwrap_or_default()).line("text")
    };
    let body = html! {
        (field("track", "prog-track"))
        (field("rate_bp", "prog-rate"))
        @for level in 0..4 { (field(&format!("caps_fen-{level}"), &format!("prog-cap-{}", level + 1))) }
    };
    let title = tr.with("prog-track-number", &[("number", &(at + 1).to_string())]);
    let filled = at == 0
        || !sent.or(&format!("{before}track"), initial.get(&format!("{before}track")).unwrap_or_default()).is_empty();
    if filled { desk::ticks(&title, &[body]) } else { desk::more(&title, body) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_survive_their_form() {
        let rules = NewRules {
            document: "杭经信〔2026〕7号".into(),
            tracks: vec![Track {
                track: "general".into(),
                rate_bp: 4_000,
                caps_fen: [0, 30_000_000, 60_000_000, 100_000_050],
            }],
            decline_bp: vec![0, 500, 1_250],
            categories: vec![Category::Software, Category::Collection],
            excluded_funding: vec!["little-giant".into(), "pilot-2022".into()],
            excludes_dishonest: true,
            min_level: 2,
            min_gain: 1,
            months_max: 12,
            publicity_days: 7,
            tranches_bp: vec![6_000, 4_000],
            provider_cap_fen: None,
        };
        for before in ["", "rules-"] {
            assert_eq!(read_form(&typed_form(&rules, before), before), rules);
        }
    }

    #[test]
    fn what_is_no_number_is_left_to_the_registry_to_refuse() {
        let pairs = [
            ("tracks-0-track", "x"),
            ("tracks-0-rate_bp", "a lot"),
            ("tracks-0-caps_fen-0", "-5"),
            ("provider_cap_fen", "1e9"),
        ];
        let read = read_form(&FormText::new(pairs.map(|(name, value)| (name.into(), value.into())).to_vec()), "");
        assert_eq!(
            (read.tracks[0].rate_bp, read.tracks[0].caps_fen[0], read.provider_cap_fen),
            (u32::MAX, -1, Some(-1))
        );
    }
}
