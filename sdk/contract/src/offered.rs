//! What a module offers beside its work, declared in its listing: queries whose figures say how much it is used, and lists
//! that set it up. The host asks and copies them without knowing what they mean.
//!
//! Only what is declared here ever leaves a tenant: of an output the named columns, of a list the fields that its command
//! takes. Both travel inside the component, so vetting, reviewers and whoever receives them read the same declaration.

use crate::Manifest;
use crate::manifest::{HandlerDef, HandlerKind, Words};
use crate::schema::{Field, Type};
use crate::words;
use serde::{Deserialize, Serialize};

/// Declarations of each kind of one module.
pub const OFFERED: usize = 10;
/// Columns of one query's figures.
pub const COLUMNS: usize = 20;
/// Parameters that a query of figures may need: the first and the last day.
pub const PERIOD: [&str; 2] = ["from", "until"];

/// A query whose figures say how much a module is used: what a firm shows a third party.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Its parameters are optional, or `from` and `until`: the first and the last day.
    pub query: String,
    /// Fields of the output, or of its rows, that are told; nothing else is.
    pub columns: Vec<String>,
}

/// A list that sets a module up and says nothing about the firm's business: what another firm may take over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// The query that shows it; its parameters are optional.
    pub read: String,
    /// The command that takes its rows, or one row as its parameters.
    pub write: String,
    /// Fields that tell rows apart; none: there is one row.
    #[serde(default)]
    pub key: Vec<String>,
    /// Rows in which this field has a value are out of use and stay behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<String>,
}

/// Where the rows of a query are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows<'a> {
    /// The output is a structure and has none: its own fields are the figures.
    One(&'a [Field]),
    /// The output is a list of these.
    Whole(&'a [Field]),
    /// The output's field `rows` is a list of these, perhaps page by page.
    Paged(&'a [Field]),
}

impl<'a> Rows<'a> {
    /// None where the output is neither.
    pub fn of(output: &'a Type) -> Option<Self> {
        if let Some(row) = list(output) {
            return Some(Self::Whole(row));
        }
        let Type::Struct { fields, .. } = output else { return None };
        let rows = fields.iter().find(|field| field.name == "rows").and_then(|field| list(&field.of));
        Some(rows.map_or(Self::One(fields), Self::Paged))
    }

    /// The fields of one row.
    pub fn fields(self) -> &'a [Field] {
        match self {
            Self::One(fields) | Self::Whole(fields) | Self::Paged(fields) => fields,
        }
    }
}

/// How a command takes rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken<'a> {
    /// Many at once, as its parameter of this name.
    Many(&'a str, &'a [Field]),
    /// One, as its parameters.
    One(&'a [Field]),
}

impl<'a> Taken<'a> {
    pub fn of(command: &'a HandlerDef) -> Self {
        let fields = command.input.fields();
        match fields {
            [only] if list(&only.of).is_some() => Self::Many(&only.name, list(&only.of).unwrap_or_default()),
            _ => Self::One(fields),
        }
    }

    /// The fields of one row.
    pub fn fields(self) -> &'a [Field] {
        match self {
            Self::Many(_, fields) | Self::One(fields) => fields,
        }
    }
}

fn list(of: &Type) -> Option<&[Field]> {
    match of {
        Type::List { of } if matches!(**of, Type::Struct { .. }) => Some(of.fields()),
        _ => None,
    }
}

impl SetUp {
    /// The fields of a row as they are copied, in the command's order.
    pub fn columns(&self, manifest: &Manifest) -> Vec<String> {
        let command = manifest.handler(&self.write).map(|(_, command)| Taken::of(command).fields());
        let names = command.unwrap_or_default().iter().map(|field| field.name.clone());
        names.filter(|name| Some(name) != self.retired.as_ref()).collect()
    }

