-- Second factors: what users have chosen, and their software tokens.

ALTER TABLE users ADD COLUMN mfa TEXT NOT NULL DEFAULT '{}'; -- JSON: the factors that the user has chosen, and the preferred one

-- One row per user who has an authenticator app, or has begun to set one up.
CREATE TABLE software_tokens (
    sub TEXT PRIMARY KEY REFERENCES users (sub) ON DELETE CASCADE, -- the user
    secret BLOB,                        -- the key that the app shares with us, sealed; NULL before a first code has verified it
    pending BLOB,                       -- the key that is being set up, sealed; it takes the other's place once a code has verified it
    name TEXT,                          -- FriendlyDeviceName of the app
    last_step BIGINT NOT NULL DEFAULT 0, -- the time step of the last code that was taken: none is taken twice, nor an older one
    verified_at BIGINT                  -- when a code has verified the secret
);
