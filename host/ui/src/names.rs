//! What a module's things are called on a page: its own words in the visitor's language, else its code's names made
//! readable. [`crate::shell::Shell::names`] has them for every module of the tenant.

use crate::language::Tr;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use toolcrib_contract::manifest::Words;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::wording::{Named, Wording};

/// A module that runs in the page's tenant.
#[derive(Clone, Debug)]
pub struct Known {
    pub name: String,
    pub title: Words,
    pub words: Arc<Wording>,
}

/// No words at all.
pub static NONE: Wording = Wording { zh: BTreeMap::new(), en: BTreeMap::new() };

/// The names of one module, and those of the modules beside it.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    pub tr: Tr,
    words: &'a Wording,
    beside: &'a [Known],
    /// Those that the page speaks of although they do not run here.
    elsewhere: &'a [Known],
}

impl<'a> Names<'a> {
    pub fn new(tr: Tr, words: &'a Wording, beside: &'a [Known]) -> Self {
        Self { tr, words, beside, elsewhere: &[] }
    }

    /// The same with modules that do not run here.
    pub fn and(self, elsewhere: &'a [Known]) -> Self {
        Self { elsewhere, ..self }
    }

    fn known(self, module: &str) -> Option<&'a Known> {
        self.beside.iter().chain(self.elsewhere).find(|known| known.name == module)
    }

    /// Those of one of the modules beside it; readable names where it is none of them.
    pub fn of(self, module: &str) -> Self {
        let known = self.known(module);
        Self { words: known.map_or(&NONE, |known| &known.words), ..self }
    }

    /// The title of a module, else its name.
    pub fn module(self, module: &str) -> String {
        let known = self.known(module);
        let title = known.map(|known| self.tr.words(&known.title)).filter(|title| !title.is_empty());
        title.unwrap_or(module).to_owned()
    }

    fn label(self, named: Named<'_>) -> String {
        self.words.label(self.tr.lang, named)
    }

    pub fn operation(self, name: &str) -> String {
        self.label(Named::Operation(name))
    }

    /// A field of an operation's form, at any depth.
    pub fn input(self, operation: &str, field: &str) -> String {
        self.label(Named::Inside { operation, field })
    }

    /// A field of what an operation returns: a column, a card.
    pub fn output(self, operation: &str, field: &str) -> String {
        self.label(Named::Inside { operation, field })
    }

    /// A field of a record, an event, or of no one operation.
    pub fn field(self, name: &str) -> String {
        self.label(Named::Field(name))
    }

    /// A record; `module` is empty for one of the module's own.
    pub fn record(self, module: &str, record: &str) -> String {
        if module.is_empty() { self.label(Named::Record(record)) } else { self.of(module).label(Named::Record(record)) }
    }

    pub fn event(self, name: &str) -> String {
        self.label(Named::Event(name))
    }

    /// A case of an enumeration.
    pub fn case(self, of: &str, case: &str) -> String {
        self.label(Named::Case { of, case })
    }

    /// What helps with an operation. `doc`: its author's English comment.
    pub fn about(self, operation: &str, doc: &'a str) -> Cow<'a, str> {
        read(self.words.help(self.tr.lang, operation, None, doc))
    }

    /// What helps with a field of an operation's form.
    pub fn help(self, operation: &str, field: &str, doc: &'a str) -> Cow<'a, str> {
        read(self.words.help(self.tr.lang, operation, Some(field), doc))
    }

    /// An author's English comment on an output's field, where it may stand.
    pub fn hint(self, field: &str, doc: &'a str) -> Cow<'a, str> {
        read(self.words.doc(self.tr.lang, Named::Field(field), doc))
    }

    /// Where an error is, `/lines/0/good`, in words: `明细 1 合格数`.
    pub fn place(self, operation: &str, pointer: &str) -> String {
        let steps = pointer.split('/').filter(|step| !step.is_empty());
        let words = steps.map(|step| match step.parse::<usize>() {
            Ok(at) => (at + 1).to_string(),
            Err(_) => self.input(operation, step),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// A rejection in the module's own words, where it has some for this code: the problem as it is shown, and the English
    /// message when that says more, because it names values.
    pub fn refusal(self, problem: &Problem) -> Option<(Problem, Option<String>)> {
        let message = problem.detail.as_deref().unwrap_or_default();
        let (word, beneath) = self.rejection(&problem.code, message)?;
        let mut shown = problem.clone();
        shown.detail = Some(word.to_owned());
        for error in shown.errors.iter_mut().filter(|error| error.message == message) {
            word.clone_into(&mut error.message);
        }
        Some((shown, beneath))
    }

    /// The module's words for one of its codes, and its English message where that says more; none where it gave none.
    pub fn rejection(self, code: &str, message: &str) -> Option<(&'a str, Option<String>)> {
        let word = self.words.rejection(self.tr.lang, code)?;
        let names_values = message.contains(|char: char| char.is_ascii_digit() || "`“\"".contains(char));
        let said = word == message || self.words.rejection(crate::language::Lang::En, code) == Some(message);
        Some((word, (names_values && !said).then(|| message.to_owned())))
    }
}

/// What authors wrote for programmers, as it is read on a page: without the marks around code.
fn read(doc: &str) -> Cow<'_, str> {
    if doc.contains('`') { Cow::Owned(doc.replace('`', "")) } else { Cow::Borrowed(doc) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;
    use toolcrib_contract::json::InputError;
    use toolcrib_contract::problem::REJECTED;

    fn words() -> Wording {
        Wording::of(&[
            ("lines", "明细", "Lines"),
            ("report.good", "合格数", "Good pieces"),
            ("!order-closed", "工单已关闭", "The order is closed"),
            ("record:site", "厂区", "Site"),
        ])
    }

    #[test]
    fn the_modules_beside_it_have_their_own_names() {
        let title = Words { zh: "工厂".into(), en: "Plant".into() };
        let beside = [Known { name: "plant".into(), title, words: Arc::new(words()) }];
        let names = Names::new(Tr::new(Lang::ZhCn), &NONE, &beside);
        assert_eq!((names.record("plant", "site"), names.record("", "site")), ("厂区".into(), "Site".into()));
        assert_eq!((names.module("plant"), names.module("stock")), ("工厂".into(), "stock".into()));
        assert_eq!(names.of("stock").event("part_moved"), "Part moved");
        let stock = Wording::of(&[("event:part_moved", "物料已移动", "Part moved")]);
        let elsewhere = [Known {
            name: "stock".into(),
            title: Words { zh: "仓库".into(), en: "Stock".into() },
            words: Arc::new(stock),
        }];
        let more = names.and(&elsewhere);
        assert_eq!((more.module("stock"), more.of("stock").event("part_moved")), ("仓库".into(), "物料已移动".into()));
        assert_eq!(names.of("plant").place("report", "/lines/0/good"), "明细 1 合格数");
    }

    #[test]
    fn help_has_no_marks_of_code() {
        let names = Names::new(Tr::new(Lang::En), &NONE, &[]);
        assert_eq!(names.help("add", "kind", "One of `stop`, `scrap`."), "One of stop, scrap.");
        assert_eq!(names.about("add", "Adds it."), "Adds it.");
    }

    #[test]
    fn a_rejection_is_told_in_the_modules_words_with_the_values_beneath() {
        let words = words();
        let told = |lang, message: &str| {
            let mut problem = REJECTED.because(message);
            problem.code = "order-closed".into();
            problem.errors.push(InputError { pointer: "/order".into(), message: message.into() });
            let (shown, beneath) = Names::new(Tr::new(lang), &words, &[]).refusal(&problem).unwrap();
            assert_eq!(shown.errors[0].message, *shown.detail.as_ref().unwrap());
            (shown.detail.unwrap(), beneath)
        };
        assert_eq!(told(Lang::ZhCn, "The order is closed"), ("工单已关闭".into(), None));
        let values = "Order `A-7` was closed at 08:00";
        assert_eq!(told(Lang::ZhCn, values), ("工单已关闭".into(), Some(values.into())));
        assert_eq!(told(Lang::En, values), ("The order is closed".into(), Some(values.into())));
        let mut other = REJECTED.because("No");
        other.code = "unknown".into();
        assert!(Names::new(Tr::new(Lang::ZhCn), &words, &[]).refusal(&other).is_none());
    }
}
