//! Kinds of key: `KeySpec`, `KeyUsage`, `Origin`, and which go together.
//!
//! Source: enums of the KMS service model (botocore 1.44.5) and the KMS developer guide, "Key type reference".

/// What a key can be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyUsage {
    /// Encrypt and decrypt, data keys.
    EncryptDecrypt,
    /// Sign and verify.
    SignVerify,
    /// Message authentication codes.
    GenerateVerifyMac,
    /// Shared secrets.
    KeyAgreement,
    /// Key encapsulation (ML-KEM).
    EncapsulateDecapsulate,
}

impl KeyUsage {
    /// Every usage, the default first.
    pub const ALL: [Self; 5] = [
        Self::EncryptDecrypt,
        Self::SignVerify,
        Self::GenerateVerifyMac,
        Self::KeyAgreement,
        Self::EncapsulateDecapsulate,
    ];

    /// AWS's spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EncryptDecrypt => "ENCRYPT_DECRYPT",
            Self::SignVerify => "SIGN_VERIFY",
            Self::GenerateVerifyMac => "GENERATE_VERIFY_MAC",
            Self::KeyAgreement => "KEY_AGREEMENT",
            Self::EncapsulateDecapsulate => "ENCAPSULATE_DECAPSULATE",
        }
    }

    /// The usage of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|usage| usage.as_str() == name)
    }
}

/// The kind of key material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeySpec(&'static str);

impl KeySpec {
    /// The default: AES-256-GCM (SM4 in China), the only one that rotates and that AWS's services accept.
    pub const SYMMETRIC_DEFAULT: Self = Self("SYMMETRIC_DEFAULT");

    /// Every spec, the default first.
    pub const ALL: [Self; 20] = [
        Self::SYMMETRIC_DEFAULT,
        Self("RSA_2048"),
        Self("RSA_3072"),
        Self("RSA_4096"),
        Self("ECC_NIST_P256"),
        Self("ECC_NIST_P384"),
        Self("ECC_NIST_P521"),
        Self("ECC_NIST_EDWARDS25519"),
        Self("ECC_SECG_P256K1"),
        Self("HMAC_224"),
        Self("HMAC_256"),
        Self("HMAC_384"),
        Self("HMAC_512"),
        Self("ML_DSA_44"),
        Self("ML_DSA_65"),
        Self("ML_DSA_87"),
        Self("ML_KEM_512"),
        Self("ML_KEM_768"),
        Self("ML_KEM_1024"),
        Self("SM2"),
    ];

    /// AWS's spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The spec of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|spec| spec.0 == name)
    }
}

/// Where key material comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// KMS makes it.
    AwsKms,
    /// Imported.
    External,
}

impl Origin {
    /// Every origin that `AWS::KMS::Key` knows, the default first.
    pub const ALL: [Self; 2] = [Self::AwsKms, Self::External];

    /// AWS's spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwsKms => "AWS_KMS",
            Self::External => "EXTERNAL",
        }
    }

    /// The origin of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == name)
    }
}
