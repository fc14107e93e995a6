//! Signing in at a terminal: a badge that is held there, or code and PIN. Wrong PINs lock the person for a while.

use crate::board::{Floor, audit, lock};
use crate::operator::Operator;
use crate::terminal::AtTerminal;
use crate::{PIN_LOCK_MINUTES, PIN_TRIES, secret};
use serde_json::json;
use toolcrib_contract::problem::{BADGE_UNKNOWN, INTERNAL, PIN_LOCKED, PIN_WRONG, Problem};
use toolcrib_contract::types::Instant;
use toolcrib_store::{OperatorRow, Writer};

/// Characters of what is typed or scanned.
const TYPED_CHARS: usize = 300;

/// What somebody shows.
#[derive(Clone, Debug)]
pub enum Proof {
    /// What the badge says.
    Badge(String),
    Pin {
        code: String,
        pin: String,
    },
}

/// What a PIN does to the person it was typed for.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    In,
    Wrong,
    Locked(Instant),
}

/// Counts a PIN. A right one is refused too while the person is locked.
fn judge(row: &mut OperatorRow, right: bool, now: Instant) -> Verdict {
    if let Some(until) = row.locked_until.filter(|until| *until > now) {
        return Verdict::Locked(until);
    }
    row.locked_until = None;
    if right {
        row.wrong = 0;
        return Verdict::In;
    }
    row.wrong += 1;
    if row.wrong < PIN_TRIES {
        return Verdict::Wrong;
    }
    let until = now.plus_us(PIN_LOCK_MINUTES * 60_000_000);
    (row.wrong, row.locked_until) = (0, Some(until));
    Verdict::Locked(until)
}

fn locked(until: Instant, now: Instant) -> Problem {
    let minutes = until.since_us(now).div_euclid(60_000_000) + 1;
    PIN_LOCKED.because(format!(
        "after {PIN_TRIES} wrong PINs none is taken for {minutes} more minutes / 连续输错 {PIN_TRIES} 次，{minutes} 分钟后再试"
    ))
}

impl Floor {
    /// Signs somebody in at a terminal; whoever was there is out.
    ///
    /// # Errors
    /// `badge-unknown`, `pin-wrong`, `pin-locked`.
    pub async fn sign_in(&self, at: &AtTerminal, proof: Proof) -> Result<Operator, Problem> {
        let row = match proof {
            Proof::Badge(text) => self.by_badge(at, &text).await?,
            Proof::Pin { code, pin } => self.by_pin(at, code.trim(), pin).await?,
        };
        lock(&self.shifts).begin(at.terminal.id, &row.code, self.clock.now());
        Ok(Operator::of(&row))
    }

    async fn by_badge(&self, at: &AtTerminal, text: &str) -> Result<OperatorRow, Problem> {
        let board = self.board(at.tenant).await?;
        let text: String = text.chars().take(TYPED_CHARS).collect();
        let hash = secret::badge_hash(&text, &board.key);
        let has = |row: &&OperatorRow| row.active && row.badge == Some(hash);
        let row = board.operators.values().find(has).ok_or_else(|| BADGE_UNKNOWN.problem())?.clone();
        let (now, actor) = (self.clock.now(), format!("operator:{}", row.code));
        let detail = json!({"terminal": at.terminal.id.to_string(), "with": "badge"});
        let work = move |writer: &mut Writer| audit(writer, now, &actor, "operator-signed-in", &detail);
        self.runtime.with_writer(at.tenant, work).await?;
        Ok(row)
    }

