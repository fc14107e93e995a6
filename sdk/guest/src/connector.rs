//! What connectors do: requests to granted hosts, and operations of their own module.
//!
//! A connector runs beside the tenant's turn, on threads of its own, for at most 30 seconds. It holds nothing while it
//! waits, and it is no transaction: each [`Connector::run`] is one. Started again with the same idempotency key, or by the
//! same timer after a failure, it asks the outside again, but what it runs again with the same input is not repeated.
//! Time and chance are recorded and stand still as in every invocation; answers of the outside are not recorded.
//!
//! To ask an ERP every ten minutes, let a timer that sets itself start the connector:
//!
//! ```
//! # mod example {
//! # use toolcrib_sdk::prelude::*;
//! #[record(unique(number))]
//! struct Order { number: Text<20> }
//!
//! #[connector(roles("admin"))]
//! fn pull_orders(ctx: &mut Connector) -> Outcome<i64> {
//!     let answer = ctx.fetch(Fetch::get("https://erp.example.com/orders"))?.success()?;
//!     let numbers = answer.text()?.lines().map(Text::new).collect::<Result<Vec<_>, _>>()?;
//!     ctx.run(store_orders { numbers })
//! }
//!
//! /// Adds the orders that are new; roles are for people, the connector may run it.
//! #[command(roles("admin"))]
//! fn store_orders(ctx: &mut Command, numbers: Vec<Text<20>>) -> Outcome<i64> {
//!     let mut added = 0;
//!     for number in numbers {
//!         if ctx.first(Order::by_number().eq(&number))?.is_none() {
//!             ctx.insert(Order { number })?;
//!             added += 1;
//!         }
//!     }
//!     Ok(added)
//! }
//!
//! #[timer]
//! fn every_ten_minutes(ctx: &mut Command) -> Outcome<()> {
//!     let now = ctx.now();
//!     ctx.set_timer(pull_orders {}, "erp", now)?;
//!     ctx.set_timer(every_ten_minutes {}, "erp", now.plus_us(600_000_000))
//! }
//! # module! {
//! #     name: "orders", title: { zh: "订单", en: "Orders" }, summary: { zh: "订单", en: "Orders" },
//! #     records: [Order], handlers: [pull_orders, store_orders, every_ten_minutes],
//! #     requests: [outbound("erp.example.com") { zh: "取订单", en: "To fetch orders" }],
//! # }
//! # pub fn orders_are_stored_once() {
//! let mut orders = module();
//! orders.serve("GET", "https://erp.example.com/orders", |_| Answer::of(200, "A-1\nA-2"));
//! assert_eq!(orders.run(pull_orders {}).unwrap(), 2);
//! assert_eq!(orders.run(pull_orders {}).unwrap(), 0);
//! # }
//! # }
//! # example::orders_are_stored_once();
//! ```

use crate::context::{Command, Made, Query};
use crate::handler::{Handler, Own};
use crate::link::Link;
use crate::outcome::{Outcome, malformed, reject, retry};
use toolcrib_contract::codec::Bytes;
use toolcrib_contract::fetch;
use toolcrib_contract::fill::filled;
use toolcrib_contract::{Decode, Encode, Instant, Invocation};

/// No transaction: requests to the outside, and operations of this module in transactions of their own.
pub struct Connector(Command);

impl Made for Connector {
    fn made(link: Link, invocation: Invocation) -> Self {
        Self(Command::made(link, invocation))
    }

    fn into_link(self) -> Link {
        self.0.into_link()
    }
}

impl Connector {
    /// The time of this run's start; it stands still while the handler runs.
    pub fn now(&self) -> Instant {
        self.0.now()
    }

    /// Who asked: `user:<id>` or `timer`.
    pub fn actor(&self) -> &str {
        self.0.actor()
    }

    /// The person's role in the tenant; empty for machines.
    pub fn role(&self) -> &str {
        self.0.role()
    }

    /// A line for the module's developer; users never see it.
    pub fn log(&self, message: &str) {
        self.0.log(message);
    }

    /// A random number, the same again when the run is replayed. Not for secrets.
    pub fn random(&mut self) -> u64 {
        self.0.random()
    }

