-- Users who come from identity providers: which identity leads to which user, and whom the pretend providers remember.

-- One row per identity: that with which a federated user was made, and those that an administrator linked.
CREATE TABLE identities (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the directory
    provider_name TEXT NOT NULL,        -- ProviderName; its users stay when the provider is deleted
    attribute TEXT NOT NULL,            -- 'Cognito_Subject', or the mapped attribute by which a link waits for its first sign-in
    value TEXT NOT NULL,                -- the provider's id of the person, or the attribute's value
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- who that is here
    provider_type TEXT NOT NULL,        -- ProviderType
    issuer TEXT,                        -- a SAML provider's entity id
    is_primary BIGINT NOT NULL,         -- 1 for the identity with which the user was made
    created_at BIGINT NOT NULL,         -- dateCreated
    PRIMARY KEY (pool_id, provider_name, attribute, value)
);
CREATE INDEX identities_by_user ON identities (sub, created_at);

-- The people who signed in at a pretend provider: its page offers them again.
CREATE TABLE pretend_people (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- whose provider
    provider_name TEXT NOT NULL,        -- which of them
    subject TEXT NOT NULL,              -- the id that the provider gives the person
    claims TEXT NOT NULL,               -- JSON object of everything that the provider says of them
    seen_at BIGINT NOT NULL,            -- the last sign-in: the latest stand first
    PRIMARY KEY (pool_id, provider_name, subject)
);
