//! What an `#[on(…)]` handler waits for: an event, a state, a window, a limit that is crossed, or silence.

use crate::arguments::Argument;
use crate::names;
use crate::record::module_name;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Error, LitStr, Result};

/// What `#[on(…)]` takes, in words.
pub const TAKES: &str = "one of signal = \"…\", window = \"…\" and event = \"…\"; with signal also above = … or below = …, \
    back = … and for_s = …, or silent_s = …";

/// What the handler waits for.
type Kind = TokenStream;
/// The type that it gets, when the host decides it.
type Delivered = Option<TokenStream>;

/// The numbers beside `signal`, each at most once.
#[derive(Default)]
struct Numbers<'a>(Vec<(&'a Ident, &'a str)>);

/// # Errors
/// Arguments that do not go together, at the one that does not.
pub fn source(span: Span, arguments: &[Argument]) -> Result<(Kind, Delivered)> {
    let mut from = None;
    let mut numbers = Numbers::default();
    for argument in arguments {
        match argument {
            Argument::Set(key, text) if from.is_none() && (key == "signal" || key == "window" || key == "event") => {
                from = Some((key, text));
            }
            Argument::Number(key, digits) if numbers.takes(key) => numbers.0.push((key, digits)),
            other => return Err(other.unknown(TAKES)),
        }
    }
    let Some((key, text)) = from else { return Err(Error::new(span, format!("#[on(…)] takes {TAKES}"))) };
    if key == "signal" {
        return numbers.of_signal(text);
    }
    if let Some((number, _)) = numbers.0.first() {
        return Err(Error::new(number.span(), format!("`{number}` belongs to signal = \"…\", not to {key}")));
    }
    if key == "window" {
        return Ok((quote!(Window(#text)), Some(quote!(::toolcrib_sdk::contract::signal::Window))));
    }
    Ok((event(text)?, None))
}

impl Numbers<'_> {
    fn takes(&self, key: &Ident) -> bool {
        let known = ["above", "below", "back", "for_s", "silent_s"].iter().any(|name| key == name);
        known && !self.0.iter().any(|(given, _)| *given == key)
    }

    fn get(&self, name: &str) -> Option<(&Ident, &str)> {
        self.0.iter().find(|(key, _)| *key == name).copied()
    }

    fn of_signal(&self, signal: &LitStr) -> Result<(Kind, Delivered)> {
        if self.0.is_empty() {
            return Ok((quote!(Signal(#signal)), Some(quote!(::toolcrib_sdk::contract::signal::StateChange))));
        }
        if let Some((key, seconds)) = self.get("silent_s") {
            let seconds = whole(key, seconds)?;
            if let Some((other, _)) = self.0.iter().find(|(other, _)| *other != "silent_s") {
                return Err(Error::new(other.span(), format!("`{other}` does not go together with silent_s")));
            }
            return Ok((quote!(Silence(#signal, #seconds)), Some(quote!(::toolcrib_sdk::contract::signal::Silence))));
        }
        let (above, limit) = match (self.get("above"), self.get("below")) {
            (Some((_, limit)), None) => (true, limit),
            (None, Some((_, limit))) => (false, limit),
            (Some(_), Some((below, _))) => {
                let message = "a handler has one limit: write a second one, with below, for the other side";
                return Err(Error::new(below.span(), message));
            }
            (None, None) => {
                let (key, _) = self.0[0];
                return Err(Error::new(key.span(), format!("`{key}` needs a limit: above = … or below = …")));
            }
        };
        let back = self.get("back").map_or(limit, |(_, back)| back);
        if let Some((key, _)) = self.get("back").filter(|_| is_further(above, limit, back)) {
            let message = format!("a value is back on the other side of its limit: not {back} for a limit of {limit}");
            return Err(Error::new(key.span(), message));
        }
        let for_s = self.get("for_s").map_or(Ok(0), |(key, seconds)| whole(key, seconds))?;
        Ok((
            quote!(Level { signal: #signal, above: #above, limit: #limit, back: #back, for_s: #for_s }),
            Some(quote!(::toolcrib_sdk::contract::signal::Crossing)),
        ))
    }
}

fn is_further(above: bool, limit: &str, back: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
    if above { number(back) > number(limit) } else { number(back) < number(limit) }
}

fn whole(key: &Ident, digits: &str) -> Result<u32> {
    digits.parse().map_err(|_| Error::new(key.span(), format!("`{key}` is a whole number of seconds")))
}

fn event(text: &LitStr) -> Result<TokenStream> {
    let value = text.value();
    let (module, event) = value.split_once('/').unwrap_or(("", &value));
    if value.contains('/') {
        module_name(&LitStr::new(module, text.span()))?;
    }
    names::checked(event, text.span(), "an event")?;
    Ok(quote!(Event(#module, #event)))
}
