//! The one way out: where a name may lead, and HTTP clients that share nothing between tenants.
//!
//! Only `https`, only to public addresses, no redirect followed, no proxy, nothing decompressed. What a tenant may reach
//! inside the plant is named in the host's configuration (`[[host.intranet]]`), never by a module or a tenant.

use crate::config::Intranet;
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use toolcrib_contract::types::RawId;

/// Tenants whose connections are kept; the one that waited longest for its next request loses them.
const KEPT: usize = 64;
/// Idle connections kept to one host.
const IDLE: usize = 2;
/// How long.
const IDLE_TIME: Duration = Duration::from_secs(30);

/// What each tenant may reach inside the plant.
#[derive(Clone)]
pub struct Inside(Arc<[Intranet]>);

impl Inside {
    pub fn new(intranet: &[Intranet]) -> Self {
        Self(intranet.into())
    }

    /// What the operator says of this place; none: the tenant may not reach it inside.
    pub fn find(&self, tenant: &str, host: &str, port: u16) -> Option<Intranet> {
        let named = format!("{host}:{port}");
        self.0.iter().find(|entry| entry.tenant == tenant && entry.host == named).cloned()
    }
}

/// The clients of all tenants, and what each may reach inside the plant.
pub struct Clients {
    intranet: Vec<Intranet>,
    /// Most recently used last.
    kept: Mutex<Vec<(RawId, reqwest::Client)>>,
}

/// Where a request really goes.
pub struct Aim {
    pub client: reqwest::Client,
    pub url: Url,
    /// What the other side is called in the request.
    pub host: String,
}

impl Clients {
    pub fn new(intranet: &[Intranet]) -> Self {
        Self { intranet: intranet.to_vec(), kept: Mutex::default() }
    }

    /// Aims a tenant's request at `host`, which is what the tenant agreed to and the address must name.
    ///
    /// # Errors
    /// A sentence: the address names something else, or nothing that may be reached.
    pub fn aim(&self, tenant: RawId, slug: &str, host: &str, url: &str) -> Result<Aim, String> {
        let mut url: Url = url.parse().map_err(|error| format!("the address is no URL: {error}"))?;
        let (name, port) = host.rsplit_once(':').map_or((host, "443"), |(name, port)| (name, port));
        let same = url.scheme() == "https" && url.host_str() == Some(name) && url.username().is_empty();
        if !same || url.port_or_known_default().map(|port| port.to_string()).as_deref() != Some(port) {
            return Err(format!("the address is not at https://{host}"));
        }
        if url.domain().is_none() {
            return Err("only names are asked, not addresses".to_owned());
        }
        let entry = self.intranet.iter().find(|entry| entry.tenant == slug && entry.host == host);
        if let Some(Intranet { address: Some(address), plain_http, .. }) = entry {
            let aimed = url.set_port(Some(address.port())).is_ok()
                && (!plain_http || url.set_scheme("http").is_ok() && url.set_ip_host(address.ip()).is_ok());
            if !aimed {
                return Err("the configured address does not fit".to_owned());
            }
        }
        Ok(Aim { client: self.client(tenant, slug)?, url, host: host.to_owned() })
    }

    fn client(&self, tenant: RawId, slug: &str) -> Result<reqwest::Client, String> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let client = match kept.iter().position(|(id, _)| *id == tenant) {
            Some(at) => kept.remove(at).1,
            None => self.build(slug).map_err(|error| format!("no client can be made: {error}"))?,
        };
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((tenant, client.clone()));
        Ok(client)
    }

    fn build(&self, slug: &str) -> reqwest::Result<reqwest::Client> {
        let inside = self.intranet.iter().filter(|entry| entry.tenant == slug);
        let inside = inside.map(|entry| {
            let name = entry.host.rsplit_once(':').map_or(entry.host.as_str(), |(name, _)| name);
            (name.to_owned(), entry.address)
        });
        reqwest::Client::builder()
            .dns_resolver(Arc::new(Names { inside: inside.collect() }))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .pool_max_idle_per_host(IDLE)
            .pool_idle_timeout(IDLE_TIME)
            .build()
    }
}

/// Resolves names, and drops every address that is not public: a name of a stranger must not reach into the plant.
struct Names {
    /// Names that may, and where they are if not where the plant's own names service says.
    inside: Vec<(String, Option<SocketAddr>)>,
}

impl reqwest::dns::Resolve for Names {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let inside = self.inside.iter().find(|(inside, _)| inside == name.as_str()).map(|(_, address)| *address);
        Box::pin(async move {
            if let Some(Some(address)) = inside {
                return Ok(Box::new(std::iter::once(address)) as reqwest::dns::Addrs);
            }
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let may = |address: &SocketAddr| is_public(address.ip()) || inside.is_some() && is_private(address.ip());
            let reached: Vec<SocketAddr> = found.filter(may).collect();
            if reached.is_empty() {
                return Err("the name has no address that may be reached".into());
            }
            Ok(Box::new(reached.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

/// Inside a plant, and neither this machine nor what is only on its cable.
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private(),
        IpAddr::V6(ip) => ip.is_unique_local(),
    }
}

pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// Not in the special-purpose registries of RFC 6890 that lead back into a private network.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocol = a == 192 && b == 0 && c == 0;
    let benchmark = a == 198 && (b == 18 || b == 19);
    !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_documentation() || ip.is_multicast())
        && !(a == 0 || a >= 240 || shared || protocol || benchmark)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let [first, second, ..] = ip.segments();
    let nat64 = first == 0x64 && second == 0xff9b;
    // Global unicast is 2000::/3; what tunnels IPv4 inside it could lead anywhere.
    (first & 0xe000) == 0x2000 && first != 0x2002 && !(first == 0x2001 && (second == 0 || second == 0xdb8)) && !nat64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_private_addresses() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "114.114.114.114", "2400:3200::1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
