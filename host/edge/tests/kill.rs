//! The program itself, killed in the middle: nothing is lost, and no more comes twice than was on its way.

use crate::site::machine::{Machine, SIGNALS};
use crate::site::server::{Manner, Server};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const STEPS: u32 = 400;
const BATCH: usize = 20;
const IN_FLIGHT: usize = 4;

fn write_config(folder: &Path, server: u16, machine: &Machine) {
    let text = format!(
        r#"
        [server]
        host = "127.0.0.1"
        port = {server}
        tls = false
        tenant = "donghu"
        device = "gateway-1"
        token_file = "token"
        retry_max_s = 1
        batch_rows = {BATCH}
        in_flight = {IN_FLIGHT}
        [queue]
        file = "queue.db"
        commit_ms = 10
        report_s = 0
        [[modbus]]
        name = "plc-1"
        address = "{}"
        poll_ms = 10
        {}
        "#,
        machine.address(),
        SIGNALS
    );
    std::fs::write(folder.join("edge.toml"), text).unwrap();
    std::fs::write(folder.join("token"), "secret").unwrap();
}

/// An agent that is killed when it is dropped.
struct Process(Child);

impl Process {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_toolcrib-edge"));
        command.arg("run").arg(folder.join("edge.toml")).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }

    /// SIGTERM, and waits for the end.
    fn terminate(mut self) {
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        assert!(self.0.wait().unwrap().success());
    }

    /// SIGKILL: no handler runs, nothing is written any more.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Already gone after `kill`.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_kill_in_the_middle_of_draining_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (machine, server) = (Machine::start(STEPS).await, Server::default());
    write_config(folder.path(), server.listen().await, &machine);

    // First everything is read and written, while the server keeps what comes and acknowledges nothing.
    server.behave(Manner::Hold);
    let process = Process::start(folder.path());
    machine.has_been_asked(STEPS + 5).await;
    process.terminate();
    machine.switch_off();

    let total = 4 * STEPS as usize;
    for quarter in 1..=3 {
        server.behave(Manner::Acknowledge);
        let process = Process::start(folder.path());
        server.until(|kept| kept.lines.len() >= quarter * total / 4).await;
        // Killed with a full window on its way.
        server.behave(Manner::Hold);
        let before = server.with(|kept| kept.messages);
        server.until(|kept| kept.messages >= before + IN_FLIGHT).await;
        process.kill();
    }
    server.behave(Manner::Acknowledge);
    let process = Process::start(folder.path());
    server.until(|kept| kept.lines.iter().filter(|line| line.0.starts_with("press-1.")).count() == total).await;
    process.kill();

    assert_eq!(server.values("press-1.good"), (1..=STEPS).map(|step| json!(step)).collect::<Vec<_>>());
    server.with(|kept| {
        // Stopped once and killed three times, each time with at most a window on its way.
        let most = 4 * BATCH * IN_FLIGHT;
        assert!(kept.again > 0 && kept.again <= most, "{} readings came again, {most} may", kept.again);
        assert!(kept.unacknowledged <= IN_FLIGHT, "{} messages on their way", kept.unacknowledged);
    });
}
