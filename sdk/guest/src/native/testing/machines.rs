//! What machines and other modules say, delivered to the handlers that wait for it.

use super::Module;
use crate::outcome::Outcome;
use serde_json::Value as Json;
use toolcrib_contract::manifest::HandlerKind;
use toolcrib_contract::signal::{StateChange, Window};
use toolcrib_contract::{Encode, Instant, Text, json};

/// Length of a window.
const WINDOW_US: i64 = 60_000_000;

impl Module {
    /// A signal (`<equipment>.<signal>`) takes another value now.
    ///
    /// # Errors
    /// Whatever stopped the handler.
    #[track_caller]
    pub fn signal(&mut self, signal: &str, value: &str) -> Outcome<()> {
        let (equipment, kind) = split(signal);
        let at = self.now();
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
        self.deliver(&window.to_bytes(), |of| matches!(of, HandlerKind::OnWindow { signal } if signal == kind))
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
