-- What sign-up and recovery need: wrong passwords and codes counted, and an inbox in the order of sending.

-- One row per subject and purpose, as long as its failures count.
CREATE TABLE attempts (
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- the pool
    subject TEXT NOT NULL,              -- the user's sub, or the made-up one of a name that nobody has: clients that hide who exists see the same
    purpose TEXT NOT NULL,              -- 'sign_in', 'change_password', or what a code is for
    failures BIGINT NOT NULL,           -- how many
    begun_at BIGINT NOT NULL,           -- the first of them
    failed_at BIGINT NOT NULL,          -- the last of them: a lock-out starts here
    tried_at BIGINT NOT NULL,           -- the last try, those included that were refused unseen
    PRIMARY KEY (subject, purpose)
);
CREATE INDEX attempts_by_time ON attempts (tried_at);

-- Counted above, so that a new code does not begin a new count.
ALTER TABLE codes DROP COLUMN attempts;

-- Of messages sent at the same instant of a clock that stands still, which is the newest?
ALTER TABLE messages ADD COLUMN number BIGINT NOT NULL DEFAULT 0; -- counts them in the order of sending
UPDATE messages SET number = (SELECT count(*) FROM messages AS m WHERE (m.created_at, m.id) <= (messages.created_at, messages.id));
DROP INDEX messages_by_time;
DROP INDEX messages_by_recipient;
CREATE UNIQUE INDEX messages_by_number ON messages (number);
CREATE INDEX messages_by_recipient ON messages (recipient, number);
