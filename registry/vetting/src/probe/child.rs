//! The child: limits itself, compiles the component with a count of operations, describes it, replays its scenarios,
//! tries what others would do with it.

use super::trials::{self, Ground};
use super::watched::Watched;
use super::{Answer, BEGUN, CPU_S, MARK, Request, describe, replay};
use crate::checks::{costs, package};
use crate::rule::Rule;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::ExitCode;
use std::time::Instant;
use toolcrib_contract::evidence::{Compiled, Stage};
use toolcrib_contract::words;
use toolcrib_contract::{Manifest, limits};
use toolcrib_sandbox::{ChildCommand, Compiler, CompilerOptions, Engine, EngineOptions, Native, SandboxError, inspect};

const COMPILE: Rule = Rule {
    check: "compile",
    why: ("每台主机都要在工厂运行的同时编译模块一次", "Every host compiles the module once, beside the plant's work"),
};

/// Memory that the child may write to while the component runs.
const DATA_BYTES: u64 = 1 << 30;
/// Bytes of the request line.
const REQUEST_BYTES: u64 = 64 << 10;

/// The body of a hidden subcommand: vets one component from standard input to standard output, after giving up the
/// right to much CPU time, memory, processes and files. Run it before the program starts threads.
///
/// A test binary can be the child too: an ignored test that ends in `std::process::exit(…)` after this, started with
/// `--exact <its name> --ignored --nocapture`.
pub fn vet_child_main() -> ExitCode {
    match answer() {
        Ok(()) => ExitCode::SUCCESS,
        // The parent went away or sent nonsense; there is nobody to tell.
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer() -> io::Result<()> {
    limit(Resource::Core, 0)?;
    // The initial memory of the component becomes a file in memory, which all its instances are copied from.
    limit(Resource::Fsize, limits::MEMORY_BYTES as u64)?;
    limit(Resource::Cpu, CPU_S)?;
    let mut input = BufReader::new(io::stdin().lock());
    let mut line = Vec::new();
    input.by_ref().take(REQUEST_BYTES).read_until(b'\n', &mut line)?;
    let request: Request = serde_json::from_slice(&line)?;
    let mut component = Vec::new();
    input.take(limits::COMPONENT_BYTES as u64 + 1).read_to_end(&mut component)?;
    let answer = vet(request, &component)?;
    let mut output = io::stdout().lock();
    output.write_all(MARK)?;
    serde_json::to_writer(&mut output, &answer)?;
    output.flush()
}

fn limit(resource: Resource, to: u64) -> io::Result<()> {
    Ok(setrlimit(resource, Rlimit { current: Some(to), maximum: Some(to) })?)
}

fn vet(request: Request, component: &[u8]) -> io::Result<Answer> {
    let engine = match Engine::new(EngineOptions { instances: 2, fuel: true }) {
        Ok(engine) => engine,
        Err(error) => return Err(io::Error::other(error)),
    };
    let started = Instant::now();
    let native = match compile(&engine, request.program, request.args, component) {
        Ok(native) => native,
        Err(error @ (SandboxError::Child(_) | SandboxError::Engine(_))) => return Err(io::Error::other(error)),
        Err(error) => return Ok(Answer::failed(unloadable(&error))),
    };
    let (code_bytes, peak_bytes) = (native.code_bytes(), native.peak_bytes());
    let compiled = Some(Compiled { ms: started.elapsed().as_millis() as u64, code_bytes, peak_bytes });
    // From here on the component runs, and nothing needs another process.
    limit(Resource::Nproc, 0)?;
    limit(Resource::Data, DATA_BYTES)?;
    let described = match describe::describe(&engine, &native) {
        Ok((manifest, findings)) => Answer { manifest, findings, compiled, ..Answer::default() },
        Err(error) => Answer { compiled, ..Answer::failed(unloadable(&error)) },
    };
    let (Some(manifest), Some(seed)) = (&described.manifest, request.seed) else { return Ok(described) };
    match tried(&engine, &native, manifest, component, seed) {
        Ok(tried) => {
            let findings = [described.findings, tried.findings].concat();
            Ok(Answer { findings, manifest: described.manifest, compiled, ..tried })
        }
        Err(error) => Ok(Answer { findings: vec![unloadable(&error)], ..described }),
    }
}

/// Scenarios, then trials on what they left.
fn tried(
    engine: &Engine,
    native: &Native,
    manifest: &Manifest,
    component: &[u8],
    seed: u64,
) -> Result<Answer, SandboxError> {
    let module = engine.load::<Watched>(native)?;
    let section = inspect(component).ok().and_then(|inspection| inspection.package);
    // A package that is missing or malformed is told by the parent.
    let scenarios = package::read(section.as_deref()).map(|package| package.scenarios).unwrap_or_default();
    let mut ground = Ground::default();
    begin(Stage::Scenarios);
    let (mut findings, costs, previews) = replay::replay(&module, manifest, &scenarios, &mut ground);
    begin(Stage::Checks);
    let tried = trials::run(&module, manifest, ground, seed);
    findings.extend(tried.findings);
    let (behaviour, card, trials) = (tried.behaviour, costs::card(&tried.samples), Some(tried.trials));
    Ok(Answer { findings, costs, behaviour, card, trials, previews, ..Answer::default() })
}

/// Tells the parent which step begins. One that went away does not matter before the answer.
fn begin(stage: Stage) {
    let place = Stage::ALL.iter().position(|one| *one == stage).unwrap_or_default();
    let mut output = io::stdout().lock();
    let _ = write!(output, "{}{place}", String::from_utf8_lossy(BEGUN)).and_then(|()| output.flush());
}

fn compile(
    engine: &Engine,
    program: std::path::PathBuf,
    args: Vec<std::ffi::OsString>,
    component: &[u8],
) -> Result<Native, SandboxError> {
    let child = ChildCommand { program, args };
    // Nothing is cached, so nothing needs a seal.
    Compiler::new(CompilerOptions { child, cache: None, secret: [0; 32] }).compile(engine, component)
}

fn unloadable(error: &SandboxError) -> toolcrib_contract::finding::Finding {
    let text = error.to_string();
    let what = words!("无法加载：{text}", "It cannot be loaded: {text}");
    COMPILE.error(
        "",
        what,
        (
            "请用 `cargo toolcrib build` 和本 SDK 的接口构建",
            "Build it with `cargo toolcrib build` and this SDK's world",
        ),
    )
}
