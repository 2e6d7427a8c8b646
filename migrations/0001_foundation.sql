-- The foundation: pools, their keys, clients, users, groups, resource servers, what was issued and what was sent.
-- Types are TEXT, BIGINT and BLOB only: flags are BIGINT 0/1, instants are BIGINT microseconds since the epoch (UTC).

CREATE TABLE secrets (
    name TEXT PRIMARY KEY,              -- what it is for: 'master'
    value BLOB NOT NULL                 -- 32 random bytes, from which every sealing key is derived
);

CREATE TABLE pools (
    id TEXT PRIMARY KEY,                -- '<region>_<nine alphanumerics>', or fixed by a tag
    region TEXT NOT NULL,               -- the credential scope's Region when the pool was made
    name TEXT NOT NULL,                 -- PoolName; need not be unique
    settings TEXT NOT NULL,             -- JSON: the described document (UserPoolType) without what the other columns hold
    created_at BIGINT NOT NULL,         -- CreationDate
    updated_at BIGINT NOT NULL          -- LastModifiedDate
);
CREATE INDEX pools_by_region ON pools (region, created_at, id);

CREATE TABLE signing_keys (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- whose tokens it signs
    token_use TEXT NOT NULL,            -- 'id' or 'access'
    pkcs8 BLOB NOT NULL,                -- the private key, DER
    created_at BIGINT NOT NULL,         -- when it was minted
    PRIMARY KEY (pool_id, token_use)
);

CREATE TABLE clients (
    id TEXT PRIMARY KEY,                -- 26 lower-case alphanumerics, or fixed by a fixture
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool it belongs to
    name TEXT NOT NULL,                 -- ClientName
    settings TEXT NOT NULL,             -- JSON: the described document (UserPoolClientType) without what the other columns hold
    created_at BIGINT NOT NULL,         -- CreationDate
    updated_at BIGINT NOT NULL          -- LastModifiedDate
);
CREATE INDEX clients_by_pool ON clients (pool_id, created_at, id);

CREATE TABLE client_secrets (
    id TEXT PRIMARY KEY,                -- '<client id>--<epoch milliseconds>'
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE, -- the client that may use it
    value TEXT NOT NULL,                -- in clear: DescribeUserPoolClient returns it
    created_at BIGINT NOT NULL          -- ClientSecretCreateDate
);
CREATE INDEX client_secrets_by_client ON client_secrets (client_id, created_at);

CREATE TABLE users (
    sub TEXT PRIMARY KEY,               -- the user's immutable id
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the directory it belongs to
    username TEXT NOT NULL,             -- as given; equal to sub in pools with UsernameAttributes
    status TEXT NOT NULL,               -- UserStatus: UNCONFIRMED, CONFIRMED, FORCE_CHANGE_PASSWORD, RESET_REQUIRED, …
    enabled BIGINT NOT NULL,            -- 0 after AdminDisableUser
    attributes TEXT NOT NULL,           -- JSON object of all attributes but sub, in the order in which they were set
    email TEXT,                         -- the searchable attributes, lower-cased, for ListUsers
    phone_number TEXT,                  -- "
    preferred_username TEXT,            -- "
    name TEXT,                          -- "
    given_name TEXT,                    -- "
    family_name TEXT,                   -- "
    password_salt BLOB,                 -- 16 bytes; NULL for users without a password
    password_verifier BLOB,             -- SRP's v = g^x mod N, 384 bytes big-endian
    password_digest BLOB,               -- HMAC-SHA256 of SRP's x under a sealing key: what a plain password is compared with
    password_set_at BIGINT,             -- when; a temporary password expires some days after it
    signed_out_at BIGINT,               -- the last global sign-out: access tokens without origin_jti end by it
    created_at BIGINT NOT NULL,         -- UserCreateDate
    updated_at BIGINT NOT NULL          -- UserLastModifiedDate
);
CREATE INDEX users_by_creation ON users (pool_id, created_at, sub);
CREATE INDEX users_by_username ON users (pool_id, username, created_at, sub);
CREATE INDEX users_by_email ON users (pool_id, email, created_at, sub);
CREATE INDEX users_by_phone_number ON users (pool_id, phone_number, created_at, sub);
CREATE INDEX users_by_preferred_username ON users (pool_id, preferred_username, created_at, sub);
CREATE INDEX users_by_name ON users (pool_id, name, created_at, sub);
CREATE INDEX users_by_given_name ON users (pool_id, given_name, created_at, sub);
CREATE INDEX users_by_family_name ON users (pool_id, family_name, created_at, sub);
CREATE INDEX users_by_status ON users (pool_id, status, created_at, sub);
CREATE INDEX users_by_enabled ON users (pool_id, enabled, created_at, sub);

