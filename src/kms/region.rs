//! Regions and the partitions that they belong to.
//!
//! Names and partitions: botocore 1.44.5, `data/partitions.json`, which is what AWS's own tools go by. Which Regions an
//! account has to enable first: AWS Account Management reference, "Enable or disable AWS Regions in your account": those
//! launched after March 20, 2019. Partitions other than `aws` have none of these.

/// A part of AWS with accounts and ARNs of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Partition {
    /// The commercial Regions.
    Aws,
    /// China.
    AwsCn,
    /// GovCloud (US).
    AwsUsGov,
    /// The European Sovereign Cloud.
    AwsEusc,
    /// Top Secret (US).
    AwsIso,
    /// Secret (US).
    AwsIsoB,
    /// Isolated (Europe).
    AwsIsoE,
    /// Isolated (US), `isof`.
    AwsIsoF,
}

impl Partition {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Aws,
        Self::AwsCn,
        Self::AwsUsGov,
        Self::AwsEusc,
        Self::AwsIso,
        Self::AwsIsoB,
        Self::AwsIsoE,
        Self::AwsIsoF,
    ];

    /// As it stands in an ARN.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
            Self::AwsEusc => "aws-eusc",
            Self::AwsIso => "aws-iso",
            Self::AwsIsoB => "aws-iso-b",
            Self::AwsIsoE => "aws-iso-e",
            Self::AwsIsoF => "aws-iso-f",
        }
    }

    /// The partition with that id.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|partition| partition.id() == id)
    }

    /// That of a Region; `aws` for what is no Region's name.
    #[must_use]
    pub fn of_region(name: &str) -> Self {
        Region::parse(name).map_or(Self::Aws, |region| region.partition())
    }

    /// The end of its endpoints' names. Principals of services end in `amazonaws.com` all the same, nearly always.
    #[must_use]
    pub const fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => "amazonaws.com",
            Self::AwsCn => "amazonaws.com.cn",
            Self::AwsEusc => "amazonaws.eu",
            Self::AwsIso => "c2s.ic.gov",
            Self::AwsIsoB => "sc2s.sgov.gov",
            Self::AwsIsoE => "cloud.adc-e.uk",
            Self::AwsIsoF => "csp.hci.ic.gov",
        }
    }

    /// Whether a name ends like a service principal: in the domain of some partition.
    #[must_use]
    pub fn is_service_principal(name: &str) -> bool {
        let domains = Self::ALL.into_iter().map(Self::dns_suffix);
        let mut names = domains.filter_map(|domain| name.strip_suffix(domain));
        names.any(|name| name.ends_with('.'))
    }

    /// What names of its Regions begin with; for `aws`, one of several.
    const fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Aws => &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"],
            Self::AwsCn => &["cn"],
            Self::AwsUsGov => &["us-gov"],
            Self::AwsEusc => &["eusc-de"],
            Self::AwsIso => &["us-iso"],
            Self::AwsIsoB => &["us-isob"],
            Self::AwsIsoE => &["eu-isoe"],
            Self::AwsIsoF => &["us-isof"],
        }
    }
}

/// A Region, such as `eu-central-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    name: String,
    partition: Partition,
    known: bool,
}

impl Region {
    /// The Region of that name, if it existed when this catalogue was made.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::parse(name).filter(Self::known)
    }

    /// Any name that a Region of some partition could have: `PREFIX-WORD-NUMBER`. AWS opens new ones every year, so one
    /// that is not [`known`](Self::known) deserves a warning and not an error.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (rest, number) = name.rsplit_once('-')?;
        let (prefix, word) = rest.rsplit_once('-')?;
        let well_formed = !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_lowercase())
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit());
        let partition = Partition::ALL
            .into_iter()
            .find(|partition| partition.prefixes().contains(&prefix))
            .filter(|_| well_formed)?;
        Some(Self {
            name: name.to_owned(),
            partition,
            known: KNOWN.iter().any(|(_, names)| names.contains(&name)),
        })
    }

    /// Its name, as it stands in ARNs.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The partition that it belongs to; for an unknown one, by its prefix.
    #[must_use]
    pub const fn partition(&self) -> Partition {
        self.partition
    }

    /// Whether it is in the catalogue.
    #[must_use]
    pub const fn known(&self) -> bool {
        self.known
    }

    /// Whether an account has to enable it before use. True for unknown Regions of the partition `aws`: all that were
    /// opened since 2019 are.
    #[must_use]
    pub fn opt_in(&self) -> bool {
        self.partition == Partition::Aws && !names(false).any(|name| name == self.name)
    }

    /// All Regions of the catalogue.
    pub fn all() -> impl Iterator<Item = Self> {
        KNOWN
            .iter()
            .flat_map(|(_, names)| names.iter())
            .filter_map(|name| Self::parse(name))
    }
}

fn names(opt_in: bool) -> impl Iterator<Item = &'static str> {
    KNOWN
        .iter()
        .filter(move |(needs, _)| *needs == opt_in)
        .flat_map(|(_, names)| names.iter().copied())
}

/// The Regions: those that need not be enabled and those that must be.
const KNOWN: [(bool, &[&str]); 2] = [
    (
        false,
        &[
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-north-1",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
            // Other partitions.
            "cn-north-1",
            "cn-northwest-1",
            "us-gov-east-1",
            "us-gov-west-1",
            "eusc-de-east-1",
            "us-iso-east-1",
            "us-iso-west-1",
            "us-isob-east-1",
            "us-isob-west-1",
            "eu-isoe-west-1",
            "us-isof-east-1",
            "us-isof-south-1",
        ],
    ),
    (
        true,
        &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-south-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-west-1",
            "eu-central-2",
            "eu-south-1",
            "eu-south-2",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "me-west-1",
            "mx-central-1",
            "sa-west-1",
        ],
    ),
];
