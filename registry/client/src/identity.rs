//! One method per endpoint: tokens, sessions, second factors, trusted publishing.

use crate::client::{Client, part};
use crate::error::ClientError;
use crate::wire::{
    ApiToken, ChangePassword, Code, EndSessions, Exchange, Exchanged, FactorBegun, FactorStatus, HostToken,
    NewApiToken, NewHostToken, Password, RecoveryCodes, Rotate, Rotated, SessionRow,
};

impl Client {
    /// Its text is in the answer and nowhere else.
    pub async fn new_token(&self, new: &NewApiToken) -> Result<ApiToken, ClientError> {
        self.post("/v1/me/tokens", new).await
    }

    pub async fn tokens(&self) -> Result<Vec<ApiToken>, ClientError> {
        self.get("/v1/me/tokens").await
    }

    pub async fn revoke_token(&self, id: &str) -> Result<(), ClientError> {
        self.delete(&format!("/v1/me/tokens/{}", part(id))).await
    }

    pub async fn sessions(&self) -> Result<Vec<SessionRow>, ClientError> {
        self.get("/v1/me/sessions").await
    }

    pub async fn end_session(&self, id: &str) -> Result<(), ClientError> {
        self.delete(&format!("/v1/me/sessions/{}", part(id))).await
    }

    /// All, or all but the one that asks; its access token is void either way.
    pub async fn end_sessions(&self, keep_current: bool) -> Result<(), ClientError> {
        self.post("/v1/me/sessions/end", &EndSessions { keep_current }).await
    }

    /// Ends every session.
    pub async fn change_password(&self, change: &ChangePassword) -> Result<(), ClientError> {
        self.post("/v1/me/password", change).await
    }

    pub async fn second_factor(&self) -> Result<FactorStatus, ClientError> {
        self.get("/v1/me/second-factor").await
    }

    /// What an authenticator app reads. It counts once a code was confirmed.
    pub async fn begin_second_factor(&self, password: &str) -> Result<FactorBegun, ClientError> {
        self.post("/v1/me/second-factor", &Password { password: password.to_owned() }).await
    }

    pub async fn confirm_second_factor(&self, code: &str) -> Result<RecoveryCodes, ClientError> {
        self.post("/v1/me/second-factor/confirm", &Code { code: code.to_owned() }).await
    }

    pub async fn disable_second_factor(&self, code: &str) -> Result<(), ClientError> {
        self.post("/v1/me/second-factor/disable", &Code { code: code.to_owned() }).await
    }

    /// For a CI: its identity for a token that publishes versions of one module.
    pub async fn exchange(&self, module: &str, identity: &str) -> Result<Exchanged, ClientError> {
        let exchange = Exchange { module: module.to_owned(), identity: identity.to_owned() };
        self.post("/v1/trusted-publishing/token", &exchange).await
    }

    pub async fn new_host_token(&self, host: &str, days: u32) -> Result<HostToken, ClientError> {
        self.post(&format!("/v1/hosts/{}/tokens", part(host)), &NewHostToken { days }).await
    }

    /// For hosts: the next token, which lives as long.
    pub async fn rotate_host_token(&self, reason: &str) -> Result<HostToken, ClientError> {
        self.post("/v1/hosts/rotate-token", &Rotate { reason: reason.to_owned() }).await
    }

    /// The next key signs access tokens from now on.
    pub async fn rotate_token_keys(&self, reason: &str) -> Result<Rotated, ClientError> {
        self.post("/v1/marketplace/token-keys/rotate", &Rotate { reason: reason.to_owned() }).await
    }
}
