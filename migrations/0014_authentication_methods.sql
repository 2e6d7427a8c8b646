-- How users proved who they are: what the claims `amr` and `acr` say, and what a step-up goes on from.

-- Of every sign-in, whether its tokens tell it or not.
ALTER TABLE token_families ADD COLUMN amr TEXT NOT NULL DEFAULT ''; -- space-separated values of `amr` without `mfa`, in the order in which they were proved
ALTER TABLE token_families ADD COLUMN acr TEXT;                     -- the level's name as the first tokens had it; NULL: the tokens have neither claim

ALTER TABLE authorization_codes ADD COLUMN amr TEXT NOT NULL DEFAULT ''; -- as above, for the family that the code is for
ALTER TABLE authorization_codes ADD COLUMN acr TEXT;                     -- as above

ALTER TABLE browser_sessions ADD COLUMN amr TEXT NOT NULL DEFAULT ''; -- as above: how the user signed in at the browser
