//! The child: limits itself, reads a component, writes native code.
//!
//! In: a [`Header`], then the component to the end. Out: anything, then [`MARK`], a status, a length, the peak of resident
//! memory and the answer; a test binary may be the child, and its harness prints first.

use crate::config;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::io::{Read, Write};
use std::process::ExitCode;
use toolcrib_contract::limits;

/// Begins the answer.
pub(super) const MARK: &[u8; 16] = b"\0toolcrib-native";
/// Status of an answer that is native code.
pub(super) const DONE: u8 = 0;
/// Status of an answer that is a sentence.
pub(super) const REFUSED: u8 = 1;

/// What the parent says first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub fuel: bool,
    pub cpu_s: u64,
    pub bytes: u64,
}

impl Header {
    pub const BYTES: usize = 17;

    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[0] = u8::from(self.fuel);
        bytes[1..9].copy_from_slice(&self.cpu_s.to_le_bytes());
        bytes[9..].copy_from_slice(&self.bytes.to_le_bytes());
        bytes
    }

    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let word = |at: usize| bytes[at..at + 8].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        Self { fuel: bytes[0] != 0, cpu_s: word(1), bytes: word(9) }
    }
}

/// The body of a hidden subcommand: compiles one component from standard input to standard output, after giving up the
/// right to much CPU time, memory, processes and files. Run it before the program starts threads.
///
/// A test binary can be the child too: an ignored test that ends in
/// `std::process::exit(…)` after this, started with `--exact <its name> --ignored --nocapture`.
pub fn compile_child_main() -> ExitCode {
    match answer() {
        Ok(()) => ExitCode::SUCCESS,
        // The parent went away or sent nonsense; there is nobody to tell.
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer() -> std::io::Result<()> {
    let mut input = std::io::stdin().lock();
    let mut header = [0; Header::BYTES];
    input.read_exact(&mut header)?;
    let header = Header::from_bytes(&header);
    confine(&header)?;
    let mut wasm = Vec::new();
    input.take(limits::COMPONENT_BYTES as u64 + 1).read_to_end(&mut wasm)?;
    let (status, answer) = match compile(header.fuel, &wasm) {
        Ok(code) => (DONE, code),
        Err(error) => (REFUSED, format!("{error:#}").into_bytes()),
    };
    let mut output = std::io::stdout().lock();
    output.write_all(MARK)?;
    output.write_all(&[status])?;
    output.write_all(&(answer.len() as u64).to_le_bytes())?;
    output.write_all(&peak_bytes().to_le_bytes())?;
    output.write_all(&answer)?;
    output.flush()
}

/// As the system counts it for this process; 0 when it does not.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}

fn compile(fuel: bool, wasm: &[u8]) -> wasmtime::Result<Vec<u8>> {
    // Never text: the crate is built without it.
    wasmtime::Engine::new(&config::compiling(fuel))?.precompile_component(wasm)
}

/// Gives up what compiling does not need. The hard CPU limit is a second later than the soft one, whose signal says why.
fn confine(header: &Header) -> std::io::Result<()> {
    let set = |resource, soft: u64, hard: u64| setrlimit(resource, Rlimit { current: Some(soft), maximum: Some(hard) });
    set(Resource::Core, 0, 0)?;
    set(Resource::Fsize, 0, 0)?;
    set(Resource::Nproc, 0, 0)?;
    set(Resource::Cpu, header.cpu_s, header.cpu_s + 1)?;
    set(Resource::As, header.bytes, header.bytes)?;
    Ok(())
}
