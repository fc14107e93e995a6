//! What SQLite's index of words does, for PostgreSQL: which rows of the shelves hold all that is looked for, how well.
//!
//! The formula is that of FTS5's `bm25`, https://sqlite.org/fts5.html#the_bm25_function, over the same words with the
//! same weights, so that both engines put modules in the same order. The index of lexemes finds rows that may hold a term;
//! whether its words stand next to one another, and how often, is counted in these. Absent: FTS5's folding of accents.

/// A table `w` of `number` and `fit` for the terms of `$1`, as [`crate::words::sought`] writes them.
macro_rules! ranked {
    () => {
        "(WITH term AS (SELECT place, ' ' || rtrim(word, '*') || CASE WHEN word LIKE '%*' THEN '' ELSE ' ' END AS phrase,
                CAST('''' || replace(rtrim(word, '*'), ' ', ''' & ''') || ''''
                    || CASE WHEN word LIKE '%*' THEN ':*' ELSE '' END AS tsquery) AS lexemes
            FROM unnest(string_to_array($1, '|')) WITH ORDINALITY AS given(word, place)),
        held AS MATERIALIZED (SELECT t.place, w.rowid AS number, w.tokens, CAST(
                10 * regexp_count(' ' || w.name || ' ', '(?=' || t.phrase || ')')
                + 8 * regexp_count(' ' || w.title || ' ', '(?=' || t.phrase || ')')
                + 3 * regexp_count(' ' || w.provider || ' ', '(?=' || t.phrase || ')')
                + 3 * regexp_count(' ' || w.tags || ' ', '(?=' || t.phrase || ')')
                + 4 * regexp_count(' ' || w.summary || ' ', '(?=' || t.phrase || ')')
                + regexp_count(' ' || w.description || ' ', '(?=' || t.phrase || ')') AS DOUBLE PRECISION) AS weight
            FROM term t JOIN shelf_words w ON w.lexemes @@ t.lexemes),
        shelves AS (SELECT CAST(count(*) AS DOUBLE PRECISION) AS rows,
                CAST(sum(tokens) AS DOUBLE PRECISION) / count(*) AS mean FROM shelf_words),
        rare AS (SELECT place, ln((rows - hits + 0.5) / (hits + 0.5)) AS idf
            FROM (SELECT place, CAST(count(*) AS DOUBLE PRECISION) AS hits FROM held
                WHERE weight > 0 GROUP BY place) found
                CROSS JOIN shelves)
        SELECT h.number, sum(CASE WHEN r.idf > 0 THEN r.idf ELSE 1e-6 END
                * (h.weight * 2.2 / (h.weight + 1.2 * (0.25 + 0.75 * h.tokens / l.mean))) ORDER BY h.place) AS fit
            FROM held h JOIN rare r ON r.place = h.place CROSS JOIN shelves l WHERE h.weight > 0
            GROUP BY h.number HAVING count(*) = (SELECT count(*) FROM term)) w"
    };
}
