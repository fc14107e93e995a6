//! One method per endpoint.

mod authority;
mod exhibit;
mod marketplace;
mod offers;
mod payouts;
mod programme;
mod provider;

use crate::error::ClientError;
use crate::wire::{
    Decide, Device, Evidence, Key, Listed, Login, Me, Member, ModulePage, NewCertificate, NewDevice, NewKey, NewMember,
    NewModule, NewOrg, NewTenant, Org, Refresh, SetStanding, SignedSnapshot, Submission, SubmissionState, Submitted,
    Subscribe, Subscription, Tenant, Tokens, VersionPage,
};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use toolcrib_contract::limits;
use toolcrib_contract::problem::Problem;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The largest JSON answer read.
const ANSWER_BYTES: usize = 32 << 20;

/// A registry, as one person, one host or nobody. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    /// Without a slash at the end.
    address: String,
    token: Option<String>,
}

impl Client {
    /// A client that is nobody yet. `address` is like `https://registry.example.com`.
    ///
    /// # Errors
    /// The address is no http(s) URL, or TLS cannot be set up.
    pub fn new(address: &str) -> Result<Self, ClientError> {
        let fail = |why: String| ClientError::Unreachable { address: address.to_owned(), why };
        let url: url::Url = address.parse().map_err(|error: url::ParseError| fail(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(fail("the address must begin with http:// or https://".to_owned()));
        }
        let http = reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none()).no_proxy();
        let http = http.build().map_err(|error| fail(error.to_string()))?;
        Ok(Self { http, address: address.trim_end_matches('/').to_owned(), token: None })
    }

    /// The same registry as the holder of this access or host token.
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub async fn login(&self, email: &str, password: &str) -> Result<Tokens, ClientError> {
        let (email, password) = (email.to_owned(), password.to_owned());
        self.sign_in(&Login { email, password, code: None, device: None }).await
    }

    /// The same, with a code of the second factor or a label.
    pub async fn sign_in(&self, login: &Login) -> Result<Tokens, ClientError> {
        self.post("/v1/auth/login", login).await
    }

    pub async fn refresh(&self, refresh_token: &str) -> Result<Tokens, ClientError> {
        self.post("/v1/auth/refresh", &Refresh { refresh_token: refresh_token.to_owned() }).await
    }

    /// Ends the whole family of this refresh token, and the access tokens made from it.
    pub async fn logout(&self, refresh_token: &str) -> Result<(), ClientError> {
        self.post("/v1/auth/logout", &Refresh { refresh_token: refresh_token.to_owned() }).await
    }

    /// The key set, as JSON text.
    pub async fn jwks(&self) -> Result<String, ClientError> {
        let bytes = self.bytes(self.request(Method::GET, "/.well-known/jwks.json"), ANSWER_BYTES).await?;
        String::from_utf8(bytes).map_err(|error| self.strange("the key set", &error))
    }

    pub async fn me(&self) -> Result<Me, ClientError> {
        self.get("/v1/me").await
    }

    pub async fn new_org(&self, org: &NewOrg) -> Result<Org, ClientError> {
        self.post("/v1/orgs", org).await
    }

    pub async fn org(&self, slug: &str) -> Result<Org, ClientError> {
        self.get(&format!("/v1/orgs/{}", part(slug))).await
    }

    /// Adds a person to an organisation, or changes their role.
    pub async fn new_org_member(&self, org: &str, member: &NewMember) -> Result<(), ClientError> {
        self.post(&format!("/v1/orgs/{}/members", part(org)), member).await
    }

    pub async fn keys(&self, org: &str) -> Result<Vec<Key>, ClientError> {
        self.get(&format!("/v1/orgs/{}/keys", part(org))).await
    }

    /// Nothing more is published with this key.
    pub async fn revoke_key(&self, org: &str, key_id: &str) -> Result<(), ClientError> {
        self.delete(&format!("/v1/orgs/{}/keys/{}", part(org), part(key_id))).await
    }

    pub async fn new_key(&self, org: &str, key: &NewKey) -> Result<Key, ClientError> {
        self.post(&format!("/v1/orgs/{}/keys", part(org)), key).await
    }

    pub async fn new_tenant(&self, tenant: &NewTenant) -> Result<Tenant, ClientError> {
        self.post("/v1/tenants", tenant).await
    }

