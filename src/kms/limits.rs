//! Limits of KMS and of what deploys its keys, each with its source.

use std::ops::RangeInclusive;

/// Largest key policy in bytes. Source: KMS developer guide, "Resource quotas" (32 KB); CloudFormation
/// `AWS::KMS::Key`, `KeyPolicy` (maximum 32,768).
pub const POLICY_BYTES: usize = 32_768;

/// Most characters in a key's description. Source: KMS API reference, `CreateKey`, `Description`.
pub const DESCRIPTION_LENGTH: usize = 8_192;

/// Most characters of an alias after `alias/`. Source: KMS API reference, `CreateAlias` (256 with the prefix).
pub const ALIAS_LENGTH: usize = 250;

/// Most aliases of one key. Source: KMS developer guide, "Resource quotas".
pub const ALIASES_PER_KEY: usize = 50;

/// Most tags of one key. Source: KMS developer guide, "Tags in AWS KMS".
pub const TAGS_PER_KEY: usize = 50;

/// Most characters in a tag's key. Source: KMS API reference, `Tag`.
pub const TAG_KEY_LENGTH: usize = 128;

/// Most characters in a tag's value. Source: KMS API reference, `Tag`.
pub const TAG_VALUE_LENGTH: usize = 256;

/// Days between scheduling a key's deletion and the deletion. Source: KMS API reference, `ScheduleKeyDeletion`.
pub const DELETION_WINDOW_DAYS: RangeInclusive<u64> = 7..=30;

/// Days between automatic rotations. Source: KMS API reference, `EnableKeyRotation`.
pub const ROTATION_PERIOD_DAYS: RangeInclusive<u64> = 90..=2_560;

/// Days between automatic rotations unless stated. Source: as [`ROTATION_PERIOD_DAYS`].
pub const ROTATION_PERIOD_DEFAULT: u64 = 365;

/// Most outputs of a CloudFormation template. Source: CloudFormation user guide, "Quotas".
pub const OUTPUTS_PER_TEMPLATE: usize = 200;

/// Most parameters of a CloudFormation template. Source: as [`OUTPUTS_PER_TEMPLATE`].
pub const PARAMETERS_PER_TEMPLATE: usize = 200;

/// Most resources of a CloudFormation template. Source: CloudFormation user guide, "Quotas".
pub const RESOURCES_PER_TEMPLATE: usize = 500;

/// Most resources that CloudFormation imports at once. Source: CloudFormation API reference, `CreateChangeSet`,
/// `ResourcesToImport`.
pub const RESOURCES_PER_IMPORT: usize = 200;

/// Largest CloudFormation template in bytes, from S3. Source: CloudFormation user guide, "Quotas" (1 MB, which
/// cfn-lint's rule E1002 reads as a million).
pub const TEMPLATE_BYTES: usize = 1_000_000;

/// Most characters of a CloudFormation logical id. Source: CloudFormation user guide, "Quotas"
/// (255 alphanumeric characters).
pub const LOGICAL_ID_LENGTH: usize = 255;

/// Most characters of a managed policy, white space not counted. Source: IAM user guide, "IAM and AWS STS quotas".
pub const MANAGED_POLICY_CHARACTERS: usize = 6_144;

/// Most characters of a managed policy's name. Source: as [`MANAGED_POLICY_CHARACTERS`].
pub const MANAGED_POLICY_NAME: usize = 128;

/// The longest id of a key, that of a multi-Region key. Source: KMS developer guide, "Multi-Region keys in AWS KMS".
pub const LONGEST_KEY_ID: &str = "mrk-00000000000000000000000000000000";

/// Most characters in the name of an SNS topic. Source: SNS API reference, `CreateTopic`.
pub const TOPIC_NAME_LENGTH: usize = 256;

/// Most characters in the name of a log group. Source: CloudWatch Logs API reference, `CreateLogGroup`.
pub const LOG_GROUP_LENGTH: usize = 512;

/// Most characters of a parameter's ARN, and most names in its path. Source: Systems Manager user guide,
/// "Understanding parameter name requirements and constraints".
pub const PARAMETER_ARN_LENGTH: usize = 1_011;
/// See [`PARAMETER_ARN_LENGTH`].
pub const PARAMETER_LEVELS: usize = 15;

/// Most characters of an event pattern, as long as nobody asks for more. Source: EventBridge user guide, "Quotas".
pub const EVENT_PATTERN_LENGTH: usize = 2_048;

/// Most characters in the name of an alarm. Source: CloudWatch API reference, `PutMetricAlarm`.
pub const ALARM_NAME_LENGTH: usize = 255;

/// Whether a character is among those that AWS documents for tags of all services: letters, digits, spaces and
/// `_.:/=+-@`. KMS's own API sets no pattern. Source: AWS Billing user guide, "User-Defined Tag Restrictions".
#[must_use]
pub fn is_documented_tag_character(character: char) -> bool {
    character.is_alphanumeric() || character == ' ' || "_.:/=+-@".contains(character)
}

/// Whether a character can stand in a key policy: tab, line feed, carriage return, U+0020 to U+00FF.
/// Source: pattern of the KMS service model's `PolicyType`.
#[must_use]
pub fn is_policy_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}')
}

/// The longest values that deployment can put in: partitions and Regions of the three partitions that have IAM
/// principals in key policies. Source: botocore's partition data (`partitions.json`).
#[must_use]
pub fn longest(variable: crate::iam::Variable) -> &'static str {
    use crate::iam::Variable;
    match variable {
        Variable::Account => "000000000000",
        Variable::Partition => "aws-us-gov",
        Variable::Region => "ap-northeast-1",
        Variable::UrlSuffix => "amazonaws.com.cn",
    }
}

/// The longest ARN that a resource of a service can have, in whatever account and Region it is deployed.
#[must_use]
pub fn longest_arn(service: &str, resource: &str) -> String {
    use crate::iam::Variable;
    let [partition, region, account] =
        [Variable::Partition, Variable::Region, Variable::Account].map(longest);
    format!("arn:{partition}:{service}:{region}:{account}:{resource}")
}
