//! The tenant's OpenAPI 3.1 document: the fixed endpoints, and one path for each operation of each module.

mod exhibit;

use serde_json::{Map, Value, json};
use toolcrib_contract::file;
use toolcrib_contract::json::{input_schema, json_schema};
use toolcrib_contract::language::Lang;
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::schema::Type;
use toolcrib_contract::wording::Named;
use toolcrib_runtime::{Loaded, TenantView};
use toolcrib_tables::{columns, import, table};

/// Builds the document of one tenant; operations and fields are named in this language.
pub fn document(tenant: &TenantView, lang: Lang) -> Value {
    let base = format!("/v1/t/{}", tenant.slug);
    let mut paths = Map::new();
    paths.insert(
        format!("{base}/events"),
        json!({"get": fixed("events", "Committed events after a seq", &[("after", "integer", false)])}),
    );
    paths.insert(format!("{base}/live"), json!({"get": live()}));
    paths.insert(format!("{base}/readings"), json!({"get": fixed("samples", "Samples of one signal", &[("signal", "string", true), ("from", "string", true), ("to", "string", true), ("points", "integer", false)]), "post": readings()}));
    paths.insert(
        format!("{base}/readings/days"),
        json!({"get": fixed("readings_by_day", "Readings that came each day, and what became of them", &[("from", "string", true), ("to", "string", true)])}),
    );
    paths.insert(format!("{base}/readings/kept"), json!({"get": kept()}));
    paths.insert(
        format!("{base}/dead-letters"),
        json!({"get": fixed("dead_letters", "Events that no handler could take", &[])}),
    );
    paths.extend(files(&base));
    paths.extend(mapping(&base));
    paths.extend(exhibit::paths(&base));
    let letter = json!([{"name": "letter", "in": "path", "required": true, "schema": {"type": "integer"}}]);
    let mut replay = fixed("replay", "Tries a dead letter again", &[]);
    replay["parameters"] = letter;
    paths.insert(format!("{base}/dead-letters/{{letter}}/replay"), json!({"post": replay}));
    paths.insert(format!("{base}/openapi.json"), json!({"get": fixed("openapi", "This document", &[])}));
    for module in &tenant.modules {
        for def in module.manifest.handlers.iter().filter(|def| def.is_operation()) {
            let mut methods = json!({"post": operation(module, def, lang)});
            if !table::of(def).is_empty() {
                methods["get"] = download(module, def, lang);
            }
            paths.insert(format!("{base}/m/{}/{}", module.manifest.module, def.name), methods);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": format!("Toolcrib: {}", tenant.name), "version": env!("CARGO_PKG_VERSION")},
        "paths": paths,
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}, "schemas": {"Problem": problem()}},
        "security": [{"bearer": []}],
    })
}

/// Files that operations take, sent before and named in their input.
fn files(base: &str) -> Vec<(String, Value)> {
    let path = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
    let kinds =
        file::PAPERS.map(|media| (media.mime().to_owned(), json!({"schema": {"type": "string", "format": "binary"}})));
    let content = Value::Object(kinds.into_iter().collect());
    let told = json!({"type": "object", "properties": {"name": {"type": "string"}, "media": {"type": "string"}, "bytes": {"type": "integer"}}});
    let mut keep = fixed("keep_file", "Keeps a file for an operation, which takes it by its name", &[]);
    keep["parameters"] = json!([path("module")]);
    keep["requestBody"] = json!({"required": true, "content": content});
    keep["responses"] = responses("application/json", told);
    let mut get = fixed("file", "A file's bytes", &[]);
    get["parameters"] = json!([path("module"), path("name")]);
    get["responses"] = responses("application/octet-stream", json!({"type": "string", "format": "binary"}));
    vec![
        (format!("{base}/files/{{module}}"), json!({"post": keep})),
        (format!("{base}/files/{{module}}/{{name}}"), json!({"get": get})),
    ]
}

