//! How fields and cases are called in files. [`Plain`] calls them as the module's code does, [`Worded`] as its words do; on
//! the way in every word of either language is understood.

use crate::columns::{Column, HEAD, key};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use toolcrib_contract::language::Lang;
use toolcrib_contract::wording::{Key, Named, Wording};

/// Words for fields of tables.
pub trait Names: Send + Sync {
    /// The heading above a field's column; `field` is `order` or, inside a structure, `order.number`.
    fn heading(&self, field: &str) -> String {
        field.to_owned()
    }

    /// The field that a heading of a file means; none when the heading is no word of ours.
    fn field(&self, _heading: &str) -> Option<String> {
        None
    }

    /// The word for a case of an enumeration.
    fn case(&self, _enumeration: &str, case: &str) -> String {
        case.to_owned()
    }

    /// Whether a text of a file is a word for a case.
    fn means(&self, enumeration: &str, case: &str, text: &str) -> bool {
        self.case(enumeration, case) == text
    }

    /// The word for yes or no.
    fn flag(&self, flag: bool) -> String {
        flag.to_string()
    }
}

/// The names of the module's code.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Names for Plain {}

/// The words of a module for the columns of one table.
#[derive(Clone, Debug)]
pub struct Worded {
    words: Arc<Wording>,
    /// What is written; without a language the names of the module's code.
    lang: Option<Lang>,
    headings: HashMap<String, String>,
    /// By the heading as [`key`] writes it.
    fields: HashMap<String, String>,
}

impl Worded {
    /// For the columns that `operation` takes or returns. A word that two columns share is a heading of neither.
    pub fn of(words: &Arc<Wording>, lang: Option<Lang>, operation: &str, columns: &[Column]) -> Self {
        let own: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
        let (head, own): (Vec<_>, Vec<_>) = own.into_iter().partition(|name| HEAD.contains(name));
        let in_both = |name| Lang::ALL.map(|lang| label(words, lang, operation, name));
        let mut fields = HashMap::new();
        // The first who knows a word has it: so a file of another operation of the module is taken as well.
        learn(&mut fields, own.iter().map(|name| (*name, in_both(name).to_vec())));
        learn(&mut fields, own.iter().map(|name| (*name, elsewhere(words, name))));
        learn(&mut fields, head.iter().chain(&HEAD).map(|name| (*name, in_both(name).to_vec())));
        let heading = |name: &&str| {
            let word = label(words, lang?, operation, name);
            let taken = columns.iter().any(|column| column.name == word && column.name != **name);
            let known = fields.get(&key(&word)).map(String::as_str) == Some(*name);
            (known && !taken).then(|| ((*name).to_owned(), word))
        };
        let headings = own.iter().chain(&head).filter_map(heading).collect();
        Self { words: words.clone(), lang, headings, fields }
    }
}

/// Adds words that nobody has yet; one that several of these have belongs to none of them.
fn learn<'a>(fields: &mut HashMap<String, String>, names: impl Iterator<Item = (&'a str, Vec<String>)>) {
    let mut met: BTreeMap<String, Option<&str>> = BTreeMap::new();
    for (name, words) in names {
        for word in words {
            let name_of_all = met.entry(key(&word)).or_insert(Some(name));
            if *name_of_all != Some(name) {
                *name_of_all = None;
            }
        }
    }
    for (word, name) in met {
        if let Some(name) = name {
            fields.entry(word).or_insert_with(|| name.to_owned());
        }
    }
}

/// What a column is called in a language; one inside a structure by the words along its path.
fn label(words: &Wording, lang: Lang, operation: &str, name: &str) -> String {
    let step = |field| words.label(lang, Named::Inside { operation, field });
    name.split('.').map(step).collect::<Vec<_>>().join(".")
}

/// What any operation of the module calls a field of this name.
fn elsewhere(words: &Wording, name: &str) -> Vec<String> {
    let about = |key: &str| match Key::parse(key) {
        Some(Key::Name(field) | Key::Inside(_, field)) => field == name,
        _ => false,
    };
    let known = [&words.zh, &words.en].into_iter().flatten().filter(|(key, _)| about(key));
    known.map(|(_, word)| word.clone()).collect()
}

