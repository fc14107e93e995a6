//! The panel of the simulated machines: a stop button for each, pressed over HTTP on an address of this machine's own. It
//! is the machines', not the host's: the host only hears what the gateway says.

use anyhow::Context;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Presses that wait for one gateway.
const WAITING: usize = 16;

/// The buttons of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Button {
    /// It stands still until somebody presses the other one.
    Stop,
    /// It goes on as planned.
    Run,
}

/// A press on its way to a machine.
pub struct Press {
    /// Code of the machine.
    pub machine: String,
    pub button: Button,
    /// Whether the gateway has said so.
    pub said: oneshot::Sender<bool>,
}

/// The machines of one plant.
struct Plant {
    /// The tenant's short name.
    slug: String,
    machines: Vec<&'static str>,
    presses: mpsc::Sender<Press>,
}

/// All plants with a gateway.
#[derive(Default)]
pub struct Panel {
    plants: Vec<Plant>,
}

impl Panel {
    /// Adds a plant's machines; its gateway hears the presses.
    pub fn add(&mut self, slug: &str, machines: Vec<&'static str>) -> mpsc::Receiver<Press> {
        let (presses, heard) = mpsc::channel(WAITING);
        self.plants.push(Plant { slug: slug.to_owned(), machines, presses });
        heard
    }

    /// Answers on an address that only this machine reaches, until `stopping`; the address.
    ///
    /// # Errors
    /// There is no port.
    pub async fn serve(self, tasks: &TaskTracker, stopping: CancellationToken) -> anyhow::Result<SocketAddr> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("a port for the machines' panel")?;
        let address = listener.local_addr()?;
        let serve = axum::serve(listener, self.routes()).with_graceful_shutdown(stopping.cancelled_owned());
        tasks.spawn(async move { serve.await });
        Ok(address)
    }

    fn routes(self) -> Router {
        Router::new()
            .route("/machines", get(machines))
            .route("/machines/{tenant}/{machine}", post(press))
            .with_state(Arc::new(self))
    }
}

#[derive(Serialize)]
struct Listed {
    tenant: String,
    machine: &'static str,
}

async fn machines(State(panel): State<Arc<Panel>>) -> Json<Vec<Listed>> {
    let of_plant = |plant: &Plant| {
        let listed = |machine: &&'static str| Listed { tenant: plant.slug.clone(), machine };
        plant.machines.iter().map(listed).collect::<Vec<_>>()
    };
    Json(panel.plants.iter().flat_map(of_plant).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pressed {
    press: Button,
}

/// Only as JSON: a page of another site cannot press it. 204 once the gateway has said so.
async fn press(
    State(panel): State<Arc<Panel>>,
    Path((tenant, machine)): Path<(String, String)>,
    Json(Pressed { press: button }): Json<Pressed>,
) -> StatusCode {
    let plant = panel.plants.iter().find(|plant| plant.slug == tenant);
    let Some(plant) = plant.filter(|plant| plant.machines.contains(&machine.as_str())) else {
        return StatusCode::NOT_FOUND;
    };
    let (said, answer) = oneshot::channel();
    if plant.presses.try_send(Press { machine, button, said }).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    match answer.await {
        Ok(true) => StatusCode::NO_CONTENT,
        // The gateway has no line to the host.
        Ok(false) | Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
