//! The parent: starts the child, feeds it, takes its answer or its life.

use super::{Answer, CPU_S, MARK, Request};
use crate::rule::Rule;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ExitStatus};
use std::sync::mpsc;
use std::time::Duration;
use toolcrib_sandbox::ChildCommand;

const CONTAINED: Rule = Rule {
    check: "contained",
    why: "A component that exhausts or breaks the checks would do the same to a host's compiler or loader",
};
const BROKEN: Rule = Rule { check: "checks-unavailable", why: "What could not be checked cannot be published" };

/// The largest answer: a manifest of a mebibyte is a few times larger as JSON.
const ANSWER_BYTES: u64 = 32 << 20;
/// Signals, by their numbers on every Linux.
const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;
/// What is kept of the child's complaints.
const COMPLAINT_BYTES: u64 = 2_000;

/// How the component is run.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    pub vet: ChildCommand,
    pub compile: ChildCommand,
    /// Bound of the child's wall time.
    pub wall: Duration,
}

impl Probe {
    /// Compiling may take 60 s of it.
    pub const WALL: Duration = Duration::from_secs(120);

    /// Runs the component in the child; with a seed also its scenarios and the trials. A child that does not answer
    /// gives a finding.
    pub fn run(&self, component: &[u8], seed: Option<u64>) -> Answer {
        self.ask(component, seed).unwrap_or_else(|error| {
            Answer::failed(BROKEN.error(
                "",
                format!("The checks did not run: {error}"),
                "Try again; if it persists, tell the operator",
            ))
        })
    }

    fn ask(&self, component: &[u8], seed: Option<u64>) -> io::Result<Answer> {
        let request = Request { program: self.compile.program.clone(), args: self.compile.args.clone(), seed };
        let mut request = serde_json::to_vec(&request)?;
        request.push(b'\n');
        let mut child = start(&self.vet)?;
        let (Some(mut input), Some(output), Some(complaints)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::Error::other("the child has no pipes"));
        };
        let (done, answered) = mpsc::channel();
        let (answer, complaint, status, overdue) = std::thread::scope(|scope| {
            scope.spawn(move || {
                // A child that died early does not read to the end; its status says why.
                let _ = input.write_all(&request).and_then(|()| input.write_all(component));
            });
            let complaint = scope.spawn(move || read(complaints, COMPLAINT_BYTES));
            let answer = scope.spawn(move || {
                let answer = read(output, ANSWER_BYTES);
                let _ = done.send(());
                answer
            });
            let overdue = answered.recv_timeout(self.wall).is_err();
            if overdue {
                end(&child);
            }
            let status = child.wait();
            (answer.join().unwrap_or_default(), complaint.join().unwrap_or_default(), status, overdue)
        });
        if overdue {
            let what = format!("The checks did not end within {} s", self.wall.as_secs_f32());
            return Ok(Answer::failed(CONTAINED.error(
                "",
                what,
                "Make the component smaller, and its scenarios fewer or shorter",
            )));
        }
        judge(&answer, &complaint, status?)
    }
}

/// In a group of its own, so that its compiler ends with it.
fn start(command: &ChildCommand) -> io::Result<Child> {
    command.command().process_group(0).spawn().map_err(|error| {
        io::Error::new(error.kind(), format!("`{}` does not start: {error}", command.program.display()))
    })
}

/// Ends the child's whole group. The child is not waited for yet, so its number is still its own.
fn end(child: &Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // Fails only if all of it has just ended by itself.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// Reads to the end, keeping at most `max` bytes: a full pipe would stop the child.
fn read(mut from: impl Read, max: u64) -> Vec<u8> {
    let mut kept = Vec::new();
    // What came before a broken pipe is judged like any other answer.
    let _ = from.by_ref().take(max).read_to_end(&mut kept);
    let _ = io::copy(&mut from, &mut io::sink());
    kept
}

fn judge(answer: &[u8], complaint: &[u8], status: ExitStatus) -> io::Result<Answer> {
    if let Some(signal) = status.signal() {
        let (what, fix) = match signal {
            SIGKILL | SIGXCPU => {
                (format!("Running it took more than {CPU_S} s of CPU time"), "Make its scenarios fewer or shorter")
            }
            _ => (
                format!("It broke the process that runs it (signal {signal})"),
                "Build it with `cargo toolcrib build`; a manifest is not nested without end",
            ),
        };
        return Ok(Answer::failed(CONTAINED.error("", what, fix)));
    }
    let at = answer.windows(MARK.len()).position(|window| window == MARK);
    let Some(at) = at.filter(|_| status.success()) else {
        let complaint = String::from_utf8_lossy(complaint);
        return Err(io::Error::other(format!("the child ended with {status} and no answer {}", complaint.trim())));
    };
    // A manifest nested without end does not come this far: it is JSON, whose depth the reader limits.
    serde_json::from_slice(&answer[at + MARK.len()..])
        .map_err(|error| io::Error::other(format!("the answer is not understood: {error}")))
}
