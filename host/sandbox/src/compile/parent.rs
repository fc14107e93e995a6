//! The parent: starts the child, feeds it, takes its answer or its life.

use super::child::{DONE, Header, MARK, REFUSED};
use super::{ChildCommand, CompileLimits};
use crate::error::SandboxError;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::mpsc;

/// The largest answer: native code is three to five times its component.
const ANSWER_BYTES: u64 = 128 << 20;
/// What is kept of the child's complaints.
const COMPLAINT_BYTES: u64 = 2_000;

/// Signals, by their numbers on every Linux.
const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;
const SIGSEGV: i32 = 11;
const SIGXCPU: i32 = 24;

/// Compiles in the child: native code, and the child's peak of resident memory.
///
/// # Errors
/// As [`super::Compiler::compile`].
pub(super) fn compile(
    child: &ChildCommand,
    limits: &CompileLimits,
    fuel: bool,
    wasm: &[u8],
) -> Result<(Vec<u8>, u64), SandboxError> {
    let mut process = start(child)?;
    let (Some(mut input), Some(output), Some(complaints)) =
        (process.stdin.take(), process.stdout.take(), process.stderr.take())
    else {
        return Err(SandboxError::Child("it has no pipes".to_owned()));
    };
    let header = Header { fuel, cpu_s: limits.cpu_s, bytes: limits.bytes };
    let (done, answered) = mpsc::channel();
    let (answer, complaint, status, overdue) = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A child that died early does not read to the end; its status says why.
            let _ = input.write_all(&header.to_bytes()).and_then(|()| input.write_all(wasm));
        });
        let complaint = scope.spawn(move || read(complaints, COMPLAINT_BYTES));
        let answer = scope.spawn(move || {
            let answer = read(output, ANSWER_BYTES);
            let _ = done.send(());
            answer
        });
        let overdue = answered.recv_timeout(limits.wall).is_err();
        if overdue {
            // Fails only if it has just ended by itself.
            let _ = process.kill();
        }
        let status = process.wait();
        (answer.join().unwrap_or_default(), complaint.join().unwrap_or_default(), status, overdue)
    });
    if overdue {
        return Err(SandboxError::TooExpensive { limit: format!("{} s", limits.wall.as_secs()) });
    }
    let status = status.map_err(|error| SandboxError::Child(error.to_string()))?;
    judge(answer, &complaint, status, limits)
}

fn start(child: &ChildCommand) -> Result<Child, SandboxError> {
    child
        .command()
        .spawn()
        .map_err(|error| SandboxError::Child(format!("`{}` does not start: {error}", child.program.display())))
}

/// Reads to the end, keeping at most `max` bytes: a full pipe would stop the child.
fn read(mut from: impl Read, max: u64) -> Vec<u8> {
    let mut kept = Vec::new();
    // What came before a broken pipe is judged like any other answer.
    let _ = from.by_ref().take(max).read_to_end(&mut kept);
    let _ = std::io::copy(&mut from, &mut std::io::sink());
    kept
}

fn judge(
    mut answer: Vec<u8>,
    complaint: &[u8],
    status: ExitStatus,
    limits: &CompileLimits,
) -> Result<(Vec<u8>, u64), SandboxError> {
    let too_expensive = |limit: String| Err(SandboxError::TooExpensive { limit });
    match status.signal() {
        Some(SIGXCPU) => return too_expensive(format!("{} s of CPU time", limits.cpu_s)),
        Some(SIGABRT | SIGSEGV) => return too_expensive(format!("{} MiB of memory", limits.bytes >> 20)),
        // By the system: a child that ignores its CPU limit, or a machine out of memory.
        Some(SIGKILL) => return too_expensive("this machine can spare".to_owned()),
        Some(signal) => return Err(SandboxError::Child(format!("ended by signal {signal}"))),
        None => {}
    }
    let complaint = String::from_utf8_lossy(complaint);
    let silent = || SandboxError::Child(format!("it ended with {status} and no answer: {}", complaint.trim()));
    let head = MARK.len() + 17;
    let at = answer.windows(MARK.len()).position(|window| window == MARK).ok_or_else(silent)?;
    let rest = &answer[at..];
    let word = |at: usize| {
        let bytes: [u8; 8] = rest.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).ok_or_else(silent)?;
        Ok(u64::from_le_bytes(bytes))
    };
    let length = usize::try_from(word(MARK.len() + 1)?).map_err(|_| silent())?;
    let peak_bytes = word(MARK.len() + 9)?;
    let payload = rest.get(head..).and_then(|rest| rest.get(..length)).ok_or_else(silent)?;
    match rest[MARK.len()] {
        DONE => {
            answer.truncate(at + head + length);
            Ok((answer.split_off(at + head), peak_bytes))
        }
        REFUSED => Err(SandboxError::Refused(String::from_utf8_lossy(payload).into_owned())),
        other => Err(SandboxError::Child(format!("it answered with status {other}"))),
    }
}
