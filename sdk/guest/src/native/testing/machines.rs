//! What machines and other modules say, delivered to the handlers that wait for it.

use super::Module;
use crate::outcome::Outcome;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::signal::{Crossing, Silence, Standing, StateChange, Turn, Window};
use toolcrib_contract::{Encode, Instant, Text, json};

/// Length of a window.
const WINDOW_US: i64 = 60_000_000;

/// Where signals stand for the handlers that follow limits and silence, by signal and handler.
#[derive(Default)]
pub(super) struct Followed {
    levels: BTreeMap<(String, String), Standing>,
    /// When it was heard last, and whether that it is silent was told.
    heard: BTreeMap<(String, String), (Instant, bool)>,
}

impl Module {
    /// A signal (`<equipment>.<signal>`) takes another value now.
    ///
    /// # Errors
    /// Whatever stopped the handler.
    #[track_caller]
    pub fn signal(&mut self, signal: &str, value: &str) -> Outcome<()> {
        let (equipment, kind) = split(signal);
        let at = self.now();
        self.hear(signal)?;
        let previous = self.states.insert(signal.to_owned(), value.to_owned());
        let change = StateChange { equipment, at, value: text(value), previous: previous.map(|value| text(&value)) };
        self.deliver(&change.to_bytes(), |of| matches!(of, HandlerKind::OnSignal { signal } if signal == kind))
    }

    /// A counting signal (`<equipment>.<signal>`) gained so much in the minute that begins at `from`.
    ///
    /// # Errors
    /// Whatever stopped the handler.
    #[track_caller]
    pub fn minute(&mut self, signal: &str, from: Instant, increase: i64) -> Outcome<()> {
        let (equipment, _) = split(signal);
        let until = from.plus_us(WINDOW_US);
        self.window(signal, &Window { equipment, from, until, increase, samples: 1, revision: 1 })
    }

    /// A window of a counting signal (`<equipment>.<signal>`) closed.
    ///
    /// # Errors
    /// Whatever stopped the handler.
    #[track_caller]
    pub fn window(&mut self, signal: &str, window: &Window) -> Outcome<()> {
        let (_, kind) = split(signal);
        self.hear(signal)?;
        self.deliver(&window.to_bytes(), |of| matches!(of, HandlerKind::OnWindow { signal } if signal == kind))
    }

    /// A number of a signal (`<equipment>.<signal>`) is read now. Handlers of limits hear when it crosses them, later ones
    /// when the clock moves on; those of silence hear that it speaks.
    ///
    /// # Errors
    /// Whatever stopped the handler.
    #[track_caller]
    pub fn number(&mut self, signal: &str, value: f64) -> Outcome<()> {
        let (_, kind) = split(signal);
        let follows = |of: &HandlerKind| {
            matches!(of, HandlerKind::OnLevel { .. } | HandlerKind::OnSilence { .. }) && of.signal() == Some(kind)
        };
        assert!(self.manifest().handlers.iter().any(|def| follows(&def.kind)), "no handler waits for this");
        self.hear(signal)?;
        self.cross(signal, |band, standing, at, turns| band.step(standing, at, value, turns))
    }

    /// What limits and silence become due by the clock at `to` or before; then the clock itself.
    #[track_caller]
    pub(super) fn follow_clock(&mut self, to: Instant) {
        while let Some(due) = self.next_turn().filter(|due| *due <= to) {
            super::well(self.simulation.advance(due));
            let signals: Vec<_> = self.followed.levels.keys().map(|(signal, _)| signal.clone()).collect();
            let told = signals
                .iter()
                .try_for_each(|signal| self.cross(signal, |band, standing, at, turns| band.until(standing, at, turns)))
                .and_then(|()| self.fall_silent(due));
            told.unwrap_or_else(|stopped| panic!("a handler that the clock woke stopped: {stopped:?}"));
        }
        super::well(self.simulation.advance(to));
    }

    fn next_turn(&self) -> Option<Instant> {
        let band = |handler: &str| match &self.manifest().handler(handler)?.1.kind {
            HandlerKind::OnLevel { level, .. } => level.band().ok(),
            _ => None,
        };
        let levels = self.followed.levels.iter();
        let levels = levels.filter_map(|((_, handler), standing)| band(handler)?.due(standing)).map(Instant);
        let heard = self.followed.heard.iter().filter(|(_, (_, silent))| !silent);
        let silences = heard.filter_map(|((_, handler), (heard, _))| Some(heard.plus_us(self.silent_us(handler)?)));
        levels.chain(silences).min()
    }

