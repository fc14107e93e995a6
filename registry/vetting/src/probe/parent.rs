//! The parent: starts the child, feeds it, takes its answer or its life.

use super::{Answer, BEGUN, CPU_S, MARK, Request};
use crate::rule::Rule;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ExitStatus};
use std::sync::mpsc;
use std::time::Duration;
use toolcrib_contract::evidence::Stage;
use toolcrib_contract::words;
use toolcrib_sandbox::ChildCommand;

const CONTAINED: Rule = Rule {
    check: "contained",
    why: (
        "耗尽或破坏检查程序的组件，也会这样对待主机的编译器和加载器",
        "A component that exhausts or breaks the checks would do the same to a host's compiler or loader",
    ),
};
const BROKEN: Rule = Rule {
    check: "checks-unavailable",
    why: ("不能检查的就不能发布", "What could not be checked cannot be published"),
};

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
    /// gives a finding. `tell` hears which step begins, each once and in their order, whatever the child says.
    pub fn run(&self, component: &[u8], seed: Option<u64>, tell: &(dyn Fn(Stage) + Sync)) -> Answer {
        self.ask(component, seed, tell).unwrap_or_else(|error| {
            Answer::failed(BROKEN.error(
                "",
                words!("检查没有运行：{error}", "The checks did not run: {error}"),
                ("请重试；若一再发生，请告知运营方", "Try again; if it persists, tell the operator"),
            ))
        })
    }

    fn ask(&self, component: &[u8], seed: Option<u64>, tell: &(dyn Fn(Stage) + Sync)) -> io::Result<Answer> {
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
                let answer = follow(output, ANSWER_BYTES, tell);
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
            let what = words!("检查没有在 {} 秒内结束", "The checks did not end within {} s", self.wall.as_secs_f32());
            return Ok(Answer::failed(CONTAINED.error(
                "",
                what,
                ("把组件变小，减少或缩短场景", "Make the component smaller, and its scenarios fewer or shorter"),
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

/// The same, telling on the way which steps begin.
fn follow(mut from: impl Read, max: u64, tell: &dyn Fn(Stage)) -> Vec<u8> {
    let (mut kept, mut seen, mut last) = (Vec::new(), 0, None);
    let mut chunk = [0; 8_192];
    loop {
        let length = match from.read(&mut chunk) {
            Ok(0) => return kept,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // What came before a broken pipe is judged like any other answer.
            Err(_) => return kept,
        };
        let room = (max as usize).saturating_sub(kept.len()).min(length);
        kept.extend_from_slice(&chunk[..room]);
        while let Some(at) = kept[seen..].windows(BEGUN.len() + 1).position(|window| window.starts_with(BEGUN)) {
            seen += at + BEGUN.len() + 1;
            let place = usize::from(kept[seen - 1].wrapping_sub(b'0'));
            if let Some(stage) = Stage::ALL.get(place).copied().filter(|stage| last < Some(*stage)) {
                last = Some(stage);
                tell(stage);
            }
        }
        // What begins at the end of this chunk may go on in the next one.
        seen = seen.max(kept.len().saturating_sub(BEGUN.len()));
    }
}

fn judge(answer: &[u8], complaint: &[u8], status: ExitStatus) -> io::Result<Answer> {
    if let Some(signal) = status.signal() {
        let (what, fix) = match signal {
            SIGKILL | SIGXCPU => (
                words!("运行它用了超过 {CPU_S} 秒的处理器时间", "Running it took more than {CPU_S} s of CPU time"),
                ("请减少或缩短场景", "Make its scenarios fewer or shorter"),
            ),
            _ => (
                words!("它使运行它的进程崩溃（信号 {signal}）", "It broke the process that runs it (signal {signal})"),
                (
                    "请用 `cargo toolcrib build` 构建；清单不得无限嵌套",
                    "Build it with `cargo toolcrib build`; a manifest is not nested without end",
                ),
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    /// Hands out so many bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(length);
            buffer[..length].copy_from_slice(now);
            self.0 = later;
            Ok(length)
        }
    }

    #[test]
    fn steps_are_heard_once_and_in_order_however_the_bytes_arrive() {
        let begun = |place: &str| [BEGUN, place.as_bytes()].concat();
        let said = [b"running 1 test".to_vec(), begun("3"), begun("2"), begun("3"), begun("9"), begun("4")].concat();
        let all = [said.as_slice(), MARK, b"{}"].concat();
        for at_once in [1, 7, all.len()] {
            let told = RefCell::new(Vec::new());
            let kept = follow(Drops(&all, at_once), 1 << 10, &|stage| told.borrow_mut().push(stage));
            assert_eq!(told.into_inner(), [Stage::Scenarios, Stage::Checks], "{at_once} bytes at once");
            assert_eq!(kept, all);
        }
        assert_eq!(follow(Drops(&all, 7), 5, &|_| {}), b"runni", "what is too long is read and not kept");
    }
}
