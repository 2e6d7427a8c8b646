-- Keys of pools that are not signed with any more and are still in the pool's key set, until they
-- are retired.
CREATE TABLE replaced_keys (
    number INTEGER PRIMARY KEY,         -- in the order in which they were replaced
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    token_use TEXT NOT NULL,            -- as in signing_keys
    pkcs8 BLOB NOT NULL,                -- the private key, DER
    created_at BIGINT NOT NULL          -- when it was minted
);
CREATE INDEX replaced_keys_by_pool ON replaced_keys (pool_id, number);

-- The keys of pools that a reset has deleted: whoever comes back under the same id gets them again,
-- since applications keep key sets for hours. The pools are gone, so nothing refers to them.
CREATE TABLE remembered_keys (
    number INTEGER PRIMARY KEY,         -- the oldest are forgotten first
    pool_id TEXT NOT NULL,
    token_use TEXT NOT NULL,            -- as in signing_keys
    pkcs8 BLOB NOT NULL,                -- the private key, DER
    document TEXT,                      -- the certificate that goes with it, as in pool_documents
    created_at BIGINT NOT NULL,         -- when it was minted
    UNIQUE (pool_id, token_use)
);
