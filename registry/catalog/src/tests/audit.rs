//! The audit says who did what to whom, in names.

use super::world::{World, manifest};
use crate::Engine;
use toolcrib_contract::manifest::Words;

on_each_engine!(every_line_says_what_people_call_its_subject,);

async fn every_line_says_what_people_call_its_subject(engine: Engine) {
    let world = World::new(engine).await;
    let tenant = world.tenant("plant-1").await;
    // A module may have the name of an organisation: the act tells them apart.
    world.catalog.take_module("acme", "acme", &world.provider, world.now).await.unwrap();
    world.publish(&manifest("acme", "1.0.0", &[], &[])).await;
    let lines = world.catalog.audit(0, None).await.unwrap();
    let about = |act: &str, subject: &str| -> Option<Words> {
        lines.iter().rfind(|line| line.act == act && line.subject == subject).unwrap().about.clone()
    };
    let name = |name: &str| Some(Words::from((name, name)));
    assert_eq!(about("org.add", "acme"), name("ACME"));
    assert_eq!(about("key.add", "acme"), name("ACME"));
    assert_eq!(about("marketplace.create", "marketplace"), name("Marketplace"));
    assert_eq!(about("tenant.add", tenant.id.as_str()), name("plant-1"));
    let title = Some(Words::from(("设备效率", "Title of acme 1.0.0")));
    assert_eq!(about("version.decide", "acme"), title);
    assert_eq!(about("module.take", "acme"), title);
    assert_eq!(about("module.take", "oee"), None, "nothing of it was submitted yet: its name is all there is");
    let of_one = world.catalog.audit(0, Some(tenant.id.as_str())).await.unwrap();
    assert!(!of_one.is_empty() && of_one.iter().all(|line| line.about == name("plant-1")), "{of_one:?}");
}
