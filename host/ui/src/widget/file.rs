//! Photos and papers: one picture, or those of many rows. The host shows pictures small enough for their cell; whoever
//! follows one saves it.

use super::{Slot, column, title};
use crate::part;
use crate::view::Scene;
use crate::view::act::{Stand, row_id};
use crate::view::value::{Answer, at, line};
use maud::{Markup, html};
use serde_json::Value as Json;
use toolcrib_contract::file::FileName;
use toolcrib_contract::view::{Attachments, Image};

pub fn image<'a>(slot: &Slot<'a, '_>, it: &'a Image, answer: Answer<'a>) -> Markup {
    let part = answer.part(&it.source);
    let Some(name) = name(at(part.value, &it.file)) else { return slot.empty("file-none") };
    let about = it.about.as_ref().and_then(|path| line(at(part.value, path)));
    html! { figure.photo { (shown(slot.scene, name, &about.unwrap_or_else(|| title(slot)))) } }
}

pub fn attachments<'a>(slot: &Slot<'a, '_>, it: &'a Attachments, answer: Answer<'a>) -> Markup {
    let (scene, rows) = (slot.scene, answer.rows(&it.source));
    let files = rows.rows.iter().enumerate().filter_map(|(place, row)| Some((place, row, name(at(row, &it.file))?)));
    let files: Vec<_> = files.collect();
    if files.is_empty() {
        return slot.empty("file-none");
    }
    html! { ul.photos { @for (place, row, name) in files {
        @let (id, about) = (row_id(slot.id, place, rows.of, row), line(at(row, &it.title)).unwrap_or_default());
        li id=(id) { figure.photo {
            (shown(scene, name, &about))
            figcaption { (about) }
        }
            (column::list(slot, &it.columns, rows.of, row, answer))
            (scene.buttons(&it.actions, &Stand { id, row, source: None }))
        }
    } } }
}

/// The file that a value names.
pub fn name(value: &Json) -> Option<FileName> {
    value.as_str()?.parse().ok()
}

/// A picture, or a link to a paper. Where files cannot be had (on terminals, in pictures of pages) it is told what it is.
fn shown(scene: &Scene<'_>, name: FileName, about: &str) -> Markup {
    match scene.file(name) {
        Some(path) if name.media.is_picture() => html! {
            a href=(path) download { img src=(path) alt=(about) loading="lazy" decoding="async"; }
        },
        _ => link(scene, name),
    }
}

/// A file as a word that leads to it.
pub fn link(scene: &Scene<'_>, name: FileName) -> Markup {
    part::file_link(scene.tr(), name.media, scene.file(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::FormText;
    use crate::gallery::{manifest, sample, scene, views};
    use crate::language::{Lang, Tr};
    use toolcrib_contract::file::Media;

    #[test]
    fn a_picture_is_shown_where_it_can_be_had_and_a_paper_is_a_link() {
        let (mut shell, manifest, address) =
            (sample::shell(Tr::new(Lang::En), "/"), manifest(views()), FormText::default());
        let digest = [10; 32];
        let draw = |shell: &crate::shell::Shell, media| {
            let scene = scene(shell, &manifest, &manifest.views[0], &address);
            shown(&scene, FileName { digest, media }, "<crack>").into_string()
        };
        let path = format!("/t/acme/m/gallery/_file/{}.jpg", "0a".repeat(32));
        let picture = draw(&shell, Media::Jpeg);
        assert!(picture.contains(&format!("<img src=\"{path}\" alt=\"&lt;crack&gt;\"")), "{picture}");
        let paper = draw(&shell, Media::Pdf);
        assert!(paper.contains("download") && paper.contains("Paper (PDF)") && !paper.contains("<img"), "{paper}");
        shell.key = None;
        assert_eq!(draw(&shell, Media::Jpeg), "Photo (JPG)", "a picture of a page asks for nothing");
    }
}
