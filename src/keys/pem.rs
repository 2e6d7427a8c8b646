//! Keys and certificates as the text that libraries read from a file: PEM (RFC 7468).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How long the lines are (RFC 7468 §2).
const LINE: usize = 64;

/// The text of what is DER otherwise. The label says what it is, such as `PUBLIC KEY`.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let mut pem = format!("-----BEGIN {label}-----\n");
    let encoded = STANDARD.encode(der);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}