fn operation(module: &Loaded, def: &HandlerDef, lang: Lang) -> Value {
    let words = &module.words;
    let (mut input, mut output) = (input_schema(&def.input), json_schema(&def.output));
    title(&mut input, &def.input, &|field| words.label(lang, Named::Inside { operation: &def.name, field }));
    title(&mut output, &def.output, &|field| words.label(lang, Named::Inside { operation: &def.name, field }));
    let repeatable = def.kind != HandlerKind::Query;
    let mut operation = json!({
        "operationId": format!("{}.{}", module.manifest.module, def.name),
        "summary": summary(module, def, lang),
        "description": words.help(lang, &def.name, None, &def.doc),
        "tags": [module.manifest.module],
        "requestBody": {"required": true, "content": {"application/json": {"schema": input}}},
        "responses": responses("application/json", output),
    });
    if let Some((list, row)) = import::list(def) {
        operation["requestBody"]["content"]["text/csv"] = json!({"schema": {"type": "string", "description": format!(
            "`{}` as a file: {}. `rows` says whether all rows are kept or none (`all`), or those that are not refused (`good`).",
            list.name,
            columns::of(row).iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", "),
        )}});
    }
    if !table::of(def).is_empty() {
        operation["responses"]["200"]["content"]["text/csv"] = json!({"schema": {"type": "string"}});
    }
    if repeatable {
        operation["parameters"] = json!([{"name": "Idempotency-Key", "in": "header", "required": false, "schema": {"type": "string", "maxLength": 128}}]);
    }
    operation
}

/// All pages of a query as a file; its parameters stand in the address.
fn download(module: &Loaded, def: &HandlerDef, lang: Lang) -> Value {
    let mut query = vec![("format", "string", true), ("table", "string", false)];
    let fields = columns::of(def.input.fields());
    query.extend(fields.iter().map(|column| (column.name.as_str(), "string", column.needed)));
    let mut download =
        fixed(&format!("{}.{}.csv", module.manifest.module, def.name), &summary(module, def, lang), &query);
    download["responses"] = responses("text/csv", json!({"type": "string"}));
    download
}

/// An operation's name for people, else the first line of its comment.
fn summary(module: &Loaded, def: &HandlerDef, lang: Lang) -> String {
    let word = module.words.find(lang, Named::Operation(&def.name));
    word.unwrap_or_else(|| def.doc.lines().next().unwrap_or(&def.name)).to_owned()
}

/// Gives every field of a schema its name for people.
fn title(schema: &mut Value, ty: &Type, name: &dyn Fn(&str) -> String) {
    match ty {
        Type::Option { of } => title(&mut schema["anyOf"][0], of, name),
        Type::List { of } => title(&mut schema["items"], of, name),
        Type::Struct { fields, .. } => {
            for field in fields {
                let Some(property) = schema.pointer_mut(&format!("/properties/{}", field.name)) else { continue };
                title(property, &field.of, name);
                property["title"] = name(&field.name).into();
            }
        }
        _ => {}
    }
}

fn fixed(id: &str, summary: &str, query: &[(&str, &str, bool)]) -> Value {
    let parameters: Vec<_> = query.iter().map(|(name, kind, required)| json!({"name": name, "in": "query", "required": required, "schema": {"type": kind}})).collect();
    json!({"operationId": id, "summary": summary, "parameters": parameters, "responses": responses("application/json", json!({"type": "object"}))})
}

fn live() -> Value {
    json!({"operationId": "live", "summary": "Committed events as they happen", "responses": responses("text/event-stream", json!({"type": "string"}))})
}

fn readings() -> Value {
    json!({
        "operationId": "post_readings", "summary": "Readings of a device; answered after they are on disk",
        "description": "One JSON object a line: {\"signal\":\"press-1.state\",\"at\":\"2026-11-23T08:00:00Z\",\"value\":\"running\"}, with \"quality\":\"uncertain\" or \"bad\" where it is not good. The bearer is a device token.",
        "requestBody": {"required": true, "content": {"application/x-ndjson": {"schema": {"type": "string"}}}},
        "responses": responses("application/json", json!({"type": "object"})),
    })
}