    pub async fn tenant(&self, tenant: &str) -> Result<Tenant, ClientError> {
        self.get(&format!("/v1/tenants/{}", part(tenant))).await
    }

    pub async fn members(&self, tenant: &str) -> Result<Vec<Member>, ClientError> {
        self.get(&format!("/v1/tenants/{}/members", part(tenant))).await
    }

    /// Takes a person (by id) out of a tenant.
    pub async fn remove_member(&self, tenant: &str, person: &str) -> Result<(), ClientError> {
        self.delete(&format!("/v1/tenants/{}/members/{}", part(tenant), part(person))).await
    }

    /// Adds a person to a tenant, or changes their role.
    pub async fn new_member(&self, tenant: &str, member: &NewMember) -> Result<(), ClientError> {
        self.post(&format!("/v1/tenants/{}/members", part(tenant)), member).await
    }

    pub async fn new_device(&self, tenant: &str, name: &str) -> Result<Device, ClientError> {
        self.post(&format!("/v1/tenants/{}/devices", part(tenant)), &NewDevice { name: name.to_owned() }).await
    }

    pub async fn devices(&self, tenant: &str) -> Result<Vec<Device>, ClientError> {
        self.get(&format!("/v1/tenants/{}/devices", part(tenant))).await
    }

    /// Another token for a device; the one before is void.
    pub async fn rotate_device(&self, tenant: &str, device: &str) -> Result<Device, ClientError> {
        let path = format!("/v1/tenants/{}/devices/{}/rotate", part(tenant), part(device));
        self.answer(self.request(Method::POST, &path)).await
    }

    /// Switches a device off, or on again.
    pub async fn switch_device(&self, tenant: &str, device: &str, on: bool) -> Result<Device, ClientError> {
        let what = if on { "enable" } else { "disable" };
        let path = format!("/v1/tenants/{}/devices/{}/{what}", part(tenant), part(device));
        self.answer(self.request(Method::POST, &path)).await
    }

    /// Gives a device a client certificate (PEM) instead of the one it had.
    pub async fn certify_device(&self, tenant: &str, device: &str, pem: &str) -> Result<Device, ClientError> {
        let path = format!("/v1/tenants/{}/devices/{}/certificate", part(tenant), part(device));
        self.answer(self.request(Method::PUT, &path).json(&NewCertificate { pem: pem.to_owned() })).await
    }

    /// Takes a device's client certificate away; its token still counts.
    pub async fn delete_certificate(&self, tenant: &str, device: &str) -> Result<(), ClientError> {
        self.delete(&format!("/v1/tenants/{}/devices/{}/certificate", part(tenant), part(device))).await
    }

    pub async fn delete_device(&self, tenant: &str, device: &str) -> Result<(), ClientError> {
        self.delete(&format!("/v1/tenants/{}/devices/{}", part(tenant), part(device))).await
    }

    pub async fn new_module(&self, module: &NewModule) -> Result<ModulePage, ClientError> {
        self.post("/v1/modules", module).await
    }

    /// Submits a component with the publisher's signed statement.
    pub async fn publish(&self, module: &str, component: Vec<u8>, statement: &str) -> Result<Submitted, ClientError> {
        let request = self.request(Method::POST, &format!("/v1/modules/{}/versions", part(module)));
        let request = request.header("content-type", "application/wasm").body(component);
        self.answer(request.header(Submitted::STATEMENT, statement)).await
    }

    pub async fn modules(&self, query: &str, segment: &str) -> Result<Listed, ClientError> {
        let given = [("query", query), ("segment", segment)].into_iter().filter(|(_, value)| !value.is_empty());
        // The serializer is no `Send`, so it must be gone before the wait.
        let path = url::form_urlencoded::Serializer::new("/v1/modules?".to_owned()).extend_pairs(given).finish();
        self.get(&path).await
    }

    pub async fn module(&self, module: &str) -> Result<ModulePage, ClientError> {
        self.get(&format!("/v1/modules/{}", part(module))).await
    }

    pub async fn version(&self, module: &str, version: &str) -> Result<VersionPage, ClientError> {
        self.get(&format!("/v1/modules/{}/versions/{}", part(module), part(version))).await
    }

    /// The component of this digest. The caller checks the digest.
    pub async fn artifact(&self, digest: &str) -> Result<Vec<u8>, ClientError> {
        let request = self.request(Method::GET, &format!("/v1/artifacts/{}", part(digest)));
        self.bytes(request, limits::COMPONENT_BYTES).await
    }

