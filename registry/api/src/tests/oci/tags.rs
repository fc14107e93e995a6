//! Tags: what the caller may see, in pages.

use super::*;
use toolcrib_contract::limits::OCI_TAGS;

async fn list(world: &World, query: &str, token: &str) -> (Vec<String>, Option<String>) {
    let path = if query.starts_with("/v2") { query.to_owned() } else { format!("/tags/list{query}") };
    let said = get(world, &path, token).await.is(200);
    let json = said.json();
    assert_eq!(json["name"], REPOSITORY);
    let tags = json["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect();
    let next = said.headers.get("link").map(|link| link.to_str().unwrap());
    let next = next.map(|link| link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned());
    (tags, next)
}

#[tokio::test]
async fn everybody_sees_approved_versions_and_owners_their_drafts() {
    let world = World::new().await;
    approved(&world, "1.0.0").await;
    let owner = token(&world, "owner@acme.cn").await;
    push_version(&world, &owner, "1.1.0-rc.1", &counter("1.1.0-rc.1")).await;
    let component = counter("1.0.1");
    let image = push_version(&world, &owner, "1.0.1", &component).await;
    sign(&world, &owner, "1.0.1", &component, &image).await.is(201);
    assert_eq!(list(&world, "", &owner).await, (vec!["1.0.0".into(), "1.0.1".into(), "1.1.0-rc.1".into()], None));
    let reviewer = token(&world, "admin@market.cn").await;
    assert_eq!(list(&world, "", &reviewer).await.0, ["1.0.0", "1.0.1"]);
    for who in ["", "owner@bolt.cn", "owner@red-star.cn"] {
        assert_eq!(list(&world, "", &token(&world, who).await).await, (vec!["1.0.0".into()], None), "{who}");
    }
    for (query, expected, more) in [
        ("?n=2", &["1.0.0", "1.0.1"][..], true),
        ("?n=3", &["1.0.0", "1.0.1", "1.1.0-rc.1"], false),
        ("?n=0", &[], false),
        ("?n=1&last=1.0.0", &["1.0.1"], true),
        ("?last=1.0.1", &["1.1.0-rc.1"], false),
        ("?last=1.0.05", &["1.0.1", "1.1.0-rc.1"], false),
        ("?last=2", &[], false),
    ] {
        let (tags, next) = list(&world, query, &owner).await;
        assert_eq!(
            (&tags[..], next.is_some()),
            (&expected.iter().map(ToString::to_string).collect::<Vec<_>>()[..], more),
            "{query}"
        );
    }
    for bad in ["?n=-1", "?n=x", "?n=1.5", "?n="] {
        get(&world, &format!("/tags/list{bad}"), &owner).await.fails(400, "UNSUPPORTED");
    }
}

#[tokio::test]
async fn ten_thousand_tags_come_in_pages_and_none_is_lost() {
    let world = World::new().await;
    approved(&world, "1.0.0").await;
    // As the registry would have recorded them, one by one, over the years.
    let database = rusqlite::Connection::open(world.folder.path().join("catalog.db")).unwrap();
    let copy =
        "INSERT INTO submission (id, module, version, digest, size_bytes, state, key_id, signature, submitted_by,
            submitted_us, manifest, listing, report, rules, approval, approval_key_id)
        WITH RECURSIVE nth (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM nth WHERE n < 9999)
        SELECT s.id || n, s.module, '0.' || (n / 100) || '.' || (n % 100), s.digest, s.size_bytes, s.state, s.key_id,
            s.signature, s.submitted_by, s.submitted_us, s.manifest, s.listing, s.report, s.rules, s.approval,
            s.approval_key_id FROM submission s, nth";
    assert_eq!(database.execute(copy, []).unwrap(), 9_999);
    let nobody = token(&world, "").await;
    for n in [OCI_TAGS, 999, 3_333, usize::MAX] {
        let (mut all, mut pages, mut next) = (Vec::new(), 0, Some(format!("?n={n}")));
        while let Some(query) = next {
            let (tags, following) = list(&world, &query, &nobody).await;
            assert!(tags.len() <= n.min(OCI_TAGS) && !tags.is_empty());
            all.extend(tags);
            (pages, next) = (pages + 1, following);
        }
        assert_eq!((all.len(), pages), (10_000, 10_000_usize.div_ceil(n.min(OCI_TAGS))));
        assert!(all.is_sorted() && all.windows(2).all(|pair| pair[0] != pair[1]));
    }
    assert_eq!(list(&world, "", &nobody).await.0.len(), OCI_TAGS);
}
