//! Two runs at once.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use keywright::workspace::OutputRoot;

use super::*;

fn version(name: &str) -> Vec<Artifact> {
    let mut artifacts: Vec<_> = (0..20)
        .map(|number| artifact(&format!("cloudformation/production/{number}.yaml"), name))
        .collect();
    artifacts.push(artifact(
        &format!("terraform/{}/main.tf", name.trim()),
        name,
    ));
    artifacts
}

#[test]
fn runs_take_turns_and_the_last_one_wins() {
    let scratch = Scratch::new();
    let names = ["one\n", "two\n", "three\n", "four\n"];
    for _ in 0..10 {
        let start = Barrier::new(names.len());
        thread::scope(|scope| {
            for name in names {
                let (scratch, start) = (&scratch, &start);
                scope.spawn(move || {
                    start.wait();
                    scratch.run(version(name), &PRUNE).unwrap();
                    // Now and then everything goes, so that others wait for a folder that is being emptied.
                    if name == "four\n" {
                        scratch.run(Vec::new(), &PRUNE).unwrap();
                        scratch.run(version(name), &PRUNE).unwrap();
                    }
                });
            }
        });
        let winners = names
            .iter()
            .filter(|name| scratch.plan(version(name)).is_clean());
        assert_eq!(winners.count(), 1, "{:?}", scratch.tree().keys());
    }
}

/// The one that waits must not write into the folder that the first one made and took away again.
#[test]
fn a_folder_that_goes_while_waiting_is_made_again() {
    let scratch = Scratch::new();
    let first = OutputRoot::for_writing(scratch.root(), || {}).unwrap();
    let (waiting, waits) = mpsc::channel();
    thread::scope(|scope| {
        let second = scope.spawn(|| {
            let output =
                OutputRoot::for_writing(scratch.root(), move || waiting.send(()).unwrap()).unwrap();
            assert!(output.root().folder().is_dir());
            assert!(output.is_locked() || !cfg!(target_os = "linux"));
        });
        if cfg!(target_os = "linux") {
            waits.recv_timeout(Duration::from_secs(30)).unwrap();
        }
        drop(first);
        second.join().unwrap();
    });
    assert!(scratch.tree().is_empty());
}

#[test]
fn readers_do_not_wait_for_each_other() {
    let scratch = Scratch::new();
    scratch.put(AUDIT, text("a\n"));
    let waited = AtomicBool::new(false);
    let wait = || waited.store(true, Ordering::Relaxed);
    let one = OutputRoot::for_reading(scratch.root(), wait).unwrap();
    let two = OutputRoot::for_reading(scratch.root(), wait).unwrap();
    assert!(!waited.load(Ordering::Relaxed));
    drop((one, two));
}