    /// What proves the version made of the component of this digest.
    pub async fn evidence(&self, digest: &str) -> Result<Evidence, ClientError> {
        self.get(&format!("/v1/artifacts/{}/evidence", part(digest))).await
    }

    /// Changes how an approved version stands. When this returns, every connected host has it in force.
    pub async fn set_standing(
        &self,
        module: &str,
        version: &str,
        standing: &SetStanding,
    ) -> Result<VersionPage, ClientError> {
        self.post(&format!("/v1/modules/{}/versions/{}/standing", part(module), part(version)), standing).await
    }

    /// The signed list of withdrawn versions and keys, as JSON text. The caller verifies it.
    pub async fn revocations(&self) -> Result<String, ClientError> {
        let bytes = self.bytes(self.request(Method::GET, "/v1/revocations"), ANSWER_BYTES).await?;
        String::from_utf8(bytes).map_err(|error| self.strange("the revocation list", &error))
    }

    /// Submissions that the caller may see, newest first.
    pub async fn submissions(&self, state: Option<SubmissionState>) -> Result<Vec<Submission>, ClientError> {
        let query = state.map_or_else(String::new, |state| format!("?state={}", state.as_str()));
        self.get(&format!("/v1/submissions{query}")).await
    }

    pub async fn submission(&self, id: &str) -> Result<Submission, ClientError> {
        self.get(&format!("/v1/submissions/{}", part(id))).await
    }

    pub async fn decide(&self, id: &str, decision: &Decide) -> Result<Submission, ClientError> {
        self.post(&format!("/v1/submissions/{}/decision", part(id)), decision).await
    }

    pub async fn subscribe(&self, tenant: &str, subscribe: &Subscribe) -> Result<Subscription, ClientError> {
        self.post(&format!("/v1/tenants/{}/subscriptions", part(tenant)), subscribe).await
    }

    pub async fn subscriptions(&self, tenant: &str) -> Result<Vec<Subscription>, ClientError> {
        self.get(&format!("/v1/tenants/{}/subscriptions", part(tenant))).await
    }

    /// Ends a subscription. When this returns, every connected host refuses the next call.
    pub async fn unsubscribe(&self, tenant: &str, module: &str) -> Result<(), ClientError> {
        self.delete(&format!("/v1/tenants/{}/subscriptions/{}", part(tenant), part(module))).await
    }

    /// For hosts: the next snapshot after `seq`, waiting up to `wait_s`; none when nothing changed meanwhile.
    pub async fn snapshot(&self, after: u64, wait_s: u64) -> Result<Option<SignedSnapshot>, ClientError> {
        let request = self.request(Method::GET, &format!("/v1/hosts/snapshot?after={after}&wait_s={wait_s}"));
        let bytes = self.bytes(request, ANSWER_BYTES).await?;
        if bytes.is_empty() {
            return Ok(None);
        }
        serde_json::from_slice(&bytes).map(Some).map_err(|error| self.strange("a snapshot", &error))
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.address));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.answer(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        self.answer(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<(), ClientError> {
        self.answer(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn answer<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ClientError> {
        let bytes = self.bytes(request, ANSWER_BYTES).await?;
        let text = if bytes.is_empty() { b"null" } else { bytes.as_slice() };
        serde_json::from_slice(text).map_err(|error| self.strange("a request", &error))
    }

    async fn bytes(&self, request: RequestBuilder, max: usize) -> Result<Vec<u8>, ClientError> {
        let mut response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
            if bytes.len() + chunk.len() > max {
                return Err(ClientError::Strange { what: "a request".into(), why: format!("more than {max} bytes") });
            }
            bytes.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return Ok(bytes);
        }
        match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) => Err(ClientError::Refused(Box::new(problem))),
            Err(_) => Err(self.bare(status)),
        }
    }

    fn bare(&self, status: StatusCode) -> ClientError {
        ClientError::Unreachable {
            address: self.address.clone(),
            why: format!("it answered {status} without a problem"),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> ClientError {
        // The innermost cause says what a person can act on: refused, timed out, no such host.
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        ClientError::Unreachable { address: self.address.clone(), why: cause.to_string() }
    }

    fn strange(&self, what: &str, error: &dyn std::error::Error) -> ClientError {
        ClientError::Strange { what: what.to_owned(), why: error.to_string() }
    }
}

/// One segment of a path.
pub(crate) fn part(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
