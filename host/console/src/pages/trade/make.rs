//! `GET` and `POST /provider/offers/new`: an offer or its next version, with the split shown before it is sent.

use super::{PATH, lines as line_table, split};
use crate::failure::Failure;
use crate::guard::Posted;
use crate::pages::city::code;
use crate::pages::city::rules::category_name;
use crate::pages::provider::{ORG, org, orgs};
use crate::pages::sent::{Sent, done, line, lines, told};
use crate::visitor::Visitor;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{
    Category, NewOffer, NewOfferLine, NewOfferVersion, OfferVersion, ProgrammeRow, Segment,
};
use toolcrib_ui::form::FormText;
use toolcrib_ui::money::{read, typed};
use toolcrib_ui::part::desk;
use toolcrib_ui::part::{self, Press};
use toolcrib_ui::shell::Shell;

const HERE: &str = "/provider/offers/new";
/// Lines of a form at first, how many more a press adds, and the most of a form; longer offers are for the API.
const LINES: usize = 3;
const MORE: usize = 3;
const LINES_MAX: usize = 60;
/// Everything a line can be.
const CATEGORIES: [Category; 7] = [
    Category::Software,
    Category::Cloud,
    Category::Collection,
    Category::Consulting,
    Category::Sensor,
    Category::Control,
    Category::Other,
];

/// What the form offers, and what the registry would make of what was typed.
pub struct Desk {
    pub orgs: Vec<(String, String)>,
    pub programmes: Vec<ProgrammeRow>,
    pub segments: Vec<Segment>,
    pub preview: Option<OfferVersion>,
}

async fn load(visitor: &Visitor, preview: Option<OfferVersion>) -> Result<Desk, Failure> {
    let orgs = orgs(visitor)?.into_iter().map(|org| (org.slug.clone(), org.name.clone())).collect();
    let (programmes, segments) = tokio::join!(visitor.registry.programmes(""), visitor.registry.segments());
    Ok(Desk { orgs, programmes: programmes?, segments: segments?, preview })
}

pub async fn show(visitor: Visitor, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    let mut form = FormText::new(pairs);
    if let Some(id) = form.get("from") {
        let offer = visitor.registry.offer(id).await?;
        if let Some(version) = offer.versions.first() {
            form = again_from(&offer.row.id, version);
        }
    }
    let desk = load(&visitor, None).await?;
    Ok(page(&visitor.shell, &desk, &form, &Sent::default()).into_response())
}

/// The form of an offer that exists: its newest version, to be changed.
fn again_from(id: &str, version: &OfferVersion) -> FormText {
    let mut pairs = vec![("from".to_owned(), id.to_owned())];
    let mut put = |name: String, value: String| pairs.push((name, value));
    put("count".into(), version.lines.len().max(LINES).to_string());
    put("version-valid_until".into(), version.valid_until.clone());
    put("version-note".into(), version.note.clone());
    put("version-target_level".into(), version.target_level.map(|level| level.to_string()).unwrap_or_default());
    for (at, of) in version.lines.iter().enumerate() {
        let name = |field: &str| format!("version-lines-{at}-{field}");
        put(name("category"), of.category.clone());
        put(name("description"), of.description.clone());
        put(name("quantity"), of.quantity.to_string());
        let unit = of.list_fen / i64::from(of.quantity.max(1));
        put(name("unit_fen"), if of.plan.is_some() { String::new() } else { typed(unit) });
        put(name("discount_fen"), typed(of.discount_fen));
        put(name("module"), of.module.clone().unwrap_or_default());
        put(name("plan"), of.plan.clone().unwrap_or_default());
    }
    FormText::new(pairs)
}

