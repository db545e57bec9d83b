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
pub struct KeySpec {
    name: &'static str,
    usages: &'static [KeyUsage],
}

const fn spec(name: &'static str, usages: &'static [KeyUsage]) -> KeySpec {
    KeySpec { name, usages }
}

impl KeySpec {
    /// The default: AES-256-GCM (SM4 in China), the only one that rotates and that AWS's services accept.
    pub const SYMMETRIC_DEFAULT: Self = spec("SYMMETRIC_DEFAULT", &[KeyUsage::EncryptDecrypt]);

    /// Every spec with its usages, the default first.
    pub const ALL: [Self; 20] = {
        use KeyUsage::{
            EncapsulateDecapsulate, EncryptDecrypt, GenerateVerifyMac, KeyAgreement, SignVerify,
        };
        [
            Self::SYMMETRIC_DEFAULT,
            spec("RSA_2048", &[EncryptDecrypt, SignVerify]),
            spec("RSA_3072", &[EncryptDecrypt, SignVerify]),
            spec("RSA_4096", &[EncryptDecrypt, SignVerify]),
            spec("ECC_NIST_P256", &[SignVerify, KeyAgreement]),
            spec("ECC_NIST_P384", &[SignVerify, KeyAgreement]),
            spec("ECC_NIST_P521", &[SignVerify, KeyAgreement]),
            spec("ECC_NIST_EDWARDS25519", &[SignVerify]),
            spec("ECC_SECG_P256K1", &[SignVerify]),
            spec("HMAC_224", &[GenerateVerifyMac]),
            spec("HMAC_256", &[GenerateVerifyMac]),
            spec("HMAC_384", &[GenerateVerifyMac]),
            spec("HMAC_512", &[GenerateVerifyMac]),
            spec("ML_DSA_44", &[SignVerify]),
            spec("ML_DSA_65", &[SignVerify]),
            spec("ML_DSA_87", &[SignVerify]),
            spec("ML_KEM_512", &[EncapsulateDecapsulate]),
            spec("ML_KEM_768", &[EncapsulateDecapsulate]),
            spec("ML_KEM_1024", &[EncapsulateDecapsulate]),
            spec("SM2", &[EncryptDecrypt, SignVerify, KeyAgreement]),
        ]
    };

    /// AWS's spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.name
    }

    /// The spec of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|spec| spec.name == name)
    }

    /// What keys of this spec can be used for.
    #[must_use]
    pub fn usages(self) -> &'static [KeyUsage] {
        self.usages
    }

    /// The usage where none is given: AWS's own default where the spec has it, else the only one that it has.
    /// `None` where AWS asks for a choice. Source: KMS API reference, `CreateKey`, `KeyUsage`.
    #[must_use]
    pub fn default_usage(self) -> Option<KeyUsage> {
        match self.usages {
            [KeyUsage::EncryptDecrypt, ..] => Some(KeyUsage::EncryptDecrypt),
            [only] => Some(*only),
            _ => None,
        }
    }

    /// Whether AWS rotates its material by itself. Source: KMS developer guide, "Rotate AWS KMS keys": symmetric
    /// encryption keys with material that KMS made.
    #[must_use]
    pub fn rotates(self) -> bool {
        self == Self::SYMMETRIC_DEFAULT
    }

    /// Whether keys of this spec can have imported material. Source: KMS developer guide, "Importing key material";
    /// CloudFormation template reference, `AWS::KMS::Key`, `Origin`: no ML-DSA keys.
    #[must_use]
    pub fn imports_material(self) -> bool {
        !self.name.starts_with("ML_")
    }

    /// Whether only AWS Regions in China have keys of this spec. Source: KMS API reference, `CreateKey`, `KeySpec`.
    #[must_use]
    pub fn is_chinese(self) -> bool {
        self.name == "SM2"
    }

    /// Whether keys of this spec have a private and a public half.
    #[must_use]
    pub fn is_asymmetric(self) -> bool {
        !self.name.starts_with("SYMMETRIC") && !self.name.starts_with("HMAC")
    }

    /// Whether CloudFormation and the Terraform provider are known to make such keys. Source: schema of
    /// `AWS::KMS::Key` of 2026-10-20, without the ML-KEM specs; no release of the provider is known that has them.
    #[must_use]
    pub fn is_deployable(self) -> bool {
        !self.name.starts_with("ML_KEM")
    }
}

/// Where key material comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// KMS makes it.
    AwsKms,
    /// Imported.
    External,
    /// An AWS CloudHSM cluster makes it: a custom key store.
    CloudHsm,
    /// It is outside AWS: an external key store, which is a custom key store too.
    ExternalKeyStore,
}

impl Origin {
    /// Every origin, the default first.
    pub const ALL: [Self; 4] = [
        Self::AwsKms,
        Self::External,
        Self::CloudHsm,
        Self::ExternalKeyStore,
    ];

    /// AWS's spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwsKms => "AWS_KMS",
            Self::External => "EXTERNAL",
            Self::CloudHsm => "AWS_CLOUDHSM",
            Self::ExternalKeyStore => "EXTERNAL_KEY_STORE",
        }
    }

    /// The origin of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == name)
    }

    /// Whether the material is in a custom key store. Source: KMS developer guide, "Key stores".
    #[must_use]
    pub fn is_custom_key_store(self) -> bool {
        matches!(self, Self::CloudHsm | Self::ExternalKeyStore)
    }

    /// Whether CloudFormation makes keys of this origin. Source: schema of `AWS::KMS::Key` of 2026-10-20.
    #[must_use]
    pub fn is_in_cloudformation(self) -> bool {
        !self.is_custom_key_store()
    }
}
