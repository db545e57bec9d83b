use keywright::source::{InvalidUtf8, decode};

#[test]
fn decoding_strips_a_byte_order_mark() {
    assert_eq!(decode(b"\xef\xbb\xbfa: 1\n".to_vec()).unwrap(), "a: 1\n");
    assert_eq!(decode("é".into()).unwrap(), "é");
    assert_eq!(decode(Vec::new()).unwrap(), "");
}

#[test]
fn decoding_names_the_line_of_a_wrong_byte() {
    let problem = decode(b"a: 1\nb: caf\xe9\n".to_vec()).unwrap_err();
    assert_eq!(
        problem,
        InvalidUtf8 {
            offset: 11,
            line: 2,
            byte: Some(0xe9),
            utf_16: false
        }
    );
    assert_eq!(
        problem.to_string(),
        "the file is not UTF-8: byte 0xE9 on line 2 (offset 11); save it as UTF-8"
    );
    let cut = decode(b"a: \xc3".to_vec()).unwrap_err();
    assert!(cut.to_string().contains("ends in the middle"), "{cut}");
    let wide = decode(b"\xff\xfea\0:\0".to_vec()).unwrap_err();
    assert!(wide.to_string().contains("UTF-16"), "{wide}");
}