    fn silent_us(&self, handler: &str) -> Option<i64> {
        match self.manifest().handler(handler)?.1.kind {
            HandlerKind::OnSilence { silent_s, .. } => Some(i64::from(silent_s) * 1_000_000),
            _ => None,
        }
    }

    /// Handlers of one sort that follow a kind of signal.
    fn followers(&self, kind: &str, sort: impl Fn(&HandlerKind) -> bool) -> Vec<String> {
        let defs = self.manifest().handlers.iter();
        let defs = defs.filter(|def| def.kind.signal() == Some(kind) && sort(&def.kind));
        defs.map(|def| def.name.clone()).collect()
    }

    fn cross(
        &mut self,
        signal: &str,
        step: impl Fn(&toolcrib_contract::signal::Band, &mut Standing, i64, &mut Vec<Turn>),
    ) -> Outcome<()> {
        let ((equipment, kind), now) = (split(signal), self.now());
        for handler in self.followers(kind, |of| matches!(of, HandlerKind::OnLevel { .. })) {
            let Some((_, def)) = self.manifest().handler(&handler) else { continue };
            let HandlerKind::OnLevel { level, .. } = &def.kind else { continue };
            let band = level.band().unwrap_or_else(|why| panic!("`{handler}`: {why}"));
            let mut turns = Vec::new();
            step(
                &band,
                self.followed.levels.entry((signal.to_owned(), handler.clone())).or_default(),
                now.0,
                &mut turns,
            );
            for Turn { at, beyond, value } in turns {
                let (equipment, at) = (equipment.clone(), Instant(at));
                let crossing = Crossing { equipment, at, value, beyond, holds: true, revision: 1 };
                self.invoke(&handler, &crossing.to_bytes())?;
            }
        }
        Ok(())
    }

    /// The signal speaks now.
    fn hear(&mut self, signal: &str) -> Outcome<()> {
        let ((equipment, kind), at) = (split(signal), self.now());
        for handler in self.followers(kind, |of| matches!(of, HandlerKind::OnSilence { .. })) {
            let before = self.followed.heard.insert((signal.to_owned(), handler.clone()), (at, false));
            if let Some((heard, true)) = before {
                let silence = Silence { equipment: equipment.clone(), at, silent: false, heard };
                self.invoke(&handler, &silence.to_bytes())?;
            }
        }
        Ok(())
    }

    fn fall_silent(&mut self, now: Instant) -> Outcome<()> {
        for (key, (heard, told)) in self.followed.heard.clone() {
            let Some(at) = self.silent_us(&key.1).map(|us| heard.plus_us(us)) else { continue };
            if told || at > now {
                continue;
            }
            let silence = Silence { equipment: split(&key.0).0, at, silent: true, heard };
            let handler = key.1.clone();
            self.followed.heard.insert(key, (heard, true));
            self.invoke(&handler, &silence.to_bytes())?;
        }
        Ok(())
    }

    /// Another module told a fact.
    ///
    /// # Errors
    /// Whatever stopped the handler.
    #[track_caller]
    pub fn event(&mut self, module: &str, event: &str, body: &Json) -> Outcome<()> {
        let waits = |of: &HandlerKind| matches!(of, HandlerKind::OnEvent { module: from, event: name } if from == module && name == event);
        let handlers = self.manifest().handlers.iter().filter(|def| waits(&def.kind));
        let handlers: Vec<_> = handlers.map(|def| (def.name.clone(), def.input.clone())).collect();
        assert!(!handlers.is_empty(), "no handler waits for `{module}/{event}`");
        for (name, of) in handlers {
            let input =
                json::read_known(&of, body).unwrap_or_else(|errors| panic!("`{name}` cannot read {body}: {errors:?}"));
            self.invoke(&name, &input)?;
        }
        Ok(())
    }

    #[track_caller]
    fn deliver(&mut self, input: &[u8], waits: impl Fn(&HandlerKind) -> bool) -> Outcome<()> {
        let handlers = self.manifest().handlers.iter().filter(|def| waits(&def.kind));
        let handlers: Vec<_> = handlers.map(|def| def.name.clone()).collect();
        assert!(!handlers.is_empty(), "no handler waits for this");
        handlers.iter().try_for_each(|name| self.invoke(name, input).map(drop))
    }
}

#[track_caller]
fn split(signal: &str) -> (Text<64>, &str) {
    let Some((equipment, kind)) = signal.rsplit_once('.') else {
        panic!("a signal is `<equipment>.<signal>`, for example `press-1.state`, not `{signal}`")
    };
    (text(equipment), kind)
}

#[track_caller]
fn text(value: &str) -> Text<64> {
    Text::new(value).expect("at most 64 characters")
}
