-- Passwords that came from another store: its digests mean nothing here, so that only salt and
-- verifier are known until their users sign in. Whether a pool has any is asked at wrong passwords.
CREATE INDEX users_by_bare_password ON users (pool_id)
    WHERE password_digest = x'' AND password_hash IS NULL;
