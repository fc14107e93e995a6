//! Making the shelves anew where they differ from the records.

use super::{Card, EVERY_SEGMENT, Nature};
use crate::catalog::Catalog;
use crate::change::Change;
use crate::error::CatalogError;
use crate::words::indexed;
use semver::Version;
use std::collections::{BTreeMap, BTreeSet};
use toolcrib_contract::manifest::Words;
use toolcrib_contract::package::Listing;
use toolcrib_contract::types::Instant;

/// Versions that everybody may see and subscribe to. The one place that says which: what is hidden is neither found nor
/// counted.
const LISTED: &str = "SELECT s.module, s.version, o.slug AS org, o.name AS org_name,
        json_extract(s.manifest, '$.title') AS title, json_extract(s.manifest, '$.summary') AS summary, s.listing,
        s.submitted_us,
        EXISTS (SELECT 1 FROM json_each(s.manifest, '$.handlers') h
            WHERE json_extract(h.value, '$.kind.kind') = 'connector') AS connects,
        EXISTS (SELECT 1 FROM json_each(s.manifest, '$.handlers') h
            WHERE json_extract(h.value, '$.kind.kind') = 'on_signal') AS follows,
        (SELECT max(q.valid_until) FROM qualification q WHERE q.org = o.id AND q.removed_us IS NULL) AS verified_until,
        EXISTS (SELECT 1 FROM rollout r WHERE r.module = s.module AND r.version = s.version AND r.state <> 'done') AS staged
    FROM submission s JOIN module m ON m.name = s.module JOIN org o ON o.id = m.org
    WHERE s.state = 'approved' AND coalesce(s.standing, '') NOT IN ('yanked', 'revoked') AND s.superseded_us IS NULL
    ORDER BY s.module";

#[derive(sqlx::FromRow)]
struct Listed {
    module: String,
    version: String,
    org: String,
    org_name: String,
    title: Option<String>,
    summary: Option<String>,
    listing: String,
    submitted_us: i64,
    /// It talks to other systems.
    #[sqlx(try_from = "crate::Flag")]
    connects: bool,
    /// It follows machines.
    #[sqlx(try_from = "crate::Flag")]
    follows: bool,
    /// The last day of the provider's papers.
    verified_until: Option<String>,
    /// Its rollout, if it has one, has not come to everybody.
    #[sqlx(try_from = "crate::Flag")]
    staged: bool,
}

/// What a row of the shelves consists of.
struct Row {
    card: Card,
    description: Words,
    /// Kind and code; segments with all their ancestors.
    facets: BTreeSet<(String, String)>,
    /// The names of its tags in both languages.
    tag_names: String,
    tenants: i64,
}

/// Names and parents, by code.
#[derive(Default)]
struct Vocabulary {
    segments: BTreeMap<String, (Option<String>, String)>,
    tags: BTreeMap<(String, String), String>,
}

type Pairs = BTreeMap<String, Vec<(String, String)>>;

impl Catalog {
    /// Brings the shelves in line with the records, when the audit has moved.
    pub(super) async fn refresh_shelf(&self) -> Result<(), CatalogError> {
        const HEADS: &str = "SELECT (SELECT coalesce(max(number), 0) FROM audit), (SELECT audit FROM shelf_head)";
        let (audit, made): (i64, i64) = sqlx::query_as(HEADS).fetch_one(&self.readers).await?;
        if audit == made {
            return Ok(());
        }
        let mut change = self.change(Instant(0)).await?;
        let (audit, _): (i64, i64) = sqlx::query_as(HEADS).fetch_one(change.connection()).await?;
        let rows = change.shelf_rows().await?;
        let kept: Vec<(String, String)> =
            sqlx::query_as("SELECT module, source FROM shelf").fetch_all(change.connection()).await?;
        let kept: BTreeMap<_, _> = kept.into_iter().collect();
        for gone in kept.keys().filter(|module| !rows.contains_key(*module)) {
            change.take_from_shelf(gone).await?;
        }
        for (module, row) in &rows {
            let source = row.source();
            if kept.get(module) != Some(&source) {
                change.take_from_shelf(module).await?;
                change.put_on_shelf(row, &source).await?;
            }
        }
        sqlx::query("UPDATE shelf_head SET audit = $1").bind(audit).execute(change.connection()).await?;
        change.commit_quietly().await
    }
}