pub async fn send(Posted { visitor, form }: Posted) -> Result<Response, Failure> {
    let again = async |visitor: &Visitor, form: FormText, sent: Sent, preview: Option<OfferVersion>| {
        let desk = load(visitor, preview).await?;
        Ok(sent.answer(page(&visitor.shell, &desk, &form, &sent)))
    };
    let press = line(&form, "press");
    if press == "more" {
        let count = (count(&form) + MORE).min(LINES_MAX).to_string();
        let pairs = form.pairs().filter(|(name, _)| *name != "count");
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).chain([("count".to_owned(), count)]);
        let form = FormText::new(pairs.collect());
        return again(&visitor, form, Sent::default(), None).await;
    }
    let slug = org(&visitor, &form)?.slug.clone();
    let offer = read_form(slug, &form);
    if press == "preview" {
        return match told(visitor.registry.preview_offer(&offer).await)? {
            Ok(preview) => again(&visitor, form, Sent::default(), Some(preview)).await,
            Err(problem) => again(&visitor, form.clone(), Sent::refused(form, problem), None).await,
        };
    }
    let made = match form.get("from").filter(|id| !id.is_empty()) {
        Some(id) => told(visitor.registry.revise_offer(id, &offer.version).await)?,
        None => told(visitor.registry.make_offer(&offer).await)?,
    };
    match made {
        Ok(made) => Ok(done(&format!("{PATH}/{}", made.row.id), "offer-made")),
        Err(problem) => again(&visitor, form.clone(), Sent::refused(form, problem), None).await,
    }
}

fn count(form: &FormText) -> usize {
    form.get("count").and_then(|count| count.parse().ok()).unwrap_or(LINES).clamp(LINES, LINES_MAX)
}

/// The offer as the form has it. Lines without a description and module are left out.
fn read_form(org: String, form: &FormText) -> NewOffer {
    let given = |name: &str| Some(line(form, name)).filter(|text| !text.is_empty());
    let lines_of = (0..count(form)).filter_map(|at| {
        let of = |field: &str| line(form, &format!("version-lines-{at}-{field}"));
        let some = |field: &str| Some(of(field)).filter(|text| !text.is_empty());
        let filled = some("description").is_some() || some("module").is_some();
        filled.then(|| NewOfferLine {
            category: of("category"),
            description: of("description"),
            quantity: of("quantity").parse().unwrap_or(0),
            unit_fen: some("unit_fen").map(|text| read(&text).unwrap_or(-1)),
            discount_fen: some("discount_fen").map_or(0, |text| read(&text).unwrap_or(-1)),
            module: some("module"),
            plan: some("plan"),
        })
    });
    NewOffer {
        org,
        firm: line(form, "firm"),
        title: line(form, "title"),
        programme: given("programme"),
        segment: given("programme").and(given("segment")),
        track: given("programme").and(given("track")),
        replaces: given("replaces"),
        version: NewOfferVersion {
            lines: lines_of.collect(),
            valid_until: line(form, "version-valid_until"),
            target_level: given("version-target_level").map(|level| level.parse().unwrap_or(0)),
            note: lines(form, "version-note"),
        },
    }
}

pub fn page(shell: &Shell, desk: &Desk, form: &FormText, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let body = html! {
        (part::crumbs(tr, &[("/provider/offers", &tr.t("prog-offers"))]))
        (sent.above(tr))
        @if let Some(preview) = &desk.preview {
            (part::card(&tr.t("prog-preview"), html! { (split(shell, &preview.split)) (line_table(shell, &preview.lines)) }))
        }
        (shell.post(HERE, fields(shell, desk, form, sent)))
    };
    shell.page(&tr.t("prog-offer-new"), body)
}

