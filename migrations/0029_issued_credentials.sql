-- AWS credentials that were handed out here, and to whom. Secret key and session token are not
-- kept: they follow from the access key id and a key of the store.
CREATE TABLE issued_credentials (
    access_key_id TEXT PRIMARY KEY,     -- ASIA and 16 characters
    identity_id TEXT NOT NULL,          -- for whom; they outlive the identity, as on AWS
    identity_pool_id TEXT NOT NULL,     -- where
    role_arn TEXT NOT NULL,             -- the role
    session_name TEXT NOT NULL,         -- the last part of the assumed role's ARN
    amr TEXT NOT NULL,                  -- JSON: authenticated or unauthenticated, providers, logins
    principal_tags TEXT NOT NULL,       -- JSON object
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL          -- rows are swept after this
);
CREATE INDEX issued_credentials_by_expiry ON issued_credentials (expires_at);