impl Change {
    async fn shelf_rows(&mut self) -> Result<BTreeMap<String, Row>, CatalogError> {
        let listed: Vec<Listed> = sqlx::query_as(LISTED).fetch_all(self.connection()).await?;
        let tags = self.pairs("SELECT module, kind, code FROM module_tag ORDER BY module, kind, code").await?;
        let plans = self
            .pairs(
                "SELECT module, kind, CAST(min(price_e4) AS TEXT) FROM plan WHERE retired_us IS NULL
                 GROUP BY module, kind ORDER BY module, kind",
            )
            .await?;
        let said = self.pairs("SELECT module, '', coalesce(successor, '') FROM deprecation").await?;
        let counts: Vec<(String, i64, i64, i64)> = sqlx::query_as(
            "SELECT m.name, (SELECT count(*) FROM subscription c WHERE c.module = m.name AND c.ended_us IS NULL),
                 (SELECT count(*) FROM rating r WHERE r.module = m.name),
                 (SELECT CAST(coalesce(sum(stars), 0) AS BIGINT) FROM rating r WHERE r.module = m.name) FROM module m",
        )
        .fetch_all(self.connection())
        .await?;
        let counts: BTreeMap<_, _> = counts.into_iter().map(|(module, a, b, c)| (module, (a, b, c))).collect();
        let vocabulary = self.vocabulary().await?;
        let mut rows = BTreeMap::new();
        for versions in listed.chunk_by(|a, b| a.module == b.module) {
            let Some(newest) = newest(versions) else { continue };
            let mut row = Row::new(newest)?;
            let module = &newest.module;
            row.tag(tags.get(module), &vocabulary);
            row.price(plans.get(module));
            row.card.deprecated = said.contains_key(module);
            let successor = said.get(module).and_then(|said| said.first()).map(|(_, successor)| successor.clone());
            row.card.successor = successor.filter(|successor| !successor.is_empty());
            let (tenants, ratings, stars) = counts.get(module).copied().unwrap_or_default();
            row.tenants = tenants;
            row.card.tenants = tenants.cast_unsigned();
            (row.card.ratings, row.card.stars) = (ratings.cast_unsigned(), stars.cast_unsigned());
            rows.insert(module.clone(), row);
        }
        Ok(rows)
    }

    async fn pairs(&mut self, sql: &'static str) -> Result<Pairs, CatalogError> {
        let rows: Vec<(String, String, String)> = sqlx::query_as(sql).fetch_all(self.connection()).await?;
        let mut pairs = Pairs::new();
        for (module, one, two) in rows {
            pairs.entry(module).or_default().push((one, two));
        }
        Ok(pairs)
    }

    async fn vocabulary(&mut self) -> Result<Vocabulary, CatalogError> {
        let segments: Vec<(String, Option<String>, String)> =
            sqlx::query_as("SELECT code, parent, zh || ' ' || en FROM segment").fetch_all(self.connection()).await?;
        let tags: Vec<(String, String, String)> =
            sqlx::query_as("SELECT kind, code, zh || ' ' || en FROM tag").fetch_all(self.connection()).await?;
        Ok(Vocabulary {
            segments: segments.into_iter().map(|(code, parent, name)| (code, (parent, name))).collect(),
            tags: tags.into_iter().map(|(kind, code, name)| ((kind, code), name)).collect(),
        })
    }

    async fn take_from_shelf(&mut self, module: &str) -> Result<(), CatalogError> {
        for sql in [
            "DELETE FROM shelf_words WHERE rowid = (SELECT number FROM shelf WHERE module = $1)",
            "DELETE FROM shelf WHERE module = $1",
        ] {
            sqlx::query(sql).bind(module).execute(self.connection()).await?;
        }
        Ok(())
    }

