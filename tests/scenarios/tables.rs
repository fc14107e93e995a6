//! A list of people goes from a spreadsheet into the plant and back, over the API and over the pages, without a script.

use super::demo::{Demo, Person};
use encoding_rs::GB18030;
use serde_json::{Value, json};

/// A browser without JavaScript: one session of the console.
pub struct Pages {
    http: reqwest::Client,
    base: String,
    cookie: String,
}

impl Pages {
    pub async fn signed_in(demo: &Demo, who: &Value) -> Self {
        let text = |name: &str| who[name].as_str().unwrap();
        Self::of(&demo.stranger().base, text("email"), text("password")).await
    }

    /// At the host of this address.
    pub async fn of(base: &str, email: &str, password: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let base = base.trim_end_matches('/').to_owned();
        let form = format!("email={}&password={}&back=/", email.replace('@', "%40"), password.replace(' ', "+"));
        let login = http.post(format!("{base}/login")).header("origin", &base).body(form);
        let answer = login.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { http, base, cookie }
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        self.get_in("zh-CN", path).await
    }

    pub async fn get_in(&self, language: &str, path: &str) -> (u16, String) {
        let request = self.http.get(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        let answer = request.header("accept-language", language).send().await.unwrap();
        (answer.status().as_u16(), String::from_utf8(answer.bytes().await.unwrap().to_vec()).unwrap())
    }

    /// As a browser looks at an address: its status, and the page where it is one.
    pub async fn seen(&self, path: &str) -> (u16, String) {
        let request = self.http.get(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        let answer =
            request.header("accept-language", "zh-CN").header("accept", "text/html,*/*;q=0.8").send().await.unwrap();
        let status = answer.status().as_u16();
        let is_page =
            answer.headers().get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        let text = answer.bytes().await.unwrap();
        (status, if is_page { String::from_utf8(text.to_vec()).unwrap() } else { String::new() })
    }

    /// The status of an empty form that a page of ours sends, without its token.
    pub async fn post(&self, path: &str) -> u16 {
        let request = self.http.post(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        let request = request.header("origin", &self.base).header("accept", "text/html");
        let kind = "application/x-www-form-urlencoded";
        request.header("content-type", kind).body(String::new()).send().await.unwrap().status().as_u16()
    }

    /// The media type and bytes of a file.
    pub async fn bytes(&self, path: &str) -> (String, Vec<u8>) {
        let request = self.http.get(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        let answer = request.header("accept-language", "zh-CN").send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, answer.bytes().await.unwrap().to_vec())
    }

    /// Chooses a file on the page of an import and sends it.
    async fn upload(&self, path: &str, rows: &str, file: &[u8]) -> (u16, String) {
        let answer = self.send_file(path, rows, file).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn send_file(&self, path: &str, rows: &str, file: &[u8]) -> reqwest::Response {
        let (status, page) = self.get(path).await;
        assert_eq!(status, 200, "{page}");
        let form = page.split(&format!("action=\"{path}\"")).nth(1).expect("the form");
        let hidden = |name: &str| {
            let field = form.split(&format!("name=\"{name}\" value=\"")).nth(1).expect("a hidden field");
            field.split('"').next().unwrap().to_owned()
        };
        let mut body = Vec::new();
        for (name, value) in [("_token", hidden("_token")), ("_key", hidden("_key")), ("_rows", rows.to_owned())] {
            body.extend(
                format!("--part\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        body.extend(
            b"--part\r\ncontent-disposition: form-data; name=\"_file\"; filename=\"people.csv\"\r\ncontent-type: text/csv\r\n\r\n",
        );
        body.extend(file);
        body.extend(b"\r\n--part--\r\n");
        let request = self.http.post(format!("{}{path}", self.base)).header("cookie", &self.cookie).body(body);
        let request = request.header("origin", &self.base).header("accept-language", "zh-CN");
        request.header("content-type", "multipart/form-data; boundary=part").send().await.unwrap()
    }
}

/// The names of people whose code begins so.
async fn names(owner: &Person, tenant: &str, start: &str) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = owner.post(&format!("/v1/t/{tenant}/m/plant/people"), &json!({"after": after})).await.ok();
        let rows = page["rows"].as_array().unwrap();
        let of = rows.iter().filter(|row| row["code"].as_str().unwrap().starts_with(start));
        names.extend(of.map(|row| row["name"].as_str().unwrap().to_owned()));
        after = page["next"].clone();
        if after.is_null() {
            return names;
        }
    }
}

#[tokio::test]
async fn a_file_from_a_spreadsheet_is_imported_over_the_api_and_comes_back_as_it_was() {
    let demo = Demo::shared();
    let (owner, tenant) = demo.owner(1).await;
    let path = format!("/v1/t/{tenant}/m/plant/import_people");
    let text = "code,name,job\r\ntab-1,王小明,装配\r\ntab-2,\"O'Neill, \"\"Jack\"\"\",\r\n tab 3,张三,\r\n";
    let file = GB18030.encode(text).0.into_owned();
    let refused = owner.post_bytes(&path, "text/csv", file.clone()).await;
    let report = &refused.problem(422, "rows-refused").body["report"];
    assert_eq!(report["problems"][0]["line"], 4);
    assert_eq!(report["problems"][0]["column"], "A");
    assert!(names(&owner, &tenant, "tab-").await.is_empty());
    let report = owner.post_bytes(&format!("{path}?rows=good"), "text/csv", file).await.ok();
    assert_eq!((&report["kept"], &report["refused"]), (&json!(2), &json!(1)));
    let known = ["王小明", "O'Neill, \"Jack\""];
    assert_eq!(names(&owner, &tenant, "tab-").await, known);

    let exported = owner.get(&format!("/v1/t/{tenant}/m/plant/people?format=csv")).await;
    assert_eq!(exported.kind, "text/csv; charset=utf-8; header=present");
    assert!(exported.text.contains("\r\ntab-2,\"O'Neill, \"\"Jack\"\"\",,"), "{}", exported.text);
    let again = owner.post_bytes(&path, "text/csv", exported.text.into_bytes()).await.ok();
    assert_eq!((&again["refused"], &again["kept"]), (&json!(0), &again["rows"]));
    assert_eq!(names(&owner, &tenant, "tab-").await, known);

    let document = owner.get(&format!("/v1/t/{tenant}/openapi.json")).await.ok();
    let csv = &document["paths"][&path]["post"]["requestBody"]["content"]["text/csv"];
    assert!(csv["schema"]["description"].as_str().unwrap().contains("code, name"), "{csv}");
    let people = &document["paths"][format!("/v1/t/{tenant}/m/plant/people")];
    assert!(people["get"]["responses"]["200"]["content"]["text/csv"].is_object(), "{people}");
}

#[tokio::test]
async fn a_file_is_imported_on_a_page_and_every_bad_row_is_told_in_chinese() {
    let demo = Demo::shared();
    let (owner, tenant) = demo.owner(1).await;
    let pages = Pages::signed_in(&demo, &demo.facts()["tenants"][1]).await;
    let base = format!("/t/{tenant}/m/plant");
    let (_, command) = pages.get(&format!("{base}/import_people")).await;
    assert!(command.contains(&format!("href=\"{base}/import_people/import\"")), "{command}");
    let import = format!("{base}/import_people/import");
    let file = "code,name,job\r\npage-1,李四,\r\npage-2,,\r\npage-3,赵六,\r\n".as_bytes();

    let (status, page) = pages.upload(&import, "all", file).await;
    assert_eq!(status, 422, "{page}");
    assert!(page.contains("共 3 行，1 行有错，没有写入任何数据。"), "{page}");
    assert!(page.contains("<td data-label=\"行号\">3</td><td data-label=\"列\">B name</td>"), "{page}");
    assert!(names(&owner, &tenant, "page-").await.is_empty());

    let (status, page) = pages.upload(&import, "good", file).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("共 3 行，已写入 2 行，1 行有错没有写入。"), "{page}");
    assert_eq!(names(&owner, &tenant, "page-").await, ["李四", "赵六"]);

    let mixed = [file, &GB18030.encode("page-4,钱七,\r\n").0].concat();
    let (status, page) = pages.upload(&import, "good", &mixed).await;
    assert_eq!(status, 422);
    assert!(page.contains("第 5 行和第 2 行的编码不同"), "{page}");

    let (_, template) = pages.get(&format!("{base}/import_people/template")).await;
    assert!(template.starts_with("\u{feff}编码,名称,工种"), "{template}");
    let (_, people) = pages.get(&format!("{base}/people")).await;
    let link = people.split("href=\"").filter_map(|rest| rest.split('"').next()).find(|link| link.contains("/csv?"));
    let (status, csv) = pages.get(&link.expect("a link to the table").replace("&amp;", "&")).await;
    assert_eq!(status, 200);
    assert!(csv.starts_with("\u{feff}编码,名称,") && csv.contains("\r\npage-1,李四,"), "{csv}");
    let (status, page) = pages.upload(&import, "all", csv.as_bytes()).await;
    assert!(status == 200 && page.contains("已写入全部"), "what was exported goes in again: {page}");

    let file = "编码,Name\r\npage 5,周八\r\n".as_bytes();
    let (status, page) = pages.upload(&import, "all", file).await;
    assert_eq!(status, 422, "headings of both languages are read");
    assert!(page.contains("<td data-label=\"列\">A 编码</td>"), "{page}");
    assert!(page.contains("编码只能") || page.contains("编码里"), "the module's own words for its refusal: {page}");
}

#[tokio::test]
async fn a_long_file_is_followed_on_a_page_of_its_own_until_it_is_written() {
    let demo = Demo::shared();
    let (owner, tenant) = demo.owner(0).await;
    let pages = Pages::signed_in(&demo, &demo.facts()["tenants"][0]).await;
    // Behind everybody else: other tests look at the first page of this list.
    let lines: String =
        (0..1_500).map(|at| format!("zz-{at:04},{},\r\n", if at == 700 { "" } else { "孙九" })).collect();
    let file = format!("编码,名称,工种\r\n{lines}");
    let import = format!("/t/{tenant}/m/plant/import_people/import");
    let answer = pages.send_file(&import, "good", file.as_bytes()).await;
    assert_eq!(answer.status().as_u16(), 303);
    let place = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(place.starts_with(&format!("/t/{tenant}/transfers/")), "{place}");
    let page = loop {
        let (status, page) = pages.get(&place).await;
        assert_eq!(status, 200, "{page}");
        // A page that is not the last brings the next one: without a script by the browser itself.
        if !page.contains("http-equiv=\"refresh\"") {
            break page;
        }
        assert!(page.contains("<progress") && page.contains("/ 1500 行"), "{page}");
    };
    assert!(page.contains("共 1500 行，已写入 1499 行，1 行有错没有写入。"), "{page}");
    assert_eq!(names(&owner, &tenant, "zz-").await.len(), 1_499);
    let (_, list) = pages.get(&format!("/t/{tenant}/transfers")).await;
    assert!(list.contains("已写入 1499 / 1500 行") && list.contains(&format!("href=\"{place}\"")), "{list}");

    let (_, people) = pages.get(&format!("/t/{tenant}/m/plant/people")).await;
    let link = people.split("href=\"").filter_map(|rest| rest.split('"').next()).find(|link| link.contains("/csv?"));
    let (_, csv) = pages.get(&link.expect("a link to the table").replace("&amp;", "&")).await;
    assert!(csv.contains("\r\nzz-1499,"), "all pages of it");
    let (_, list) = pages.get(&format!("/t/{tenant}/transfers")).await;
    assert!(list.contains(&format!("已导出 {} 行", csv.lines().count() - 1)), "{list}");

    let (other, neighbour) = (Pages::signed_in(&demo, &demo.facts()["tenants"][1]).await, demo.owner(1).await.1);
    let id = place.rsplit('/').next().unwrap();
    assert_eq!(other.get(&format!("/t/{neighbour}/transfers/{id}")).await.0, 404, "nobody else's");
}