fn fields(shell: &Shell, desk: &Desk, form: &FormText, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let text = |name: &str, label: &str, required: bool, kind: &str| {
        let help = tr.maybe(&format!("{label}-help")).unwrap_or_default();
        sent.field(name, &tr.t(label), &help, form.get(name).unwrap_or_default()).when(required).line(kind)
    };
    let choice = |name: &str, label: &str, options: &[(String, String)]| {
        sent.field(name, &tr.t(label), "", form.get(name).unwrap_or_default()).select(options)
    };
    let none = (String::new(), tr.t("prog-none-word"));
    let programmes =
        desk.programmes.iter().map(|row| (row.id.clone(), format!("{} · {}", row.name, row.authority_name)));
    let programmes: Vec<_> = [none.clone()].into_iter().chain(programmes).collect();
    let segments = desk.segments.iter().map(|one| (one.code.clone(), tr.words(&one.name).to_owned()));
    let segments: Vec<_> = [none.clone()].into_iter().chain(segments).collect();
    let levels = (1..=4).map(|level| (level.to_string(), tr.t(&format!("prog-level-{level}"))));
    let levels: Vec<_> = [none].into_iter().chain(levels).collect();
    let revising = form.get("from").is_some_and(|id| !id.is_empty());
    let area = sent.field("version-note", &tr.t("prog-note"), "", form.get("version-note").unwrap_or_default()).area(3);
    html! {
        input type="hidden" name="count" value=(count(form));
        @if revising { input type="hidden" name="from" value=(form.get("from").unwrap_or_default()); }
        @else {
            @if desk.orgs.len() > 1 { (choice(ORG, "provider", &desk.orgs)) }
            (text("firm", "prog-firm-slug", true, "text"))
            (text("title", "prog-offer-title", true, "text"))
            (choice("programme", "prog-programme", &programmes))
            (choice("segment", "prog-segment", &segments))
            (text("track", "prog-track", false, "text"))
        }
        (choice("version-target_level", "prog-target-level", &levels))
        (text("version-valid_until", "prog-valid-until", true, "date"))
        @for at in 0..count(form) { (line_fields(shell, form, sent, at)) }
        (area)
        (part::buttons(&[
            part::choice("press", "preview", &tr.t("prog-preview-do"), Press::Plain),
            part::choice("press", "more", &tr.t("prog-lines-more"), Press::Plain),
            part::choice("press", "send", &tr.t("prog-offer-send"), Press::Main),
        ]))
    }
}

fn line_fields(shell: &Shell, form: &FormText, sent: &Sent, at: usize) -> Markup {
    let tr = shell.tr;
    let name = |field: &str| format!("version-lines-{at}-{field}");
    let categories = CATEGORIES.map(|category| (code(category), category_name(shell, category)));
    let text = |field: &str, label: &str, initial: &str| {
        let name = name(field);
        let value = form.get(&name).unwrap_or(initial);
        sent.field(&name, &tr.t(label), "", value).line(if field == "quantity" { "number" } else { "text" })
    };
    let category = name("category");
    let chosen = form.get(&category).unwrap_or("software");
    desk::ticks(
        &tr.with("prog-line-number", &[("number", &(at + 1).to_string())]),
        &[
            sent.field(&category, &tr.t("prog-category"), "", chosen).select(&categories),
            text("description", "prog-description", ""),
            text("quantity", "prog-quantity", "1"),
            text("unit_fen", "prog-unit-yuan", ""),
            text("discount_fen", "prog-discount-yuan", ""),
            text("module", "prog-module-name", ""),
            text("plan", "prog-plan-code", ""),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_left_empty_is_not_sent() {
        let pairs = [
            ("count", "4"),
            ("firm", "donghu"),
            ("segment", "33"),
            ("version-lines-0-description", "网关"),
            ("version-lines-0-category", "collection"),
            ("version-lines-0-quantity", "3"),
            ("version-lines-0-unit_fen", "1,200.50"),
            ("version-lines-0-discount_fen", "abc"),
            ("version-lines-2-module", "oee"),
            ("version-lines-2-plan", "pro"),
        ];
        let form = FormText::new(pairs.map(|(name, value)| (name.into(), value.into())).to_vec());
        let offer = read_form("good-soft".into(), &form);
        assert_eq!(offer.version.lines.len(), 2);
        let first = &offer.version.lines[0];
        assert_eq!((first.unit_fen, first.discount_fen, first.quantity), (Some(120_050), -1, 3));
        assert_eq!((offer.version.lines[1].module.as_deref(), offer.version.lines[1].unit_fen), (Some("oee"), None));
        assert_eq!(offer.segment, None, "a segment counts only with a programme");
    }

    #[test]
    fn a_form_has_a_bounded_number_of_lines() {
        let form = |count: &str| FormText::new(vec![("count".into(), count.into())]);
        assert_eq!([count(&form("0")), count(&form("7")), count(&form("99999"))], [LINES, 7, LINES_MAX]);
    }
}
