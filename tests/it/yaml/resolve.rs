use keywright::yaml::{Resolved, Scalar};

#[test]
fn plain_scalars_mean_what_yaml_1_2_says() {
    let table = [
        (Resolved::Null, &["", "~", "null", "Null", "NULL"][..]),
        (Resolved::Bool(true), &["true", "True", "TRUE"]),
        (Resolved::Bool(false), &["false", "False", "FALSE"]),
        (
            Resolved::Integer,
            &["0", "-1", "+12", "012", "0o17", "0xFf", "111122223333"],
        ),
        (
            Resolved::Float,
            &[
                "1.", ".5", "1.5", "1e3", "-1.5E-3", "+.5e+1", ".inf", "-.INF", "+.Inf", ".nan",
            ],
        ),
        (
            Resolved::Text,
            &[
                "yes",
                "no",
                "on",
                "off",
                "tRUE",
                "nUll",
                "0o8",
                "0x",
                "0o",
                "1:30",
                "2012-10-17",
                "1_000",
                ".",
                "-",
                "+",
                "e3",
                "1e",
                "1e+",
                "1.2.3",
                "-.nan",
                "-0x1",
                "x",
                " 1",
            ],
        ),
    ];
    for (meaning, texts) in table {
        for text in texts {
            let plain = Scalar {
                text: (*text).into(),
                plain: true,
            };
            assert_eq!(plain.resolved(), meaning, "{text:?}");
            let quoted = Scalar {
                plain: false,
                ..plain
            };
            assert_eq!(quoted.resolved(), Resolved::Text, "{text:?}");
        }
    }
}