/// How long readings are kept.
fn kept() -> Value {
    let number = |what: &str| json!({"type": ["integer", "null"], "description": what});
    let time = |what: &str| json!({"type": ["string", "null"], "format": "date-time", "description": what});
    let long = json!({
        "days": number("After the end of the month that a reading belongs to; null where months are promised."),
        "months": number("The same in months, as a plan promises them: at least so many."),
        "sum_months": {"type": "integer", "description": "Months for which sums by hour and day stay."},
    });
    let mut told = long.clone();
    told["plan"] = json!({"type": ["object", "null"], "description": "Whose plan promises it; null where the host decides.", "properties": {
        "module": {"type": "string"}, "since": time("When it was chosen."), "until": time("Until when it holds, when it was left."),
    }});
    told["then"] =
        json!({"type": ["object", "null"], "description": "What holds after `plan.until`.", "properties": long});
    told["oldest"] = time("The month of the oldest single readings.");
    told["oldest_sum"] = time("The month of the oldest sums.");
    let mut get = fixed("readings_kept", "How long readings are kept, and how far back there are any", &[]);
    get["responses"] = responses("application/json", json!({"type": "object", "properties": told}));
    get
}

/// What published messages mean.
fn mapping(base: &str) -> [(String, Value); 3] {
    let text = json!({"type": "string"});
    let from = json!({"type": "object", "description": "Either `topic` or `metric`; `+` and `#` are wildcards, `*` in pointers.", "properties": {
        "source": text, "topic": text, "metric": text, "group": text, "node": text, "device": text, "path": text, "time": text,
        "quality": {"type": "object", "required": ["path", "codes"], "properties": {"path": text, "codes": {"enum": ["da", "ua"]}}},
    }});
    let rule = json!({"type": "object", "required": ["from", "equipment", "signal"], "properties": {
        "from": from, "equipment": text, "signal": text, "unit": text, "scale": text, "offset": text, "offline": text,
        "kind": {"enum": ["number", "count", "counter", "flag", "word", "state"]},
        "dead_band": {"oneOf": [
            {"type": "object", "required": ["absolute"], "properties": {"absolute": text}},
            {"type": "object", "required": ["percent"], "properties": {"percent": text}},
        ]},
        "counter": {"type": "object", "properties": {"bits": {"type": "integer", "minimum": 1, "maximum": 62}, "restarts": {"type": "boolean"}}},
        "states": {"type": "object", "additionalProperties": text},
    }});
    let rules = json!({"type": "array", "maxItems": toolcrib_ingest::payload::RULES, "items": rule});
    let sent = json!({"type": "object", "required": ["topic"], "properties": {
        "topic": text, "payload": text, "metric": text, "datatype": text, "value": {}, "source": text,
    }});
    let body = |required: &[&str], properties: Value| json!({"required": true, "content": {"application/json": {"schema": {"type": "object", "required": required, "properties": properties}}}});
    let mut put = fixed("put_mapping", "Replaces the rules", &[]);
    put["description"] =
        "`version` is the one that they replace, 0 for the first; another one in force is a conflict.".into();
    put["requestBody"] = body(&["version", "rules"], json!({"version": {"type": "integer"}, "rules": rules}));
    let mut tried = fixed("try_mapping", "What messages would become; nothing is stored", &[]);
    tried["requestBody"] = body(
        &["messages"],
        json!({
            "messages": {"type": "array", "minItems": 1, "maxItems": toolcrib_ingest::payload::TRIALS, "items": sent}, "rules": rules,
        }),
    );
    [
        (
            format!("{base}/mapping"),
            json!({"get": fixed("mapping", "Rules that say what published messages mean", &[]), "put": put}),
        ),
        (format!("{base}/mapping/try"), json!({"post": tried})),
        (
            format!("{base}/mapping/unknown"),
            json!({"get": fixed("unknown_values", "Values that no rule fits, each with a rule that would", &[])}),
        ),
    ]
}

fn responses(kind: &str, schema: Value) -> Value {
    json!({
        "200": {"description": "Done", "content": {kind: {"schema": schema}}},
        "default": {"description": "A problem", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
    })
}

fn problem() -> Value {
    json!({
        "type": "object", "required": ["type", "code", "status", "title", "remedy"],
        "properties": {
            "type": {"type": "string"}, "code": {"type": "string"}, "status": {"type": "integer"}, "title": {"type": "string"},
            "detail": {"type": "string"}, "remedy": {"type": "string"}, "request_id": {"type": "string"},
            "errors": {"type": "array", "items": {"type": "object", "properties": {"pointer": {"type": "string"}, "message": {"type": "string"}}}},
            "report": {"type": "object", "description": "Of rows of a file: mode, rows, kept, refused, problems"},
        },
    })
}
