//! Words by which modules are found: the tree of industry segments, problems, kinds of equipment. They are the
//! marketplace's data: filled once from this crate's files, then added to, renamed, moved and retired by its people.

use crate::catalog::Catalog;
use crate::change::{Change, Line};
use crate::error::CatalogError;
use crate::ids::PersonId;
use crate::input::Check;
use crate::values::Flag;
use serde_json::json;
use sqlx::AnyConnection;
use std::collections::BTreeSet;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::types::Instant;

/// Segments, and tags of both kinds together.
pub const SEGMENTS: i64 = 2_000;
pub const TAGS: i64 = 1_000;
/// Levels of the tree of segments.
pub const SEGMENT_DEPTH: usize = 6;
/// Tags of one kind of one module.
pub const MODULE_TAGS: usize = 20;

/// Manufacturing divisions of GB/T 4754-2017: code, parent, Chinese, English.
const SEGMENTS_FILE: &str = include_str!("../data/segments.tsv");
/// Kind, code, Chinese, English.
const TAGS_FILE: &str = include_str!("../data/tags.tsv");

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Segment {
    pub code: String,
    pub parent: Option<String>,
    pub zh: String,
    pub en: String,
    /// Modules keep it, none gets it.
    #[sqlx(try_from = "crate::Flag")]
    pub retired: bool,
}

/// What a tag is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagKind {
    Problem,
    Equipment,
}

crate::texts!(TagKind {
    Problem = "problem",
    Equipment = "equipment",
});

/// A word for a problem or a kind of equipment.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Tag {
    pub kind: TagKind,
    pub code: String,
    pub zh: String,
    pub en: String,
    #[sqlx(try_from = "crate::Flag")]
    pub retired: bool,
}

/// The tags of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleTags {
    pub segments: BTreeSet<String>,
    pub problems: BTreeSet<String>,
    pub equipment: BTreeSet<String>,
}

/// Fills what is empty, so that a new marketplace has a tree to begin with.
pub(crate) async fn fill(db: &mut AnyConnection) -> Result<(), CatalogError> {
    let (segments, tags): (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM segment), (SELECT count(*) FROM tag)").fetch_one(&mut *db).await?;
    let fields = |line: &'static str| line.split('\t').collect::<Vec<_>>();
    for row in SEGMENTS_FILE.lines().map(fields).filter(|_| segments == 0) {
        let [code, parent, zh, en] = row[..] else { continue };
        let insert = sqlx::query("INSERT INTO segment (code, parent, zh, en) VALUES ($1, $2, $3, $4)");
        let parent = Some(parent).filter(|parent| !parent.is_empty());
        insert.bind(code).bind(parent).bind(zh).bind(en).execute(&mut *db).await?;
    }
    for row in TAGS_FILE.lines().map(fields).filter(|_| tags == 0) {
        let [kind, code, zh, en] = row[..] else { continue };
        let insert = sqlx::query("INSERT INTO tag (kind, code, zh, en) VALUES ($1, $2, $3, $4)");
        insert.bind(kind).bind(code).bind(zh).bind(en).execute(&mut *db).await?;
    }
    Ok(())
}

fn check_code(check: &mut Check, code: &str) {
    let plain = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-'));
    check.expect((1..=30).contains(&code.len()) && plain, "/code", "1 to 30 letters, digits and hyphens");
}

fn check_words(check: &mut Check, words: &Words) {
    check.name("/name/zh", &words.zh);
    check.name("/name/en", &words.en);
}

impl Catalog {
    /// The whole tree, by code.
    ///
    /// # Errors
    /// The database.
    pub async fn segments(&self) -> Result<Vec<Segment>, CatalogError> {
        let query = "SELECT code, parent, zh, en, retired_us IS NOT NULL AS retired FROM segment ORDER BY code";
        Ok(sqlx::query_as(query).fetch_all(&self.readers).await?)
    }

