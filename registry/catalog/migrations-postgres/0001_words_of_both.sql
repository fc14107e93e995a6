-- What the registry's statements say to both engines. Every function here is one of SQLite under its own name, as far
-- as the statements use it, so that one text of a statement serves both; what it leaves out is said where it stands.
-- Files 0001 to 0008 are the tables as they are after SQLite's 0046, by subject. Each later change is one file for
-- either engine. Instants are microseconds since 1970 (UTC); ids are UUIDv7 texts; JSON is text. Texts compare by
-- bytes. Names of people, organisations and tenants are shown, never used as keys.

-- What a trigger says when it says no: SQLite's `raise(ABORT, …)`.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = TG_ARGV[0];
END $$;

CREATE FUNCTION json_valid(document text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN document::json IS NOT NULL;
EXCEPTION WHEN data_exception THEN
    RETURN false;
END $$;

-- Paths are `$.a.b[0]`. A text is given as it is, everything else as JSON; null and what is absent are NULL. SQLite
-- gives numbers as numbers: statements cast them.
CREATE FUNCTION json_extract(document text, path text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN document::json #>> string_to_array(ltrim(replace(replace(path, '[', '.'), ']', ''), '$.'), '.');

-- The elements of an array, given as above; nothing of what is absent.
CREATE FUNCTION json_each(document text, path text, OUT value text) RETURNS SETOF text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 10
    BEGIN ATOMIC
        SELECT element.value FROM json_array_elements_text(CASE WHEN path = '$' THEN document::json ELSE
            document::json #> string_to_array(ltrim(replace(replace(path, '[', '.'), ']', ''), '$.'), '.') END) element;
    END;
CREATE FUNCTION json_each(document text, OUT value text) RETURNS SETOF text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 10
    BEGIN ATOMIC
        SELECT element.value FROM json_array_elements_text(document::json) element;
    END;

CREATE FUNCTION json_array_length(document text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN json_array_length(document::json);

-- Of texts; those that are not there are left out, as SQLite's statements here leave them out.
CREATE FUNCTION json_of_texts(texts text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_to_json(texts)::text;
CREATE AGGREGATE json_group_array(text) (
    SFUNC = array_append, STYPE = text[], INITCOND = '{}', FINALFUNC = json_of_texts, PARALLEL = SAFE
);

-- `date(seconds, 'unixepoch')`: the day in UTC.
CREATE FUNCTION date(seconds bigint, unit text) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN to_char(to_timestamp(seconds) AT TIME ZONE 'UTC', 'YYYY-MM-DD');
