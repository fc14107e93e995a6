//! Replays golden scenarios. Authors, vetting and the registry use the same replay; only the way a handler runs differs.
//!
//! In an input `"$name"` stands for what is remembered under that name. In an expected output it must equal what is
//! remembered, or, when nothing is yet, remembers what stands there: so ids the host gave need not be known before.
//! `"$$…"` is a text that begins with a dollar sign.

use crate::codec::Bytes;
use crate::fetch::{self, Header};
use crate::json;
use crate::manifest::{MODULE_ROLE, Manifest};
use crate::memory::{Call, Memory, Simulation, Stop};
use crate::package::{self, Expect, Given, STEPS, Scenario, Step};
use crate::schema::Type;
use crate::{Failure, Instant, Rejection};
use serde_json::Value as Json;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

/// Where a scenario first went another way than told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub scenario: String,
    /// Position from 0; none when it is not about one step.
    pub step: Option<usize>,
    pub handler: String,
    pub expected: String,
    pub got: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scenario `{}`", self.scenario)?;
        if let Some(step) = self.step {
            write!(f, ", step {} (`{}`)", step + 1, self.handler)?;
        }
        write!(f, "\n  expected {}\n  got      {}", self.expected, self.got)
    }
}
impl std::error::Error for Mismatch {}

/// Expected, got.
type Difference = (String, String);

/// Runs a scenario on an empty tenant. `run` gets the step's position (none for what nobody asked for), the call and
/// the memory with its invocation open; it gives the memory back, so that it may live in a sandbox meanwhile.
///
/// # Errors
/// The first step that does not do what it must.
pub fn replay<R>(manifest: &Manifest, scenario: &Scenario, run: R) -> Result<(), Mismatch>
where
    R: FnMut(Option<usize>, Call<'_>, Memory) -> (Memory, Result<Vec<u8>, Stop>),
{
    play(manifest, scenario, run).map(drop)
}

/// Who calls operations in a scenario.
pub const ACTOR: &str = "user:scenario";

/// A tenant as a scenario leaves it, with no invocation open.
pub struct Ended {
    pub memory: Memory,
    pub now: Instant,
}

/// As [`replay`], and gives the tenant that the scenario leaves.
///
/// # Errors
/// The first step that does not do what it must.
pub fn play<R>(manifest: &Manifest, scenario: &Scenario, mut run: R) -> Result<Ended, Mismatch>
where
    R: FnMut(Option<usize>, Call<'_>, Memory) -> (Memory, Result<Vec<u8>, Stop>),
{
    let fail = |step: Option<usize>, handler: &str, (expected, got): Difference| Mismatch {
        scenario: scenario.name.clone(),
        step,
        handler: handler.to_owned(),
        expected,
        got,
    };
    if scenario.steps.len() > STEPS {
        return Err(fail(None, "", (format!("at most {STEPS} steps"), scenario.steps.len().to_string())));
    }
    let start = scenario.steps.first().map_or(Ok(Instant::MIN), moment).map_err(|wrong| fail(Some(0), "", wrong))?;
    let position = Cell::new(None);
    let mut simulation = Simulation::new(manifest.clone(), start, |call: Call<'_>, memory| {
        run(if call.woken { None } else { position.get() }, call, memory)
    });
    let mut names = Names::default();
    for given in &scenario.given {
        place(simulation.memory_mut(), given, start, &mut names).map_err(|wrong| fail(None, "", wrong))?;
    }
    scenario.without.iter().for_each(|module| simulation.memory_mut().without(module));
    reply(simulation.memory_mut(), &scenario.replies).map_err(|wrong| fail(None, "", wrong))?;
    if !scenario.answers.is_empty() {
        simulation.memory_mut().serve(scripted(&scenario.answers));
    }
    for (at, step) in scenario.steps.iter().enumerate() {
        position.set(Some(at));
        take(&mut simulation, step, &mut names).map_err(|wrong| fail(Some(at), &step.handler, wrong))?;
    }
    let now = simulation.now();
    Ok(Ended { memory: simulation.into_memory(), now })
}

/// Other modules' operations as the scenario tells them.
fn reply(memory: &mut Memory, told: &[package::Reply]) -> Result<(), Difference> {
    type Given = Vec<Result<Vec<u8>, Failure>>;
    let mut replies: BTreeMap<(String, String), Given> = BTreeMap::new();
    for package::Reply { module, operation, output, rejected } in told {
        let Some(call) = memory.manifest().call(module, operation) else {
            return Err(("replies of operations that the manifest calls".into(), format!("`{module}/{operation}`")));
        };
        let given = match rejected {
            Some(code) => Err(Failure::Rejected(Rejection { code: code.clone(), message: code.clone(), field: None })),
            None => Ok(encode(&call.output, output)?),
        };
        replies.entry((module.clone(), operation.clone())).or_default().push(given);
    }
    for ((module, operation), given) in replies {
        let mut at = 0;
        memory.answer(&module, &operation, move |_| {
            at += 1;
            given[(at - 1).min(given.len() - 1)].clone()
        });
    }
    Ok(())
}

/// The outside as the scenario tells it; nothing answers what it does not tell.
fn scripted(told: &[package::Answer]) -> impl FnMut(&fetch::Request) -> Option<fetch::Answer> + Send + 'static {
    let told = told.to_vec();
    let mut given = vec![false; told.len()];
    move |request| {
        let fits = |at: &usize| told[*at].method == request.method && told[*at].url == request.url;
        let all: Vec<usize> = (0..told.len()).filter(fits).collect();
        let next = all.iter().find(|at| !given[**at]).or(all.last())?;
        given[*next] = true;
        let package::Answer { status, headers, body, unreachable, .. } = &told[*next];
        let header = |(name, value): (&String, &String)| Header { name: name.to_lowercase(), value: value.clone() };
        let body = match body {
            Json::Null => Vec::new(),
            Json::String(text) => text.clone().into_bytes(),
            other => other.to_string().into_bytes(),
        };
        let headers = headers.iter().map(header).collect();
        (!unreachable).then_some(fetch::Answer { status: u32::from(*status), headers, body: Bytes(body) })
    }
}

