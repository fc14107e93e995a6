//! A record as a table: everything that is known before the first row, computed once per module version.

use crate::column::Column;
use crate::error::{Result, StoreError};
use crate::names;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use toolcrib_contract::manifest::{IndexDef, ReadDef, RecordDef};
use toolcrib_contract::schema::Type;

/// The plan of a record: physical names and SQL texts. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RecordTable(pub(crate) Arc<Plan>);

#[derive(Debug)]
pub(crate) struct Plan {
    pub module: String,
    pub major: u64,
    pub record: String,
    pub physical: String,
    /// Of the fields, in declared order.
    pub columns: Vec<Column>,
    pub indexes: Vec<Index>,
    /// A view of another module's record cannot be written.
    pub read_only: bool,
    /// Why this record cannot be a table; vetting refuses such a manifest.
    pub flaw: Option<String>,
    /// `SELECT` of head and fields, without a condition.
    pub select: String,
    pub get: String,
    pub insert: String,
    pub update: String,
    pub indexed: Indexed,
    pub delete: String,
    pub exists: String,
    pub postgres: Postgres,
}

/// The fields of indexes. SQLite writes an index anew for every field of it that a statement sets, even to what it was;
/// PostgreSQL compares by itself.
#[derive(Debug)]
pub(crate) struct Indexed {
    /// Positions among the columns, ascending.
    pub columns: Vec<usize>,
    /// The rev of a row, then these fields of it.
    pub find: String,
    /// [`Plan::update`] for a row whose indexed fields stay as they are.
    pub update_others: String,
    /// The same, if the row has the rev before and these fields; they follow on the others.
    pub update_if_same: String,
}

/// What is another text in PostgreSQL: there the host keeps values unique, under the tenant's lock.
#[derive(Debug)]
pub(crate) struct Postgres {
    pub insert: String,
    pub update: String,
    /// The rev of a row.
    pub rev: String,
    /// For each unique index: its fields, and how to find a row of another id with the same values of them.
    pub clashes: Vec<(Vec<usize>, String)>,
    /// The same, and whether two rows share them.
    pub shared: Vec<(Vec<usize>, String)>,
}

/// Positions among the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    pub columns: Vec<usize>,
    pub unique: bool,
}

impl RecordTable {
    /// The plan of a module's own record. A definition that vetting would have refused shows at
    /// [`crate::Writer::install`].
    pub fn new(module: &str, major: u64, def: &RecordDef) -> Self {
        let plan = columns(&def.fields).and_then(|columns| {
            let indexes = def.indexes.iter().map(|index| self::index(index, columns.len())).collect::<Option<_>>();
            Ok((columns, indexes.ok_or("an index names a field that does not exist")?))
        });
        let (columns, indexes, flaw) = match plan {
            Ok((columns, indexes)) if toolcrib_contract::names::is_identifier(&def.name) => (columns, indexes, None),
            Ok(_) => (Vec::new(), Vec::new(), Some("the record's name is not an identifier".to_owned())),
            Err(flaw) => (Vec::new(), Vec::new(), Some(flaw)),
        };
        Self(Arc::new(Plan::new(module, major, &def.name, columns, indexes, false, flaw)))
    }

    /// What another module sees of a shared record: the fields it declared, and the owner's indexes it walks.
    ///
    /// # Errors
    /// [`StoreError::Incompatible`] when the owner's record does not have these fields, types or indexes.
    pub fn view(module: &str, major: u64, owner: &RecordDef, read: &ReadDef) -> Result<Self> {
        let incompatible = |what: String| StoreError::Incompatible(format!("`{module}/{}` {what}", owner.name));
        if !owner.shared {
            return Err(incompatible("is not shared".to_owned()));
        }
        for wanted in &read.fields {
            let found = owner.fields.iter().find(|field| field.name == wanted.name);
            let found = found.ok_or_else(|| incompatible(format!("has no field `{}`", wanted.name)))?;
            if !reads_as(&found.of, &wanted.of) {
                return Err(incompatible(format!("has another type of `{}`", wanted.name)));
            }
        }
        let columns = columns(&read.fields).map_err(&incompatible)?;
        let mut indexes = Vec::with_capacity(read.indexes.len());
        for wanted in &read.indexes {
            let no_index = || incompatible("has no such index".to_owned());
            let wanted = index(wanted, columns.len()).ok_or_else(no_index)?;
            let names = |at: &usize| read.fields[*at].name.as_str();
            let walked = owner.indexes.iter().any(|index| {
                let owned = index.fields.iter().map(|at| owner.fields.get(*at as usize).map(|field| &*field.name));
                wanted.columns.len() <= index.fields.len()
                    && owned.zip(&wanted.columns).all(|(owned, wanted)| owned == Some(names(wanted)))
            });
            if !walked {
                return Err(no_index());
            }
            indexes.push(wanted);
        }
        Ok(Self(Arc::new(Plan::new(module, major, &owner.name, columns, indexes, true, None))))
    }

