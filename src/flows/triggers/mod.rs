//! The pool's own functions: what they are told, at which moment, and what their answers mean.
//!
//! One file per family of events; each builds the event's document in the service's order of
//! members, has it answered (`call`) and reads every member of the answer that counts. Callers hold
//! no transaction: a function may call back before it answers. Not here: how a function is found,
//! reached, retried and written down (`crate::triggers`), what follows from an answer (the flows).

mod authentication;
mod call;
mod caller_data;
mod challenges;
mod federation;
mod messages;
mod migration;
mod sign_up;
mod tokens;
mod trigger;

pub use authentication::{post_authentication, pre_authentication, pre_authentication_of_unknown};
pub use call::Caller;
pub use challenges::{
    ChallengeRecord, CreatedChallenge, CustomAuthUser, Decision, create_auth_challenge,
    define_auth_challenge, has_custom_auth, verify_auth_challenge_response,
};
pub use federation::{ProviderAnswer, inbound_federation};
pub use messages::{
    Cause, CodeToSend, CustomMessage, MessageWay, custom_message, has_sender, send,
    send_notification,
};
pub use migration::{Migrated, MigrationMoment, migrates_users, user_migration};
pub use sign_up::{Confirmation, PreSignUp, SignUpWay, post_confirmation, pre_sign_up};
pub use tokens::{TokenSource, for_machine, for_user};
pub use trigger::Trigger;
