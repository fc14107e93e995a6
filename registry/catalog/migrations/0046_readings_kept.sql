-- A plan may promise for how many months hosts keep single readings of machines; without a word what the host does by itself.
ALTER TABLE plan ADD COLUMN readings_months INTEGER CHECK (readings_months BETWEEN 1 AND 120);
CREATE INDEX plan_with_readings ON plan (id) WHERE readings_months IS NOT NULL;
CREATE INDEX chosen_plan_of ON chosen_plan (plan, ended_us);
