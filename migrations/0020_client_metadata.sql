-- Clients that are known by the URL of their metadata document.

CREATE TABLE cimd_policies (
    id TEXT PRIMARY KEY,                -- 26 lower-case alphanumerics
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    client_id TEXT REFERENCES clients (id) ON DELETE SET NULL, -- as which app client such a client acts; NULL: it was deleted
    name TEXT NOT NULL,
    url_patterns TEXT NOT NULL,         -- JSON: a list of texts, one to five
    cache_seconds BIGINT NOT NULL,      -- how long a document counts that does not say so itself
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX cimd_policies_by_pool ON cimd_policies (pool_id, created_at, id);
CREATE INDEX cimd_policies_by_client ON cimd_policies (client_id);

CREATE TABLE client_documents (
    policy_id TEXT NOT NULL REFERENCES cimd_policies (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    client TEXT NOT NULL,               -- JSON: what of the document counts (PublishedClient)
    cached_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,         -- from then on it is fetched again
    PRIMARY KEY (policy_id, url)
);

-- By which URL the client named itself that a code or a token was issued to; NULL: by its id.
ALTER TABLE authorization_codes ADD COLUMN metadata_url TEXT;
ALTER TABLE token_families ADD COLUMN metadata_url TEXT;
