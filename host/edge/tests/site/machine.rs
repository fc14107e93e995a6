//! A machine that speaks Modbus TCP, on the server part of the library.

use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_modbus::server::Service;
use tokio_modbus::server::tcp::{Server, accept_tcp_connection};
use tokio_modbus::{ExceptionCode, Request, Response};

/// What the agent reads of it: a counter, an exact temperature, a float and a flag. Nothing is filtered but repetitions.
pub const SIGNALS: &str = r#"
    [[modbus.signal]]
    name = "press-1.good"
    address = 0
    type = "u32"
    word_order = "low-first"
    at_least_every_s = 4000000000

    [[modbus.signal]]
    name = "press-1.temperature"
    address = 2
    type = "i16"
    scale = "0.1"
    at_least_every_s = 4000000000

    [[modbus.signal]]
    name = "press-1.force"
    address = 4
    type = "f32"
    at_least_every_s = 4000000000

    [[modbus.signal]]
    name = "press-1.running"
    area = "coil"
    address = 7
    at_least_every_s = 4000000000
"#;

/// A machine that takes one step each time its registers are read.
#[derive(Clone)]
pub struct Machine {
    address: SocketAddr,
    /// How often it was asked.
    asked: watch::Sender<u32>,
    task: Arc<JoinHandle<std::io::Result<()>>>,
}

#[derive(Clone)]
struct Registers {
    asked: watch::Sender<u32>,
    last: u32,
}

impl Machine {
    /// Starts it; after `last` steps its registers stay as they are.
    pub async fn start(last: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = watch::Sender::new(0);
        let registers = Registers { asked: asked.clone(), last };
        let task = tokio::spawn(async move {
            let server = Server::new(listener);
            let connected = |stream, address| {
                let registers = registers.clone();
                async move { accept_tcp_connection(stream, address, |_| Ok(Some(registers.clone()))) }
            };
            // A connection that ends is no error here.
            server.serve(&connected, |_| {}).await
        });
        Self { address, asked, task: Arc::new(task) }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whoever connects from now on finds nobody.
    pub fn switch_off(&self) {
        self.task.abort();
    }

    /// Waits until it was asked so often.
    pub async fn has_been_asked(&self, times: u32) {
        self.asked.subscribe().wait_for(|asked| *asked >= times).await.unwrap();
    }
}

/// The temperature at a step, in tenths.
pub fn temperature(step: u32) -> i16 {
    (step % 1_000) as i16 - 500
}

/// The force at a step.
pub fn force(step: u32) -> f32 {
    step as f32 * 0.25
}

impl Registers {
    fn step(&self) -> u32 {
        (*self.asked.borrow()).min(self.last)
    }
}

impl Service for Registers {
    type Request = Request<'static>;
    type Response = Response;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Response, ExceptionCode>>;

    fn call(&self, request: Self::Request) -> Self::Future {
        ready(match request {
            Request::ReadHoldingRegisters(0, 6) => {
                self.asked.send_modify(|asked| *asked += 1);
                let step = self.step();
                let bits = force(step).to_bits();
                Ok(Response::ReadHoldingRegisters(vec![
                    step as u16,
                    (step >> 16) as u16,
                    temperature(step) as u16,
                    0,
                    (bits >> 16) as u16,
                    bits as u16,
                ]))
            }
            Request::ReadCoils(7, 1) => Ok(Response::ReadCoils(vec![self.step().is_multiple_of(2)])),
            Request::ReadHoldingRegisters(..) => Err(ExceptionCode::IllegalDataAddress),
            _ => Err(ExceptionCode::IllegalFunction),
        })
    }
}
