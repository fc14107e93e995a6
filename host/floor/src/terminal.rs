//! Terminals: devices of the shop floor that stay signed in as what they are.

use crate::board::{Board, Floor, Seen, audit, lock, unique};
use crate::pairing::{self, Code};
use crate::{PLACES, SEEN_EVERY_S, TERMINALS, secret};
use serde_json::json;
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::{LIMIT_REACHED, NOT_FOUND, NOT_PAIRED, PAIRING_CODE, Problem};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_store::TerminalRow;

/// Characters of a terminal's name, and of a place's code.
const NAME_CHARS: usize = 60;
const PLACE_CHARS: usize = 64;
/// Views that a terminal may be kept to.
const SHOWN: usize = 100;

/// A terminal as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    pub id: RawId,
    pub name: String,
    /// Codes of the places and machines it stands for, the first first.
    pub places: Vec<String>,
    /// What it may show, as `module/view`; empty: everything.
    pub shows: Vec<String>,
    /// Since when a device is paired.
    pub paired: Option<Instant>,
    /// When the device was last heard of.
    pub seen: Option<Instant>,
}

/// What an administrator says of a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerminalDraft {
    pub name: String,
    pub places: Vec<String>,
    pub shows: Vec<String>,
}

/// A device that proved to be a terminal.
#[derive(Clone, Debug)]
pub struct AtTerminal {
    pub tenant: RawId,
    pub terminal: Terminal,
    /// Of the forms it is shown. The same after a restart, so that what it kept can still be sent.
    pub form_key: [u8; 32],
}

fn lines(text: &str) -> Vec<String> {
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

impl Terminal {
    pub(crate) fn of(row: &TerminalRow, seen: Option<Instant>) -> Self {
        let (places, shows) = (lines(&row.places), lines(&row.shows));
        Self { id: row.id, name: row.name.clone(), places, shows, paired: row.paired, seen }
    }

    /// Whether it may show this view of this module.
    pub fn may_show(&self, module: &str, view: &str) -> bool {
        self.shows.is_empty() || self.shows.iter().any(|shown| shown.split_once('/') == Some((module, view)))
    }
}

impl TerminalDraft {
    /// Tidied up: without spaces around, empty and repeated codes.
    ///
    /// # Errors
    /// `bad-input` with everything that is wrong.
    fn checked(self) -> Result<Self, Problem> {
        let tidy = |list: Vec<String>| {
            let mut kept: Vec<String> = Vec::new();
            for item in list.iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()) {
                if !kept.contains(&item) {
                    kept.push(item);
                }
            }
            kept
        };
        let draft = Self { name: self.name.trim().to_owned(), places: tidy(self.places), shows: tidy(self.shows) };
        let mut errors = Vec::new();
        let mut wrong = |field: &str, message: String| {
            errors.push(InputError { pointer: format!("/{field}"), message });
        };
        let fits = |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_control);
        if draft.name.is_empty() || !fits(&draft.name, NAME_CHARS) {
            wrong("name", format!("a name of 1 to {NAME_CHARS} characters / 名称 1 到 {NAME_CHARS} 个字"));
        }
        if draft.places.len() > PLACES || draft.places.iter().any(|place| !fits(place, PLACE_CHARS)) {
            wrong("places", format!("at most {PLACES} codes of {PLACE_CHARS} characters / 最多 {PLACES} 个编号"));
        }
        if draft.shows.len() > SHOWN || draft.shows.iter().any(|view| !fits(view, 2 * PLACE_CHARS)) {
            wrong("shows", format!("at most {SHOWN} pages / 最多 {SHOWN} 个页面"));
        }
        if errors.is_empty() { Ok(draft) } else { Err(Problem::input(errors)) }
    }

    fn into_row(self, known: Option<TerminalRow>, id: RawId) -> TerminalRow {
        let (places, shows) = (self.places.join("\n"), self.shows.join("\n"));
        let known = known.map(|row| (row.secret, row.paired, row.seen)).unwrap_or_default();
        TerminalRow { id, name: self.name, places, shows, secret: known.0, paired: known.1, seen: known.2 }
    }
}

