//! Effects over HTTPS: only to public addresses, no redirects, bounded in time and size.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use toolcrib_runtime::{Courier, Delivery};

/// Time for one delivery.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Posts effects as webhooks.
pub struct Webhooks {
    client: reqwest::Client,
}

impl Webhooks {
    /// # Errors
    /// The TLS library cannot be set up.
    pub fn new() -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            .dns_resolver(Arc::new(PublicOnly))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self { client })
    }
}

impl Courier for Webhooks {
    fn deliver(&self, delivery: Delivery) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(async move {
            let url: reqwest::Url =
                delivery.target.parse().map_err(|error| format!("the target is no URL: {error}"))?;
            // The resolver is not asked about addresses written as numbers.
            let literal = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
            if url.scheme() != "https" || literal.is_some_and(|ip| !is_public(ip)) {
                return Err("only https to public addresses".to_owned());
            }
            let request = self.client.post(url).header("idempotency-key", delivery.id.to_string());
            let request =
                request.header("webhook-id", delivery.id.to_string()).header("content-type", "application/json");
            let response = request.body(delivery.body).send().await.map_err(|error| error.to_string())?;
            if response.status().is_success() { Ok(()) } else { Err(format!("answered {}", response.status())) }
        })
    }
}

/// Resolves names, and drops every address that is not public: a name of a stranger must not reach into the plant.
struct PublicOnly;

impl reqwest::dns::Resolve for PublicOnly {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(public.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

fn is_public(ip: IpAddr) -> bool {
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
    fn effects_never_reach_private_addresses() {
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
