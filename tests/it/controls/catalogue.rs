//! The list of controls.

use std::collections::BTreeSet;

use keywright::controls;
use keywright::spec::CONTROLS;

#[test]
fn the_catalogue_has_every_control_in_the_order_of_the_list() {
    let ids: Vec<_> = controls::all().iter().map(|control| control.id).collect();
    assert_eq!(ids, CONTROLS);
    let unique: BTreeSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len());
}

#[test]
fn every_control_says_what_it_does_and_why() {
    for control in controls::all() {
        let id = control.id;
        assert_eq!(controls::find(id).map(|control| control.id), Some(id));
        for text in [
            control.title,
            control.what,
            control.why,
            control.bad,
            control.good,
        ] {
            assert!(!text.trim().is_empty(), "{id}");
            assert!(text.lines().all(|line| line.trim_end() == line), "{id}");
        }
        assert!(control.what.starts_with("Fires "), "{id}");
        assert!(
            !control.title.ends_with('.') && control.why.ends_with('.'),
            "{id}"
        );
        assert_ne!(control.bad, control.good, "{id}");
    }
}