impl Names for Worded {
    fn heading(&self, field: &str) -> String {
        self.headings.get(field).cloned().unwrap_or_else(|| field.to_owned())
    }

    fn field(&self, heading: &str) -> Option<String> {
        self.fields.get(&key(heading)).cloned()
    }

    fn case(&self, of: &str, case: &str) -> String {
        self.lang.map_or_else(|| case.to_owned(), |lang| self.words.label(lang, Named::Case { of, case }))
    }

    fn means(&self, of: &str, case: &str, text: &str) -> bool {
        Lang::ALL.iter().any(|lang| key(&self.words.label(*lang, Named::Case { of, case })) == key(text))
    }

    fn flag(&self, flag: bool) -> String {
        let word = match (self.lang, flag) {
            (Some(Lang::ZhCn), true) => "是",
            (Some(Lang::ZhCn), false) => "否",
            (Some(Lang::En), true) => "yes",
            (Some(Lang::En), false) => "no",
            (None, flag) => return flag.to_string(),
        };
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_contract::schema::Type;

    fn column(name: &str) -> Column {
        Column { name: name.into(), of: Type::Int, needed: true }
    }

    fn worded(lang: Option<Lang>, operation: &str, names: &[&str]) -> Worded {
        let words = Wording::of(&[
            ("code", "编号", "Code"),
            ("import_parts.name", "零件名称", "Name"),
            ("parts.name", "品名", "Part name"),
            ("title", "标题", "Name"),
            ("good", "数量", "Good"),
            ("scrap", "数量", "Scrap"),
            ("place", "地点", "Place"),
            ("hall", "车间", "Hall"),
            ("state.in_use", "使用中", "In service"),
        ]);
        let columns: Vec<_> = names.iter().map(|name| column(name)).collect();
        Worded::of(&Arc::new(words), lang, operation, &columns)
    }

    #[test]
    fn every_word_of_either_language_and_of_any_operation_means_its_field() {
        let names = worded(Some(Lang::ZhCn), "import_parts", &["code", "name", "place.hall"]);
        assert_eq!(["code", "name", "place.hall"].map(|name| names.heading(name)), ["编号", "零件名称", "地点.车间"]);
        for (heading, field) in [
            ("零件名称", "name"),
            ("品名", "name"),
            ("NAME", "name"),
            ("Part name", "name"),
            ("Place.Hall", "place.hall"),
            ("编号", "code"),
            ("创建时间", "created"),
        ] {
            assert_eq!(names.field(heading).as_deref(), Some(field), "{heading}");
        }
        assert_eq!(names.field("颜色"), None);
    }

    #[test]
    fn a_word_of_two_columns_is_a_heading_of_neither() {
        let names = worded(Some(Lang::ZhCn), "report", &["good", "scrap", "id", "code"]);
        let headings = ["good", "scrap", "code", "id"].map(|name| names.heading(name));
        assert_eq!(headings, ["good", "scrap", "编号", "id"], "a field goes before the head of the row");
        assert_eq!((names.field("数量"), names.field("good")), (None, Some("good".into())));
        let shadowed = worded(Some(Lang::En), "parts", &["name", "title"]);
        assert_eq!(shadowed.heading("title"), "Name");
        assert_eq!(shadowed.field("name").as_deref(), Some("title"), "the word; `columns::find` looks at names first");
    }

    #[test]
    fn without_a_language_the_names_of_the_code_are_written_and_all_words_are_read() {
        let names = worded(None, "parts", &["code", "name"]);
        assert_eq!(
            (names.heading("name"), names.case("state", "in_use"), names.flag(true)),
            ("name".into(), "in_use".into(), "true".into())
        );
        assert_eq!(names.field("品名").as_deref(), Some("name"));
        assert!(names.means("state", "in_use", "使用中") && names.means("state", "in_use", "In service"));
        assert!(!names.means("state", "off", "使用中"));
    }
}
