-- SRP's x is a hash of the pool's name, the user's and the password. In the copy of a pool these
-- names are others, while the passwords are those of the users who were copied: this is the two
-- names as they were when the password was stored, one behind the other. NULL: those of the row.
ALTER TABLE users ADD COLUMN password_identity TEXT;
ALTER TABLE password_history ADD COLUMN identity TEXT;
