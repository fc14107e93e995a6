//! Devices without keys, such as big screens: they show a code, and an administrator says which terminal they are.

use crate::board::Floor;
use crate::pairing::{Showing, Waiting};
use crate::terminal::TerminalDraft;
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::RawId;

/// What a draft is answered that leaves a big screen nothing to show.
pub fn nothing_shown() -> Problem {
    let message = "choose at least one board / 至少选一块看板".to_owned();
    Problem::input(vec![InputError { pointer: "/shows".to_owned(), message }])
}

impl Floor {
    /// What a device shows that is no terminal yet. `claim`: what it kept of the code that it showed before.
    ///
    /// # Errors
    /// The database that several hosts share.
    pub async fn show_code(&self, claim: Option<&str>) -> Result<Showing, Problem> {
        self.codes.show(claim, self.clock.now(), &*self.chance).await
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
        let waiting = self.codes.seen(typed, self.clock.now()).await?;
        if draft.shows.is_empty() {
            return Err(nothing_shown());
        }
        let id = self.save_terminal(tenant, None, draft, actor.clone()).await?;
        self.give(tenant, id, waiting, actor).await?;
        Ok(id)
    }

    /// Makes the device that shows this code a terminal that is there already, and the device before it none.
    ///
    /// # Errors
    /// `pairing-code`, `too-often`, or the terminal is gone.
    pub async fn confirm_screen(&self, tenant: RawId, id: RawId, typed: &str, actor: String) -> Result<(), Problem> {
        let waiting = self.codes.seen(typed, self.clock.now()).await?;
        self.give(tenant, id, waiting, actor).await
    }

    async fn give(&self, tenant: RawId, id: RawId, waiting: Waiting, actor: String) -> Result<(), Problem> {
        self.becomes(tenant, id, waiting.secret, actor).await?;
        self.codes.confirm(&waiting.code, tenant, id).await
    }
}
