//! Machines that speak Modbus TCP: asked at a fixed pace, on one connection each.

mod decode;
mod plan;

use crate::backoff::Backoff;
use crate::config::{Area, Modbus};
use crate::deadband::Deadband;
use crate::outlet::{Outlet, Tap};
use crate::reading::{Quality, Unreadable, Value};
use crate::world::World;
use plan::Block;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_modbus::client::{Context, Reader, tcp};
use tokio_modbus::{ExceptionCode, Slave};

/// The longest wait between two attempts to connect to a machine.
const RETRY_MAX: Duration = Duration::from_secs(30);

/// Reads one machine for as long as the future is polled.
pub async fn run(input: Modbus, world: World, out: Outlet) {
    let mut backoff = Backoff::new(world.seed, RETRY_MAX);
    let mut machine = Machine::new(input, out);
    loop {
        let error = machine.serve(&world, &mut backoff).await;
        machine.out.reachable(false);
        let wait = backoff.after_failure();
        tracing::warn!(machine = machine.input.name, %error, ?wait, "A machine does not answer");
        tokio::time::sleep(wait).await;
    }
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("connection: {0}")]
    Dial(#[from] std::io::Error),
    #[error("Modbus: {0}")]
    Protocol(#[from] tokio_modbus::Error),
    #[error("no answer in time")]
    Silent,
}

struct Machine {
    input: Modbus,
    out: Outlet,
    taps: Vec<Tap>,
    blocks: Vec<Block>,
}

/// What a machine answered to one request.
enum Answer {
    Words(Vec<u16>),
    Bits(Vec<bool>),
}

impl Machine {
    fn new(input: Modbus, out: Outlet) -> Self {
        let tap = |signal: &crate::config::ModbusSignal| {
            let every_us = i64::from(signal.at_least_every_s) * 1_000_000;
            Tap::new(&signal.name, Deadband::new(signal.dead_band, every_us))
        };
        let taps = input.signal.iter().map(tap).collect();
        let blocks = plan::plan(&input.signal);
        Self { input, out, taps, blocks }
    }

    /// Connects and reads at its pace until something fails; says what.
    async fn serve(&mut self, world: &World, backoff: &mut Backoff) -> Trouble {
        let stream = match world.network.dial(&self.input.address).await {
            Ok(stream) => stream,
            Err(error) => return error.into(),
        };
        let mut context = tcp::attach_slave(stream, Slave(self.input.unit));
        let mut ticks = interval(Duration::from_millis(self.input.poll_ms));
        // A slow answer delays the next question; questions are not made up for.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(trouble) = self.poll(&mut context).await {
                // An answer that comes late would be taken for that to the next question: the connection ends here.
                return trouble;
            }
            backoff.succeeded();
            self.out.reachable(true);
        }
    }

    /// Asks for everything once.
    async fn poll(&mut self, context: &mut Context) -> Result<(), Trouble> {
        let mut nth = 0;
        while let Some(block) = self.blocks.get(nth).cloned() {
            nth += 1;
            match self.ask(context, &block).await? {
                Ok(answer) => self.take(&block, &answer).await,
                Err(code) if block.signals.len() > 1 => {
                    tracing::warn!(machine = self.input.name, ?block, %code, "Refused as a whole: asked one by one from now on");
                    nth -= 1;
                    self.blocks.splice(nth..=nth, plan::split(&self.input.signal, &block));
                }
                Err(code) => {
                    tracing::debug!(machine = self.input.name, ?block, %code, "Refused");
                    for signal in &block.signals {
                        self.out.filter(&mut self.taps[*signal], self.out.now(), Err(Unreadable::Bad), Quality::Good);
                    }
                }
            }
        }
        Ok(())
    }

    async fn ask(&self, context: &mut Context, block: &Block) -> Result<Result<Answer, ExceptionCode>, Trouble> {
        let Block { area, address, count, .. } = *block;
        let asking = async {
            Ok::<_, tokio_modbus::Error>(match area {
                Area::Holding => context.read_holding_registers(address, count).await?.map(Answer::Words),
                Area::Input => context.read_input_registers(address, count).await?.map(Answer::Words),
                Area::Coil => context.read_coils(address, count).await?.map(Answer::Bits),
                Area::Discrete => context.read_discrete_inputs(address, count).await?.map(Answer::Bits),
            })
        };
        Ok(timeout(Duration::from_millis(self.input.timeout_ms), asking).await.map_err(|_| Trouble::Silent)??)
    }

    async fn take(&mut self, block: &Block, answer: &Answer) {
        let at = self.out.now();
        for nth in &block.signals {
            let signal = &self.input.signal[*nth];
            let from = usize::from(signal.address - block.address);
            let value = match answer {
                Answer::Words(words) => words
                    .get(from..from + usize::from(signal.number.registers()))
                    .map_or(Err(Unreadable::Bad), |words| decode::value(signal, words)),
                Answer::Bits(bits) => bits.get(from).map(|bit| Value::Flag(*bit)).ok_or(Unreadable::Bad),
            };
            if let Some(reading) = self.out.filter(&mut self.taps[*nth], at, value, Quality::Good) {
                self.out.put(reading).await;
            }
        }
    }
}
