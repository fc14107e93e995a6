//! `demo.json`: what a program needs to know to use the demo, written once it is ready.

use super::memory::Device;
use crate::files::{self, Secrecy};
use serde::Serialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toolcrib_ingest::mqtt::user_name;

/// The whole file.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    pub base_url: String,
    pub mqtt: MqttAddress,
    pub marketplace: Account,
    /// Approves beside `marketplace` where two people must.
    pub second_reviewer: Account,
    /// The pilot city.
    pub authority: AuthorityAccount,
    pub providers: Vec<ProviderAccount>,
    pub tenants: Vec<TenantAccount>,
    pub modules: Vec<ModuleVersion>,
    /// Of the tenant that comes last.
    pub terminals: Vec<Terminal>,
    pub operators: Vec<OperatorAccount>,
}

/// A terminal, and the address that makes a tablet it: good for some minutes, once.
#[derive(Clone, Debug, Serialize)]
pub struct Terminal {
    pub name: String,
    pub pair: String,
}

/// Somebody at the terminals.
#[derive(Clone, Debug, Serialize)]
pub struct OperatorAccount {
    pub code: String,
    pub name: String,
    pub pin: String,
    pub badge: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Account {
    pub email: String,
    pub password: String,
}

/// The pilot city's authority with its people.
#[derive(Clone, Debug, Serialize)]
pub struct AuthorityAccount {
    pub slug: String,
    /// Six digits of GB/T 2260.
    pub city: String,
    /// Id of its programme.
    pub programme: String,
    pub official: Account,
    pub assessor: Account,
    pub auditor: Account,
}

#[derive(Clone, Debug, Serialize)]
pub struct ProviderAccount {
    pub slug: String,
    pub email: String,
    pub password: String,
}

/// A tenant with its owner and a device that may post readings.
#[derive(Clone, Debug, Serialize)]
pub struct TenantAccount {
    pub id: String,
    pub slug: String,
    pub email: String,
    pub password: String,
    pub device: DeviceAccount,
}

/// Where devices come in over MQTT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MqttAddress {
    pub host: String,
    pub port: u16,
}

impl From<SocketAddr> for MqttAddress {
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port() }
    }
}

/// A device: over HTTP it shows its token, over MQTT a user name, and the same token as the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceAccount {
    pub id: String,
    pub token: String,
    pub username: String,
    pub password: String,
}

impl DeviceAccount {
    /// The account of a tenant's device.
    pub fn of(tenant: &str, device: Device) -> Self {
        let Device { id, token } = device;
        Self { username: user_name(tenant, &id), password: token.clone(), id, token }
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct ModuleVersion {
    pub name: String,
    pub version: String,
}

/// Where it lies in the data directory.
pub fn file(data: &Path) -> PathBuf {
    data.join("demo.json")
}

/// Takes an old one away: it would tell an old address.
pub fn forget(data: &Path) {
    let _ = std::fs::remove_file(file(data));
}

/// Writes it, whole or not at all, for its owner only: it holds passwords.
///
/// # Errors
/// The disk.
pub fn write(data: &Path, facts: &Facts) -> anyhow::Result<()> {
    files::write(&file(data), &serde_json::to_vec_pretty(facts)?, Secrecy::Secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_exactly_the_promised_shape() {
        let text = String::from;
        let facts = Facts {
            base_url: text("http://127.0.0.1:8080"),
            mqtt: SocketAddr::from(([127, 0, 0, 1], 1_883)).into(),
            marketplace: Account { email: text("a"), password: text("p") },
            second_reviewer: Account { email: text("b"), password: text("q") },
            authority: AuthorityAccount {
                slug: text("y"),
                city: text("339900"),
                programme: text("i"),
                official: Account { email: text("o"), password: text("p") },
                assessor: Account { email: text("e"), password: text("p") },
                auditor: Account { email: text("u"), password: text("p") },
            },
            providers: vec![ProviderAccount { slug: text("s"), email: text("a"), password: text("p") }],
            tenants: vec![TenantAccount {
                id: text("i"),
                slug: text("s"),
                email: text("a"),
                password: text("p"),
                device: DeviceAccount::of("s", Device { id: text("d"), token: text("t") }),
            }],
            modules: vec![ModuleVersion { name: text("oee"), version: text("1.0.0") }],
            terminals: vec![Terminal { name: text("n"), pair: text("u") }],
            operators: vec![OperatorAccount { code: text("c"), name: text("n"), pin: text("1"), badge: text("b") }],
        };
        let expected = serde_json::json!({
            "base_url": "http://127.0.0.1:8080",
            "mqtt": {"host": "127.0.0.1", "port": 1883},
            "marketplace": {"email": "a", "password": "p"},
            "second_reviewer": {"email": "b", "password": "q"},
            "authority": {
                "slug": "y", "city": "339900", "programme": "i", "official": {"email": "o", "password": "p"},
                "assessor": {"email": "e", "password": "p"}, "auditor": {"email": "u", "password": "p"},
            },
            "providers": [{"slug": "s", "email": "a", "password": "p"}],
            "tenants": [{"id": "i", "slug": "s", "email": "a", "password": "p", "device": {
                "id": "d", "token": "t", "username": "s/d", "password": "t",
            }}],
            "modules": [{"name": "oee", "version": "1.0.0"}],
            "terminals": [{"name": "n", "pair": "u"}],
            "operators": [{"code": "c", "name": "n", "pin": "1", "badge": "b"}],
        });
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &facts).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&std::fs::read(file(dir.path())).unwrap()).unwrap();
        assert_eq!(written, expected);
        forget(dir.path());
        assert!(!file(dir.path()).exists());
    }
}
