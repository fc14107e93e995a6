//! What each command does and says. The work itself is done by functions that tests and the server call too.

use crate::arguments::{Against, Arguments, Beside, Command, Keys, Marketplace};
use crate::attempt::{self, Done, Trial};
use crate::screen::{complain, costs, counted, report, say, size};
use crate::tools::Tools;
use crate::trouble::Trouble;
use crate::{build, check, key_file, keys, new, password, provenance, publish, sign};
use clap::Parser;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use toolcrib_contract::world::{Chance, Clock};
use toolcrib_registry_client::wire::SubmissionState;
use toolcrib_runtime::World;

/// What the binary found around it.
pub struct Surroundings {
    /// This program, to be started again as a child.
    pub program: PathBuf,
    /// A password from the environment.
    pub password: Option<String>,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
}

/// Reads the arguments and does what they say: 0 when it is done, 1 when it is not, 2 when it was not understood.
pub fn main(args: impl Iterator<Item = OsString>, surroundings: Surroundings) -> ExitCode {
    // As a subcommand of cargo the program is told its own name first.
    let args = args.enumerate().filter(|(at, arg)| *at != 1 || arg != "toolcrib").map(|(_, arg)| arg);
    let arguments = match Arguments::try_parse_from(args) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are errors to clap, for standard output.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    // Children come first: they limit themselves before any thread exists.
    match arguments.command {
        Command::CompileChild => return toolcrib_sandbox::compile_child_main(),
        Command::VetChild => return toolcrib_vetting::vet_child_main(),
        _ => {}
    }
    match run(arguments.command, surroundings) {
        Ok(code) => code,
        Err(trouble) => {
            complain(&format!("error: {trouble}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, surroundings: Surroundings) -> Result<ExitCode, Trouble> {
    let tools = Tools::of(&surroundings.program);
    match command {
        Command::New { name, template, sdk } => begin(&name, template, sdk.as_deref()),
        Command::Build { dir } => built(&dir, &tools),
        Command::Check { dir, beside, against, json } => checked(&dir, &beside, &against, json, &tools),
        Command::Test { dir } => tested(&dir, &tools),
        Command::Try { operation, json, dir, beside, data } => {
            let trial = Attempt { operation, json, dir, beside, data };
            wait_for(tried(trial, &tools, surroundings))
        }
        Command::Keygen { file } => keyed(&file, &*surroundings.chance),
        Command::Keys { what, to } => wait_for(managed(what, to, surroundings.password)),
        Command::Publish { dir, to } => wait_for(published(&dir, to, &tools, surroundings.password)),
        Command::Sign { dir, key, out } => signed(&dir, &key, &out, &tools),
        Command::Prove { org, key } => proven(&org, &key),
        Command::CompileChild | Command::VetChild => Ok(ExitCode::FAILURE),
    }
}

fn wait_for(work: impl Future<Output = Result<ExitCode, Trouble>>) -> Result<ExitCode, Trouble> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Trouble::new(format!("No threads: {error}"), "raise the limits of this account (ulimit -a)")
    })?;
    runtime.block_on(work)
}

fn begin(name: &str, template: new::Template, sdk: Option<&Path>) -> Result<ExitCode, Trouble> {
    let folder = new::module(Path::new("."), name, template, sdk)?;
    say(&format!("A module that works is in {}.", folder.display()));
    say(&format!("next: cd {name}, look at src/lib.rs, then `cargo test` and `cargo toolcrib check`"));
    Ok(ExitCode::SUCCESS)
}

fn built(dir: &Path, tools: &Tools) -> Result<ExitCode, Trouble> {
    let built = build::component(dir, tools)?;
    say(&format!("{} {}  {}  {}", built.module, built.version, size(built.bytes.len()), built.digest));
    say(&built.path.display().to_string());
    Ok(ExitCode::SUCCESS)
}

fn checked(dir: &Path, beside: &Beside, against: &Against, json: bool, tools: &Tools) -> Result<ExitCode, Trouble> {
    let against = check::Against {
        with: &beside.with,
        previous: against.previous.as_deref(),
        advisories: against.advisories.as_deref(),
        known_bad: against.known_bad.as_deref(),
    };
    let (built, told) = check::module(dir, &against, tools)?;
    if json {
        say(&serde_json::to_string_pretty(&told).unwrap_or_default());
    } else {
        say(&format!("{} {}  {}  {}", built.module, built.version, size(built.bytes.len()), built.digest));
        if !told.costs.is_empty() {
            say(&costs(&told.costs));
        }
        say(&report(&told));
    }
    Ok(if told.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tested(dir: &Path, tools: &Tools) -> Result<ExitCode, Trouble> {
    check::cargo_test(dir)?;
    let (_, told) = check::module(dir, &check::Against::default(), tools)?;
    let told = check::scenarios_only(told);
    let scenarios = told.package.as_ref().map_or(0, |package| package.scenarios.len());
    if !told.costs.is_empty() {
        say(&costs(&told.costs));
    }
    for line in told.findings.iter().map(crate::screen::finding) {
        say(line.trim_end());
    }
    let verdict =
        if told.passed() { "replayed in the sandbox, twice the same" } else { "replayed: not all went as told" };
    say(&format!("{} {verdict}.", counted(scenarios, "scenario")));
    Ok(if told.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Attempt {
    operation: Option<String>,
    json: String,
    dir: PathBuf,
    beside: Beside,
    data: Option<PathBuf>,
}

async fn tried(attempt: Attempt, tools: &Tools, surroundings: Surroundings) -> Result<ExitCode, Trouble> {
    let Attempt { operation, json, dir, beside, data } = attempt;
    let input = serde_json::from_str(&json).map_err(|error| {
        Trouble::new(format!("The parameters are not JSON: {error}"), "write them as '{\"name\": \"value\"}'")
    })?;
    let built = build::component(&dir, tools)?;
    let Some(operation) = operation else {
        say(&attempt::operations(&built.manifest));
        return Ok(ExitCode::SUCCESS);
    };
    let data = data.unwrap_or_else(|| built.path.with_file_name(format!("try-{}", built.module)));
    let with: Vec<_> = beside.with.iter().map(|path| check::read(path)).collect::<Result<_, _>>()?;
    let world = World { clock: surroundings.clock, chance: surroundings.chance };
    let trial = Trial::start(&built, &with, &data, tools, world).await?;
    let outcome = trial.run(&operation, input).await;
    trial.stop();
    match outcome {
        Ok(done) => {
            done_says(&done, &operation);
            Ok(ExitCode::SUCCESS)
        }
        Err(problem) => {
            let next = if problem.code == "not-found" {
                "run `cargo toolcrib try` for the list of operations".to_owned()
            } else {
                problem.remedy.clone()
            };
            Err(Trouble::new(format!("{operation} answers {}: {problem}", problem.status), next))
        }
    }
}

fn done_says(done: &Done, operation: &str) {
    say(&done.answer);
    for event in &done.events {
        complain(&format!("event  {event}"));
    }
    for line in done.usage.iter().filter(|line| line.operation == operation) {
        let (calls, rows) = (counted(line.calls as usize, "call"), counted(line.rows_written as usize, "row"));
        complain(&format!("usage  this hour {calls}, {rows} written, {} µs of CPU", line.cpu_us));
    }
    complain(&format!("cost   {} µs from call to answer, commit included", done.wall_us));
}

fn keyed(file: &Path, chance: &dyn Chance) -> Result<ExitCode, Trouble> {
    let signer = key_file::create(file, chance)?;
    say(&format!("public key  {}", signer.public_key().to_base64()));
    say(&format!("key id      {}", signer.key_id()));
    say(&format!("The secret is in {}. Keep a copy where nobody else can read it.", file.display()));
    Ok(ExitCode::SUCCESS)
}

async fn managed(what: Keys, to: Marketplace, given: Option<String>) -> Result<ExitCode, Trouble> {
    let password = password::read(to.password_file.as_deref(), given)?;
    let client = publish::sign_in(&to.registry, &to.email, &password).await?;
    let org = publish::organisation(&client, to.org.as_deref()).await?;
    match what {
        Keys::List => say(&keys::list(&client, &org).await?),
        Keys::Rotate { next, keep, until } => {
            let (old, next) = (key_file::open(&to.key)?, key_file::open(&next)?);
            let key = keys::rotate(&client, &org, &old, &next, !keep, until).await?;
            say(&format!(
                "{} publishes for {org} from {} on, introduced by {}",
                key.key_id,
                key.not_before,
                old.key_id()
            ));
            say(if keep {
                "next: both keys publish"
            } else {
                "next: publish with the new key; the old one publishes nothing more"
            });
        }
        Keys::Revoke { key_id } => {
            keys::revoke(&client, &org, &key_id).await?;
            say(&format!("{key_id} counts no more for anything approved from now on; what was approved before stays."));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn signed(dir: &Path, key: &Path, out: &Path, tools: &Tools) -> Result<ExitCode, Trouble> {
    let signer = key_file::open(key)?;
    let built = build::component(dir, tools)?;
    let files = sign::files(&built, &provenance::publication(dir, &built), &signer, out)?;
    say(&format!("{} {}  {}  {}", built.module, built.version, size(built.bytes.len()), built.digest));
    say(&format!("component  {}", files.component.display()));
    say(&format!("statement  {}", files.statement.display()));
    say("next: choose both on the marketplace's page `Publish`");
    Ok(ExitCode::SUCCESS)
}

fn proven(org: &str, key: &Path) -> Result<ExitCode, Trouble> {
    let signer = key_file::open(key)?;
    say(&format!("public key  {}", signer.public_key().to_base64()));
    say(&format!("proof       {}", sign::proof(org, &signer)));
    say("next: paste both on the marketplace's page `Signing keys`");
    Ok(ExitCode::SUCCESS)
}

async fn published(dir: &Path, to: Marketplace, tools: &Tools, given: Option<String>) -> Result<ExitCode, Trouble> {
    let signer = key_file::open(&to.key)?;
    let password = password::read(to.password_file.as_deref(), given)?;
    let client = publish::sign_in(&to.registry, &to.email, &password).await?;
    let org = publish::organisation(&client, to.org.as_deref()).await?;
    let built = build::component(dir, tools)?;
    let said = provenance::publication(dir, &built);
    let submitted = publish::submit(&client, &org, &signer, &built, &said).await?;
    complain(&format!(
        "Submitted {} {} as {}; the registry checks it.",
        built.module, built.version, submitted.submission
    ));
    let submission = publish::wait(&client, &submitted.submission).await?;
    if let Some(told) = &submission.report {
        say(&report(told));
    }
    say(&format!("{} {}: {}", submission.module, submission.version, submission.state.as_str()));
    let failed = submission.state == SubmissionState::Failed;
    say(if failed {
        "next: correct what is said above and publish again"
    } else {
        "next: a reviewer of the marketplace decides"
    });
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