fn absent() -> Problem {
    NOT_FOUND.because("no such terminal")
}

impl Floor {
    /// Adds a terminal, or changes one. `actor` is who does it.
    ///
    /// # Errors
    /// `bad-input`, `not-unique` for a name that is taken, `limit-reached` for more than [`TERMINALS`], `not-found`.
    pub async fn save_terminal(
        &self,
        tenant: RawId,
        id: Option<RawId>,
        draft: TerminalDraft,
        actor: String,
    ) -> Result<RawId, Problem> {
        let draft = draft.checked()?;
        let now = self.clock.now();
        let mut fresh = [0; 16];
        self.chance.fill(&mut fresh);
        let work = move |writer: &mut toolcrib_store::Writer| {
            let known = id.map(|id| writer.terminal(id)).transpose()?.flatten();
            if id.is_some() && known.is_none() {
                return Ok(Err(absent()));
            }
            if known.is_none() && writer.terminals()?.len() >= TERMINALS {
                return Ok(Err(LIMIT_REACHED.because(format!("a factory has at most {TERMINALS} terminals"))));
            }
            let row = draft.into_row(known, id.unwrap_or(RawId(fresh)));
            let done = writer.put_terminal(&row);
            if let Err(problem) = unique(done, "another terminal has this name")? {
                return Ok(Err(problem));
            }
            let detail = json!({"terminal": row.id.to_string(), "name": row.name, "places": row.places});
            audit(writer, now, &actor, "terminal-saved", &detail)?;
            Ok(Ok(row.id))
        };
        self.change(tenant, work).await
    }

