//! The marketplace's pages over real HTTP: pictures of a module's own pages, consent, and the difference of a new version.

use super::views::Person;
use crate::chaos::servers::{Product, Servers};
use toolcrib_contract::preview::{PREVIEW_BYTES, PREVIEWS_BYTES};

const GALLERY: Product<'static> =
    Product { module: "gallery", grants: &[], query: "hall", config: "", marketplace: "" };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_modules_pages_are_shown_as_pictures_before_anybody_has_it() {
    let (servers, host) = Servers::with(1, GALLERY).await;
    let person = Person::sign_in(&host.url).await;
    let module = servers.client().module("gallery").await.unwrap();
    let version = module.latest.unwrap();
    let previews = servers.client().previews("gallery", &version).await.unwrap();
    let bytes: Vec<_> = previews.iter().map(|preview| preview.bytes()).collect();
    assert!(bytes.iter().all(|bytes| *bytes <= PREVIEW_BYTES) && bytes.iter().sum::<usize>() <= PREVIEWS_BYTES);
    // A page that needs a machine first was told one, by a row that leads to it.
    let told = previews.iter().find(|preview| preview.view == "machine_page").expect("a picture of it");
    assert!(told.address.iter().any(|(name, machine)| name == "machine" && machine.starts_with("P-")), "{told:?}");
    for (view, said) in
        [("board", "74.8 %"), ("charts", "Out of control"), ("machine_page", "一号冲床"), ("label", "WO-1001/10")]
    {
        let page = person.get(&format!("/market/m/gallery?view={view}")).await;
        let picture = page.split("<figure class=\"showcase\">").nth(1).and_then(|rest| rest.rsplit_once("</figure>"));
        // Charts are figures inside it: it ends with the last one.
        let (picture, _) = picture.unwrap_or_else(|| panic!("no picture of {view}: {page}"));
        assert!(picture.contains("<div inert>") && picture.contains(said), "{view} says no `{said}`: {picture}");
        for leads in [" href=", " action=", "_token", "data-live"] {
            assert!(!picture.contains(leads), "{view}: {leads}");
        }
        assert!(!page.contains('⟦') && !page.contains("style=\""), "{view}");
    }
    for page in ["security", "versions", "reviews"] {
        let shown = person.get(&format!("/market/m/gallery/{page}")).await;
        assert!(shown.len() < 120_000 && !shown.contains('⟦'), "{page}: {} bytes", shown.len());
    }
}
