//! What a factory shows others, and takes over from them.

use super::fixed;
use serde_json::{Value, json};
use toolcrib_contract::kit::KIT_TITLE_CHARS;

pub fn paths(base: &str) -> [(String, Value); 5] {
    let text = || json!({"type": "string"});
    let body = |required: &[&str], properties: Value| {
        let schema = json!({"type": "object", "required": required, "properties": properties});
        json!({"required": true, "content": {"application/json": {"schema": schema}}})
    };
    let with = |name: &str, summary: &str, body: Value| {
        let mut operation = fixed(name, summary, &[]);
        operation["requestBody"] = body;
        operation
    };
    let day = || json!({"type": "string", "format": "date"});
    let days = body(&["from", "until"], json!({"from": day(), "until": day()}));
    let wish = json!({"title": {"type": "string", "maxLength": KIT_TITLE_CHARS},
        "modules": {"type": "array", "items": text(), "description": "Empty: all that are in force"},
        "mapping": {"type": "boolean", "description": "Whether the rules for messages go with it"}});
    let foreign = || {
        json!({"envelope": text(), "key": {"type": "string", "description": "The registry's record of the key that signed it"},
            "shown": {"type": "string", "description": "`shown` of the plan that is agreed to"}})
    };
    let mut envelope = fixed("attestation", "The signed envelope of a kept statement", &[]);
    envelope["parameters"] = json!([{"name": "sha256", "in": "path", "required": true, "schema": text()}]);
    let plan = with(
        "plan_kit",
        "What taking a kit over would change; nothing is changed",
        body(&["envelope", "key"], foreign()),
    );
    let adopt = body(&["envelope", "key", "shown"], foreign());
    [
        (
            format!("{base}/evidence"),
            json!({"get": fixed("attestations", "Statements that were made, and whom they were given to", &[]),
                "post": with("attest", "Counts a period's use and signs what was counted", days)}),
        ),
        (format!("{base}/evidence/{{sha256}}"), json!({"get": envelope})),
        (
            format!("{base}/kit"),
            json!({"get": fixed("adoption", "The kit that was taken over last", &[]),
                "post": with("make_kit", "Makes and signs a kit of the set-up", body(&["title"], wish))}),
        ),
        (format!("{base}/kit/plan"), json!({"post": plan})),
        (
            format!("{base}/kit/adopt"),
            json!({"post": with("adopt_kit", "Takes a kit over as the plan said that was shown", adopt)}),
        ),
    ]
}
