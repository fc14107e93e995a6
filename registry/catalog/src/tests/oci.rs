//! OCI repositories: across restarts, in one transaction with the submission, and by state.

use super::world::{World, manifest};
use crate::*;
use serde_json::json;
use toolcrib_trust::content::Digests;

on_each_engine!(
    an_upload_goes_on_after_a_restart,
    altered_content_is_noticed_and_a_version_outlives_the_file_it_was_pushed_in,
    what_is_pushed_for_a_draft_kept_the_other_way_is_the_versions_manifest,
    a_draft_of_another_build_stays_a_draft,
    only_members_push_and_nobody_else_knows_the_repository_before_its_first_version,
);

fn acme() -> Viewer {
    Viewer { orgs: vec!["acme".into()], marketplace: false }
}

impl World {
    async fn repository(&self) -> Repository {
        self.catalog.repository(&acme(), Some(&self.provider), "acme", "oee").await.unwrap()
    }

    async fn push(&self, repository: &Repository, bytes: &[u8]) -> Blob {
        let upload = repository.begin_upload(self.now, &self.chance).await.unwrap();
        let mut writer = repository.write_upload(&upload.id).await.unwrap();
        writer.write(bytes).await.unwrap();
        writer.finish(&Digests::of(bytes).sha256, self.now).await.unwrap()
    }
}

/// A manifest that names this content. The catalog does not read it.
fn naming(blobs: &[&Blob], content: &str) -> NewManifest {
    let blobs = blobs.iter().map(|blob| Descriptor { digest: blob.digests.sha256.clone(), size: blob.bytes });
    NewManifest {
        media_type: "application/x".into(),
        artifact_type: "application/y".into(),
        annotations: json!({}),
        subject: None,
        blobs: blobs.collect(),
        content: content.as_bytes().to_vec(),
    }
}

async fn an_upload_goes_on_after_a_restart(engine: Engine) {
    let world = World::new(engine).await;
    let repository = world.repository().await;
    let upload = repository.begin_upload(world.now, &world.chance).await.unwrap();
    let mut writer = repository.write_upload(&upload.id).await.unwrap();
    writer.write(b"before ").await.unwrap();
    writer.commit(world.now).await.unwrap();
    let mut writer = repository.write_upload(&upload.id).await.unwrap();
    writer.write(b"lost in the crash").await.unwrap();
    drop(writer);
    world.catalog.close().await;

    let catalog = world.again().await;
    let repository = catalog.repository(&acme(), Some(&world.provider), "acme", "oee").await.unwrap();
    assert_eq!(repository.upload(&upload.id).await.unwrap().bytes, 7);
    let mut writer = repository.write_upload(&upload.id).await.unwrap();
    assert_eq!(writer.offset(), 7);
    writer.write(b"after").await.unwrap();
    let blob = writer.finish(&Digests::of(b"before after").sha512, world.now).await.unwrap();
    assert_eq!(repository.read(&blob).await.unwrap(), b"before after");
    // What was acknowledged and is not on disk any more is no upload.
    let upload = repository.begin_upload(world.now, &world.chance).await.unwrap();
    let mut writer = repository.write_upload(&upload.id).await.unwrap();
    writer.write(b"gone").await.unwrap();
    writer.commit(world.now).await.unwrap();
    catalog.close().await;
    std::fs::remove_file(world.folder.path().join("oci/uploads").join(upload.id.as_str())).unwrap();
    let catalog = world.again().await;
    let repository = catalog.repository(&acme(), Some(&world.provider), "acme", "oee").await.unwrap();
    assert!(matches!(repository.write_upload(&upload.id).await, Err(OciError::UploadUnknown)));
}

