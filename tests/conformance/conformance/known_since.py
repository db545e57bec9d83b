"""What the AWS provider at hand does not know, and the first version that does.

When keywright starts to use an argument that is newer, it needs a line here.
Source: CHANGELOG of terraform-provider-aws, entries #20533, #24787, #31216, #37140, #44011, #24450, #43128; for SM2, KEY_AGREEMENT and
ECC_NIST_EDWARDS25519 the release whose AWS SDK is known to have the value (#25992, #45025).
"""

import re

KNOWN_SINCE = {
    "multi_region": (3, 64, 0),
    "aws_kms_replica_key": (3, 64, 0),
    "aws_kms_replica_external_key": (3, 64, 0),
    "custom_key_store_id": (4, 33, 0),
    "xks_key_id": (5, 32, 0),
    "HMAC_224": (4, 12, 1),
    "HMAC_256": (4, 12, 1),
    "HMAC_384": (4, 12, 1),
    "HMAC_512": (4, 12, 1),
    "GENERATE_VERIFY_MAC": (4, 12, 1),
    "SM2": (4, 24, 0),
    "KEY_AGREEMENT": (6, 2, 0),
    "ML_DSA_44": (6, 2, 0),
    "ML_DSA_65": (6, 2, 0),
    "ML_DSA_87": (6, 2, 0),
    "ECC_NIST_EDWARDS25519": (6, 21, 0),
    "rotation_period_in_days": (5, 49, 0),
    "key_spec": (6, 11, 0),
    "key_usage": (6, 11, 0),
}


def newer_than_provider(finding: dict) -> str | None:
    """The argument, resource type, or value of a key's spec or usage that a later provider knows and this one does not.

    Only what stands in KNOWN_SINCE: anything else that the provider does not know is a mistake.
    """
    text = f"{finding['summary']} {finding.get('detail', '')}"
    for pattern in (
        r'An argument named "(\w+)" is not expected here',
        r'does not support resource type "(\w+)"',
        r'a value was set for "(\w+)"',
    ):
        if (found := re.search(pattern, text)) and found[1] in KNOWN_SINCE:
            return found[1]
    found = re.search(r"expected (?:customer_master_key_spec|key_usage) to be one of \[.*\], got (\w+)", text)
    return found[1] if found and found[1] in KNOWN_SINCE else None
