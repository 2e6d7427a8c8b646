-- Identity pools: what an ID token, or nothing, is exchanged for.

-- One row per identity pool.
CREATE TABLE identity_pools (
    id TEXT PRIMARY KEY,                -- <region>:<uuid>
    region TEXT NOT NULL,               -- where it is listed
    settings TEXT NOT NULL,             -- JSON: the described document, as CreateIdentityPool
    roles TEXT NOT NULL,                -- JSON: roles and role mappings
    tag_maps TEXT NOT NULL,             -- JSON: principal tags by provider
    created_at BIGINT NOT NULL,         -- lists are in this order
    updated_at BIGINT NOT NULL
);
CREATE INDEX identity_pools_by_region ON identity_pools (region, created_at, id);

-- One row per identity. The table `identities` is about users of user pools.
CREATE TABLE pool_identities (
    id TEXT PRIMARY KEY,                -- <region>:<uuid>
    identity_pool_id TEXT NOT NULL REFERENCES identity_pools (id) ON DELETE CASCADE,
    is_guest BIGINT NOT NULL,           -- 1 until the first login is linked, and never again
    merged_into TEXT,                   -- the identity that has its logins: this one is disabled
    created_at BIGINT NOT NULL,         -- CreationDate
    updated_at BIGINT NOT NULL          -- LastModifiedDate
);
CREATE INDEX pool_identities_by_pool ON pool_identities (identity_pool_id, created_at, id);

-- One row per linked login. The key is what makes one login one identity.
CREATE TABLE identity_logins (
    identity_pool_id TEXT NOT NULL REFERENCES identity_pools (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,             -- in AWS's form, or the developer provider's name
    subject TEXT NOT NULL,              -- the provider's id of the person
    identity_id TEXT NOT NULL REFERENCES pool_identities (id) ON DELETE CASCADE,
    linked_at BIGINT NOT NULL,          -- logins are listed in this order
    PRIMARY KEY (identity_pool_id, provider, subject)
);
CREATE INDEX identity_logins_by_identity ON identity_logins (identity_id, linked_at, provider);
