//! A big screen that knows nothing but an address, and runs no script.

use super::demo::Demo;
use super::tables::Pages;

#[tokio::test]
async fn a_screen_shows_the_chosen_boards_in_turn() {
    let demo = Demo::shared();
    let tenant = &demo.facts()["tenants"][2];
    let slug = tenant["slug"].as_str().unwrap();
    let pages = Pages::signed_in(&demo, tenant).await;

    let (status, list) = pages.get(&format!("/t/{slug}/boards")).await;
    assert_eq!(status, 200);
    for board in ["oee.wall", "oee.line_board", "work-orders.wip_board", "work-orders.plan_board"] {
        assert!(list.contains(&format!("name=\"view\" value=\"{board}\"")), "{board}: {list}");
    }
    let chosen = format!("/t/{slug}/board?view=oee.line_board&view=gone.board&view=work-orders.plan_board&seconds=3");
    let (status, first) = pages.get(&chosen).await;
    assert_eq!(status, 200);
    assert!(first.contains("产线看板") && first.contains("data-kiosk") && !first.contains("<nav"), "{first}");
    assert!(first.contains("data-clock=\"") && first.contains("data-heard"), "{first}");
    let next = first.split("content=\"10; url=").nth(1).expect("at least ten seconds each, then the next");
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    let (_, second) = pages.get(&next).await;
    assert!(second.contains("计划与实际") && second.contains("2 / 2") && second.contains("&amp;at=0"), "{second}");

    let (status, _) = pages.get(&format!("/t/{slug}/board?view=gone.board")).await;
    assert_eq!(status, 404);
    let (_, alone) = pages.get(&format!("/t/{slug}/board?view=oee.wall")).await;
    assert!(alone.contains("车间大屏") && !alone.contains("http-equiv=\"refresh\""), "one board stays: {alone}");
    let (status, _) = pages.get("/board").await;
    assert_eq!(status, 303, "whoever knows only the host's name is led on");
    let (_, all) = pages.get(&format!("/t/{slug}/board")).await;
    assert!(all.contains(" / 4"), "all of them when none is named: {all}");
}
