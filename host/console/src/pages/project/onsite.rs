//! An assessment: points of the three parts and a level for each scene, as an assessor finds them on site or a firm says of
//! itself. The level follows from them by the edition's rule, at the registry.

use super::act::{Case, file};
use super::hash;
use crate::guard::Uploaded;
use crate::pages::city::code;
use crate::pages::sent::{Sent, line};
use maud::{Markup, html};
use toolcrib_registry_client::wire::{AssessmentKind, NewAssessment, ProjectState};
use toolcrib_ui::form::FormText;
use toolcrib_ui::money;
use toolcrib_ui::part::desk;
use toolcrib_ui::shell::Shell;

/// Scenes of the 2024 edition in its order, and whether they carry a star.
pub const SCENES: [(&str, bool); 16] = [
    ("product-design", true),
    ("process-design", false),
    ("sales", true),
    ("service", false),
    ("planning", false),
    ("production", true),
    ("quality", true),
    ("equipment", true),
    ("safety", true),
    ("energy", true),
    ("purchasing", true),
    ("warehouse", true),
    ("finance", true),
    ("people", false),
    ("office", false),
    ("decisions", false),
];
/// Points of each part, at most, in whole points.
const PARTS: [(&str, u32); 3] = [("base", 50), ("management", 30), ("results", 20)];
/// Editions of the index.
const EDITIONS: [&str; 2] = ["2024", "2022"];

/// Before the deed, or after it; on site by an assessor, or by the firm itself.
fn kind(case: &Case) -> AssessmentKind {
    let before = matches!(case.project.state, ProjectState::Enrolled | ProjectState::Diagnosed);
    match (case.sides.assessor, before) {
        (true, true) => AssessmentKind::OnsiteBefore,
        (true, false) => AssessmentKind::OnsiteAfter,
        (false, true) => AssessmentKind::SelfBefore,
        (false, false) => AssessmentKind::SelfAfter,
    }
}

/// The form.
pub fn fields(shell: &Shell, case: &Case, sent: &Sent) -> Markup {
    let tr = shell.tr;
    let kind = code(kind(case));
    let editions = EDITIONS.map(|edition| (edition.to_owned(), edition.to_owned()));
    let levels: Vec<_> = (0..=4).map(|level| (level.to_string(), tr.t(&format!("prog-scene-level-{level}")))).collect();
    html! {
        input type="hidden" name="kind" value=(kind);
        p { strong { (tr.t(&format!("prog-assess-{kind}"))) } }
        (sent.field("edition", &tr.t("prog-edition"), "", EDITIONS[0]).select(&editions))
        (desk::ticks(&tr.t("prog-points"), &PARTS.map(|(name, most)| {
            let help = tr.with("prog-score-most", &[("most", &most.to_string())]);
            sent.field(name, &tr.t(&format!("prog-{name}")), &help, "").required().line("text")
        })))
        (desk::ticks(&tr.t("prog-scenes"), &SCENES.map(|(name, starred)| {
            let star = if starred { "★ " } else { "" };
            let label = format!("{star}{}", tr.t(&format!("prog-scene-{name}")));
            sent.field(&format!("scene-{name}"), &label, "", "0").select(&levels)
        })))
        @for name in ["scenes", "starred"] { @if let Some(error) = sent.error(name) { (toolcrib_ui::part::notice("bad", error)) } }
        (file(shell, sent, "snapshot_sha256", "prog-snapshot"))
    }
}

/// The assessment as the form has it. What is no number of points becomes one that the registry refuses.
pub fn read(upload: &Uploaded) -> NewAssessment {
    let form = &upload.form;
    let kinds = [
        AssessmentKind::SelfBefore,
        AssessmentKind::OnsiteBefore,
        AssessmentKind::SelfAfter,
        AssessmentKind::OnsiteAfter,
    ];
    let named = line(form, "kind");
    let kind = kinds.into_iter().find(|kind| code(kind) == named).unwrap_or(AssessmentKind::SelfBefore);
    let points = |name: &str| {
        let hundredths = money::read(&line(form, name));
        hundredths.and_then(|hundredths| u32::try_from(hundredths).ok()).unwrap_or(u32::MAX / 4)
    };
    let (scenes, starred) = counts(form);
    NewAssessment {
        kind,
        edition: line(form, "edition"),
        base: points("base"),
        management: points("management"),
        results: points("results"),
        scenes,
        starred,
        snapshot_sha256: hash(&upload.file("snapshot_sha256")),
    }
}

/// How many scenes, and how many starred ones, are at each level or above.
fn counts(form: &FormText) -> ([u32; 4], [u32; 4]) {
    let (mut scenes, mut starred) = ([0; 4], [0; 4]);
    for (name, star) in SCENES {
        let reached: usize = line(form, &format!("scene-{name}")).parse().unwrap_or(0);
        for level in 0..reached.min(4) {
            scenes[level] += 1;
            starred[level] += u32::from(star);
        }
    }
    (scenes, starred)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_at_a_level_is_at_all_below_it_too() {
        let pairs = [("scene-quality", "3"), ("scene-planning", "2"), ("scene-energy", "1"), ("scene-office", "x")];
        let form = FormText::new(pairs.map(|(name, value)| (name.into(), value.into())).to_vec());
        assert_eq!(counts(&form), ([3, 2, 1, 0], [2, 1, 1, 0]));
        assert_eq!(SCENES.iter().filter(|(_, starred)| *starred).count(), 10);
    }
}
