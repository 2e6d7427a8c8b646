-- Passkeys: the public half of what users sign in with, and the registrations that are under way.

CREATE TABLE passkeys (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the directory it opens
    id TEXT NOT NULL,                   -- the authenticator's credential id, base64url
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- whose it is
    relying_party_id TEXT NOT NULL,     -- the domain it was made for: it proves nothing to another
    name TEXT NOT NULL,                 -- FriendlyCredentialName
    attachment TEXT,                    -- 'platform', 'cross-platform', or NULL where the browser did not say
    transports TEXT NOT NULL,           -- JSON array of AuthenticatorTransports
    public_key BLOB NOT NULL,           -- key and fixed extensions, as webauthn_rp encodes a StaticState
    sign_count BIGINT NOT NULL,         -- the authenticator's counter at its last use; stays 0 with those that do not count
    user_verified BIGINT NOT NULL,      -- 1 when the user was verified at registration
    backup BIGINT NOT NULL,             -- 0 bound to one device, 1 may be synchronised, 2 is synchronised
    created_at BIGINT NOT NULL,         -- CreatedAt
    PRIMARY KEY (pool_id, id)
);
CREATE INDEX passkeys_by_user ON passkeys (sub, created_at, id);

-- One row per StartWebAuthnRegistration that was not completed; gone with the first attempt to complete it.
CREATE TABLE passkey_challenges (
    challenge TEXT PRIMARY KEY,         -- base64url of 16 random bytes
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- who registers
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE, -- the client whose token began it
    relying_party_id TEXT NOT NULL,     -- the domain that was asked for
    expires_at BIGINT NOT NULL          -- until when it can be completed
);
CREATE INDEX passkey_challenges_by_expiry ON passkey_challenges (expires_at);
