-- Credentials that another STS made: what is kept of their session token, to know it again.
ALTER TABLE issued_credentials ADD COLUMN session_token_digest TEXT; -- SHA-256; null: our own
