//! Two terminals and their people in the plant that people report in, so that somebody can try a tablet.

use super::cast::{OPERATORS, TERMINALS};
use super::facts::{OperatorAccount, Terminal};
use anyhow::{Context, anyhow};
use toolcrib_contract::types::RawId;
use toolcrib_floor::{Floor, OperatorDraft, TerminalDraft};

/// Who does it, in the audit log.
const ACTOR: &str = "demo";

/// Adds people and terminals that are missing. Every start has fresh pairing codes, good for some minutes.
///
/// # Errors
/// The host.
pub async fn furnish(floor: &Floor, base: &str, tenant: &str) -> anyhow::Result<(Vec<Terminal>, Vec<OperatorAccount>)> {
    let tenant: RawId = tenant.parse().map_err(|_| anyhow!("the registry gave the tenant no id"))?;
    let known = floor.operators(tenant).await.context("the plant's people")?;
    for person in OPERATORS.iter().filter(|person| known.iter().all(|known| known.code != person.code)) {
        let draft = OperatorDraft {
            code: person.code.to_owned(),
            name: person.name.to_owned(),
            badge: Some(person.badge.to_owned()),
            pin: Some(person.pin.to_owned()),
            ..OperatorDraft::default()
        };
        floor.save_operator(tenant, draft, ACTOR.to_owned()).await.context("adding an operator")?;
    }
    let known = floor.terminals(tenant).await.context("the plant's terminals")?;
    let mut terminals = Vec::new();
    for (name, places) in TERMINALS {
        let id = match known.iter().find(|terminal| terminal.name == name) {
            Some(terminal) => terminal.id,
            None => {
                let places = places.iter().map(|place| (*place).to_owned()).collect();
                let draft = TerminalDraft { name: name.to_owned(), places, shows: Vec::new() };
                floor.save_terminal(tenant, None, draft, ACTOR.to_owned()).await.context("adding a terminal")?
            }
        };
        let code = floor.offer_code(tenant, id).await.context("a pairing code")?;
        terminals.push(Terminal { name: name.to_owned(), pair: format!("{base}/pair?code={}", code.text) });
    }
    let account = |person: &super::cast::Operator| OperatorAccount {
        code: person.code.to_owned(),
        name: person.name.to_owned(),
        pin: person.pin.to_owned(),
        badge: person.badge.to_owned(),
    };
    Ok((terminals, OPERATORS.iter().map(account).collect()))
}
