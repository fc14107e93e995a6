//! Pages against a plain sort in memory.

use super::*;
use crate::fixture::*;
use proptest::prelude::*;
use toolcrib_contract::manifest::RecordDef;
use toolcrib_contract::schema::Type;
use toolcrib_contract::types::RawId;
use toolcrib_contract::value::Value;

/// Few distinct values, so that runs of equal and absent keys span pages.
fn things() -> RecordDef {
    record(
        vec![
            field("line", option(Type::Int)),
            field("code", Type::Text { max: 4 }),
            field("ratio", option(Type::Float)),
            field("at", Type::Instant),
        ],
        &[(&[0, 1], false), (&[2, 0, 3], false), (&[1], false), (&[0], false)],
    )
}

fn values() -> impl Strategy<Value = Vec<Value>> {
    let line = prop_oneof![Just(Value::None), (-1i64..2).prop_map(Value::Int)];
    let code = prop_oneof![Just(""), Just("a"), Just("aé"), Just("b"), Just("机")].prop_map(|s| Value::Text(s.into()));
    let ratio = prop_oneof![Just(Value::None), Just(Value::Float(-0.5)), Just(Value::Float(2.0))];
    let at = (0i64..3).prop_map(|us| Value::Instant(toolcrib_contract::Instant(us)));
    (line, code, ratio, at).prop_map(|(a, b, c, d)| vec![a, b, c, d])
}

#[derive(Clone, Debug)]
struct Query {
    index: u32,
    /// Taken from these rows' values.
    sample: Vec<Value>,
    other: Vec<Value>,
    equals: usize,
    from: bool,
    until: bool,
    descending: bool,
    limit: u32,
}

fn queries() -> impl Strategy<Value = Query> {
    let index = prop_oneof![4 => 0u32..4, 1 => Just(BY_ID)];
    (index, values(), values(), 0usize..4, any::<bool>(), any::<bool>(), any::<bool>(), 1u32..6).prop_map(
        |(index, sample, other, equals, from, until, descending, limit)| Query {
            index,
            sample,
            other,
            equals,
            from,
            until,
            descending,
            limit,
        },
    )
}

/// Keys of a row along an index, without the id.
fn keys(def: &RecordDef, index: u32, row: &[Value]) -> Vec<Value> {
    let fields = def.indexes.get(index as usize).map_or(&[][..], |index| &index.fields);
    fields.iter().map(|at| row[*at as usize].clone()).collect()
}

fn less(a: &Value, b: &Value) -> bool {
    a.partial_cmp(b) == Some(Ordering::Less)
}

fn expected(def: &RecordDef, rows: &[Vec<Value>], query: &Query, equals: usize) -> Vec<RawId> {
    let (sample, other) = (keys(def, query.index, &query.sample), keys(def, query.index, &query.other));
    let mut found: Vec<(Vec<Value>, RawId)> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| (keys(def, query.index, row), id(at as u8)))
        .filter(|(key, _)| key[..equals] == sample[..equals])
        .filter(|(key, _)| key.len() <= equals || !query.from || !less(&key[equals], &sample[equals]))
        .filter(|(key, _)| key.len() <= equals || !query.until || less(&key[equals], &other[equals]))
        .collect();
    found.sort_by(|a, b| a.partial_cmp(b).unwrap());
    if query.descending {
        found.reverse();
    }
    found.into_iter().map(|(_, id)| id).collect()
}

fn build(def: &RecordDef, query: &Query) -> (Select, usize) {
    let fields = def.indexes.get(query.index as usize).map_or(&[][..], |index| &index.fields);
    let bytes = |at: usize, row: &[Value]| {
        let field = fields[at] as usize;
        one(&def.fields[field].of, &row[field])
    };
    let equals = query.equals.min(fields.len());
    let bound = |wanted: bool, row: &[Value]| (wanted && equals < fields.len()).then(|| bytes(equals, row));
    let select = Select {
        index: query.index,
        equals: (0..equals).map(|at| bytes(at, &query.sample)).collect(),
        from: bound(query.from, &query.sample),
        until: bound(query.until, &query.other),
        descending: query.descending,
        limit: query.limit,
        after: None,
    };
    (select, equals)
}

