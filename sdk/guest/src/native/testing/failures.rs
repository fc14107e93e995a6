//! Every host call of a handler made to fail, one after the other.

use super::{Module, stopped, well};
use crate::handler::Handler;
use crate::outcome::{Outcome, malformed};
use toolcrib_contract::Decode;
use toolcrib_contract::host::{HostError, fault, refusal};
use toolcrib_contract::limits::HOST_CALLS;

impl Module {
    /// Runs a handler with its first host call failing, then with its second, and so on; at last with none. A call
    /// fails in two ways: the host breaks the invocation off (the disk is gone), or it refuses (`not-consented`), which
    /// the handler may live with. After each failing run `check` sees the tenant and how the run ended; then all of it
    /// is taken back. Returns what the undisturbed run gives; that one is kept.
    ///
    /// ```
    /// # mod example {
    /// # use toolcrib_sdk::prelude::*;
    /// # #[record] struct Part { code: Text<20> }
    /// # #[command(roles("admin"))] fn add_part(ctx: &mut Command, code: Text<20>) -> Outcome<Id<Part>> { ctx.insert(Part { code }) }
    /// # module! { name: "parts", title: { zh: "零件", en: "Parts" }, summary: { zh: "零件", en: "Parts" }, records: [Part], handlers: [add_part] }
    /// # pub fn nothing_is_half_done() {
    /// let mut parts = module();
    /// let add = add_part { code: "A-1".parse().unwrap() };
    /// parts.fail_each_host_call(&add, |parts, outcome| assert_eq!(parts.rows::<Part>() == 1, outcome.is_ok())).unwrap();
    /// assert_eq!(parts.rows::<Part>(), 1);
    /// # }
    /// # }
    /// # example::nothing_is_half_done();
    /// ```
    ///
    /// # Errors
    /// Whatever stopped the undisturbed run.
    ///
    /// # Panics
    /// The handler panicked, `check` did, or the handler never ends asking.
    #[track_caller]
    pub fn fail_each_host_call<H: Handler>(
        &mut self,
        handler: &H,
        mut check: impl FnMut(&mut Self, &Outcome<H::Output>),
    ) -> Outcome<H::Output> {
        let (name, input) = (H::DECLARATION.name, handler.to_bytes());
        let before = self.simulation.memory().snapshot();
        for at in 0..HOST_CALLS {
            let broken = HostError::fault(fault::HOST, "the test broke this call off");
            let refused = HostError::refused(refusal::NOT_CONSENTED, "the test refused this call");
            for failure in [broken, refused] {
                self.simulation.memory_mut().fail_host_call(Some((at, failure)));
                let outcome = self.simulation.invoke(name, &input).map_err(stopped);
                self.simulation.memory_mut().fail_host_call(None);
                let outcome =
                    outcome.and_then(|output| H::Output::from_bytes(&output).map_err(|_| malformed("an output")));
                if self.used().host_calls <= at {
                    // It asks for no more: this run was not disturbed.
                    self.count(name);
                    well(self.simulation.settle());
                    return outcome;
                }
                check(self, &outcome);
                self.simulation.memory_mut().go_back(&before);
            }
        }
        panic!("`{name}` makes more than {HOST_CALLS} host calls")
    }
}
