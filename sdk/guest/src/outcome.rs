//! How a handler ends: with a value, or stopped for a reason the caller can act on.

use toolcrib_contract::host::{Fault, fault, refusal};
use toolcrib_contract::{CodecError, Failure, HostError, Refusal, Rejection};

/// What every handler returns. `?` passes on whatever stopped it; nothing is written then.
pub type Outcome<T> = Result<T, Stopped>;

/// That a handler stopped, and why: [`Stopped::code`], [`Stopped::message`], [`Stopped::why`].
///
/// One pointer, since every `?` of a module passes it on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped(Box<Why>);

/// Why a handler stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The user's mistake, or a host's refusal that the module did not handle. The caller sees it.
    Rejected(Rejection),
    /// Try the same invocation later.
    Retry(String),
    /// The module broke a rule or a limit. Only in tests: a real host ends the invocation instead.
    Fault(Fault),
}

/// Refuses what the user asked, with a stable code (kebab case) and a sentence.
///
/// ```
/// # use toolcrib_sdk::prelude::*;
/// # fn check(closed: bool) -> Outcome<()> {
/// if closed {
///     return Err(reject("stop-already-closed", "This stop is closed already").field("stop"));
/// }
/// # Ok(()) }
/// ```
#[cold]
pub fn reject(code: &str, message: &str) -> Stopped {
    Rejection { code: code.to_owned(), message: message.to_owned(), field: None }.into()
}

/// Refuses what the user asked where something is wrong with it.
///
/// ```
/// # use toolcrib_sdk::prelude::*;
/// # fn check(minutes: i64, because: &Text<40>) -> Outcome<()> {
/// reject_if(minutes < 1, "bad-minutes", "Give one minute at least").field("minutes")?;
/// reject_if(because.is_blank(), "reason-needed", "Say why").field("because")
/// # }
/// ```
///
/// # Errors
/// The refusal, where it is so.
#[inline]
pub fn reject_if(is_wrong: bool, code: &str, message: &str) -> Outcome<()> {
    if is_wrong { Err(reject(code, message)) } else { Ok(()) }
}

/// Asks the host to run an event or timer again later.
#[cold]
pub fn retry(reason: &str) -> Stopped {
    Stopped(Box::new(Why::Retry(reason.to_owned())))
}

impl Stopped {
    /// Names the input field that is wrong. Only rejections have one.
    #[inline(never)]
    pub fn field(mut self, name: &str) -> Self {
        if let Why::Rejected(rejection) = &mut *self.0 {
            rejection.field = Some(name.to_owned());
        }
        self
    }

    /// Says that the wrong field lies inside another, for example in an item of a list: `.within("rows/3")`.
    #[inline(never)]
    pub fn within(mut self, place: &str) -> Self {
        if let Why::Rejected(rejection) = &mut *self.0 {
            rejection.field = Some(match rejection.field.take() {
                Some(field) => [place, &field].join("/"),
                None => place.to_owned(),
            });
        }
        self
    }

    /// Says which item of a list it is: `.nth("rows", 3)`.
    #[inline(never)]
    pub fn nth(self, list: &str, at: usize) -> Self {
        self.within(&[list, "/", &at.to_string()].concat())
    }

    /// Why, in full.
    pub fn why(&self) -> &Why {
        &self.0
    }

    /// What the caller is told, unless it is no refusal.
    pub fn rejection(&self) -> Option<&Rejection> {
        match &*self.0 {
            Why::Rejected(rejection) => Some(rejection),
            Why::Retry(_) | Why::Fault(_) => None,
        }
    }

    /// The stable code: a rejection's own, a refusal's (`not-unique`, `conflict`, …), `retry`, or a fault's.
    pub fn code(&self) -> &str {
        match &*self.0 {
            Why::Rejected(rejection) => &rejection.code,
            Why::Retry(_) => "retry",
            Why::Fault(fault) => fault.code,
        }
    }

    /// The sentence for people.
    pub fn message(&self) -> &str {
        match &*self.0 {
            Why::Rejected(rejection) => &rejection.message,
            Why::Retry(reason) => reason,
            Why::Fault(fault) => &fault.detail,
        }
    }

    #[inline(never)]
    fn is_absence(&self) -> bool {
        self.rejection().is_some_and(|rejection| rejection.code == refusal::NOT_CONSENTED)
    }

    /// As it crosses the boundary.
    ///
    /// # Errors
    /// A fault has no value there.
    pub fn into_failure(self) -> Result<Failure, Fault> {
        match *self.0 {
            Why::Rejected(rejection) => Ok(Failure::Rejected(rejection)),
            Why::Retry(reason) => Ok(Failure::Retry(reason)),
            Why::Fault(fault) => Err(fault),
        }
    }
}

/// What must be there.
pub trait OrReject<T> {
    /// The value; where there is none, a refusal with a stable code and a sentence.
    ///
    /// ```
    /// # use toolcrib_sdk::prelude::*;
    /// # fn known(found: Option<i64>) -> Outcome<i64> {
    /// found.or_reject("unknown-rate", "There is no such rate").field("rate")
    /// # }
    /// ```
    ///
    /// # Errors
    /// The refusal.
    fn or_reject(self, code: &str, message: &str) -> Outcome<T>;
}
impl<T> OrReject<T> for Option<T> {
    #[inline]
    fn or_reject(self, code: &str, message: &str) -> Outcome<T> {
        self.ok_or_else(|| reject(code, message))
    }
}

