//! What a module's views show at the end of its own stories. For each view the story is kept in which it has the most to
//! show; what it needs to be told is taken from lists to choose from and from the rows that lead to it.

use super::bench::{self, Ask};
use super::filled::Address;
use super::watched::Watched;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use toolcrib_contract::host::Invocation;
use toolcrib_contract::json;
use toolcrib_contract::manifest::{HandlerKind, MODULE_ROLE, Manifest};
use toolcrib_contract::memory::Memory;
use toolcrib_contract::preview::{Answered, PREVIEW_BYTES, Preview, fitting};
use toolcrib_contract::scenario::{ACTOR, Ended};
use toolcrib_contract::types::Instant;
use toolcrib_contract::view::{Argument, Bind, Cell, Choices, Source, Target, View};
use toolcrib_sandbox::Module;

/// WebAssembly operations of all previews of one component. What is not drawn by then has no preview.
const PREVIEWS_FUEL: u64 = 2_000_000_000;
/// Asked where a query admits everybody.
const ANYBODY: &str = "admin";

/// The best preview of each view so far.
#[derive(Default)]
pub(super) struct Previews {
    best: BTreeMap<String, Preview>,
    fuel: u64,
}

/// A tenant at the end of a story, and what was asked of it.
pub(super) struct Stage<'a> {
    module: &'a Module<Watched>,
    pub manifest: &'a Manifest,
    pub actor: &'a str,
    pub now: Instant,
    /// Away while a query runs.
    memory: Option<Memory>,
    /// By query and input.
    asked: BTreeMap<(String, String), Option<Json>>,
    fuel: u64,
}

impl Previews {
    /// Draws every view on what a story left.
    pub fn draw(&mut self, module: &Module<Watched>, manifest: &Manifest, story: &str, ended: Ended) {
        let Ended { memory, now } = ended;
        let (memory, asked, fuel) = (Some(memory), BTreeMap::new(), self.fuel);
        let mut stage = Stage { module, manifest, actor: ACTOR, now, memory, asked, fuel };
        let mut drawn: BTreeMap<&str, Preview> = BTreeMap::new();
        let mut told: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        // Each round may lead to views that the round before has told something.
        loop {
            let before = drawn.len();
            for view in &manifest.views {
                if drawn.contains_key(view.name.as_str()) {
                    continue;
                }
                let address = told.get(&view.name).cloned().unwrap_or_default();
                let Some(preview) = stage.view(view, address, story) else { continue };
                stage.lead(view, &preview, &mut told);
                drawn.insert(&view.name, preview);
            }
            if drawn.len() == before {
                break;
            }
        }
        self.fuel = stage.fuel;
        for (view, preview) in drawn {
            let shows_more = |kept: &Preview| preview.bytes() > kept.bytes();
            if preview.bytes() <= PREVIEW_BYTES && self.best.get(view).is_none_or(shows_more) {
                self.best.insert(view.to_owned(), preview);
            }
        }
    }

    /// In the order of the module's views; no more than is kept of a version.
    pub fn finish(mut self, manifest: &Manifest) -> Vec<Preview> {
        fitting(manifest.views.iter().filter_map(|view| self.best.remove(&view.name)).collect())
    }
}

