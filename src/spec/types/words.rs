//! Fixed lists of words, our own and those of AWS.

use serde_json::{Value, json};

use super::text::text;
use crate::diag::Diagnostic;
use crate::kms::services;
use crate::spec::field::{Decoder, FieldType};
use crate::yaml::Node;

/// Declares a type with a fixed list of words.
macro_rules! word_type {
    (
        $(#[doc = $doc:literal])+
        $name:ident, $described:literal {
            $($(#[doc = $word_doc:literal])+ $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[doc = $word_doc])+ $variant,)+
        }

        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in a spec.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl FieldType for $name {
            fn describe() -> String {
                let words: Vec<_> = Self::ALL
                    .iter()
                    .map(|word| format!("`{}`", word.as_str()))
                    .collect();
                format!("{}: {}", $described, words.join(" or "))
            }

            fn schema() -> Value {
                json!({"enum": [$($word),+]})
            }

            fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
                let written = text(node, &Self::describe(), decoder)?;
                let found = Self::ALL.iter().find(|word| word.as_str() == written);
                if found.is_none() {
                    let words = || Self::ALL.iter().map(|word| word.as_str());
                    decoder.report(
                        Diagnostic::error("unknown-value", format!("unknown value `{written}`"))
                            .at(node.span, "")
                            .did_you_mean(written, words())
                            .help(format!("known: {}", words().collect::<Vec<_>>().join(", "))),
                    );
                }
                found.copied()
            }
        }
    };
}

word_type!(
    /// What a user may do, in words that fit the kind of key.
    Capability, "a capability" {
        /// Encrypt, make data keys, be the destination of a re-encryption.
        Encrypt = "encrypt",
        /// Decrypt.
        Decrypt = "decrypt",
        /// Sign.
        Sign = "sign",
        /// Verify signatures.
        Verify = "verify",
        /// Make message authentication codes.
        GenerateMac = "generate-mac",
        /// Verify message authentication codes.
        VerifyMac = "verify-mac",
        /// Derive shared secrets.
        Derive = "derive",
        /// Look at the key and its policy, without any use of it.
        Inspect = "inspect",
    }
);

word_type!(
    /// How a role or user is named in the policy.
    Match, "how the principal is matched" {
        /// By its ARN in the Principal element: it must exist, and its re-creation breaks the access.
        Principal = "principal",
        /// By `aws:PrincipalArn` in a condition: the access survives re-creation.
        Condition = "condition",
    }
);

word_type!(
    /// A kind of output.
    Target, "a target" {
        /// CloudFormation templates.
        CloudFormation = "cloudformation",
        /// Terraform modules.
        Terraform = "terraform",
    }
);

/// A word under `access`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessWord {
    /// A capability of the key.
    Key(Capability),
    /// A term of the services under `via`: all that they need for it.
    Service(&'static str),
}

impl AccessWord {
    fn all() -> impl Iterator<Item = Self> {
        let own = Capability::ALL.iter().copied().map(Self::Key);
        own.chain(services::terms().map(Self::Service))
    }

    /// The word in a spec.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Key(capability) => capability.as_str(),
            Self::Service(term) => term,
        }
    }

    /// The capability, if it is one of the key.
    #[must_use]
    pub const fn capability(self) -> Option<Capability> {
        match self {
            Self::Key(capability) => Some(capability),
            Self::Service(_) => None,
        }
    }

    /// The term, if it is one of the services under `via`.
    #[must_use]
    pub const fn service_term(self) -> Option<&'static str> {
        match self {
            Self::Key(_) => None,
            Self::Service(term) => Some(term),
        }
    }
}

impl FieldType for AccessWord {
    fn describe() -> String {
        format!(
            "{}; or, with `via`, a term of its services such as `read` or `write`",
            Capability::describe()
        )
    }

    fn schema() -> Value {
        json!({"enum": Self::all().map(Self::as_str).collect::<Vec<_>>()})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let written = text(node, &Self::describe(), decoder)?;
        let found = Self::all().find(|word| word.as_str() == written);
        if found.is_none() {
            let own: Vec<_> = Capability::ALL.iter().map(|word| word.as_str()).collect();
            let terms: Vec<_> = services::terms().collect();
            decoder.report(
                Diagnostic::error("unknown-value", format!("unknown value `{written}`"))
                    .at(node.span, "")
                    .did_you_mean(written, Self::all().map(Self::as_str))
                    .help(format!("known: {}", own.join(", ")))
                    .help(format!("with `via`, by its services: {}", terms.join(", "))),
            );
        }
        found
    }
}

