//! From the bytes of a file to its text.

use std::fmt;

/// Bytes that are not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidUtf8 {
    /// The first byte that is wrong, counted in the file as it is, with its byte order mark.
    pub offset: usize,
    /// The line of that byte, from 1.
    pub line: usize,
    /// The byte; `None` where the file ends within a character.
    pub byte: Option<u8>,
    /// Whether the file begins with the byte order mark of UTF-16.
    pub utf_16: bool,
}

impl fmt::Display for InvalidUtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.utf_16 {
            return f.write_str("the file is UTF-16, not UTF-8; save it as UTF-8");
        }
        match self.byte {
            Some(byte) => write!(
                f,
                "the file is not UTF-8: byte 0x{byte:02X} on line {} (offset {}); save it as UTF-8",
                self.line, self.offset
            ),
            None => write!(
                f,
                "the file is not UTF-8: it ends in the middle of a character on line {}; save it as UTF-8",
                self.line
            ),
        }
    }
}

impl std::error::Error for InvalidUtf8 {}

/// The text of a file, without a byte order mark, so that offsets and columns count what is seen.
///
/// # Errors
/// The place of the first byte that is not UTF-8.
pub fn decode(bytes: Vec<u8>) -> Result<String, InvalidUtf8> {
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let problem = error.utf8_error();
        let bytes = error.as_bytes();
        let offset = problem.valid_up_to();
        let before = bytes.get(..offset).unwrap_or_default();
        InvalidUtf8 {
            offset,
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            byte: problem.error_len().and_then(|_| bytes.get(offset).copied()),
            utf_16: bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]),
        }
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}