    /// Takes a terminal away; its device is none from now on.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn remove_terminal(&self, tenant: RawId, id: RawId, actor: String) -> Result<(), Problem> {
        let now = self.clock.now();
        lock(&self.shifts).end(id);
        let work = move |writer: &mut toolcrib_store::Writer| {
            writer.remove_terminal(id)?;
            audit(writer, now, &actor, "terminal-removed", &json!({"terminal": id.to_string()}))?;
            Ok(Ok(()))
        };
        self.change(tenant, work).await
    }

    /// Makes the paired device no terminal any more; another can be paired.
    ///
    /// # Errors
    /// `not-found`, or the disk.
    pub async fn unpair(&self, tenant: RawId, id: RawId, actor: String) -> Result<(), Problem> {
        let now = self.clock.now();
        lock(&self.shifts).end(id);
        let work = move |writer: &mut toolcrib_store::Writer| {
            let Some(row) = writer.terminal(id)? else { return Ok(Err(absent())) };
            writer.put_terminal(&TerminalRow { secret: None, paired: None, ..row })?;
            audit(writer, now, &actor, "terminal-unpaired", &json!({"terminal": id.to_string()}))?;
            Ok(Ok(()))
        };
        self.change(tenant, work).await
    }

    /// A code that makes one device this terminal.
    ///
    /// # Errors
    /// `not-found`; the database that several hosts share.
    pub async fn offer_code(&self, tenant: RawId, id: RawId) -> Result<Code, Problem> {
        let board = self.board(tenant).await?;
        board.terminals.iter().find(|row| row.id == id).ok_or_else(absent)?;
        self.codes.offer(tenant, id, self.clock.now(), &*self.chance).await
    }

    /// Makes the device that knows this code its terminal, and the device before it none. Returns what the device keeps:
    /// it is not to be had again.
    ///
    /// # Errors
    /// `pairing-code`, `too-often` after [`PAIRING_TRIES`](crate::PAIRING_TRIES) wrong ones in a minute, over
    /// all hosts on a database.
    pub async fn pair(&self, typed: &str) -> Result<String, Problem> {
        let (tenant, id) = self.codes.take(typed, self.clock.now()).await?;
        let secret = secret::random(&*self.chance);
        self.becomes(tenant, id, secret::hash(&secret), format!("terminal:{id}")).await?;
        Ok(pairing::kept(tenant, id, &secret))
    }

    /// Makes the device whose secret has this hash this terminal.
    pub(crate) async fn becomes(&self, tenant: RawId, id: RawId, hash: [u8; 32], actor: String) -> Result<(), Problem> {
        let now = self.clock.now();
        let work = move |writer: &mut toolcrib_store::Writer| {
            let Some(row) = writer.terminal(id)? else { return Ok(Err(PAIRING_CODE.problem())) };
            let name = row.name.clone();
            writer.put_terminal(&TerminalRow { secret: Some(hash), paired: Some(now), seen: Some(now), ..row })?;
            audit(writer, now, &actor, "terminal-paired", &json!({"terminal": id.to_string(), "name": name}))?;
            Ok(Ok(()))
        };
        self.change(tenant, work).await?;
        lock(&self.shifts).end(id);
        Ok(())
    }

    /// The terminal that a device is, by what it kept.
    ///
    /// # Errors
    /// `not-paired`: it never was one, or it was made none.
    pub async fn terminal_of(&self, kept: &str) -> Result<AtTerminal, Problem> {
        let mut parts = kept.splitn(3, '.');
        let mut part = || parts.next().unwrap_or_default();
        let (Ok(tenant), Ok(id), secret) = (part().parse::<RawId>(), part().parse::<RawId>(), part()) else {
            return Err(NOT_PAIRED.problem());
        };
        let gone = |problem: Problem| {
            // A tenant that is gone has no terminals.
            if problem.is(NOT_FOUND) { NOT_PAIRED.problem() } else { problem }
        };
        let hash = secret::hash(secret);
        let found =
            |board: &Board| board.terminals.iter().find(|row| row.id == id && row.secret == Some(hash)).cloned();
        let mut row = found(&*self.board(tenant).await.map_err(gone)?);
        if row.is_none() && self.look_again(tenant) {
            // It may have been paired at another host just now: of that this one hears within some seconds only.
            row = found(&*self.board(tenant).await.map_err(gone)?);
        }
        let row = row.ok_or_else(|| NOT_PAIRED.problem())?;
        let seen = self.heard(tenant, &row);
        Ok(AtTerminal { tenant, terminal: Terminal::of(&row, Some(seen)), form_key: secret::derived(secret, "forms") })
    }

    /// Notes that a terminal was heard of, and writes it down now and then, aside.
    fn heard(&self, tenant: RawId, row: &TerminalRow) -> Instant {
        let (id, now) = (row.id, self.clock.now());
        let mut all = lock(&self.seen);
        let written = row.seen.unwrap_or(Instant::MIN);
        let seen = all.entry(id).or_insert(Seen { at: now, written });
        seen.at = now;
        if now.since_us(seen.written.max(written)) >= SEEN_EVERY_S * 1_000_000 {
            seen.written = now;
            let runtime = self.runtime.clone();
            tokio::spawn(async move {
                if let Err(problem) = runtime.with_writer(tenant, move |writer| writer.terminal_seen(id, now)).await {
                    tracing::warn!(%problem, "When a terminal was last heard of could not be written down");
                }
            });
        }
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_tidied_and_its_mistakes_are_all_told() {
        let draft = TerminalDraft {
            name: " 一号线 ".to_owned(),
            places: vec![" M1 ".into(), String::new(), "M1".into(), "M2".into()],
            shows: Vec::new(),
        };
        let checked = draft.checked().unwrap();
        assert_eq!((checked.name.as_str(), checked.places), ("一号线", vec!["M1".to_owned(), "M2".to_owned()]));
        let many = (0..=PLACES).map(|at| format!("M{at}")).collect();
        let problem = TerminalDraft { name: "\n".into(), places: many, shows: Vec::new() }.checked().unwrap_err();
        let pointers: Vec<_> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/places"]);
    }

    #[test]
    fn a_terminal_shows_everything_or_what_it_is_kept_to() {
        let all = Terminal {
            id: RawId([1; 16]),
            name: String::new(),
            places: Vec::new(),
            shows: Vec::new(),
            paired: None,
            seen: None,
        };
        assert!(all.may_show("oee", "call"));
        let kept = Terminal { shows: vec!["oee/call".to_owned()], ..all };
        assert!(kept.may_show("oee", "call") && !kept.may_show("oee", "calls") && !kept.may_show("o", "ee/call"));
    }
}