fn moment(step: &Step) -> Result<Instant, Difference> {
    step.at.parse().map_err(|error| (format!("`at` to be a time: {error}"), step.at.clone()))
}

fn place(memory: &mut Memory, given: &Given, now: Instant, names: &mut Names) -> Result<(), Difference> {
    let Given { module, record, rows } = given;
    let Some(read) = memory.manifest().read(module, record).cloned() else {
        return Err(("given rows of records that the manifest reads".into(), format!("`{module}/{record}`")));
    };
    let of = Type::Struct { name: record.clone(), fields: read.fields };
    for row in rows {
        let mut row = row.clone();
        let name = row.as_object_mut().and_then(|row| row.remove("id"));
        let bytes = encode(&of, &names.fill(&row)?)?;
        let id = memory.given(module, record, None, now, &bytes);
        let id = id.map_err(|error| (format!("a row of `{module}/{record}`"), format!("{error:?}")))?;
        if let Some(name) = name.as_ref().and_then(Json::as_str) {
            names.0.insert(name.trim_start_matches('$').to_owned(), Json::from(id.to_string()));
        }
    }
    Ok(())
}

fn encode(of: &Type, json: &Json) -> Result<Vec<u8>, Difference> {
    json::read(of, json).map_err(|errors| {
        let errors: Vec<_> = errors.iter().map(|error| format!("{} {}", error.pointer, error.message)).collect();
        ("an input that fits".into(), format!("{json}: {}", errors.join("; ")))
    })
}

