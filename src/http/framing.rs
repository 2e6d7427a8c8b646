//! Requests of HTTP/1 that can be read in two ways: `Content-Length` beside `Transfer-Encoding`
//! (RFC 9112 §6.1), and more than one `Host` (§3.2). What one program in front takes for a body,
//! another takes for the next request; they are refused.
//!
//! hyper takes `Transfer-Encoding`, drops the other header and closes the connection, so that the
//! request itself does not show it. Therefore the bytes are looked at as they come in, which needs
//! no more than to know where each head ends. Not here: what else is malformed, which hyper
//! refuses.

use std::collections::BTreeSet;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use axum::http::{HeaderMap, header};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The longest head that is looked at; hyper takes none that is longer.
const LONGEST_HEAD: usize = 512 << 10;

/// Whether a request names several hosts.
pub fn has_several_hosts(headers: &HeaderMap) -> bool {
    headers.get_all(header::HOST).iter().nth(1).is_some()
}

/// Which of a connection's requests have both headers, by their number.
#[derive(Debug, Clone, Default)]
pub struct Ambiguous(Arc<Inspection>);

#[derive(Debug, Default)]
struct Inspection {
    numbers: Mutex<BTreeSet<u64>>,
    has_ended: AtomicBool,
}

impl Ambiguous {
    pub fn has(&self, request: u64) -> bool {
        self.numbers().contains(&request)
    }

    /// What comes now is no HTTP: the connection has switched to another protocol.
    pub fn no_more(&self) {
        self.0.has_ended.store(true, Ordering::Relaxed);
    }

    fn insert(&self, request: u64) {
        self.numbers().insert(request);
    }

    fn numbers(&self) -> std::sync::MutexGuard<'_, BTreeSet<u64>> {
        self.0
            .numbers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection whose requests are looked at on their way in.
pub struct Framed<S> {
    stream: S,
    reader: Reader,
}

impl<S> Framed<S> {
    pub fn new(stream: S, ambiguous: Ambiguous) -> Self {
        Self {
            stream,
            reader: Reader {
                part: Part::Head(Vec::new()),
                request: 0,
                ambiguous,
            },
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Framed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.reader.read(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Framed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Where in a request the next byte stands.
#[derive(Debug)]
enum Part {
    /// What has come of the head.
    Head(Vec<u8>),
    /// So many bytes of the body are still to come.
    Body(u64),
    /// The line with a chunk's size.
    ChunkSize(Vec<u8>),
    /// So many bytes of a chunk, with the line's end behind it.
    Chunk(u64),
    /// The lines behind the last chunk; whether this one has any bytes yet.
    Trailer(bool),
    /// Nothing more is looked at: it is no HTTP, or hyper closes the connection.
    Rest,
}

struct Reader {
    part: Part,
    /// How many heads are behind.
    request: u64,
    ambiguous: Ambiguous,
}

impl Reader {
    fn read(&mut self, mut bytes: &[u8]) {
        if self.ambiguous.0.has_ended.load(Ordering::Relaxed) {
            self.part = Part::Rest;
        }
        while !bytes.is_empty() {
            let (part, used) = self.step(bytes);
            if let Some(part) = part {
                self.part = part;
            }
            bytes = &bytes[used.min(bytes.len())..];
            if matches!(self.part, Part::Rest) {
                return;
            }
        }
    }

    /// What comes after these bytes, where that is something else; and how many of them are used.
    fn step(&mut self, bytes: &[u8]) -> (Option<Part>, usize) {
        match &mut self.part {
            Part::Head(head) => {
                let Some(line) = line_end(bytes) else {
                    head.extend_from_slice(bytes);
                    let is_too_long = head.len() > LONGEST_HEAD;
                    return (is_too_long.then_some(Part::Rest), bytes.len());
                };
                head.extend_from_slice(&bytes[..line]);
                let ends = head.ends_with(b"\n\r\n") || head.ends_with(b"\n\n");
                // Empty lines before a request are none of it (RFC 9112 §2.2).
                if head.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
                    head.clear();
                    return (None, line);
                }
                if !ends {
                    return (None, line);
                }
                let head = std::mem::take(head);
                (Some(self.behind(&head)), line)
            }
            Part::Body(left) => {
                let used = left_in(*left, bytes);
                *left -= used as u64;
                let ends = (*left == 0).then(|| Part::Head(Vec::new()));
                (ends, used)
            }
            Part::ChunkSize(size) => {
                let Some(line) = line_end(bytes) else {
                    size.extend_from_slice(bytes);
                    return ((size.len() > 1_024).then_some(Part::Rest), bytes.len());
                };
                size.extend_from_slice(&bytes[..line]);
                let next = match chunk_size(size) {
                    Some(0) => Part::Trailer(false),
                    Some(size) => Part::Chunk(size.saturating_add(2)),
                    None => Part::Rest,
                };
                (Some(next), line)
            }
            Part::Chunk(left) => {
                let used = left_in(*left, bytes);
                *left -= used as u64;
                let ends = (*left == 0).then(|| Part::ChunkSize(Vec::new()));
                (ends, used)
            }
            Part::Trailer(has_bytes) => match bytes[0] {
                b'\n' if !*has_bytes => (Some(Part::Head(Vec::new())), 1),
                b'\n' => {
                    *has_bytes = false;
                    (None, 1)
                }
                b'\r' => (None, 1),
                _ => {
                    *has_bytes = true;
                    (None, 1)
                }
            },
            Part::Rest => (None, bytes.len()),
        }
    }

    /// What comes behind a head.
    fn behind(&mut self, head: &[u8]) -> Part {
        let request = self.request;
        self.request += 1;
        let mut length = None;
        let mut is_chunked = false;
        for line in head.split(|byte| *byte == b'\n').skip(1) {
            let Some(colon) = line.iter().position(|byte| *byte == b':') else {
                continue;
            };
            let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
            if name.eq_ignore_ascii_case(b"content-length") {
                let text = std::str::from_utf8(value).ok();
                length = Some(text.and_then(|text| text.parse().ok()));
            } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
                is_chunked = true;
            }
        }
        match (length, is_chunked) {
            (Some(_), true) => {
                self.ambiguous.insert(request);
                Part::Rest
            }
            (None, true) => Part::ChunkSize(Vec::new()),
            (Some(Some(0)) | None, false) => Part::Head(Vec::new()),
            (Some(Some(length)), false) => Part::Body(length),
            (Some(None), false) => Part::Rest,
        }
    }
}

/// Behind the first line's end.
fn line_end(bytes: &[u8]) -> Option<usize> {
    bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .map(|at| at + 1)
}

fn left_in(left: u64, bytes: &[u8]) -> usize {
    usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()))
}

/// The size in a line such as `1a;name=value`.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii();
    let digits = std::str::from_utf8(digits).ok()?;
    u64::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the requests in these bytes are ambiguous, however they come in.
    fn ambiguous(bytes: &str) -> Vec<u64> {
        let whole = read(bytes.as_bytes().chunks(bytes.len()));
        let by_byte = read(bytes.as_bytes().chunks(1));
        let by_seven = read(bytes.as_bytes().chunks(7));
        assert_eq!((&whole, &whole), (&by_byte, &by_seven), "{bytes:?}");
        whole
    }

