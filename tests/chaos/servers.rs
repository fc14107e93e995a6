//! A marketplace and a host as processes of the real program, and tenants that use one of the guests.

use crate::wait::{until, until_async};
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use toolcrib_contract::world::Chance;
use toolcrib_registry_client::Client;
use toolcrib_registry_client::wire::{
    Decide, NewKey, NewMember, NewModule, NewOrg, NewTenant, OrgKind, SubmissionState, Subscribe,
};
use toolcrib_trust::publication::Publication;
use toolcrib_trust::{Signer, secret, statement};

/// The server's executable, built with this crate.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_toolcrib-under-test");
/// An unoptimised server on two busy cores.
const START: Duration = Duration::from_secs(60);
/// Checks of a submission, unoptimised.
pub const VETTING: Duration = Duration::from_secs(120);
pub const ADMIN: &str = "admin@marketplace.example";
/// Names the file that says how many microseconds the servers' clocks are ahead.
const AHEAD: &str = "UNDER_TEST_AHEAD_US";
/// Everybody's but the administrator's.
pub const PASSWORD: &str = "a long enough password";
const SECOND: &str = "second@marketplace.example";
pub const OWNER: &str = "owner@plant.example";

/// The system's randomness.
pub struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system gives random bytes");
    }
}

/// A server process. Dropping it kills it.
pub struct Process {
    child: Child,
    log: PathBuf,
    out: PathBuf,
    /// Where it listens.
    pub url: String,
}

impl Process {
    /// Starts `command` and waits until it has said where it listens.
    pub fn start(command: &mut Command, folder: &Path, name: &str) -> Self {
        let (log, out) = (folder.join(format!("{name}.log")), folder.join(format!("{name}.out")));
        command.stdin(Stdio::null()).stdout(File::create(&out).unwrap()).stderr(File::create(&log).unwrap());
        let child = command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let mut process = Self { child, log, out, url: String::new() };
        process.url = until(name, START, || {
            if let Some(status) = process.child.try_wait().unwrap() {
                panic!("{name} ended with {status}:\n{}", process.log());
            }
            let log = process.log();
            let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            lines.filter_map(|line| Some(format!("http://{}", line["address"].as_str()?))).next()
        });
        process
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn out(&self) -> String {
        std::fs::read_to_string(&self.out).unwrap_or_default()
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and waits until it did.
    pub fn stop(mut self) {
        self.signal(rustix::process::Signal::TERM);
        let status = until("a server to stop", START, || self.child.try_wait().unwrap());
        assert!(status.success(), "it stopped with {status}:\n{}", self.log());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A tenant of the host.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub id: String,
    pub slug: String,
    /// Its device's id, and that device's token.
    pub device: String,
    pub device_token: String,
}

/// What is published, and what the tenants agree to.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a> {
    /// A guest of `guests/modules`, or a module of ours.
    pub module: &'a str,
    pub grants: &'a [&'a str],
    /// A query without parameters: it answers when the subscription is in force.
    pub query: &'a str,
    /// Further lines of the host's configuration.
    pub config: &'a str,
    /// Further lines of the marketplace's.
    pub marketplace: &'a str,
}

impl Product<'_> {
    /// The guest `daybook`, which needs no grant.
    pub const DAYBOOK: Product<'static> =
        Product { module: "daybook", grants: &[], query: "empty", config: "", marketplace: "" };
}

/// A marketplace that runs, and a host that can be started.
pub struct Servers {
    pub registry: Process,
    pub tenants: Vec<Tenant>,
    /// Access token of their owner.
    pub token: String,
    folder: tempfile::TempDir,
}