    async fn by_pin(&self, at: &AtTerminal, code: &str, pin: String) -> Result<OperatorRow, Problem> {
        let _one_after_another = self.pins.lock().await;
        let board = self.board(at.tenant).await?;
        let known = board.operators.get(code).filter(|row| row.active && row.pin.is_some()).cloned();
        let now = self.clock.now();
        if let Some(until) = known.as_ref().and_then(|row| row.locked_until).filter(|until| *until > now) {
            return Err(locked(until, now));
        }
        let hash = known.as_ref().and_then(|row| row.pin.clone());
        let right = tokio::task::spawn_blocking(move || secret::pin_fits(&pin, hash.as_deref())).await;
        let right = right.map_err(|error| INTERNAL.because(error.to_string()))?;
        // An unknown code answers like a wrong PIN.
        let Some(known) = known else { return Err(PIN_WRONG.problem()) };
        let (terminal, code) = (at.terminal.id.to_string(), known.code);
        let work = move |writer: &mut Writer| {
            let Some(mut row) = writer.operator(&code)? else { return Ok(Ok((Verdict::Wrong, None))) };
            let verdict = judge(&mut row, right, now);
            writer.put_operator(&row)?;
            let action = match verdict {
                Verdict::In => "operator-signed-in",
                Verdict::Wrong => "pin-wrong",
                Verdict::Locked(_) => "pin-locked",
            };
            audit(writer, now, &format!("operator:{code}"), action, &json!({"terminal": terminal, "with": "pin"}))?;
            Ok(Ok((verdict, Some(row))))
        };
        match self.change(at.tenant, work).await? {
            (Verdict::In, Some(row)) => Ok(row),
            (Verdict::Locked(until), _) => Err(locked(until, now)),
            _ => Err(PIN_WRONG.problem()),
        }
    }

    /// Who works at a terminal now, and the code of the place they are at. `used`: it counts as use.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn at_work(&self, at: &AtTerminal, used: bool) -> Result<Option<(Operator, Option<String>)>, Problem> {
        let Some((code, place)) = lock(&self.shifts).at(at.terminal.id, self.clock.now(), used) else {
            return Ok(None);
        };
        let places = &at.terminal.places;
        let place = places.get(place).or_else(|| places.first()).cloned();
        Ok(self.operator(at, &code).await?.map(|operator| (operator, place)))
    }

    /// An operator who still works here.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn operator(&self, at: &AtTerminal, code: &str) -> Result<Option<Operator>, Problem> {
        let board = self.board(at.tenant).await?;
        Ok(board.operators.get(code).filter(|row| row.active).map(Operator::of))
    }

    /// Whoever is at a terminal is there no more.
    pub fn sign_out(&self, at: &AtTerminal) {
        lock(&self.shifts).end(at.terminal.id);
    }

    /// Whoever is at a terminal works at this of its places from now on; a code that is none of them changes nothing.
    pub fn choose_place(&self, at: &AtTerminal, code: &str) {
        if let Some(place) = at.terminal.places.iter().position(|place| place == code) {
            lock(&self.shifts).choose_place(at.terminal.id, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_pins_lock_a_person_for_a_while_and_a_right_one_counts_anew() {
        let mut row = OperatorRow {
            code: "W1".into(),
            name: "王".into(),
            role: "operator".into(),
            language: "zh-CN".into(),
            badge: None,
            pin: None,
            active: true,
            wrong: 0,
            locked_until: None,
        };
        for _ in 1..PIN_TRIES {
            assert_eq!(judge(&mut row, false, Instant(0)), Verdict::Wrong);
        }
        assert_eq!(judge(&mut row, true, Instant(0)), Verdict::In);
        for _ in 1..PIN_TRIES {
            assert_eq!(judge(&mut row, false, Instant(0)), Verdict::Wrong);
        }
        let until = Instant(PIN_LOCK_MINUTES * 60_000_000);
        assert_eq!(judge(&mut row, false, Instant(0)), Verdict::Locked(until));
        assert_eq!(judge(&mut row, true, Instant(until.0 - 1)), Verdict::Locked(until), "even the right one");
        assert_eq!(judge(&mut row, true, until), Verdict::In);
        assert_eq!((row.wrong, row.locked_until), (0, None));
    }
}
