-- A prefix is unique in its Region only: pools of two Regions may have the same.

CREATE TABLE domains_by_region (
    name TEXT NOT NULL,                 -- the prefix alone, or the whole host name of a custom domain
    region TEXT NOT NULL,               -- a prefix's Region; empty for a custom domain, which is nobody else's anywhere
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- whose pages it serves
    custom BIGINT NOT NULL,             -- 0: a prefix, 1: a host name of the customer's own
    settings TEXT NOT NULL,             -- JSON: the described document (DomainDescriptionType) without what the other columns hold
    created_at BIGINT NOT NULL,         -- described as the domain's version
    PRIMARY KEY (name, region),
    UNIQUE (pool_id, custom)            -- a pool has at most one of each
);
INSERT INTO domains_by_region (name, region, pool_id, custom, settings, created_at)
    SELECT domains.name, CASE domains.custom WHEN 0 THEN pools.region ELSE '' END,
        domains.pool_id, domains.custom, domains.settings, domains.created_at
    FROM domains JOIN pools ON pools.id = domains.pool_id;
DROP TABLE domains;
ALTER TABLE domains_by_region RENAME TO domains;