impl Servers {
    /// An empty marketplace and a host that follows it, each with further lines in its configuration, and the
    /// marketplace's administrator.
    pub async fn bare(marketplace: &str, host: &str) -> (Self, Process, Client) {
        let folder = tempfile::tempdir().unwrap();
        let token = secret::generate(secret::HOST, &SystemChance);
        let registry = start_registry(folder.path(), &token, marketplace);
        write_host_config(folder.path(), &registry, &token, host);
        let servers = Self { registry, tenants: Vec::new(), token: String::new(), folder };
        let host = servers.serve();
        let admin = sign_in(&servers.client(), ADMIN, &first_password(&servers.registry)).await;
        (servers, host, admin)
    }

    /// The marketplace as nobody.
    pub fn client(&self) -> Client {
        Client::new(&self.registry.url).unwrap()
    }

    /// Publishes `daybook` through the real pipeline and subscribes this many tenants to it.
    pub async fn with_tenants(tenants: usize) -> (Self, Process) {
        Self::with(tenants, Product::DAYBOOK).await
    }

    /// The same with another product.
    pub async fn with(tenants: usize, product: Product<'_>) -> (Self, Process) {
        let (mut servers, host, admin) = Self::bare(product.marketplace, product.config).await;
        let registry = servers.client();
        publish(&registry, &admin, product.module).await;
        admin.new_org(&organisation("plant", OrgKind::Sme, OWNER)).await.unwrap();
        servers.token = registry.login(OWNER, PASSWORD).await.unwrap().access_token;
        let owner = registry.with_token(&servers.token);
        for nth in 0..tenants {
            servers.tenants.push(subscribe(&owner, nth, product).await);
        }
        // The first token was issued before its owner had any tenant.
        servers.token = registry.login(OWNER, PASSWORD).await.unwrap().access_token;
        for tenant in &servers.tenants {
            until_called(&host.url, tenant, &servers.token, product).await;
        }
        (servers, host)
    }

    /// Starts the host on what its data directory holds.
    pub fn serve(&self) -> Process {
        Process::start(&mut self.serve_command(PROGRAM.as_ref()), self.folder.path(), "serve")
    }

    /// Waits until a host that starts from nothing knows the tenants and whoever asks.
    pub async fn known_to(&self, host: &Process) {
        self.known_with(&self.token, host).await;
    }

    /// The same with a token that is younger than these servers.
    pub async fn known_with(&self, token: &str, host: &Process) {
        for tenant in &self.tenants {
            until_called(&host.url, tenant, token, Product::DAYBOOK).await;
        }
    }

    /// The same where the tenants use another product.
    pub async fn known_as(&self, host: &Process, product: Product<'_>) {
        for tenant in &self.tenants {
            until_called(&host.url, tenant, &self.token, product).await;
        }
    }

    /// Starts the n-th host of the same registry and configuration, each on a data directory of its own; the 0th is
    /// [`Servers::serve`].
    pub fn serve_as(&self, nth: usize) -> Process {
        if nth == 0 {
            return self.serve();
        }
        Process::start(&mut self.serve_command_as(nth), self.folder.path(), &format!("serve-{nth}"))
    }

    /// What starts it.
    pub fn serve_command_as(&self, nth: usize) -> Command {
        let mut command = self.serve_command(PROGRAM.as_ref());
        command.arg("--data").arg(self.folder.path().join(format!("host-{nth}")));
        command
    }

    /// The same, with another program in front, whose last arguments are the server's.
    pub fn serve_command(&self, program: &std::ffi::OsStr) -> Command {
        let mut command = Command::new(program);
        command.args(["serve", "--config"]).arg(self.folder.path().join("host.toml"));
        command.env(AHEAD, ahead_of(self.folder.path()));
        command
    }

    /// Moves the clocks of marketplace and hosts ahead of the system's by so many microseconds in all.
    pub fn ahead(&self, us: i64) {
        let (file, new) = (ahead_of(self.folder.path()), self.folder.path().join("ahead.new"));
        std::fs::write(&new, us.to_string()).unwrap();
        std::fs::rename(new, file).unwrap();
    }

