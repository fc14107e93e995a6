//! Who may come in: the device behind a user name and its token or client certificate, and what its CONNECT may ask for.

use super::topic::{is_topic, may_publish};
use crate::Credential;
use rmqtt_codec::v5::{Connect, ConnectAckReason};
use std::sync::Arc;
use toolcrib_contract::types::RawId;
use toolcrib_runtime::Runtime;

/// Bytes of a client id.
const CLIENT_ID_BYTES: usize = 256;

/// A device that has shown its token or its certificate.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub tenant: RawId,
    /// The tenant's short name, as its topics have it.
    pub slug: Arc<str>,
    pub device: Arc<str>,
    pub credential: Credential,
}

/// The device that this CONNECT comes from, if it may come in.
///
/// # Errors
/// The reason for the client: the same for an unknown tenant, device and token.
pub(super) fn admit(
    runtime: &Runtime,
    connect: &Connect,
    certificate: Option<Credential>,
) -> Result<Identity, ConnectAckReason> {
    if connect.auth_method.is_some() {
        return Err(ConnectAckReason::BadAuthenticationMethod);
    }
    if connect.client_id.len() > CLIENT_ID_BYTES || connect.client_id.contains('\0') {
        return Err(ConnectAckReason::ClientIdentifierNotValid);
    }
    let identity = identify(runtime, connect, certificate)?;
    if let Some(will) = &connect.last_will {
        if !is_topic(&will.topic) {
            return Err(ConnectAckReason::TopicNameInvalid);
        }
        if !may_publish(&identity.slug, &identity.device, &will.topic) {
            return Err(ConnectAckReason::NotAuthorized);
        }
    }
    Ok(identity)
}

/// Who gives a token is known by it alone, whatever certificate it has.
fn identify(
    runtime: &Runtime,
    connect: &Connect,
    certificate: Option<Credential>,
) -> Result<Identity, ConnectAckReason> {
    const STRANGER: ConnectAckReason = ConnectAckReason::BadUserNameOrPassword;
    let (tenant, device) = connect.username.as_deref().and_then(|name| name.split_once('/')).ok_or(STRANGER)?;
    let credential = match connect.password.as_deref() {
        Some(token) => Credential::of_token(std::str::from_utf8(token).map_err(|_| STRANGER)?),
        None => certificate.ok_or(STRANGER)?,
    };
    let tenant = runtime.tenant(tenant).map_err(|_| STRANGER)?;
    let known = tenant.devices.iter().find(|known| known.id == device && credential.is_of(known)).ok_or(STRANGER)?;
    // Only who has the credential learns that the tenant is suspended, or the device switched off.
    if !tenant.active || !known.active {
        return Err(ConnectAckReason::NotAuthorized);
    }
    Ok(Identity { tenant: tenant.id, slug: tenant.slug.as_str().into(), device: known.id.as_str().into(), credential })
}
