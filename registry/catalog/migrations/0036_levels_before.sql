-- Firms of a programme that have not withdrawn, by the level that they began with (9: none measured yet): the other half of
-- `programme_coverage`, kept the same way, so that a city's map costs the same for any number of firms.
CREATE TABLE programme_before (
    programme TEXT NOT NULL REFERENCES programme (id),
    segment TEXT NOT NULL,
    district TEXT NOT NULL,
    level INTEGER NOT NULL,
    firms INTEGER NOT NULL CHECK (firms >= 0),
    PRIMARY KEY (programme, segment, district, level)
) STRICT, WITHOUT ROWID;
INSERT INTO programme_before
    SELECT programme, segment, district, coalesce(level_before, 9), count(*) FROM project WHERE state <> 'withdrawn'
    GROUP BY 1, 2, 3, 4;
CREATE TRIGGER project_before_1 AFTER INSERT ON project BEGIN
    INSERT INTO programme_before VALUES (new.programme, new.segment, new.district, coalesce(new.level_before, 9), 1)
        ON CONFLICT DO UPDATE SET firms = firms + 1;
END;
CREATE TRIGGER project_before_2 AFTER UPDATE OF state, level_before ON project
    WHEN new.level_before IS NOT old.level_before OR (new.state = 'withdrawn') <> (old.state = 'withdrawn') BEGIN
    UPDATE programme_before SET firms = firms - (old.state <> 'withdrawn')
        WHERE programme = old.programme AND segment = old.segment AND district = old.district
            AND level = coalesce(old.level_before, 9);
    INSERT INTO programme_before VALUES (new.programme, new.segment, new.district, coalesce(new.level_before, 9),
        new.state <> 'withdrawn') ON CONFLICT DO UPDATE SET firms = firms + excluded.firms;
END;
