-- Passwords that users had before: what PasswordHistorySize compares a new one with. Kept in pools with such a policy only.
CREATE TABLE password_history (
    sub TEXT NOT NULL REFERENCES users (sub) ON DELETE CASCADE, -- whose it was
    salt BLOB NOT NULL,                 -- 16 bytes
    digest BLOB NOT NULL,               -- as users.password_digest: enough to recognise the password, not to sign in with it
    set_at BIGINT NOT NULL,             -- when it was set; the latest count
    PRIMARY KEY (sub, set_at, salt)
);
