//! A network that can be cut, or go silent without a word.

use super::server::Server;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{DuplexStream, copy_bidirectional, duplex};
use tokio::net::TcpStream;
use tokio::sync::watch;
use toolcrib_edge::world::{Dialing, Network, Stream};

/// What happens to the cables to the server.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Line {
    Whole,
    /// Connections break, new ones do not come about.
    Cut,
    /// Connections of now carry nothing any more, and nobody is told; new ones work.
    Silent,
}

pub struct Site {
    line: watch::Sender<Line>,
    server: Server,
    machine: SocketAddr,
}

impl Site {
    pub fn new(server: Server, machine: SocketAddr) -> Arc<Self> {
        Arc::new(Self { line: watch::Sender::new(Line::Whole), server, machine })
    }

    pub fn cut(&self) {
        self.line.send_replace(Line::Cut);
    }

    pub fn mend(&self) {
        self.line.send_replace(Line::Whole);
    }

    pub fn fall_silent(&self) {
        self.line.send_replace(Line::Silent);
    }
}

impl Network for Site {
    fn dial(&self, address: &str) -> Dialing {
        if address.starts_with("plc") {
            let machine = self.machine;
            return Box::pin(async move { Ok(Box::new(TcpStream::connect(machine).await?) as Box<dyn Stream>) });
        }
        let (line, server) = (self.line.subscribe(), self.server.clone());
        assert_eq!(address, "mes:1883");
        Box::pin(async move {
            if *line.borrow() == Line::Cut {
                return Err(io::ErrorKind::HostUnreachable.into());
            }
            let (near, here) = duplex(64 << 10);
            let (there, far) = duplex(64 << 10);
            tokio::spawn(cable(line, here, there));
            tokio::spawn(server.serve(far));
            Ok(Box::new(near) as Box<dyn Stream>)
        })
    }
}

async fn cable(mut line: watch::Receiver<Line>, mut here: DuplexStream, mut there: DuplexStream) {
    // What was silent when this cable was laid, it does not concern.
    line.mark_unchanged();
    tokio::select! {
        _ = copy_bidirectional(&mut here, &mut there) => {}
        _ = line.changed() => if *line.borrow() == Line::Silent {
            // Both ends stay open, and nothing comes through.
            std::future::pending::<()>().await;
        }
    }
}