    /// The plan of a table that a tenant has in another database, with the columns and indexes that it has there.
    ///
    /// # Errors
    /// [`StoreError::BadArchive`]: an index of no field, two fields of one name.
    pub(crate) fn stored(
        module: &str,
        major: u64,
        record: &str,
        columns: Vec<Column>,
        indexes: &[(Vec<String>, bool)],
    ) -> Result<Self> {
        let at = |field: &String| columns.iter().position(|column| column.field == *field);
        let names: BTreeSet<_> = columns.iter().map(|column| &column.field).collect();
        let wrong =
            |what: &str| StoreError::BadArchive(format!("{what} of `{module}/{record}` is not one of its record"));
        if names.len() != columns.len() {
            return Err(wrong("a field"));
        }
        let index = |(fields, unique): &(Vec<String>, bool)| {
            let columns: Vec<usize> = fields.iter().map(at).collect::<Option<_>>()?;
            (!columns.is_empty()).then_some(Index { columns, unique: *unique })
        };
        let indexes = indexes.iter().map(index).collect::<Option<_>>().ok_or_else(|| wrong("an index"))?;
        Ok(Self(Arc::new(Plan::new(module, major, record, columns, indexes, false, None))))
    }

    /// Why this record cannot be a table; none for what vetting lets through.
    pub fn flaw(&self) -> Option<&str> {
        self.0.flaw.as_deref()
    }

    /// Name of the table in the tenant's file.
    pub fn physical(&self) -> &str {
        &self.0.physical
    }
}

fn columns(fields: &[toolcrib_contract::schema::Field]) -> std::result::Result<Vec<Column>, String> {
    let columns: Vec<_> = fields.iter().map(Column::of).collect::<std::result::Result<_, _>>()?;
    let names: std::collections::BTreeSet<_> = columns.iter().map(|column| &column.field).collect();
    if names.len() == columns.len() { Ok(columns) } else { Err("two fields have the same name".to_owned()) }
}

fn index(def: &IndexDef, columns: usize) -> Option<Index> {
    let at: Vec<usize> = def.fields.iter().map(|at| *at as usize).collect();
    let valid = !at.is_empty() && at.iter().all(|at| *at < columns);
    valid.then_some(Index { columns: at, unique: def.unique })
}

/// Whether the owner's values are values of the reader's type: the same type, or one that allows no more.
fn reads_as(owned: &Type, wanted: &Type) -> bool {
    match (owned, wanted) {
        (Type::Option { of: owned }, Type::Option { of: wanted }) => reads_as(owned, wanted),
        (Type::Text { max: owned }, Type::Text { max: wanted }) => owned <= wanted,
        (Type::Enum { cases: owned, .. }, Type::Enum { cases: wanted, .. }) => wanted.starts_with(owned),
        // The owner says `Ref<Site>`, the reader may say it of another module; both are sixteen bytes.
        (Type::Id { .. } | Type::Ref { .. }, Type::Id { .. } | Type::Ref { .. }) => true,
        (Type::File { .. }, Type::File { .. }) => true,
        (owned, wanted) => owned == wanted,
    }
}

impl Indexed {
    fn new(physical: &str, columns: &[Column], indexes: &[Index]) -> Self {
        let indexed: BTreeSet<usize> = indexes.iter().flat_map(|index| index.columns.iter().copied()).collect();
        let names: String = indexed.iter().map(|at| format!(",c_{}", columns[*at].field)).collect();
        let others: Vec<_> = (0..columns.len()).filter(|at| !indexed.contains(at)).collect();
        let update_others = update(physical, columns, &others);
        let same =
            (4 + others.len()..).zip(&indexed).map(|(mark, at)| format!(" AND +c_{} IS ?{mark}", columns[*at].field));
        let same: String = same.collect();
        Self {
            find: format!("SELECT rev{names} FROM {physical} WHERE id=?1"),
            update_if_same: format!("{update_others} AND rev=?2-1{same}"),
            update_others,
            columns: indexed.into_iter().collect(),
        }
    }
}