    /// Adds a node, or renames or moves the one of this code. `retired` takes it out of use or back into it.
    ///
    /// # Errors
    /// Words or a code that are not acceptable; a parent that is absent, retired, or below the node itself; more than
    /// [`SEGMENT_DEPTH`] levels; a retired node over one in use.
    pub async fn put_segment(
        &self,
        code: &str,
        parent: Option<&str>,
        name: &Words,
        retired: bool,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut check = Check::default();
        check_code(&mut check, code);
        check_words(&mut check, name);
        check.done()?;
        let mut change = self.change(now).await?;
        sqlx::query(
            "INSERT INTO segment (code, zh, en) VALUES ($1, $2, $3)
             ON CONFLICT (code) DO UPDATE SET zh = excluded.zh, en = excluded.en",
        )
        .bind(code)
        .bind(&name.zh)
        .bind(&name.en)
        .execute(change.connection())
        .await?;
        change.check_parent(code, parent, retired).await?;
        let place = sqlx::query("UPDATE segment SET parent = $1, retired_us = $2 WHERE code = $3");
        let place = place.bind(parent).bind(retired.then_some(now.0)).bind(code);
        place.execute(change.connection()).await?;
        change.check_tree(code).await?;
        let detail = json!({"parent": parent, "name": name, "retired": retired});
        change.commit(Line { actor: by.as_str(), act: "segment.put", subject: code, detail }).await.map(drop)
    }

    /// All tags, by kind and code.
    ///
    /// # Errors
    /// The database.
    pub async fn tags(&self) -> Result<Vec<Tag>, CatalogError> {
        let query = "SELECT kind, code, zh, en, retired_us IS NOT NULL AS retired FROM tag ORDER BY kind DESC, code";
        Ok(sqlx::query_as(query).fetch_all(&self.readers).await?)
    }

    /// Adds a tag, or renames or retires the one of this code.
    ///
    /// # Errors
    /// Words or a code that are not acceptable; more than [`TAGS`].
    pub async fn put_tag(
        &self,
        kind: TagKind,
        code: &str,
        name: &Words,
        retired: bool,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut check = Check::default();
        check_code(&mut check, code);
        check_words(&mut check, name);
        check.done()?;
        let mut change = self.change(now).await?;
        sqlx::query(
            "INSERT INTO tag (kind, code, zh, en, retired_us) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (kind, code)
             DO UPDATE SET zh = excluded.zh, en = excluded.en, retired_us = excluded.retired_us",
        )
        .bind(kind)
        .bind(code)
        .bind(&name.zh)
        .bind(&name.en)
        .bind(retired.then_some(now.0))
        .execute(change.connection())
        .await?;
        let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM tag").fetch_one(change.connection()).await?;
        if count > TAGS {
            return Err(CatalogError::Limit(format!("there are at most {TAGS} tags")));
        }
        let detail = json!({"name": name, "retired": retired});
        change.commit(Line { actor: by.as_str(), act: "tag.put", subject: code, detail }).await.map(drop)
    }

    /// What a module is tagged with.
    ///
    /// # Errors
    /// The database.
    pub async fn module_tags(&self, module: &str) -> Result<ModuleTags, CatalogError> {
        let query = sqlx::query_as("SELECT kind, code FROM module_tag WHERE module = $1").bind(module);
        let rows: Vec<(String, String)> = query.fetch_all(&self.readers).await?;
        let of = |kind: &str| rows.iter().filter(|row| row.0 == kind).map(|row| row.1.clone()).collect();
        Ok(ModuleTags { segments: of("segment"), problems: of("problem"), equipment: of("equipment") })
    }

    /// Tags a module with exactly these.
    ///
    /// # Errors
    /// A tag that does not exist, or that is retired and was not set before; more than [`MODULE_TAGS`] of a kind.
    pub async fn set_module_tags(
        &self,
        module: &str,
        tags: &ModuleTags,
        by: &PersonId,
        now: Instant,
    ) -> Result<(), CatalogError> {
        let mut change = self.change(now).await?;
        let ModuleTags { segments, problems, equipment } = tags;
        let mut check = Check::default();
        for (field, kind, codes) in [
            ("segments", "segment", segments),
            ("problems", "problem", problems),
            ("equipment", "equipment", equipment),
        ] {
            check.expect(codes.len() <= MODULE_TAGS, &format!("/{field}"), format!("at most {MODULE_TAGS}"));
            for (at, code) in codes.iter().enumerate().take(MODULE_TAGS) {
                let usable = change.is_usable(module, kind, code).await?;
                check.expect(usable, &format!("/{field}/{at}"), format!("there is no such {kind} in use: `{code}`"));
            }
        }
        check.done()?;
        let clear = sqlx::query("DELETE FROM module_tag WHERE module = $1").bind(module);
        clear.execute(change.connection()).await?;
        for (kind, codes) in [("segment", segments), ("problem", problems), ("equipment", equipment)] {
            for code in codes {
                let insert = sqlx::query("INSERT INTO module_tag (module, kind, code) VALUES ($1, $2, $3)");
                insert.bind(module).bind(kind).bind(code).execute(change.connection()).await?;
            }
        }
        let detail = json!({"segments": segments, "problems": problems, "equipment": equipment});
        change.commit(Line { actor: by.as_str(), act: "module.tag", subject: module, detail }).await.map(drop)
    }
}

