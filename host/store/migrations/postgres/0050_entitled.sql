-- The number of the newest entitlements that some host brought the tenant in line with: a host that has heard of older ones
-- only leaves the tenant's subscriptions as they are.
ALTER TABLE tenant_head ADD COLUMN entitled bigint NOT NULL DEFAULT 0;