    /// Asks the marketplace to stop, and waits until it did; hosts go on.
    pub fn stop_registry(&mut self) {
        self.registry.signal(rustix::process::Signal::TERM);
        let status = until("the marketplace to stop", START, || self.registry.child.try_wait().unwrap());
        assert!(status.success(), "it stopped with {status}:\n{}", self.registry.log());
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The marketplace's administrator.
    pub async fn admin(&self) -> Client {
        sign_in(&Client::new(&self.registry.url).unwrap(), ADMIN, &first_password(&self.registry)).await
    }

    /// The owner of the tenants, signed in anew.
    pub async fn owner(&self) -> Client {
        sign_in(&Client::new(&self.registry.url).unwrap(), OWNER, PASSWORD).await
    }

    /// The owner's access token, with every tenant there is now.
    pub async fn owner_token(&self) -> String {
        Client::new(&self.registry.url).unwrap().login(OWNER, PASSWORD).await.unwrap().access_token
    }

    /// The folder of a tenant's files.
    pub fn files(&self, tenant: &Tenant) -> PathBuf {
        let end = &tenant.id[tenant.id.len() - 2..];
        self.folder.path().join("host/tenants").join(end).join(&tenant.id)
    }

    /// `toolcrib doctor` on the stopped host's data: whether it found everything whole, and what it said.
    pub fn doctor(&self) -> (bool, String) {
        let data = self.folder.path().join("host");
        let output = Command::new(PROGRAM).arg("doctor").arg("--data").arg(data).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }
}

/// The file that says how far the clocks are ahead.
fn ahead_of(folder: &Path) -> PathBuf {
    folder.join("ahead")
}

fn start_registry(folder: &Path, token: &str, settings: &str) -> Process {
    let config = format!(
        "listen = \"127.0.0.1:0\"\ndata = {:?}\n[marketplace]\nadmin = {ADMIN:?}\n{settings}\n[[marketplace.hosts]]\nname = \"host\"\ntoken_sha256 = {:?}\n",
        folder.join("registry"),
        secret::hash(token),
    );
    std::fs::write(folder.join("registry.toml"), config).unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["registry", "--config"]).arg(folder.join("registry.toml"));
    command.env(AHEAD, ahead_of(folder));
    Process::start(&mut command, folder, "registry")
}

fn write_host_config(folder: &Path, registry: &Process, token: &str, more: &str) {
    use std::os::unix::fs::PermissionsExt;
    let file = folder.join("host.token");
    std::fs::write(&file, token).unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    let out = registry.out();
    let said = |setting: &str| {
        let lines = out.lines().filter_map(|line| line.split_once(setting));
        lines.map(|(_, keys)| keys.to_owned()).next().unwrap_or_else(|| panic!("the registry says no {setting}"))
    };
    let (keys, logs) = (said("registry.public_keys = "), said("registry.log_keys = "));
    let config = format!(
        "listen = \"127.0.0.1:0\"\ndata = {:?}\n[registry]\nurl = {:?}\ntoken_file = {file:?}\npublic_keys = {keys}\nlog_keys = {logs}\npoll_s = 5\n{more}",
        folder.join("host"),
        registry.url,
    );
    std::fs::write(folder.join("host.toml"), config).unwrap();
}

pub fn first_password(registry: &Process) -> String {
    let out = registry.out();
    let (_, rest) = out.split_once(" has the password ").expect("the registry says the first password");
    rest.split(';').next().unwrap().to_owned()
}

/// The marketplace as this person.
pub async fn sign_in(registry: &Client, email: &str, password: &str) -> Client {
    let tokens = registry.login(email, password).await.unwrap();
    registry.with_token(tokens.access_token)
}

/// An organisation with its owner.
pub fn organisation(slug: &str, kind: OrgKind, owner: &str) -> NewOrg {
    let owner = NewMember {
        email: owner.to_owned(),
        name: "Owner".to_owned(),
        password: PASSWORD.to_owned(),
        role: "owner".to_owned(),
    };
    NewOrg { slug: slug.to_owned(), name: slug.to_owned(), kind, city: None, owner }
}

