//! A firm's working set-up for others: which modules in which versions with which grants, the lists that set them up, and
//! what its machines' messages mean. No business data: of a module only what its listing declares as set-up
//! ([`crate::offered::SetUp`]), and of that only the fields that its command takes.

use crate::attestation::{Whose, canonical, read_canonical, short};
use crate::capability::Capability;
use crate::manifest::Manifest;
use crate::offered::SetUp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// What the form is called.
pub const FORM: &str = "toolcrib-kit-1";
/// Payload type of its signed envelope.
pub const PAYLOAD: &str = "application/vnd.toolcrib.kit.v1+json";
/// The largest kit.
pub const KIT_BYTES: usize = 512 << 10;
/// Modules of one kit.
pub const KIT_MODULES: usize = 64;
/// Rows of one list.
pub const KIT_ROWS: usize = 1_000;
/// Rules for messages.
pub const KIT_RULES: usize = 1_000;
/// Characters of its title.
pub const KIT_TITLE_CHARS: usize = 80;

/// The kit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kit {
    pub form: String,
    /// What the firm calls it.
    pub title: String,
    pub firm: Whose,
    pub made_at: String,
    /// `user:<id>`
    pub made_by: String,
    pub modules: Vec<KitModule>,
    /// In the order in which they are taken over.
    pub lists: Vec<KitList>,
    /// What machines' messages mean; without the sources, which every firm has of its own.
    pub mapping: Vec<Json>,
}

/// A module of a kit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KitModule {
    pub module: String,
    pub version: String,
    pub digest: String,
    /// What the firm agreed to; whoever takes the kit over agrees anew.
    pub grants: Vec<Capability>,
}

/// Rows of one list of set-up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KitList {
    pub module: String,
    pub set_up: SetUp,
    /// Objects of the declared fields; absent ones have no value.
    pub rows: Vec<Map<String, Json>>,
}

/// Values of the key of a row.
pub type Key = Vec<String>;

impl Kit {
    /// Its one form.
    pub fn canonical(&self) -> String {
        canonical(self)
    }

    /// Reads what [`Kit::canonical`] wrote, and nothing else, within the limits of a kit.
    ///
    /// # Errors
    /// A sentence: what is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let kit: Self = read_canonical(bytes, KIT_BYTES)?;
        if kit.form != FORM {
            return Err(format!("it has the form `{}`, not `{FORM}`", short(&kit.form)));
        }
        let chars = kit.title.chars().count();
        if !(1..=KIT_TITLE_CHARS).contains(&chars) || kit.title.chars().any(char::is_control) {
            return Err(format!("its title has 1 to {KIT_TITLE_CHARS} characters"));
        }
        if kit.modules.is_empty() || kit.modules.len() > KIT_MODULES || kit.mapping.len() > KIT_RULES {
            return Err(format!("it has 1 to {KIT_MODULES} modules and at most {KIT_RULES} rules"));
        }
        let names: BTreeSet<_> = kit.modules.iter().map(|module| &module.module).collect();
        if names.len() != kit.modules.len() {
            return Err("it names a module twice".to_owned());
        }
        match kit.lists.iter().find(|list| !names.contains(&list.module)) {
            Some(list) => Err(format!("it has rows of `{}`, which is not among its modules", list.module)),
            None => Ok(kit),
        }
    }

    pub fn module(&self, name: &str) -> Option<&KitModule> {
        self.modules.iter().find(|module| module.module == name)
    }

    /// The lists of one module.
    pub fn lists_of<'a>(&'a self, module: &'a str) -> impl Iterator<Item = &'a KitList> {
        self.lists.iter().filter(move |list| list.module == module)
    }
}

impl KitList {
    /// Why these rows may not be taken over, judged by what the module itself declares; none when they may.
    pub fn flaw(&self, manifest: &Manifest, declared: &[SetUp]) -> Option<String> {
        let named = format!("{}/{}", self.module, self.set_up.read);
        if !declared.contains(&self.set_up) {
            return Some(format!("`{named}` is not what the module declares as set-up: its rows stay where they are"));
        }
        if let Some(flaw) = self.set_up.flaw(manifest) {
            return Some(format!("`{named}`: {}", flaw.en));
        }
        if self.rows.len() > KIT_ROWS {
            return Some(format!("`{named}` has more than {KIT_ROWS} rows"));
        }
        let columns = self.set_up.columns(manifest);
        let mut keys = BTreeSet::new();
        for (at, row) in self.rows.iter().enumerate() {
            if let Some(odd) = row.keys().find(|name| !columns.contains(name)) {
                return Some(format!("row {} of `{named}` has `{odd}`, which is no set-up", at + 1));
            }
            let Some(key) = self.key(row) else {
                return Some(format!("row {} of `{named}` lacks its key {}", at + 1, self.set_up.key.join(", ")));
            };
            if !keys.insert(key) {
                return Some(format!("row {} of `{named}` says again what a row before it says", at + 1));
            }
        }
        None
    }

    /// The key of a row; none when a part of it is missing.
    pub fn key(&self, row: &Map<String, Json>) -> Option<Key> {
        self.set_up.key.iter().map(|name| row.get(name).map(Json::to_string)).collect()
    }

    /// Compares with the rows that are there.
    pub fn compare(&self, there: &[Map<String, Json>]) -> Difference {
        let known: BTreeMap<Key, &Map<String, Json>> =
            there.iter().filter_map(|row| Some((self.key(row)?, row))).collect();
        let mut difference = Difference::default();
        for row in &self.rows {
            match self.key(row).and_then(|key| known.get(&key)) {
                None => difference.missing.push(row.clone()),
                Some(known) if *known == row => difference.same += 1,
                Some(known) => difference.other.push((row.clone(), (*known).clone())),
            }
        }
        difference
    }
}

