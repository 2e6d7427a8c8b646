//! The relay: hands e-mails to a mail catcher such as Mailpit or MailHog, after they are in the
//! inbox and without keeping anybody waiting.
//!
//! Plain SMTP only: no TLS and no sign-in, which mail catchers on the same machine or in the same
//! Compose file do not ask for. A catcher that is down costs a line in the log and nothing else.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::Context;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message as Mail};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use crate::boxed::spawn;
use crate::config::SmtpServer;
use crate::store::Message;
use crate::wire::user_pools::DeliveryMediumType;

/// The sender of pools that send through Cognito and not through SES.
const SENDER: &str = "no-reply@verificationemail.com";
/// The most e-mails that wait for a catcher which is slow or down.
const QUEUE: usize = 1_000;
const TRIES: usize = 4;
const BETWEEN_TRIES: Duration = Duration::from_secs(2);
/// How long the catcher may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Where e-mails are handed over. The work ends with the process.
pub struct Relay {
    queue: mpsc::Sender<Message>,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Relay")
    }
}

impl Relay {
    /// Starts the work in the background of the present runtime.
    pub fn start(server: &SmtpServer) -> Self {
        let transport = Transport::builder_dangerous(&server.host)
            .port(server.port)
            .timeout(Some(PATIENCE))
            .build();
        let (queue, messages) = mpsc::channel(QUEUE);
        spawn(work(transport, messages));
        Self { queue }
    }

    /// Takes a message that is in the inbox already. SMS are none of its business.
    pub(super) fn hand_over(&self, message: &Message) {
        if message.medium == DeliveryMediumType::Email.as_str()
            && self.queue.try_send(message.clone()).is_err()
        {
            tracing::warn!(
                message = message.id,
                "the SMTP relay is behind: this e-mail is in the inbox only"
            );
        }
    }
}

async fn work(transport: Transport, mut messages: mpsc::Receiver<Message>) {
    while let Some(message) = messages.recv().await {
        match deliver(&transport, &message).await {
            Ok(()) => tracing::debug!(message = message.id, "relayed by SMTP"),
            Err(error) => tracing::warn!(
                message = message.id,
                "an e-mail could not be relayed by SMTP and is in the inbox only: {error:#}"
            ),
        }
    }
}

/// Tries until the catcher takes the mail, refuses it for good, or was asked often enough.
async fn deliver(transport: &Transport, message: &Message) -> anyhow::Result<()> {
    let mail = mail(message)?;
    let mut turns = tokio::time::interval(BETWEEN_TRIES);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tries = 0;
    loop {
        turns.tick().await;
        tries += 1;
        match transport.send(mail.clone()).await {
            Ok(_accepted) => return Ok(()),
            Err(error) if tries == TRIES || error.is_permanent() => {
                return Err(error).context("the SMTP server did not take it");
            }
            Err(error) => tracing::debug!(message = message.id, %error, "relaying is tried again"),
        }
    }
}

/// The message as Cognito would mail it: HTML, whether or not the template has markup.
fn mail(message: &Message) -> anyhow::Result<Mail> {
    let recipient: Mailbox = message
        .recipient
        .parse()
        .context("the recipient's address has a form that cannot be mailed to")?;
    let sender: Mailbox = SENDER.parse().context("the sender's address")?;
    let sent = Duration::from_micros(u64::try_from(message.created_at.0).unwrap_or_default());
    Mail::builder()
        .from(sender)
        .to(recipient)
        .subject(message.subject.as_deref().unwrap_or_default())
        .date(UNIX_EPOCH + sent)
        .message_id(Some(format!("<{}@mocknito>", message.id)))
        .header(ContentType::TEXT_HTML)
        .body(message.body.clone())
        .context("the message cannot be written as a mail")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    fn message(recipient: &str) -> Message {
        Message {
            id: "1".to_owned(),
            pool_id: "us-east-1_Pool".to_owned(),
            recipient: recipient.to_owned(),
            medium: "EMAIL".to_owned(),
            kind: "verify_attribute".to_owned(),
            code: Some("123456".to_owned()),
            subject: Some("Grüße\r\nBcc: all@example.com".to_owned()),
            body: "Your code is <b>123456</b>".to_owned(),
            created_at: Timestamp::from_seconds(1_767_225_600),
        }
    }

    #[test]
    fn a_message_becomes_a_mail_and_its_subject_adds_no_header() {
        let mail = mail(&message("al@example.com")).unwrap().formatted();
        let text = String::from_utf8(mail).unwrap();
        assert!(text.contains("To: al@example.com\r\n"), "{text}");
        assert!(
            text.contains("Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"),
            "{text}"
        );
        assert!(
            text.contains("Content-Type: text/html; charset=utf-8\r\n"),
            "{text}"
        );
        assert!(text.contains("<b>123456</b>"), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
    }

    #[test]
    fn an_address_that_is_none_is_refused_and_nothing_panics() {
        for wrong in ["", "al", "al@", "a@b\r\nRCPT TO:<c@d>"] {
            assert!(mail(&message(wrong)).is_err(), "{wrong}");
        }
    }
}