async fn altered_content_is_noticed_and_a_version_outlives_the_file_it_was_pushed_in(engine: Engine) {
    let mut world = World::new(engine).await;
    let repository = world.repository().await;
    let bytes = b"component of oee 1.0.0";
    let (component, other) = (world.push(&repository, bytes).await, world.push(&repository, b"other").await);
    let image = repository.put_manifest(&naming(&[&component], "{}"), Some("1.0.0"), world.now).await.unwrap();
    assert!(repository.draft(&image.sha512).await.unwrap().is_some());
    // The submission takes the draft along, in its own transaction.
    world.submit(&manifest("oee", "1.0.0", &[], &[]), bytes).await.unwrap();
    assert!(repository.draft(&image.sha256).await.unwrap().is_none());
    assert_eq!(repository.tagged("1.0.0").await.unwrap().unwrap().content, b"{}");
    assert_eq!(repository.versions_of(&image.sha256).await.unwrap().len(), 1);

    let file = |blob: &Blob| world.folder.path().join("oci/blobs").join(blob.digests.sha256.as_str().replace(':', "-"));
    let (pushed, altered) = (file(&component), file(&other));
    std::fs::write(&altered, "changed").unwrap();
    assert!(matches!(repository.read(&other).await, Err(OciError::Catalog(CatalogError::Damaged(_)))));
    world.pass_s(24 * 3_600);
    let swept = world.catalog.sweep_oci(world.now).await.unwrap();
    assert_eq!(swept, Swept { blobs: 1, files: 2, ..Swept::default() });
    assert!(!pushed.exists() && !altered.exists());
    assert_eq!(repository.read(&component).await.unwrap(), bytes, "it is the version's component");
    assert!(repository.tagged("1.0.0").await.unwrap().is_ok(), "what was submitted is never swept");
}

async fn what_is_pushed_for_a_draft_kept_the_other_way_is_the_versions_manifest(engine: Engine) {
    let world = World::new(engine).await;
    let repository = world.repository().await;
    let (oee, bytes) = (manifest("oee", "1.0.0", &[], &[]), b"component of oee 1.0.0");
    let kept = world.draft(&oee, bytes).await.unwrap();
    let component = world.push(&repository, bytes).await;
    let image = repository.put_manifest(&naming(&[&component], "{}"), Some("1.0.0"), world.now).await.unwrap();
    assert_eq!(world.submit(&oee, bytes).await.unwrap(), kept, "the same build is handed in");
    assert!(repository.draft(&image.sha256).await.unwrap().is_none(), "nothing is left for a sweep");
    assert_eq!(repository.versions_of(&image.sha256).await.unwrap().len(), 1);
}

async fn a_draft_of_another_build_stays_a_draft(engine: Engine) {
    let world = World::new(engine).await;
    let repository = world.repository().await;
    let blob = world.push(&repository, b"one build").await;
    repository.put_manifest(&naming(&[&blob], "{}"), Some("1.0.0"), world.now).await.unwrap();
    world.submit(&manifest("oee", "1.0.0", &[], &[]), b"another build").await.unwrap();
    // The version is the one that was submitted; its manifest is still to be made.
    let unrecorded = repository.tagged("1.0.0").await.unwrap().unwrap_err();
    assert_eq!(repository.unrecorded().await.unwrap().len(), 1);
    let made = |content: &str| Made { is_version: true, manifest: naming(&[], content), blobs: vec![] };
    repository.record(&unrecorded.submission, &[made("first")], world.now).await.unwrap();
    repository.record(&unrecorded.submission, &[made("second")], world.now).await.unwrap();
    assert_eq!(repository.tagged("1.0.0").await.unwrap().unwrap().content, b"first", "for ever");
    assert!(repository.unrecorded().await.unwrap().is_empty());
}

async fn only_members_push_and_nobody_else_knows_the_repository_before_its_first_version(engine: Engine) {
    let world = World::new(engine).await;
    let open = async |who: &Viewer, person| world.catalog.repository(who, person, "acme", "oee").await;
    let elsewhere = Viewer { orgs: vec!["red-star".into()], marketplace: false };
    let others = [(Viewer::default(), None), (elsewhere, Some(&world.owner))];
    for (other, person) in &others {
        assert!(matches!(open(other, *person).await, Err(OciError::NameUnknown)));
    }
    let reviewer = Viewer { orgs: vec!["marketplace".into()], marketplace: true };
    assert!(matches!(open(&reviewer, Some(&world.admin)).await.unwrap().pusher(), Err(OciError::Denied(_))));
    world.publish(&manifest("oee", "1.0.0", &[], &[])).await;
    for (other, person) in &others {
        let repository = open(other, *person).await.unwrap();
        let begun = repository.begin_upload(world.now, &world.chance).await;
        assert!(matches!(begun, Err(OciError::Denied(_))));
        let put = repository.put_manifest(&naming(&[], "{}"), Some("2.0.0"), world.now).await;
        assert!(matches!(put, Err(OciError::Denied(_))));
    }
    assert!(matches!(
        world.catalog.repository(&acme(), Some(&world.provider), "bolt", "oee").await,
        Err(OciError::NameUnknown)
    ));
}
