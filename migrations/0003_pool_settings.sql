-- What is set on a pool beside its own document: second factors, domains, identity providers, and documents that are only read back.
-- From here on signing_keys.token_use may also be 'saml': the key of the certificate under which SAML requests are signed.

ALTER TABLE pools ADD COLUMN factors TEXT NOT NULL DEFAULT '{}'; -- JSON: what only SetUserPoolMfaConfig sets

CREATE TABLE domains (
    name TEXT PRIMARY KEY,              -- the prefix alone, or the whole host name of a custom domain: nobody else's, in any pool
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- whose pages it serves
    custom BIGINT NOT NULL,             -- 0: a prefix, 1: a host name of the customer's own
    settings TEXT NOT NULL,             -- JSON: the described document (DomainDescriptionType) without what the other columns hold
    created_at BIGINT NOT NULL,         -- described as the domain's version
    UNIQUE (pool_id, custom)            -- a pool has at most one of each
);

CREATE TABLE identity_providers (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool whose users may come from it
    name TEXT NOT NULL,                 -- ProviderName
    settings TEXT NOT NULL,             -- JSON: the document (IdentityProviderType) without names and dates, its secrets in clear
    created_at BIGINT NOT NULL,         -- CreationDate
    updated_at BIGINT NOT NULL,         -- LastModifiedDate
    PRIMARY KEY (pool_id, name)
);

-- The other names of identity providers, as the parameter idp_identifier gives them.
CREATE TABLE identity_provider_identifiers (
    pool_id TEXT NOT NULL,              -- unique per pool
    identifier TEXT NOT NULL,           -- as given
    provider_name TEXT NOT NULL,        -- whom it names
    PRIMARY KEY (pool_id, identifier),
    FOREIGN KEY (pool_id, provider_name) REFERENCES identity_providers (pool_id, name) ON DELETE CASCADE
);
CREATE INDEX identity_provider_identifiers_by_provider ON identity_provider_identifiers (pool_id, provider_name);

-- Settings that are stored and read back whole.
CREATE TABLE pool_documents (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool they are set on
    kind TEXT NOT NULL,                 -- 'ui_customization', 'risk', 'log_delivery', 'terms', 'branding', 'replica', …
    key TEXT NOT NULL,                  -- which of its kind: an id, a client, a Region, or empty where there is one only
    client_id TEXT REFERENCES clients (id) ON DELETE CASCADE, -- the client they are about; they go with it
    document TEXT NOT NULL,             -- JSON, by kind
    created_at BIGINT NOT NULL,         -- CreationDate, where there is one
    updated_at BIGINT NOT NULL,         -- LastModifiedDate, where there is one
    PRIMARY KEY (pool_id, kind, key)
);
CREATE INDEX pool_documents_by_client ON pool_documents (client_id);

-- Request rates that an account has asked for, per Region. They are read back and limit nothing.
CREATE TABLE provisioned_limits (
    region TEXT NOT NULL,               -- the credential scope's Region
    category TEXT NOT NULL,             -- the API category: 'UserAuthentication', …
    value BIGINT NOT NULL,              -- requests per second
    PRIMARY KEY (region, category)
);