    /// What is wrong with it, in a sentence; none when it can be followed.
    pub fn flaw(&self, manifest: &Manifest) -> Option<Words> {
        let Some(query) = query(manifest, &self.read) else { return Some(no_query(&self.read)) };
        if let Some(needed) = needed(query, &[]) {
            return Some(words!(
                "`{}` 需要 `{needed}`：设置清单显示时不带参数",
                "`{}` needs `{needed}`: a list of set-up is shown without parameters",
                self.read
            ));
        }
        let command = manifest.handler(&self.write).map(|(_, command)| command);
        let Some(command) = command.filter(|command| command.kind == HandlerKind::Command) else {
            return Some(words!("没有命令 `{}`", "there is no command `{}`", self.write));
        };
        if !admits_admin(query) || !admits_admin(command) {
            return Some(words!(
                "`admin` 必须能够调用 `{}` 和 `{}`",
                "an `admin` must be able to call `{}` and `{}`",
                self.read,
                self.write
            ));
        }
        let rows = Rows::of(&query.output).filter(|rows| !matches!(rows, Rows::One(_)) || self.key.is_empty());
        let Some(rows) = rows else {
            return Some(words!("`{}` 没有显示任何行", "`{}` shows no rows", self.read));
        };
        let taken = Taken::of(command).fields();
        for field in taken {
            let shown = rows.fields().iter().find(|shown| shown.name == field.name);
            match shown {
                Some(shown) if fits(&shown.of, &field.of) => {}
                Some(_) => {
                    return Some(words!(
                        "`{}` 在 `{}` 和 `{}` 中不一致",
                        "`{}` of `{}` and of `{}` differ",
                        field.name,
                        self.read,
                        self.write
                    ));
                }
                None if matches!(field.of, Type::Option { .. }) => {}
                None => return Some(words!("`{}` 没有显示 `{}`", "`{}` does not show `{}`", self.read, field.name)),
            }
            if names_rows(&field.of) {
                return Some(words!(
                    "`{}` 以标识指向某一行，而别的企业没有该行",
                    "`{}` names a row by its id, which another firm does not have",
                    field.name
                ));
            }
        }
        let named = |name: &String| taken.iter().any(|field| field.name == *name);
        if let Some(odd) = self.key.iter().find(|name| !named(name)) {
            return Some(words!("`{}` 不接受 `{odd}`", "`{}` takes no `{odd}`", self.write));
        }
        let shown = |name: &String| rows.fields().iter().any(|field| field.name == *name);
        self.retired
            .as_ref()
            .filter(|name| !shown(name))
            .map(|odd| words!("`{}` 没有显示 `{odd}`", "`{}` shows no `{odd}`", self.read))
    }
}

impl Figures {
    /// What is wrong with it, in a sentence; none when it can be followed.
    pub fn flaw(&self, manifest: &Manifest) -> Option<Words> {
        let Some(query) = query(manifest, &self.query) else { return Some(no_query(&self.query)) };
        if let Some(needed) = needed(query, &PERIOD) {
            return Some(words!(
                "`{}` 需要 `{needed}`；只会给出日期 `from` 和 `until`",
                "`{}` needs `{needed}`; only the days `from` and `until` are given",
                self.query
            ));
        }
        if !admits_admin(query) {
            return Some(words!("`admin` 必须能够询问 `{}`", "an `admin` must be able to ask `{}`", self.query));
        }
        if self.columns.is_empty() || self.columns.len() > COLUMNS {
            return Some(words!("请写出 `{}` 的 1 到 {COLUMNS} 列", "name 1 to {COLUMNS} columns of `{}`", self.query));
        }
        let Some(rows) = Rows::of(&query.output) else {
            return Some(words!("`{}` 没有显示任何指标", "`{}` shows no figures", self.query));
        };
        let shown = |name: &String| {
            let field = rows.fields().iter().find(|field| field.name == *name);
            field.is_some_and(|field| scalar(&field.of).is_scalar())
        };
        self.columns
            .iter()
            .find(|name| !shown(name))
            .map(|odd| words!("`{}` 没有显示指标 `{odd}`", "`{}` shows no figure `{odd}`", self.query))
    }
}

fn query<'a>(manifest: &'a Manifest, name: &str) -> Option<&'a HandlerDef> {
    manifest.handler(name).map(|(_, query)| query).filter(|query| query.kind == HandlerKind::Query)
}

fn no_query(name: &str) -> Words {
    words!("没有查询 `{name}`", "there is no query `{name}`")
}

/// A parameter that must be given and is none of `given`; those are days.
fn needed<'a>(query: &'a HandlerDef, given: &[&str]) -> Option<&'a str> {
    let is_given = |field: &Field| given.contains(&field.name.as_str()) && *scalar(&field.of) == Type::Date;
    let missing = |field: &&Field| !matches!(field.of, Type::Option { .. }) && !is_given(field);
    query.input.fields().iter().find(missing).map(|field| field.name.as_str())
}

fn admits_admin(handler: &HandlerDef) -> bool {
    handler.admits("admin")
}

/// Whether what is shown can be given; a value may be given where an optional one is taken.
fn fits(shown: &Type, taken: &Type) -> bool {
    shown.same_shape(taken) || matches!(taken, Type::Option { of } if shown.same_shape(of))
}

fn scalar(of: &Type) -> &Type {
    if let Type::Option { of } = of { of } else { of }
}

