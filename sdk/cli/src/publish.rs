//! `cargo toolcrib publish`: sign a component, submit it, and wait for what the registry's checks say.

use crate::build::Built;
use crate::trouble::Trouble;
use std::time::Duration;
use toolcrib_contract::problem::{NOT_FOUND, NOT_UNIQUE, VERSION_EXISTS};
use toolcrib_registry_client::wire::{NewKey, NewModule, OrgKind, Submission, Submitted};
use toolcrib_registry_client::{Client, ClientError};
use toolcrib_trust::publication::Publication;
use toolcrib_trust::{Signer, statement};

/// Between two looks at a submission.
const PAUSE: Duration = Duration::from_millis(500);
/// Looks at a submission before giving up: ten minutes.
const LOOKS: u32 = 1_200;

/// Signs in.
///
/// # Errors
/// The registry cannot be reached or refuses.
pub async fn sign_in(registry: &str, email: &str, password: &str) -> Result<Client, Trouble> {
    let client = Client::new(registry).map_err(refused)?;
    let tokens = client.login(email, password).await.map_err(refused)?;
    Ok(client.with_token(tokens.access_token))
}

/// The organisation to publish for: the one named, or the only provider the person belongs to.
///
/// # Errors
/// The person belongs to no provider, to several, or not to that one.
pub async fn organisation(client: &Client, named: Option<&str>) -> Result<String, Trouble> {
    let me = client.me().await.map_err(refused)?;
    let providers: Vec<_> =
        me.orgs.iter().filter(|org| org.kind == OrgKind::Provider).map(|org| org.slug.as_str()).collect();
    let list = providers.join(", ");
    match (named, providers.as_slice()) {
        (_, []) => Err(Trouble::new(
            format!("{} belongs to no provider", me.email),
            "ask the marketplace to register your organisation",
        )),
        (Some(named), providers) if providers.contains(&named) => Ok(named.to_owned()),
        (Some(named), _) => Err(Trouble::new(
            format!("{} does not belong to `{named}`", me.email),
            format!("use --org with one of {list}"),
        )),
        (None, [one]) => Ok((*one).to_owned()),
        (None, _) => Err(Trouble::new(
            format!("{} belongs to several providers", me.email),
            format!("use --org with one of {list}"),
        )),
    }
}

/// Registers the key, takes the module's name if it is free, signs and submits. The client is signed in.
///
/// # Errors
/// The registry refuses: the name is another's, the version exists, the component is no module.
pub async fn submit(
    client: &Client,
    org: &str,
    signer: &Signer,
    built: &Built,
    said: &Publication,
) -> Result<Submitted, Trouble> {
    register_key(client, org, signer).await?;
    take_name(client, org, &built.module).await?;
    let submitted = client.publish(&built.module, built.bytes.clone(), &said.seal(signer)).await;
    submitted.map_err(|error| match error.code() {
        Some(code) if code == VERSION_EXISTS.code => {
            let what = format!("{} {} was submitted before", built.module, built.version);
            Trouble::new(what, "raise `version` in Cargo.toml and publish again")
        }
        _ => refused(error),
    })
}

/// Proves that the key is ours and adds it to the organisation, unless it is known: only owners may add one.
async fn register_key(client: &Client, org: &str, signer: &Signer) -> Result<(), Trouble> {
    let known = client.keys(org).await.map_err(refused)?;
    if known.iter().any(|key| key.key_id == signer.key_id()) {
        return Ok(());
    }
    let (context, message) = statement::key(org);
    let key = NewKey::plain(signer.public_key().to_base64(), signer.sign(context, &message));
    client.new_key(org, &key).await.map(drop).map_err(refused)
}

async fn take_name(client: &Client, org: &str, module: &str) -> Result<(), Trouble> {
    let owner = match client.module(module).await {
        Ok(page) => page.org,
        Err(error) if error.code() == Some(NOT_FOUND.code) => {
            let taken = client.new_module(&NewModule { name: module.to_owned(), org: org.to_owned() }).await;
            match taken {
                Ok(page) => page.org,
                // Another provider holds it and shows nothing of it yet.
                Err(error) if error.code() == Some(NOT_UNIQUE.code) => String::new(),
                Err(error) => return Err(refused(error)),
            }
        }
        Err(error) => return Err(refused(error)),
    };
    if owner == org {
        return Ok(());
    }
    Err(Trouble::new(
        format!("The name `{module}` belongs to another provider"),
        "choose another `name` in module! and publish again",
    ))
}

/// Waits until the checks are done.
///
/// # Errors
/// They are not within ten minutes, or the registry cannot be asked.
pub async fn wait(client: &Client, submission: &str) -> Result<Submission, Trouble> {
    for _ in 0..LOOKS {
        let found = client.submission(submission).await.map_err(refused)?;
        if !found.state.is_unchecked() {
            return Ok(found);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Trouble::new(
        "The registry's checks are not done after ten minutes",
        "look at the submission in the marketplace later",
    ))
}

/// What the registry said, as it said it.
pub(crate) fn refused(error: ClientError) -> Trouble {
    match error {
        ClientError::Refused(problem) => {
            Trouble::new(format!("The registry refuses: {problem}"), problem.remedy.clone())
        }
        other => Trouble::new(other.to_string(), "check the address given with --registry, and that the registry runs"),
    }
}