fn walk(tenant: &mut Tenant, def: &RecordDef, table: &RecordTable, mut select: Select) -> Vec<RawId> {
    let mut ids = Vec::new();
    loop {
        let page = tenant.writer.select(table, &select).unwrap();
        assert!(page.count <= select.limit);
        let mut reader = Reader::new(&page.rows.0);
        ids.extend((0..page.count).map(|_| decode(def, &mut reader).0.id));
        assert!(reader.rest().is_empty());
        assert!(page.next.is_none() || page.count == select.limit, "only a full page has a next one");
        match page.next {
            Some(next) => select.after = Some(next),
            None => return ids,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn pages_laid_end_to_end_are_the_sorted_selection(
        rows in prop::collection::vec(values(), 0..30),
        queries in prop::collection::vec(queries(), 12),
    ) {
        let def = things();
        for engine in engines() {
            let (mut tenant, table) = engine.with_record(&def);
            tenant.writer.begin().unwrap();
            for (at, row) in rows.iter().enumerate() {
                tenant.insert(&def, &table, at as u8, row).unwrap();
            }
            for query in &queries {
                let (select, equals) = build(&def, query);
                let found = walk(&mut tenant, &def, &table, select);
                prop_assert_eq!(found, expected(&def, &rows, query, equals), "{:?} {:?}", engine, query);
            }
        }
    }

    #[test]
    fn a_hostile_position_never_panics_or_leaves_the_selection(bytes in prop::collection::vec(any::<u8>(), 0..40), index in 0u32..5) {
        let def = things();
        let (mut tenant, table) = Tenant::with_record(&def);
        let select = Select { index, limit: 1, after: Some(Bytes(bytes)), ..Select::default() };
        match tenant.writer.select(&table, &select) {
            Ok(page) => prop_assert_eq!(page.count, 0),
            Err(error) => prop_assert!(matches!(error, StoreError::BadSelect(_)), "{}", error),
        }
    }
}

on_each_engine![
    a_position_of_another_selection_is_refused,
    ids_have_bounds_too,
    a_page_ends_early_rather_than_grow_past_its_bytes,
];

fn filled(engine: &Engine) -> (Tenant, RecordDef, RecordTable) {
    let def = things();
    let (mut tenant, table) = engine.with_record(&def);
    tenant.writer.begin().unwrap();
    for n in 0..10 {
        let line = if n < 3 { Value::None } else { Value::Int(i64::from(n / 5)) };
        let at = Value::Instant(toolcrib_contract::Instant(i64::from(n)));
        tenant.insert(&def, &table, n, &[line, Value::Text("a".into()), Value::None, at]).unwrap();
    }
    (tenant, def, table)
}

fn a_position_of_another_selection_is_refused(engine: &Engine) {
    let (mut tenant, def, table) = filled(engine);
    let line = |line: i64| one(&def.fields[0].of, &Value::Int(line));
    let first = Select { equals: vec![line(1)], limit: 2, ..Select::default() };
    let next = tenant.writer.select(&table, &first).unwrap().next.unwrap();
    let refused = [
        Select { equals: vec![line(0)], after: Some(next.clone()), ..first.clone() },
        Select { index: 3, after: Some(next.clone()), ..first.clone() },
        Select { index: BY_ID, equals: vec![], after: Some(next.clone()), ..first.clone() },
        Select { equals: vec![], until: Some(line(1)), after: Some(next.clone()), ..first.clone() },
        Select { equals: vec![], from: Some(line(2)), after: Some(next.clone()), ..first.clone() },
        Select { after: Some(Bytes(next.0[..next.0.len() - 1].to_vec())), ..first.clone() },
        Select { after: Some(Bytes([&next.0[..], &[0]].concat())), ..first.clone() },
        Select { index: 9, ..first.clone() },
        Select { limit: 0, ..first.clone() },
        Select { limit: limits::PAGE_ROWS + 1, ..first.clone() },
        Select { equals: vec![Bytes(vec![])], ..first.clone() },
        Select { equals: vec![Bytes(vec![1, 2, 3])], ..first.clone() },
        Select { equals: vec![line(1); 3], ..first.clone() },
        Select { equals: vec![], from: Some(Bytes(vec![7])), ..first.clone() },
    ];
    for select in refused {
        let error = tenant.writer.select(&table, &select).unwrap_err();
        assert!(matches!(error, StoreError::BadSelect(_)), "{select:?}: {error}");
    }
    assert_eq!(tenant.writer.select(&table, &Select { after: Some(next), ..first }).unwrap().count, 2);
}

fn ids_have_bounds_too(engine: &Engine) {
    let (mut tenant, def, table) = filled(engine);
    let select = Select {
        index: BY_ID,
        from: Some(Bytes(id_bytes(3))),
        until: Some(Bytes(id_bytes(6))),
        limit: 2,
        ..Select::default()
    };
    assert_eq!(walk(&mut tenant, &def, &table, select.clone()), [id(3), id(4), id(5)]);
    assert_eq!(walk(&mut tenant, &def, &table, Select { descending: true, ..select }), [id(5), id(4), id(3)]);
}

#[test]
fn no_page_sorts_or_scans_the_table() {
    let (mut tenant, def, table) = filled(&Engine(None));
    let one_of = |at: usize, value: Value| Some(one(&def.fields[at].of, &value));
    let mut starts = Vec::new();
    for descending in [false, true] {
        for (index, equals, from, until) in [
            (0, vec![], None, None),
            (0, vec![], None, one_of(0, Value::Int(1))),
            (0, vec![], one_of(0, Value::Int(0)), None),
            (0, vec![one(&def.fields[0].of, &Value::None)], None, None),
            (0, vec![one(&def.fields[0].of, &Value::Int(1))], one_of(1, Value::Text("a".into())), None),
            (3, vec![one(&def.fields[0].of, &Value::Int(1))], None, None),
            (BY_ID, vec![], None, None),
        ] {
            starts.push(Select { index, equals, from, until, descending, limit: 1, after: None });
        }
    }
    for start in starts {
        let next = tenant.writer.select(&table, &start).unwrap().next.unwrap();
        for select in [start.clone(), Select { after: Some(next), ..start }] {
            let walk = Walk::new(&table.0, &select).unwrap();
            for range in walk.ranges(&select).unwrap() {
                let sql = format!("EXPLAIN QUERY PLAN {}", walk.sql(&range).replace('?', "1"));
                let steps = tenant.writer.db.rows(&sql, &[], |row| row.text(3)).unwrap();
                let sorts = steps.iter().any(|step| step.contains("TEMP B-TREE"));
                let scans = steps.iter().any(|step| step.starts_with("SCAN"))
                    && !(range.fixed.is_empty() && range.bounds.is_empty());
                assert!(!sorts && !scans, "{sql}: {steps:?}");
            }
        }
    }
}

fn a_page_ends_early_rather_than_grow_past_its_bytes(engine: &Engine) {
    let def = record(vec![field("long", Type::Text { max: limits::TEXT_CHARS })], &[]);
    let (mut tenant, table) = engine.with_record(&def);
    let long = Value::Text("机".repeat(limits::TEXT_CHARS as usize));
    tenant.writer.begin().unwrap();
    for n in 0..=255 {
        tenant.insert(&def, &table, n, std::slice::from_ref(&long)).unwrap();
    }
    let select = Select { index: BY_ID, limit: limits::PAGE_ROWS, ..Select::default() };
    let first = tenant.writer.select(&table, &select).unwrap();
    assert!(first.rows.0.len() < PAGE_BYTES + 13_000, "{}", first.rows.0.len());
    let rest = tenant.writer.select(&table, &Select { after: first.next, ..select }).unwrap();
    assert_eq!((first.count + rest.count, rest.next), (256, None));
}