fn names_rows(of: &Type) -> bool {
    match of {
        Type::Id { .. } | Type::Ref { .. } => true,
        Type::Option { of } | Type::List { of } => names_rows(of),
        Type::Struct { fields, .. } => fields.iter().any(|field| names_rows(&field.of)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, of: Type) -> Field {
        Field { name: name.to_owned(), of, doc: String::new() }
    }

    fn text() -> Type {
        Type::Text { max: 40 }
    }

    fn structure(fields: Vec<Field>) -> Type {
        Type::Struct { name: "S".to_owned(), fields }
    }

    fn optional(of: Type) -> Type {
        Type::Option { of: Box::new(of) }
    }

    fn rows(of: Vec<Field>) -> Field {
        field("rows", Type::List { of: Box::new(structure(of)) })
    }

    fn handler(name: &str, kind: HandlerKind, input: Vec<Field>, output: Type) -> HandlerDef {
        let (input, roles) = (structure(input), Vec::new());
        HandlerDef { name: name.to_owned(), doc: String::new(), kind, input, output, roles }
    }

    fn manifest() -> Manifest {
        let reason = || vec![field("code", text()), field("name", text()), field("gone", optional(Type::Instant))];
        let shown = structure(vec![rows(reason()), field("next", optional(text()))]);
        let days = vec![field("from", Type::Date), field("until", Type::Date)];
        let figures = structure(vec![field("closed", Type::Int), field("rate", optional(Type::Decimal { scale: 2 }))]);
        let handlers = vec![
            handler("reasons", HandlerKind::Query, vec![field("after", optional(text()))], shown),
            handler("import_reasons", HandlerKind::Command, vec![rows(reason())], Type::Unit),
            handler("closed", HandlerKind::Query, days, figures.clone()),
            handler("one", HandlerKind::Query, vec![field("code", text())], figures),
        ];
        Manifest { handlers, ..Manifest::default() }
    }

    fn reasons() -> SetUp {
        SetUp {
            read: "reasons".into(),
            write: "import_reasons".into(),
            key: vec!["code".into()],
            retired: Some("gone".into()),
        }
    }

    #[test]
    fn a_list_is_copied_without_what_says_that_it_is_out_of_use() {
        assert_eq!(reasons().flaw(&manifest()), None);
        assert_eq!(reasons().columns(&manifest()), ["code", "name"]);
    }

    #[test]
    fn a_declaration_that_nobody_can_follow_is_told() {
        let flaw = |change: &dyn Fn(&mut SetUp)| {
            let mut set_up = reasons();
            change(&mut set_up);
            set_up.flaw(&manifest()).unwrap().en
        };
        assert_eq!(flaw(&|one| one.read = "nothing".into()), "there is no query `nothing`");
        assert_eq!(flaw(&|one| one.write = "reasons".into()), "there is no command `reasons`");
        assert!(flaw(&|one| one.read = "one".into()).contains("needs `code`"));
        assert_eq!(flaw(&|one| one.key = vec!["odd".into()]), "`import_reasons` takes no `odd`");
        assert_eq!(flaw(&|one| one.retired = Some("odd".into())), "`reasons` shows no `odd`");
        let figures = |query: &str, columns: &[&str]| {
            let columns = columns.iter().map(|column| (*column).to_owned()).collect();
            Figures { query: query.into(), columns }.flaw(&manifest()).map(|flaw| flaw.en)
        };
        assert_eq!(figures("closed", &["closed", "rate"]), None);
        assert_eq!(figures("reasons", &["code"]), None, "a page of rows has figures, too");
        assert!(figures("closed", &["odd"]).unwrap().contains("no figure `odd`"));
        assert!(figures("closed", &[]).unwrap().contains("1 to 20"));
        assert!(figures("one", &["closed"]).unwrap().contains("needs `code`"));
        assert_eq!(figures("import_reasons", &["rows"]).unwrap(), "there is no query `import_reasons`");
    }

    #[test]
    fn a_row_that_names_another_by_its_id_stays_behind() {
        let mut manifest = manifest();
        let id = Type::Id { record: "place".into() };
        for handler in &mut manifest.handlers[..2] {
            let fields = if handler.name == "reasons" { &mut handler.output } else { &mut handler.input };
            let Type::Struct { fields, .. } = fields else { continue };
            let Type::List { of } = &mut fields[0].of else { continue };
            let Type::Struct { fields, .. } = &mut **of else { continue };
            fields[1].of = id.clone();
        }
        assert!(reasons().flaw(&manifest).unwrap().en.contains("by its id"));
    }
}
