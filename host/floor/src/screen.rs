//! Devices without keys, such as big screens: they show a code, and an administrator says which terminal they are.

use crate::board::{Floor, lock};
use crate::pairing::{Refusal, Showing};
use crate::terminal::TerminalDraft;
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::{PAIRING_CODE, Problem, TOO_OFTEN};
use toolcrib_contract::types::RawId;

/// What a draft is answered that leaves a big screen nothing to show.
pub fn nothing_shown() -> Problem {
    let message = "choose at least one board / 至少选一块看板".to_owned();
    Problem::input(vec![InputError { pointer: "/shows".to_owned(), message }])
}

/// What a wrong code is answered.
pub(crate) fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Unknown => PAIRING_CODE.problem(),
        Refusal::TooOften => TOO_OFTEN.because("too many wrong pairing codes; wait a minute"),
    }
}

impl Floor {
    /// What a device shows that is no terminal yet. `claim`: what it kept of the code that it showed before.
    pub fn show_code(&self, claim: Option<&str>) -> Showing {
        lock(&self.pairing).show(claim, self.clock.now(), &*self.chance)
    }

    /// Makes the device that shows this code a new terminal, which shows what the draft says and nothing else.
    ///
    /// # Errors
    /// `pairing-code`, `too-often`; `bad-input` also when the draft names nothing to show; those of a new terminal.
    pub async fn add_screen(
        &self,
        tenant: RawId,
        draft: TerminalDraft,
        typed: &str,
        actor: String,
    ) -> Result<RawId, Problem> {
        let code = self.seen(typed)?;
        if draft.shows.is_empty() {
            return Err(nothing_shown());
        }
        let id = self.save_terminal(tenant, None, draft, actor.clone()).await?;
        self.give(tenant, id, &code, &actor).await?;
        Ok(id)
    }

    /// Makes the device that shows this code a terminal that is there already, and the device before it none.
    ///
    /// # Errors
    /// `pairing-code`, `too-often`, or the terminal is gone.
    pub async fn confirm_screen(&self, tenant: RawId, id: RawId, typed: &str, actor: String) -> Result<(), Problem> {
        let code = self.seen(typed)?;
        self.give(tenant, id, &code, &actor).await
    }

    fn seen(&self, typed: &str) -> Result<String, Problem> {
        lock(&self.pairing).seen(typed, self.clock.now()).map_err(refused)
    }

    async fn give(&self, tenant: RawId, id: RawId, code: &str, actor: &str) -> Result<(), Problem> {
        let kept = self.becomes(tenant, id, actor.to_owned()).await?;
        lock(&self.pairing).confirm(code, kept);
        Ok(())
    }
}