impl Change {
    async fn check_parent(&mut self, code: &str, parent: Option<&str>, retired: bool) -> Result<(), CatalogError> {
        let Some(parent) = parent else { return Ok(()) };
        let row = sqlx::query_as("SELECT retired_us IS NOT NULL FROM segment WHERE code = $1").bind(parent);
        let row: Option<(Flag,)> = row.fetch_optional(self.connection()).await?;
        match row {
            None => Err(CatalogError::input("/parent", format!("there is no segment `{parent}`"))),
            Some((Flag(true),)) if !retired => Err(CatalogError::input("/parent", format!("`{parent}` is retired"))),
            Some(_) if parent == code => Err(CatalogError::input("/parent", "a segment is not below itself")),
            Some(_) => Ok(()),
        }
    }

    /// After a change of this node: no circle, not too deep, not too many, none in use below a retired one.
    async fn check_tree(&mut self, code: &str) -> Result<(), CatalogError> {
        let (count, circle, depth, orphans): (i64, i64, i64, i64) = sqlx::query_as(
            "WITH RECURSIVE up(code, level) AS (
                 SELECT parent, 1 FROM segment WHERE code = $1 AND parent IS NOT NULL UNION ALL
                 SELECT s.parent, up.level + 1 FROM up JOIN segment s ON s.code = up.code
                 WHERE s.parent IS NOT NULL AND up.level < 50),
             down(code, level) AS (SELECT code, 0 FROM segment WHERE code = $1 UNION ALL
                 SELECT s.code, down.level + 1 FROM down JOIN segment s ON s.parent = down.code WHERE down.level < 50)
             SELECT (SELECT count(*) FROM segment), (SELECT count(*) FROM up WHERE code = $1),
                 (SELECT coalesce(max(level), 0) FROM up) + (SELECT max(level) FROM down) + 1,
                 (SELECT count(*) FROM segment c JOIN segment p ON p.code = c.parent
                      WHERE p.retired_us IS NOT NULL AND c.retired_us IS NULL)",
        )
        .bind(code)
        .fetch_one(self.connection())
        .await?;
        if count > SEGMENTS {
            return Err(CatalogError::Limit(format!("there are at most {SEGMENTS} segments")));
        }
        if circle > 0 {
            return Err(CatalogError::input("/parent", "a segment is not below one of its own"));
        }
        if depth > SEGMENT_DEPTH as i64 {
            return Err(CatalogError::input("/parent", format!("the tree has at most {SEGMENT_DEPTH} levels")));
        }
        if orphans > 0 {
            return Err(CatalogError::WrongState("segments below it are in use; retire or move them first".to_owned()));
        }
        Ok(())
    }

    async fn is_usable(&mut self, module: &str, kind: &str, code: &str) -> Result<bool, CatalogError> {
        let query = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM module_tag WHERE module = $1 AND kind = $2 AND code = $3)
                 OR EXISTS (SELECT 1 FROM segment WHERE $2 = 'segment' AND code = $3 AND retired_us IS NULL)
                 OR EXISTS (SELECT 1 FROM tag WHERE kind = $2 AND code = $3 AND retired_us IS NULL)",
        );
        let (Flag(usable),): (Flag,) = query.bind(module).bind(kind).bind(code).fetch_one(self.connection()).await?;
        Ok(usable)
    }
}