    fn read<'b>(pieces: impl Iterator<Item = &'b [u8]>) -> Vec<u64> {
        let ambiguous = Ambiguous::default();
        let mut framed = Framed::new((), ambiguous.clone());
        for piece in pieces {
            framed.reader.read(piece);
        }
        let numbers = ambiguous.numbers();
        numbers.iter().copied().collect()
    }

    const PLAIN: &str = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n\n\r\n\r\n";
    const CHUNKED: &str = "POST / HTTP/1.1\r\nhost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                           5;x=y\r\n\r\n\r\n\n\r\n0\r\nTrailer: x\r\n\r\n";
    const GET: &str = "\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n";
    const BOTH: &str = "POST / HTTP/1.1\r\nContent-Length: 3\r\ntransfer-encoding: chunked\r\n\r\n";
    const BOTH_TOO: &str = "POST / HTTP/1.1\ntransfer-encoding:chunked\ncontent-length: 3\n\n";

    #[test]
    fn a_request_with_one_length_is_plain() {
        assert!(ambiguous(&[PLAIN, CHUNKED, GET, GET, CHUNKED, PLAIN].concat()).is_empty());
        assert!(
            ambiguous("GET / HTTP/1.1\r\nx: content-length: 1 transfer-encoding: x\r\n").is_empty()
        );
        assert!(ambiguous("\u{16}\u{3}\u{1}garbage").is_empty());
    }

    #[test]
    fn a_request_with_both_is_found_wherever_it_stands() {
        assert_eq!(ambiguous(BOTH), [0]);
        assert_eq!(ambiguous(BOTH_TOO), [0]);
        assert_eq!(ambiguous(&[PLAIN, CHUNKED, GET, BOTH, PLAIN].concat()), [3]);
        assert_eq!(ambiguous(&[GET, CHUNKED, BOTH_TOO].concat()), [2]);
    }

    #[test]
    fn what_looks_like_it_in_a_body_is_none() {
        let body = BOTH.len();
        let head = format!("POST / HTTP/1.1\r\ncontent-length: {body}\r\n\r\n");
        assert!(ambiguous(&[&head, BOTH, GET].concat()).is_empty());
    }
}
