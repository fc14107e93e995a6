-- What an assessor measured, the newest first: the index ends with the primary key, which makes the order of a page.
CREATE INDEX project_assessment_by ON project_assessment (by, at_us);
