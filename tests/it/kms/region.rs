use keywright::kms::{Partition, Region};

#[test]
fn every_region_of_the_catalogue_is_well_formed_and_in_one_partition() {
    let all: Vec<_> = Region::all().collect();
    assert_eq!(all.len(), 48, "the Regions of botocore 1.44.5");
    for region in &all {
        assert_eq!(Region::named(region.name()).as_ref(), Some(region));
        assert!(region.known());
    }
    for partition in Partition::ALL {
        assert!(all.iter().any(|region| region.partition() == partition));
        assert_eq!(Partition::named(partition.id()), Some(partition));
    }
}

#[test]
fn new_regions_belong_to_a_partition_by_their_prefix() {
    for (name, partition, opt_in) in [
        ("eu-central-9", Partition::Aws, true),
        ("cn-south-1", Partition::AwsCn, false),
        ("us-gov-central-1", Partition::AwsUsGov, false),
        ("us-isob-south-2", Partition::AwsIsoB, false),
        ("eusc-de-west-1", Partition::AwsEusc, false),
    ] {
        let region = Region::parse(name).expect(name);
        assert_eq!(region.partition(), partition, "{name}");
        assert_eq!(region.opt_in(), opt_in, "{name}");
        assert!(!region.known(), "{name}");
        assert_eq!(Region::named(name), None);
    }
    for name in [
        "",
        "eu",
        "eu-central",
        "eu-central-",
        "EU-central-1",
        "eu-central-1a",
        "xx-east-1",
        "eu_central_1",
        "us-east-1 ",
        "aws-global",
        "us--1",
    ] {
        assert_eq!(Region::parse(name), None, "{name:?}");
    }
}

#[test]
fn service_principals_end_in_the_domain_of_a_partition() {
    for name in [
        "cloudtrail.amazonaws.com",
        "logs.cn-north-1.amazonaws.com.cn",
        "logs.eusc-de-east-1.amazonaws.eu",
        "logs.us-iso-east-1.c2s.ic.gov",
    ] {
        assert!(Partition::is_service_principal(name), "{name}");
    }
    for name in [
        "cloudtrail",
        "amazonaws.com",
        "cloudtrailamazonaws.com",
        "x.amazonaws.com.eu",
    ] {
        assert!(!Partition::is_service_principal(name), "{name}");
    }
    assert_eq!(Partition::of_region("us-isob-east-1"), Partition::AwsIsoB);
    assert_eq!(Partition::of_region("nowhere"), Partition::Aws);
}

#[test]
fn regions_since_2019_have_to_be_enabled() {
    let opt_in = |name| Region::named(name).expect(name).opt_in();
    assert!(!opt_in("eu-north-1") && !opt_in("ap-northeast-3") && !opt_in("us-gov-west-1"));
    assert!(opt_in("ap-east-1") && opt_in("eu-south-1") && opt_in("me-west-1"));
}
