-- What the authorization server keeps: the sessions of browsers, the codes that browsers carry to apps, and what a token is bound to.

-- One row per browser and pool where somebody is signed in: single sign-on for all clients of the pool. The id means nothing without the
-- sealed cookie that carries it.
CREATE TABLE browser_sessions (
    id TEXT PRIMARY KEY,                -- a UUID, new at each sign-in
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the only pool in which it counts
    client_id TEXT NOT NULL,            -- where the user signed in; the session outlives that client
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- who is signed in
    auth_time BIGINT NOT NULL,          -- when the user really authenticated: how long clients may use the session counts from here
    device_key TEXT,                    -- the device that was signed in with, when the pool remembers devices
    used_at BIGINT NOT NULL,            -- when a client used it last
    expires_at BIGINT NOT NULL          -- when no client may use it any more
);
CREATE INDEX browser_sessions_by_user ON browser_sessions (sub);

-- Authorization codes. A code is used when the token family that it is for is there, which can be begun once. It stays for a while, to end
-- that family when it comes a second time.
CREATE TABLE authorization_codes (
    digest TEXT PRIMARY KEY,            -- SHA-256 of the code, base64url: the code itself is nowhere
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE, -- the only client that may use it
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- who signed in
    redirect_uri TEXT NOT NULL,         -- where it was sent; the client must name the same
    scope TEXT NOT NULL,                -- space-separated, as granted
    nonce TEXT,                         -- goes into the ID token
    code_challenge TEXT,                -- PKCE: base64url of the SHA-256 of the verifier that the client must show
    resource TEXT,                      -- the access token's audience
    auth_time BIGINT NOT NULL,          -- when the user really authenticated
    device_key TEXT,                    -- the device that was signed in with
    expires_at BIGINT NOT NULL,         -- five minutes after it was made
    origin_jti TEXT NOT NULL            -- the token family that it is for
);
CREATE INDEX authorization_codes_by_user ON authorization_codes (sub);

-- Resource binding (RFC 8707): the audience that every access token of the family has.
ALTER TABLE token_families ADD COLUMN resource TEXT; -- NULL: none was asked for