/// Sets rev, time and these fields, in this order behind the id.
fn update(physical: &str, columns: &[Column], fields: &[usize]) -> String {
    let sets: String = (4..).zip(fields).map(|(mark, at)| format!(",c_{}=?{mark}", columns[*at].field)).collect();
    format!("UPDATE {physical} SET rev=?2,updated_us=?3{sets} WHERE id=?1")
}

impl Postgres {
    fn new(physical: &str, columns: &[Column], indexes: &[Index]) -> Self {
        let cast = |number: usize, at: usize| format!("CAST(?{number} AS {})", columns[at].cast());
        let value = |at: usize, first: usize| cast(at + first, at);
        let unique: BTreeSet<_> = indexes.iter().filter(|index| index.unique).map(|index| &index.columns).collect();
        // A row of another id with the same values; an absent value is like no other.
        let taken = |fields: &[usize], values: Vec<String>| -> String {
            let same = fields.iter().zip(values).map(|(at, value)| format!("o.c_{}={value} AND ", columns[*at].field));
            format!("SELECT CAST(1 AS BIGINT) FROM {physical} AS o WHERE /*o*/{}o.id<>?1", same.collect::<String>())
        };
        let free = |first: usize| -> String {
            let values = |fields: &[usize]| fields.iter().map(|at| value(*at, first)).collect();
            unique.iter().map(|fields| format!(" AND NOT EXISTS({})", taken(fields, values(fields)))).collect()
        };
        let clash = |fields: &[usize]| {
            taken(fields, fields.iter().enumerate().map(|(number, at)| cast(number + 2, *at)).collect())
        };
        let shared = |fields: &[usize]| -> String {
            let there: String = fields.iter().map(|at| format!("c_{} IS NOT NULL AND ", columns[*at].field)).collect();
            let same: Vec<String> = fields.iter().map(|at| format!("c_{}", columns[*at].field)).collect();
            let same = same.join(",");
            format!(
                "SELECT CAST(1 AS BIGINT) FROM {physical} WHERE /*w*/{there}true GROUP BY {same} HAVING count(*)>1 LIMIT 1"
            )
        };
        let (mut names, mut selected, mut sets) = (String::new(), String::new(), String::new());
        for (at, column) in columns.iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = write!(names, ",c_{}", column.field);
            let _ = write!(selected, ",{}", value(at, 3));
            let _ = write!(sets, ",c_{}={}", column.field, value(at, 4));
        }
        Self {
            insert: format!(
                "INSERT INTO {physical}(/*c*/id,rev,created_us,updated_us{names}) SELECT /*v*/?1,1,?2,?2{selected}
                WHERE true{} ON CONFLICT DO NOTHING",
                free(3)
            ),
            update: format!(
                "UPDATE {physical} SET rev=rev+1,updated_us=?3{sets} WHERE /*w*/id=?1 AND (?2=0 OR rev=?2){} RETURNING rev",
                free(4)
            ),
            rev: format!("SELECT rev FROM {physical} WHERE /*w*/id=?1"),
            clashes: unique.iter().map(|fields| (fields.to_vec(), clash(fields))).collect(),
            shared: unique.iter().map(|fields| (fields.to_vec(), shared(fields))).collect(),
        }
    }
}

impl Plan {
    fn new(
        module: &str,
        major: u64,
        record: &str,
        columns: Vec<Column>,
        indexes: Vec<Index>,
        read_only: bool,
        flaw: Option<String>,
    ) -> Self {
        let physical = names::table(module, major, record);
        let (mut names, mut marks) = (String::new(), String::new());
        for (at, column) in columns.iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = write!(names, ",c_{}", column.field);
            let _ = write!(marks, ",?{}", at + 3);
        }
        let select = format!("SELECT id,rev,created_us,updated_us{names} FROM {physical}");
        let postgres = Postgres::new(&physical, &columns, &indexes);
        Self {
            module: module.to_owned(),
            major,
            record: record.to_owned(),
            get: format!("{select} WHERE /*w*/id=?1"),
            insert: format!("INSERT INTO {physical}(id,rev,created_us,updated_us{names}) VALUES(?1,1,?2,?2{marks})"),
            update: update(&physical, &columns, &(0..columns.len()).collect::<Vec<_>>()),
            indexed: Indexed::new(&physical, &columns, &indexes),
            delete: format!("DELETE FROM {physical} WHERE /*w*/id=?1 AND (?2=0 OR rev=?2)"),
            exists: format!("SELECT CAST(1 AS BIGINT) FROM {physical} WHERE /*w*/id=?1"),
            postgres,
            select,
            physical,
            columns,
            indexes,
            read_only,
            flaw,
        }
    }
}
