//! A factory's own broker behind TLS: a real Mosquitto that proves who it is, and asks who we are.

use super::brokers::{Api, program};
use crate::chaos::servers::{Product, Servers};
use crate::mosquitto::Mosquitto;
use crate::wait::until_async;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);
/// The broker's name, as its certificate has it.
const NAME: &str = "broker.plant";
const READINGS: i64 = 50;

/// Who signs certificates.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key.
struct Made {
    certificate: String,
    key: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    fn sign(&self, names: &[&str], has_expired: bool) -> Made {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names.clone()).unwrap();
        params.distinguished_name.push(DnType::CommonName, names[0].as_str());
        if has_expired {
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Made { certificate, key: key.serialize_pem() }
    }
}

/// A broker that asks whoever connects for a certificate of `authority`, and shows this one.
fn broker(program: &str, folder: &Path, authority: &Authority, shows: &Made) -> Mosquitto {
    std::fs::create_dir_all(folder).unwrap();
    let file = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        file.display().to_string()
    };
    let (ca, certificate) = (file("ca.pem", &authority.pem), file("certificate.pem", &shows.certificate));
    let key = file("key.pem", &shows.key);
    let more =
        format!("allow_anonymous true\ncafile {ca}\ncertfile {certificate}\nkeyfile {key}\nrequire_certificate true");
    tokio::task::block_in_place(|| Mosquitto::start(program, folder, &more))
}

/// The client that nobody here wrote, with a certificate of its own.
fn publish(mosquitto: &Mosquitto, folder: &Path, own: &Made, lines: &[String]) {
    let (certificate, key) = (folder.join("client.pem"), folder.join("client-key.pem"));
    std::fs::write(&certificate, &own.certificate).unwrap();
    std::fs::write(&key, &own.key).unwrap();
    let mut command = Command::new("mosquitto_pub");
    command.args(["-h", "127.0.0.1", "-p", &mosquitto.address.port().to_string(), "-q", "1", "-t", "plant/readings"]);
    command.arg("--cafile").arg(folder.join("ca.pem")).arg("--cert").arg(&certificate).arg("--key").arg(&key).arg("-l");
    let mut client = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    client.stdin.take().unwrap().write_all(lines.concat().as_bytes()).unwrap();
    let said = client.wait_with_output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_with_tls_proves_its_name_and_hears_who_we_are_before_anything_is_read() {
    let Some(program) = program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (site, stranger) = (Authority::new("the site"), Authority::new("a stranger"));
    let (current, old) = (site.sign(&[NAME, "127.0.0.1"], false), site.sign(&[NAME], true));
    let mosquitto = broker(program, &folder.path().join("current"), &site, &current);
    let expired = broker(program, &folder.path().join("old"), &site, &old);
    let named = |host: &str, mosquitto: &Mosquitto| {
        let address = mosquitto.address;
        format!("[[host.intranet]]\ntenant = \"plant-0\"\nhost = \"{host}\"\naddress = \"{address}\"\n")
    };
    // The name is the one in the address that people typed, wherever it leads.
    let config = [
        named("broker.plant:8883", &mosquitto),
        named("other.plant:8883", &mosquitto),
        named("broker.plant:8884", &expired),
    ];
    let (servers, host) = Servers::with(1, Product { config: &config.concat(), ..Product::DAYBOOK }).await;
    let tenant = &servers.tenants[0];
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let api = Api { http, url: host.url.clone(), token: servers.owner_token().await, tenant };
    let (ours, theirs) = (site.sign(&["toolcrib"], false), stranger.sign(&["toolcrib"], false));
    let asked = |url: &str, ca: &str, own: Option<(&str, Option<&str>)>| {
        let (certificate, key) = own.map_or(("", None), |(certificate, key)| (certificate, key));
        json!([{"name": "plant", "url": url, "topics": ["plant/#"], "ca": ca, "certificate": certificate, "key": key}])
    };
    let steps = [
        ("mqtts://broker.plant", "", None, "certificate-unknown"),
        ("mqtts://broker.plant", &*stranger.pem, None, "certificate-unknown"),
        ("mqtts://other.plant", &*site.pem, None, "certificate-name"),
        ("mqtts://broker.plant:8884", &*site.pem, None, "certificate-date"),
        ("mqtts://broker.plant", &*site.pem, None, "certificate-ours"),
        ("mqtts://broker.plant", &*site.pem, Some(&theirs), "certificate-ours"),
        ("mqtts://broker.plant", &*site.pem, Some(&ours), "connected"),
    ];
    for (version, (url, ca, own, code)) in steps.into_iter().enumerate() {
        let own = own.map(|made| (&*made.certificate, Some(&*made.key)));
        let (status, said) = api.put(version as u64, asked(url, ca, own)).await;
        assert_eq!(status, 200, "{said}");
        api.stands(code).await;
    }
    // Left out, the key stays; another one does not belong to the certificate.
    let kept = replace(&api, asked("mqtts://broker.plant", &site.pem, Some((&ours.certificate, None)))).await;
    assert_eq!(kept.0, 200, "{}", kept.1);
    api.stands("connected").await;
    let other = asked("mqtts://broker.plant", &site.pem, Some((&ours.certificate, Some(&theirs.key))));
    let (status, problem) = replace(&api, other).await;
    assert_eq!((status, problem["errors"][0]["pointer"].clone()), (422, json!("/brokers/0/key")));
    let secret = ours.key.lines().nth(1).unwrap();
    let shown = api.get().await;
    assert!(!shown.contains(secret) && shown.contains("\"has_key\":true"), "{shown}");
    let made = std::fs::metadata(servers.folder()).unwrap().modified().unwrap();
    let now_us = made.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_micros() as i64;
    let at = |nth: i64| toolcrib_contract::types::Instant(now_us + nth);
    let line = |nth: i64| format!("{{\"signal\":\"press.good\",\"at\":\"{}\",\"value\":{nth}}}\n", at(nth));
    let lines: Vec<_> = (0..READINGS).map(line).collect();
    tokio::task::block_in_place(|| publish(&mosquitto, &folder.path().join("current"), &ours, &lines));
    let values = until_async("all readings", SOON, || async {
        let values = api.values("press.good", at(0), at(READINGS)).await;
        (values.len() as i64 >= READINGS).then_some(values)
    })
    .await;
    assert_eq!(values, (0..READINGS).collect::<Vec<_>>(), "each once, in order");
    assert!(!host.log().contains(secret));
    tokio::task::block_in_place(|| host.stop());
}

/// Replaces the brokers that are in force.
async fn replace(api: &Api<'_>, brokers: Value) -> (u16, Value) {
    let shown: Value = serde_json::from_str(&api.get().await).unwrap();
    api.put(shown["version"].as_u64().unwrap(), brokers).await
}