fn take<R>(simulation: &mut Simulation<R>, step: &Step, names: &mut Names) -> Result<(), Difference>
where
    R: FnMut(Call<'_>, Memory) -> (Memory, Result<Vec<u8>, Stop>),
{
    let at = moment(step)?;
    if at < simulation.now() {
        return Err((format!("a time not before {}", simulation.now()), step.at.clone()));
    }
    simulation.advance(at).map_err(|mishap| ("timers that run through".to_owned(), mishap.to_string()))?;
    let Some((_, def)) = simulation.manifest().handler(&step.handler) else {
        return Err(("a handler of the manifest".into(), format!("`{}`", step.handler)));
    };
    let (input_type, output_type) = (def.input.clone(), def.output.clone());
    let delivered = !def.is_operation();
    let mut input = names.fill(&step.input)?;
    if input.is_null() && matches!(input_type, Type::Struct { .. }) {
        input = Json::Object(serde_json::Map::new());
    }
    let outcome = match json::read(&input_type, &input) {
        Ok(bytes) => {
            let actor = if step.role == MODULE_ROLE { "module:scenario" } else { ACTOR };
            simulation.act_as(actor, step.role.clone());
            simulation.invoke(&step.handler, &bytes)
        }
        // The host answers this for operations before the module hears of it.
        Err(_) if !delivered && matches!(&step.expect, Expect::Rejected(code) if code == "bad-input") => return Ok(()),
        Err(_) => return encode(&input_type, &input).map(drop),
    };
    let output = match outcome {
        Ok(bytes) => {
            let text = json::write(&output_type, &bytes).unwrap_or_default();
            Ok(serde_json::from_str::<Json>(&text).unwrap_or_default())
        }
        Err(stop) => Err(stop),
    };
    judge(&step.expect, &output, names)?;
    if let (Some(name), Ok(output)) = (&step.remember, output) {
        names.0.insert(name.clone(), output);
    }
    simulation.settle().map_err(|mishap| ("events that are handled".to_owned(), mishap.to_string()))
}

fn judge(expect: &Expect, got: &Result<Json, Stop>, names: &mut Names) -> Result<(), Difference> {
    match (expect, got) {
        (Expect::Success, Ok(_)) => Ok(()),
        (Expect::Output(expected), Ok(got)) => names.agree(expected, got, "").map_err(|(at, wanted, found)| {
            let at = if at.is_empty() { String::new() } else { format!(" at {at}") };
            (format!("{wanted}{at} in {expected}"), format!("{found}{at} in {got}"))
        }),
        (Expect::Rejected(code), Err(Stop::Failed(Failure::Rejected(got)))) if got.code == *code => Ok(()),
        (Expect::Retry, Err(Stop::Failed(Failure::Retry(_)))) => Ok(()),
        (expect, got) => {
            let expected = match expect {
                Expect::Success => "success".to_owned(),
                Expect::Output(output) => format!("the output {output}"),
                Expect::Rejected(code) => format!("rejected with `{code}`"),
                Expect::Retry => "a call for another time".to_owned(),
            };
            Err((expected, got.as_ref().map_or_else(Stop::to_string, |output| format!("the output {output}"))))
        }
    }
}

/// What is remembered.
#[derive(Default)]
struct Names(BTreeMap<String, Json>);

/// What a text stands for.
enum Word<'a> {
    Name(&'a str),
    Plain(&'a str),
}

fn word(text: &str) -> Word<'_> {
    match text.strip_prefix('$') {
        Some(rest) if rest.starts_with('$') => Word::Plain(rest),
        Some(name) => Word::Name(name),
        None => Word::Plain(text),
    }
}

impl Names {
    /// The value with every name replaced.
    fn fill(&self, json: &Json) -> Result<Json, Difference> {
        Ok(match json {
            Json::String(text) => match word(text) {
                Word::Plain(text) => Json::from(text),
                Word::Name(name) => self
                    .0
                    .get(name)
                    .cloned()
                    .ok_or_else(|| ("names that an earlier step remembers".to_owned(), format!("`${name}`")))?,
            },
            Json::Array(items) => items.iter().map(|item| self.fill(item)).collect::<Result<_, _>>()?,
            Json::Object(fields) => {
                let filled = fields.iter().map(|(key, value)| Ok((key.clone(), self.fill(value)?)));
                Json::Object(filled.collect::<Result<_, Difference>>()?)
            }
            other => other.clone(),
        })
    }

    /// Whether `got` is what is expected; unknown names are learnt. Otherwise: where, expected, got.
    fn agree(&mut self, expected: &Json, got: &Json, at: &str) -> Result<(), (String, String, String)> {
        let differ = |expected: String| Err((at.to_owned(), expected, got.to_string()));
        match (expected, got) {
            (Json::String(text), got) => match word(text) {
                Word::Plain(text) if got == text => Ok(()),
                Word::Plain(_) => differ(expected.to_string()),
                Word::Name(name) => match self.0.get(name) {
                    None => {
                        self.0.insert(name.to_owned(), got.clone());
                        Ok(())
                    }
                    Some(known) if known == got => Ok(()),
                    Some(known) => differ(format!("{known} (${name})")),
                },
            },
            (Json::Array(expected), Json::Array(got)) if expected.len() == got.len() => {
                let mut pairs = expected.iter().zip(got).enumerate();
                pairs.try_for_each(|(index, (expected, got))| self.agree(expected, got, &format!("{at}/{index}")))
            }
            (Json::Object(expected), Json::Object(fields))
                if expected.len() == fields.len() && expected.keys().all(|key| fields.contains_key(key)) =>
            {
                expected
                    .iter()
                    .try_for_each(|(key, expected)| self.agree(expected, &fields[key], &format!("{at}/{key}")))
            }
            (expected, got) if expected == got => Ok(()),
            (expected, _) => differ(expected.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