/// Where in the input the mistake is, said of whatever may stop: [`Stopped::field`], [`Stopped::within`] and
/// [`Stopped::nth`] without unpacking the outcome.
pub trait InField: Sized {
    /// ```
    /// # use toolcrib_sdk::prelude::*;
    /// # fn take(lot: &str) -> Outcome<()> { reject_if(lot.is_empty(), "lot-needed", "Scan the lot").field("lot") }
    /// # fn all(lots: &[&str]) -> Outcome<()> {
    /// for (at, lot) in lots.iter().enumerate() {
    ///     take(lot).nth("lots", at)?;
    /// }
    /// # Ok(()) }
    /// let refused = all(&["L-1", ""]).unwrap_err();
    /// assert_eq!(refused.rejection().unwrap().field.as_deref(), Some("lots/1/lot"));
    /// ```
    #[must_use]
    fn nth(self, list: &str, at: usize) -> Self;
    #[must_use]
    fn field(self, name: &str) -> Self;
    #[must_use]
    fn within(self, place: &str) -> Self;
}
impl<T> InField for Outcome<T> {
    #[inline]
    fn nth(self, list: &str, at: usize) -> Self {
        self.map_err(|stopped| stopped.nth(list, at))
    }

    #[inline]
    fn field(self, name: &str) -> Self {
        self.map_err(|stopped| stopped.field(name))
    }

    #[inline]
    fn within(self, place: &str) -> Self {
        self.map_err(|stopped| stopped.within(place))
    }
}

/// What to do where another module is not there.
pub trait OrWithout<T> {
    /// None when the tenant has no such module or did not agree to it; anything else stays as it is.
    ///
    /// ```
    /// # use toolcrib_sdk::prelude::*;
    /// # fn name(found: Outcome<Option<i64>>) -> Outcome<i64> {
    /// // The name of a machine, or its code where nobody keeps master data.
    /// Ok(found.or_without()?.flatten().unwrap_or_default())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Whatever else stopped it.
    fn or_without(self) -> Outcome<Option<T>>;
}
impl<T> OrWithout<T> for Outcome<T> {
    fn or_without(self) -> Outcome<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(stopped) if stopped.is_absence() => Ok(None),
            Err(stopped) => Err(stopped),
        }
    }
}

impl From<Rejection> for Stopped {
    fn from(rejection: Rejection) -> Self {
        Self(Box::new(Why::Rejected(rejection)))
    }
}
impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Rejection { code: refusal.code.to_owned(), message: refusal.message, field: None }.into()
    }
}
impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Rejected(rejection) => rejection.into(),
            Failure::Retry(reason) => retry(&reason),
        }
    }
}
impl From<HostError> for Stopped {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Refused(refusal) => refusal.into(),
            HostError::Fault(fault) => Self(Box::new(Why::Fault(fault))),
        }
    }
}
/// A value made from text or numbers of the input does not keep its type's rule: the user's mistake.
impl From<CodecError> for Stopped {
    #[cold]
    #[inline(never)]
    fn from(error: CodecError) -> Self {
        let rule = match error {
            CodecError::Invalid(rule) => rule,
            CodecError::Truncated | CodecError::Trailing => "the bytes are not such a value",
        };
        reject("invalid-value", rule)
    }
}

/// What the host sent is not what the manifest says: in a component a trap, in a test a fault.
#[cold]
pub(crate) fn malformed(what: &str) -> Stopped {
    #[cfg(target_family = "wasm")]
    {
        let _ = (what, fault::MALFORMED);
        core::arch::wasm32::unreachable()
    }
    #[cfg(not(target_family = "wasm"))]
    Stopped(Box::new(Why::Fault(Fault { code: fault::MALFORMED, detail: what.to_owned() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_its_code_on_the_way_to_the_caller() {
        let stopped = Stopped::from(HostError::refused("not-unique", "taken"));
        assert_eq!((stopped.code(), stopped.message()), ("not-unique", "taken"));
        let stopped = stopped.field("code").within("rows/3");
        let Ok(Failure::Rejected(rejection)) = stopped.into_failure() else { panic!("a rejection") };
        assert_eq!(rejection.field.as_deref(), Some("rows/3/code"));
    }

    #[test]
    fn what_is_right_passes_and_what_is_wrong_names_its_place() {
        assert_eq!(reject_if(false, "too-few", "Ask for one at least"), Ok(()));
        assert_eq!(Some(5).or_reject("unknown", "There is none"), Ok(5));
        let places = |outcome: Outcome<i64>| {
            let stopped = outcome.field("lot").within("consumed").nth("rows", 7).unwrap_err();
            (stopped.code().to_owned(), stopped.rejection().and_then(|rejection| rejection.field.clone()))
        };
        let at = Some("rows/7/consumed/lot".to_owned());
        assert_eq!(places(None.or_reject("unknown", "There is none")), ("unknown".to_owned(), at.clone()));
        assert_eq!(places(reject_if(true, "too-few", "Ask for more").map(|()| 1)), ("too-few".to_owned(), at));
    }
}
