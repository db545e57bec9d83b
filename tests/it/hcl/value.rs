use keywright::hcl::format::format;
use keywright::hcl::quote::quote;
use keywright::hcl::value::{Expr, write};
use proptest::prelude::*;

fn raw(text: &str) -> Expr {
    Expr::Raw(quote(text))
}

fn print(expr: &Expr) -> String {
    let mut out = String::from("policy = ");
    write(&mut out, expr, 0);
    out.push('\n');
    out
}

#[test]
fn a_policy_looks_like_this() {
    let policy = Expr::Object(vec![
        ("Version".into(), raw("2012-10-17")),
        (
            "Statement".into(),
            Expr::List(vec![Expr::Object(vec![
                ("Sid".into(), raw("Use")),
                ("Effect".into(), raw("Allow")),
                (
                    "Action".into(),
                    Expr::List(vec![raw("kms:Decrypt"), raw("kms:Encrypt")]),
                ),
                ("Resource".into(), raw("*")),
                (
                    "Condition".into(),
                    Expr::Object(vec![(
                        "StringEquals".into(),
                        Expr::Object(vec![
                            ("\"kms:CallerAccount\"".into(), Expr::List(vec![raw("1")])),
                            ("\"kms:é\"".into(), Expr::List(vec![])),
                        ]),
                    )]),
                ),
            ])]),
        ),
    ]);
    let expected = r#"policy = {
  Version = "2012-10-17"
  Statement = [
    {
      Sid    = "Use"
      Effect = "Allow"
      Action = [
        "kms:Decrypt",
        "kms:Encrypt",
      ]
      Resource = "*"
      Condition = {
        StringEquals = {
          "kms:CallerAccount" = ["1"]
          "kms:é"             = []
        }
      }
    },
  ]
}
"#;
    assert_eq!(print(&policy), expected);
    assert_eq!(format(expected), expected);
}

fn expr() -> impl Strategy<Value = Expr> {
    let text = prop_oneof!["[a-z:*]{0,12}", "\\PC{0,8}", "[a-z]{90,110}"];
    let leaf = prop_oneof![
        text.clone().prop_map(|text| Expr::Raw(quote(&text))),
        Just(Expr::Raw("true".into())),
        Just(Expr::Raw("data.aws_region.current.name".into())),
        Just(Expr::Raw(
            "\"arn:${data.aws_partition.current.partition}:x\"".into()
        )),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        let key = prop_oneof![
            text.clone().prop_map(|text| quote(&text)),
            "[A-Z][a-z]{0,8}"
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Expr::List),
            proptest::collection::vec((key, inner), 0..5).prop_map(Expr::Object),
        ]
    })
}

proptest! {
    #[test]
    fn the_formatter_leaves_values_alone(expr in expr()) {
        let printed = print(&expr);
        prop_assert_eq!(format(&printed), printed);
    }
}