/// How the rows of a list stand to those that are there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// Those that are there word for word.
    pub same: u64,
    /// Those that would be made.
    pub missing: Vec<Map<String, Json>>,
    /// Those whose key is there and says something else: the kit's row, and the own one.
    pub other: Vec<(Map<String, Json>, Map<String, Json>)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{HandlerDef, HandlerKind};
    use crate::schema::{Field, Type};
    use serde_json::json;

    fn row(value: Json) -> Map<String, Json> {
        value.as_object().cloned().unwrap()
    }

    fn manifest() -> Manifest {
        let field = |name: &str, of: Type| Field { name: name.into(), of, doc: String::new() };
        let structure = |fields| Type::Struct { name: "S".into(), fields };
        let text = || Type::Text { max: 40 };
        let rows = || {
            let of = Box::new(structure(vec![field("code", text()), field("zh", text())]));
            structure(vec![field("rows", Type::List { of })])
        };
        let handler = |name: &str, kind, input, output| HandlerDef {
            name: name.into(),
            doc: String::new(),
            kind,
            input,
            output,
            roles: Vec::new(),
        };
        let read = handler("reasons", HandlerKind::Query, structure(Vec::new()), rows());
        let write = handler("import_reasons", HandlerKind::Command, rows(), Type::Unit);
        Manifest { module: "plant".into(), handlers: vec![read, write], ..Manifest::default() }
    }

    fn set_up() -> SetUp {
        SetUp { read: "reasons".into(), write: "import_reasons".into(), key: vec!["code".into()], retired: None }
    }

    fn list(rows: &[Json]) -> KitList {
        KitList { module: "plant".into(), set_up: set_up(), rows: rows.iter().cloned().map(row).collect() }
    }

    fn kit() -> Kit {
        let module = KitModule {
            module: "plant".into(),
            version: "1.0.0".into(),
            digest: "sha256:0".into(),
            grants: vec!["readings:state".parse().unwrap()],
        };
        Kit {
            form: FORM.into(),
            title: "冲压车间".into(),
            modules: vec![module],
            lists: vec![list(&[json!({"code": "a", "zh": "换模"})])],
            ..Kit::default()
        }
    }

    #[test]
    fn a_kit_is_read_as_it_was_written_and_within_its_limits() {
        let text = kit().canonical();
        assert_eq!(Kit::read(text.as_bytes()), Ok(kit()));
        let refused = |change: &dyn Fn(&mut Kit)| {
            let mut kit = kit();
            change(&mut kit);
            Kit::read(kit.canonical().as_bytes()).unwrap_err()
        };
        assert!(refused(&|kit| kit.modules.clear()).contains("1 to 64 modules"));
        assert!(refused(&|kit| kit.modules.push(kit.modules[0].clone())).contains("twice"));
        assert!(refused(&|kit| kit.lists[0].module = "other".into()).contains("not among its modules"));
        assert!(refused(&|kit| kit.title.clear()).contains("title"));
        assert!(refused(&|kit| kit.mapping = vec![Json::Null; KIT_RULES + 1]).contains("1000 rules"));
        assert!(Kit::read(text.replace(FORM, "odd").as_bytes()).unwrap_err().contains("odd"));
    }

    #[test]
    fn rows_that_the_module_does_not_declare_as_set_up_are_refused() {
        let declared = [set_up()];
        let flaw = |list: &KitList| list.flaw(&manifest(), &declared);
        assert_eq!(flaw(&list(&[json!({"code": "a", "zh": "换模"}), json!({"code": "b", "zh": "缺料"})])), None);
        let other = KitList { set_up: SetUp { read: "orders".into(), ..set_up() }, ..list(&[]) };
        assert!(flaw(&other).unwrap().contains("not what the module declares"));
        let wider = KitList { set_up: SetUp { key: Vec::new(), ..set_up() }, ..list(&[]) };
        assert!(flaw(&wider).unwrap().contains("not what the module declares"), "not even with another key");
        assert!(
            flaw(&list(&[json!({"code": "a", "customer": "x"})])).unwrap().contains("`customer`, which is no set-up")
        );
        assert!(flaw(&list(&[json!({"zh": "x"})])).unwrap().contains("lacks its key code"));
        assert!(flaw(&list(&[json!({"code": "a"}), json!({"code": "a"})])).unwrap().contains("row 2"));
        let many: Vec<_> = (0..=KIT_ROWS).map(|at| json!({"code": at.to_string()})).collect();
        assert!(flaw(&list(&many)).unwrap().contains("more than 1000 rows"));
    }

    #[test]
    fn rows_that_are_there_stay_and_those_that_say_otherwise_are_told() {
        let there = [row(json!({"code": "a", "zh": "换模"})), row(json!({"code": "b", "zh": "等料"}))];
        let kit = list(&[
            json!({"code": "a", "zh": "换模"}),
            json!({"code": "b", "zh": "缺料"}),
            json!({"code": "c", "zh": "故障"}),
        ]);
        let Difference { same, missing, other } = kit.compare(&there);
        assert_eq!((same, missing, other.len()), (1, vec![row(json!({"code": "c", "zh": "故障"}))], 1));
        assert_eq!(other[0].1["zh"], "等料");
    }
}
