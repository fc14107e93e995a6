-- Lists and look-ups that read through a table which grows with firms, providers or their people.
CREATE INDEX subscription_of ON subscription (tenant, module, agreed_us);
CREATE INDEX complaint_unsettled ON complaint (number) WHERE settled_us IS NULL;
CREATE INDEX org_kind ON org (kind, name, slug);
