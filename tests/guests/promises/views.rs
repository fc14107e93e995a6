//! Views come out of the component as its author wrote them.

use crate::guests::plant::Plant;
use std::collections::BTreeSet;
use toolcrib_contract::{limits, view};

#[tokio::test(flavor = "multi_thread")]
async fn a_component_describes_its_pages_and_each_can_be_drawn() {
    let manifest = Plant::new().load("gallery").manifest.clone();
    assert_eq!(view::check(&manifest), []);
    let names: Vec<_> = manifest.views.iter().map(|view| view.name.as_str()).collect();
    assert_eq!(names, ["board", "charts", "work", "machine_page", "wall", "label", "faulty", "album_page"]);
    let cells = || manifest.views.iter().flat_map(|view| view.cells().map(|(_, cell)| cell.widget.kind()));
    assert_eq!(cells().collect::<BTreeSet<_>>().len(), 24, "the gallery shows every widget there is");
    assert!(manifest.views.len() <= limits::VIEWS);
}