/// What is handed in of a version: its module, the component, the provider's statement about it.
pub struct Version {
    pub module: String,
    pub component: Vec<u8>,
    pub said: String,
}

/// Builds a guest, or a module of ours, and signs it with a new key of the provider `house`, which the marketplace is told
/// of together with the module.
pub async fn signed(provider: &Client, module: &str) -> Version {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guest = here.join("guests/modules").join(module);
    let folder = if guest.is_dir() { guest } else { here.join("../modules").join(module) };
    let build = move || cargo_toolcrib::build::component(&folder, &cargo_toolcrib::Tools::of(PROGRAM));
    let built = tokio::task::spawn_blocking(build)
        .await
        .unwrap()
        .unwrap_or_else(|error| panic!("{module} does not build: {error:?}"));
    let signer = Signer::generate(&SystemChance);
    let (context, message) = statement::key("house");
    let key = NewKey::plain(signer.public_key().to_base64(), signer.sign(context, &message));
    provider.new_key("house", &key).await.unwrap();
    provider.new_module(&NewModule { name: built.module.clone(), org: "house".to_owned() }).await.unwrap();
    let said = Publication::of(&built.bytes, &built.manifest, "test").seal(&signer);
    Version { module: built.module, component: built.bytes, said }
}

/// Builds, signs, submits and approves a guest.
async fn publish(registry: &Client, admin: &Client, module: &str) {
    admin.new_org(&organisation("house", OrgKind::Provider, "owner@house.example")).await.unwrap();
    let provider = sign_in(registry, "owner@house.example", PASSWORD).await;
    let version = signed(&provider, module).await;
    let submitted = provider.publish(&version.module, version.component, &version.said).await.unwrap();
    let checked = until_async("the checks", VETTING, || async {
        let submission = provider.submission(&submitted.submission).await.unwrap();
        (!submission.state.is_unchecked()).then_some(submission)
    });
    let checked = checked.await;
    let found = checked.report.map(|report| report.findings).unwrap_or_default();
    assert_eq!(checked.state, SubmissionState::Review, "{found:#?}");
    let second = NewMember {
        email: SECOND.to_owned(),
        name: "Second".to_owned(),
        password: PASSWORD.to_owned(),
        role: "reviewer".to_owned(),
    };
    admin.new_org_member("marketplace", &second).await.unwrap();
    // A first publication needs two people.
    for reviewer in [admin, &sign_in(registry, SECOND, PASSWORD).await] {
        let approve = Decide { decision: "approve".to_owned(), reason: String::new() };
        reviewer.decide(&checked.id, &approve).await.unwrap();
    }
}

/// A tenant of this number, subscribed to the product.
pub async fn subscribe(owner: &Client, nth: usize, product: Product<'_>) -> Tenant {
    let slug = format!("plant-{nth}");
    let new = NewTenant {
        org: "plant".to_owned(),
        slug: slug.clone(),
        name: slug.clone(),
        time_zone: "Asia/Shanghai".to_owned(),
    };
    let tenant = owner.new_tenant(&new).await.unwrap();
    let grants = product.grants.iter().map(|grant| grant.parse().unwrap()).collect();
    let subscribe = Subscribe { module: product.module.to_owned(), grants, ..Subscribe::default() };
    owner.subscribe(&tenant.id, &subscribe).await.unwrap();
    let device = owner.new_device(&tenant.id, "gateway").await.unwrap();
    Tenant { id: tenant.id, slug, device: device.id, device_token: device.token.expect("shown once") }
}

async fn until_called(url: &str, tenant: &Tenant, token: &str, product: Product<'_>) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let path = format!("{url}/v1/t/{}/m/{}/{}", tenant.slug, product.module, product.query);
    let called = until_async("the subscription to be in force", START, || async {
        let answer = http.post(&path).bearer_auth(token).json(&serde_json::json!({})).send().await.ok()?;
        answer.status().is_success().then_some(())
    });
    called.await;
}