impl Stage<'_> {
    /// Everything that a view asks. None when it has to be told something that nothing tells, or when a query refuses.
    fn view(&mut self, view: &View, mut address: Vec<(String, String)>, story: &str) -> Option<Preview> {
        let mut answers = Vec::new();
        for param in &view.params {
            let Some(choices) = &param.choices else { continue };
            let output = self.ask(view, &address, &choices.source, &mut answers)?;
            let said = param.initial.is_some() || address.iter().any(|(name, _)| *name == param.name);
            if let Some(text) = self.first(choices, &output).filter(|_| !said) {
                address.push((param.name.clone(), text));
            }
        }
        for (_, cell) in view.cells() {
            if let Some(source) = cell.widget.source() {
                self.ask(view, &address, source, &mut answers)?;
            }
            for pick in cell.widget.picks() {
                self.ask(view, &address, &pick.choices.source, &mut answers)?;
            }
            // Without them it shows codes.
            for names in cell.widget.names() {
                self.ask(view, &address, &names.source, &mut answers);
            }
        }
        let role = self.role(view);
        let (view, scenario, at) = (view.name.clone(), story.to_owned(), self.now.to_string());
        Some(Preview { view, scenario, at, actor: self.actor.to_owned(), role, address, answers })
    }

    /// Asks a query, unless this was asked before, and notes it once.
    fn ask(&mut self, view: &View, address: &Address, source: &Source, noted: &mut Vec<Answered>) -> Option<Json> {
        let (_, def) = self.manifest.handler(&source.query)?;
        let input = self.input(view, address, &source.arguments, &def.input)?;
        let key = (source.query.clone(), input.to_string());
        let output = match self.asked.get(&key) {
            Some(known) => known.clone(),
            None => {
                let answer = self.run(&source.query, &input);
                self.asked.insert(key, answer.clone());
                answer
            }
        }?;
        let query = source.query.clone();
        if !noted.iter().any(|answered| answered.query == query && answered.input == input) {
            noted.push(Answered { query, input, output: output.clone() });
        }
        Some(output)
    }

    fn run(&mut self, query: &str, input: &Json) -> Option<Json> {
        if self.fuel >= PREVIEWS_FUEL {
            return None;
        }
        let (number, def) = self.manifest.handler(query).filter(|(_, def)| def.kind == HandlerKind::Query)?;
        let input = json::read(&def.input, input).ok()?;
        let role = def.roles.iter().find(|role| *role != MODULE_ROLE).map_or(ANYBODY, String::as_str);
        let (actor, role) = (self.actor.to_owned(), role.to_owned());
        let invocation = Invocation { now: self.now, seed: 0, actor, role };
        let (handler, plan, stand_in) = (def, None, None);
        let ask = Ask { number, handler, invocation: &invocation, input: &input, plan, stand_in };
        let (memory, attempt) = bench::attempt(self.module, self.memory.take()?, &ask);
        self.memory = Some(memory);
        self.fuel += attempt.usage.fuel;
        let text = json::write(&def.output, &attempt.outcome.ok()?).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// The first thing of a list to choose from.
    fn first(&self, choices: &Choices, output: &Json) -> Option<String> {
        let (_, def) = self.manifest.handler(&choices.source.query)?;
        let (path, _) = choices.source.rows(&def.output)?;
        text_at(at(output, &path).as_array()?.first()?, &choices.value)
    }

    /// What the first rows of a drawn view would tell the views that they open.
    fn lead(&self, view: &View, preview: &Preview, told: &mut BTreeMap<String, Vec<(String, String)>>) {
        for (_, cell) in view.cells() {
            let Some(row) = self.row(view, preview, cell) else { continue };
            let mut handed = cell.widget.handed();
            handed.extend(cell.actions.iter().filter_map(toolcrib_contract::view::Action::handed));
            for (target, arguments) in handed {
                let Target::View(opened) = target else { continue };
                if let Some(address) = handed_over(arguments, &preview.address, &row) {
                    told.entry(opened.to_owned()).or_insert(address);
                }
            }
        }
    }

    /// The first row of a cell, or what it shows where it has no rows.
    fn row(&self, view: &View, preview: &Preview, cell: &Cell) -> Option<Json> {
        let source = cell.widget.source()?;
        let (_, def) = self.manifest.handler(&source.query)?;
        let input = self.input(view, &preview.address, &source.arguments, &def.input)?;
        let asked = |answered: &&Answered| answered.query == source.query && answered.input == input;
        let output = &preview.answers.iter().find(asked)?.output;
        match source.rows(&def.output) {
            Some((path, _)) => at(output, &path).as_array()?.first().cloned(),
            None => Some(at(output, &source.at).clone()),
        }
    }

    /// A role to which the view shows its buttons.
    fn role(&self, view: &View) -> String {
        let handed = view.cells().flat_map(|(_, cell)| {
            let mut handed = cell.widget.handed();
            handed.extend(cell.actions.iter().filter_map(toolcrib_contract::view::Action::handed));
            handed
        });
        let defs: Vec<_> = handed
            .filter_map(|(target, _)| match target {
                Target::Operation(name) => self.manifest.handler(name).map(|(_, def)| def),
                Target::View(_) => None,
            })
            .collect();
        let roles = defs.iter().flat_map(|def| &def.roles).map(String::as_str).filter(|role| *role != MODULE_ROLE);
        let admits = |role: &str| defs.iter().filter(|def| def.admits(role)).count();
        // Of several equally good ones the first in the alphabet, so that every vetting chooses the same.
        let best = roles.chain([ANYBODY]).max_by(|a, b| admits(a).cmp(&admits(b)).then_with(|| b.cmp(a)));
        best.unwrap_or(ANYBODY).to_owned()
    }
}

/// What a row tells another view; none when it lacks something of it.
fn handed_over(arguments: &[Argument], address: &Address, row: &Json) -> Option<Vec<(String, String)>> {
    let value = |argument: &Argument| match &argument.value {
        Bind::Constant { text } => Some(text.clone()),
        Bind::Row { path } => text_at(row, path),
        Bind::Param { name } => address.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone()),
        Bind::User | Bind::Place | Bind::Now { .. } | Bind::Today { .. } => None,
    };
    arguments.iter().map(|argument| Some((argument.name.clone(), value(argument)?))).collect()
}

fn at<'j>(value: &'j Json, path: &str) -> &'j Json {
    if path.is_empty() { value } else { path.split('.').fold(value, |value, step| &value[step]) }
}

fn text_at(row: &Json, path: &str) -> Option<String> {
    match at(row, path) {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