    /// Sends a request and waits for its answer, at most ten seconds.
    ///
    /// # Errors
    /// Another time (`retry`) when nothing answers; `not-consented`; `answer-too-large` over 1 MiB.
    pub fn fetch(&mut self, request: Fetch) -> Outcome<Answer> {
        let bytes = self.0.link.fetch(&request.0.to_bytes())?;
        fetch::Answer::from_bytes(&bytes).map(Answer).map_err(|_| malformed("an answer"))
    }

    /// Runs a command or query of this module in a transaction of its own: `ctx.run(store_orders { orders })?`.
    ///
    /// # Errors
    /// Whatever stopped that operation; its writes are undone then, those of operations before stay.
    pub fn run<H: Own>(&mut self, operation: H) -> Outcome<H::Output> {
        let bytes = self.0.link.run(<H as Handler>::DECLARATION.name, &operation.to_bytes())?;
        filled(&bytes).map_err(|_| malformed("the output of an operation"))
    }
}

/// A request to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch(fetch::Request);

impl Fetch {
    /// `GET` of an `https://` address whose host `module!` asks for.
    pub fn get(url: &str) -> Self {
        Self::method("GET", url)
    }

    /// `POST` of a body; name its type with `.header("content-type", …)`.
    pub fn post(url: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::method("POST", url).body(body)
    }

    /// Any of [`fetch::METHODS`].
    pub fn method(method: &str, url: &str) -> Self {
        Self(fetch::Request { method: method.to_owned(), url: url.to_owned(), ..fetch::Request::default() })
    }

    /// One of [`fetch::HEADERS`], or one that begins with `x-`; in lower case.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.0.headers.push(fetch::Header { name: name.to_owned(), value: value.to_owned() });
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.0.body = Bytes(body.into());
        self
    }
}

/// What the outside answered. Redirects are answers: they are not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer(fetch::Answer);

impl Answer {
    /// One to give in a test.
    pub fn of(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self(fetch::Answer { status: u32::from(status), headers: Vec::new(), body: Bytes(body.into()) })
    }

    /// HTTP status.
    pub fn status(&self) -> u32 {
        self.0.status
    }

    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.header(name)
    }

    pub fn body(&self) -> &[u8] {
        &self.0.body.0
    }

    /// The body as text.
    ///
    /// # Errors
    /// `bad-answer` when it is not UTF-8.
    pub fn text(&self) -> Outcome<&str> {
        core::str::from_utf8(self.body()).map_err(|_| reject("bad-answer", "The other side did not answer with text"))
    }

    /// The same answer if its status is one of success.
    ///
    /// # Errors
    /// Another time for 429 and from 500 on, `bad-answer` for the rest.
    pub fn success(self) -> Outcome<Self> {
        match self.0.status {
            200..300 => Ok(self),
            429 | 500.. => Err(retry("The other side cannot answer now")),
            _ => Err(reject("bad-answer", "The other side refused the request")),
        }
    }

    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn into_contract(self) -> fetch::Answer {
        self.0
    }
}

/// What nothing is: it stands where a connector's or a transaction's limits are, so that the compiler can explain them.
#[diagnostic::on_unimplemented(
    message = "a connector has no transaction: it cannot touch records, events, timers, effects or other modules",
    label = "this needs a transaction",
    note = "put it into a #[command] (or a #[query]) of this module and run that: `ctx.run(…)`"
)]
pub trait InTransaction {}

/// The same for what only connectors do.
#[diagnostic::on_unimplemented(
    message = "a command or query does not wait for the outside: it makes no requests and runs no other operations",
    label = "this needs a connector",
    note = "mark the handler #[connector] and let it take `ctx: &mut Connector`; a command sends effects with `ctx.send`"
)]
pub trait Connects {}

/// Methods that exist only to say why there are none.
macro_rules! absent {
    ($bound:ident: $($name:ident($($more:ident),*);)*) => {$(
        #[doc(hidden)]
        pub fn $name<T: $bound $(, $more)*>(&self, _: T $(, _: $more)*) -> Outcome<T> {
            Err($crate::outcome::malformed(stringify!($name)))
        }
    )*};
}

pub(crate) use absent;

#[allow(non_camel_case_types, reason = "names of type parameters that nobody sees")]
impl Connector {
    absent! { InTransaction:
        insert(); insert_all(); update(); delete(); find(); get(); page(); first(); all(); samples(a, b, c);
        emit(); set_timer(a, b); send(a, b); call();
    }
}

impl Query {
    absent! { Connects: fetch(); run(); }
}