/// Declares a type whose words are AWS's own names of something.
macro_rules! aws_type {
    ($(#[doc = $doc:literal])+ $name:ident($of:ty), $described:literal) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub $of);

        impl FieldType for $name {
            fn describe() -> String {
                $described.to_owned()
            }

            fn schema() -> Value {
                let names: Vec<_> = <$of>::ALL.iter().map(|one| one.as_str()).collect();
                json!({"enum": names})
            }

            fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
                let written = text(node, $described, decoder)?;
                let found = <$of>::named(written);
                if found.is_none() {
                    let names = || <$of>::ALL.iter().map(|one| one.as_str());
                    decoder.report(
                        Diagnostic::error("unknown-value", format!("unknown value `{written}`"))
                            .at(node.span, "")
                            .did_you_mean(written, names())
                            .help(format!("known: {}", names().collect::<Vec<_>>().join(", "))),
                    );
                }
                found.map(Self)
            }
        }
    };
}

aws_type!(
    /// A `KeySpec` of AWS.
    KeySpecName(crate::kms::KeySpec),
    "a key spec"
);

aws_type!(
    /// A `KeyUsage` of AWS.
    KeyUsageName(crate::kms::KeyUsage),
    "a key usage"
);

/// An `Origin` of AWS, in capitals or in small letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OriginName(pub crate::kms::Origin);

impl OriginName {
    fn words() -> impl Iterator<Item = String> {
        let names = crate::kms::Origin::ALL.into_iter();
        names.map(|origin| origin.as_str().to_ascii_lowercase())
    }
}

impl FieldType for OriginName {
    fn describe() -> String {
        let words: Vec<_> = Self::words().map(|word| format!("`{word}`")).collect();
        format!("an origin: {}", words.join(" or "))
    }

    fn schema() -> Value {
        let capitals = crate::kms::Origin::ALL.into_iter();
        let capitals = capitals.map(|origin| origin.as_str().to_owned());
        json!({"enum": Self::words().chain(capitals).collect::<Vec<_>>()})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let written = text(node, &Self::describe(), decoder)?;
        let one_case = [written.to_ascii_lowercase(), written.to_ascii_uppercase()];
        let found = crate::kms::Origin::named(&written.to_ascii_uppercase())
            .filter(|_| one_case.iter().any(|word| word == written));
        if found.is_none() {
            let words: Vec<_> = Self::words().collect();
            decoder.report(
                Diagnostic::error("unknown-value", format!("unknown value `{written}`"))
                    .at(node.span, "")
                    .did_you_mean(written, words.iter().map(String::as_str))
                    .help(format!("known: {}", words.join(", "))),
            );
        }
        found.map(Self)
    }
}

word_type!(
    /// How administrators' access is written.
    Administration, "a list of actions" {
        /// An explicit list without any use of the key.
        Separated = "separated",
        /// The procedure's own wildcard list.
        Sop = "sop",
    }
);

word_type!(
    /// How permission sets are let in.
    PermissionSets, "a way to let permission sets in" {
        /// By the key policy alone.
        Direct = "direct",
        /// By the key policy and the role's own IAM policy together.
        Delegated = "delegated",
    }
);

word_type!(
    /// What a key policy leaves to the account.
    AccountAccess, "what is left to the account" {
        /// The account's IAM policies may give access to the key.
        Delegated = "delegated",
        /// Only the account's root user gets in by the account's statement.
        RootUserOnly = "root-user-only",
    }
);

word_type!(
    /// How StackSets gets its permissions in the account of a stack.
    StackSets, "a way in which StackSets deploys" {
        /// By roles that AWS Organizations makes. Self-managed StackSets use a role of a fixed name.
        ServiceManaged = "service-managed",
    }
);

word_type!(
    /// How much a finding of a control matters, worst first.
    Severity, "a severity" {
        /// Data is open or lost.
        Critical = "critical",
        /// One step from there.
        High = "high",
        /// A safeguard is missing.
        Medium = "medium",
        /// Worth mending.
        Low = "low",
        /// Worth knowing.
        Informational = "informational",
    }
);