-- Every name under which a user can be found: the user name, the sub, and the aliases that count.
CREATE TABLE user_names (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- names are unique per pool …
    name TEXT NOT NULL,                 -- folded as the pool's case sensitivity asks
    kind TEXT NOT NULL,                 -- … and kind: 'username', 'sub', 'email', 'phone_number', 'preferred_username'
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- whose name it is
    PRIMARY KEY (pool_id, name, kind)
);
CREATE INDEX user_names_by_user ON user_names (sub);

CREATE TABLE groups (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool it belongs to
    name TEXT NOT NULL,                 -- GroupName
    description TEXT,                   -- Description
    role_arn TEXT,                      -- RoleArn
    precedence BIGINT,                  -- Precedence: the lowest wins, NULL is last
    created_at BIGINT NOT NULL,         -- CreationDate
    updated_at BIGINT NOT NULL,         -- LastModifiedDate
    PRIMARY KEY (pool_id, name)
);

CREATE TABLE group_members (
    pool_id TEXT NOT NULL,              -- the group's pool
    group_name TEXT NOT NULL,           -- the group
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- the member
    created_at BIGINT NOT NULL,         -- when the user joined
    PRIMARY KEY (pool_id, group_name, sub),
    FOREIGN KEY (pool_id, group_name) REFERENCES groups (pool_id, name) ON DELETE CASCADE
);
CREATE INDEX group_members_by_user ON group_members (sub);
CREATE INDEX group_members_by_joining ON group_members (pool_id, group_name, created_at, sub);

CREATE TABLE resource_servers (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool it belongs to
    identifier TEXT NOT NULL,           -- Identifier, the scopes' prefix
    name TEXT NOT NULL,                 -- Name
    scopes TEXT NOT NULL,               -- JSON list of {ScopeName, ScopeDescription}
    created_at BIGINT NOT NULL,         -- for a stable order of pages
    PRIMARY KEY (pool_id, identifier)
);

-- One row per sign-in: what its refresh token and all tokens refreshed from it have in common.
CREATE TABLE token_families (
    origin_jti TEXT PRIMARY KEY,        -- the claim of the same name
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the issuer
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE, -- the only client that may use it
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- the user
    scope TEXT NOT NULL,                -- space-separated, as first granted
    auth_time BIGINT NOT NULL,          -- when the user really authenticated; kept over refreshes
    expires_at BIGINT NOT NULL,         -- the end of the refresh token, rotated or not
    generation BIGINT NOT NULL,         -- how often the refresh token was rotated; tokens of older generations are reuse
    rotated_at BIGINT,                  -- the last rotation: the grace period for the previous generation starts here
    revoked_at BIGINT                   -- set by RevokeToken and by sign-out: refresh and access tokens of the family are refused
);
-- One index beside the key: every sign-in writes here, while sweeping and deleting a client are rare and may scan.
CREATE INDEX token_families_by_user ON token_families (sub);

-- Challenge sessions that have been answered: they are sealed and self-contained, so only their end is kept.
CREATE TABLE spent_sessions (
    id TEXT PRIMARY KEY,                -- the session's own id
    expires_at BIGINT NOT NULL          -- after it the session is refused as expired anyway, and the row is swept
);
CREATE INDEX spent_sessions_by_expiry ON spent_sessions (expires_at);

CREATE TABLE codes (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- whom it was sent to
    purpose TEXT NOT NULL,              -- 'verify:email', 'verify:phone_number', …: a code serves no other
    code TEXT NOT NULL,                 -- what was sent
    value TEXT,                         -- the address it was sent to; the pending value of the attribute
    attempts BIGINT NOT NULL,           -- wrong tries so far
    created_at BIGINT NOT NULL,         -- when it was sent
    expires_at BIGINT NOT NULL,         -- when it ends
    PRIMARY KEY (sub, purpose)          -- a new code replaces the old one
);

-- The outbox: everything the service would have sent.
CREATE TABLE messages (
    id TEXT PRIMARY KEY,                -- a UUID
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the sender
    recipient TEXT NOT NULL,            -- e-mail address or phone number
    medium TEXT NOT NULL,               -- 'EMAIL' or 'SMS'
    kind TEXT NOT NULL,                 -- what for: 'invitation', 'verify_attribute', …
    code TEXT,                          -- the code or temporary password in it
    subject TEXT,                       -- e-mails only
    body TEXT NOT NULL,                 -- as rendered
    created_at BIGINT NOT NULL          -- when it was sent
);
CREATE INDEX messages_by_time ON messages (created_at, id);
CREATE INDEX messages_by_recipient ON messages (recipient, created_at, id);