    async fn put_on_shelf(&mut self, row: &Row, source: &str) -> Result<(), CatalogError> {
        let card = &row.card;
        let (number,): (i64,) = sqlx::query_as(
            "INSERT INTO shelf (module, source, card, tenants) VALUES ($1, $2, $3, $4) RETURNING number",
        )
        .bind(&card.module)
        .bind(source)
        .bind(serde_json::json!(card).to_string())
        .bind(row.tenants)
        .fetch_one(self.connection())
        .await?;
        for (kind, code) in &row.facets {
            let insert = sqlx::query("INSERT INTO shelf_facet (module, kind, code) VALUES ($1, $2, $3)");
            insert.bind(&card.module).bind(kind).bind(code).execute(self.connection()).await?;
        }
        let both = |words: &Words| indexed(&format!("{} {}", words.zh, words.en));
        sqlx::query(
            "INSERT INTO shelf_words (rowid, module, name, title, provider, tags, summary, description)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(number)
        .bind(&card.module)
        .bind(indexed(&card.module))
        .bind(both(&card.title))
        .bind(indexed(&format!("{} {}", card.org_name, card.org)))
        .bind(indexed(&row.tag_names))
        .bind(both(&card.summary))
        .bind(both(&row.description))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

/// The newest release that is everybody's, as for `Module::latest`; a staged one or a preview only when there is nothing else.
fn newest(versions: &[Listed]) -> Option<&Listed> {
    let parsed = versions.iter().filter_map(|row| Some((Version::parse(&row.version).ok()?, row)));
    let rank = |(version, row): &(Version, &Listed)| (!row.staged, version.pre.is_empty(), version.clone());
    parsed.max_by_key(rank).map(|(_, row)| row)
}

impl Row {
    fn new(listed: &Listed) -> Result<Self, CatalogError> {
        let words = |text: Option<&String>| -> Result<Words, CatalogError> {
            let words = text.map(|text| serde_json::from_str(text)).transpose();
            Ok(words.map_err(|error| CatalogError::damaged("a manifest", &error))?.unwrap_or_default())
        };
        let listing: Listing =
            serde_json::from_str(&listed.listing).map_err(|error| CatalogError::damaged("a listing", &error))?;
        let card = Card {
            module: listed.module.clone(),
            org: listed.org.clone(),
            org_name: listed.org_name.clone(),
            title: words(listed.title.as_ref())?,
            summary: words(listed.summary.as_ref())?,
            version: listed.version.clone(),
            kind: if listed.connects {
                Nature::Connector
            } else if listed.follows {
                Nature::Machines
            } else {
                Nature::Records
            },
            // What the package itself names; the provider's tags are added.
            segments: listing.segments,
            problems: listing.problems,
            equipment: vec![],
            subsidy: listing.subsidy,
            prices: vec![],
            price_e4: 0,
            tenants: 0,
            verified_until: listed.verified_until.clone(),
            updated_us: listed.submitted_us,
            ratings: 0,
            stars: 0,
            deprecated: false,
            successor: None,
        };
        let mut facets = BTreeSet::from([
            ("provider".to_owned(), listed.org.clone()),
            ("kind".to_owned(), card.kind.as_str().to_owned()),
        ]);
        facets.extend(card.subsidy.map(|category| ("subsidy".to_owned(), category.as_str().to_owned())));
        Ok(Self { card, description: listing.description, facets, tag_names: String::new(), tenants: 0 })
    }

    fn tag(&mut self, tags: Option<&Vec<(String, String)>>, vocabulary: &Vocabulary) {
        for (kind, code) in tags.into_iter().flatten() {
            let list = match kind.as_str() {
                "segment" => &mut self.card.segments,
                "problem" => &mut self.card.problems,
                _ => &mut self.card.equipment,
            };
            list.push(code.clone());
        }
        self.card.segments.sort();
        self.card.segments.dedup();
        // What a package names must be one of the marketplace's words.
        self.card.problems.retain(|code| vocabulary.tags.contains_key(&("problem".to_owned(), code.clone())));
        self.card.problems.sort();
        self.card.problems.dedup();
        if self.card.segments.is_empty() {
            self.facets.insert(("segment".to_owned(), EVERY_SEGMENT.to_owned()));
        }
        for (kind, codes) in [("problem", &self.card.problems), ("equipment", &self.card.equipment)] {
            for code in codes {
                let facet = (kind.to_owned(), code.clone());
                self.tag_names.extend(vocabulary.tags.get(&facet).map(|name| format!(" {name}")));
                self.facets.insert(facet);
            }
        }
        for code in &self.card.segments {
            let mut next = Some(code);
            // A circle cannot be stored; the bound is for a database that somebody else wrote.
            for _ in 0..50 {
                let Some((code, (parent, name))) = next.and_then(|code| vocabulary.segments.get_key_value(code)) else {
                    break;
                };
                if self.facets.insert(("segment".to_owned(), code.clone())) {
                    self.tag_names.push_str(&format!(" {name}"));
                }
                next = parent.as_ref();
            }
        }
    }

    fn price(&mut self, plans: Option<&Vec<(String, String)>>) {
        let plans = plans.map_or(&[][..], Vec::as_slice);
        let mut kinds: Vec<_> = plans.iter().map(|(kind, _)| kind.clone()).collect();
        // "From" is what goes on being paid: nothing where there is a plan for nothing, else a month, else a use.
        let price = |of: &str| plans.iter().find(|(kind, _)| kind == of).and_then(|(_, price)| price.parse().ok());
        self.card.price_e4 = ["free", "monthly", "per_use"].into_iter().find_map(price).unwrap_or_default();
        if kinds.is_empty() {
            // Without a plan it costs nothing.
            kinds.push("free".to_owned());
        }
        self.facets.extend(kinds.iter().map(|kind| ("price".to_owned(), kind.clone())));
        self.card.prices = kinds;
    }

    /// Everything that the row is made of, as a text to compare.
    fn source(&self) -> String {
        serde_json::json!([self.card, self.description, self.facets, self.tag_names, self.tenants]).to_string()
    }
}
