//! Consent through the pages: what is optional is unticked, a grant reaches some machines, an upgrade asks for the difference
//! only, is declined and agreed to, and what was agreed to can be read afterwards.

use super::counter::Build;
use super::world::Market;
use crate::scenarios::views::Person;
use reqwest::{Response, header};

const FIRST: Build = Build::plain("1.0.0", 10);
/// Cannot do without `count` any more.
const WIDER: Build = Build { required: &["state", "count"], optional: &[], ..Build::plain("1.1.0", 12) };

/// Sends the form of a page that goes to `action`, with what is hidden in it.
async fn submit(person: &Person, page: &str, action: &str, more: &[(&str, &str)]) -> Response {
    let form = page.split("<form").find(|form| form.contains(&format!("action=\"{action}\"")));
    let form =
        form.and_then(|form| form.split("</form>").next()).unwrap_or_else(|| panic!("no form to {action}: {page}"));
    let hidden = form.split("<input type=\"hidden\" name=\"").skip(1).filter_map(|input| {
        let (name, rest) = input.split_once("\" value=\"")?;
        Some((name, rest.split('"').next()?))
    });
    let pairs: Vec<_> = hidden.chain(more.iter().copied()).collect();
    person.send(action, &pairs).await
}

/// The status of an answer, and where it leads.
fn led(answer: &Response) -> (u16, String) {
    let to = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
    (answer.status().as_u16(), to.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consent_and_its_difference_are_read_declined_and_agreed_to_on_pages() {
    let tenant = "press-shop".to_owned();
    let market = Market::open(std::slice::from_ref(&tenant)).await;
    market.publish(&FIRST).await;
    let person = Person::sign_in(&market.host.url).await;
    let found = person.get("/market/search?q=counter").await;
    assert!(found.contains("href=\"/market/m/counter\"") && found.contains("Runs in no factory yet"), "{found}");

    // What is optional is unticked, and a reach that means nothing changes nothing and keeps what was typed.
    let install = format!("/t/{tenant}/install/counter");
    let page = person.get(&install).await;
    assert!(page.contains("name=\"grant\" value=\"readings:count\">"), "there, and not ticked: {page}");
    let typed = [("reach.readings:state", "some"), ("equipment.readings:state", "a*b")];
    let refused = submit(&person, &page, &install, &typed).await;
    assert_eq!(refused.status(), 422);
    let refused = refused.text().await.unwrap();
    assert!(refused.contains("a*b</textarea>") && refused.contains("aria-invalid=\"true\""), "{refused}");
    assert!(market.owner.subscriptions(&tenant).await.unwrap().is_empty());
    let typed = [("reach.readings:state", "some"), ("equipment.readings:state", "press-1\r\nline-2-*")];
    let agreed = submit(&person, &refused, &install, &typed).await;
    assert_eq!(led(&agreed), (303, format!("/t/{tenant}/modules")));
    market.runs(&tenant, &FIRST).await;
    let subscription = market.owner.subscriptions(&tenant).await.unwrap().remove(0);
    assert_eq!((subscription.grants.len(), subscription.scopes[0].equipment.len()), (1, 2));

    // A version that asks for more waits: only what is new is asked, and the old one runs.
    market.publish(&WIDER).await;
    let upgrade = format!("{install}/upgrade");
    let page = person.get(&upgrade).await;
    let asked = page.split(&format!("action=\"{upgrade}\"")).nth(1).unwrap().split("</form>").next().unwrap();
    assert!(asked.contains("readings:count") && !asked.contains("readings:state"), "{asked}");
    let declined = submit(&person, &page, &format!("{install}/decline"), &[]).await;
    assert_eq!(led(&declined), (303, upgrade.clone()));
    let page = person.get(&upgrade).await;
    assert!(page.contains("You are staying at the old version") && !page.contains("/decline\""), "{page}");
    market.runs(&tenant, &FIRST).await;
    let agreed = submit(&person, &page, &upgrade, &[]).await;
    assert_eq!(agreed.status(), 303, "{}", agreed.text().await.unwrap());
    market.runs(&tenant, &WIDER).await;
    assert!(person.get(&upgrade).await.contains("This is the newest version: 1.1.0."));

    // The versions say what changed, and the record says what was agreed to, with the page of that time.
    let versions = person.get("/market/m/counter/versions").await;
    assert!(versions.contains("What it asks for has changed") && versions.contains("The first version"), "{versions}");
    let record = person.get(&format!("/t/{tenant}/consents")).await;
    for part in ["Agreed to an upgrade", "only line-2-*, press-1", "What changes from 1.0.0", "In force", "Ended"] {
        assert!(record.contains(part), "no `{part}`: {record}");
    }
    let hashes: Vec<_> =
        market.owner.consents_of(&tenant).await.unwrap().into_iter().map(|one| one.shown_sha256).collect();
    assert!(hashes.len() == 2 && hashes.iter().all(|hash| record.contains(hash)), "{hashes:?}");
}
